//! What a worker does besides its jobs: hear calls, rescue the jobs of workers that died, forget what is old, sweep.

use std::{
    io::ErrorKind,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use domain::{Error, Result, control, ids::RunId, rescue, retention, runs, workers};
use tokio::time::{MissedTickBehavior, interval, interval_at, sleep};

use crate::Worker;

/// A listener that broke off comes back after this.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);
/// Old rows are looked for this often.
const SWEEP_INTERVAL: Duration = Duration::from_secs(3600);
/// The first time soon after the start: a worker may be restarted more often than once an hour.
const FIRST_SWEEP: Duration = Duration::from_secs(60);

/// Passes calls on to the runs they are for.
pub(crate) async fn hear_calls(worker: Arc<Worker>) {
    let listen = async {
        loop {
            if let Err(error) = pass_calls_on(&worker).await {
                tracing::warn!("the LISTEN connection is gone ({error}); connecting again");
            }
            sleep(LISTEN_AGAIN).await;
        }
    };
    // While it drains, its jobs are told to stop already.
    tokio::select! {
        () = listen => {}
        () = worker.shutdown.cancelled() => {}
    }
}

async fn pass_calls_on(worker: &Worker) -> Result<()> {
    let mut listener = control::Listener::connect(&worker.db).await?;
    let _nobody_runs = worker.calls.send(control::Call::Everybody);
    loop {
        let call = listener.next().await?;
        let _nobody_runs = worker.calls.send(call);
    }
}

/// Looks, as long as the process lives, for jobs that nobody runs any more, and says that this worker lives.
pub(crate) async fn rescue(worker: Arc<Worker>) {
    let settings = &worker.settings;
    let lost_after = Duration::from_secs(u64::from(settings.lost_after_seconds));
    let every = Duration::from_secs(u64::from(settings.heartbeat_interval_seconds));
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // While this worker could not hear of anybody (the database was away, the machine slept), nobody was silent: it
    // judges again when it has listened for long enough.
    let mut deaf_until = Instant::now();
    let mut last_look = SystemTime::now();
    loop {
        tokio::select! {
            () = worker.shutdown.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let since_last_look = last_look.elapsed().unwrap_or_default();
        last_look = SystemTime::now();
        if since_last_look > lost_after {
            deaf_until = Instant::now() + lost_after;
        }
        let heard = async {
            workers::heartbeat(&worker.db, &worker.name, &settings.queues).await?;
            if Instant::now() >= deaf_until {
                rescue::rescue(&worker.db, lost_after, settings.max_attempts).await?;
            }
            Ok::<_, Error>(())
        };
        if let Err(error) = heard.await {
            tracing::warn!("looking for lost runs: {error}");
            deaf_until = Instant::now() + lost_after;
        }
    }
}

/// Deletes, as long as the process lives, what is older than the configuration keeps it.
pub(crate) async fn forget(worker: Arc<Worker>) {
    let mut ticks = interval_at(tokio::time::Instant::now() + FIRST_SWEEP, SWEEP_INTERVAL);
    loop {
        tokio::select! {
            () = worker.shutdown.cancelled() => return,
            _ = ticks.tick() => {}
        }
        match retention::sweep(&worker.db, &worker.retention).await {
            Ok(Some(swept)) => tracing::info!(?swept, "deleted what was too old"),
            Ok(None) => {}
            Err(error) => tracing::warn!("deleting what is too old: {error}"),
        }
    }
}

/// Lets the jobs see to what lies between them, as long as the process lives.
pub(crate) async fn attend(worker: Arc<Worker>) {
    let attending = worker
        .jobs
        .clone()
        .attend(worker.db.clone(), worker.calls.subscribe());
    tokio::select! {
        () = attending => {}
        () = worker.shutdown.cancelled() => {}
    }
}

/// Deletes the folders of runs that ended without clearing up: their worker was killed. Another worker that begins on this
/// machine may be at the same.
pub(crate) async fn sweep_scratch(worker: &Worker) -> Result<()> {
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
        if live.contains(&run) {
            continue;
        }
        match std::fs::remove_dir_all(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                tracing::warn!("{} could not be deleted: {error}", path.display());
            }
            _ => {}
        }
    }
    Ok(())
}
