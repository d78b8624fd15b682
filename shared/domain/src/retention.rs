//! Deletes old rows. Those that people see (trainings, voices, syntheses, datasets) are kept.

use std::time::Duration;

use jobs::worker::Background;
use sqlx::PgPool;
use tokio::time::{Instant, interval_at};

use crate::{Result, session_lock::SessionLock, settings::Retention};

/// Rows deleted by one statement: it must not hold its locks for long.
const BATCH: i64 = 10_000;
/// Old rows are looked for this often.
const SWEEP_INTERVAL: Duration = Duration::from_secs(3600);
const FIRST_SWEEP: Duration = Duration::from_secs(60);
/// The advisory lock under which one worker sweeps for all.
const SWEEP_LOCK: i64 = 7323;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub events: u64,
    /// Runs that had ended.
    pub runs: u64,
    pub keys: u64,
    /// Workers without a heartbeat.
    pub workers: u64,
}

/// Deletes what is older than `keep` has it. `None` while another worker does so.
pub async fn sweep(db: &PgPool, keep: &Retention) -> Result<Option<Swept>> {
    let Some(lock) = SessionLock::try_take(db, SWEEP_LOCK).await? else {
        return Ok(None);
    };
    let swept = Swept {
        events: events(db, days(keep.events_days)).await?,
        runs: jobs::retention::runs(db, days(keep.runs_days)).await?,
        keys: keys(db, days(keep.idempotency_keys_days)).await?,
        workers: jobs::retention::workers(db, days(keep.queue_days)).await?,
    };
    lock.release().await?;
    Ok(Some(swept))
}

fn days(days: u32) -> Duration {
    Duration::from_secs(u64::from(days) * 24 * 3600)
}

/// Deletes them in order of their ids, so that what is left of a user's events begins after the low-water mark.
async fn events(db: &PgPool, age: Duration) -> Result<u64> {
    let mut deleted = 0;
    loop {
        let batch = sqlx::query_scalar!(
            r#"WITH expired AS (
                   DELETE FROM events WHERE id IN (
                       SELECT id FROM events WHERE at < now() - make_interval(secs => $1) ORDER BY id LIMIT $2
                   ) RETURNING user_id, id
               ), horizons AS (
                   INSERT INTO event_horizons (user_id, id) SELECT user_id, max(id) FROM expired GROUP BY user_id
                   ON CONFLICT (user_id) DO UPDATE SET id = greatest(event_horizons.id, EXCLUDED.id)
               )
               SELECT count(*) AS "count!" FROM expired"#,
            age.as_secs_f64(),
            BATCH
        )
        .fetch_one(db)
        .await?;
        deleted += u64::try_from(batch).unwrap_or(0);
        if batch < BATCH {
            return Ok(deleted);
        }
    }
}

async fn keys(db: &PgPool, age: Duration) -> Result<u64> {
    let mut deleted = 0;
    loop {
        let batch = sqlx::query!(
            "DELETE FROM idempotency_keys WHERE (user_id, key) IN (
                   SELECT user_id, key FROM idempotency_keys
                   WHERE created_at < now() - make_interval(secs => $1) ORDER BY created_at LIMIT $2
               )",
            age.as_secs_f64(),
            BATCH
        )
        .execute(db)
        .await?
        .rows_affected();
        deleted += batch;
        if batch < BATCH.unsigned_abs() {
            return Ok(deleted);
        }
    }
}

/// Deletes, as long as a worker lives, what is older than `keep` has it.
pub async fn run(given: Background, keep: Retention) {
    // The first time soon after the start: a worker may be restarted more often than once an hour.
    let mut ticks = interval_at(Instant::now() + FIRST_SWEEP, SWEEP_INTERVAL);
    loop {
        ticks.tick().await;
        match sweep(&given.db, &keep).await {
            Ok(Some(swept)) => tracing::info!(?swept, "deleted what was too old"),
            Ok(None) => {}
            Err(error) => tracing::warn!("deleting what is too old: {error}"),
        }
    }
}
