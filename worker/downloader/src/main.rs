//! `downloader`: a worker for the queue `downloads` alone. It is not linked to libtorch, so it needs neither that nor the
//! memory that it takes.

use std::{process::ExitCode, sync::Arc};

use clap::Parser;
use domain::{
    Error, Result, db,
    kinds::kinds,
    retention,
    settings::{Queues, Settings},
    storage::Storage,
    telemetry,
};
use downloader::{Downloads, HubHome, copy_requested_models, reconcile, restore_overdue_models};
use jobs::{Worker, process};
use tokio_util::sync::CancellationToken;

#[derive(Parser)]
#[command(
    version,
    about = "Does Avagar's downloads until SIGTERM or SIGINT, then hands them back and exits; a second one exits at once"
)]
struct Arguments {}

fn main() -> ExitCode {
    Arguments::parse();
    telemetry::start();
    process::execute(run())
}

async fn run() -> Result<()> {
    let mut settings = Settings::load()?;
    settings.worker.queues = Queues {
        datasets: 0,
        training: 0,
        speech: 0,
        ..settings.worker.queues
    };
    if settings.worker.queues.downloads == 0 {
        return Err(Error::Settings(
            "worker.queues.downloads is 0, and this program does nothing else".into(),
        ));
    }
    let db = db::connect(&settings.database, db::Program::Worker).await?;
    settings.worker.limit_users(&db).await?;
    let shutdown = CancellationToken::new();
    let hub = Arc::new(HubHome::open(&settings)?);
    let storage = Storage::open(&settings.storage)?;
    let worker = Worker::new(settings.worker.config(), db, kinds(), shutdown.clone())
        .register(Downloads::new(hub.clone()))
        .background(move |given| retention::run(given, settings.retention))
        .background({
            let hub = hub.clone();
            move |given| reconcile(hub, given)
        })
        .background({
            let hub = hub.clone();
            move |given| restore_overdue_models(hub, given)
        })
        .background(move |given| copy_requested_models(hub, storage, given));
    Ok(process::serve(worker, shutdown).await?)
}
