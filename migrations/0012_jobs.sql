-- All kinds of jobs in one view, when each may be taken, and whose turn it is.

-- A job that failed in passing waits until then, whoever wakes a worker for it.
ALTER TABLE training_jobs ADD COLUMN ready_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE syntheses ADD COLUMN ready_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE datasets ADD COLUMN ready_at timestamptz NOT NULL DEFAULT now();

CREATE INDEX training_jobs_open ON training_jobs (status, user_id) WHERE status IN ('queued', 'running');
CREATE INDEX syntheses_open ON syntheses (status, user_id) WHERE status IN ('queued', 'running');
CREATE INDEX datasets_open ON datasets (user_id) WHERE status = 'preparing';

CREATE VIEW jobs AS
    SELECT 'training' AS kind, 'training' AS queue, id, user_id, status, run_id, attempts, ready_at, created_at,
           error_message
    FROM training_jobs
    UNION ALL
    SELECT 'synthesis', 'speech', id, user_id, status, run_id, attempts, ready_at, created_at, error_message
    FROM syntheses
    UNION ALL
    SELECT 'dataset', 'datasets', id, user_id,
           CASE WHEN status = 'preparing' AND run_id IS NULL THEN 'queued'
                WHEN status = 'preparing' THEN 'running'
                WHEN status = 'ready' THEN 'completed'
                ELSE 'failed' END,
           run_id, attempts, ready_at, created_at, error_message
    FROM datasets WHERE user_id IS NOT NULL;

-- When each user was last served by a queue: whoever has waited longest for a turn is next.
CREATE TABLE turns (
    queue     text NOT NULL CHECK (queue IN ('datasets', 'training', 'speech')),
    user_id   uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    served_at timestamptz NOT NULL,
    PRIMARY KEY (queue, user_id)
);
