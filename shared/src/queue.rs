//! What workers are told to do. A queue entry only wakes a worker up: it holds ids, and whether there is anything to do
//! is decided by the job's row. So an entry may come twice, late or for nothing, and does no harm.

use std::time::{Duration, SystemTime};

use apalis_core::task::builder::TaskBuilder;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::{
    Result,
    ids::{DatasetId, SynthesisId, TrainingId},
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
}

/// A queue: the jobs that a worker process can be told to take or to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Queue {
    /// Uploaded archives.
    Datasets,
    /// Trainings: hours to days.
    Training,
    /// Sentences: seconds.
    Speech,
}

impl Queue {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Datasets, Self::Training, Self::Speech];

    /// Its name in the queue's tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Datasets => "datasets",
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
        }
    }

    /// Its kind, as the `runs` table spells it.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Dataset(_) => "dataset",
            Self::Training(_) => "training",
            Self::Synthesis(_) => "synthesis",
        }
    }

    /// The key of its row.
    pub const fn row_id(self) -> uuid::Uuid {
        match self {
            Self::Dataset(id) => id.0,
            Self::Training(id) => id.0,
            Self::Synthesis(id) => id.0,
        }
    }

    pub(crate) fn from_row(kind: &str, id: uuid::Uuid) -> Option<Self> {
        match kind {
            "dataset" => Some(Self::Dataset(DatasetId(id))),
            "training" => Some(Self::Training(TrainingId(id))),
            "synthesis" => Some(Self::Synthesis(SynthesisId(id))),
            _ => None,
        }
    }
}

/// Wakes a worker for `job` after `delay`; call it in the transaction that makes the row ready to be taken. The queue
/// counts in whole seconds, so a delay is rounded up to the next one.
pub async fn enqueue(tx: &mut PgConnection, job: Job, delay: Duration) -> Result<()> {
    let mut task = TaskBuilder::new(serde_json::to_vec(&job)?);
    if !delay.is_zero() {
        task = task.run_at_time(SystemTime::now() + delay + Duration::from_secs(1));
    }
    apalis_postgres::queries::push_tasks(tx, job.queue().name(), vec![task.build()]).await?;
    Ok(())
}

/// Writes the wake-ups that are missing: rows which have waited for a while and that no queue entry names. A wake-up
/// is lost where a worker took the entry and could not reach the database. Answers how many were written.
pub async fn rewake(tx: &mut PgConnection) -> Result<usize> {
    let asleep = sqlx::query!(
        r#"SELECT waiting.kind AS "kind!", waiting.id AS "id!"
           FROM (
               SELECT 'training' AS kind, 'training' AS queue, id, updated_at FROM training_jobs WHERE status = 'queued'
               UNION ALL
               SELECT 'synthesis', 'speech', id, updated_at FROM syntheses WHERE status = 'queued'
               UNION ALL
               SELECT 'dataset', 'datasets', id, updated_at FROM datasets WHERE status = 'preparing' AND run_id IS NULL
           ) AS waiting
           WHERE waiting.updated_at < now() - interval '10 seconds'
             AND NOT EXISTS (
                 SELECT FROM apalis.jobs AS entry
                 WHERE entry.job_type = waiting.queue
                   AND entry.status IN ('Pending', 'Queued', 'Running')
                   AND entry.job = convert_to(
                       format('{"kind":"%s","id":"%s"}', waiting.kind, waiting.id), 'UTF8'))"#
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut written = 0;
    for row in asleep {
        if let Some(job) = Job::from_row(&row.kind, row.id) {
            enqueue(tx, job, Duration::ZERO).await?;
            written += 1;
        }
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_spelled_as_the_sweeper_spells_it() {
        let id = uuid::Uuid::nil();
        for job in [
            Job::Dataset(DatasetId(id)),
            Job::Training(TrainingId(id)),
            Job::Synthesis(SynthesisId(id)),
        ] {
            let expected = format!(r#"{{"kind":"{}","id":"{id}"}}"#, job.kind());
            assert_eq!(serde_json::to_string(&job).unwrap(), expected);
            assert_eq!(Job::from_row(job.kind(), job.row_id()), Some(job));
        }
    }
}
