//! Where nouns stand that spell the states of their jobs in their own way, and how much a line of a log matters.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a dataset stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum DatasetState {
    /// Uploaded; a worker checks it, or will.
    Preparing,
    /// Can be trained from.
    Ready,
    /// Refused; the message says why.
    Failed,
    /// Stopped before it was ready.
    Cancelled,
}

/// Where a sentence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum SynthesisState {
    /// Waits for a worker.
    Queued,
    /// Is being spoken.
    Running,
    /// Can be fetched.
    Completed,
    /// Could not be spoken; the message says why.
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum LogLevel {
    /// Good to know.
    Info,
    /// Something went wrong, and the training goes on.
    Warning,
    /// Something is lost.
    Error,
}
