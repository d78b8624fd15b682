//! The schema. It stands in a crate of its own, without a checked query in it, so that a database can be migrated
//! before the queries of `domain` are checked against it.

use sqlx::{PgPool, migrate::MigrateError};

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The queue's schema.
    #[error("the queue's schema: {0}")]
    Queue(#[from] apalis_postgres::Error),
    /// Ours.
    #[error("the schema: {0}")]
    Schema(#[from] sqlx::migrate::MigrateError),
    /// A schema that this version did not make.
    #[error(
        "the database was made by another version of Avagar ({0}), and this one can't bring it up to date: start with an empty one. The one of ./start.sh is deleted with the folder that scripts/postgres.sh status names"
    )]
    OtherVersion(sqlx::migrate::MigrateError),
    /// No connection.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
}

/// Brings the schema up to date: the queue's own first, then ours. Safe to run again, and by several at once.
///
/// # Errors
/// Where the database is away or a migration fails; each migration is a transaction, so nothing is half done.
pub async fn run(db: &PgPool) -> Result<(), Error> {
    apalis_postgres::PostgresStorage::setup(db).await?;
    let migrated = sqlx::migrate!("../migrations").run(db).await;
    migrated.map_err(|error| match error {
        MigrateError::VersionMismatch(_) | MigrateError::VersionMissing(_) => {
            Error::OtherVersion(error)
        }
        error => Error::Schema(error),
    })
}
