//! The one error of this crate.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{database_error, ids::RunId, state::JobState};

/// What every function of this crate answers.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong with jobs.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No job of this kind with this id, or it is another user's: callers must not be able to tell the two apart.
    #[error("no {0} with this id")]
    NotFound(&'static str),
    /// The job exists, but its state does not allow this.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// Another run owns the job now, or nobody: this one must stop and write nothing more.
    #[error("run {0} no longer owns its job")]
    LostRun(RunId),
    /// PostgreSQL said no, or is away.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// apalis could not take a task.
    #[error("queue: {0}")]
    Queue(#[from] apalis_postgres::Error),
    /// A file of the scratch folder.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The system could not give what a process needs.
    #[error("{what}: {source}")]
    System {
        /// What was asked for.
        what: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The code of a kind of job failed.
    #[error("{0}")]
    Kind(Box<dyn std::error::Error + Send + Sync>),
    /// Code broke an assumption; the message says which.
    #[error("internal error: {0}")]
    Internal(String),
}

/// Why a job's state does not allow what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, ToSchema)]
#[serde(tag = "code", content = "params", rename_all = "camelCase")]
#[schema(as = JobConflict)]
pub enum Conflict {
    /// Only what failed can be tried again.
    #[error("{kind} {id} is {}; only a failed job can be tried again", status.name())]
    NotFailed {
        /// The kind of job.
        kind: &'static str,
        /// Which one.
        id: Uuid,
        /// Where it stands.
        status: JobState,
    },
    /// Jobs of this kind have no pause.
    #[error("a {kind} can't be paused")]
    NotPausable {
        /// The kind of job.
        kind: &'static str,
    },
    /// It is completed, failed or cancelled.
    #[error("this {kind} has ended")]
    Ended {
        /// The kind of job.
        kind: &'static str,
    },
}

impl Error {
    /// True where trying again later can help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Database(error) => database_error::is_unavailable(error),
            Self::Queue(apalis_postgres::Error::Database(error)) => {
                database_error::is_unavailable(error)
            }
            Self::File { .. } | Self::System { .. } => true,
            _ => false,
        }
    }
}
