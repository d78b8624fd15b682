//! What the network is trained on.

use tch::Tensor;

/// Recordings and their transcripts, each filled up with zeros to the longest.
pub(crate) struct Batch {
    /// `[batch, tokens]`
    pub(crate) ids: Tensor,
    pub(crate) token_counts: Vec<i64>,
    /// The speaker of each; ignored by a network of one speaker.
    pub(crate) speakers: Vec<i64>,
    /// `[batch, 513, frames]`
    pub(crate) spectrogram: Tensor,
    pub(crate) frame_counts: Vec<i64>,
    /// `[batch, samples]`
    pub(crate) waveform: Tensor,
    pub(crate) share: Share,
}

/// How much a batch is of all that its update learns from, between 0 and 1: the losses are means over clips, frames or tokens, and
/// by these shares the batches of an update add up to the means over all of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Share {
    pub(crate) clips: f64,
    pub(crate) frames: f64,
    pub(crate) tokens: f64,
    /// Whether the update follows.
    pub(crate) is_last: bool,
}

impl Share {
    /// Of a batch from which alone an update learns.
    pub(crate) const WHOLE: Self = Self {
        clips: 1.0,
        frames: 1.0,
        tokens: 1.0,
        is_last: true,
    };
}
