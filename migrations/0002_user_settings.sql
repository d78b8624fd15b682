-- What a person chose. The Hub token is sealed by the application; its key id says with which key.

CREATE TABLE user_settings (
    id                       uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id                  uuid NOT NULL UNIQUE REFERENCES users ON DELETE CASCADE,
    huggingface_token        bytea,
    huggingface_token_key_id text,
    auto_download            boolean NOT NULL DEFAULT false,
    max_concurrent_downloads integer NOT NULL DEFAULT 2 CHECK (max_concurrent_downloads BETWEEN 1 AND 16),
    settings_json            jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings_json) = 'object'),
    created_at               timestamptz NOT NULL DEFAULT now(),
    updated_at               timestamptz NOT NULL DEFAULT now(),
    CHECK ((huggingface_token IS NULL) = (huggingface_token_key_id IS NULL))
);
CREATE TRIGGER user_settings_touch BEFORE UPDATE ON user_settings FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
