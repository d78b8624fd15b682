-- Installed models as the storage has them, for workers on machines that have not installed them. A worker that needs one inserts the
-- row; the machine that has the model fills in the files when they have arrived.
CREATE TABLE model_copies (
    -- Names its folder, so that no folder is ever used again.
    id         uuid PRIMARY KEY,
    model_id   uuid NOT NULL UNIQUE REFERENCES models ON DELETE CASCADE,
    -- Path, size and hash of each; NULL until all have arrived.
    files      jsonb CHECK (jsonb_typeof(files) = 'array'),
    created_at timestamptz NOT NULL DEFAULT now()
);
