//! All kinds of jobs together, for operators: who is not their owner.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Error, Result, datasets,
    ids::UserId,
    job_control,
    queue::{Job, Queue},
    syntheses,
};

/// Where a job stands that a person steers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum JobState {
    /// Waits for a worker.
    Queued,
    /// A worker is at it.
    Running,
    /// Stopped at a person's wish; goes on from where it was when resumed.
    Paused,
    /// Done.
    Completed,
    /// Failed; the message says why.
    Failed,
    /// Stopped for good.
    Cancelled,
}

/// What the owner of a job reads that an operator cancelled.
const CANCELLED: &str = "cancelled by an operator";

/// A job, as operators see it.
#[derive(Debug)]
pub struct JobRow {
    /// The key of its row.
    pub id: Uuid,
    /// `training`, `synthesis`, `dataset` or `download`.
    pub kind: String,
    /// `queued`, `running`, `paused`, `completed`, `failed` or `cancelled`.
    pub status: String,
    /// Whose it is.
    pub email: String,
    /// Runs since it last got further.
    pub attempts: i32,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// Who runs it.
    pub worker: Option<String>,
    /// Why it failed.
    pub error_message: Option<String>,
}

/// Jobs of one queue and one state, or of all, newest first, at most `limit`.
pub async fn list(
    db: &PgPool,
    queue: Option<Queue>,
    status: Option<&str>,
    limit: i64,
) -> Result<Vec<JobRow>> {
    Ok(sqlx::query_as!(
        JobRow,
        r#"SELECT jobs.id AS "id!", jobs.kind AS "kind!", status AS "status!", users.email, attempts AS "attempts!",
                  jobs.created_at AS "created_at!", runs.worker AS "worker?", error_message
           FROM jobs JOIN users ON users.id = jobs.user_id
           LEFT JOIN runs ON runs.id = jobs.run_id AND runs.ended_at IS NULL
           WHERE ($1::text IS NULL OR queue = $1) AND ($2::text IS NULL OR status = $2)
           ORDER BY jobs.created_at DESC, jobs.id LIMIT $3"#,
        queue.map(Queue::name),
        status,
        limit
    )
    .fetch_all(db)
    .await?)
}

/// Lets a failed job be tried again, with all its attempts.
pub async fn retry(db: &PgPool, id: Uuid) -> Result<()> {
    let (job, user, status) = find(db, id).await?;
    if status != "failed" {
        return Err(Error::Conflict(format!(
            "{} {id} is {status}; only a failed job can be tried again",
            job.kind()
        )));
    }
    match job {
        Job::Training(_) | Job::Download(_) => job_control::resume(db, user, job).await,
        Job::Synthesis(id) => syntheses::retry(db, id).await,
        Job::Dataset(id) => datasets::retry(db, id).await,
    }
}

/// Stops a job for good, as its owner could; sentences and datasets only while they wait.
pub async fn cancel(db: &PgPool, id: Uuid) -> Result<()> {
    let (job, user, _) = find(db, id).await?;
    match job {
        Job::Training(_) | Job::Download(_) => job_control::cancel(db, user, job).await,
        Job::Synthesis(id) => syntheses::give_up(db, user, id, CANCELLED).await,
        Job::Dataset(id) => datasets::give_up(db, user, id, CANCELLED).await,
    }
}

async fn find(db: &PgPool, id: Uuid) -> Result<(Job, UserId, String)> {
    let row = sqlx::query!(
        r#"SELECT kind AS "kind!", user_id AS "user!: UserId", status AS "status!" FROM jobs WHERE id = $1"#,
        id
    )
    .fetch_optional(db)
    .await?
    .ok_or(Error::NotFound("job"))?;
    let job = Job::from_row(&row.kind, id).ok_or(Error::NotFound("job"))?;
    Ok((job, row.user, row.status))
}
