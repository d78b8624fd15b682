//! What a trainer has reported and isn't written yet.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
};

use domain::{
    Error, Result, columns,
    log_message::LogMessage,
    measurements::{GradientNorms, Losses, StepMetrics},
    states::LogLevel,
    storage::FolderUpload,
};
use jobs::RunId;
use vits::training::trainer::{ComputeReport, Evaluation, Report, StepReport};

use super::{
    local_folders::{clear, start_folder},
    log_messages,
    transfer::{Stored, Transfer, WrittenCheckpoint},
};
use crate::tensorboard::EventFiles;

/// Rows are written in the order of their fields here: a checkpoint's comes after its steps.
pub(super) struct Pending {
    pub(super) steps: Vec<StepMetrics>,
    pub(super) log: Vec<(LogLevel, LogMessage)>,
    pub(super) stored: VecDeque<Stored>,
    /// Whether a row of a checkpoint was written since the oldest ones were deleted.
    pub(super) prune: bool,
    evaluations: VecDeque<Evaluation>,
    /// The newest, while an older one may be under way.
    checkpoint: Option<WrittenCheckpoint>,
    /// Of checkpoints that newer ones have replaced.
    discarded: VecDeque<FolderUpload>,
    /// Folders of the storage.
    pub(super) deletions: VecDeque<String>,
    /// None before the first step, and where they can't be written.
    pub(super) event_files: Option<EventFiles>,
    run: RunId,
    /// The run's own folder on this machine.
    workspace: PathBuf,
}

