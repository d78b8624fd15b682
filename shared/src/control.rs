//! What people ask of running jobs. A wish stands in the job's row, so it can't be lost; a NOTIFY hurries it to the worker.

use sqlx::{PgConnection, PgPool, postgres::PgListener};
use uuid::Uuid;

use crate::{Result, queue::Job};

/// The channel of NOTIFYs; a payload is the id of the job's row.
const CHANNEL: &str = "avagar_control";

/// What a person asked of a running job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Write a checkpoint and stop until resumed.
    Pause,
    /// Stop for good.
    Cancel,
}

impl Control {
    /// As the column spells it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Cancel => "cancel",
        }
    }

    pub(crate) fn from_name(name: &str) -> Self {
        if name == "pause" {
            Self::Pause
        } else {
            Self::Cancel
        }
    }
}

/// Calls the job's worker, once the caller's transaction is committed.
pub(crate) async fn call(tx: &mut PgConnection, job: Job) -> Result<()> {
    sqlx::query!(
        r#"SELECT 1 AS "called!" FROM pg_notify($1, $2)"#,
        CHANNEL,
        job.row_id().to_string()
    )
    .fetch_one(tx)
    .await?;
    Ok(())
}

/// One LISTEN connection of a worker process.
pub struct Listener(PgListener);

/// What a [`Listener`] heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Somebody wishes something of the job with this row.
    Job(Uuid),
    /// The connection was lost and is back: anybody may have missed a call.
    Everybody,
}

impl Listener {
    /// Connects and listens.
    pub async fn connect(db: &PgPool) -> Result<Self> {
        let mut listener = PgListener::connect_with(db).await?;
        listener.listen(CHANNEL).await?;
        Ok(Self(listener))
    }

    /// Waits for a call. After an error the listener is of no use any more: connect a new one.
    pub async fn next(&mut self) -> Result<Call> {
        loop {
            let Some(notification) = self.0.try_recv().await? else {
                return Ok(Call::Everybody);
            };
            if let Ok(row) = Uuid::parse_str(notification.payload()) {
                return Ok(Call::Job(row));
            }
        }
    }
}
