//! `worker`: the process.

use std::{process::ExitCode, sync::Arc};

use clap::{Parser, Subcommand};
use domain::{Result, settings::Settings};
use runner::process;
use worker::{jobs::Jobs, operator, speak};

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
    /// Lets a voice say something, into a WAV file; needs no database.
    Speak(speak::Arguments),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Run => process::execute(run()),
        Command::Jobs(command) => {
            process::execute(async { operator::execute(command, &Settings::load()?).await })
        }
        Command::Speak(arguments) => speak::execute(&arguments),
    }
}

async fn run() -> Result<()> {
    let settings = Settings::load()?;
    vits::speech::set_threads(threads(settings.worker.threads));
    process::serve(settings, |settings| Ok(Arc::new(Jobs::new(settings)?))).await
}

/// As configured; else all cores but one, which is left for the rest of the machine.
fn threads(configured: usize) -> usize {
    match configured {
        0 => std::thread::available_parallelism()
            .map_or(1, |cores| cores.get().saturating_sub(1).max(1)),
        threads => threads,
    }
}
