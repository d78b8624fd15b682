-- Everything needed to go on with a training bit for bit. The row comes after the bytes: a row without its files is a
-- fault, files without a row are swept. metadata.files lists path, size and SHA-256 of each file.

CREATE TABLE checkpoints (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    training_job_id uuid NOT NULL REFERENCES training_jobs ON DELETE CASCADE,
    epoch           integer NOT NULL CHECK (epoch >= 0),
    step            bigint NOT NULL CHECK (step >= 0),
    loss            double precision NOT NULL,
    file_path       text NOT NULL,
    size_bytes      bigint NOT NULL CHECK (size_bytes > 0),
    metadata        jsonb NOT NULL CHECK (jsonb_typeof(metadata -> 'files') = 'array'),
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT checkpoints_step_unique UNIQUE (training_job_id, step)
);
CREATE TRIGGER checkpoints_touch BEFORE UPDATE ON checkpoints FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
