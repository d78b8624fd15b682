//! Why a job could not be done, and whether another attempt can help.

use jobs::Outcome;

use crate::archive;

/// Why a job could not be done.
#[derive(Debug, thiserror::Error)]
pub(super) enum JobError {
    /// Row or storage.
    #[error(transparent)]
    Domain(#[from] domain::Error),
    /// The engine.
    #[error(transparent)]
    Jobs(#[from] jobs::Error),
    /// Recordings, network or voice.
    #[error(transparent)]
    Vits(#[from] vits::Error),
    /// An archive that is refused.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// A local file.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// Work on another thread broke off.
    #[error("the work broke off: {0}")]
    Thread(#[from] tokio::task::JoinError),
    /// Stored bytes differ from what their row says.
    #[error(
        "{key}: its bytes were altered in the storage (expected SHA-256 {expected}, got {got})"
    )]
    Altered {
        /// Where they lie.
        key: String,
        /// What the row says.
        expected: String,
        /// What was found.
        got: String,
    },
    /// The model that a training begins from is gone.
    #[error(
        "the model {repo} that it begins from is not installed any more; bring it home again and start a new training"
    )]
    BaseGone {
        /// Its repository.
        repo: String,
    },
    /// It lies in the cache of another machine.
    #[error(
        "the model {repo} that it begins from lies in {there}, and this worker's cache is {here}: let a worker of that machine take the queue of trainings, or bring the model home here"
    )]
    BaseElsewhere {
        /// Its repository.
        repo: String,
        /// Host and folder of the cache that has it.
        there: String,
        /// Host and folder of this worker's.
        here: String,
    },
    /// A training has checkpoints, and none of them is whole.
    #[error(
        "none of its {0} checkpoints is whole, so it can't go on from where it was; put their files back and resume it, or start a new training"
    )]
    NoWholeCheckpoint(usize),
}

impl JobError {
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Domain(error) => error.is_transient(),
            Self::Jobs(error) => error.is_transient(),
            Self::Vits(error) => !error.is_permanent(),
            Self::Archive(error) => error.is_transient(),
            // A worker of the other machine may take it next.
            Self::File(_) | Self::Thread(_) | Self::BaseElsewhere { .. } => true,
            Self::Altered { .. } | Self::BaseGone { .. } | Self::NoWholeCheckpoint(_) => false,
        }
    }

    pub(super) fn outcome<T>(self) -> Outcome<T> {
        let reason = self.to_string();
        if self.is_transient() {
            Outcome::Retry {
                after: None,
                reason,
            }
        } else {
            Outcome::Failed { reason }
        }
    }
}
