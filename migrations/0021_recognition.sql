-- How well a recognizer understood what a voice said, and the recordings; null where there was none.
ALTER TABLE evaluations
    ADD COLUMN character_error_rate            double precision CHECK (character_error_rate BETWEEN 0 AND 1),
    ADD COLUMN recordings_character_error_rate double precision CHECK (recordings_character_error_rate BETWEEN 0 AND 1),
    ADD CHECK ((character_error_rate IS NULL) = (recordings_character_error_rate IS NULL)),
    ADD CHECK (character_error_rate IS NULL OR mel_distance IS NOT NULL);
