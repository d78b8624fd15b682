//! Trains a network: fetch recordings and checkpoint, train on a thread of its own, carry out what the trainer reports.

use domain::{
    divergences, evaluations, folders,
    ids::VoiceId,
    text_analysis::TextMode,
    training::{self, Optimizer, Precision, Preset, Training},
    training_dictionary,
    voices::NewVoice,
};
use jobs::{Handler, Outcome, RunContext, StopReason};
use tokio::sync::mpsc;
use uuid::Uuid;
use vits::training::trainer::{
    Directive, Finished, Observer, Recipe, Report, SaidSentence, TrainingPlan, Validation,
    WrongLetters,
};

use super::{
    Handlers,
    job_error::JobError,
    training_recorder::Recorder,
    training_recordings::{fetch_recordings, open_dataset, read},
    training_start,
};
use crate::{memory, recognizer::Recognizer, voice::write_dictionary};

/// Steps between checkpoints where the training doesn't say.
const CHECKPOINT_EVERY: u32 = 250;
/// Reports that may wait for the database before the trainer has to.
const REPORTS_WAITING: usize = 256;

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
    let start = training_start::fetch(handlers, context, &training, workspace.path()).await?;
    let samples = evaluations::sample_folders(run).await?;
    training_start::sweep(
        handlers,
        context,
        &folders::samples(run.job),
        &samples.iter().collect::<Vec<_>>(),
    )
    .await;
    let plan = plan(&training);

    let (sender, reports) = mpsc::channel(REPORTS_WAITING);
    let thread = {
        let mut observer = Reporter {
            reports: sender,
            context: context.clone(),
            memory_limit: match handlers.settings.memory_limit_mb {
                0 => memory::available(),
                megabytes => Some(megabytes << 20),
            },
            recognizer: handlers.recognizer(),
        };
        let workspace = workspace.path().to_owned();
        let audio_cache = dataset.folder().to_owned();
        tokio::task::spawn_blocking(move || {
            vits::training::trainer::train(
                &utterances,
                &plan,
                start.init_from(),
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
    if let Err(vits::Error::Diverged { step, .. }) = finished
        && divergences::go_back(run, &training, step).await?
    {
        return Ok(StopReason::HandBack.outcome());
    }
    match finished? {
        Finished::Completed {
            voice,
            sample_rate,
            speakers,
        } => {
            write_dictionary(&voice, &dictionary)?;
            let id = VoiceId(Uuid::new_v4());
            let files = handlers
                .put_folder(context, &folders::voice(id), &voice)
                .await?;
            Ok(Outcome::Completed(NewVoice {
                id,
                name: training.dataset_name.clone(),
                language: "fa".into(),
                sample_rate,
                speakers,
                text: training.config.text,
                base: training.config.base.clone(),
                files,
            }))
        }
        Finished::Stopped { .. } => Ok(context
            .stop_requested()
            .unwrap_or(StopReason::HandBack)
            .outcome()),
    }
}

fn plan(training: &Training) -> TrainingPlan {
    let config = &training.config.0;
    let Optimizer::AdamW = config.optimizer;
    TrainingPlan {
        preset: config.preset.map(|preset| match preset {
            Preset::Tiny => vits::config::Preset::Tiny,
            Preset::Small => vits::config::Preset::Small,
            Preset::Mms => vits::config::Preset::Mms,
        }),
        recipe: match config.base {
            Some(_) => Recipe::FineTuning,
            // A voice of one's own goes on as it began.
            None => Recipe::Scratch,
        },
        text: config.text.map(|text| match text {
            TextMode::Characters => vits::text::TextMode::Characters,
            TextMode::Phonemes => vits::text::TextMode::Phonemes,
        }),
        epochs: u64::from(config.epochs),
        batch_size: config.batch_size as usize,
        accumulate: config.accumulate.unwrap_or(1) as usize,
        learning_rate: Some(config.learning_rate_after(training.divergences)),
        seed: config.seed,
        checkpoint_every: Some(u64::from(
            config.checkpoint_every.unwrap_or(CHECKPOINT_EVERY),
        )),
        validation: match config.validation_split {
            0.0 => Validation::None,
            fraction => Validation::Split(fraction),
        },
        early_stopping: config.early_stopping,
        segments: config.segments.unwrap_or(1) as usize,
        sample_rate: config.sample_rate,
        precision: match config.precision {
            Precision::Auto => vits::training::trainer::Precision::Auto,
            Precision::Fp32 => vits::training::trainer::Precision::Single,
            Precision::Bf16 => vits::training::trainer::Precision::Bfloat16,
        },
    }
}

/// The trainer's side: hands reports over and returns the directive.
struct Reporter {
    reports: mpsc::Sender<Report>,
    context: RunContext<Training>,
    /// Bytes.
    memory_limit: Option<u64>,
    recognizer: Option<Recognizer>,
}

impl Observer for Reporter {
    fn observe(&mut self, report: Report) -> Directive {
        if let (Report::Evaluated(_), Some(recognizer)) = (&report, &mut self.recognizer) {
            recognizer.unload();
        }
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

    fn recognize(&mut self, sentence: SaidSentence<'_>) -> Option<WrongLetters> {
        self.recognizer.as_mut()?.wrong_letters(sentence)
    }
}
