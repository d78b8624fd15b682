-- Jobs of every kind in one table, their runs, the fair shares of queues, the workers. docs/jobs.md draws the states and
-- tells the protocol by which apalis hands jobs out.

-- A job has the id of its noun's row (training_jobs, download_queue, datasets, syntheses), which keeps what is only its own.
CREATE TABLE jobs (
    id            uuid PRIMARY KEY,
    kind          text NOT NULL CHECK (kind ~ '^[a-z_]{1,40}$'),
    queue         text NOT NULL CHECK (queue ~ '^[a-z_]{1,40}$'),
    user_id       uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    status        text NOT NULL DEFAULT 'queued'
                  CHECK (status IN ('queued', 'running', 'paused', 'completed', 'failed', 'cancelled')),
    -- What its owner has asked of the live run, and it has not answered yet.
    control       text CHECK (control IN ('pause', 'cancel')),
    -- Runs since it last made progress.
    attempts      integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    -- Since when every run was snoozed, without progress in between.
    failing_since timestamptz,
    -- It is not claimed before.
    ready_at      timestamptz NOT NULL DEFAULT now(),
    -- The task in apalis.jobs that stands for it while it waits; replaced by every push, taken away by the claim.
    task_id       text,
    -- The start tag of start-time fair queueing, given when its task is pushed and kept until its turn is over.
    start_tag     bigint CHECK (start_tag BETWEEN 0 AND 2147483647),
    -- It is due and has no task, for its user has as many jobs in the queue as the limit allows.
    parked        boolean NOT NULL DEFAULT false,
    -- The live run: the fence.
    run_id        bigint,
    -- Why it failed, or what it waits for.
    error_message text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    started_at    timestamptz,
    completed_at  timestamptz,
    CHECK ((status = 'running') = (run_id IS NOT NULL)),
    CHECK (control IS NULL OR status = 'running'),
    CHECK (task_id IS NULL OR (status = 'queued' AND start_tag IS NOT NULL)),
    CHECK (NOT parked OR (status = 'queued' AND task_id IS NULL)),
    CHECK (start_tag IS NULL OR status IN ('queued', 'running')),
    CHECK ((status IN ('completed', 'failed', 'cancelled')) = (completed_at IS NOT NULL)),
    CHECK (status <> 'failed' OR error_message IS NOT NULL)
);
-- The claim.
CREATE UNIQUE INDEX jobs_task ON jobs (task_id) WHERE task_id IS NOT NULL;
-- Which jobs of a user are charged: those with a task, those that run, and those that go on with their turn.
CREATE INDEX jobs_charged ON jobs (queue, user_id, start_tag) WHERE start_tag IS NOT NULL;
-- Which are not, in the order of admission.
CREATE INDEX jobs_not_admitted ON jobs (queue, user_id, ready_at, id) WHERE status = 'queued' AND task_id IS NULL;
-- And whose are parked.
CREATE INDEX jobs_parked ON jobs (queue, user_id) WHERE parked;
-- Which have backed off and are due now.
CREATE INDEX jobs_due ON jobs (ready_at) WHERE status = 'queued' AND task_id IS NULL AND NOT parked;
-- Which are next in a queue, and must therefore have a task.
CREATE INDEX jobs_next ON jobs (queue, start_tag, id) WHERE task_id IS NOT NULL;
CREATE INDEX jobs_run ON jobs (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX jobs_open ON jobs (queue, status) WHERE status IN ('queued', 'running');
CREATE INDEX jobs_created ON jobs (created_at DESC, id);
CREATE INDEX jobs_user ON jobs (user_id);

-- One execution of one job by one worker. The id is the fence token: a job names its live run, and every write of a worker
-- is conditional on that name. The partial unique index makes a second live run of a job impossible.
CREATE TABLE runs (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind         text NOT NULL,
    job_id       uuid NOT NULL,
    worker       text NOT NULL,
    started_at   timestamptz NOT NULL DEFAULT now(),
    heartbeat_at timestamptz NOT NULL DEFAULT now(),
    ended_at     timestamptz,
    outcome      text CHECK (outcome IN
                     ('completed', 'retry', 'snoozed', 'failed', 'paused', 'cancelled', 'handed_back', 'lost')),
    reason       text,
    CHECK ((ended_at IS NULL) = (outcome IS NULL))
);
CREATE UNIQUE INDEX runs_live ON runs (job_id) WHERE ended_at IS NULL;
CREATE INDEX runs_heartbeat ON runs (heartbeat_at) WHERE ended_at IS NULL;
CREATE INDEX runs_worker ON runs (worker) WHERE ended_at IS NULL;
CREATE INDEX runs_ended ON runs (ended_at) WHERE ended_at IS NOT NULL;
ALTER TABLE jobs ADD FOREIGN KEY (run_id) REFERENCES runs;

-- A queue: how many jobs of one user may be admitted (0: any number), and the greatest start tag that was ever claimed.
CREATE TABLE queues (
    name              text PRIMARY KEY,
    max_jobs_per_user integer NOT NULL DEFAULT 0 CHECK (max_jobs_per_user >= 0),
    virtual_time      bigint NOT NULL DEFAULT 0 CHECK (virtual_time BETWEEN 0 AND 2147483647)
);

-- A user's share of a queue. Its row is the lock under which the user's jobs are admitted.
CREATE TABLE queue_shares (
    queue      text NOT NULL,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- The user's own limit besides the queue's (0: none).
    max_jobs   integer NOT NULL DEFAULT 0 CHECK (max_jobs >= 0),
    -- The finish tag of the job that was pushed last.
    finish_tag bigint NOT NULL DEFAULT 0 CHECK (finish_tag >= 0),
    -- The greatest finish tag of a job that was served.
    served_tag bigint NOT NULL DEFAULT 0 CHECK (served_tag >= 0),
    PRIMARY KEY (queue, user_id)
);
CREATE INDEX queue_shares_user ON queue_shares (user_id);

-- One start of a worker process. Operators look at it; nothing else depends on it.
CREATE TABLE workers (
    name         text PRIMARY KEY,
    slots        jsonb NOT NULL CHECK (jsonb_typeof(slots) = 'object'),
    started_at   timestamptz NOT NULL DEFAULT now(),
    heartbeat_at timestamptz NOT NULL DEFAULT now(),
    stopped_at   timestamptz
);
CREATE INDEX workers_heartbeat ON workers (heartbeat_at);

-- Tasks come and go with every run: dead rows must not pile up at the head of apalis' index.
ALTER TABLE apalis.jobs SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,
                             autovacuum_vacuum_cost_delay = 0);
