//! The one error of this crate.

use std::{io::ErrorKind, path::Path};

use jobs::{RunId, database_error};

use crate::conflict::{Conflict, InvalidValue};

/// What every function of this crate answers.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that can go wrong between a request or a job and the rows and files it touches.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such row, or it is another user's: callers must not be able to tell the two apart.
    #[error("no {0} with this id")]
    NotFound(&'static str),
    /// The row exists, but its state does not allow this.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// A value that passed the edge's checks but not the domain's.
    #[error("{pointer}: {reason}")]
    Invalid {
        /// JSON pointer of the field, e.g. `/datasetId`.
        pointer: &'static str,
        /// What was expected, and what was got.
        reason: InvalidValue,
    },
    /// Another run owns the job now, or nobody: this one must stop and write nothing more.
    #[error("run {0} no longer owns its job")]
    LostRun(RunId),
    /// PostgreSQL said no, or is away.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// A migration failed.
    #[error(transparent)]
    Migration(#[from] migrations::Error),
    /// The job engine, in what it doesn't share with us.
    #[error(transparent)]
    Jobs(jobs::Error),
    /// The storage refused, or is away.
    #[error("storage: {0}")]
    Storage(#[from] object_store::Error),
    /// A local file could not be read or written.
    #[error("{path}: {source}")]
    File {
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A JSON column does not hold what this version expects.
    #[error("stored JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The Persian language files are missing, or not whole.
    #[error(transparent)]
    Language(#[from] persian::analysis::LoadError),
    /// A setting is missing, unknown or out of range; the sentence names its key.
    #[error("{0}")]
    Settings(String),
    /// Code broke an assumption; the message says which.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    /// Of a local file.
    pub(crate) fn file(path: &Path, source: std::io::Error) -> Self {
        Self::File {
            path: path.display().to_string(),
            source,
        }
    }

    /// True where trying again later can help: the network, the database or the storage was away.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Database(error) => database_error::is_unavailable(error),
            Self::Jobs(error) => error.is_transient(),
            Self::File { .. } => true,
            Self::Storage(error) => !matches!(error, object_store::Error::NotFound { .. }),
            _ => false,
        }
    }

    /// True where a disk is full, or a quota is used up, however deep that is said.
    pub fn is_storage_full(&self) -> bool {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(self);
        while let Some(error) = cause {
            let kind = error.downcast_ref().map(std::io::Error::kind);
            if matches!(
                kind,
                Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
            ) {
                return true;
            }
            cause = error.source();
        }
        false
    }

    /// True where the statement hit the named constraint.
    pub fn violates(&self, constraint: &str) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.constraint() == Some(constraint))
    }
}

impl From<jobs::Error> for Error {
    fn from(error: jobs::Error) -> Self {
        match error {
            jobs::Error::NotFound(what) => Self::NotFound(what),
            jobs::Error::LostRun(run) => Self::LostRun(run),
            jobs::Error::Database(error) => Self::Database(error),
            jobs::Error::File { path, source } => Self::File { path, source },
            // What the code of a kind of job said passes through the engine.
            jobs::Error::Kind(error) => match error.downcast::<Self>() {
                Ok(ours) => *ours,
                Err(other) => Self::Jobs(jobs::Error::Kind(other)),
            },
            error => Self::Jobs(error),
        }
    }
}

impl From<Error> for jobs::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(what) => Self::NotFound(what),
            Error::LostRun(run) => Self::LostRun(run),
            Error::Database(error) => Self::Database(error),
            Error::File { path, source } => Self::File { path, source },
            Error::Jobs(error) => error,
            error => Self::Kind(Box::new(error)),
        }
    }
}
