//! Why a recording can't be trained from.

use serde::{Deserialize, Serialize};

/// A recording that can't be trained from, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Excluded {
    /// Its name.
    pub id: String,
    /// Why.
    pub reason: Exclusion,
}

/// Why a recording can't be trained from.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize, Deserialize)]
pub enum Exclusion {
    /// No decoder can read it.
    #[error("{cause}")]
    Unreadable {
        /// What the decoder said.
        cause: String,
    },
    /// It would take too much memory.
    #[error("it is {seconds:.1} s long, at most {max_seconds} s can be used")]
    TooLong {
        /// Its length.
        seconds: f64,
        /// The longest that can be used.
        max_seconds: f64,
    },
    /// Nothing of its transcript is in the vocabulary.
    #[error("its transcript has no letters")]
    NoLetters,
    /// Monotonic alignment needs a frame for every token.
    #[error("it has {tokens} tokens and only {frames} frames: the transcript is too long for it")]
    TranscriptTooLong {
        /// Tokens of its transcript.
        tokens: usize,
        /// Spectrogram frames.
        frames: usize,
    },
    /// The tokenizer refuses its transcript.
    #[error("{cause}")]
    UnreadableTranscript {
        /// What it said.
        cause: String,
    },
}
