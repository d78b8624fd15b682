//! Signals to the workers by NOTIFY: control requests to running jobs, and new tasks. All of it stands in
//! rows that are polled, so nothing depends on a signal's arrival.

use serde::Deserialize;
use sqlx::{PgConnection, PgPool, postgres::PgListener};
use uuid::Uuid;

use crate::Result;

/// The channel on which rows are named that somebody should look at.
const ROWS: &str = "avagar_control";
/// The channel on which apalis' trigger notifies of a new task; a payload is a [`Inserted`].
const TASKS: &str = "apalis::job::insert";

#[derive(Deserialize)]
struct Inserted {
    /// The queue's name.
    job_type: String,
}

/// What a [`Listener`] received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// Somebody asks something of the job with this id, or has work for whoever keeps this row.
    Row(Uuid),
    /// A task was pushed into this queue.
    Task(String),
    /// The connection was lost and is back: anything may have been missed.
    Reconnected,
}

/// Signals to whoever has to do with this row, once the caller's transaction is committed.
pub async fn notify(tx: &mut PgConnection, row: Uuid) -> Result<()> {
    sqlx::query!(
        r#"SELECT 1 AS "sent!" FROM pg_notify($1, $2)"#,
        ROWS,
        row.to_string()
    )
    .fetch_one(tx)
    .await?;
    Ok(())
}

/// The one LISTEN connection of a worker process.
pub(crate) struct Listener(PgListener);

impl Listener {
    pub(crate) async fn connect(db: &PgPool) -> Result<Self> {
        let mut listener = PgListener::connect_with(db).await?;
        listener.listen_all([ROWS, TASKS]).await?;
        Ok(Self(listener))
    }

    /// Waits for a signal. After an error the listener is of no use any more: connect a new one.
    pub(crate) async fn next(&mut self) -> Result<Signal> {
        loop {
            let Some(notification) = self.0.try_recv().await? else {
                return Ok(Signal::Reconnected);
            };
            if let Some(signal) = read(notification.channel(), notification.payload()) {
                return Ok(signal);
            }
        }
    }
}

/// `None` for what nobody here has sent.
fn read(channel: &str, payload: &str) -> Option<Signal> {
    if channel == TASKS {
        let inserted: Inserted = serde_json::from_str(payload).ok()?;
        Some(Signal::Task(inserted.job_type))
    } else {
        Uuid::parse_str(payload).ok().map(Signal::Row)
    }
}
