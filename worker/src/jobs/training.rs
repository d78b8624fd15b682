//! Trains a network: fetch recordings and checkpoint, train on a thread of its own, carry out what the trainer reports.

use std::path::{Path, PathBuf};

use domain::{
    checkpoints, evaluations,
    ids::{DatasetId, RunId, TrainingId, VoiceId},
    runs::{Outcome, Product, Run},
    training::{BaseModel, Optimizer, Precision, Preset, Training, TrainingConfig},
    training_log::LogLevel,
    voices::{self, NewVoice},
};
use tokio::sync::mpsc;
use uuid::Uuid;
use vits::trainer::{
    Directive, Finished, Observer, Origin, Recipe, Report, TrainingPlan, Utterance, Validation,
};

use super::{Fault, Jobs, training_recorder::Recorder};
use crate::memory;
use runner::leash::{Leash, StopReason};

/// Steps between checkpoints where the training doesn't say.
const CHECKPOINT_EVERY: u32 = 250;
/// Reports that may wait for the database before the trainer has to.
const REPORTS_WAITING: usize = 256;
/// Of the voices that begin from nothing, in hertz.
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
    let samples = run.sample_folders(id).await?;
    sweep(
        jobs,
        run,
        leash,
        &evaluations::folder(id),
        &samples.iter().collect::<Vec<_>>(),
    )
    .await;
    let base = match (&resume_from, &training.config.base) {
        (None, Some(base)) => Some(base_folder(jobs, run, base).await?),
        // A checkpoint has all that was taken from it.
        _ => None,
    };
    let plan = plan(&training.config.0);

    let (sender, reports) = mpsc::channel(REPORTS_WAITING);
    let thread = {
        let mut observer = Reporter {
            reports: sender,
            leash: leash.clone(),
            memory_limit: match jobs.settings.memory_limit_mb {
                0 => memory::available(),
                megabytes => Some(megabytes << 20),
            },
        };
        let workspace = workspace.path().to_owned();
        let front_end = dataset_folder(jobs, training.dataset_id);
        tokio::task::spawn_blocking(move || {
            let origin = match (&resume_from, &base) {
                (Some(checkpoint), _) => Origin::Checkpoint(checkpoint),
                (None, Some(base)) => Origin::Base(base),
                (None, None) => Origin::Scratch,
            };
            vits::trainer::train(
                &utterances,
                &plan,
                origin,
                &front_end,
                &workspace,
                &mut observer,
            )
        })
    };
    let recorder = Recorder {
        jobs,
        run,
        leash,
        id,
        workspace: workspace.path(),
    };
    let recorded = recorder.record(reports).await;
    let finished = thread.await?;
    recorded?;
    match finished? {
        Finished::Completed { voice, sample_rate } => {
            deliver(jobs, leash, &training, &voice, sample_rate).await
        }
        Finished::Stopped { .. } => Ok(leash.reason().unwrap_or(StopReason::HandBack).outcome()),
    }
}

fn plan(config: &TrainingConfig) -> TrainingPlan {
    let Optimizer::AdamW = config.optimizer;
    TrainingPlan {
        preset: config.preset.map(|preset| match preset {
            Preset::Tiny => vits::config::Preset::Tiny,
            Preset::Small => vits::config::Preset::Small,
            Preset::Mms => vits::config::Preset::Mms,
        }),
        recipe: match config.base {
            Some(_) => Recipe::FineTuning,
            None => Recipe::Scratch,
        },
        epochs: u64::from(config.epochs),
        batch_size: config.batch_size as usize,
        learning_rate: config.learning_rate,
        seed: config.seed,
        checkpoint_every: Some(u64::from(
            config.checkpoint_every.unwrap_or(CHECKPOINT_EVERY),
        )),
        validation: match config.validation_split {
            0.0 => Validation::None,
            fraction => Validation::Split(fraction),
        },
        early_stopping: config.early_stopping,
        sample_rate: SAMPLE_RATE,
        precision: match config.precision {
            Precision::Auto => vits::trainer::Precision::Auto,
            Precision::Fp32 => vits::trainer::Precision::Single,
            Precision::Bf16 => vits::trainer::Precision::Bfloat16,
        },
    }
}

