-- What happened to a training besides its steps, in sentences for its owner.

CREATE TABLE training_log (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    training_job_id uuid NOT NULL REFERENCES training_jobs ON DELETE CASCADE,
    at              timestamptz NOT NULL DEFAULT now(),
    level           text NOT NULL CHECK (level IN ('info', 'warning', 'error')),
    message         text NOT NULL CHECK (length(message) BETWEEN 1 AND 4000)
);
CREATE INDEX training_log_job ON training_log (training_job_id, id);
