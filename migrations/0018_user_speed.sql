-- How fast all downloads of one person may be together, in every worker process; 0 is no limit.

ALTER TABLE user_settings
    ADD COLUMN max_bytes_per_second bigint NOT NULL DEFAULT 0 CHECK (max_bytes_per_second >= 0);
