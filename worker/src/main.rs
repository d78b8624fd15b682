//! `worker`: the process.

use std::{process::ExitCode, sync::Arc, time::Duration};

use clap::{Parser, Subcommand};
use shared::{
    Error, Result, db,
    settings::{self, Settings},
    telemetry,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    time::sleep,
};
use tokio_util::sync::CancellationToken;
use worker::{Worker, jobs::Jobs, operator};

/// A draining worker is gone by then: platforms kill after 30 s.
const DRAIN_LIMIT: Duration = Duration::from_secs(24);

#[derive(Parser)]
#[command(version, about = "Runs Avagar's jobs")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Takes jobs until SIGTERM or SIGINT, then checkpoints, hands back and exits; a second one exits at once.
    Run,
    /// Looks at jobs and steers them.
    #[command(subcommand)]
    Jobs(operator::Command),
}

fn main() -> ExitCode {
    let command = Arguments::parse().command;
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
    let ended = runtime.block_on(async {
        match command {
            Command::Run => run().await,
            Command::Jobs(command) => operator::execute(command, &Settings::load()?).await,
        }
    });
    if let Err(error) = &ended {
        tracing::error!("{error}");
    }
    // A step that still computes on its thread is not waited for, and libtorch's destructors must not run under it.
    signal_hook::low_level::exit(i32::from(ended.is_err()))
}

async fn run() -> Result<()> {
    let mut signals = Signals::listen()?;
    let settings = Settings::load()?;
    std::fs::create_dir_all(&settings.worker.scratch_dir).map_err(|source| Error::File {
        path: settings.worker.scratch_dir.display().to_string(),
        source,
    })?;
    vits::speech::set_threads(threads(&settings.worker));
    let db = db::connect(&settings.database, db::Check::Each).await?;
    let jobs = Jobs::new(&settings)?;
    let shutdown = CancellationToken::new();
    let worker = Worker::new(
        settings.worker,
        settings.retention,
        db,
        Arc::new(jobs),
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

/// As configured; else all cores but one, which is left for the rest of the machine.
fn threads(settings: &settings::Worker) -> usize {
    match settings.threads {
        0 => std::thread::available_parallelism()
            .map_or(1, |cores| cores.get().saturating_sub(1).max(1)),
        threads => threads,
    }
}
