//! What the network is trained on in one step.

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
}
