//! Jobs that nobody runs any more, though their rows say so.

use std::time::Duration;

use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use uuid::Uuid;

use crate::{
    Result,
    ids::RunId,
    kind::Kinds,
    outcome::{Outcome, transition},
    reason::{JobFailure, Reason},
    run::{Locked, apply},
    state::Control,
};

/// A run that somebody has to put an end to.
struct Lost {
    id: RunId,
    kind: String,
    job_id: Uuid,
    /// Which worker stopped answering; `None` where the run's end has been written, and its job not been told.
    worker: Option<String>,
}

impl Lost {
    fn reason(&self) -> Reason {
        match self.worker.clone() {
            Some(worker) => JobFailure::WorkerLost { worker }.into(),
            None => JobFailure::RunEnded.into(),
        }
    }
}

/// Gives the jobs of runs that have not been heard from for `lost_after` to other workers, or fails them where their
/// attempts are used up; and those whose rows name a run that has ended. Safe to call from every worker at once. Answers
/// how many there were.
///
/// A job whose row is locked is left for the next call: whoever holds the lock is ended by the database before long. While
/// PostgreSQL is away nobody is heard from, so the time counts from its last start at the earliest.
pub async fn rescue(
    db: &PgPool,
    kinds: &Kinds,
    lost_after: Duration,
    max_attempts: u32,
) -> Result<usize> {
    let mut rescued = 0;
    for lost in find_lost(db, lost_after).await? {
        if give_back(db, kinds, &lost, lost_after, max_attempts).await? {
            tracing::warn!(
                event = "job.rescued",
                run = lost.id.0,
                kind = lost.kind,
                job = %lost.job_id,
                "rescued a lost run: {}",
                lost.reason()
            );
            rescued += 1;
        }
    }
    Ok(rescued)
}

async fn find_lost(db: &PgPool, lost_after: Duration) -> Result<Vec<Lost>> {
    Ok(sqlx::query_as!(
        Lost,
        r#"SELECT id AS "id!: RunId", kind AS "kind!", job_id AS "job_id!",
                  worker
           FROM runs
           WHERE ended_at IS NULL
             AND greatest(heartbeat_at, pg_postmaster_start_time()) < now() - make_interval(secs => $1)
           UNION ALL
           SELECT runs.id, runs.kind, runs.job_id, NULL
           FROM jobs JOIN runs ON runs.id = jobs.run_id
           WHERE jobs.run_id IS NOT NULL AND runs.ended_at IS NOT NULL
           ORDER BY 1"#,
        lost_after.as_secs_f64()
    )
    .fetch_all(db)
    .await?)
}

async fn give_back(
    db: &PgPool,
    kinds: &Kinds,
    lost: &Lost,
    lost_after: Duration,
    max_attempts: u32,
) -> Result<bool> {
    let mut tx = db.begin().await?;
    // The job's row is locked before its run, as every worker's write does it: the other order can deadlock.
    let locked = sqlx::query_as!(
        Locked,
        r#"SELECT queue, user_id AS owner, control AS "control: Control", attempts,
                  extract(epoch FROM now() - coalesce(failing_since, now()))::double precision AS "failing_seconds!",
                  error_message, error_details, start_tag AS "start_tag!"
           FROM jobs WHERE id = $1 AND run_id = $2 FOR NO KEY UPDATE SKIP LOCKED"#,
        lost.job_id,
        lost.id.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(locked) = locked else {
        return end_without_job(tx, lost, lost_after).await;
    };
    let reason = lost.reason();
    if lost.worker.is_some() && !end(&mut tx, lost.id, reason.message(), lost_after).await? {
        return Ok(false);
    }
    let outcome = Outcome::<()>::Lost { reason };
    let next = transition(&outcome, &locked.situation(max_attempts));
    apply(&mut tx, kinds.find(&lost.kind)?, lost.job_id, &locked, next).await?;
    tx.commit().await?;
    Ok(true)
}

/// Ends a run whose job was deleted under it; not one whose job is only locked just now.
async fn end_without_job(
    mut tx: Transaction<'_, Postgres>,
    lost: &Lost,
    lost_after: Duration,
) -> Result<bool> {
    let named = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM jobs WHERE id = $1 AND run_id = $2) AS "named!""#,
        lost.job_id,
        lost.id.0
    )
    .fetch_one(&mut *tx)
    .await?;
    if named || lost.worker.is_none() {
        return Ok(false);
    }
    let ended = end(&mut tx, lost.id, "the job's row is gone", lost_after).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Writes the end of a lost run; false where it has ended meanwhile, or was heard from.
async fn end(
    tx: &mut PgConnection,
    run: RunId,
    reason: &str,
    lost_after: Duration,
) -> Result<bool> {
    let ended = sqlx::query!(
        "UPDATE runs SET ended_at = now(), outcome = 'lost', reason = $2
         WHERE id = $1 AND ended_at IS NULL AND heartbeat_at < now() - make_interval(secs => $3)",
        run.0,
        reason,
        lost_after.as_secs_f64()
    )
    .execute(tx)
    .await?;
    Ok(ended.rows_affected() > 0)
}
