//! Lets a voice say a sentence.

use std::sync::Arc;

use domain::{
    ids::{SynthesisId, VoiceId},
    runs::{Outcome, Product, Run},
    syntheses::{self, Speech},
};
use tokio::sync::{Mutex, OwnedMutexGuard};
use vits::{
    audio,
    speech::{SpeakOptions, Synthesizer},
};

use super::{Fault, Jobs};
use runner::leash::Leash;

/// The voice that spoke last stays loaded: people let one voice say many things.
pub(crate) struct LoadedVoice<S = Synthesizer>(Arc<Mutex<Option<(VoiceId, S)>>>);

/// The right to use it for one voice. Whoever has it knows whether the voice is loaded, and nobody replaces it meanwhile.
struct Turn<S> {
    voice: VoiceId,
    loaded: OwnedMutexGuard<Option<(VoiceId, S)>>,
}

pub(crate) async fn perform(
    jobs: &Jobs,
    run: &Run,
    id: SynthesisId,
    leash: &Leash,
) -> Result<Outcome, Fault> {
    let synthesis = run.synthesis(id).await?;
    let voice = run.voice(synthesis.voice_id).await?;
    let folder = jobs.scratch(run)?;
    let mut turn = jobs.voices.turn(voice.id).await;
    if !turn.is_loaded() {
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

impl<S> Default for LoadedVoice<S> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<S> LoadedVoice<S> {
    /// Waits until nobody else speaks.
    async fn turn(&self, voice: VoiceId) -> Turn<S> {
        let loaded = self.0.clone().lock_owned().await;
        Turn { voice, loaded }
    }
}

impl<S> Turn<S> {
    fn is_loaded(&self) -> bool {
        (self.loaded.as_ref()).is_some_and(|(voice, _)| *voice == self.voice)
    }

    /// What is loaded of this voice. Another one's is dropped: there is room for one.
    fn take(&mut self) -> Option<S> {
        let (voice, synthesizer) = self.loaded.take()?;
        (voice == self.voice).then_some(synthesizer)
    }

    fn put_back(&mut self, synthesizer: S) {
        *self.loaded = Some((self.voice, synthesizer));
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const SARA: VoiceId = VoiceId(Uuid::from_u128(1));
    const BABAK: VoiceId = VoiceId(Uuid::from_u128(2));

    #[tokio::test]
    async fn a_voice_that_was_found_loaded_is_not_replaced_before_it_speaks() {
        let voices = LoadedVoice::default();
        voices.turn(SARA).await.put_back("sara");
        let mut found = voices.turn(SARA).await;
        assert!(found.is_loaded());
        let other = tokio::spawn({
            let voices = LoadedVoice(voices.0.clone());
            async move { voices.turn(BABAK).await.put_back("babak") }
        });
        // The other one has every chance to get ahead.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert_eq!(found.take(), Some("sara"));
        found.put_back("sara");
        drop(found);
        other.await.unwrap();
        assert!(voices.turn(BABAK).await.is_loaded());
    }

    #[tokio::test]
    async fn a_voice_never_speaks_for_another() {
        let voices = LoadedVoice::default();
        voices.turn(SARA).await.put_back("sara");
        let mut turn = voices.turn(BABAK).await;
        assert!(!turn.is_loaded());
        assert_eq!(turn.take(), None);
        drop(turn);
        assert!(
            !voices.turn(SARA).await.is_loaded(),
            "there is room for one"
        );
    }
}
