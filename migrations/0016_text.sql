-- How voices read: by phonemes or characters, with which dictionary, and what they have no sound for.

-- Phonemes that a dataset brings itself, in the front end's symbols.
ALTER TABLE clips ADD COLUMN phonemes text;

-- The dictionary of a training's owner as it was when the training was asked for: every run of it reads the same.
CREATE TABLE training_dictionaries (
    training_job_id uuid PRIMARY KEY REFERENCES training_jobs ON DELETE CASCADE,
    -- Phonemes by word.
    entries         jsonb NOT NULL CHECK (jsonb_typeof(entries) = 'object')
);

-- Speech may be as long as a chapter, so people see it come.
ALTER TABLE syntheses DROP CONSTRAINT syntheses_text_check;
ALTER TABLE syntheses ADD CONSTRAINT syntheses_text_check CHECK (length(text) BETWEEN 1 AND 20000);
ALTER TABLE syntheses ADD COLUMN progress double precision NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1);
UPDATE syntheses SET progress = 1 WHERE status = 'completed';
ALTER TABLE syntheses ADD COLUMN dropped jsonb NOT NULL DEFAULT '{"count": 0, "items": []}'
    CHECK (jsonb_typeof(dropped -> 'items') = 'array');
UPDATE syntheses SET dropped = jsonb_build_object(
    'count', cardinality(dropped_characters),
    'items', (SELECT jsonb_agg(jsonb_build_object('text', dropped, 'reason', 'vocabulary', 'count', 1, 'lines', '[]'::jsonb))
              FROM unnest(dropped_characters) AS dropped)
) WHERE dropped_characters <> '{}';
ALTER TABLE syntheses DROP COLUMN dropped_characters;
