-- Recordings with transcripts. A row without a user belongs to everybody: the sample dataset that is shipped.
-- An uploaded archive is 'preparing' while its job waits or runs; a job that is completed makes it 'ready'.

CREATE TABLE datasets (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id          uuid REFERENCES users ON DELETE CASCADE,
    name             text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    type             text NOT NULL DEFAULT 'speech' CHECK (type IN ('speech')),
    status           text NOT NULL CHECK (status IN ('preparing', 'ready', 'failed', 'cancelled')),
    file_path        text NOT NULL,
    upload_path      text,
    size_bytes       bigint NOT NULL DEFAULT 0 CHECK (size_bytes >= 0),
    record_count     integer NOT NULL DEFAULT 0 CHECK (record_count >= 0),
    duration_seconds double precision NOT NULL DEFAULT 0 CHECK (duration_seconds >= 0),
    language         text NOT NULL DEFAULT 'fa' CHECK (language ~ '^[a-z]{2,3}$'),
    metadata         jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    error_message    text,
    started_at       timestamptz,
    completed_at     timestamptz,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    CHECK (status <> 'failed' OR error_message IS NOT NULL)
);
CREATE INDEX datasets_user ON datasets (user_id, created_at DESC, id DESC);
-- One sample dataset for everybody.
CREATE UNIQUE INDEX datasets_shared_name ON datasets (name) WHERE user_id IS NULL;
CALL attach_job('datasets', 'dataset', '{"queued": "preparing", "running": "preparing", "completed": "ready"}');
CREATE TRIGGER datasets_touch BEFORE UPDATE ON datasets FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- One recording with its transcript, or the reason why it is left out.
CREATE TABLE clips (
    dataset_id       uuid NOT NULL REFERENCES datasets ON DELETE CASCADE,
    name             text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    text             text NOT NULL,
    file_path        text,
    duration_seconds double precision CHECK (duration_seconds >= 0),
    excluded_reason  text,
    PRIMARY KEY (dataset_id, name),
    CHECK ((file_path IS NULL) = (duration_seconds IS NULL)),
    CHECK (file_path IS NOT NULL OR excluded_reason IS NOT NULL)
);
