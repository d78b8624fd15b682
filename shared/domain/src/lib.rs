//! What the API and the workers both know. A map of the house:
//!
//! | module | noun |
//! |---|---|
//! | [`users`], [`sessions`] | accounts and the devices signed in to them |
//! | [`datasets`], [`training`], [`metrics`], [`evaluations`], [`checkpoints`], [`voices`], [`syntheses`], [`downloads`], [`models`] | one file a noun: id, type, states, SQL |
//! | [`training_log`], [`tensorboard`] | what a training has to say, in sentences and in TensorBoard's files |
//! | [`preferences`] | what a person has chosen, and their Hub token, sealed |
//! | [`runs`], [`rescue`] | one execution of a job: whose turn it is, the fence, the heartbeat, the outcome; and those that were lost |
//! | [`queue`], [`control`], [`job_control`] | the ring written in the transaction of a job's row; what people ask of jobs, and how it reaches them |
//! | [`jobs`], [`workers`], [`system`], [`retention`] | what operators see, and what is forgotten with age |
//! | [`events`] | publish, replay, listen |
//! | [`storage`] | all bytes: a folder or an object store |
//! | [`settings`], [`db`], [`database_error`], [`error`], [`ids`], [`paging`], [`idempotency`] | what the nouns stand on |
//!
//! All SQL of the product stands in this crate and in `migrations/`; it is checked while compiling.

pub mod checkpoints;
pub mod control;
pub mod database_error;
pub mod datasets;
pub mod db;
pub mod downloads;
pub mod error;
pub mod evaluations;
pub mod events;
pub mod idempotency;
pub mod ids;
pub mod job_control;
pub mod jobs;
pub mod metrics;
pub mod models;
pub mod paging;
pub mod preferences;
pub mod queue;
pub mod rescue;
pub mod retention;
pub mod runs;
pub mod sessions;
pub mod settings;
pub mod storage;
pub mod syntheses;
pub mod system;
pub mod telemetry;
pub mod tensorboard;
pub mod training;
pub mod training_log;
pub mod users;
pub mod voices;
pub mod workers;

pub use error::{Error, Result};
