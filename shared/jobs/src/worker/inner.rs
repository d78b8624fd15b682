//! What all parts of a worker share.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use futures::future::BoxFuture;
use sqlx::PgPool;
use tokio::sync::broadcast;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{claim::Claimed, kind::Kinds, signal::Signal, worker::wake_up::WakeUp};

/// How a worker runs jobs.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// Jobs at a time, by queue; a queue that is missing or 0 is left to other workers.
    pub slots: BTreeMap<&'static str, u32>,
    /// Scratch space for runs; what is in it may be lost.
    pub scratch_dir: PathBuf,
    /// Between heartbeats of a run.
    pub heartbeat_interval: Duration,
    /// A run without a heartbeat for this long is given to another worker.
    pub lost_after: Duration,
    /// A job that shows no sign of progress for this long is taken for hanging.
    pub stalled_after: Duration,
    /// Runs in a row that a job may lose or fail without making progress.
    pub max_attempts: u32,
}

/// What all parts of a worker share.
pub(crate) struct Inner {
    pub(super) config: WorkerConfig,
    pub(super) db: PgPool,
    /// [`super::dispatch::fetch_pool`].
    pub(super) fetch_db: PgPool,
    pub(super) kinds: Kinds,
    pub(super) handlers: HashMap<&'static str, Arc<dyn AnyHandler>>,
    /// Host and process start: never the same again.
    pub(super) name: String,
    /// Cancelled when the process is to end.
    pub(super) shutdown: CancellationToken,
    /// Control requests to running jobs, as they are received.
    pub(super) signals: broadcast::Sender<Signal>,
    /// When each queue's apalis worker is to fetch.
    pub(super) wake_ups: BTreeMap<&'static str, Arc<WakeUp>>,
    /// The runs of this process.
    pub(super) runs: TaskTracker,
}

/// A handler of any kind.
pub(super) trait AnyHandler: Send + Sync {
    fn execute(
        &self,
        worker: Arc<Inner>,
        claimed: Claimed,
        signals: broadcast::Receiver<Signal>,
    ) -> BoxFuture<'static, ()>;
}
