//! `worker`: the process.

use std::{process::ExitCode, sync::Arc};

use clap::{Parser, Subcommand};
use domain::{
    Result, datasets::Dataset, db, kinds::kinds, orphaned_folders, retention, settings::Settings,
    storage::Storage, syntheses::Synthesis, telemetry, training::Training,
};
use downloader::{Downloads, HubHome, copy_requested_models, reconcile, restore_overdue_models};
use jobs::{Worker, process};
use tokio_util::sync::CancellationToken;
use worker::{handlers::Handlers, operator, speak, storage_move};

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
    /// Steers the files.
    #[command(subcommand)]
    Storage(storage_move::Command),
    /// Lets a voice say something, into a WAV file; needs no database.
    Speak(speak::Arguments),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Run => {
            telemetry::start();
            process::execute(run())
        }
        Command::Jobs(command) => {
            telemetry::start();
            process::execute(async { operator::execute(command, &Settings::load()?).await })
        }
        Command::Storage(command) => {
            telemetry::start();
            process::execute(async { storage_move::execute(command, &Settings::load()?).await })
        }
        Command::Speak(arguments) => speak::execute(&arguments),
    }
}

async fn run() -> Result<()> {
    let settings = Settings::load()?;
    vits::inference::synthesis::set_threads(settings.worker.threads());
    let db = db::connect(&settings.database, db::Program::Worker).await?;
    settings.worker.limit_users(&db).await?;
    let shutdown = CancellationToken::new();
    let hub = Arc::new(HubHome::open(&settings)?);
    let storage = Storage::open(&settings.storage)?;
    let handlers = Arc::new(Handlers::new(&settings, storage.clone(), hub.clone()));
    let orphaned_folders_days = settings.retention.orphaned_folders_days;
    let mut worker = Worker::new(settings.worker.config(), db, kinds(), shutdown.clone())
        .register::<Dataset>(handlers.clone())
        .register::<Training>(handlers.clone())
        .register::<Synthesis>(handlers)
        .register(Downloads::new(hub.clone()))
        .background(move |given| retention::run(given, settings.retention))
        .background({
            let storage = storage.clone();
            move |given| orphaned_folders::run(given, storage, orphaned_folders_days)
        })
        .background({
            let hub = hub.clone();
            move |given| copy_requested_models(hub, storage, given)
        });
    if settings.worker.queues.downloads > 0 {
        worker = worker.background({
            let hub = hub.clone();
            move |given| restore_overdue_models(hub, given)
        });
        worker = worker.background(move |given| reconcile(hub, given));
    }
    Ok(process::serve(worker, shutdown).await?)
}
