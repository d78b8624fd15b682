-- Beside every sentence that people read stands the same for programs, {"code", "params"}, so that a page can say it in its
-- reader's language. NULL where there is only the sentence.
ALTER TABLE jobs ADD COLUMN error_details jsonb;
ALTER TABLE training_log ADD COLUMN details jsonb;
ALTER TABLE clips ADD COLUMN excluded_details jsonb;
