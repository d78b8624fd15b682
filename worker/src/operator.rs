//! `worker jobs …`: what operators do to jobs by hand.

use clap::{Subcommand, ValueEnum};
use domain::{
    Result,
    conflict::Conflict,
    db::{self, PgPool},
    kinds::kinds,
    queue::Queue,
    retention,
    settings::{Retention, Settings},
};
use jobs::{
    JobState, control,
    stats::{self, JobRow},
};
use uuid::Uuid;

/// What the owner of a job reads that an operator cancelled.
const CANCELLED: &str = "cancelled by an operator";

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Lists jobs, newest first.
    List {
        /// Only this queue: datasets, training or speech.
        #[arg(long, value_parser = queue)]
        queue: Option<Queue>,
        /// Only this state.
        #[arg(long)]
        state: Option<State>,
        /// At most so many.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        limit: i64,
    },
    /// Lets a failed job be tried again, with all its attempts.
    Retry { id: Uuid },
    /// Stops a job permanently.
    Cancel { id: Uuid },
    /// Deletes the history of ended runs and old events now; people's rows stay.
    Purge {
        /// Only what is older than this; otherwise what the configuration says.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
        older_than_days: Option<u32>,
    },
}

/// A state of a job.
#[derive(Clone, Copy, ValueEnum)]
pub enum State {
    /// Waits for a worker.
    Queued,
    /// A worker is at it.
    Running,
    /// Paused by its owner.
    Paused,
    /// Done.
    Completed,
    /// Failed.
    Failed,
    /// Stopped permanently.
    Cancelled,
}

impl From<State> for JobState {
    fn from(state: State) -> Self {
        match state {
            State::Queued => Self::Queued,
            State::Running => Self::Running,
            State::Paused => Self::Paused,
            State::Completed => Self::Completed,
            State::Failed => Self::Failed,
            State::Cancelled => Self::Cancelled,
        }
    }
}

fn queue(name: &str) -> std::result::Result<Queue, String> {
    Queue::from_name(name)
        .ok_or_else(|| format!("expected {}", Queue::ALL.map(Queue::name).join(", ")))
}

/// Does it, and prints what came of it.
pub async fn execute(command: Command, settings: &Settings) -> Result<()> {
    let db = db::connect(&settings.database, db::Program::Worker).await?;
    match command {
        Command::List {
            queue,
            state,
            limit,
        } => {
            let rows = stats::list(
                &db,
                queue.map(Queue::name),
                state.map(JobState::from),
                limit,
            )
            .await?;
            print(&table(&rows))
        }
        Command::Retry { id } => {
            control::retry_by_id(&db, &kinds(), id).await?;
            print(&format!("{id} waits for a worker again"))
        }
        Command::Cancel { id } => {
            control::cancel_by_id(&db, &kinds(), id, CANCELLED).await?;
            print(&format!(
                "{id} is cancelled, or will be at the end of its step"
            ))
        }
        Command::Purge { older_than_days } => {
            purge(&db, &settings.retention, older_than_days).await
        }
    }
}

async fn purge(db: &PgPool, configured: &Retention, days: Option<u32>) -> Result<()> {
    let keep = match days {
        None => configured.clone(),
        Some(days) => Retention {
            events_days: days,
            runs_days: days,
            idempotency_keys_days: days,
            queue_days: days,
            ..configured.clone()
        },
    };
    match retention::sweep(db, &keep).await? {
        Some(swept) => print(&format!(
            "deleted {} events, {} runs, {} idempotency keys, {} workers",
            swept.events, swept.runs, swept.keys, swept.workers
        )),
        None => Err(Conflict::RetentionRunning.into()),
    }
}

/// Columns, wide enough for what is in them.
fn table(rows: &[JobRow]) -> String {
    let head = [
        "ID", "KIND", "STATE", "USER", "ATTEMPTS", "CREATED", "WORKER", "ERROR",
    ];
    let mut lines = vec![head.map(String::from)];
    lines.extend(rows.iter().map(|row| {
        [
            row.id.to_string(),
            row.kind.clone(),
            row.status.name().into(),
            row.email.clone(),
            row.attempts.to_string(),
            row.created_at.format("%Y-%m-%d %H:%M:%S").to_string(),
            row.worker.clone().unwrap_or_else(|| "-".into()),
            row.error_message.clone().unwrap_or_else(|| "-".into()),
        ]
    }));
    let widths: [usize; 8] = std::array::from_fn(|column| {
        lines
            .iter()
            .map(|line| line[column].chars().count())
            .max()
            .unwrap_or(0)
    });
    let lines: Vec<String> = lines
        .iter()
        .map(|line| {
            let cells: Vec<String> = line
                .iter()
                .zip(widths)
                .map(|(cell, width)| format!("{cell:width$}"))
                .collect();
            cells.join("  ").trim_end().to_owned()
        })
        .collect();
    lines.join("\n")
}

#[allow(clippy::print_stdout, reason = "the answer is this command's output")]
pub(crate) fn print(answer: &str) -> Result<()> {
    println!("{answer}");
    Ok(())
}
