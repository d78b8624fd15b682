-- What the curves are drawn from, compactly: a row a step, and one for every 64 steps with their means and extremes. So
-- the curve of a million steps is drawn from some thousand rows, and no spike is lost.

ALTER TABLE training_metrics RENAME TO training_metrics_before;
ALTER TABLE training_metrics_before RENAME CONSTRAINT training_metrics_pkey TO training_metrics_before_pkey;

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

INSERT INTO training_metrics
    (training_job_id, step, at, learning_rate, steps_per_second, epoch,
     generator, discriminator, mel, kl, duration, adversarial, feature_matching)
SELECT training_job_id, step, at, learning_rate, steps_per_second, epoch,
       (losses ->> 'generator')::real, (losses ->> 'discriminator')::real, (losses ->> 'mel')::real,
       (losses ->> 'kl')::real, (losses ->> 'duration')::real, (losses ->> 'adversarial')::real,
       (losses ->> 'featureMatching')::real
FROM training_metrics_before;
SELECT write_training_metric_blocks(training_job_id, 0, max(step)) FROM training_metrics GROUP BY training_job_id;
DROP TABLE training_metrics_before;
