//! `api`: the HTTP API, the WebSocket and the page.

mod anonymous_limit;
mod app;
mod auth_user;
mod body;
mod caller;
mod description;
mod fallback;
mod files;
mod handlers;
mod hub_access;
mod hub_caller;
mod hub_token;
mod idempotency;
mod limits;
mod live;
mod live_frames;
mod middleware;
mod page;
mod paging;
mod problem;
mod query;
mod refusals;
mod routes;
mod sample;
mod server;
mod shipped_voice;
mod tokens;
mod urls;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use domain::{Result, db, settings::Settings, storage::Storage, telemetry};

use crate::app::App;

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
            sample::install(&db, &storage, &settings.server.sample_dataset_dir).await?;
            shipped_voice::install(&db, &storage, &settings.server.shipped_voice_dir).await
        }
        Command::Serve => {
            let db = db::connect(&settings.database, db::Program::Api).await?;
            settings.worker.limit_users(&db).await?;
            server::serve(App::start(settings, db, storage)?).await
        }
        Command::Openapi => Ok(()),
    }
}

#[allow(
    clippy::print_stdout,
    reason = "the description is this command's output"
)]
fn print_openapi() -> ExitCode {
    match description::description().to_pretty_json() {
        Ok(json) => {
            println!("{json}");
            ExitCode::SUCCESS
        }
        Err(_) => ExitCode::FAILURE,
    }
}
