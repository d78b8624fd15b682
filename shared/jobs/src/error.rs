//! The one error of this crate.

use crate::{database_error, ids::RunId};

/// What every function of this crate answers.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong with jobs.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No job of this kind with this id, or it is another user's: callers must not be able to tell the two apart.
    #[error("no {0} with this id")]
    NotFound(&'static str),
    /// The job exists, but its state does not allow this.
    #[error("{0}")]
    Conflict(String),
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
