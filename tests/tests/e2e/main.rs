//! The end-to-end tests: real processes on a real PostgreSQL. They are one program, so that they run side by side where they
//! mostly wait, and are linked once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that can't go on must stop"
)]

mod bad_input;
mod bad_uploads;
mod browser;
mod buckets;
mod continuing;
mod database_faults;
mod description;
mod download_faults;
mod downloads;
mod encrypted_database;
mod events;
mod fine_tuning;
mod forecast;
mod kills;
mod load;
mod main_job;
mod memory;
mod metrics;
mod operations;
mod orphaned_folders;
mod page;
mod phonemes;
mod queue_faults;
mod recognition;
mod runs;
mod shipped_voice;
mod sources;
mod speakers;
mod storage_faults;
mod storage_move;
mod tensorboard;
mod text;
mod transformers;
