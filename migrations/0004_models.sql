-- Models on the Hub that are, or are being, installed here.

CREATE TABLE models (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    type       text NOT NULL CHECK (type IN ('tts', 'stt', 'llm', 'embedding', 'classification')),
    repo_id    text NOT NULL CHECK (length(repo_id) BETWEEN 1 AND 96),
    revision   text NOT NULL,
    size_bytes bigint NOT NULL DEFAULT 0 CHECK (size_bytes >= 0),
    status     text NOT NULL DEFAULT 'available' CHECK (status IN ('available', 'downloading', 'installed', 'failed')),
    file_path  text,
    metadata   jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT models_commit_unique UNIQUE (repo_id, revision),
    CHECK (status <> 'installed' OR file_path IS NOT NULL)
);
CREATE TRIGGER models_touch BEFORE UPDATE ON models FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
