//! Trains a network: fetch recordings and checkpoint, train on a thread of its own, carry out what the trainer reports.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use shared::{
    Error,
    checkpoints::{Checkpoint, NewCheckpoint},
    ids::{TrainingId, VoiceId},
    metrics::{Losses, StepMetrics},
    runs::{Outcome, Product, Run},
    training::{Preset, Training, TrainingConfig},
    voices::{self, NewVoice},
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout_at},
};
use uuid::Uuid;
use vits::trainer::{Directive, Finished, Observer, Report, StepReport, TrainingPlan, Utterance};

use super::Fault;
use crate::{
    Worker,
    run::{StopReason, StopSignal},
};

/// Steps between checkpoints where the training doesn't say.
const CHECKPOINT_EVERY: u32 = 250;
/// Checkpoints that are kept: the newest.
const CHECKPOINTS_KEPT: i64 = 3;
/// Progress of one job is told at most this often.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(200);
/// Reports that may wait for the database before the trainer has to.
const REPORTS_WAITING: usize = 256;
/// Of the voices that are trained, in hertz.
const SAMPLE_RATE: u32 = 16_000;
/// Pause between attempts to write where the database or the storage is away.
const WRITE_RETRY: Duration = Duration::from_secs(1);

pub(crate) async fn perform(
    worker: &Arc<Worker>,
    run: &Run,
    id: TrainingId,
    stop: StopSignal,
) -> Result<Outcome, Fault> {
    let training = run.training(id).await?;
    let workspace = tempfile::Builder::new()
        .prefix(&format!("run-{}-", run.id))
        .tempdir_in(&worker.settings.scratch_dir)?;
    let utterances = fetch_recordings(worker, run, &training).await?;
    let resume_from = fetch_checkpoint(worker, run, id, workspace.path()).await?;
    let plan = plan(&training.config.0);

    let (sender, reports) = mpsc::channel(REPORTS_WAITING);
    let thread = {
        let mut observer = Reporter {
            reports: sender,
            stop: stop.clone(),
        };
        let workspace = workspace.path().to_owned();
        tokio::task::spawn_blocking(move || {
            vits::trainer::train(
                &utterances,
                &plan,
                &workspace,
                resume_from.as_deref(),
                &mut observer,
            )
        })
    };
    let recorded = Recorder { worker, run, id }.record(reports).await;
    let finished = thread.await?;
    recorded?;
    match finished? {
        Finished::Completed { voice } => deliver(worker, &training, &voice).await,
        Finished::Stopped { .. } => Ok(stop.reason().unwrap_or(StopReason::HandBack).outcome()),
    }
}

fn plan(config: &TrainingConfig) -> TrainingPlan {
    TrainingPlan {
        preset: match config.preset {
            Preset::Tiny => vits::config::Preset::Tiny,
            Preset::Small => vits::config::Preset::Small,
            Preset::Mms => vits::config::Preset::Mms,
        },
        epochs: u64::from(config.epochs),
        batch_size: config.batch_size as usize,
        learning_rate: config.learning_rate,
        seed: config.seed,
        checkpoint_every: Some(u64::from(
            config.checkpoint_every.unwrap_or(CHECKPOINT_EVERY),
        )),
        sample_rate: SAMPLE_RATE,
    }
}

/// Brings the dataset's clips to this machine. They never change, so those that are here already are taken as they are.
async fn fetch_recordings(
    worker: &Worker,
    run: &Run,
    training: &Training,
) -> Result<Vec<Utterance>, Fault> {
    let folder = worker
        .settings
        .scratch_dir
        .join("datasets")
        .join(training.dataset_id.to_string());
    let mut utterances = Vec::new();
    for clip in run.training_clips(training.dataset_id).await? {
        let Some(key) = clip.file_path else { continue };
        let name = key.rsplit('/').next().unwrap_or(&key).to_owned();
        let audio = folder.join(&name);
        if !audio.exists() {
            let arriving = folder.join(format!("{name}.{}.tmp", run.id));
            worker.storage.get_file(&key, &arriving).await?;
            tokio::fs::rename(&arriving, &audio).await?;
        }
        utterances.push(Utterance {
            id: clip.id,
            text: clip.text,
            audio,
        });
    }
    Ok(utterances)
}

/// Fetches the newest checkpoint that is whole; answers its local folder. One that is torn is said and passed over.
async fn fetch_checkpoint(
    worker: &Worker,
    run: &Run,
    id: TrainingId,
    workspace: &Path,
) -> Result<Option<PathBuf>, Fault> {
    for checkpoint in run.checkpoints(id).await? {
        match fetch_files(worker, &checkpoint, workspace).await {
            Ok(folder) => {
                run.rewind(id, checkpoint.step).await?;
                tracing::info!(
                    run = run.id.0,
                    step = checkpoint.step,
                    "goes on from a checkpoint"
                );
                return Ok(Some(folder));
            }
            Err(Fault::Shared(error)) if error.is_transient() => return Err(error.into()),
            Err(error) => tracing::error!(
                run = run.id.0,
                step = checkpoint.step,
                "checkpoint passed over: {error}"
            ),
        }
    }
    run.rewind(id, 0).await?;
    Ok(None)
}

async fn fetch_files(
    worker: &Worker,
    checkpoint: &Checkpoint,
    workspace: &Path,
) -> Result<PathBuf, Fault> {
    let folder = workspace.join("resume");
    for file in &checkpoint.files {
        let key = format!("{}/{}", checkpoint.file_path, file.path);
        let got = worker
            .storage
            .get_file(&key, &folder.join(&file.path))
            .await?;
        if got != file.sha256 {
            return Err(Fault::Altered {
                key,
                expected: file.sha256.clone(),
                got,
            });
        }
    }
    Ok(folder)
}

