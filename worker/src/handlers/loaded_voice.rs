//! Keeps one voice in memory between the sentences that it says.

use std::sync::Arc;

use domain::ids::VoiceId;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::voice::Voice;

/// The voice that spoke last stays loaded: people let one voice say many things.
pub(super) struct LoadedVoice<V = Voice>(Arc<Mutex<Option<(VoiceId, V)>>>);

/// The right to use it for one voice. Whoever has it knows whether the voice is loaded, and nobody replaces it meanwhile.
pub(super) struct Turn<V> {
    voice: VoiceId,
    loaded: OwnedMutexGuard<Option<(VoiceId, V)>>,
}

impl<V> Default for LoadedVoice<V> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<V> LoadedVoice<V> {
    /// Waits until nobody else speaks.
    pub(super) async fn turn(&self, voice: VoiceId) -> Turn<V> {
        let loaded = self.0.clone().lock_owned().await;
        Turn { voice, loaded }
    }
}

impl<V> Turn<V> {
    pub(super) fn is_loaded(&self) -> bool {
        (self.loaded.as_ref()).is_some_and(|(voice, _)| *voice == self.voice)
    }

    /// What is loaded of this voice. Another one's is dropped: there is room for one.
    pub(super) fn take(&mut self) -> Option<V> {
        let (voice, loaded) = self.loaded.take()?;
        (voice == self.voice).then_some(loaded)
    }

    pub(super) fn put_back(&mut self, loaded: V) {
        *self.loaded = Some((self.voice, loaded));
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
