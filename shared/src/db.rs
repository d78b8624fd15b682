//! The connection pool and the schema.

use std::time::Duration;

use secrecy::ExposeSecret;
pub use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::{Result, settings};

/// Longest wait for a connection: whoever asks while the database is away learns it soon.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// Connects.
pub async fn connect(settings: &settings::Database) -> Result<PgPool> {
    Ok(PgPoolOptions::new()
        .max_connections(settings.max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect(settings.url.expose_secret())
        .await?)
}

/// Brings the schema up to date: the queue's and ours. Safe to run again, and by several at once.
pub async fn migrate(db: &PgPool) -> Result<()> {
    Ok(migrations::run(db).await?)
}
