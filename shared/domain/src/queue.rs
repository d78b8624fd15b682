//! What workers are told to do. A queue entry only rings: which job is next is decided by the jobs' rows (see
//! [`crate::runs`]). So an entry may come twice, late, for nothing or not at all, and does no harm.

use std::time::{Duration, SystemTime};

use apalis_core::task::builder::TaskBuilder;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::{
    Result,
    ids::{DatasetId, DownloadId, SynthesisId, TrainingId},
};

/// A job's payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "lowercase")]
pub enum Job {
    /// Check and normalise an uploaded archive.
    Dataset(DatasetId),
    /// Train.
    Training(TrainingId),
    /// Say a sentence.
    Synthesis(SynthesisId),
    /// Bring a model home.
    Download(DownloadId),
}

/// A queue: the jobs that a worker process can be told to take or to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Queue {
    /// Uploaded archives.
    Datasets,
    /// Models that are brought home.
    Downloads,
    /// Trainings: hours to days.
    Training,
    /// Sentences: seconds.
    Speech,
}

impl Queue {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Datasets,
        Self::Downloads,
        Self::Training,
        Self::Speech,
    ];

    /// The queue of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|queue| queue.name() == name)
    }

    /// Its name in the queue's tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Datasets => "datasets",
            Self::Downloads => "downloads",
            Self::Training => "training",
            Self::Speech => "speech",
        }
    }
}

impl Job {
    /// The queue that it waits in.
    pub const fn queue(self) -> Queue {
        match self {
            Self::Dataset(_) => Queue::Datasets,
            Self::Training(_) => Queue::Training,
            Self::Synthesis(_) => Queue::Speech,
            Self::Download(_) => Queue::Downloads,
        }
    }

    /// Its kind, as the `runs` table spells it.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Dataset(_) => "dataset",
            Self::Training(_) => "training",
            Self::Synthesis(_) => "synthesis",
            Self::Download(_) => "download",
        }
    }

    /// The key of its row.
    pub const fn row_id(self) -> uuid::Uuid {
        match self {
            Self::Dataset(id) => id.0,
            Self::Training(id) => id.0,
            Self::Synthesis(id) => id.0,
            Self::Download(id) => id.0,
        }
    }

    pub(crate) fn from_row(kind: &str, id: uuid::Uuid) -> Option<Self> {
        match kind {
            "dataset" => Some(Self::Dataset(DatasetId(id))),
            "training" => Some(Self::Training(TrainingId(id))),
            "synthesis" => Some(Self::Synthesis(SynthesisId(id))),
            "download" => Some(Self::Download(DownloadId(id))),
            _ => None,
        }
    }
}

/// Rings for `job` after `delay`; call it in the transaction that makes the row ready to be taken. The queue counts in
/// whole seconds, so a delay is rounded up to the next one.
pub async fn enqueue(tx: &mut PgConnection, job: Job, delay: Duration) -> Result<()> {
    let mut task = TaskBuilder::new(serde_json::to_vec(&job)?);
    if !delay.is_zero() {
        task = task.run_at_time(SystemTime::now() + delay + Duration::from_secs(1));
    }
    apalis_postgres::queries::push_tasks(tx, job.queue().name(), vec![task.build()]).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_found_again_by_kind_and_row() {
        let id = uuid::Uuid::from_u128(7);
        for job in [
            Job::Dataset(DatasetId(id)),
            Job::Training(TrainingId(id)),
            Job::Synthesis(SynthesisId(id)),
            Job::Download(DownloadId(id)),
        ] {
            assert_eq!(Job::from_row(job.kind(), job.row_id()), Some(job));
            assert_eq!(Queue::from_name(job.queue().name()), Some(job.queue()));
        }
    }
}
