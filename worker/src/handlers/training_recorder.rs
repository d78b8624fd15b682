//! Writes down what a trainer reports, as long as the run owns its job. While the database or the storage is away, the
//! reports wait, and the trainer goes on.

mod local_folders;
mod log_messages;
mod pending;
mod storing;
mod transfer;

pub(super) use local_folders::{clear, start_folder};

use std::{path::Path, time::Duration};

use domain::{Result, checkpoints, evaluations, metrics, training::Training, training_log};
use futures::{StreamExt, stream::FuturesUnordered};
use jobs::{Run, RunContext};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};
use vits::training::trainer::Report;

use super::{Handlers, job_error::JobError};
use pending::Pending;
use transfer::Stored;

/// Progress of one job is published at most this often.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(200);
/// Pause between attempts to write where the database or the storage is away.
const WRITE_RETRY: Duration = Duration::from_secs(2);
/// Steps that may wait to be written (some 20 MB) before the trainer has to wait as well.
const STEPS_WAITING: usize = 100_000;
/// How long the storage may refuse the last checkpoint, once the trainer has nothing else to do, before the attempt fails.
const LAST_WRITE_LIMIT: Duration = Duration::from_secs(60);

/// The database's side of a training.
pub(super) struct Recorder<'a> {
    pub(super) handlers: &'a Handlers,
    pub(super) context: &'a RunContext<Training>,
    /// The run's own folder on this machine.
    pub(super) workspace: &'a Path,
}

impl Recorder<'_> {
    fn run(&self) -> &Run<Training> {
        self.context.run()
    }

    /// Records until the trainer has ended and everything it reported is written. Bytes travel to the storage beside that, one
    /// thing at a time, and rows name them when they have arrived.
    pub(super) async fn record(
        &self,
        mut reports: mpsc::Receiver<Report>,
    ) -> std::result::Result<(), JobError> {
        let mut pending = Pending::new(self.run().id, self.workspace);
        let earlier = self.earlier_event_files().await;
        let (mut next_write, mut next_transfer) = (Instant::now(), Instant::now());
        let mut transfers = FuturesUnordered::new();
        // None while the trainer may report more.
        let mut limit = None;
        loop {
            if transfers.is_empty()
                && Instant::now() >= next_transfer
                && let Some(transfer) = pending.next_transfer()
            {
                transfers.push(self.carry_out(transfer));
            }
            if limit.is_some() && transfers.is_empty() && pending.is_empty() {
                break;
            }
            tokio::select! {
                report = reports.recv(), if limit.is_none() && pending.steps.len() < STEPS_WAITING => match report {
                    Some(report) => {
                        self.context.touch();
                        pending.add(report, &earlier)?;
                    }
                    None => limit = Some(Instant::now() + LAST_WRITE_LIMIT),
                },
                Some((transfer, result)) = transfers.next() => {
                    let done = pending.transferred(transfer, result);
                    next_transfer = Instant::now() + self.pause_after(done, Duration::ZERO, limit)?;
                }
                () = sleep_until(next_write), if pending.has_rows() => {
                    let written = self.write(&mut pending).await;
                    next_write = Instant::now() + self.pause_after(written, PROGRESS_INTERVAL, limit)?;
                }
                () = sleep_until(next_transfer), if transfers.is_empty() && pending.has_transfers() => {}
            }
        }
        // Steps after the last checkpoint: of a training that failed, they tell why. Its next run takes them back.
        let rest = pending
            .event_files
            .as_ref()
            .map(|files| files.extents(i64::MAX));
        if let Err(error) = self.store_event_files(&rest.unwrap_or_default()).await {
            tracing::warn!(run = self.run().id.0, "TensorBoard's last steps: {error}");
        }
        Ok(())
    }

    /// How long to wait before the next time. A database that is away is waited for; the storage, too, but not beyond `limit`,
    /// where there is one.
    fn pause_after(
        &self,
        done: Result<()>,
        pause: Duration,
        limit: Option<Instant>,
    ) -> std::result::Result<Duration, JobError> {
        let Err(error) = done else { return Ok(pause) };
        let database_away = matches!(error, domain::Error::Database(_));
        let late = limit.is_some_and(|limit| Instant::now() >= limit);
        if !error.is_transient() || (late && !database_away) {
            return Err(error.into());
        }
        tracing::warn!(run = self.run().id.0, "can't be written yet: {error}");
        if limit.is_some() {
            self.context.touch();
        }
        Ok(WRITE_RETRY)
    }

    async fn write(&self, pending: &mut Pending) -> Result<()> {
        if !pending.steps.is_empty() {
            metrics::record(self.run(), &pending.steps).await?;
            pending.steps.clear();
        }
        while let Some((level, message)) = pending.log.first() {
            training_log::record(self.run(), *level, message).await?;
            pending.log.remove(0);
        }
        while let Some(stored) = pending.stored.front() {
            match stored {
                Stored::Evaluation(evaluation) => {
                    evaluations::record(self.run(), evaluation).await?;
                }
                Stored::Checkpoint(checkpoint) => {
                    checkpoints::record(self.run(), checkpoint).await?;
                    let step = checkpoint.step;
                    tracing::info!(run = self.run().id.0, step, "checkpoint");
                    pending.prune = true;
                }
            }
            pending.stored.pop_front();
        }
        if pending.prune {
            let pruned = checkpoints::prune(self.run()).await?;
            pending.deletions.extend(pruned);
            pending.prune = false;
        }
        Ok(())
    }
}
