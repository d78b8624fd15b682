//! Writes down what a trainer reports, as long as the run owns its job. While the database or the storage is away the news
//! wait, and the trainer goes on.

mod sentences;
mod storing;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use domain::{
    Result,
    measurements::{GradientNorms, Losses, StepMetrics},
    metrics,
    states::LogLevel,
    training::Training,
    training_log,
};
use jobs::{Run, RunContext};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};
use vits::training::trainer::{Evaluation, Report, StepReport};

use super::{Handlers, job_error::JobError};
use crate::tensorboard::{EventFiles, Extent};
use sentences::{left_out, taken};

/// Progress of one job is told at most this often.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(200);
/// Pause between attempts to write where the database or the storage is away.
const WRITE_RETRY: Duration = Duration::from_secs(2);
/// Steps that may wait to be written (some 20 MB) before the trainer has to wait as well.
const STEPS_WAITING: usize = 100_000;
/// How long the storage may refuse the last checkpoint, once the trainer has nothing else to do, before the attempt fails.
const LAST_WRITE_LIMIT: Duration = Duration::from_secs(60);

/// Checkpoints that are kept: the newest, and those at which the voice was best. The lowest mel loss comes before
/// the cleanest sound, so people need several to choose from.
const NEWEST_KEPT: i64 = 3;
const BEST_KEPT: i64 = 3;

/// Where a checkpoint lies until the trainer has loaded it.
pub(super) fn resume_folder(workspace: &Path, step: i64) -> PathBuf {
    workspace.join(format!("resume-{step}"))
}

/// The database's side of a training.
pub(super) struct Recorder<'a> {
    pub(super) handlers: &'a Handlers,
    pub(super) context: &'a RunContext<Training>,
    /// The run's own folder on this machine.
    pub(super) workspace: &'a Path,
}

/// What was reported and isn't written yet. Written in this order: a checkpoint comes after its steps.
#[derive(Default)]
struct News {
    sentences: Vec<(LogLevel, String)>,
    steps: Vec<StepMetrics>,
    evaluations: Vec<Evaluation>,
    checkpoint: Option<WrittenCheckpoint>,
    /// None before the first step, and where they can't be written.
    event_files: Option<EventFiles>,
}

/// A checkpoint that lies on this machine's disk.
struct WrittenCheckpoint {
    folder: PathBuf,
    step: u64,
    epoch: u64,
    mel_loss: f64,
    /// TensorBoard's files up to its step: what comes after it may be trained again.
    event_files: Vec<Extent>,
    /// Whether its owner was told already that it can't be stored.
    complained: bool,
}

