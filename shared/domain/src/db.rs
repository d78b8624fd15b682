//! The connection pool and the schema.

use std::time::Duration;

use secrecy::ExposeSecret;
pub use sqlx::PgPool;
use sqlx::{Connection, postgres::PgPoolOptions};

use crate::{Result, settings};

/// Longest wait for a connection: whoever asks while the database is away learns it soon.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// A connection that rested no longer than this is believed to live by [`Check::Rested`].
const RESTED: Duration = Duration::from_secs(1);

/// Which connections are asked whether they live before they are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Each of them, which costs every query a second round trip: whoever does long work must not fail for a connection
    /// that was cut.
    Each,
    /// Those that were not in use within the last second: whoever asks can ask again.
    Rested,
}

/// Connects.
pub async fn connect(settings: &settings::Database, check: Check) -> Result<PgPool> {
    let options = PgPoolOptions::new()
        .max_connections(settings.max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(check == Check::Each);
    let options = match check {
        Check::Each => options,
        Check::Rested => options.before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for > RESTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        }),
    };
    Ok(options.connect(settings.url.expose_secret()).await?)
}

/// Brings the schema up to date: the queue's and ours. Safe to run again, and by several at once.
pub async fn migrate(db: &PgPool) -> Result<()> {
    Ok(migrations::run(db).await?)
}
