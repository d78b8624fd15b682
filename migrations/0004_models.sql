-- Models on the Hub that are, or are being, installed here, and whose they are.

CREATE TABLE models (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    type       text NOT NULL CHECK (type IN ('tts', 'stt', 'llm', 'embedding', 'classification', 'other')),
    repo_id    text NOT NULL CHECK (length(repo_id) BETWEEN 1 AND 193),
    revision   text NOT NULL,
    size_bytes bigint NOT NULL DEFAULT 0 CHECK (size_bytes >= 0),
    -- 'available' is on the Hub and not here; 'removing' waits for a worker to delete its files.
    status     text NOT NULL DEFAULT 'available' CHECK (status IN ('available', 'installed', 'removing')),
    file_path  text,
    -- The Hub cache in which it is: the worker's host and the folder there.
    cache      text,
    -- Brought by another program, so it is everybody's.
    found      boolean NOT NULL DEFAULT false,
    metadata   jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT models_commit_unique UNIQUE (repo_id, revision),
    CHECK (status <> 'installed' OR file_path IS NOT NULL),
    CONSTRAINT models_cache_check CHECK (status = 'available' OR cache IS NOT NULL)
);
CREATE INDEX models_here ON models (cache) WHERE status <> 'available';
CREATE TRIGGER models_touch BEFORE UPDATE ON models FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- Who has brought a model home. A model that belongs to nobody any more is removed.
CREATE TABLE model_owners (
    model_id   uuid NOT NULL REFERENCES models ON DELETE CASCADE,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (model_id, user_id)
);
CREATE INDEX model_owners_user ON model_owners (user_id);
