//! Trains a network: fetch recordings and checkpoint, train on a thread of its own, carry out what the trainer reports.

use std::path::{Path, PathBuf};

use domain::{
    checkpoints,
    dictionary::Pronunciations,
    evaluations, folders,
    ids::{DatasetId, VoiceId},
    log_message::LogMessage,
    metrics,
    states::LogLevel,
    text_analysis::TextMode,
    training::{self, Optimizer, Precision, Preset, Training, TrainingConfig},
    training_dictionary, training_log,
    voices::NewVoice,
};
use jobs::{Handler, Outcome, RunContext, RunId, StopReason};
use tokio::sync::mpsc;
use uuid::Uuid;
use vits::training::trainer::{
    Directive, Finished, InitFrom, Observer, Recipe, Report, TrainingPlan, Utterance, Validation,
};

use super::{
    Handlers, base_model,
    job_error::JobError,
    training_recorder::{Recorder, resume_folder},
};
use crate::{
    local_cache::CachedFolder,
    memory,
    script::{Reader, in_one_piece},
    voice::write_dictionary,
};

/// Steps between checkpoints where the training doesn't say.
const CHECKPOINT_EVERY: u32 = 250;
/// Reports that may wait for the database before the trainer has to.
const REPORTS_WAITING: usize = 256;
/// Of the voices that begin from nothing, in hertz.
const SAMPLE_RATE: u32 = 16_000;

impl Handler<Training> for Handlers {
    async fn run(&self, context: RunContext<Training>) -> Outcome<NewVoice> {
        let ended = run(self, &context).await;
        ended.unwrap_or_else(JobError::outcome)
    }
}

async fn run(
    handlers: &Handlers,
    context: &RunContext<Training>,
) -> Result<Outcome<NewVoice>, JobError> {
    let run = context.run();
    let training = training::of_run(run).await?;
    let workspace = context.scratch()?;
    let dataset = open_dataset(handlers, training.dataset_id).await?;
    let utterances = fetch_recordings(handlers, context, &training, dataset.folder()).await?;
    let dictionary = training_dictionary::kept(run.db(), run.job).await?;
    let utterances = read(handlers, training.config.text, utterances, &dictionary).await?;
    let resume_from = fetch_checkpoint(handlers, context, workspace.path()).await?;
    let samples = evaluations::sample_folders(run).await?;
    sweep(
        handlers,
        context,
        &folders::samples(run.job),
        &samples.iter().collect::<Vec<_>>(),
    )
    .await;
    let base = match (&resume_from, &training.config.base) {
        (None, Some(base)) => Some(base_model::folder(handlers, context, base).await?),
        // A checkpoint has all that was taken from it.
        _ => None,
    };
    let plan = plan(&training.config.0);

    let (sender, reports) = mpsc::channel(REPORTS_WAITING);
    let thread = {
        let mut observer = Reporter {
            reports: sender,
            context: context.clone(),
            memory_limit: match handlers.settings.memory_limit_mb {
                0 => memory::available(),
                megabytes => Some(megabytes << 20),
            },
        };
        let workspace = workspace.path().to_owned();
        let audio_cache = dataset.folder().to_owned();
        tokio::task::spawn_blocking(move || {
            let origin = match (&resume_from, &base) {
                (Some(checkpoint), _) => InitFrom::Checkpoint(checkpoint),
                (None, Some(base)) => InitFrom::Pretrained(base.path()),
                (None, None) => InitFrom::Scratch,
            };
            vits::training::trainer::train(
                &utterances,
                &plan,
                origin,
                &audio_cache,
                &workspace,
                &mut observer,
            )
        })
    };
    let recorder = Recorder {
        handlers,
        context,
        workspace: workspace.path(),
    };
    let recorded = recorder.record(reports).await;
    let finished = thread.await?;
    recorded?;
    match finished? {
        Finished::Completed { voice, sample_rate } => {
            write_dictionary(&voice, &dictionary)?;
            store_voice(handlers, context, &training, &voice, sample_rate).await
        }
        Finished::Stopped { .. } => Ok(context
            .stop_requested()
            .unwrap_or(StopReason::HandBack)
            .outcome()),
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
        text: config.text.map(|text| match text {
            TextMode::Characters => vits::text::TextMode::Characters,
            TextMode::Phonemes => vits::text::TextMode::Phonemes,
        }),
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
            Precision::Auto => vits::training::trainer::Precision::Auto,
            Precision::Fp32 => vits::training::trainer::Precision::Single,
            Precision::Bf16 => vits::training::trainer::Precision::Bfloat16,
        },
    }
}

/// What this machine has of the dataset; it stays as long as this is kept.
async fn open_dataset(handlers: &Handlers, id: DatasetId) -> Result<CachedFolder, JobError> {
    let cache = handlers.cache.clone();
    Ok(tokio::task::spawn_blocking(move || cache.open(&id.to_string())).await??)
}

