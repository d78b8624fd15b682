//! A worker's process from its start to its end: threads, signals, drain.

use std::{future::Future, process::ExitCode, time::Duration};

use tokio::{
    signal::unix::{SignalKind, signal},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use crate::{Error, Result, worker::Worker};

/// A draining worker is gone by then: platforms kill after 30 s.
const DRAIN_LIMIT: Duration = Duration::from_secs(24);

/// Does the process's work to its end.
pub fn execute<E: std::fmt::Display>(
    work: impl Future<Output = std::result::Result<(), E>>,
) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!("no threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(work);
    if let Err(error) = &ended {
        tracing::error!("{error}");
    }
    // A step that still computes on its thread is not waited for, and libtorch's destructors must not run under it.
    signal_hook::low_level::exit(i32::from(ended.is_err()))
}

/// Serves `worker`, which ends when `shutdown` is cancelled, until SIGTERM or SIGINT; then lets its jobs stop and hands
/// them back. A second signal ends it at once.
///
/// # Errors
/// Where it can't begin, or the worker broke off.
pub async fn serve(worker: Worker, shutdown: CancellationToken) -> Result<()> {
    let mut signals = Signals::listen()?;
    let mut serving = tokio::spawn(worker.serve());
    tokio::select! {
        ended = &mut serving => return ended.unwrap_or_else(|error| Err(broke_off(&error))),
        () = signals.next() => tracing::info!("draining: no new jobs, running ones are handed back"),
    }
    shutdown.cancel();
    tokio::select! {
        ended = serving => {
            tracing::info!("drained");
            ended.unwrap_or_else(|error| Err(broke_off(&error)))
        }
        () = sleep(DRAIN_LIMIT) => {
            tracing::warn!("still busy after {DRAIN_LIMIT:?}; leaving, the runs will be rescued");
            Ok(())
        }
        () = signals.next() => {
            tracing::warn!("a second signal; leaving at once, the runs will be rescued");
            Ok(())
        }
    }
}

fn broke_off(error: &tokio::task::JoinError) -> Error {
    Error::Internal(format!("the worker broke off: {error}"))
}

/// SIGTERM and SIGINT.
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn listen() -> Result<Self> {
        let no_handler = |source| Error::System {
            what: "a signal handler",
            source,
        };
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(no_handler)?,
            interrupt: signal(SignalKind::interrupt()).map_err(no_handler)?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
