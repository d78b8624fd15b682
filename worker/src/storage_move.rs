//! `worker storage …`: what operators do to the files by hand.

use std::time::{Duration, Instant};

use clap::Subcommand;
use domain::{
    Result,
    settings::Settings,
    storage::{Moved, Storage, copy_all},
};

use crate::operator::print;

/// How often it says how far it is.
const REPORT_INTERVAL: Duration = Duration::from_secs(10);
/// Times that everything is looked through: what is written meanwhile is copied by the next one.
const MAX_PASSES: u32 = 5;

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Copies all files to another folder or bucket, and reads every copy back; jobs may run meanwhile. Goes on where it broke off.
    /// Deletes nothing. docs/storage.md has all the steps of a move.
    Move {
        /// Where to, as in storage.url. What is copied lies in storage.url; if that is this one, in storage.also_read_url.
        #[arg(long)]
        to: String,
        /// Also reads what is there already, and copies again what differs from the original.
        #[arg(long)]
        compare: bool,
    },
}

/// Does it, and prints what came of it.
///
/// # Errors
/// Where one of the two places fails; what was copied until then stays.
pub async fn execute(command: Command, settings: &Settings) -> Result<()> {
    let Command::Move { to, compare } = command;
    let (from, to) = Storage::open_to_move(&settings.storage, &to)?;
    for pass in 1..=MAX_PASSES {
        // Once is enough: what a later pass finds there was read back by an earlier one.
        let moved = copy_all(&from, &to, compare && pass == 1, reporter()).await?;
        print(&describe(moved))?;
        if moved.copied == 0 {
            return print("everything is there");
        }
    }
    print(
        "files are still being written; run it again when no process writes to the old place any more",
    )
}

/// Logs now and then.
fn reporter() -> impl FnMut(Moved) {
    let mut reported_at = Instant::now();
    move |moved| {
        if reported_at.elapsed() >= REPORT_INTERVAL {
            reported_at = Instant::now();
            tracing::info!("{}", describe(moved));
        }
    }
}

fn describe(moved: Moved) -> String {
    let Moved {
        copied,
        copied_bytes,
        present,
        deleted,
    } = moved;
    let mebibytes = copied_bytes >> 20;
    format!(
        "{copied} files ({mebibytes} MiB) copied and read back, {present} were there already, {deleted} were deleted meanwhile"
    )
}
