//! What every worker does besides its jobs: receive signals, rescue the jobs of workers that died, sweep.

use std::{
    io::ErrorKind,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::{
    Error, Result, rescue,
    run::live,
    signal::{Listener, Signal},
    sweeper,
    worker::{context::run_of_scratch, inner::Inner},
    workers,
};

/// A listener that broke off comes back after this.
const LISTEN_RETRY: Duration = Duration::from_secs(1);
/// The sweeper looks for what is due this often.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);
/// And this often for parked jobs without a wake-up, in units of [`SWEEP_INTERVAL`].
const PARKED_SWEEP_EVERY: u32 = 30;

/// Passes signals on to those whom they are for.
pub(super) async fn receive_signals(worker: Arc<Inner>) {
    loop {
        let received = async {
            if let Err(error) = pass_signals_on(&worker).await {
                tracing::warn!("the LISTEN connection is gone ({error}); connecting again");
            }
            sleep(LISTEN_RETRY).await;
        };
        // While it drains, its jobs have been requested to stop already.
        tokio::select! {
            () = received => {}
            () = worker.shutdown.cancelled() => return,
        }
    }
}

async fn pass_signals_on(worker: &Inner) -> Result<()> {
    let mut listener = Listener::connect(&worker.db).await?;
    let mut signal = Signal::Reconnected;
    loop {
        match &signal {
            Signal::Task(queue) => {
                if let Some(wake_up) = worker.wake_ups.get(queue.as_str()) {
                    wake_up.wake();
                }
            }
            Signal::Row(_) => {}
            Signal::Reconnected => worker.wake_ups.values().for_each(|wake_up| wake_up.wake()),
        }
        let _nobody_runs = worker.signals.send(signal);
        signal = listener.next().await?;
    }
}

/// Looks, as long as the process lives, for jobs that nobody runs any more, and sends this worker's heartbeats.
pub(super) async fn rescue(worker: Arc<Inner>) {
    let config = &worker.config;
    let mut ticks = interval(config.heartbeat_interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // While this worker could not hear from anybody (the database was away, the machine slept), nobody was stale: it
    // looks again when it has listened for long enough.
    let mut deaf_until = Instant::now();
    let mut last_look = SystemTime::now();
    loop {
        tokio::select! {
            () = worker.shutdown.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let since_last_look = last_look.elapsed().unwrap_or_default();
        last_look = SystemTime::now();
        if since_last_look > config.lost_after {
            deaf_until = Instant::now() + config.lost_after;
        }
        let looked = async {
            workers::heartbeat(&worker.db, &worker.name, &config.slots).await?;
            if Instant::now() >= deaf_until {
                let (kinds, lost_after) = (&worker.kinds, config.lost_after);
                rescue::rescue(&worker.db, kinds, lost_after, config.max_attempts).await?;
            }
            Ok::<_, Error>(())
        };
        if let Err(error) = looked.await {
            tracing::warn!("looking for lost runs: {error}");
            deaf_until = Instant::now() + config.lost_after;
        }
    }
}

/// Sees to it, as long as the process lives, that what is due has a task.
pub(super) async fn sweep(worker: Arc<Inner>) {
    let queues = worker.kinds.queues();
    let mut ticks = interval(SWEEP_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for tick in 0_u32.. {
        tokio::select! {
            () = worker.shutdown.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let swept = async {
            sweeper::admit_due(&worker.db).await?;
            sweeper::restore_tasks(&worker.db, &queues, worker.config.lost_after).await?;
            if tick % PARKED_SWEEP_EVERY == 0 {
                sweeper::admit_parked(&worker.db).await?;
            }
            Ok::<_, Error>(())
        };
        if let Err(error) = swept.await {
            tracing::warn!("sweeping the queues: {error}");
        }
    }
}

/// Deletes the folders of runs that ended without a cleanup: their worker was killed. Another worker that begins on this
/// machine may be at the same.
pub(super) async fn sweep_scratch(worker: &Inner) -> Result<()> {
    let folder = &worker.config.scratch_dir;
    let file_error = |source| Error::File {
        path: folder.display().to_string(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(file_error)?;
    let mut left = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(file_error)? {
        let path = entry.map_err(file_error)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let run = run_of_scratch(&name);
        left.extend(run.map(|run| (run, path.clone())));
    }
    // Asked after the folder was read: a run that begins now is not in it.
    let live = live(&worker.db).await?;
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
