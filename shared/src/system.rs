//! What operators look at.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use crate::{Result, queue::Queue};

/// A queue's depth.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueStatus {
    /// `datasets`, `training` or `speech`.
    pub name: String,
    /// Jobs that wait.
    pub waiting: i64,
    /// Jobs that run.
    pub running: i64,
    /// Age of the one that has waited longest; null where none waits.
    pub oldest_age_seconds: Option<f64>,
}

/// A worker that was heard of in the last minute.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkerStatus {
    /// Host and process start.
    pub name: String,
    /// The queue it serves.
    pub queue: String,
    /// When it was last heard of.
    pub last_seen: DateTime<Utc>,
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
    let rows = sqlx::query_as!(
        QueueStatus,
        r#"SELECT queue AS "name!", count(*) FILTER (WHERE waits) AS "waiting!", count(*) FILTER (WHERE NOT waits) AS "running!",
                  extract(epoch FROM now() - min(created_at) FILTER (WHERE waits))::double precision AS oldest_age_seconds
           FROM (
               SELECT 'training' AS queue, status = 'queued' AS waits, created_at FROM training_jobs
               WHERE status IN ('queued', 'running')
               UNION ALL
               SELECT 'speech', status = 'queued', created_at FROM syntheses WHERE status IN ('queued', 'running')
               UNION ALL
               SELECT 'datasets', run_id IS NULL, created_at FROM datasets WHERE status = 'preparing'
           ) AS jobs GROUP BY queue"#
    )
    .fetch_all(db)
    .await?;
    let mut rows = rows;
    for queue in Queue::ALL {
        if !rows.iter().any(|row| row.name == queue.name()) {
            rows.push(QueueStatus {
                name: queue.name().into(),
                waiting: 0,
                running: 0,
                oldest_age_seconds: None,
            });
        }
    }
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(rows)
}

/// The workers that were heard of in the last minute.
pub async fn workers(db: &PgPool) -> Result<Vec<WorkerStatus>> {
    Ok(sqlx::query_as!(
        WorkerStatus,
        r#"SELECT id AS name, worker_type AS queue, last_seen AS "last_seen: DateTime<Utc>" FROM apalis.workers
           WHERE last_seen > now() - interval '1 minute' ORDER BY id"#
    )
    .fetch_all(db)
    .await?)
}
