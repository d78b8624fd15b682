//! What the API and the workers both know. A map of the house:
//!
//! | module | noun |
//! |---|---|
//! | [`users`], [`sessions`] | accounts and the devices signed in to them |
//! | [`datasets`], [`training`], [`metrics`], [`checkpoints`], [`voices`], [`syntheses`] | one file a noun: id, type, states, SQL |
//! | [`runs`] | one execution of a job: the fence, the heartbeat, the outcome |
//! | [`queue`] | payloads, and the wake-up written in the transaction of its row |
//! | [`events`] | publish, replay, listen |
//! | [`storage`] | all bytes: a folder or an object store |
//! | [`settings`], [`db`], [`error`], [`ids`], [`paging`], [`idempotency`] | what the nouns stand on |
//!
//! All SQL of the product stands in this crate and in `migrations/`; it is checked while compiling.

pub mod checkpoints;
pub mod datasets;
pub mod db;
pub mod error;
pub mod events;
pub mod idempotency;
pub mod ids;
pub mod metrics;
pub mod paging;
pub mod queue;
pub mod runs;
pub mod sessions;
pub mod settings;
pub mod storage;
pub mod syntheses;
pub mod system;
pub mod telemetry;
pub mod training;
pub mod users;
pub mod voices;

pub use error::{Error, Result};
