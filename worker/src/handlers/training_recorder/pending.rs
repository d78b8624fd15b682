//! What a trainer has reported and isn't written yet.

use std::path::{Path, PathBuf};

use domain::{
    Result, columns,
    log_message::LogMessage,
    measurements::{GradientNorms, Losses, StepMetrics},
    states::LogLevel,
};
use jobs::RunId;
use vits::training::trainer::{ComputeReport, Evaluation, Report, StepReport};

use super::{
    local_folders::{clear, resume_folder},
    log_messages,
};
use crate::tensorboard::{EventFiles, Extent};

/// Written in this order: a checkpoint comes after its steps.
pub(super) struct Pending {
    pub(super) log: Vec<(LogLevel, LogMessage)>,
    pub(super) steps: Vec<StepMetrics>,
    pub(super) evaluations: Vec<Evaluation>,
    pub(super) checkpoint: Option<WrittenCheckpoint>,
    /// None before the first step, and where they can't be written.
    pub(super) event_files: Option<EventFiles>,
    run: RunId,
    /// The run's own folder on this machine.
    workspace: PathBuf,
}

/// A checkpoint that lies on this machine's disk.
pub(super) struct WrittenCheckpoint {
    pub(super) folder: PathBuf,
    pub(super) step: u64,
    pub(super) epoch: u64,
    pub(super) mel_loss: f64,
    /// TensorBoard's files up to its step: what comes after it may be trained again.
    pub(super) event_files: Vec<Extent>,
    /// Whether the log says already that it can't be stored yet.
    pub(super) reported_as_waiting: bool,
}

impl Pending {
    pub(super) fn new(run: RunId, workspace: &Path) -> Self {
        Self {
            log: Vec::new(),
            steps: Vec::new(),
            evaluations: Vec::new(),
            checkpoint: None,
            event_files: None,
            run,
            workspace: workspace.to_owned(),
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.log.is_empty()
            && self.steps.is_empty()
            && self.evaluations.is_empty()
            && self.checkpoint.is_none()
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
                resumed_from,
                compute,
                ..
            } if resumed_from > 0 => {
                self.begin(resumed_from, &compute, earlier)?;
                // It is loaded, and the next one needs its room.
                clear(&resume_folder(
                    &self.workspace,
                    columns::bigint(resumed_from, "step of the checkpoint")?,
                ));
            }
            Report::Prepared {
                usable,
                held_out,
                excluded,
                checkpoint_bytes,
                loaded,
                compute,
                ..
            } => {
                self.begin(0, &compute, earlier)?;
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
        self.event_files = Some(EventFiles::new(
            &self.workspace.join("tensorboard"),
            &jobs::worker::host(),
            self.run,
            columns::bigint(resumed_from, "step of the checkpoint")?,
            earlier.iter().map(String::as_str),
        ));
        Ok(())
    }

    fn add_evaluation(&mut self, evaluation: Evaluation) -> Result<()> {
        let (step, mel) = (evaluation.step, evaluation.losses.mel);
        tracing::info!(run = self.run.0, step, mel, "evaluated");
        let at = columns::bigint(step, "step")?;
        self.append_to_event_files(|files| files.append_evaluation(at, &evaluation.losses));
        for failed in &evaluation.failed_samples {
            let message = LogMessage::SampleFailed {
                clip: failed.clip.clone(),
                cause: failed.cause.clone(),
            };
            self.log(LogLevel::Warning, message);
        }
        self.evaluations.push(evaluation);
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
            reported_as_waiting: false,
        };
        if let Some(older) = self.checkpoint.replace(newer) {
            let message = LogMessage::CheckpointReplaced {
                step: older.step,
                newer_step: step,
            };
            self.log(LogLevel::Warning, message);
            clear(&older.folder);
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
