//! The connection pool and the schema.

use std::{str::FromStr, time::Duration};

use secrecy::ExposeSecret;
pub use sqlx::PgPool;
use sqlx::{
    Connection, PgConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::timeout;

use crate::{Result, settings};

/// Longest wait for a connection: a request fails soon while the database is down.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// A connection that rested for longer is pinged before it is used. The others are not: a ping each time costs every query a
/// second round trip, and a connection may break during a query anyway.
const RESTED: Duration = Duration::from_secs(1);

/// A transaction in which nothing happens for this long is ended by the server, and its locks are free: its process is
/// stopped, or its machine is gone. Ours do nothing but SQL between their statements, so a living one is far quicker.
const IDLE_IN_TRANSACTION_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest wait for a lock in a request: with the rest of its work, the response comes within 2 s.
const REQUEST_LOCK_TIMEOUT: Duration = Duration::from_millis(1500);

/// Longest wait for a lock in a worker: as long as a transaction that does nothing may hold one.
const WORK_LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest statement of a request: longer than any of ours takes, and no client waits that long.
const REQUEST_STATEMENT_TIMEOUT: Duration = Duration::from_secs(15);

/// Longest statement of a worker: deleting old rows can take minutes where there are millions.
const WORK_STATEMENT_TIMEOUT: Duration = Duration::from_secs(300);

/// TCP keepalive: the server probes an idle connection after this time, and again at this interval.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(10);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
/// After so many probes without an answer, 25 s in all, it closes the connection.
const KEEPALIVE_COUNT: u32 = 3;
/// The same for data that was sent and is not acknowledged: then no keepalives are sent.
const UNACKNOWLEDGED_TIMEOUT: Duration = Duration::from_secs(25);

/// Who connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// Answers people.
    Api,
    /// Runs jobs, or looks after them.
    Worker,
}

impl Program {
    /// As `pg_stat_activity` shows it.
    const fn name(self) -> &'static str {
        match self {
            Self::Api => "avagar api",
            Self::Worker => "avagar worker",
        }
    }

    /// For a lock, and for a whole statement.
    const fn timeouts(self) -> (Duration, Duration) {
        match self {
            Self::Api => (REQUEST_LOCK_TIMEOUT, REQUEST_STATEMENT_TIMEOUT),
            Self::Worker => (WORK_LOCK_TIMEOUT, WORK_STATEMENT_TIMEOUT),
        }
    }
}

/// How every connection is made: neither a stopped process nor a machine that vanished may keep its locks. The server
/// watches over them all; on our side, sqlx offers no keepalive, so every wait for a response has its own limit.
fn connection(settings: &settings::Database, application: &str) -> Result<PgConnectOptions> {
    let options = PgConnectOptions::from_str(settings.url.expose_secret())?;
    let options = match options.get_application_name() {
        Some(_) => options,
        None => options.application_name(application),
    };
    Ok(options.options([
        ("tcp_keepalives_idle", KEEPALIVE_IDLE.as_secs().to_string()),
        (
            "tcp_keepalives_interval",
            KEEPALIVE_INTERVAL.as_secs().to_string(),
        ),
        ("tcp_keepalives_count", KEEPALIVE_COUNT.to_string()),
        ("tcp_user_timeout", milliseconds(UNACKNOWLEDGED_TIMEOUT)),
        (
            "idle_in_transaction_session_timeout",
            milliseconds(IDLE_IN_TRANSACTION_TIMEOUT),
        ),
    ]))
}

/// PostgreSQL's unit where none is given.
fn milliseconds(duration: Duration) -> String {
    duration.as_millis().to_string()
}

pub async fn connect(settings: &settings::Database, program: Program) -> Result<PgPool> {
    let (lock, statement) = program.timeouts();
    let connection = connection(settings, program.name())?.options([
        ("lock_timeout", milliseconds(lock)),
        ("statement_timeout", milliseconds(statement)),
    ]);
    let options = PgPoolOptions::new()
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
        });
    connect_with(options, connection).await
}

/// Connects to bring the schema up to date: a migration takes as long as it takes, and waits for other processes that migrate.
pub async fn connect_to_migrate(settings: &settings::Database) -> Result<PgPool> {
    let options = PgPoolOptions::new()
        .max_connections(settings.max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT);
    connect_with(options, connection(settings, "avagar migrate")?).await
}

/// Connects a pool. Where that takes too long, the pool knows no reason, but one attempt outside of it may.
async fn connect_with(options: PgPoolOptions, connection: PgConnectOptions) -> Result<PgPool> {
    match options.connect_with(connection.clone()).await {
        Err(sqlx::Error::PoolTimedOut) => {
            let attempt = timeout(ACQUIRE_TIMEOUT, PgConnection::connect_with(&connection));
            match attempt.await {
                Ok(Err(reason)) => Err(reason.into()),
                Ok(Ok(_)) | Err(_) => Err(sqlx::Error::PoolTimedOut.into()),
            }
        }
        connected => Ok(connected?),
    }
}

/// Brings the schema up to date: the queue's and ours. Safe to run again, and by several at once.
pub async fn migrate(db: &PgPool) -> Result<()> {
    Ok(migrations::run(db).await?)
}
