//! The connection pool and the schema.

use std::time::Duration;

use secrecy::ExposeSecret;
pub use sqlx::PgPool;
use sqlx::{Connection, postgres::PgPoolOptions};

use crate::{Result, settings};

/// Longest wait for a connection: whoever asks while the database is away learns it soon.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// A connection that rested longer than this is asked whether it still lives before it is used. Asking each time would
/// cost every query a second round trip.
const RESTED: Duration = Duration::from_secs(1);

/// Connects.
pub async fn connect(settings: &settings::Database) -> Result<PgPool> {
    Ok(PgPoolOptions::new()
        .max_connections(settings.max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for > RESTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect(settings.url.expose_secret())
        .await?)
}

/// Brings the schema up to date: the queue's and ours. Safe to run again, and by several at once.
pub async fn migrate(db: &PgPool) -> Result<()> {
    Ok(migrations::run(db).await?)
}
