//! Around every job: watch, run, finish. Nothing a job does escapes from here: neither a panic nor a hang nor an odd error
//! text, and a run whose job was taken from it writes nothing.

use std::{
    marker::PhantomData,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::future::BoxFuture;
use tokio::{
    sync::broadcast,
    task::{JoinError, JoinHandle},
    time::{MissedTickBehavior, interval_at, sleep, timeout},
};
use uuid::Uuid;

use crate::{
    Error, JobFailure, Reason, Result,
    claim::Claimed,
    kind::JobKind,
    outcome::Outcome,
    run::Run,
    signal::Signal,
    state::Control,
    worker::{
        context::{RunContext, StopReason},
        handler::Handler,
        inner::{AnyHandler, Inner},
    },
};

/// A running job learns of its owner's requests at once by NOTIFY, and otherwise this often.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);
/// Longest wait for one answer of the database while watching: a frozen one must not stop the watch.
const WATCH_QUERY_TIMEOUT: Duration = Duration::from_secs(5);
/// Pause between attempts to write a run's end where the database is away.
const FINISH_RETRY: Duration = Duration::from_secs(1);
/// A job that has not stopped by then, when its worker is to go, is handed back without its consent.
const HAND_BACK_LIMIT: Duration = Duration::from_secs(20);

/// A handler as the worker calls it, without knowing the kind.
pub(super) struct Registered<K, H> {
    handler: Arc<H>,
    kind: PhantomData<fn() -> K>,
}

impl<K, H> Registered<K, H> {
    pub(super) fn new(handler: H) -> Self {
        Self {
            handler: Arc::new(handler),
            kind: PhantomData,
        }
    }
}

impl<K: JobKind, H: Handler<K>> AnyHandler for Registered<K, H> {
    fn execute(
        &self,
        worker: Arc<Inner>,
        claimed: Claimed,
        signals: broadcast::Receiver<Signal>,
    ) -> BoxFuture<'static, ()> {
        let handler = self.handler.clone();
        Box::pin(async move {
            let run = Run::<K>::new(&worker.db, &claimed);
            execute(&worker, handler, run, signals).await;
        })
    }
}

/// Runs a job that was claimed, and writes what came of it.
async fn execute<K: JobKind, H: Handler<K>>(
    worker: &Inner,
    handler: Arc<H>,
    run: Run<K>,
    signals: broadcast::Receiver<Signal>,
) {
    tracing::info!(event = "run.started", run = run.id.0, "started {run:?}");
    let config = &worker.config;
    let context = RunContext::new(run.clone(), config.lost_after, &config.scratch_dir);
    // A task of its own: even a job that never awaits can't keep the watch from looking.
    let mut running = tokio::spawn({
        let (handler, context) = (handler.clone(), context.clone());
        async move { handler.run(context).await }
    });
    let outcome = tokio::select! {
        ended = &mut running => ended.unwrap_or_else(panicked),
        outcome = watch(worker, &context, signals) => {
            abandon(&context, &running);
            outcome
        }
    };
    let ended_permanently = matches!(
        outcome,
        Outcome::Completed(_) | Outcome::Failed { .. } | Outcome::Cancelled
    );
    let written = finish(worker, &run, outcome).await;
    if written
        && ended_permanently
        && let Err(error) = handler.cleanup(run.job).await
    {
        tracing::warn!("{run:?}: what it leaves behind could not be deleted: {error}");
    }
}

/// A job that doesn't stop is left behind: what it may still do on a thread of its own, it does without the fence.
fn abandon<K: JobKind>(context: &RunContext<K>, running: &JoinHandle<Outcome<K::Output>>) {
    context.request_stop(StopReason::Lost);
    running.abort();
}

fn panicked<T>(error: JoinError) -> Outcome<T> {
    let cause = match error.try_into_panic() {
        Ok(panic) => panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("without a message")
            .to_owned(),
        Err(error) => error.to_string(),
    };
    Outcome::Retry {
        after: None,
        reason: JobFailure::Panicked { cause }.into(),
    }
}

