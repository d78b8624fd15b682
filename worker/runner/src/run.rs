//! Around every job: watch, perform, finish. Nothing a job does escapes from here: neither a panic nor a hang nor an odd
//! error text, and a run whose job was taken from it writes nothing.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{
    Error,
    control::{Call, Control},
    db::PgPool,
    queue::Job,
    runs::{Outcome, Run},
};
use futures::future::BoxFuture;
use tokio::{
    sync::broadcast,
    task::{JoinError, JoinHandle},
    time::{MissedTickBehavior, interval, sleep, timeout},
};

use crate::{
    Worker,
    leash::{Leash, StopReason},
};

/// A running job hears of a person's wish at once by NOTIFY, and otherwise this often.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);
/// Longest wait for one answer of the database while watching: a frozen one must not stop the watch.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);
/// Pause between attempts to write a run's end where the database is away.
const FINISH_RETRY: Duration = Duration::from_secs(1);
/// A job that has not stopped by then, when its worker is to go, is handed back without its consent.
const HAND_BACK_LIMIT: Duration = Duration::from_secs(20);

/// Does jobs. The product's are the crates `worker`'s and `downloader`'s.
pub trait Perform: Send + Sync + 'static {
    /// Does the job of `run`. It stops when `leash` says so.
    fn perform(self: Arc<Self>, run: Run, leash: Leash) -> BoxFuture<'static, Outcome>;

    /// Deletes what nobody needs any more, once the job has ended for good and its end is written.
    fn clear_up(&self, job: Job) -> BoxFuture<'_, domain::Result<()>>;

    /// Sees to what lies between the jobs, as long as the worker lives; it is dropped when the worker ends.
    fn attend(
        self: Arc<Self>,
        _db: PgPool,
        _calls: broadcast::Receiver<Call>,
    ) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

/// Runs a job that was taken, and writes what came of it.
pub(crate) async fn execute(worker: &Arc<Worker>, run: Run) {
    let (id, job) = (run.id.0, run.job);
    tracing::info!(run = id, ?job, "started");
    let leash = Leash::new(run.clone());
    // A task of its own: even a job that never awaits can't keep the watch from looking.
    let mut performing = tokio::spawn({
        let (jobs, run, leash) = (worker.jobs.clone(), run.clone(), leash.clone());
        async move { jobs.perform(run, leash).await }
    });
    let outcome = tokio::select! {
        performed = &mut performing => performed.unwrap_or_else(panicked),
        outcome = watch_over(worker, &run, &leash) => {
            abandon(&leash, &performing);
            outcome
        }
    };
    let ended_for_good = matches!(outcome, Outcome::Completed(_) | Outcome::Failed { .. });
    let written = finish(worker, &run, outcome).await;
    if written
        && ended_for_good
        && let Err(error) = worker.jobs.clear_up(job).await
    {
        tracing::warn!(?job, "what it leaves behind could not be deleted: {error}");
    }
}

/// A job that doesn't stop is left behind: what it may still do on a thread of its own, it does without the fence.
fn abandon(leash: &Leash, performing: &JoinHandle<Outcome>) {
    leash.pull(StopReason::Lost);
    performing.abort();
}

fn panicked(error: JoinError) -> Outcome {
    let reason = match error.try_into_panic() {
        Ok(panic) => {
            let message = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("without a message");
            format!("the job panicked: {message}")
        }
        Err(error) => format!("the job broke off: {error}"),
    };
    Outcome::Retry {
        after: None,
        reason,
    }
}

/// Writes the run's end, however long the database is away. False where another run owns the job by now.
async fn finish(worker: &Worker, run: &Run, outcome: Outcome) -> bool {
    let mut ending = outcome;
    loop {
        match run.finish(&ending, worker.settings.max_attempts).await {
            Ok(()) => {
                tracing::info!(run = run.id.0, job = ?run.job, "ended: {ending:?}");
                return true;
            }
            Err(Error::LostRun(_)) => {
                tracing::warn!(run = run.id.0, job = ?run.job, "lost: another run owns the job, or nobody");
                return false;
            }
            Err(error) if error.is_transient() => {
                tracing::warn!(run = run.id.0, "its end can't be written yet: {error}");
                sleep(FINISH_RETRY).await;
            }
            Err(error) => {
                tracing::error!(run = run.id.0, "its end was refused: {error}");
                if matches!(ending, Outcome::Failed { .. }) {
                    return false;
                }
                ending = Outcome::Failed {
                    reason: format!("the result could not be recorded: {error}"),
                };
            }
        }
    }
}

/// Heartbeats, and passes on why the job has to stop. Ends where the job has to be given up, with its outcome.
async fn watch_over(worker: &Worker, run: &Run, leash: &Leash) -> Outcome {
    let heartbeat_interval =
        Duration::from_secs(u64::from(worker.settings.heartbeat_interval_seconds));
    let stalled_after = Duration::from_secs(u64::from(worker.settings.stalled_after_seconds));
    let mut calls = worker.calls.subscribe();
    let mut last_beat = Instant::now();
    let mut told_to_go: Option<Instant> = None;
    let mut ticks = interval(WATCH_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = called(&mut calls, run.job) => {}
            () = worker.shutdown.cancelled(), if told_to_go.is_none() => {
                told_to_go = Some(Instant::now());
                leash.pull(StopReason::HandBack);
            }
        }
        if told_to_go.is_some_and(|at| at.elapsed() >= HAND_BACK_LIMIT) {
            tracing::error!(run = run.id.0, job = ?run.job, "did not stop; handed back all the same");
            return Outcome::HandedBack;
        }
        if leash.silence() >= stalled_after {
            let reason = format!("it hung: no progress for {} s", stalled_after.as_secs());
            tracing::error!(run = run.id.0, job = ?run.job, "given up: {reason}");
            return Outcome::Retry {
                after: None,
                reason,
            };
        }
        if leash.reason() == Some(StopReason::Lost) {
            continue;
        }
        let beat = last_beat.elapsed() >= heartbeat_interval;
        match timeout(ANSWER_LIMIT, ask(run, leash, beat)).await {
            Ok(Ok(())) if beat => last_beat = Instant::now(),
            Ok(Ok(())) => {}
            Ok(Err(Error::LostRun(_))) => leash.pull(StopReason::Lost),
            Ok(Err(error)) => tracing::warn!(run = run.id.0, "the database is away: {error}"),
            Err(_) => tracing::warn!(run = run.id.0, "the database does not answer"),
        }
    }
}

async fn ask(run: &Run, leash: &Leash, beat: bool) -> domain::Result<()> {
    match run.control().await? {
        Some(Control::Pause) => leash.pull(StopReason::Pause),
        Some(Control::Cancel) => leash.pull(StopReason::Cancel),
        None => leash.loosen(),
    }
    if beat {
        leash.heartbeat().await
    } else {
        Ok(())
    }
}

/// Waits until somebody wishes something of `job`.
async fn called(calls: &mut broadcast::Receiver<Call>, job: Job) {
    loop {
        match calls.recv().await {
            Ok(Call::Ready(_)) => {}
            Ok(Call::Job(row)) if row != job.row_id() => {}
            Ok(Call::Job(_) | Call::Everybody) | Err(broadcast::error::RecvError::Lagged(_)) => {
                return;
            }
            // The process ends; the watch goes on by its ticks.
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}
