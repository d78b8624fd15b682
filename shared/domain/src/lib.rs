//! What the API and the workers both know. A map:
//!
//! | module | holds |
//! |---|---|
//! | [`users`], [`sessions`] | accounts and the devices signed in to them |
//! | [`datasets`], [`training`], [`metrics`], [`evaluations`], [`checkpoints`], [`voices`], [`syntheses`], [`downloads`], [`models`] | a file for each entity: id, type, states, SQL |
//! | [`training_log`], [`tensorboard`] | a training's log, in sentences and in TensorBoard's files |
//! | [`training_dictionary`], [`training_origins`], [`divergences`] | what a training reads with, what it begins with, and how it goes back where it diverged |
//! | [`download_leftovers`], [`model_kind`], [`model_snapshots`], [`model_removal`] | what cancelled downloads leave; what a model is for, which are installed, and how they go |
//! | [`preferences`] | what a person has chosen, and their Hub token, encrypted |
//! | [`language`], [`dictionary`], [`text_analysis`] | how Persian is read on this machine, and the words that a user wants read otherwise |
//! | [`kinds`], [`queue`] | the kinds of jobs and their queues; the crate `jobs` is the engine |
//! | [`system`], [`retention`] | what operators see, and what is deleted with age |
//! | [`events`], [`event_listener`] | publish, replay, listen |
//! | [`storage`] | all bytes: a folder or an object store |
//! | [`failure`], [`log_message`], [`exclusion`], [`conflict`] | why a job failed, what happened to a training, why a clip is left out, why a request is refused: sentences with codes and parameters |
//! | [`states`], [`measurements`], [`folders`], [`columns`] | what several entities share: states, losses, storage keys, numbers of columns |
//! | [`settings`], [`db`], [`error`], [`ids`], [`paging`], [`idempotency`] | what all of them stand on |
//!
//! All SQL of the product stands in this crate and in `migrations/`; it is checked while compiling.

pub mod checkpoints;
pub mod columns;
pub mod conflict;
pub mod datasets;
pub mod db;
pub mod dictionary;
pub mod divergences;
pub mod download_leftovers;
pub mod downloads;
pub mod dropped;
pub mod error;
pub mod evaluations;
pub mod event_listener;
pub mod events;
pub mod exclusion;
pub mod failure;
pub mod folders;
pub mod idempotency;
pub mod ids;
pub mod kinds;
pub mod language;
pub mod log_message;
pub mod measurements;
pub mod metrics;
pub mod model_copies;
pub mod model_kind;
pub mod model_removal;
pub mod model_snapshots;
pub mod models;
pub mod orphaned_folders;
pub mod paging;
pub mod preferences;
pub mod queue;
pub mod retention;
pub mod session_lock;
pub mod sessions;
pub mod settings;
pub mod states;
pub mod storage;
pub mod syntheses;
pub mod system;
pub mod telemetry;
pub mod tensorboard;
pub mod text_analysis;
pub mod training;
pub mod training_dictionary;
pub mod training_log;
pub mod training_origins;
pub mod users;
pub mod voices;

pub use error::{Error, Result};
