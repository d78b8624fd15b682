-- One start of a worker process. Operators look at it; nothing else depends on it.

CREATE TABLE workers (
    name         text PRIMARY KEY,
    slots        jsonb NOT NULL CHECK (jsonb_typeof(slots) = 'object'),
    started_at   timestamptz NOT NULL DEFAULT now(),
    heartbeat_at timestamptz NOT NULL DEFAULT now(),
    stopped_at   timestamptz
);
CREATE INDEX workers_heartbeat ON workers (heartbeat_at);
CREATE INDEX runs_worker ON runs (worker) WHERE ended_at IS NULL;
CREATE INDEX runs_ended ON runs (ended_at) WHERE ended_at IS NOT NULL;
