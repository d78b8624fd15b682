-- What jobs of the kind 'download' are to install from the Hub, and how far they are.

CREATE TABLE download_queue (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    model_id         uuid NOT NULL REFERENCES models ON DELETE CASCADE,
    user_id          uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    status           text NOT NULL DEFAULT 'queued'
                     CHECK (status IN ('queued', 'running', 'paused', 'completed', 'failed', 'cancelled')),
    progress         double precision NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
    -- The branch or tag that was asked for; the commit that it was is the model's.
    asked_revision   text NOT NULL,
    -- Which files of the commit: path, size and hash of each.
    files            jsonb NOT NULL CHECK (jsonb_typeof(files) = 'array'),
    files_total      integer NOT NULL CHECK (files_total > 0),
    files_done       integer NOT NULL DEFAULT 0 CHECK (files_done >= 0),
    bytes_downloaded bigint NOT NULL DEFAULT 0 CHECK (bytes_downloaded >= 0),
    bytes_total      bigint NOT NULL CHECK (bytes_total >= 0),
    -- The most bytes that were ever here: only beyond them a run has made progress.
    bytes_reached    bigint NOT NULL DEFAULT 0 CHECK (bytes_reached >= 0),
    bytes_per_second double precision CHECK (bytes_per_second >= 0),
    current_file     text,
    -- The Hub cache in which a run has left bytes that are of no use where the download is given up.
    cache            text,
    error_message    text,
    created_at       timestamptz NOT NULL DEFAULT now(),
    started_at       timestamptz,
    completed_at     timestamptz,
    updated_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX download_queue_user ON download_queue (user_id, created_at DESC, id DESC);
CREATE INDEX download_queue_model ON download_queue (model_id);
CREATE UNIQUE INDEX download_queue_once ON download_queue (user_id, model_id)
    WHERE status IN ('queued', 'running', 'paused');
CREATE INDEX download_queue_cache ON download_queue (cache, status) WHERE cache IS NOT NULL;
CALL attach_job('download_queue', 'download', '{}');
CREATE TRIGGER download_queue_touch BEFORE UPDATE ON download_queue
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
