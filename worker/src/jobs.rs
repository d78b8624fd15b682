//! The kinds of jobs, and what their faults mean.

mod datasets;
mod speech;
mod training;
mod training_recorder;

use std::{path::Path, sync::Arc, time::Duration};

use domain::{
    control::Call,
    db::PgPool,
    queue::Job,
    runs::{Outcome, Run},
    settings::{self, Settings},
    storage::{Storage, StoredFile},
};
use downloader::Downloads;
use futures::future::BoxFuture;
use runner::{leash::Leash, run::Perform};
use tempfile::TempDir;
use tokio::sync::broadcast;

/// The product's jobs, and what every one of them may use.
pub struct Jobs {
    settings: settings::Worker,
    storage: Storage,
    voices: speech::LoadedVoice,
    downloads: Arc<Downloads>,
}

impl Jobs {
    /// Jobs by these settings.
    ///
    /// # Errors
    /// Where the storage or the Hub's client can't be made.
    pub fn new(settings: &Settings) -> domain::Result<Self> {
        Ok(Self {
            settings: settings.worker.clone(),
            storage: Storage::open(&settings.storage)?,
            voices: speech::LoadedVoice::default(),
            downloads: Arc::new(Downloads::new(settings)?),
        })
    }

    /// A scratch folder of the run's own; its name lets the next start sweep it, should this process be killed.
    fn scratch(&self, run: &Run) -> Result<TempDir, Fault> {
        Ok(tempfile::Builder::new()
            .prefix(&format!("run-{}-", run.id))
            .tempdir_in(&self.settings.scratch_dir)?)
    }

    /// Stores a folder, if the run still owns its job.
    async fn put_folder(
        &self,
        leash: &Leash,
        prefix: &str,
        folder: &Path,
    ) -> domain::Result<Vec<StoredFile>> {
        leash.confirm(self.confirmed_within()).await?;
        self.storage.put_folder(prefix, folder).await
    }

    /// Stores a small file, if the run still owns its job.
    async fn put(&self, leash: &Leash, key: &str, bytes: Vec<u8>) -> domain::Result<()> {
        leash.confirm(self.confirmed_within()).await?;
        self.storage.put(key, bytes.into()).await
    }

    /// Bytes are written only where the database said within this time that the run owns its job: half of the time after
    /// which somebody else may own it.
    fn confirmed_within(&self) -> Duration {
        Duration::from_secs(u64::from(self.settings.lost_after_seconds)) / 2
    }

    /// Fetches files to a local folder and checks every one against its row.
    async fn fetch(
        &self,
        leash: &Leash,
        prefix: &str,
        files: &[StoredFile],
        folder: &Path,
    ) -> Result<(), Fault> {
        for file in files {
            let key = format!("{prefix}/{}", file.path);
            let got = self
                .storage
                .get_file(&key, &folder.join(&file.path))
                .await?;
            leash.pulse();
            if got != file.sha256 {
                return Err(Fault::Altered {
                    key,
                    expected: file.sha256.clone(),
                    got,
                });
            }
        }
        Ok(())
    }
}

impl Perform for Jobs {
    fn perform(self: Arc<Self>, run: Run, leash: Leash) -> BoxFuture<'static, Outcome> {
        Box::pin(async move {
            let performed = match run.job {
                Job::Dataset(id) => datasets::perform(&self, &run, id, &leash).await,
                Job::Training(id) => training::perform(&self, &run, id, &leash).await,
                Job::Synthesis(id) => speech::perform(&self, &run, id, &leash).await,
                Job::Download(_) => Ok(self.downloads.clone().perform(run, leash).await),
            };
            performed.unwrap_or_else(Fault::outcome)
        })
    }

    fn clear_up(&self, job: Job) -> BoxFuture<'_, domain::Result<()>> {
        Box::pin(async move {
            match job {
                Job::Dataset(id) => {
                    self.storage
                        .delete_folder(&domain::datasets::upload_folder(id))
                        .await
                }
                Job::Download(_) => self.downloads.clear_up(job).await,
                Job::Training(_) | Job::Synthesis(_) => Ok(()),
            }
        })
    }

    fn attend(
        self: Arc<Self>,
        db: PgPool,
        calls: broadcast::Receiver<Call>,
    ) -> BoxFuture<'static, ()> {
        if self.settings.queues.downloads == 0 {
            return Box::pin(std::future::pending());
        }
        self.downloads.clone().attend(db, calls)
    }
}

/// Why a job could not be done.
#[derive(Debug, thiserror::Error)]
enum Fault {
    /// Row, queue or storage.
    #[error(transparent)]
    Shared(#[from] domain::Error),
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

impl Fault {
    fn is_transient(&self) -> bool {
        match self {
            Self::Shared(error) => error.is_transient(),
            Self::Vits(error) => !error.is_permanent(),
            Self::Archive(error) => error.is_transient(),
            // A worker of the other machine may take it next.
            Self::File(_) | Self::Thread(_) | Self::BaseElsewhere { .. } => true,
            Self::Altered { .. } | Self::BaseGone { .. } | Self::NoWholeCheckpoint(_) => false,
        }
    }

    fn outcome(self) -> Outcome {
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
