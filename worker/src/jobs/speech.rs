//! Lets a voice say a sentence.

use std::sync::{Arc, Mutex, PoisonError};

use domain::{
    ids::{SynthesisId, VoiceId},
    runs::{Outcome, Product, Run},
    syntheses::{self, Speech},
};
use vits::{
    audio,
    speech::{SpeakOptions, Synthesizer},
};

use super::{Fault, Jobs};
use runner::leash::Leash;

/// The voice that spoke last stays loaded: people let one voice say many things.
#[derive(Clone, Default)]
pub(crate) struct LoadedVoice(Arc<Mutex<Option<(VoiceId, Synthesizer)>>>);

pub(crate) async fn perform(
    jobs: &Jobs,
    run: &Run,
    id: SynthesisId,
    leash: &Leash,
) -> Result<Outcome, Fault> {
    let synthesis = run.synthesis(id).await?;
    let voice = run.voice(synthesis.voice_id).await?;
    let folder = jobs.scratch(run)?;
    if !jobs.voices.holds(voice.id) {
        jobs.fetch(leash, &voice.file_path, &voice.files.0, folder.path())
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
    let voices = jobs.voices.clone();
    let wav = folder.path().join("speech.wav");
    let (path, text) = (wav.clone(), synthesis.text.clone());
    let said = tokio::task::spawn_blocking(move || {
        let mut loaded = voices.0.lock().unwrap_or_else(PoisonError::into_inner);
        let synthesizer = match loaded.take() {
            Some((id, synthesizer)) if id == voice.id => synthesizer,
            _ => Synthesizer::load(path.parent().unwrap_or(&path))?,
        };
        let said = synthesizer.speak(&text, &options);
        *loaded = Some((voice.id, synthesizer));
        let said = said?;
        audio::write_wav(&path, &said.clip)?;
        Ok::<_, vits::Error>(said)
    })
    .await??;
    let key = format!("{}/speech-run-{}.wav", syntheses::folder(id), run.id);
    leash.confirm(jobs.confirmed_within()).await?;
    jobs.storage
        .put(&key, tokio::fs::read(&wav).await?.into())
        .await?;
    Ok(Outcome::Completed(Product::Speech(Speech {
        file_path: key,
        duration_seconds: said.clip.seconds(),
        dropped_characters: said.dropped.into_iter().map(String::from).collect(),
    })))
}

impl LoadedVoice {
    fn holds(&self, voice: VoiceId) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .is_some_and(|(id, _)| *id == voice)
    }
}
