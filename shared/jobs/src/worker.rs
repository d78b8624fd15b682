//! A worker process: takes jobs from the queues and runs them, any number of processes beside each other.
//!
//! | module | does |
//! |---|---|
//! | [`context`] | what a running job is given |
//! | [`handler`] | the code of a kind |
//! | [`inner`] | what all parts of a worker share |
//! | [`supervise`] | around every job: heartbeat, control requests, panics, hangs, the end |
//! | [`dispatch`] | one apalis worker a queue: fetch, claim, run |
//! | [`wake_up`] | when apalis is to fetch |
//! | [`upkeep`] | signals, rescue, sweeper, scratch folder |

mod context;
mod dispatch;
mod handler;
mod inner;
mod supervise;
mod upkeep;
mod wake_up;

use std::{
    collections::{BTreeMap, HashMap},
    future::Future,
    sync::Arc,
    time::Duration,
};

use futures::future::BoxFuture;
use sqlx::PgPool;
use tokio::{sync::broadcast, task::JoinSet, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use context::{RunContext, StopReason};
pub use handler::Handler;
pub use inner::WorkerConfig;

use crate::{
    Result,
    kind::{JobKind, Kinds},
    signal::Signal,
    worker::{inner::Inner, supervise::Registered, wake_up::WakeUp},
    workers,
};

/// Capacity of the signal channel; a receiver that lagged behind looks at the rows.
const MAX_WAITING_SIGNALS: usize = 64;
/// Longest wait for the database when the process ends.
const GOODBYE_LIMIT: Duration = Duration::from_secs(2);

/// What a background task is given.
pub struct Background {
    /// The database.
    pub db: PgPool,
    /// What hurries to the workers.
    pub signals: broadcast::Receiver<Signal>,
}

type BackgroundTask = Box<dyn FnOnce(Background) -> BoxFuture<'static, ()> + Send>;

/// A worker process, before it serves.
pub struct Worker {
    inner: Inner,
    background: Vec<BackgroundTask>,
}

impl Worker {
    /// A worker that knows `kinds` and serves until `shutdown` is cancelled.
    pub fn new(
        config: WorkerConfig,
        db: PgPool,
        kinds: Kinds,
        shutdown: CancellationToken,
    ) -> Self {
        let queues = config.slots.values().map(|slots| u32::from(*slots > 0));
        let queues = queues.sum();
        let served = config.slots.iter().filter(|(_, slots)| **slots > 0);
        let wake_ups: BTreeMap<_, _> = served
            .map(|(queue, _)| (*queue, Arc::new(WakeUp::default())))
            .collect();
        Self {
            inner: Inner {
                fetch_db: dispatch::fetch_pool(&db, queues),
                config,
                db,
                kinds,
                handlers: HashMap::new(),
                name: format!("{}-{}", host(), uuid::Uuid::now_v7().simple()),
                shutdown,
                signals: broadcast::channel(MAX_WAITING_SIGNALS).0,
                wake_ups,
                runs: TaskTracker::new(),
            },
            background: Vec::new(),
        }
    }

    /// Runs jobs of the kind `K` by this handler.
    #[must_use]
    pub fn register<K: JobKind>(mut self, handler: impl Handler<K>) -> Self {
        self.inner
            .handlers
            .insert(K::KIND, Arc::new(Registered::new(handler)));
        self
    }

    /// Does `task` beside the jobs, as long as the worker lives; it is dropped when the worker ends.
    #[must_use]
    pub fn background<F>(mut self, task: impl FnOnce(Background) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.background
            .push(Box::new(|given| Box::pin(task(given))));
        self
    }

    /// Serves its queues. Ends after a stop request, when its jobs have stopped and are handed back.
    ///
    /// # Errors
    /// Where it can't begin: the database or the scratch folder is not there.
    pub async fn serve(self) -> Result<()> {
        let worker = Arc::new(self.inner);
        workers::heartbeat(&worker.db, &worker.name, &worker.config.slots).await?;
        upkeep::sweep_scratch(&worker).await?;
        tracing::info!(worker = worker.name, "ready");
        let mut parts = JoinSet::new();
        for (queue, wake_up) in &worker.wake_ups {
            let slots = worker.config.slots.get(queue).copied().unwrap_or(0);
            parts.spawn(dispatch::serve(
                worker.clone(),
                queue,
                slots,
                wake_up.clone(),
            ));
        }
        parts.spawn(upkeep::receive_signals(worker.clone()));
        parts.spawn(upkeep::rescue(worker.clone()));
        parts.spawn(upkeep::sweep(worker.clone()));
        for task in self.background {
            let given = Background {
                db: worker.db.clone(),
                signals: worker.signals.subscribe(),
            };
            let shutdown = worker.shutdown.clone();
            parts.spawn(async move {
                tokio::select! {
                    () = task(given) => {}
                    () = shutdown.cancelled() => {}
                }
            });
        }
        while let Some(ended) = parts.join_next().await {
            if let Err(error) = ended {
                tracing::error!("a part of the worker broke off: {error}; ending");
                worker.shutdown.cancel();
            }
        }
        worker.runs.close();
        worker.runs.wait().await;
        let goodbye = timeout(GOODBYE_LIMIT, workers::stop(&worker.db, &worker.name)).await;
        if !matches!(goodbye, Ok(Ok(()))) {
            tracing::warn!("this worker's end could not be written to the database");
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
