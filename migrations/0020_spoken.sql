-- How near what a voice said was to the recordings; null of evaluations from before this was measured, and where one couldn't be said.
ALTER TABLE evaluations
    ADD COLUMN mel_distance   double precision CHECK (mel_distance >= 0),
    ADD COLUMN duration_error double precision CHECK (duration_error >= 0),
    ADD CHECK ((mel_distance IS NULL) = (duration_error IS NULL));
