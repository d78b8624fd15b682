-- One attempt-surviving job that installs a model from the Hub.

CREATE TABLE download_queue (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    model_id         uuid NOT NULL REFERENCES models ON DELETE CASCADE,
    user_id          uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    status           text NOT NULL DEFAULT 'queued'
                     CHECK (status IN ('queued', 'running', 'paused', 'completed', 'failed', 'cancelled')),
    progress         double precision NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
    bytes_downloaded bigint NOT NULL DEFAULT 0 CHECK (bytes_downloaded >= 0),
    bytes_total      bigint CHECK (bytes_total >= 0),
    current_file     text,
    error_message    text,
    attempts         integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    run_id           bigint REFERENCES runs,
    created_at       timestamptz NOT NULL DEFAULT now(),
    started_at       timestamptz,
    completed_at     timestamptz,
    updated_at       timestamptz NOT NULL DEFAULT now(),
    CHECK ((status = 'running') = (run_id IS NOT NULL)),
    CHECK ((status IN ('completed', 'failed', 'cancelled')) = (completed_at IS NOT NULL)),
    CHECK (status <> 'failed' OR error_message IS NOT NULL)
);
CREATE INDEX download_queue_user ON download_queue (user_id, created_at DESC, id DESC);
CREATE INDEX download_queue_model ON download_queue (model_id);
CREATE TRIGGER download_queue_touch BEFORE UPDATE ON download_queue
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
