//! What operators look at.

use chrono::{DateTime, Utc};
use jobs::stats;
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use crate::{Result, queue::Queue, settings::Queues};

/// A queue's depth.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueStatus {
    /// `datasets`, `downloads`, `training` or `speech`.
    pub name: String,
    /// Jobs that wait.
    pub waiting: i64,
    /// Jobs that run.
    pub running: i64,
    /// Of those, how many have lost or failed an attempt since they last got further.
    pub retrying: i64,
    /// How long the one has waited that could have been taken first, in seconds; null where none waits.
    pub oldest_age_seconds: Option<f64>,
}

/// Runs that ended in the last day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunStatus {
    /// `training`, `synthesis`, `dataset` or `download`.
    pub kind: String,
    /// `completed`, `retry`, `snoozed`, `failed`, `paused`, `cancelled`, `handed_back`, or `lost`: rescued from a worker that
    /// stopped answering.
    pub outcome: String,
    pub count: i64,
}

/// Whether the database answers.
pub async fn ping(db: &PgPool) -> Result<()> {
    sqlx::query_scalar!(r#"SELECT 1 AS "one!""#)
        .fetch_one(db)
        .await?;
    Ok(())
}

/// Every queue's depth and age.
pub async fn queues(db: &PgPool) -> Result<Vec<QueueStatus>> {
    let depths = stats::queue_depths(db).await?;
    let depth = |queue: Queue| depths.iter().find(|depth| depth.name == queue.name());
    let status = Queue::ALL.map(|queue| QueueStatus {
        name: queue.name().into(),
        waiting: depth(queue).map_or(0, |depth| depth.waiting),
        running: depth(queue).map_or(0, |depth| depth.running),
        retrying: depth(queue).map_or(0, |depth| depth.retrying),
        oldest_age_seconds: depth(queue).and_then(|depth| depth.oldest_age_seconds),
    });
    Ok(status.into())
}

/// How the runs of the last day ended.
pub async fn ended_runs(db: &PgPool) -> Result<Vec<RunStatus>> {
    let ended = stats::ended_runs(db).await?.into_iter();
    Ok(ended
        .map(|ended| RunStatus {
            kind: ended.kind,
            outcome: ended.outcome,
            count: ended.count,
        })
        .collect())
}

/// A worker process that was heard from in the last minute.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkerStatus {
    /// Host and process start.
    pub name: String,
    /// Jobs that it runs at a time, by queue.
    #[schema(value_type = Queues)]
    pub slots: serde_json::Value,
    /// Jobs that it runs now.
    pub running: i64,
    pub started_at: DateTime<Utc>,
    /// When it was last heard from.
    pub last_seen: DateTime<Utc>,
}

/// The worker processes that live.
pub async fn workers(db: &PgPool) -> Result<Vec<WorkerStatus>> {
    let workers = jobs::workers::list(db).await?.into_iter();
    Ok(workers
        .map(|worker| WorkerStatus {
            name: worker.name,
            slots: worker.slots,
            running: worker.running,
            started_at: worker.started_at,
            last_seen: worker.last_seen,
        })
        .collect())
}