/// Fetches the dataset's clips to this machine. They never change, so those that are here already are taken as they are.
async fn fetch_recordings(
    handlers: &Handlers,
    context: &RunContext<Training>,
    training: &Training,
    folder: &Path,
) -> Result<Vec<Utterance>, JobError> {
    let run = context.run();
    let mut utterances = Vec::new();
    for clip in training::clips(run, training.dataset_id).await? {
        let Some(key) = clip.file_path else { continue };
        let name = key.rsplit('/').next().unwrap_or(&key).to_owned();
        let audio = folder.join(&name);
        if !audio.exists() {
            let arriving = folder.join(format!("{name}.{}.tmp", run.id));
            handlers.storage.get_file(&key, &arriving).await?;
            tokio::fs::rename(&arriving, &audio).await?;
        }
        context.touch();
        utterances.push(Utterance {
            id: clip.id,
            reading: clip.phonemes,
            text: clip.text,
            audio,
        });
    }
    Ok(utterances)
}

/// Reads what a voice is taught.
async fn read(
    handlers: &Handlers,
    mode: Option<TextMode>,
    mut utterances: Vec<Utterance>,
    dictionary: &Pronunciations,
) -> Result<Vec<Utterance>, JobError> {
    let analyzer = handlers.analyzer(mode).await?;
    let dictionary = dictionary.clone();
    let read = tokio::task::spawn_blocking(move || {
        let reader = match (mode, &analyzer) {
            (None, _) => Reader::AsWritten,
            (Some(TextMode::Phonemes), Some(analyzer)) => Reader::Phonemes {
                analyzer,
                dictionary: &dictionary,
            },
            (Some(_), _) => Reader::Words,
        };
        for utterance in &mut utterances {
            utterance.reading = match (&reader, utterance.reading.take()) {
                (Reader::AsWritten, _) => None,
                (Reader::Phonemes { .. }, Some(given)) => Some(given),
                _ => Some(in_one_piece(&utterance.text, &reader).0),
            };
        }
        utterances
    });
    Ok(read.await?)
}

/// Fetches the newest checkpoint that is whole; answers its local folder. One that is torn is passed over, and the
/// training's owner is told. `None` where there is no checkpoint yet.
async fn fetch_checkpoint(
    handlers: &Handlers,
    context: &RunContext<Training>,
    workspace: &Path,
) -> Result<Option<PathBuf>, JobError> {
    let run = context.run();
    let checkpoints = checkpoints::of_run(run).await?;
    let recorded = checkpoints.iter().map(|checkpoint| &checkpoint.file_path);
    sweep(
        handlers,
        context,
        &folders::checkpoints(run.job),
        &recorded.collect::<Vec<_>>(),
    )
    .await;
    for checkpoint in &checkpoints {
        let folder = resume_folder(workspace, checkpoint.step);
        let (step, fetched) = (
            checkpoint.step,
            handlers.fetch(context, &checkpoint.file_path, &checkpoint.files, &folder),
        );
        match fetched.await {
            Ok(()) => {
                metrics::rewind(run, step).await?;
                tracing::info!(run = run.id.0, step, "goes on from a checkpoint");
                let message = LogMessage::Resumed { step };
                training_log::record(run, LogLevel::Info, &message).await?;
                return Ok(Some(folder));
            }
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => {
                tracing::error!(run = run.id.0, step, "checkpoint passed over: {error}");
                let message = LogMessage::CheckpointTorn {
                    step,
                    cause: error.to_string(),
                };
                training_log::record(run, LogLevel::Warning, &message).await?;
            }
        }
    }
    if !checkpoints.is_empty() {
        return Err(JobError::NoWholeCheckpoint(checkpoints.len()));
    }
    metrics::rewind(run, 0).await?;
    Ok(None)
}

/// Deletes the folders in `folder` that earlier runs have left and never recorded, as long as the run owns its job.
async fn sweep(
    handlers: &Handlers,
    context: &RunContext<Training>,
    folder: &str,
    recorded: &[&String],
) {
    let swept = async {
        for name in handlers.storage.folders(folder).await? {
            let left = format!("{folder}/{name}");
            if !is_of_earlier_run(&name, context.run().id) || recorded.contains(&&left) {
                continue;
            }
            context.confirm_ownership().await?;
            handlers.storage.delete_folder(&left).await?;
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
async fn store_voice(
    handlers: &Handlers,
    context: &RunContext<Training>,
    training: &Training,
    folder: &Path,
    sample_rate: u32,
) -> Result<Outcome<NewVoice>, JobError> {
    let id = VoiceId(Uuid::new_v4());
    let files = handlers
        .put_folder(context, &folders::voice(id), folder)
        .await?;
    Ok(Outcome::Completed(NewVoice {
        id,
        name: training.dataset_name.clone(),
        language: "fa".into(),
        sample_rate,
        text: training.config.text,
        base: training.config.base.clone(),
        files,
    }))
}

/// The trainer's side: hands reports over and returns the directive.
struct Reporter {
    reports: mpsc::Sender<Report>,
    context: RunContext<Training>,
    /// Bytes.
    memory_limit: Option<u64>,
}

impl Observer for Reporter {
    fn observe(&mut self, report: Report) -> Directive {
        let nobody_listens = self.reports.blocking_send(report).is_err();
        if nobody_listens || self.context.stop_requested().is_some() {
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
