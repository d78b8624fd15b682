-- How good a training's voice was: judged before the first step and before every checkpoint that is due. Files come before
-- their rows, as checkpoints' do.

CREATE TABLE evaluations (
    training_job_id uuid NOT NULL REFERENCES training_jobs ON DELETE CASCADE,
    step            bigint NOT NULL CHECK (step >= 0),
    epoch           integer NOT NULL CHECK (epoch >= 0),
    mel             double precision NOT NULL,
    kl              double precision NOT NULL,
    duration        double precision NOT NULL,
    at              timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (training_job_id, step)
);

-- What it said then. file_path is the folder of speech.wav, spectrogram.png and alignment.png.
CREATE TABLE samples (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    training_job_id  uuid NOT NULL,
    step             bigint NOT NULL,
    number           integer NOT NULL CHECK (number >= 0),
    clip             text NOT NULL,
    text             text NOT NULL,
    seconds          double precision NOT NULL CHECK (seconds >= 0),
    recorded_seconds double precision NOT NULL CHECK (recorded_seconds >= 0),
    file_path        text NOT NULL,
    CONSTRAINT samples_number_unique UNIQUE (training_job_id, step, number),
    FOREIGN KEY (training_job_id, step) REFERENCES evaluations ON DELETE CASCADE
);
