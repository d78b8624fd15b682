//! A worker's process from its start to its end: settings, threads, signals, drain.

use std::{process::ExitCode, sync::Arc, time::Duration};

use domain::{Error, Result, db, settings::Settings, telemetry};
use tokio::{
    signal::unix::{SignalKind, signal},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use crate::{Worker, run::Perform};

/// A draining worker is gone by then: platforms kill after 30 s.
const DRAIN_LIMIT: Duration = Duration::from_secs(24);

/// Does the process's work to its end.
pub fn execute(work: impl Future<Output = Result<()>>) -> ExitCode {
    telemetry::start();
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

/// Takes the jobs of the settings' queues until SIGTERM or SIGINT, then lets them checkpoint and hands them back; a second
/// one ends it at once.
///
/// # Errors
/// Where it can't begin, or the worker broke off.
pub async fn serve(
    settings: Settings,
    jobs: impl FnOnce(&Settings) -> Result<Arc<dyn Perform>>,
) -> Result<()> {
    let mut signals = Signals::listen()?;
    std::fs::create_dir_all(&settings.worker.scratch_dir).map_err(|source| Error::File {
        path: settings.worker.scratch_dir.display().to_string(),
        source,
    })?;
    let db = db::connect(&settings.database, db::Check::Each).await?;
    let jobs = jobs(&settings)?;
    let shutdown = CancellationToken::new();
    let worker = Worker::new(
        settings.worker,
        settings.retention,
        db,
        jobs,
        shutdown.clone(),
    );
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
            tracing::warn!("told twice; leaving at once, the runs will be rescued");
            Ok(())
        }
    }
}

fn broke_off(error: &tokio::task::JoinError) -> Error {
    Error::Fault(format!("the worker broke off: {error}"))
}

/// SIGTERM and SIGINT.
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn listen() -> Result<Self> {
        let no_handler = |source| Error::File {
            path: "signal handler".into(),
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