/// Stores the voice; its row comes with the run's end.
async fn deliver(worker: &Worker, training: &Training, folder: &Path) -> Result<Outcome, Fault> {
    let id = VoiceId(Uuid::new_v4());
    let files = worker
        .storage
        .put_folder(&voices::folder(id), folder)
        .await?;
    Ok(Outcome::Completed(Product::Voice(NewVoice {
        id,
        name: training.dataset_name.clone(),
        language: "fa".into(),
        sample_rate: SAMPLE_RATE,
        files,
    })))
}

/// The trainer's side: hands reports over and answers with what is wanted.
struct Reporter {
    reports: mpsc::Sender<Report>,
    stop: StopSignal,
}

impl Observer for Reporter {
    fn observe(&mut self, report: Report) -> Directive {
        let nobody_listens = self.reports.blocking_send(report).is_err();
        if nobody_listens || self.stop.reason().is_some() {
            Directive::Stop
        } else {
            Directive::Continue
        }
    }
}

/// The database's side: writes down what the trainer reports, as long as the run owns its job.
struct Recorder<'a> {
    worker: &'a Worker,
    run: &'a Run,
    id: TrainingId,
}

impl Recorder<'_> {
    async fn record(&self, mut reports: mpsc::Receiver<Report>) -> Result<(), Fault> {
        let mut steps: Vec<StepMetrics> = Vec::new();
        let mut next_flush = Instant::now();
        loop {
            let report = if steps.is_empty() {
                reports.recv().await
            } else {
                match timeout_at(next_flush, reports.recv()).await {
                    Ok(report) => report,
                    Err(_) => {
                        self.flush(&mut steps).await?;
                        next_flush = Instant::now() + PROGRESS_INTERVAL;
                        continue;
                    }
                }
            };
            match report {
                Some(Report::Prepared {
                    usable,
                    excluded,
                    seconds,
                    total_steps,
                    resumed_from,
                }) => {
                    tracing::info!(
                        run = self.run.id.0,
                        usable,
                        seconds,
                        total_steps,
                        resumed_from,
                        "training"
                    );
                    for clip in excluded {
                        tracing::warn!(
                            run = self.run.id.0,
                            clip = clip.id,
                            "left out: {}",
                            clip.reason
                        );
                    }
                }
                Some(Report::Step(step)) => steps.push(metrics(&step)),
                Some(Report::Checkpoint {
                    folder,
                    step,
                    epoch,
                    mel_loss,
                }) => {
                    self.flush(&mut steps).await?;
                    self.checkpoint(&folder, step, epoch, mel_loss).await?;
                }
                None => return self.flush(&mut steps).await,
            }
        }
    }

    /// Writes the steps that wait. Where the database is away they are kept, and the trainer goes on meanwhile.
    async fn flush(&self, steps: &mut Vec<StepMetrics>) -> Result<(), Fault> {
        while !steps.is_empty() {
            match self.run.progress(self.id, steps).await {
                Ok(()) => steps.clear(),
                Err(error) => self.wait_out(error).await?,
            }
        }
        Ok(())
    }

    /// Bytes first, then the row.
    async fn checkpoint(
        &self,
        folder: &Path,
        step: u64,
        epoch: u64,
        mel_loss: f64,
    ) -> Result<(), Fault> {
        let key = format!("checkpoints/{}/step-{step:08}-run-{}", self.id, self.run.id);
        loop {
            let stored = match self.worker.storage.put_folder(&key, folder).await {
                Ok(files) => {
                    let new = NewCheckpoint {
                        epoch: i32::try_from(epoch).unwrap_or(i32::MAX),
                        step: i64::try_from(step).unwrap_or(i64::MAX),
                        loss: mel_loss,
                        file_path: key.clone(),
                        files,
                    };
                    self.run.checkpoint(self.id, new).await
                }
                Err(error) => Err(error),
            };
            match stored {
                Ok(_) => break,
                Err(error) => self.wait_out(error).await?,
            }
        }
        tracing::info!(run = self.run.id.0, step, "checkpoint");
        tokio::fs::remove_dir_all(folder).await?;
        for folder in self
            .run
            .prune_checkpoints(self.id, CHECKPOINTS_KEPT)
            .await?
        {
            self.worker.storage.delete_folder(&folder).await?;
        }
        Ok(())
    }

    async fn wait_out(&self, error: Error) -> Result<(), Fault> {
        if !error.is_transient() {
            return Err(error.into());
        }
        tracing::warn!(run = self.run.id.0, "can't be written yet: {error}");
        sleep(WRITE_RETRY).await;
        Ok(())
    }
}

fn metrics(report: &StepReport) -> StepMetrics {
    let losses = report.losses;
    StepMetrics {
        epoch: i32::try_from(report.epoch).unwrap_or(i32::MAX),
        step: i64::try_from(report.step).unwrap_or(i64::MAX),
        total_steps: i64::try_from(report.total_steps).unwrap_or(i64::MAX),
        losses: Losses {
            generator: losses.generator,
            discriminator: losses.discriminator,
            mel: losses.mel,
            kl: losses.kl,
            duration: losses.duration,
            adversarial: losses.adversarial,
            feature_matching: losses.feature_matching,
        },
        learning_rate: report.learning_rate,
        steps_per_second: report.steps_per_second,
        eta_seconds: report.eta_seconds,
    }
}
