//! What the engine deletes with age: the history of runs, and workers that are gone. Jobs go with their nouns.

use std::time::Duration;

use sqlx::PgPool;

use crate::Result;

/// Rows that one statement deletes: it must not hold its locks for long.
const BATCH: i64 = 5_000;

/// Deletes runs that ended `age` ago; returns how many.
pub async fn runs(db: &PgPool, age: Duration) -> Result<u64> {
    let mut deleted = 0;
    loop {
        match batch_of_runs(db, age).await? {
            0 => return Ok(deleted),
            batch => deleted += batch,
        }
    }
}

/// Deletes the oldest of these runs in one statement; returns how many.
pub async fn batch_of_runs(db: &PgPool, age: Duration) -> Result<u64> {
    Ok(sqlx::query!(
        "DELETE FROM runs WHERE id IN (
             SELECT id FROM runs WHERE ended_at < now() - make_interval(secs => $1)
               AND NOT EXISTS (SELECT FROM jobs WHERE jobs.run_id = runs.id)
             ORDER BY ended_at LIMIT $2
         )",
        age.as_secs_f64(),
        BATCH
    )
    .execute(db)
    .await?
    .rows_affected())
}

/// Deletes worker processes, ours and apalis', without a heartbeat for `age`; returns how many of ours.
pub async fn workers(db: &PgPool, age: Duration) -> Result<u64> {
    sqlx::query!(
        "DELETE FROM apalis.workers WHERE id IN (
             SELECT id FROM apalis.workers WHERE last_seen < now() - make_interval(secs => $1)
               AND NOT EXISTS (SELECT FROM apalis.jobs WHERE lock_by = workers.id)
             ORDER BY last_seen LIMIT $2
         )",
        age.as_secs_f64(),
        BATCH
    )
    .execute(db)
    .await?;
    Ok(sqlx::query!(
        "DELETE FROM workers WHERE name IN (
             SELECT name FROM workers WHERE heartbeat_at < now() - make_interval(secs => $1)
             ORDER BY heartbeat_at LIMIT $2
         )",
        age.as_secs_f64(),
        BATCH
    )
    .execute(db)
    .await?
    .rows_affected())
}
