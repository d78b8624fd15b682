//! Lets a voice say a text.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{
    dictionary,
    dropped::DroppedSummary,
    folders,
    ids::UserId,
    syntheses::{self, Speech, Synthesis},
};
use jobs::{Handler, Outcome, RunContext, StopReason};
use persian::Analyzer;
use tokio::sync::watch;
use vits::{audio::WavWriter, inference::synthesis::SpeakOptions};

use super::{Handlers, job_error::JobError, loaded_voice::Turn};
use crate::voice::Voice;

/// Progress is published at most this often.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(500);

impl Handler<Synthesis> for Handlers {
    async fn run(&self, context: RunContext<Synthesis>) -> Outcome<Speech> {
        let ended = run(self, &context).await;
        ended.unwrap_or_else(JobError::outcome)
    }
}

async fn run(
    handlers: &Handlers,
    context: &RunContext<Synthesis>,
) -> Result<Outcome<Speech>, JobError> {
    let run = context.run();
    let synthesis = syntheses::of_run(run).await?;
    let row = syntheses::voice(run, synthesis.voice_id).await?;
    let scratch = context.scratch()?;
    let turn = handlers.voices.turn(row.id).await;
    if !turn.is_loaded() {
        handlers
            .fetch(context, &row.file_path, &row.files.0, scratch.path())
            .await?;
    }
    let user = UserId::of(run);
    let dictionary = dictionary::pronunciations_of(run.db(), user, &synthesis.text).await?;
    let spoken = scratch.path().join("spoken");
    tokio::fs::create_dir(&spoken).await?;
    let file = format!("speech-run-{}.wav", run.id);
    let (told, mut progress) = watch::channel(0.0);
    let speaking = Speaking {
        turn,
        voice_folder: scratch.path().to_owned(),
        analyzer: handlers.analyzer(row.text.map(|text| text.0)).await?,
        dictionary,
        wav: spoken.join(&file),
        context: context.clone(),
        told,
    };
    let voice = row.id;
    let speaking = tokio::task::spawn_blocking(move || speaking.say(&synthesis));
    let mut published = Instant::now();
    while progress.changed().await.is_ok() {
        let fraction = *progress.borrow_and_update();
        if published.elapsed() >= PROGRESS_INTERVAL {
            syntheses::progress(run, voice, fraction).await?;
            published = Instant::now();
        }
    }
    let Some(said) = speaking.await?? else {
        let reason = context.stop_requested().unwrap_or(StopReason::HandBack);
        return Ok(reason.outcome());
    };
    let folder = folders::synthesis(run.job);
    handlers.put_folder(context, &folder, &spoken).await?;
    Ok(Outcome::Completed(Speech {
        file_path: format!("{folder}/{file}"),
        duration_seconds: said.seconds,
        dropped: said.dropped,
    }))
}

/// What a thread needs to speak.
struct Speaking {
    turn: Turn<Voice>,
    /// Where the voice's files are, unless it is loaded.
    voice_folder: PathBuf,
    analyzer: Option<Arc<Analyzer>>,
    dictionary: dictionary::Pronunciations,
    wav: PathBuf,
    context: RunContext<Synthesis>,
    /// The fraction that is said.
    told: watch::Sender<f64>,
}

/// What was said.
struct Said {
    seconds: f64,
    dropped: DroppedSummary,
}

impl Speaking {
    /// Says it into the WAV; `None` where it was stopped.
    fn say(mut self, synthesis: &Synthesis) -> vits::Result<Option<Said>> {
        let voice = match self.turn.take() {
            Some(voice) => voice,
            None => Voice::load(&self.voice_folder)?,
        };
        let said = self.say_with(&voice, synthesis);
        self.turn.put_back(voice);
        said
    }

    fn say_with(&mut self, voice: &Voice, synthesis: &Synthesis) -> vits::Result<Option<Said>> {
        let options = SpeakOptions {
            noise_scale: Some(synthesis.options.noise),
            // Without noise, it is said the same way at every seed: in its rhythm, too.
            duration_noise_scale: (synthesis.options.noise == 0.0).then_some(0.0),
            speed: Some(synthesis.options.speed),
            speaker: synthesis.options.speaker.clone(),
            seed: synthesis.options.seed,
        };
        let dictionary = std::mem::take(&mut self.dictionary);
        let mut script = voice.script(&synthesis.text, self.analyzer.as_deref(), dictionary)?;
        let mut wav = WavWriter::create(&self.wav, voice.sample_rate())?;
        let said = voice.say(
            &mut script,
            &options,
            |samples| wav.write(samples),
            |fraction| {
                self.context.touch();
                // Nobody listens where the run is lost.
                self.context.stop_requested().is_none() && self.told.send(fraction).is_ok()
            },
        )?;
        if said.is_none() {
            return Ok(None);
        }
        let seconds = f64::from(wav.count()) / f64::from(voice.sample_rate());
        wav.finish()?;
        Ok(Some(Said {
            seconds,
            dropped: script.dropped,
        }))
    }
}
