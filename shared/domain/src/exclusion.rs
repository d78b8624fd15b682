//! Why a clip is left out.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a clip of a dataset can't be used, or not by a training.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize, Deserialize, ToSchema)]
#[serde(tag = "code", content = "params", rename_all = "camelCase")]
pub enum Exclusion {
    /// The archive has no recording of this name.
    #[error("there is no recording of this name")]
    NoRecording,
    /// No decoder can read it.
    #[error("the recording is not readable: {cause}")]
    UnreadableAudio {
        /// What the decoder said.
        cause: String,
    },
    /// It is longer than a training can use.
    #[error("it is {seconds:.1} s long, at most {max_seconds} s can be used")]
    #[serde(rename_all = "camelCase")]
    TooLong { seconds: f64, max_seconds: f64 },
    /// Nothing of the transcript can be spoken.
    #[error("its transcript has no letters")]
    NoLetters,
    /// More is written than the recording has time for.
    #[error("it has {tokens} tokens and only {frames} frames: the transcript is too long for it")]
    TranscriptTooLong {
        /// Tokens of the transcript.
        tokens: u64,
        /// Spectrogram frames of the recording.
        frames: u64,
    },
    /// The model can't read the transcript's script.
    #[error("its transcript can't be read: {cause}")]
    UnreadableTranscript {
        /// What the tokenizer said.
        cause: String,
    },
}
