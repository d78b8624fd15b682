//! What workers are called for: what people ask of running jobs, and jobs that are ready. Both stand in the jobs' rows, so
//! they can't be lost; a NOTIFY hurries them to the workers.

use serde::Deserialize;
use sqlx::{PgConnection, PgPool, postgres::PgListener};
use uuid::Uuid;

use crate::{Result, queue::Queue};

/// The channel on which wishes are told of; a payload is the id of the job's row, or the model's.
const WISHES: &str = "avagar_control";
/// The channel on which apalis' trigger tells of an entry that is due; a payload is an [`Entry`].
const ENTRIES: &str = "apalis::job::insert";

#[derive(Deserialize)]
struct Entry {
    /// The queue's name.
    job_type: String,
}

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

/// Calls the worker that has to do with this row, once the caller's transaction is committed.
pub(crate) async fn call(tx: &mut PgConnection, row: Uuid) -> Result<()> {
    sqlx::query!(
        r#"SELECT 1 AS "called!" FROM pg_notify($1, $2)"#,
        WISHES,
        row.to_string()
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
    /// A job of this queue is ready.
    Ready(Queue),
    /// The connection was lost and is back: anybody may have missed a call.
    Everybody,
}

impl Listener {
    /// Connects and listens.
    pub async fn connect(db: &PgPool) -> Result<Self> {
        let mut listener = PgListener::connect_with(db).await?;
        listener.listen_all([WISHES, ENTRIES]).await?;
        Ok(Self(listener))
    }

    /// Waits for a call. After an error the listener is of no use any more: connect a new one.
    pub async fn next(&mut self) -> Result<Call> {
        loop {
            let Some(notification) = self.0.try_recv().await? else {
                return Ok(Call::Everybody);
            };
            if let Some(call) = Call::read(notification.channel(), notification.payload()) {
                return Ok(call);
            }
        }
    }
}

impl Call {
    /// `None` for what nobody here has sent.
    fn read(channel: &str, payload: &str) -> Option<Self> {
        if channel == ENTRIES {
            let entry: Entry = serde_json::from_str(payload).ok()?;
            Queue::from_name(&entry.job_type).map(Self::Ready)
        } else {
            Uuid::parse_str(payload).ok().map(Self::Job)
        }
    }
}
