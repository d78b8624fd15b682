-- One execution of one job by one worker. The id is the fence token: a job row names its live run, and every write of a
-- worker is conditional on that name. The partial unique index makes a second live run of a job impossible.

CREATE TABLE runs (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind         text NOT NULL CHECK (kind IN ('dataset', 'download', 'training', 'synthesis')),
    job_id       uuid NOT NULL,
    worker       text NOT NULL,
    started_at   timestamptz NOT NULL DEFAULT now(),
    heartbeat_at timestamptz NOT NULL DEFAULT now(),
    ended_at     timestamptz,
    outcome      text CHECK (outcome IN ('completed', 'retry', 'failed', 'paused', 'cancelled', 'handed_back', 'lost')),
    reason       text,
    CHECK ((ended_at IS NULL) = (outcome IS NULL))
);
CREATE UNIQUE INDEX runs_live ON runs (kind, job_id) WHERE ended_at IS NULL;
CREATE INDEX runs_heartbeat ON runs (heartbeat_at) WHERE ended_at IS NULL;
CREATE INDEX runs_job ON runs (kind, job_id, id);
