-- What a finished training gives, and the sentences people let it say.

CREATE TABLE voices (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id         uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    training_job_id uuid UNIQUE REFERENCES training_jobs ON DELETE SET NULL,
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    language        text NOT NULL CHECK (language ~ '^[a-z]{2,3}$'),
    sample_rate     integer NOT NULL CHECK (sample_rate > 0),
    file_path       text NOT NULL,
    size_bytes      bigint NOT NULL CHECK (size_bytes > 0),
    metadata        jsonb NOT NULL CHECK (jsonb_typeof(metadata -> 'files') = 'array'),
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX voices_user ON voices (user_id, created_at DESC, id DESC);
CREATE TRIGGER voices_touch BEFORE UPDATE ON voices FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

CREATE TABLE syntheses (
    id                 uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id            uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    voice_id           uuid NOT NULL REFERENCES voices ON DELETE CASCADE,
    text               text NOT NULL CHECK (length(text) BETWEEN 1 AND 2000),
    options            jsonb NOT NULL CHECK (jsonb_typeof(options) = 'object'),
    status             text NOT NULL DEFAULT 'queued'
                       CHECK (status IN ('queued', 'running', 'completed', 'failed')),
    file_path          text,
    duration_seconds   double precision CHECK (duration_seconds >= 0),
    dropped_characters text[] NOT NULL DEFAULT '{}',
    error_message      text,
    created_at         timestamptz NOT NULL DEFAULT now(),
    started_at         timestamptz,
    completed_at       timestamptz,
    updated_at         timestamptz NOT NULL DEFAULT now(),
    CHECK (status <> 'completed' OR file_path IS NOT NULL)
);
CREATE INDEX syntheses_user ON syntheses (user_id);
CREATE INDEX syntheses_voice ON syntheses (voice_id, created_at DESC, id DESC);
CALL attach_job('syntheses', 'synthesis', '{"cancelled": "failed"}');
CREATE TRIGGER syntheses_touch BEFORE UPDATE ON syntheses FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
