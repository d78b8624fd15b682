//! One apalis worker a queue. apalis fetches tasks by priority and hands each to a free slot; the claim decides whether it
//! still stands for a job, and the kind's handler runs that job.

use std::{convert::Infallible, sync::Arc, time::Duration};

use apalis::prelude::*;
use apalis_core::{
    backend::{codec::Codec, ext::BackendExt},
    task::task_id::TaskId,
};
use apalis_postgres::{Config, PostgresStorage};
use sqlx::PgPool;
use tokio::{sync::watch, time::sleep};

use crate::{
    Result, admission,
    claim::{self, Claimed},
    task::Task,
    worker::{
        inner::Inner,
        wake_up::{WakeUp, WakeUpStrategy},
    },
};

/// A queue's apalis worker that broke off (its connection was reset) comes back after this.
const RESTART_DELAY: Duration = Duration::from_secs(1);
/// Pause between attempts to claim where the database is away.
const CLAIM_RETRY: Duration = Duration::from_secs(1);
/// The queue's virtual time is written no more often.
const VIRTUAL_TIME_INTERVAL: Duration = Duration::from_millis(50);
/// A job of a kind that this process has no handler for waits so long for another one, in seconds.
const NO_HANDLER_DELAY_SECONDS: f64 = 5.0;

/// The connections that apalis fetches with. Its commits don't wait for the disk: a fetch only says that a task is on its way
/// to its claim, and one that the server forgets in a crash is fetched again.
pub(super) fn fetch_pool(db: &PgPool, queues: u32) -> PgPool {
    let connection = (*db.connect_options()).clone();
    let options = db.options().clone().min_connections(0);
    options
        .max_connections(queues.max(1))
        .connect_lazy_with(connection.options([("synchronous_commit", "off")]))
}

/// Serves one queue with `slots` jobs at a time, until the worker is to end and its jobs have.
pub(super) async fn serve(
    worker: Arc<Inner>,
    queue: &'static str,
    slots: u32,
    wake_up: Arc<WakeUp>,
) {
    let (claimed_tag, tags) = watch::channel(0);
    let queue_worker = QueueWorker {
        worker: worker.clone(),
        queue,
        claimed_tag: Arc::new(claimed_tag),
    };
    tokio::select! {
        () = serve_apalis(&queue_worker, slots, &wake_up) => {}
        () = raise_virtual_time(&worker, queue, tags) => {}
    }
}

async fn serve_apalis(queue_worker: &QueueWorker, slots: u32, wake_up: &Arc<WakeUp>) {
    let QueueWorker { worker, queue, .. } = queue_worker;
    while !worker.shutdown.is_cancelled() {
        let config = Config::default()
            .queue(queue)
            // Tasks fetched ahead would wait without a heartbeat and be taken for dead.
            .batch_size(1)
            // The claim is the lock, and it deletes the task.
            .lock_tasks(false)
            .persist_results(false)
            .heartbeat_interval(worker.config.heartbeat_interval)
            .missed_heartbeats(3);
        let backend = PostgresStorage::<Payload>::new(&worker.fetch_db)
            .with_config(config)
            .poll_with_strategy(WakeUpStrategy::new(wake_up.clone()))
            .with_codec(PayloadCodec);
        // Never the same name again: a dead one's heartbeat would be kept fresh, and its tasks locked for ever.
        let name = format!("{}-{queue}-{}", worker.name, uuid::Uuid::now_v7().simple());
        let shutdown = worker.shutdown.clone();
        let ended = WorkerBuilder::new(name)
            .backend(backend)
            .concurrency(slots as usize)
            .data(queue_worker.clone())
            .build(handle)
            .run_until(async move {
                shutdown.cancelled().await;
                Ok::<(), WorkerError>(())
            })
            .await;
        if worker.shutdown.is_cancelled() {
            return;
        }
        let why = ended
            .err()
            .map_or_else(|| "without a reason".to_owned(), |error| error.to_string());
        tracing::warn!(
            event = "queue.restarted",
            queue,
            "the queue's apalis worker ended ({why}); starting it again"
        );
        sleep(RESTART_DELAY).await;
    }
}

/// What a task's payload holds; `None` where it can't be read.
struct Payload(Option<Task>);

/// Decodes every payload to a value: an error would end the whole apalis worker.
struct PayloadCodec;

