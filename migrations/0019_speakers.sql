-- Who speaks in a clip, where a dataset has several speakers.
ALTER TABLE clips ADD COLUMN speaker text CHECK (length(speaker) BETWEEN 1 AND 100);
