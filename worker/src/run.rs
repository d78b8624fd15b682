//! Around every job: take, watch, perform, finish. Nothing a job does escapes from here.

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::FutureExt;
use shared::{
    Error,
    queue::Job,
    runs::{Control, Outcome, Run},
};
use tokio::{
    sync::watch,
    time::{interval, sleep},
};

use crate::{Worker, jobs};

/// A running job hears of a person's wish, and of its fence, this often.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);
/// Pause between attempts to write a run's end where the database is away.
const FINISH_RETRY: Duration = Duration::from_secs(1);

/// Why a job has to stop before it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StopReason {
    /// A person wants it to rest.
    Pause,
    /// A person wants it gone.
    Cancel,
    /// This worker is going away.
    HandBack,
    /// Another run owns the job: nothing may be written any more.
    Lost,
}

/// Tells a job to stop; the job looks at it whenever it can stop cleanly.
#[derive(Debug, Clone)]
pub(crate) struct StopSignal(watch::Receiver<Option<StopReason>>);

impl StopSignal {
    /// Why to stop, if at all.
    pub(crate) fn reason(&self) -> Option<StopReason> {
        *self.0.borrow()
    }
}

impl StopReason {
    /// What stopping for this reason is called.
    pub(crate) fn outcome(self) -> Outcome {
        match self {
            Self::Pause => Outcome::Paused,
            Self::Cancel => Outcome::Cancelled,
            // A lost run's end is written by nobody: finishing it is refused.
            Self::HandBack | Self::Lost => Outcome::HandedBack,
        }
    }
}

/// Runs a job, if there is anything to do, and writes what came of it.
pub(crate) async fn execute(worker: &Arc<Worker>, job: Job) {
    let run = match Run::take(&worker.db, job, &worker.name).await {
        Ok(Some(run)) => run,
        Ok(None) => return tracing::debug!(?job, "nothing to do"),
        // The row still waits; the sweeper writes another wake-up.
        Err(error) => return tracing::warn!(?job, "could not be taken: {error}"),
    };
    tracing::info!(run = run.id.0, ?job, "started");
    let (tell, stop) = watch::channel(None);
    let watcher = tokio::spawn(watch_over(worker.clone(), run.clone(), tell));
    let performed = AssertUnwindSafe(jobs::perform(worker, &run, StopSignal(stop)))
        .catch_unwind()
        .await;
    let outcome = performed.unwrap_or_else(|_| Outcome::Retry {
        after: None,
        reason: "the job panicked; the worker's log has the details".into(),
    });
    let ended_for_good = matches!(outcome, Outcome::Completed(_) | Outcome::Failed { .. });
    finish(worker, &run, outcome).await;
    watcher.abort();
    if ended_for_good && let Err(error) = jobs::clear_up(worker, job).await {
        tracing::warn!(?job, "what it leaves behind could not be deleted: {error}");
    }
}

async fn finish(worker: &Worker, run: &Run, outcome: Outcome) {
    let summary = format!("{outcome:?}");
    let mut outcome = Some(outcome);
    while let Some(ending) = outcome.take() {
        match run.finish(&ending, worker.settings.max_attempts).await {
            Ok(()) => tracing::info!(run = run.id.0, job = ?run.job, "ended: {summary}"),
            Err(Error::LostRun(_)) => {
                tracing::warn!(run = run.id.0, job = ?run.job, "lost: another run owns the job")
            }
            Err(error) if error.is_transient() => {
                tracing::warn!(run = run.id.0, "its end can't be written yet: {error}");
                sleep(FINISH_RETRY).await;
                outcome = Some(ending);
            }
            Err(error) => {
                tracing::error!(run = run.id.0, "its end was refused: {error}");
                if !matches!(ending, Outcome::Failed { .. }) {
                    outcome = Some(Outcome::Failed {
                        reason: format!("the result could not be recorded: {error}"),
                    });
                }
            }
        }
    }
}

/// Heartbeats, and passes on why the job has to stop.
async fn watch_over(worker: Arc<Worker>, run: Run, tell: watch::Sender<Option<StopReason>>) {
    let heartbeat = Duration::from_secs(u64::from(worker.settings.heartbeat_interval_seconds));
    let mut last_beat = Instant::now();
    let mut ticks = interval(WATCH_INTERVAL);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = worker.shutdown.cancelled(), if tell.borrow().is_none() => {
                tell.send_replace(Some(StopReason::HandBack));
            }
        }
        match run.control().await {
            Ok(None) => {}
            Ok(Some(Control::Pause)) => {
                tell.send_if_modified(|reason| {
                    reason.is_none() && reason.replace(StopReason::Pause).is_none()
                });
            }
            Ok(Some(Control::Cancel)) => {
                tell.send_replace(Some(StopReason::Cancel));
            }
            Err(Error::LostRun(_)) => {
                tell.send_replace(Some(StopReason::Lost));
                return;
            }
            Err(error) => tracing::warn!(run = run.id.0, "control can't be read: {error}"),
        }
        if last_beat.elapsed() >= heartbeat {
            match run.heartbeat().await {
                Ok(()) => last_beat = Instant::now(),
                Err(Error::LostRun(_)) => {
                    tell.send_replace(Some(StopReason::Lost));
                    return;
                }
                Err(error) => tracing::warn!(run = run.id.0, "no heartbeat: {error}"),
            }
        }
    }
}