impl Recorder<'_> {
    fn run(&self) -> &Run<Training> {
        self.context.run()
    }

    /// Records until the trainer has ended and everything it said is written.
    pub(super) async fn record(
        &self,
        mut reports: mpsc::Receiver<Report>,
    ) -> std::result::Result<(), JobError> {
        let mut news = News::default();
        let earlier = self.earlier_event_files().await;
        let mut next_write = Instant::now();
        loop {
            tokio::select! {
                report = reports.recv(), if news.steps.len() < STEPS_WAITING => match report {
                    Some(report) => {
                        self.context.touch();
                        self.hear(report, &earlier, &mut news);
                    }
                    None => break,
                },
                () = sleep_until(next_write), if !news.is_empty() => {
                    next_write = Instant::now() + self.try_write(&mut news).await?;
                }
            }
        }
        let limit = Instant::now() + LAST_WRITE_LIMIT;
        while !news.is_empty() {
            let Err(error) = self.write(&mut news).await else {
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
        let rest = news
            .event_files
            .as_ref()
            .map(|files| files.extents(i64::MAX));
        if let Err(error) = self.store_event_files(&rest.unwrap_or_default()).await {
            tracing::warn!(run = self.run().id.0, "TensorBoard's last steps: {error}");
        }
        Ok(())
    }

    fn hear(&self, report: Report, earlier: &[String], news: &mut News) {
        match report {
            Report::Prepared {
                usable,
                held_out,
                excluded,
                seconds,
                total_steps,
                resumed_from,
                checkpoint_bytes,
                adopted,
                compute,
            } => {
                tracing::info!(
                    run = self.run().id.0,
                    usable,
                    held_out,
                    seconds,
                    total_steps,
                    resumed_from,
                    compute,
                    "training"
                );
                // Of every run: another worker may have another machine.
                let sentence = format!("is trained on {compute}");
                news.sentences.push((LogLevel::Info, sentence));
                news.event_files = Some(EventFiles::new(
                    &self.workspace.join("tensorboard"),
                    &jobs::worker::host(),
                    self.run().id,
                    i64::try_from(resumed_from).unwrap_or(i64::MAX),
                    earlier.iter().map(String::as_str),
                ));
                if resumed_from > 0 {
                    // It is loaded, and the next one needs its room.
                    let step = i64::try_from(resumed_from).unwrap_or(i64::MAX);
                    clear(&resume_folder(self.workspace, step));
                } else {
                    let sentence = format!(
                        "learns from {usable} clips and is evaluated on {held_out}; a checkpoint takes at most {} MB, and up to {} are kept",
                        checkpoint_bytes.div_ceil(1_000_000),
                        NEWEST_KEPT + BEST_KEPT
                    );
                    news.sentences.push((LogLevel::Info, sentence));
                    news.sentences.extend(left_out(&excluded));
                    news.sentences.extend(adopted.iter().flat_map(taken));
                }
            }
            Report::Step(step) => {
                let step = step_metrics(&step);
                news.append_to_event_files(|files| files.append(&step));
                news.steps.push(step);
            }
            Report::Checkpoint {
                folder,
                step,
                epoch,
                mel_loss,
            } => {
                let newer = WrittenCheckpoint {
                    folder,
                    step,
                    epoch,
                    mel_loss,
                    event_files: news.event_files.as_ref().map_or_else(Vec::new, |files| {
                        files.extents(i64::try_from(step).unwrap_or(i64::MAX))
                    }),
                    complained: false,
                };
                if let Some(older) = news.checkpoint.replace(newer) {
                    let sentence = format!(
                        "the checkpoint at step {} could not be stored in time; the one at step {step} takes its place",
                        older.step
                    );
                    news.sentences.push((LogLevel::Warning, sentence));
                    clear(&older.folder);
                }
            }
            // A sign of life is all they are.
            Report::Decoding { .. } | Report::Evaluating { .. } => {}
            Report::Evaluated(evaluation) => {
                let (step, mel) = (evaluation.step, evaluation.losses.mel);
                tracing::info!(run = self.run().id.0, step, mel, "evaluated");
                let at = i64::try_from(step).unwrap_or(i64::MAX);
                news.append_to_event_files(|files| files.append_evaluation(at, &evaluation.losses));
                let warn = |sentence: &String| (LogLevel::Warning, sentence.clone());
                news.sentences
                    .extend(evaluation.failed_samples.iter().map(warn));
                news.evaluations.push(evaluation);
            }
            Report::StoppedEarly { step, evaluations } => {
                let sentence = format!(
                    "ends early at step {step}: the last {evaluations} evaluations found no lower mel loss"
                );
                news.sentences.push((LogLevel::Info, sentence));
            }
            Report::CheckpointFailed { step, reason } => {
                tracing::error!(run = self.run().id.0, step, "no checkpoint: {reason}");
                let sentence = format!(
                    "the checkpoint at step {step} could not be written: {reason}. The training goes on"
                );
                news.sentences.push((LogLevel::Error, sentence));
            }
        }
    }

    /// Writes what can be written; answers how long to wait before the next time.
    async fn try_write(&self, news: &mut News) -> std::result::Result<Duration, JobError> {
        match self.write(news).await {
            Ok(()) => Ok(PROGRESS_INTERVAL),
            Err(error) if error.is_transient() => {
                tracing::warn!(run = self.run().id.0, "can't be written yet: {error}");
                Ok(WRITE_RETRY)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn write(&self, news: &mut News) -> Result<()> {
        if !news.steps.is_empty() {
            metrics::record(self.run(), &news.steps).await?;
            news.steps.clear();
        }
        while let Some((level, sentence)) = news.sentences.first() {
            training_log::record(self.run(), *level, sentence).await?;
            news.sentences.remove(0);
        }
        while let Some(evaluation) = news.evaluations.first() {
            self.store_evaluation(evaluation).await?;
            for sample in &evaluation.samples {
                clear(&sample.folder);
            }
            news.evaluations.remove(0);
        }
        let Some(checkpoint) = &mut news.checkpoint else {
            return Ok(());
        };
        let stored = self.store(checkpoint).await;
        if let Err(error) = &stored
            && error.is_transient()
            && !checkpoint.complained
        {
            checkpoint.complained = true;
            let sentence = format!(
                "the checkpoint at step {} can't be stored yet: {error}. It is tried again, and the training goes on",
                checkpoint.step
            );
            news.sentences.push((LogLevel::Warning, sentence));
        }
        stored?;
        if let Some(files) = &mut news.event_files {
            files.stored(&checkpoint.event_files);
        }
        clear(&checkpoint.folder);
        news.checkpoint = None;
        self.prune().await
    }
}

impl News {
    /// Writes TensorBoard's files on; they end where that fails.
    fn append_to_event_files(
        &mut self,
        append: impl FnOnce(&mut EventFiles) -> std::io::Result<()>,
    ) {
        if let Some(files) = &mut self.event_files
            && let Err(error) = append(files)
        {
            self.event_files = None;
            let sentence = format!(
                "TensorBoard's files end here: {error}. The training goes on, and so do its curves here"
            );
            self.sentences.push((LogLevel::Warning, sentence));
        }
    }

    fn is_empty(&self) -> bool {
        self.sentences.is_empty()
            && self.steps.is_empty()
            && self.evaluations.is_empty()
            && self.checkpoint.is_none()
    }
}

/// Deletes a local folder that is not needed any more; what remains goes with the run's scratch folder.
fn clear(folder: &Path) {
    if let Err(error) = std::fs::remove_dir_all(folder) {
        tracing::warn!("{}: {error}", folder.display());
    }
}

fn step_metrics(report: &StepReport) -> StepMetrics {
    let losses = report.losses;
    StepMetrics {
        epoch: i32::try_from(report.epoch).unwrap_or(i32::MAX),
        step: i64::try_from(report.step).unwrap_or(i64::MAX),
        total_steps: i64::try_from(report.total_steps).unwrap_or(i64::MAX),
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
    }
}
