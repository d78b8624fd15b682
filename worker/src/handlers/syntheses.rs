//! Lets a voice say a sentence.

use domain::{
    folders,
    syntheses::{self, Speech, Synthesis},
};
use jobs::{Handler, Outcome, RunContext};
use vits::{
    audio,
    inference::synthesis::{SpeakOptions, Synthesizer},
};

use super::{Handlers, job_error::JobError};

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
    let voice = syntheses::voice(run, synthesis.voice_id).await?;
    let folder = context.scratch()?;
    let mut turn = handlers.voices.turn(voice.id).await;
    if !turn.is_loaded() {
        handlers
            .fetch(context, &voice.file_path, &voice.files.0, folder.path())
            .await?;
    }
    let options = SpeakOptions {
        noise_scale: Some(synthesis.options.noise),
        // Without noise, it is said the same way at every seed: in its rhythm, too.
        duration_noise_scale: (synthesis.options.noise == 0.0).then_some(0.0),
        speaking_rate: Some(synthesis.options.speed),
        speaker: None,
        seed: synthesis.options.seed,
    };
    let wav = folder.path().join("speech.wav");
    let (path, text) = (wav.clone(), synthesis.text.clone());
    let said = tokio::task::spawn_blocking(move || {
        let synthesizer = match turn.take() {
            Some(synthesizer) => synthesizer,
            None => Synthesizer::load(path.parent().unwrap_or(&path))?,
        };
        let said = synthesizer.speak(&text, &options);
        turn.put_back(synthesizer);
        let said = said?;
        audio::write_wav(&path, &said.clip)?;
        Ok::<_, vits::Error>(said)
    })
    .await??;
    let key = format!("{}/speech-run-{}.wav", folders::synthesis(run.job), run.id);
    context.confirm_ownership().await?;
    handlers
        .storage
        .put(&key, tokio::fs::read(&wav).await?.into())
        .await?;
    Ok(Outcome::Completed(Speech {
        file_path: key,
        duration_seconds: said.clip.seconds(),
        dropped_characters: said.dropped.into_iter().map(String::from).collect(),
    }))
}
