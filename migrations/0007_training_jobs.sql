-- One attempt-surviving job that fits a model to a dataset.
--
--     queued ──take──► running ──► completed | failed | cancelled
--       ▲ │               │
--       │ └─pause─► paused ◄─pause (a checkpoint is written first)
--       └── handed back, retry, lost, resume
--
-- run_id names the live run (the fence); control is what a person asked of it and it has not answered yet.

CREATE TABLE training_jobs (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id       uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    model_id      uuid REFERENCES models ON DELETE SET NULL,
    dataset_id    uuid NOT NULL REFERENCES datasets ON DELETE NO ACTION,
    model_type    text NOT NULL CHECK (model_type IN ('tts')),
    status        text NOT NULL DEFAULT 'queued'
                  CHECK (status IN ('queued', 'running', 'paused', 'completed', 'failed', 'cancelled')),
    control       text CHECK (control IN ('pause', 'cancel')),
    progress      double precision NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
    config        jsonb NOT NULL CHECK (jsonb_typeof(config) = 'object'),
    metrics       jsonb CHECK (jsonb_typeof(metrics) = 'object'),
    error_message text,
    attempts      integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    run_id        bigint REFERENCES runs,
    created_at    timestamptz NOT NULL DEFAULT now(),
    started_at    timestamptz,
    completed_at  timestamptz,
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CHECK ((status = 'running') = (run_id IS NOT NULL)),
    CHECK (control IS NULL OR status = 'running'),
    CHECK ((status IN ('completed', 'failed', 'cancelled')) = (completed_at IS NOT NULL)),
    CHECK (status <> 'failed' OR error_message IS NOT NULL)
);
CREATE INDEX training_jobs_user ON training_jobs (user_id, created_at DESC, id DESC);
CREATE INDEX training_jobs_dataset ON training_jobs (dataset_id);
CREATE TRIGGER training_jobs_touch BEFORE UPDATE ON training_jobs
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- One row a trained step: what the curves are drawn from.
CREATE TABLE training_metrics (
    training_job_id  uuid NOT NULL REFERENCES training_jobs ON DELETE CASCADE,
    step             bigint NOT NULL CHECK (step > 0),
    epoch            integer NOT NULL CHECK (epoch > 0),
    losses           jsonb NOT NULL CHECK (jsonb_typeof(losses) = 'object'),
    learning_rate    double precision NOT NULL CHECK (learning_rate >= 0),
    steps_per_second double precision NOT NULL CHECK (steps_per_second >= 0),
    at               timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (training_job_id, step)
);