ALTER TABLE jobs SET (autovacuum_vacuum_scale_factor = 0.02);

-- Nothing but the trigger of attach_job writes a noun's columns that repeat what its job says.
CREATE FUNCTION refuse_mirrored_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'status, error_message, started_at and completed_at of % are kept in step with jobs: write there',
        TG_TABLE_NAME;
END;
$$;

-- A noun's row takes its job along.
CREATE FUNCTION delete_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM jobs WHERE id = OLD.id;
    RETURN NULL;
END;
$$;

-- Keeps the columns that a noun's table promises (status, error_message, started_at, completed_at) in step with its jobs,
-- which are those of this kind. `spelling` names the states that the noun spells otherwise. The trigger's function is made
-- for the noun, so that its statement is planned once a connection, not for every change of a job.
CREATE PROCEDURE attach_job(noun text, kind text, spelling jsonb) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($attach$
        CREATE FUNCTION %1$I() RETURNS trigger LANGUAGE plpgsql AS $mirror$
        BEGIN
            UPDATE %2$I
            SET status = coalesce(%4$L::jsonb ->> NEW.status, NEW.status), error_message = NEW.error_message,
                started_at = NEW.started_at, completed_at = NEW.completed_at
            WHERE id = NEW.id;
            RETURN NULL;
        END;
        $mirror$;
        CREATE TRIGGER %1$I AFTER UPDATE OF status, error_message, started_at, completed_at ON jobs
            FOR EACH ROW WHEN (NEW.kind = %3$L) EXECUTE FUNCTION %1$I();
        CREATE TRIGGER mirrored BEFORE UPDATE OF status, error_message, started_at, completed_at ON %2$I
            FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_mirrored_write();
        CREATE TRIGGER job AFTER DELETE ON %2$I FOR EACH ROW EXECUTE FUNCTION delete_job();
    $attach$, 'mirror_' || noun, noun, kind, spelling);
END;
$$;
