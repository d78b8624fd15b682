//! Takes jobs from the queues and runs them, any number of processes beside each other. What the jobs are it doesn't know:
//! a program brings them along as [`run::Perform`].
//!
//! | module | does |
//! |---|---|
//! | [`process`] | a program from its start to its end |
//! | [`queues`] | finds out that there is something to do, and whose turn it is |
//! | [`run`], [`leash`] | around every job: heartbeat, wishes, panics, hangs, the end |
//! | [`housekeeping`] | rescue, retention, scratch |

mod housekeeping;
pub mod leash;
pub mod process;
mod queues;
pub mod run;

use std::{sync::Arc, time::Duration};

use domain::{Result, control::Call, db::PgPool, queue::Queue, settings, workers};
use tokio::{sync::broadcast, task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::run::Perform;

/// Calls that may wait for a run that is busy; one that misses some looks at its row.
const CALLS_WAITING: usize = 64;
/// Longest wait for the database when the process says goodbye.
const GOODBYE_LIMIT: Duration = Duration::from_secs(2);

/// A worker process.
pub struct Worker {
    settings: settings::Worker,
    retention: settings::Retention,
    db: PgPool,
    /// Host and process start: never the same again.
    name: String,
    /// Cancelled when the process is to end.
    shutdown: CancellationToken,
    /// What people ask of running jobs, as it is heard.
    calls: broadcast::Sender<Call>,
    jobs: Arc<dyn Perform>,
}

impl Worker {
    /// A worker that does `jobs` until `shutdown` is cancelled.
    pub fn new(
        settings: settings::Worker,
        retention: settings::Retention,
        db: PgPool,
        jobs: Arc<dyn Perform>,
        shutdown: CancellationToken,
    ) -> Self {
        Self {
            settings,
            retention,
            db,
            name: format!("{}-{}", host(), uuid::Uuid::now_v7().simple()),
            shutdown,
            calls: broadcast::channel(CALLS_WAITING).0,
            jobs,
        }
    }

    /// Serves its queues. Ends when it was told to and its jobs have stopped and are handed back.
    ///
    /// # Errors
    /// Where it can't begin: the database or the scratch folder is not there.
    pub async fn serve(self) -> Result<()> {
        let worker = Arc::new(self);
        workers::heartbeat(&worker.db, &worker.name, &worker.settings.queues).await?;
        housekeeping::sweep_scratch(&worker).await?;
        tracing::info!(worker = worker.name, "ready");
        let mut parts = JoinSet::new();
        for queue in Queue::ALL {
            let slots = worker.settings.queues.of(queue);
            if slots > 0 {
                parts.spawn(queues::serve(worker.clone(), queue, slots));
            }
        }
        parts.spawn(housekeeping::hear_calls(worker.clone()));
        parts.spawn(housekeeping::rescue(worker.clone()));
        parts.spawn(housekeeping::forget(worker.clone()));
        parts.spawn(housekeeping::attend(worker.clone()));
        while let Some(ended) = parts.join_next().await {
            if let Err(error) = ended {
                tracing::error!("a part of the worker broke off: {error}; ending");
                worker.shutdown.cancel();
            }
        }
        let goodbye = timeout(GOODBYE_LIMIT, workers::stop(&worker.db, &worker.name)).await;
        if !matches!(goodbye, Ok(Ok(()))) {
            tracing::warn!("the database could not be told that this worker ended");
        }
        Ok(())
    }
}

/// This machine's name, in letters, digits and hyphens.
pub fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String = name
        .trim()
        .chars()
        .filter(|character| character.is_ascii_alphanumeric() || *character == '-')
        .collect();
    if name.is_empty() {
        "worker".into()
    } else {
        name
    }
}