/// The folder of the model that a training begins from, which has to lie on this machine.
async fn base_folder(jobs: &Jobs, run: &Run, base: &BaseModel) -> Result<PathBuf, Fault> {
    let repo = base.repo_id.clone();
    let Some((cache, folder)) = run.model_folder(base.model_id).await? else {
        return Err(Fault::BaseGone { repo });
    };
    let here = jobs.downloads.cache();
    if cache != here {
        return Err(Fault::BaseElsewhere {
            repo,
            there: cache,
            here: here.to_owned(),
        });
    }
    Ok(folder.into())
}

/// Where a dataset's clips lie on this machine, and what has been decoded of them.
fn dataset_folder(jobs: &Jobs, dataset: DatasetId) -> PathBuf {
    let datasets = jobs.settings.scratch_dir.join("datasets");
    datasets.join(dataset.to_string())
}

/// Brings the dataset's clips to this machine. They never change, so those that are here already are taken as they are.
async fn fetch_recordings(
    jobs: &Jobs,
    run: &Run,
    training: &Training,
    leash: &Leash,
) -> Result<Vec<Utterance>, Fault> {
    let folder = dataset_folder(jobs, training.dataset_id);
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

/// Where a checkpoint lies until the trainer has loaded it.
pub(super) fn resume_folder(workspace: &Path, step: i64) -> PathBuf {
    workspace.join(format!("resume-{step}"))
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
    let recorded = checkpoints.iter().map(|checkpoint| &checkpoint.file_path);
    sweep(
        jobs,
        run,
        leash,
        &checkpoints::folder(id),
        &recorded.collect::<Vec<_>>(),
    )
    .await;
    for checkpoint in &checkpoints {
        let folder = resume_folder(workspace, checkpoint.step);
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

/// Deletes the folders in `folder` that earlier runs have left and never recorded, as long as `run` owns its job.
async fn sweep(jobs: &Jobs, run: &Run, leash: &Leash, folder: &str, recorded: &[&String]) {
    let swept = async {
        for name in jobs.storage.folders(folder).await? {
            let left = format!("{folder}/{name}");
            if !is_of_earlier_run(&name, run.id) || recorded.contains(&&left) {
                continue;
            }
            leash.confirm(jobs.confirmed_within()).await?;
            jobs.storage.delete_folder(&left).await?;
        }
        Ok::<_, domain::Error>(())
    };
    if let Err(error) = swept.await {
        tracing::warn!("{folder}: what earlier runs left could not be deleted: {error}");
    }
}

/// Whether a folder was written by an earlier run: its name ends in the run's number. A run that was frozen when it cleared
/// up, and thaws when a later one has the job, meets that one's folders, whose rows may not be written yet. A name without
/// a number was written by no run that lives.
fn is_of_earlier_run(name: &str, run: RunId) -> bool {
    let number = name.rsplit_once("-run-").map(|(_, number)| number.parse());
    !matches!(number, Some(Ok(number)) if RunId(number) >= run)
}

/// Stores the voice; its row comes with the run's end.
async fn deliver(
    jobs: &Jobs,
    leash: &Leash,
    training: &Training,
    folder: &Path,
    sample_rate: u32,
) -> Result<Outcome, Fault> {
    let id = VoiceId(Uuid::new_v4());
    let files = jobs.put_folder(leash, &voices::folder(id), folder).await?;
    Ok(Outcome::Completed(Product::Voice(NewVoice {
        id,
        name: training.dataset_name.clone(),
        language: "fa".into(),
        sample_rate,
        base: training.config.base.clone(),
        files,
    })))
}

/// The trainer's side: hands reports over and answers with what is wanted.
struct Reporter {
    reports: mpsc::Sender<Report>,
    leash: Leash,
    /// Bytes.
    memory_limit: Option<u64>,
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

    fn memory_limit(&self) -> Option<u64> {
        self.memory_limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_earlier_runs_wrote_is_theirs_to_leave() {
        for (name, earlier) in [
            ("step-00000020-run-8", true),
            ("step-00000020-1-run-8", true),
            ("step-00000020-run-9", false),
            ("step-00000020-run-10", false),
            ("step-00000020-0-run-100", false),
            ("step-00000020", true),
            ("step-00000020-run-", true),
            ("step-00000020-run-x", true),
        ] {
            assert_eq!(is_of_earlier_run(name, RunId(9)), earlier, "{name}");
        }
    }
}
