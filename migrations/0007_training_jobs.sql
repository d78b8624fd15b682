-- What jobs of the kind 'training' are to fit to which dataset, and how far they are.

CREATE TABLE training_jobs (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id       uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    model_id      uuid REFERENCES models ON DELETE SET NULL,
    dataset_id    uuid NOT NULL REFERENCES datasets ON DELETE NO ACTION,
    model_type    text NOT NULL CHECK (model_type IN ('tts')),
    status        text NOT NULL DEFAULT 'queued'
                  CHECK (status IN ('queued', 'running', 'paused', 'completed', 'failed', 'cancelled')),
    progress      double precision NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
    config        jsonb NOT NULL CHECK (jsonb_typeof(config) = 'object'),
    metrics       jsonb CHECK (jsonb_typeof(metrics) = 'object'),
    error_message text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    started_at    timestamptz,
    completed_at  timestamptz,
    updated_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX training_jobs_user ON training_jobs (user_id, created_at DESC, id DESC);
CREATE INDEX training_jobs_dataset ON training_jobs (dataset_id);
CREATE INDEX training_jobs_model ON training_jobs (model_id) WHERE model_id IS NOT NULL;
CALL attach_job('training_jobs', 'training', '{}');
CREATE TRIGGER training_jobs_touch BEFORE UPDATE ON training_jobs
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- What the curves are drawn from, compactly: a row a step, and one for every 64 steps with their means and extremes. So
-- the curve of a million steps is drawn from some thousand rows, and no spike is lost.

-- What is measured comes out of single precision, so `real` holds it exactly; the rows take half the room that JSON took.
CREATE TABLE training_metrics (
    training_job_id             uuid NOT NULL REFERENCES training_jobs ON DELETE CASCADE,
    step                        bigint NOT NULL CHECK (step > 0),
    at                          timestamptz NOT NULL DEFAULT now(),
    learning_rate               double precision NOT NULL CHECK (learning_rate >= 0),
    steps_per_second            double precision NOT NULL CHECK (steps_per_second >= 0),
    epoch                       integer NOT NULL CHECK (epoch > 0),
    generator                   real NOT NULL,
    discriminator               real NOT NULL,
    mel                         real NOT NULL,
    kl                          real NOT NULL,
    duration                    real NOT NULL,
    adversarial                 real NOT NULL,
    feature_matching            real NOT NULL,
    -- Euclidean. Steps that were trained before norms were kept have none.
    generator_gradient_norm     real,
    discriminator_gradient_norm real,
    PRIMARY KEY (training_job_id, step)
);

-- The 64 steps up to and with `step`. The arrays hold what is measured, in the order of the columns above.
CREATE TABLE training_metric_blocks (
    training_job_id uuid NOT NULL REFERENCES training_jobs ON DELETE CASCADE,
    step            bigint NOT NULL CHECK (step > 0 AND step % 64 = 0),
    mean            real[] NOT NULL CHECK (cardinality(mean) = 9),
    lowest          real[] NOT NULL CHECK (cardinality(lowest) = 9),
    highest         real[] NOT NULL CHECK (cardinality(highest) = 9),
    PRIMARY KEY (training_job_id, step)
);

-- Both in one shape: `steps` is 1 for a step and 64 for a block.
CREATE VIEW training_metric_parts AS
SELECT training_job_id, step, 1 AS steps, measured AS mean, measured AS lowest, measured AS highest
FROM training_metrics, LATERAL (SELECT ARRAY[
    generator, discriminator, mel, kl, duration, adversarial, feature_matching,
    generator_gradient_norm, discriminator_gradient_norm
]) AS of_step (measured)
UNION ALL
SELECT training_job_id, step, 64, mean, lowest, highest FROM training_metric_blocks;

-- Writes the blocks that the steps after `since` and up to `last` complete.
CREATE FUNCTION write_training_metric_blocks(training uuid, since bigint, last bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO training_metric_blocks (training_job_id, step, mean, lowest, highest)
    SELECT training, (step - 1) / 64 * 64 + 64,
           ARRAY[avg(generator), avg(discriminator), avg(mel), avg(kl), avg(duration), avg(adversarial),
                 avg(feature_matching), avg(generator_gradient_norm), avg(discriminator_gradient_norm)]::real[],
           ARRAY[min(generator), min(discriminator), min(mel), min(kl), min(duration), min(adversarial),
                 min(feature_matching), min(generator_gradient_norm), min(discriminator_gradient_norm)],
           ARRAY[max(generator), max(discriminator), max(mel), max(kl), max(duration), max(adversarial),
                 max(feature_matching), max(generator_gradient_norm), max(discriminator_gradient_norm)]
    FROM training_metrics
    WHERE training_job_id = training AND step > since / 64 * 64 AND step <= last / 64 * 64
    GROUP BY (step - 1) / 64
    ON CONFLICT (training_job_id, step) DO UPDATE
        SET mean = EXCLUDED.mean, lowest = EXCLUDED.lowest, highest = EXCLUDED.highest
$$;

-- What happened to a training besides its steps, in sentences for its owner.
CREATE TABLE training_log (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    training_job_id uuid NOT NULL REFERENCES training_jobs ON DELETE CASCADE,
    at              timestamptz NOT NULL DEFAULT now(),
    level           text NOT NULL CHECK (level IN ('info', 'warning', 'error')),
    message         text NOT NULL CHECK (length(message) BETWEEN 1 AND 4000)
);
CREATE INDEX training_log_job ON training_log (training_job_id, id);
