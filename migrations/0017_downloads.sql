-- Downloads as jobs, and whose the models are that are here.

ALTER TABLE models
    DROP CONSTRAINT models_repo_id_check,
    ADD CONSTRAINT models_repo_id_check CHECK (length(repo_id) BETWEEN 1 AND 193),
    DROP CONSTRAINT models_type_check,
    ADD CONSTRAINT models_type_check
        CHECK (type IN ('tts', 'stt', 'llm', 'embedding', 'classification', 'other')),
    DROP CONSTRAINT models_status_check,
    -- 'available' is on the Hub and not here; 'removing' waits for a worker to delete its files.
    ADD CONSTRAINT models_status_check CHECK (status IN ('available', 'installed', 'removing')),
    -- The Hub cache in which it is: the worker's host and the folder there.
    ADD COLUMN cache text,
    -- Brought by another program, so it is everybody's.
    ADD COLUMN found boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT models_cache_check CHECK (status = 'available' OR cache IS NOT NULL);
CREATE INDEX models_here ON models (cache) WHERE status <> 'available';

-- Who has brought a model home. A model that belongs to nobody any more is removed.
CREATE TABLE model_owners (
    model_id   uuid NOT NULL REFERENCES models ON DELETE CASCADE,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (model_id, user_id)
);
CREATE INDEX model_owners_user ON model_owners (user_id);

ALTER TABLE download_queue
    ADD COLUMN control text CHECK (control IN ('pause', 'cancel')),
    ADD COLUMN ready_at timestamptz NOT NULL DEFAULT now(),
    -- The branch or tag that was asked for; the commit that it was is the model's.
    ADD COLUMN asked_revision text NOT NULL,
    -- Which files of the commit: path, size and hash of each.
    ADD COLUMN files jsonb NOT NULL CHECK (jsonb_typeof(files) = 'array'),
    ADD COLUMN files_total integer NOT NULL CHECK (files_total > 0),
    ADD COLUMN files_done integer NOT NULL DEFAULT 0 CHECK (files_done >= 0),
    ADD COLUMN bytes_per_second double precision CHECK (bytes_per_second >= 0),
    -- The most bytes that were ever here: only beyond them an attempt got further.
    ADD COLUMN bytes_reached bigint NOT NULL DEFAULT 0 CHECK (bytes_reached >= 0),
    -- Since when every attempt has met something passing, without a byte in between.
    ADD COLUMN troubled_since timestamptz,
    -- The Hub cache in which a run has left bytes that are of no use where the download is given up.
    ADD COLUMN cache text,
    ALTER COLUMN bytes_total SET NOT NULL,
    ADD CONSTRAINT download_queue_wish_check CHECK (control IS NULL OR status = 'running');
CREATE UNIQUE INDEX download_queue_once ON download_queue (user_id, model_id)
    WHERE status IN ('queued', 'running', 'paused');
CREATE INDEX download_queue_open ON download_queue (status, user_id) WHERE status IN ('queued', 'running');
CREATE INDEX download_queue_cache ON download_queue (cache, status) WHERE cache IS NOT NULL;

-- Whose the sealed token is, as the Hub said when it was saved, and by which the owner knows it again.
ALTER TABLE user_settings
    ADD COLUMN huggingface_user text,
    ADD COLUMN huggingface_last_four text,
    ADD CONSTRAINT user_settings_huggingface_check
        CHECK ((huggingface_token IS NULL) = (huggingface_user IS NULL)
           AND (huggingface_token IS NULL) = (huggingface_last_four IS NULL));

CREATE OR REPLACE VIEW jobs AS
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
    FROM datasets WHERE user_id IS NOT NULL
    UNION ALL
    SELECT 'download', 'downloads', id, user_id, status, run_id, attempts, ready_at, created_at, error_message
    FROM download_queue;

ALTER TABLE turns
    DROP CONSTRAINT turns_queue_check,
    ADD CONSTRAINT turns_queue_check CHECK (queue IN ('datasets', 'downloads', 'training', 'speech'));

-- As before, with downloads, of which everybody may have as many at a time as they have set.
CREATE OR REPLACE FUNCTION take_next_job(wanted text, user_limit bigint, taker text)
RETURNS TABLE (run bigint, job_kind text, job uuid, owner uuid) LANGUAGE plpgsql AS $$
BEGIN
    -- One at a time: two at once would not see each other's choice, and give one user both turns. Every statement
    -- below has a snapshot of its own, so it sees what was committed before the lock was given.
    PERFORM pg_advisory_xact_lock(hashtextextended('take ' || wanted, 7));
    LOOP
        WITH busy AS (
            SELECT user_id, count(*) AS running FROM jobs
            WHERE jobs.queue = wanted AND status = 'running' GROUP BY user_id
        )
        SELECT jobs.kind, jobs.id, jobs.user_id INTO job_kind, job, owner
        FROM jobs LEFT JOIN busy USING (user_id) LEFT JOIN turns USING (queue, user_id)
        LEFT JOIN user_settings USING (user_id)
        WHERE jobs.queue = wanted AND jobs.status = 'queued' AND jobs.ready_at <= now()
          AND (user_limit = 0 OR coalesce(busy.running, 0) < user_limit)
          AND (wanted <> 'downloads'
               OR coalesce(busy.running, 0) < coalesce(user_settings.max_concurrent_downloads, 2))
        ORDER BY coalesce(busy.running, 0), turns.served_at NULLS FIRST, jobs.created_at, jobs.id LIMIT 1;
        IF NOT FOUND THEN
            RETURN;
        END IF;

        INSERT INTO runs (kind, job_id, worker) VALUES (job_kind, job, taker) RETURNING id INTO run;
        CASE job_kind
            WHEN 'training' THEN
                UPDATE training_jobs
                SET status = 'running', run_id = run, attempts = attempts + 1, started_at = coalesce(started_at, now())
                WHERE id = job AND status = 'queued';
            WHEN 'synthesis' THEN
                UPDATE syntheses SET status = 'running', run_id = run, attempts = attempts + 1
                WHERE id = job AND status = 'queued';
            WHEN 'dataset' THEN
                UPDATE datasets SET run_id = run, attempts = attempts + 1
                WHERE id = job AND status = 'preparing' AND run_id IS NULL;
            WHEN 'download' THEN
                UPDATE download_queue
                SET status = 'running', run_id = run, attempts = attempts + 1, error_message = NULL,
                    started_at = coalesce(started_at, now())
                WHERE id = job AND status = 'queued';
        END CASE;
        IF FOUND THEN
            INSERT INTO turns (queue, user_id, served_at) VALUES (wanted, owner, clock_timestamp())
            ON CONFLICT (queue, user_id) DO UPDATE SET served_at = EXCLUDED.served_at;
            RETURN NEXT;
            RETURN;
        END IF;
        -- Paused or cancelled in between: it is not queued any more, and somebody else's turn.
        DELETE FROM runs WHERE id = run;
    END LOOP;
END;
$$;
