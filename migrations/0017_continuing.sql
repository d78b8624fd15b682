-- What trainings begin with, besides installed models: a checkpoint of an earlier training, or a voice. They are needed until
-- the training's own first checkpoint; a training that has ended doesn't keep them.
ALTER TABLE training_jobs ADD COLUMN from_checkpoint_id uuid REFERENCES checkpoints ON DELETE SET NULL;
ALTER TABLE training_jobs ADD COLUMN from_voice_id uuid REFERENCES voices ON DELETE SET NULL;
CREATE INDEX training_jobs_from_checkpoint ON training_jobs (from_checkpoint_id) WHERE from_checkpoint_id IS NOT NULL;
CREATE INDEX training_jobs_from_voice ON training_jobs (from_voice_id) WHERE from_voice_id IS NOT NULL;

-- How often it has diverged: each time it goes back to a good checkpoint, at half the learning rate.
ALTER TABLE training_jobs ADD COLUMN divergences integer NOT NULL DEFAULT 0 CHECK (divergences >= 0);

-- What its owner was told to expect: steps in all, what they take, and what is likely to disappoint.
ALTER TABLE training_jobs ADD COLUMN steps bigint CHECK (steps > 0);
ALTER TABLE training_jobs ADD COLUMN estimate jsonb CHECK (jsonb_typeof(estimate) = 'object');
ALTER TABLE training_jobs ADD COLUMN warnings jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(warnings) = 'array');