impl Pending {
    pub(super) fn new(run: RunId, workspace: &Path) -> Self {
        Self {
            steps: Vec::new(),
            log: Vec::new(),
            stored: VecDeque::new(),
            prune: false,
            evaluations: VecDeque::new(),
            checkpoint: None,
            discarded: VecDeque::new(),
            deletions: VecDeque::new(),
            event_files: None,
            run,
            workspace: workspace.to_owned(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.has_rows() && !self.has_transfers()
    }

    pub(super) fn has_rows(&self) -> bool {
        !self.steps.is_empty() || !self.log.is_empty() || !self.stored.is_empty() || self.prune
    }

    pub(super) fn has_transfers(&self) -> bool {
        !self.evaluations.is_empty()
            || self.checkpoint.is_some()
            || !self.discarded.is_empty()
            || !self.deletions.is_empty()
    }

    /// What is to be done next; it is taken out of here until it is handed to [`Pending::transferred`].
    pub(super) fn next_transfer(&mut self) -> Option<Transfer> {
        let evaluation = self.evaluations.pop_front().map(Transfer::Evaluation);
        evaluation
            .or_else(|| self.checkpoint.take().map(Transfer::Checkpoint))
            .or_else(|| self.discarded.pop_front().map(Transfer::Discard))
            .or_else(|| self.deletions.pop_front().map(Transfer::Deletion))
    }

    /// Takes note of how it went.
    ///
    /// # Errors
    /// That of the transfer, which waits here to be done again.
    pub(super) fn transferred(
        &mut self,
        transfer: Transfer,
        result: Result<Option<Stored>>,
    ) -> Result<()> {
        match result {
            Ok(stored) => {
                self.clear_local(transfer);
                self.stored.extend(stored);
                Ok(())
            }
            Err(error) => {
                match transfer {
                    Transfer::Evaluation(evaluation) => self.evaluations.push_front(evaluation),
                    Transfer::Checkpoint(checkpoint) => self.put_back(checkpoint, &error),
                    Transfer::Discard(_) | Transfer::Deletion(_) => {}
                }
                Err(error)
            }
        }
    }

    /// Deletes what lies on this machine of something that has arrived in the storage.
    fn clear_local(&mut self, transfer: Transfer) {
        match transfer {
            Transfer::Evaluation(evaluation) => {
                for sample in &evaluation.samples {
                    clear(&sample.folder);
                }
            }
            Transfer::Checkpoint(checkpoint) => {
                if let Some(files) = &mut self.event_files {
                    files.stored(&checkpoint.event_files);
                }
                clear(&checkpoint.folder);
            }
            Transfer::Discard(_) | Transfer::Deletion(_) => {}
        }
    }

    /// A checkpoint that could not be stored yet waits for its next try, if there is no newer one.
    fn put_back(&mut self, mut checkpoint: WrittenCheckpoint, error: &Error) {
        if let Some(newer) = self.checkpoint.take() {
            let newer_step = newer.step;
            self.checkpoint = Some(newer);
            self.drop_older(checkpoint, newer_step);
            return;
        }
        if error.is_transient() && !checkpoint.reported_as_waiting {
            checkpoint.reported_as_waiting = true;
            let message = LogMessage::CheckpointNotStored {
                step: checkpoint.step,
                cause: error.to_string(),
            };
            self.log(LogLevel::Warning, message);
        }
        self.checkpoint = Some(checkpoint);
    }

    /// A newer checkpoint is there, and there is room for one.
    fn drop_older(&mut self, older: WrittenCheckpoint, newer_step: u64) {
        let message = LogMessage::CheckpointReplaced {
            step: older.step,
            newer_step,
        };
        self.log(LogLevel::Warning, message);
        clear(&older.folder);
        self.discarded.extend(older.upload);
    }

    /// Adds what was reported. `earlier` are the names of TensorBoard's files that earlier runs have stored.
    ///
    /// # Errors
    /// Where a number is too large for its column.
    pub(super) fn add(&mut self, report: Report, earlier: &[String]) -> Result<()> {
        match report {
            // A sign of life is all they are.
            Report::Decoding { .. } | Report::Evaluating { .. } => {}
            Report::Prepared {
                resumed: true,
                resumed_from,
                compute,
                ..
            } => self.begin(resumed_from, &compute, earlier)?,
            Report::Prepared {
                usable,
                held_out,
                excluded,
                resumed_from,
                checkpoint_bytes,
                loaded,
                compute,
                ..
            } => {
                self.begin(resumed_from, &compute, earlier)?;
                let prepared = log_messages::prepared(usable, held_out, checkpoint_bytes);
                self.log(LogLevel::Info, prepared);
                self.log.extend(log_messages::excluded(&excluded));
                self.log
                    .extend(loaded.iter().flat_map(log_messages::loaded));
            }
            Report::Step(step) => {
                let step = step_metrics(&step)?;
                self.append_to_event_files(|files| files.append(&step));
                self.steps.push(step);
            }
            Report::Evaluated(evaluation) => self.add_evaluation(evaluation)?,
            Report::Checkpoint {
                folder,
                step,
                epoch,
                mel_loss,
            } => self.add_checkpoint(folder, step, epoch, mel_loss)?,
            Report::CheckpointFailed {
                step,
                reason: cause,
            } => {
                tracing::error!(run = self.run.0, step, "no checkpoint: {cause}");
                let message = LogMessage::CheckpointFailed { step, cause };
                self.log(LogLevel::Error, message);
            }
            Report::StoppedEarly { step, evaluations } => {
                let message = LogMessage::StoppedEarly { step, evaluations };
                self.log(LogLevel::Info, message);
            }
        }
        Ok(())
    }

    fn log(&mut self, level: LogLevel, message: LogMessage) {
        self.log.push((level, message));
    }

    /// The first step follows, or the one after a checkpoint.
    fn begin(
        &mut self,
        resumed_from: u64,
        compute: &ComputeReport,
        earlier: &[String],
    ) -> Result<()> {
        tracing::info!(run = self.run.0, resumed_from, ?compute, "training");
        self.log(LogLevel::Info, log_messages::device(compute));
        let resumed_from = columns::bigint(resumed_from, "step of the checkpoint")?;
        // It is loaded, and the next checkpoint needs its room.
        clear(&start_folder(&self.workspace));
        self.event_files = Some(EventFiles::new(
            &self.workspace.join("tensorboard"),
            &jobs::worker::host(),
            self.run,
            resumed_from,
            earlier.iter().map(String::as_str),
        ));
        Ok(())
    }

    fn add_evaluation(&mut self, evaluation: Evaluation) -> Result<()> {
        let (step, mel) = (evaluation.step, evaluation.losses.mel);
        tracing::info!(run = self.run.0, step, mel, "evaluated");
        let at = columns::bigint(step, "step")?;
        let (losses, spoken) = (&evaluation.losses, evaluation.spoken.as_ref());
        self.append_to_event_files(|files| files.append_evaluation(at, losses, spoken));
        for failed in &evaluation.failed_samples {
            let message = LogMessage::SampleFailed {
                clip: failed.clip.clone(),
                cause: failed.cause.clone(),
            };
            self.log(LogLevel::Warning, message);
        }
        self.evaluations.push_back(evaluation);
        Ok(())
    }

    fn add_checkpoint(
        &mut self,
        folder: PathBuf,
        step: u64,
        epoch: u64,
        mel_loss: f64,
    ) -> Result<()> {
        let up_to = columns::bigint(step, "step")?;
        let files = self.event_files.as_ref();
        let newer = WrittenCheckpoint {
            folder,
            step,
            epoch,
            mel_loss,
            event_files: files.map_or_else(Vec::new, |files| files.extents(up_to)),
            upload: None,
            reported_as_waiting: false,
        };
        if let Some(older) = self.checkpoint.replace(newer) {
            self.drop_older(older, step);
        }
        Ok(())
    }

    /// Continues TensorBoard's files; they end where that fails.
    fn append_to_event_files(
        &mut self,
        append: impl FnOnce(&mut EventFiles) -> std::io::Result<()>,
    ) {
        if let Some(files) = &mut self.event_files
            && let Err(error) = append(files)
        {
            self.event_files = None;
            let cause = error.to_string();
            self.log(LogLevel::Warning, LogMessage::EventFilesEnded { cause });
        }
    }
}

fn step_metrics(report: &StepReport) -> Result<StepMetrics> {
    let losses = report.losses;
    Ok(StepMetrics {
        epoch: columns::integer(report.epoch, "epoch")?,
        step: columns::bigint(report.step, "step")?,
        total_steps: columns::bigint(report.total_steps, "steps of the training")?,
        // libtorch computes them in single precision, so nothing is lost.
        losses: Losses {
            generator: losses.generator as f32,
            discriminator: losses.discriminator as f32,
            mel: losses.mel as f32,
            kl: losses.kl as f32,
            duration: losses.duration as f32,
            adversarial: losses.adversarial as f32,
            feature_matching: losses.feature_matching as f32,
        },
        gradient_norms: Some(GradientNorms {
            generator: report.generator_gradient_norm as f32,
            discriminator: report.discriminator_gradient_norm as f32,
        }),
        learning_rate: report.learning_rate,
        steps_per_second: report.steps_per_second,
        eta_seconds: report.eta_seconds,
    })
}