impl Codec<Payload> for PayloadCodec {
    type Error = Infallible;
    type Compact = Vec<u8>;

    fn encode(&self, payload: &Payload) -> std::result::Result<Vec<u8>, Infallible> {
        Ok(serde_json::to_vec(&payload.0).unwrap_or_default())
    }

    fn decode(&self, bytes: &Vec<u8>) -> std::result::Result<Payload, Infallible> {
        Ok(Payload(serde_json::from_slice(bytes).ok()))
    }
}

#[derive(Clone)]
struct QueueWorker {
    worker: Arc<Inner>,
    queue: &'static str,
    /// The greatest start tag that this process has claimed.
    claimed_tag: Arc<watch::Sender<i64>>,
}

/// What apalis calls. It always returns Ok: whatever happens to a job is in the job's row, and anything that escaped into
/// apalis would leave its task behind for ever.
async fn handle(payload: Payload, task_id: TaskId, queue_worker: Data<QueueWorker>) {
    let (worker, queue) = (queue_worker.worker.clone(), queue_worker.queue);
    // Detached: apalis may drop its future at any await, and a run must not end half-way because of that.
    let runs = worker.runs.clone();
    let queue_worker = (*queue_worker).clone();
    let working = runs.spawn(async move { queue_worker.work(payload, &task_id.to_string()).await });
    if let Err(error) = working.await {
        tracing::error!(queue, "a slot broke off: {error}");
    }
}

impl QueueWorker {
    async fn work(&self, payload: Payload, task_id: &str) {
        let worker = &self.worker;
        let Payload(Some(task)) = payload else {
            tracing::error!(
                event = "task.unreadable",
                queue = self.queue,
                task_id,
                "nobody can read this task"
            );
            return self.log_failure(claim::consume(&worker.db, task_id).await);
        };
        let Some(handler) = worker.handlers.get(task.kind.as_str()) else {
            tracing::error!(
                event = "task.without_handler",
                queue = self.queue,
                kind = task.kind,
                "this worker can't run jobs of this kind"
            );
            let declined = claim::decline(&worker.db, task_id, NO_HANDLER_DELAY_SECONDS);
            return self.log_failure(declined.await);
        };
        if worker.shutdown.is_cancelled() {
            return self.log_failure(claim::decline(&worker.db, task_id, 0.0).await);
        }
        // From before the claim on, so that no control request to the running job is missed.
        let signals = worker.signals.subscribe();
        let Some(claimed) = self.claim(task_id, &task).await else {
            return;
        };
        self.claimed_tag.send_if_modified(|tag| {
            let greater = *tag < claimed.start_tag;
            *tag = claimed.start_tag.max(*tag);
            greater
        });
        handler.execute(worker.clone(), claimed, signals).await;
    }

    /// `None` where the task stands for no job any more, or the worker ends before the database answers.
    async fn claim(&self, task_id: &str, task: &Task) -> Option<Claimed> {
        let worker = &self.worker;
        loop {
            match claim::claim(&worker.db, task_id, task, &worker.name).await {
                Ok(claimed) => return claimed,
                Err(error) => {
                    tracing::warn!(queue = self.queue, "no job can be claimed: {error}");
                    if !error.is_transient() {
                        return None;
                    }
                }
            }
            tokio::select! {
                () = worker.shutdown.cancelled() => return None,
                () = sleep(CLAIM_RETRY) => {}
            }
        }
    }

    /// The sweeper makes good what failed here.
    fn log_failure(&self, done: Result<()>) {
        if let Err(error) = done {
            tracing::warn!(queue = self.queue, "a task could not be ended: {error}");
        }
    }
}

/// Keeps the queue's virtual time at the greatest start tag that was claimed; those of many claims are one write.
async fn raise_virtual_time(worker: &Inner, queue: &str, mut tags: watch::Receiver<i64>) {
    loop {
        if tags.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        let tag = *tags.borrow_and_update();
        // Nor does this wait for the disk: an older virtual time only favours newcomers.
        if let Err(error) = admission::raise_virtual_time(&worker.fetch_db, queue, tag).await {
            tracing::warn!(queue, "the queue's virtual time can't be raised: {error}");
        }
        sleep(VIRTUAL_TIME_INTERVAL).await;
    }
}
