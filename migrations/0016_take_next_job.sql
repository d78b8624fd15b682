-- Takes the job whose turn it is, in one round trip: of the user who has the fewest running in the queue, then of the
-- one who was served longest ago, the oldest. No row where nothing may be taken.
CREATE FUNCTION take_next_job(wanted text, user_limit bigint, taker text)
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
        WHERE jobs.queue = wanted AND jobs.status = 'queued' AND jobs.ready_at <= now()
          AND (user_limit = 0 OR coalesce(busy.running, 0) < user_limit)
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
