//! `worker`: takes jobs from the queues and runs them, any number of processes beside each other.

mod archive;
mod jobs;
mod run;

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use apalis::prelude::*;
use apalis_postgres::{Config, PostgresStorage};
use clap::{Parser, Subcommand};
use shared::{
    Error, Result,
    db::{self, PgPool},
    ids::RunId,
    queue::{Job, Queue},
    runs,
    settings::{self, Settings},
    storage::Storage,
    telemetry,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::Semaphore,
    task::JoinSet,
    time::{interval, sleep},
};
use tokio_util::sync::CancellationToken;

/// A draining worker is gone by then: platforms kill after 30 s.
const DRAIN_LIMIT: Duration = Duration::from_secs(25);
/// The queue is asked this often where no NOTIFY came: retries and rescued entries send none.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// A queue's worker that broke off (its connection was reset) comes back after this.
const RESTART_DELAY: Duration = Duration::from_secs(1);

#[derive(Parser)]
#[command(version, about = "Runs Avagar's jobs")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Takes jobs until SIGTERM or SIGINT, then checkpoints, hands back and exits.
    Run,
}

/// What every job may use.
pub(crate) struct Worker {
    pub(crate) settings: settings::Worker,
    pub(crate) db: PgPool,
    pub(crate) storage: Storage,
    /// Host and process start: never the same again, so that a dead worker's heartbeat can't be kept fresh.
    pub(crate) name: String,
    /// Cancelled when the process is to end.
    pub(crate) shutdown: CancellationToken,
    pub(crate) voices: jobs::speech::LoadedVoice,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Command::Run = Arguments::parse().command;
    telemetry::start();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<()> {
    let settings = Settings::load()?;
    std::fs::create_dir_all(&settings.worker.scratch_dir).map_err(|source| Error::File {
        path: settings.worker.scratch_dir.display().to_string(),
        source,
    })?;
    let threads = threads(&settings.worker);
    vits::speech::set_threads(threads);
    let worker = Arc::new(Worker {
        db: db::connect(&settings.database).await?,
        storage: Storage::open(&settings.storage)?,
        name: format!("{}-{}", host(), uuid::Uuid::now_v7().simple()),
        shutdown: CancellationToken::new(),
        voices: jobs::speech::LoadedVoice::default(),
        settings: settings.worker,
    });
    tracing::info!(worker = worker.name, threads, "ready");
    sweep_scratch(&worker).await?;
    let mut queues = JoinSet::new();
    for queue in Queue::ALL {
        let slots = slots(&worker.settings.queues, queue);
        if slots > 0 {
            queues.spawn(serve(worker.clone(), queue, slots));
        }
    }
    queues.spawn(rescue(worker.clone()));
    wait_for_signal(&worker.shutdown).await?;
    tracing::info!("draining: no new jobs, running ones are handed back");
    let drained = async { while queues.join_next().await.is_some() {} };
    tokio::select! {
        () = drained => tracing::info!("drained"),
        () = sleep(DRAIN_LIMIT) => tracing::warn!("still busy after {DRAIN_LIMIT:?}; leaving, the runs will be rescued"),
        _ = second_signal() => tracing::warn!("told twice; leaving at once, the runs will be rescued"),
    }
    Ok(())
}

/// Deletes the folders of runs that ended without clearing up: their worker was killed.
async fn sweep_scratch(worker: &Worker) -> Result<()> {
    let folder = &worker.settings.scratch_dir;
    let file_error = |source| Error::File {
        path: folder.display().to_string(),
        source,
    };
    let mut left = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(file_error)? {
        let path = entry.map_err(file_error)?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let run = name
            .strip_prefix("run-")
            .and_then(|rest| rest.split('-').next()?.parse().ok());
        left.extend(run.map(|run| (RunId(run), path)));
    }
    // Asked after the folder was read: a run that begins now is not in it.
    let live = runs::live(&worker.db).await?;
    for (run, path) in left {
        if !live.contains(&run) {
            std::fs::remove_dir_all(&path).map_err(file_error)?;
        }
    }
    Ok(())
}

/// Serves one queue: apalis finds and hands over the entries, [`run::execute`] does the rest.
async fn serve(worker: Arc<Worker>, queue: Queue, slots: usize) {
    let free = Arc::new(Semaphore::new(slots));
    while !worker.shutdown.is_cancelled() {
        let config = Config::default()
            .queue(queue.name())
            // Entries fetched ahead would wait without a heartbeat and be taken for dead.
            .batch_size(1)
            .heartbeat_interval(Duration::from_secs(u64::from(
                worker.settings.heartbeat_interval_seconds,
            )))
            .missed_heartbeats(3);
        let backend = PostgresStorage::<serde_json::Value>::new(&worker.db)
            .with_config(config)
            .with_pubsub()
            .poll_with_interval(POLL_INTERVAL);
        let name = format!(
            "{}-{}-{}",
            worker.name,
            queue.name(),
            uuid::Uuid::now_v7().simple()
        );
        let shutdown = worker.shutdown.clone();
        let ended = WorkerBuilder::new(name)
            .backend(backend)
            .concurrency(slots)
            .data(worker.clone())
            .data(free.clone())
            .build(handle)
            .run_until(async move {
                shutdown.cancelled().await;
                Ok::<(), WorkerError>(())
            })
            .await;
        if worker.shutdown.is_cancelled() {
            break;
        }
        match ended {
            Ok(()) => tracing::warn!(
                queue = queue.name(),
                "the queue's worker ended by itself; starting it again"
            ),
            Err(error) => tracing::warn!(
                queue = queue.name(),
                "the queue's worker broke off ({error}); starting it again"
            ),
        }
        sleep(RESTART_DELAY).await;
    }
    // A job may have outlived its queue's worker: wait until every slot is free.
    let _closed = free.acquire_many(u32::try_from(slots).unwrap_or(1)).await;
}

/// What apalis calls. It always answers Ok: whatever happens to a job is in the job's row, and anything that escaped
/// into apalis would leave its entry running for ever.
async fn handle(payload: serde_json::Value, worker: Data<Arc<Worker>>, free: Data<Arc<Semaphore>>) {
    let Ok(job) = serde_json::from_value::<Job>(payload.clone()) else {
        tracing::error!(%payload, "a queue entry that names no job; dropped");
        return;
    };
    let worker = Arc::clone(&worker);
    let free = Arc::clone(&free);
    // Detached: apalis may drop its future at any await, and a run must not end half-way because of that.
    let run = tokio::spawn(async move {
        let Ok(_slot) = free.acquire_owned().await else {
            return;
        };
        run::execute(&worker, job).await;
    });
    if let Err(error) = run.await {
        tracing::error!(?job, "the run broke off: {error}");
    }
}

/// Looks, as long as the process lives, for runs that nobody runs any more.
async fn rescue(worker: Arc<Worker>) {
    let lost_after = Duration::from_secs(u64::from(worker.settings.lost_after_seconds));
    let mut ticks = interval(Duration::from_secs(u64::from(
        worker.settings.heartbeat_interval_seconds,
    )));
    loop {
        tokio::select! {
            () = worker.shutdown.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = runs::rescue(&worker.db, lost_after, worker.settings.max_attempts).await
        {
            tracing::warn!("looking for lost runs: {error}");
        }
    }
}

async fn wait_for_signal(shutdown: &CancellationToken) -> Result<()> {
    let no_handler = |source| Error::File {
        path: "signal handler".into(),
        source,
    };
    let mut terminate = signal(SignalKind::terminate()).map_err(no_handler)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(no_handler)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    shutdown.cancel();
    Ok(())
}

async fn second_signal() -> Result<()> {
    wait_for_signal(&CancellationToken::new()).await
}

fn slots(queues: &settings::Queues, queue: Queue) -> usize {
    match queue {
        Queue::Datasets => queues.datasets,
        Queue::Training => queues.training,
        Queue::Speech => queues.speech,
    }
}

/// As configured; else all cores but one, which is left for the rest of the machine.
fn threads(settings: &settings::Worker) -> usize {
    match settings.threads {
        0 => std::thread::available_parallelism()
            .map_or(1, |cores| cores.get().saturating_sub(1).max(1)),
        threads => threads,
    }
}

fn host() -> String {
    let name =
        std::fs::read_to_string(PathBuf::from("/proc/sys/kernel/hostname")).unwrap_or_default();
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
