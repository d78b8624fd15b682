//! Out of the queue and into a run. The claim is the only lock: a task that comes twice, late, or for a job that is paused,
//! cancelled, running or gone, changes nothing and is consumed.

use sqlx::PgPool;
use uuid::Uuid;

use crate::{Result, ids::RunId, task::Task};

/// A job that this worker runs from now on.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The fence token.
    pub run: RunId,
    /// The job's id.
    pub id: Uuid,
    /// Its kind.
    pub kind: String,
    /// Its queue.
    pub queue: String,
    /// Whose it is.
    pub owner: Uuid,
    /// Its start tag, for [`crate::admission::raise_virtual_time`].
    pub start_tag: i64,
}

/// Begins a run of the job that `task` stands for, and consumes the task. `None` where it stands for none any more.
///
/// The job is locked by its id alone, and what else has to hold is asked of the locked row: so the plan is the same
/// whatever the planner knows of the table's rows.
pub async fn claim(
    db: &PgPool,
    task_id: &str,
    task: &Task,
    worker: &str,
) -> Result<Option<Claimed>> {
    Ok(sqlx::query_as!(
        Claimed,
        r#"WITH consumed AS (
               DELETE FROM apalis.jobs WHERE id = $1
           ), job AS MATERIALIZED (
               SELECT id, kind, task_id, status, ready_at FROM jobs WHERE id = $3 FOR NO KEY UPDATE
           ), begun AS (
               INSERT INTO runs (kind, job_id, worker) SELECT kind, id, $4 FROM job
               WHERE task_id = $1 AND kind = $2 AND status = 'queued' AND ready_at <= now()
               RETURNING id, job_id
           )
           UPDATE jobs SET status = 'running', run_id = begun.id, task_id = NULL, attempts = attempts + 1,
                           started_at = coalesce(started_at, now()), error_message = NULL,
                           error_details = NULL
           FROM begun WHERE jobs.id = begun.job_id
           RETURNING begun.id AS "run: RunId", jobs.id, jobs.kind, jobs.queue, jobs.user_id AS owner,
                     jobs.start_tag AS "start_tag!""#,
        task_id,
        task.kind,
        task.id,
        worker
    )
    .fetch_optional(db)
    .await?)
}

/// Ends a task that nobody can read. A job that it stood for gets another one from the sweeper.
pub(crate) async fn consume(db: &PgPool, task_id: &str) -> Result<()> {
    sqlx::query!("DELETE FROM apalis.jobs WHERE id = $1", task_id)
        .execute(db)
        .await?;
    Ok(())
}

/// Ends a task whose job this worker can't or mustn't start, and lets the job wait again for `seconds`.
pub(crate) async fn decline(db: &PgPool, task_id: &str, seconds: f64) -> Result<()> {
    sqlx::query!(
        "WITH consumed AS (DELETE FROM apalis.jobs WHERE id = $1)
         UPDATE jobs SET task_id = NULL, ready_at = greatest(ready_at, now() + make_interval(secs => $2))
         WHERE task_id = $1 AND status = 'queued'",
        task_id,
        seconds
    )
    .execute(db)
    .await?;
    Ok(())
}
