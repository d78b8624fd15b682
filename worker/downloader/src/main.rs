//! `downloader`: a worker for the queue `downloads` alone. It is not linked to libtorch, so it needs neither that nor the
//! memory that it takes.

use std::{process::ExitCode, sync::Arc};

use clap::Parser;
use domain::{
    Error,
    settings::{Queues, Settings},
};
use downloader::Downloads;
use runner::process;

#[derive(Parser)]
#[command(
    version,
    about = "Does Avagar's downloads until SIGTERM or SIGINT, then hands them back and exits; a second one exits at once"
)]
struct Arguments {}

fn main() -> ExitCode {
    Arguments::parse();
    process::execute(async {
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
        process::serve(settings, |settings| Ok(Arc::new(Downloads::new(settings)?))).await
    })
}
