-- What a person chose. The Hub token is sealed by the application; its key id says with which key.

CREATE TABLE user_settings (
    id                       uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id                  uuid NOT NULL UNIQUE REFERENCES users ON DELETE CASCADE,
    huggingface_token        bytea,
    huggingface_token_key_id text,
    -- Whose the token is, as the Hub said when it was saved, and by which the owner knows it again.
    huggingface_user         text,
    huggingface_last_four    text,
    auto_download            boolean NOT NULL DEFAULT false,
    max_concurrent_downloads integer NOT NULL DEFAULT 2 CHECK (max_concurrent_downloads BETWEEN 1 AND 16),
    -- How fast all downloads of one person may be together, in every worker process; 0 is no limit.
    max_bytes_per_second     bigint NOT NULL DEFAULT 0 CHECK (max_bytes_per_second >= 0),
    settings_json            jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings_json) = 'object'),
    created_at               timestamptz NOT NULL DEFAULT now(),
    updated_at               timestamptz NOT NULL DEFAULT now(),
    CHECK ((huggingface_token IS NULL) = (huggingface_token_key_id IS NULL)),
    CONSTRAINT user_settings_huggingface_check
        CHECK ((huggingface_token IS NULL) = (huggingface_user IS NULL)
           AND (huggingface_token IS NULL) = (huggingface_last_four IS NULL))
);
CREATE TRIGGER user_settings_touch BEFORE UPDATE ON user_settings FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
