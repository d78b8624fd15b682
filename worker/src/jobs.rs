//! The kinds of jobs, and what their faults mean.

pub(crate) mod datasets;
pub(crate) mod speech;
pub(crate) mod training;

use std::sync::Arc;

use shared::{
    queue::Job,
    runs::{Outcome, Run},
};

use crate::{Worker, run::StopSignal};

/// Why a job could not be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// Row, queue or storage.
    #[error(transparent)]
    Shared(#[from] shared::Error),
    /// Recordings, network or voice.
    #[error(transparent)]
    Vits(#[from] vits::Error),
    /// An archive that is refused.
    #[error(transparent)]
    Archive(#[from] crate::archive::Error),
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
}

impl Fault {
    fn outcome(self) -> Outcome {
        let transient = match &self {
            Self::Shared(error) => error.is_transient(),
            Self::Vits(error) => !error.is_permanent(),
            Self::Archive(error) => error.is_transient(),
            Self::File(_) | Self::Thread(_) => true,
            Self::Altered { .. } => false,
        };
        // PostgreSQL's text can't hold NUL.
        let reason = self.to_string().replace('\0', "␀");
        if transient {
            Outcome::Retry {
                after: None,
                reason,
            }
        } else {
            Outcome::Failed { reason }
        }
    }
}

/// Does a job.
pub(crate) async fn perform(worker: &Arc<Worker>, run: &Run, stop: StopSignal) -> Outcome {
    let performed = match run.job {
        Job::Dataset(id) => datasets::perform(worker, run, id, stop).await,
        Job::Training(id) => training::perform(worker, run, id, stop).await,
        Job::Synthesis(id) => speech::perform(worker, run, id).await,
    };
    performed.unwrap_or_else(Fault::outcome)
}

/// Deletes what nobody needs any more once a job has ended for good.
pub(crate) async fn clear_up(worker: &Worker, job: Job) -> shared::Result<()> {
    match job {
        Job::Dataset(id) => {
            worker
                .storage
                .delete_folder(&shared::datasets::upload_folder(id))
                .await
        }
        Job::Training(_) | Job::Synthesis(_) => Ok(()),
    }
}
