//! Trains a network: fetch recordings and checkpoint, train on a thread of its own, carry out what the trainer reports.

use std::path::{Path, PathBuf};

use shared::{
    checkpoints::{self, Checkpoint},
    ids::{TrainingId, VoiceId},
    runs::{Outcome, Product, Run},
    training::{Preset, Training, TrainingConfig},
    training_log::LogLevel,
    voices::{self, NewVoice},
};
use tokio::sync::mpsc;
use uuid::Uuid;
use vits::trainer::{Directive, Finished, Observer, Report, TrainingPlan, Utterance};

use super::{Fault, Jobs, training_recorder::Recorder};
use runner::leash::{Leash, StopReason};

/// Steps between checkpoints where the training doesn't say.
const CHECKPOINT_EVERY: u32 = 250;
/// Reports that may wait for the database before the trainer has to.
const REPORTS_WAITING: usize = 256;
/// Of the voices that are trained, in hertz.
const SAMPLE_RATE: u32 = 16_000;

pub(crate) async fn perform(
    jobs: &Jobs,
    run: &Run,
    id: TrainingId,
    leash: &Leash,
) -> Result<Outcome, Fault> {
    let training = run.training(id).await?;
    let workspace = jobs.scratch(run)?;
    let utterances = fetch_recordings(jobs, run, &training, leash).await?;
    let resume_from = fetch_checkpoint(jobs, run, id, leash, workspace.path()).await?;
    let plan = plan(&training.config.0);

    let (sender, reports) = mpsc::channel(REPORTS_WAITING);
    let thread = {
        let mut observer = Reporter {
            reports: sender,
            leash: leash.clone(),
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
    let recorder = Recorder {
        jobs,
        run,
        leash,
        id,
    };
    let recorded = recorder.record(reports).await;
    let finished = thread.await?;
    recorded?;
    match finished? {
        Finished::Completed { voice } => deliver(jobs, leash, &training, &voice).await,
        Finished::Stopped { .. } => Ok(leash.reason().unwrap_or(StopReason::HandBack).outcome()),
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
    jobs: &Jobs,
    run: &Run,
    training: &Training,
    leash: &Leash,
) -> Result<Vec<Utterance>, Fault> {
    let folder = jobs
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
            jobs.storage.get_file(&key, &arriving).await?;
            tokio::fs::rename(&arriving, &audio).await?;
        }
        leash.pulse();
        utterances.push(Utterance {
            id: clip.id,
            text: clip.text,
            audio,
        });
    }
    Ok(utterances)
}

/// Fetches the newest checkpoint that is whole; answers its local folder. One that is torn is passed over, and the
/// training's owner is told. `None` where there is no checkpoint yet.
async fn fetch_checkpoint(
    jobs: &Jobs,
    run: &Run,
    id: TrainingId,
    leash: &Leash,
    workspace: &Path,
) -> Result<Option<PathBuf>, Fault> {
    let checkpoints = run.checkpoints(id).await?;
    sweep(jobs, id, &checkpoints).await;
    for checkpoint in &checkpoints {
        let folder = workspace.join(format!("resume-{}", checkpoint.step));
        let (step, fetched) = (
            checkpoint.step,
            jobs.fetch(leash, &checkpoint.file_path, &checkpoint.files, &folder),
        );
        match fetched.await {
            Ok(()) => {
                run.rewind(id, step).await?;
                tracing::info!(run = run.id.0, step, "goes on from a checkpoint");
                let message = format!("goes on from the checkpoint at step {step}");
                run.log(id, LogLevel::Info, &message).await?;
                return Ok(Some(folder));
            }
            Err(fault) if fault.is_transient() => return Err(fault),
            Err(fault) => {
                tracing::error!(run = run.id.0, step, "checkpoint passed over: {fault}");
                let message =
                    format!("the checkpoint at step {step} is torn and was passed over: {fault}");
                run.log(id, LogLevel::Warning, &message).await?;
            }
        }
    }
    if !checkpoints.is_empty() {
        return Err(Fault::NoWholeCheckpoint(checkpoints.len()));
    }
    run.rewind(id, 0).await?;
    Ok(None)
}

/// Deletes what runs that were killed have left of checkpoints they never recorded.
async fn sweep(jobs: &Jobs, id: TrainingId, recorded: &[Checkpoint]) {
    let folder = checkpoints::folder(id);
    let swept = async {
        for name in jobs.storage.folders(&folder).await? {
            let left = format!("{folder}/{name}");
            if recorded
                .iter()
                .all(|checkpoint| checkpoint.file_path != left)
            {
                jobs.storage.delete_folder(&left).await?;
            }
        }
        Ok::<_, shared::Error>(())
    };
    if let Err(error) = swept.await {
        tracing::warn!("{folder}: what earlier runs left could not be deleted: {error}");
    }
}

/// Stores the voice; its row comes with the run's end.
async fn deliver(
    jobs: &Jobs,
    leash: &Leash,
    training: &Training,
    folder: &Path,
) -> Result<Outcome, Fault> {
    let id = VoiceId(Uuid::new_v4());
    let files = jobs.put_folder(leash, &voices::folder(id), folder).await?;
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
    leash: Leash,
}

impl Observer for Reporter {
    fn observe(&mut self, report: Report) -> Directive {
        let nobody_listens = self.reports.blocking_send(report).is_err();
        if nobody_listens || self.leash.reason().is_some() {
            Directive::Stop
        } else {
            Directive::Continue
        }
    }
}