/// Writes the run's end, however long the database is away. False where another run owns the job by now.
async fn finish<K: JobKind>(worker: &Inner, run: &Run<K>, outcome: Outcome<K::Output>) -> bool {
    let mut ending = outcome;
    loop {
        match run.finish(&ending, worker.config.max_attempts).await {
            Ok(()) => {
                tracing::info!(
                    event = "run.ended",
                    run = run.id.0,
                    "ended {run:?}: {ending:?}"
                );
                return true;
            }
            Err(Error::LostRun(_)) => {
                tracing::warn!(
                    event = "run.lost",
                    run = run.id.0,
                    job = %run.job,
                    "lost: another run owns the job, or nobody"
                );
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
                    reason: JobFailure::NotRecorded {
                        cause: error.to_string(),
                    }
                    .into(),
                };
            }
        }
    }
}

/// Heartbeats, and passes on why the job has to stop. Ends where the job has to be given up, with its outcome.
async fn watch<K: JobKind>(
    worker: &Inner,
    context: &RunContext<K>,
    mut signals: broadcast::Receiver<Signal>,
) -> Outcome<K::Output> {
    let run = context.run();
    let config = &worker.config;
    let mut last_beat = Instant::now();
    let mut told_to_go: Option<Instant> = None;
    let mut ticks = interval_at(tokio::time::Instant::now() + WATCH_INTERVAL, WATCH_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = wait_for_signal(&mut signals, run.job.into()) => {}
            () = worker.shutdown.cancelled(), if told_to_go.is_none() => {
                told_to_go = Some(Instant::now());
                context.request_stop(StopReason::HandBack);
            }
        }
        if told_to_go.is_some_and(|at| at.elapsed() >= HAND_BACK_LIMIT) {
            tracing::error!("{run:?} did not stop; handed back all the same");
            return Outcome::HandedBack;
        }
        if context.idle_for() >= config.stalled_after {
            let reason = Reason::from(JobFailure::NoProgress {
                seconds: config.stalled_after.as_secs(),
            });
            tracing::error!("{run:?} is given up: {reason}");
            return Outcome::Retry {
                after: None,
                reason,
            };
        }
        if context.stop_requested() == Some(StopReason::Lost) {
            continue;
        }
        let beat = last_beat.elapsed() >= config.heartbeat_interval;
        match timeout(WATCH_QUERY_TIMEOUT, ask(context, beat)).await {
            Ok(Ok(())) if beat => last_beat = Instant::now(),
            Ok(Ok(())) => {}
            Ok(Err(Error::LostRun(_))) => context.request_stop(StopReason::Lost),
            Ok(Err(error)) => tracing::warn!(run = run.id.0, "the database is away: {error}"),
            Err(_) => tracing::warn!(run = run.id.0, "the database does not answer"),
        }
    }
}

async fn ask<K: JobKind>(context: &RunContext<K>, beat: bool) -> Result<()> {
    match context.run().control().await? {
        Some(Control::Pause) => context.request_stop(StopReason::Pause),
        Some(Control::Cancel) => context.request_stop(StopReason::Cancel),
        None => context.clear_pause(),
    }
    if beat {
        context.heartbeat().await
    } else {
        Ok(())
    }
}

/// Waits until somebody asks something of the job `id`.
async fn wait_for_signal(signals: &mut broadcast::Receiver<Signal>, id: Uuid) {
    loop {
        match signals.recv().await {
            Ok(Signal::Task(_)) => {}
            Ok(Signal::Row(row)) if row != id => {}
            Ok(Signal::Row(_) | Signal::Reconnected)
            | Err(broadcast::error::RecvError::Lagged(_)) => {
                return;
            }
            // The process ends; the watch goes on by its ticks.
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}
