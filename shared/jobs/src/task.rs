//! The task in apalis' queue that stands for a job while it waits.

use apalis_core::task::{builder::TaskBuilder, task_id::TaskId};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use ulid::Ulid;
use uuid::Uuid;

use crate::Result;

/// The payload of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The job's kind.
    pub kind: String,
    /// The job's id.
    pub id: Uuid,
}

/// A job that gets a task.
pub(crate) struct Pushed {
    pub task: Task,
    /// The new task's id.
    pub task_id: String,
    /// Start tag of start-time fair queueing (Goyal, Vin & Cheng 1996): the lowest is served first.
    pub start_tag: i64,
}

impl Pushed {
    pub(crate) fn new(kind: String, id: Uuid, start_tag: i64) -> Self {
        Self {
            task: Task { kind, id },
            task_id: new_id(),
            start_tag,
        }
    }
}

/// The id of a task that is going to be pushed.
pub(crate) fn new_id() -> String {
    Ulid::generate().to_string()
}

/// Pushes tasks into `queue` of apalis, in the caller's transaction. `now` is the database's clock in seconds since 1970:
/// apalis would take this host's, and a host that is ahead would delay its jobs.
pub(crate) async fn push(
    tx: &mut PgConnection,
    queue: &str,
    pushed: &[Pushed],
    now: i64,
) -> Result<()> {
    let mut tasks = Vec::with_capacity(pushed.len());
    for push in pushed {
        let payload = serde_json::to_vec(&push.task)
            .map_err(|error| crate::Error::Internal(format!("a task's payload: {error}")))?;
        // apalis serves the highest priority first.
        let priority = i64::from(i32::MAX) - push.start_tag;
        let priority = usize::try_from(priority).map_err(|_| {
            crate::Error::Internal(format!("start tag {} is out of range", push.start_tag))
        })?;
        let id = Ulid::from_string(&push.task_id)
            .map_err(|error| crate::Error::Internal(format!("a task's id: {error}")))?;
        let task = TaskBuilder::new(payload)
            .task_id(TaskId::from_ulid(id))
            .priority(priority)
            .run_at_timestamp(u64::try_from(now).unwrap_or_default());
        tasks.push(task.build());
    }
    apalis_postgres::queries::push_tasks(tx, queue, tasks).await?;
    Ok(())
}
