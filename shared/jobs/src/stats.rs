//! What operators look at: jobs, the depths of queues, how runs ended.

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{Result, state::JobState};

/// A job, as operators see it.
#[derive(Debug)]
pub struct JobRow {
    /// Its id, which is its noun's.
    pub id: Uuid,
    /// Its kind.
    pub kind: String,
    /// Where it stands.
    pub status: JobState,
    /// Whose it is.
    pub email: String,
    /// Runs since it last made progress.
    pub attempts: i32,
    /// When it was enqueued first.
    pub created_at: DateTime<Utc>,
    /// Who runs it.
    pub worker: Option<String>,
    /// Why it failed, or what it waits for.
    pub error_message: Option<String>,
}

/// Jobs of one queue and one state, or of all, newest first, at most `limit`.
pub async fn list(
    db: &PgPool,
    queue: Option<&str>,
    status: Option<JobState>,
    limit: i64,
) -> Result<Vec<JobRow>> {
    Ok(sqlx::query_as!(
        JobRow,
        r#"SELECT jobs.id, jobs.kind, jobs.status AS "status: JobState", users.email, jobs.attempts, jobs.created_at,
                  runs.worker AS "worker?", jobs.error_message
           FROM jobs JOIN users ON users.id = jobs.user_id
           LEFT JOIN runs ON runs.id = jobs.run_id AND runs.ended_at IS NULL
           WHERE ($1::text IS NULL OR queue = $1) AND ($2::text IS NULL OR jobs.status = $2)
           ORDER BY jobs.created_at DESC, jobs.id LIMIT $3"#,
        queue,
        status.map(JobState::name),
        limit
    )
    .fetch_all(db)
    .await?)
}

/// A queue's depth.
#[derive(Debug)]
pub struct QueueDepth {
    /// The queue's name.
    pub name: String,
    /// Jobs that wait.
    pub waiting: i64,
    /// Jobs that run.
    pub running: i64,
    /// Of those, how many have lost or failed an attempt since they last made progress.
    pub retrying: i64,
    /// How long the one has waited that could have been claimed first, in seconds; `None` where none waits.
    pub oldest_age_seconds: Option<f64>,
}

/// The depths of all queues in which something waits or runs.
pub async fn queue_depths(db: &PgPool) -> Result<Vec<QueueDepth>> {
    Ok(sqlx::query_as!(
        QueueDepth,
        r#"SELECT queue AS "name!", count(*) FILTER (WHERE status = 'queued') AS "waiting!",
                  count(*) FILTER (WHERE status = 'running') AS "running!",
                  count(*) FILTER (WHERE attempts > CASE WHEN status = 'running' THEN 1 ELSE 0 END) AS "retrying!",
                  extract(epoch FROM now() - min(ready_at) FILTER (WHERE status = 'queued' AND ready_at <= now()))
                      ::double precision AS oldest_age_seconds
           FROM jobs WHERE status IN ('queued', 'running') GROUP BY queue ORDER BY queue"#
    )
    .fetch_all(db)
    .await?)
}

/// How runs of a kind ended in the last day.
#[derive(Debug)]
pub struct EndedRuns {
    /// The kind.
    pub kind: String,
    /// How they ended, as `runs.outcome` spells it.
    pub outcome: String,
    /// How many.
    pub count: i64,
}

/// How the runs of the last day ended.
pub async fn ended_runs(db: &PgPool) -> Result<Vec<EndedRuns>> {
    Ok(sqlx::query_as!(
        EndedRuns,
        r#"SELECT kind, outcome AS "outcome!", count(*) AS "count!" FROM runs
           WHERE ended_at > now() - interval '1 day' GROUP BY kind, outcome ORDER BY kind, outcome"#
    )
    .fetch_all(db)
    .await?)
}
