//! What operators look at.

use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use crate::{Result, queue::Queue};

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
    /// `completed`, `retry`, `failed`, `paused`, `cancelled`, `handed_back`, or `lost`: rescued from a worker that
    /// stopped answering.
    pub outcome: String,
    /// How many.
    pub count: i64,
}

/// Whether the database answers.
pub async fn ping(db: &PgPool) -> Result<()> {
    sqlx::query_scalar!(r#"SELECT 1 AS "one!""#)
        .fetch_one(db)
        .await?;
    Ok(())
}

/// Every queue's depth and age, by our own rows.
pub async fn queues(db: &PgPool) -> Result<Vec<QueueStatus>> {
    let mut rows = sqlx::query_as!(
        QueueStatus,
        r#"SELECT queue AS "name!", count(*) FILTER (WHERE status = 'queued') AS "waiting!",
                  count(*) FILTER (WHERE status = 'running') AS "running!",
                  count(*) FILTER (WHERE attempts > CASE WHEN status = 'running' THEN 1 ELSE 0 END) AS "retrying!",
                  extract(epoch FROM now() - min(ready_at) FILTER (WHERE status = 'queued' AND ready_at <= now()))
                      ::double precision AS oldest_age_seconds
           FROM jobs WHERE status IN ('queued', 'running') GROUP BY queue"#
    )
    .fetch_all(db)
    .await?;
    for queue in Queue::ALL {
        if !rows.iter().any(|row| row.name == queue.name()) {
            rows.push(QueueStatus {
                name: queue.name().into(),
                waiting: 0,
                running: 0,
                retrying: 0,
                oldest_age_seconds: None,
            });
        }
    }
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(rows)
}

/// How the runs of the last day ended.
pub async fn ended_runs(db: &PgPool) -> Result<Vec<RunStatus>> {
    Ok(sqlx::query_as!(
        RunStatus,
        r#"SELECT kind, outcome AS "outcome!", count(*) AS "count!" FROM runs
           WHERE ended_at > now() - interval '1 day' GROUP BY kind, outcome ORDER BY kind, outcome"#
    )
    .fetch_all(db)
    .await?)
}
