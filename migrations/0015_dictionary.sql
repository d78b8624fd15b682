-- Words as their users want them pronounced.
CREATE TABLE dictionary_entries (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- As the Persian front end normalizes it.
    word       text NOT NULL CHECK (length(word) BETWEEN 1 AND 60),
    -- In the front end's symbols, without ezafe.
    phonemes   text NOT NULL CHECK (length(phonemes) BETWEEN 1 AND 400),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (user_id, word)
);
-- Lists, newest first: ids are in order of time.
CREATE INDEX dictionary_entries_by_user ON dictionary_entries (user_id, id DESC);
CREATE TRIGGER dictionary_entries_touch BEFORE UPDATE ON dictionary_entries FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
