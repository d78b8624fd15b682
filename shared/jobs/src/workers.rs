//! Worker processes, as operators see them. Whether a job is lost is decided by its run, never by this.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::PgPool;

use crate::{Error, Result};

/// A worker process that was heard from in the last minute.
#[derive(Debug)]
pub struct WorkerRow {
    /// Host and process start.
    pub name: String,
    /// Jobs that it runs at a time, by queue.
    pub slots: serde_json::Value,
    /// Jobs that it runs now.
    pub running: i64,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// When it was last heard from.
    pub last_seen: DateTime<Utc>,
}

/// Says that a worker process lives; the first time, that it is there.
pub(crate) async fn heartbeat(
    db: &PgPool,
    name: &str,
    slots: &BTreeMap<&'static str, u32>,
) -> Result<()> {
    let slots = serde_json::to_value(slots)
        .map_err(|error| Error::Internal(format!("a worker's slots: {error}")))?;
    sqlx::query!(
        "INSERT INTO workers (name, slots) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET heartbeat_at = now()",
        name,
        slots
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Says that it has ended.
pub(crate) async fn stop(db: &PgPool, name: &str) -> Result<()> {
    sqlx::query!(
        "UPDATE workers SET stopped_at = now() WHERE name = $1",
        name
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Those with a heartbeat in the last minute that have not ended.
pub async fn list(db: &PgPool) -> Result<Vec<WorkerRow>> {
    Ok(sqlx::query_as!(
        WorkerRow,
        r#"SELECT name, slots, started_at, heartbeat_at AS last_seen,
                  (SELECT count(*) FROM runs WHERE worker = workers.name AND ended_at IS NULL) AS "running!"
           FROM workers WHERE stopped_at IS NULL AND heartbeat_at > now() - interval '1 minute' ORDER BY name"#
    )
    .fetch_all(db)
    .await?)
}
