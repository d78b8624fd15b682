//! Writes down what a trainer reports, as long as the run owns its job. While the database or the storage is away, the
//! reports wait, and the trainer goes on.

mod local_folders;
mod log_messages;
mod pending;
mod storing;

pub(super) use local_folders::resume_folder;

use std::{path::Path, time::Duration};

use domain::{
    Result, log_message::LogMessage, metrics, states::LogLevel, training::Training, training_log,
};
use jobs::{Run, RunContext};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};
use vits::training::trainer::Report;

use super::{Handlers, job_error::JobError};
use local_folders::clear;
use pending::Pending;

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

    /// Records until the trainer has ended and everything it reported is written.
    pub(super) async fn record(
        &self,
        mut reports: mpsc::Receiver<Report>,
    ) -> std::result::Result<(), JobError> {
        let mut pending = Pending::new(self.run().id, self.workspace);
        let earlier = self.earlier_event_files().await;
        let mut next_write = Instant::now();
        loop {
            tokio::select! {
                report = reports.recv(), if pending.steps.len() < STEPS_WAITING => match report {
                    Some(report) => {
                        self.context.touch();
                        pending.add(report, &earlier)?;
                    }
                    None => break,
                },
                () = sleep_until(next_write), if !pending.is_empty() => {
                    next_write = Instant::now() + self.try_write(&mut pending).await?;
                }
            }
        }
        let limit = Instant::now() + LAST_WRITE_LIMIT;
        while !pending.is_empty() {
            let Err(error) = self.write(&mut pending).await else {
                continue;
            };
            let database_away = matches!(error, domain::Error::Database(_));
            if !error.is_transient() || (!database_away && Instant::now() >= limit) {
                return Err(error.into());
            }
            self.context.touch();
            sleep_until(Instant::now() + WRITE_RETRY).await;
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

    /// Writes what can be written; answers how long to wait before the next time.
    async fn try_write(&self, pending: &mut Pending) -> std::result::Result<Duration, JobError> {
        match self.write(pending).await {
            Ok(()) => Ok(PROGRESS_INTERVAL),
            Err(error) if error.is_transient() => {
                tracing::warn!(run = self.run().id.0, "can't be written yet: {error}");
                Ok(WRITE_RETRY)
            }
            Err(error) => Err(error.into()),
        }
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
        while let Some(evaluation) = pending.evaluations.first() {
            self.store_evaluation(evaluation).await?;
            for sample in &evaluation.samples {
                clear(&sample.folder);
            }
            pending.evaluations.remove(0);
        }
        let Some(checkpoint) = &mut pending.checkpoint else {
            return Ok(());
        };
        let stored = self.store(checkpoint).await;
        if let Err(error) = &stored
            && error.is_transient()
            && !checkpoint.reported_as_waiting
        {
            checkpoint.reported_as_waiting = true;
            let message = LogMessage::CheckpointNotStored {
                step: checkpoint.step,
                cause: error.to_string(),
            };
            pending.log.push((LogLevel::Warning, message));
        }
        stored?;
        if let Some(files) = &mut pending.event_files {
            files.stored(&checkpoint.event_files);
        }
        clear(&checkpoint.folder);
        pending.checkpoint = None;
        self.prune().await
    }
}
