//! Jobs that nobody runs any more, though their rows say so.

use std::time::Duration;

use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    Error, Result,
    ids::{RunId, UserId},
    queue::Job,
    runs::{self, Run},
};

/// A run that somebody has to put an end to.
struct Lost {
    id: RunId,
    kind: String,
    job_id: Uuid,
    reason: String,
}

/// Gives the jobs of runs that have not been heard of for `lost_after` to other workers, or fails them where their
/// attempts are used up; and those whose rows name a run that has ended. Safe to call from every worker at once.
/// Answers how many there were.
///
/// While PostgreSQL is away nobody is heard of, so the time counts from its last start at the earliest.
pub async fn rescue(db: &PgPool, lost_after: Duration, max_attempts: u32) -> Result<usize> {
    let mut rescued = 0;
    for lost in silent(db, lost_after).await? {
        rescued += usize::from(end_lost(db, lost, lost_after, max_attempts).await?);
    }
    for lost in ownerless(db).await? {
        rescued += usize::from(requeue(db, lost, max_attempts).await?);
    }
    Ok(rescued)
}

async fn silent(db: &PgPool, lost_after: Duration) -> Result<Vec<Lost>> {
    Ok(sqlx::query_as!(
        Lost,
        r#"SELECT id AS "id: RunId", kind, job_id,
                  format('worker %s stopped answering', worker) AS "reason!"
           FROM runs
           WHERE ended_at IS NULL
             AND greatest(heartbeat_at, pg_postmaster_start_time()) < now() - make_interval(secs => $1)
           ORDER BY heartbeat_at"#,
        lost_after.as_secs_f64()
    )
    .fetch_all(db)
    .await?)
}

async fn ownerless(db: &PgPool) -> Result<Vec<Lost>> {
    Ok(sqlx::query_as!(
        Lost,
        r#"SELECT runs.id AS "id: RunId", runs.kind, runs.job_id,
                  'its run ended without it' AS "reason!"
           FROM jobs JOIN runs ON runs.id = jobs.run_id
           WHERE jobs.status = 'running' AND runs.ended_at IS NOT NULL"#
    )
    .fetch_all(db)
    .await?)
}

async fn end_lost(
    db: &PgPool,
    lost: Lost,
    lost_after: Duration,
    max_attempts: u32,
) -> Result<bool> {
    let Some(run) = run_of(db, &lost).await? else {
        // The row was deleted under the run: nothing is left to rescue.
        let mut connection = db.acquire().await?;
        let ended = runs::end(
            &mut connection,
            lost.id,
            "lost",
            Some("the job's row is gone"),
        );
        return match ended.await {
            Ok(()) => Ok(true),
            Err(Error::LostRun(_)) => Ok(false),
            Err(error) => Err(error),
        };
    };
    // The job's row is locked before its run, as every worker's write does it: the other order can deadlock.
    let mut tx = match run.begin().await {
        Ok(tx) => tx,
        // Somebody else rescued or finished it meanwhile.
        Err(Error::LostRun(_)) => return Ok(false),
        Err(error) => return Err(error),
    };
    let still_lost = sqlx::query_scalar!(
        r#"SELECT id FROM runs WHERE id = $1 AND ended_at IS NULL AND heartbeat_at < now() - make_interval(secs => $2)
           FOR UPDATE"#,
        run.id.0,
        lost_after.as_secs_f64()
    )
    .fetch_optional(&mut *tx)
    .await?;
    if still_lost.is_none() {
        return Ok(false);
    }
    runs::end(&mut tx, run.id, "lost", Some(&lost.reason)).await?;
    run.requeue(&mut tx, Some(Duration::ZERO), &lost.reason, max_attempts)
        .await?;
    tx.commit().await?;
    tracing::warn!(run = run.id.0, job = ?run.job, "rescued a lost run: {}", lost.reason);
    Ok(true)
}

/// Lets the job of a run that has ended wait again.
async fn requeue(db: &PgPool, lost: Lost, max_attempts: u32) -> Result<bool> {
    let Some(run) = run_of(db, &lost).await? else {
        return Ok(false);
    };
    let mut tx = match run.begin().await {
        Ok(tx) => tx,
        Err(Error::LostRun(_)) => return Ok(false),
        Err(error) => return Err(error),
    };
    run.requeue(&mut tx, Some(Duration::ZERO), &lost.reason, max_attempts)
        .await?;
    tx.commit().await?;
    tracing::error!(run = run.id.0, job = ?run.job, "a job that nobody ran was queued again");
    Ok(true)
}

async fn run_of(db: &PgPool, lost: &Lost) -> Result<Option<Run>> {
    let Some(job) = Job::from_row(&lost.kind, lost.job_id) else {
        return Ok(None);
    };
    let owner = sqlx::query_scalar!(
        r#"SELECT user_id AS "user!: UserId" FROM jobs WHERE kind = $1 AND id = $2"#,
        lost.kind,
        lost.job_id
    )
    .fetch_optional(db)
    .await?;
    Ok(owner.map(|user| Run {
        id: lost.id,
        job,
        user,
        db: db.clone(),
    }))
}
