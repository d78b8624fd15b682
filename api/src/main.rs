//! `api`: the HTTP API, the WebSocket and the page.

mod app;
mod auth;
mod body;
mod datasets;
mod downloads;
mod files;
mod hub_access;
mod hub_caller;
mod live;
mod live_socket;
mod metrics;
mod models;
mod origin;
mod paging;
mod preferences;
mod problem;
mod routes;
mod sample;
mod server;
mod sources;
mod syntheses;
mod system;
mod tensorboard;
mod tokens;
mod training;
mod voices;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use domain::{Result, db, settings::Settings, storage::Storage, telemetry};

#[derive(Parser)]
#[command(version, about = "Avagar's HTTP API, WebSocket and page")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answers requests until SIGTERM or SIGINT.
    Serve,
    /// Brings the database up to date and installs the sample dataset.
    Migrate,
    /// Prints the OpenAPI description.
    Openapi,
}

#[actix_web::main]
async fn main() -> ExitCode {
    let command = Arguments::parse().command;
    if let Command::Openapi = command {
        return print_openapi();
    }
    telemetry::start();
    match run(command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<()> {
    let settings = Settings::load()?;
    let storage = Storage::open(&settings.storage)?;
    match command {
        Command::Migrate => {
            let db = db::connect_to_migrate(&settings.database).await?;
            db::migrate(&db).await?;
            sample::install(&db, &storage, &settings.server.sample_dataset_dir).await
        }
        Command::Serve => {
            let db = db::connect(&settings.database, db::Program::Api).await?;
            settings.worker.limit_users(&db).await?;
            server::serve(settings, db, storage).await
        }
        Command::Openapi => Ok(()),
    }
}

#[allow(
    clippy::print_stdout,
    reason = "the description is this command's output"
)]
fn print_openapi() -> ExitCode {
    match routes::openapi().to_pretty_json() {
        Ok(json) => {
            println!("{json}");
            ExitCode::SUCCESS
        }
        Err(_) => ExitCode::FAILURE,
    }
}
