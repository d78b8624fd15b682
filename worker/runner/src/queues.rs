//! Serves the queues. apalis finds and hands over entries; which job is next is asked of the jobs' own rows, and
//! [`crate::run`] does the rest. Polling those rows is the truth, so nothing depends on an entry arriving.

use std::{convert::Infallible, sync::Arc, time::Duration};

use apalis::prelude::*;
use apalis_core::backend::{codec::Codec, ext::BackendExt};
use apalis_postgres::{Config, PostgresStorage};
use domain::{control::Call, queue::Queue, runs::Run};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, broadcast::error::RecvError},
    time::{MissedTickBehavior, interval, sleep},
};

use crate::{Worker, run};

/// A free slot looks for a job this often by itself; retries and rescued jobs send no NOTIFY.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// A queue's apalis worker that broke off (its connection was reset) comes back after this.
const RESTART_DELAY: Duration = Duration::from_secs(1);

/// Serves one queue with `slots` jobs at a time, until the worker is to end and its jobs have.
pub(crate) async fn serve(worker: Arc<Worker>, queue: Queue, slots: u32) {
    let free = Arc::new(Semaphore::new(slots as usize));
    tokio::join!(
        hear(&worker, queue, slots, &free),
        look(&worker, queue, &free)
    );
    // Until every slot is free again.
    let _closed = free.acquire_many(slots).await;
}

/// Hears apalis' rings.
async fn hear(worker: &Arc<Worker>, queue: Queue, slots: u32, free: &Arc<Semaphore>) {
    while !worker.shutdown.is_cancelled() {
        let config = Config::default()
            .queue(queue.name())
            // Entries fetched ahead would wait without a heartbeat and be taken for dead.
            .batch_size(1)
            .heartbeat_interval(Duration::from_secs(u64::from(
                worker.settings.heartbeat_interval_seconds,
            )))
            .missed_heartbeats(3);
        let backend = PostgresStorage::<Ring>::new(&worker.db)
            .with_config(config)
            .with_pubsub()
            .poll_with_interval(POLL_INTERVAL)
            .with_codec(AnyPayload);
        // Never the same name again: a dead one's heartbeat would be kept fresh, and its entries locked for ever.
        let name = format!(
            "{}-{}-{}",
            worker.name,
            queue.name(),
            uuid::Uuid::now_v7().simple()
        );
        let shutdown = worker.shutdown.clone();
        let server = Server {
            worker: worker.clone(),
            queue,
            free: free.clone(),
        };
        let ended = WorkerBuilder::new(name)
            .backend(backend)
            .concurrency(slots as usize)
            .data(server)
            .build(answer)
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
            queue = queue.name(),
            "the queue's worker ended ({why}); starting it again"
        );
        sleep(RESTART_DELAY).await;
    }
}

/// Looks for jobs when a NOTIFY tells of one, which is sooner than apalis has locked its entry, and now and then by itself.
async fn look(worker: &Arc<Worker>, queue: Queue, free: &Arc<Semaphore>) {
    let mut calls = worker.calls.subscribe();
    let mut ticks = interval(POLL_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = worker.shutdown.cancelled() => return,
            _ = ticks.tick() => {}
            call = calls.recv() => match call {
                Ok(Call::Ready(ready)) if ready != queue => continue,
                Ok(Call::Job(_)) => continue,
                // Missed calls, or a connection that was lost: there may be a job.
                Ok(Call::Ready(_) | Call::Everybody) | Err(RecvError::Lagged(_)) => {}
                // Not while this worker lives: it holds the sender.
                Err(RecvError::Closed) => return,
            }
        }
        if let Ok(slot) = free.clone().try_acquire_owned() {
            let worker = worker.clone();
            tokio::spawn(work(worker, queue, slot));
        }
    }
}

/// What an apalis entry means: there may be something to do. What it says is not even read, so none can be undecodable.
struct Ring;

struct AnyPayload;

impl Codec<Ring> for AnyPayload {
    type Error = Infallible;
    type Compact = Vec<u8>;

    fn encode(&self, _: &Ring) -> Result<Vec<u8>, Infallible> {
        Ok(Vec::new())
    }

    fn decode(&self, _: &Vec<u8>) -> Result<Ring, Infallible> {
        Ok(Ring)
    }
}

#[derive(Clone)]
struct Server {
    worker: Arc<Worker>,
    queue: Queue,
    free: Arc<Semaphore>,
}

/// What apalis calls. It always answers Ok: whatever happens to a job is in the job's row, and anything that escaped
/// into apalis would leave its entry running for ever.
async fn answer(_: Ring, server: Data<Server>) {
    let Ok(slot) = server.free.clone().acquire_owned().await else {
        return;
    };
    // Detached: apalis may drop its future at any await, and a run must not end half-way because of that.
    let working = tokio::spawn(work(server.worker.clone(), server.queue, slot));
    if let Err(error) = working.await {
        tracing::error!(queue = server.queue.name(), "a slot broke off: {error}");
    }
}

/// Runs one job after the other until none may be taken.
async fn work(worker: Arc<Worker>, queue: Queue, _slot: OwnedSemaphorePermit) {
    let user_limit = worker.settings.user_limits.of(queue);
    while !worker.shutdown.is_cancelled() {
        match Run::take_next(&worker.db, queue, user_limit, &worker.name).await {
            Ok(Some(run)) => run::execute(&worker, run).await,
            Ok(None) => return,
            Err(error) => {
                return tracing::warn!(queue = queue.name(), "no job can be taken: {error}");
            }
        }
    }
}
