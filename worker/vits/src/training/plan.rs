//! What is asked of a training.

use std::path::Path;

use serde::{Deserialize, Serialize};
use tch::Device;

use crate::{config::Preset, nn::compute::Precision, text::TextMode};

/// What to train.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingPlan {
    /// The network; if omitted, the base's own.
    pub preset: Option<Preset>,
    /// Learning rate and weights of the losses.
    #[serde(default)]
    pub recipe: Recipe,
    /// What the voice is taught.
    #[serde(default)]
    pub text: Option<TextMode>,
    /// Passes over the recordings.
    pub epochs: u64,
    /// Recordings a batch. A CPU takes a large one in parts, as if they were accumulated.
    pub batch_size: usize,
    /// Batches a step: their gradients are added up, and then both networks are updated.
    #[serde(default = "one")]
    pub accumulate: usize,
    /// AdamW's at the first epoch; the recipe's if omitted.
    pub learning_rate: Option<f64>,
    /// Of all randomness.
    pub seed: u64,
    /// Steps between checkpoints, before each of which the voice is evaluated; only at the end if omitted.
    pub checkpoint_every: Option<u64>,
    /// What the voice is evaluated on.
    #[serde(default)]
    pub validation: Validation,
    /// Ends the training after so many evaluations in a row in which what the voice said came no nearer to the recordings than before.
    #[serde(default)]
    pub early_stopping: Option<u32>,
    /// Of the voice, in hertz, to which recordings are resampled; if omitted, the base's, or the preset's.
    #[serde(default)]
    pub sample_rate: Option<u32>,
    /// Segments of each clip that the decoder learns from in a step, of 8192 samples; the original has one.
    #[serde(default = "one")]
    pub segments: usize,
    /// Of the convolutions that take the time.
    #[serde(default)]
    pub precision: Precision,
}

/// Of plans from before there was a choice.
const fn one() -> usize {
    1
}

/// Clips that a CPU computes at once at most. More would take more memory, and no less time: docs/training.md, «Several batches a step».
const CPU_CLIPS_AT_ONCE: usize = 8;

impl TrainingPlan {
    /// Recordings that are computed at once.
    pub(crate) fn clips_at_once(&self, device: Device) -> usize {
        match device {
            Device::Cpu => self.batch_size.min(CPU_CLIPS_AT_ONCE),
            _ => self.batch_size,
        }
    }

    /// Recordings a step.
    pub(crate) fn step_clips(&self) -> usize {
        self.batch_size * self.accumulate
    }

    /// Whether a training of the other plan can go on where one of this plan was: only length and learning rate may differ,
    /// and how often it is kept and evaluated. (The sample rate is the network's by then.)
    pub(crate) fn leads_to(&self, other: &Self) -> bool {
        let with_its_length = Self {
            epochs: other.epochs,
            learning_rate: other.learning_rate,
            checkpoint_every: other.checkpoint_every,
            early_stopping: other.early_stopping,
            sample_rate: other.sample_rate,
            ..self.clone()
        };
        with_its_length == *other
    }
}

/// Learning rate and weights of the losses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recipe {
    /// The original's (arXiv 2106.06103).
    #[default]
    Scratch,
    /// That of ylacombe/finetune-hf-vits, for a network that can speak already.
    FineTuning,
}

impl Recipe {
    /// AdamW's, at the first epoch.
    pub const fn learning_rate(self) -> f64 {
        match self {
            Self::Scratch => 2e-4,
            Self::FineTuning => 2e-5,
        }
    }

    pub(crate) const fn weights(self) -> LossWeights {
        match self {
            Self::Scratch => LossWeights {
                mel: 45.0,
                kl: 1.0,
                discriminator: 1.0,
            },
            Self::FineTuning => LossWeights {
                mel: 35.0,
                kl: 1.5,
                discriminator: 3.0,
            },
        }
    }
}

/// What the terms of the loss weigh in a whole; those that aren't named weigh 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LossWeights {
    pub(crate) mel: f64,
    pub(crate) kl: f64,
    pub(crate) discriminator: f64,
}

/// What a voice is evaluated on while it is trained.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Validation {
    /// Nothing.
    #[default]
    None,
    /// This fraction of the recordings, which isn't trained from: at least one, at most a hundred, chosen by the seed.
    Split(f64),
    /// The recordings that are trained from, a hundred at most: how well they are learnt by heart.
    Trained,
}

/// What a training begins with.
#[derive(Debug, Clone, Copy)]
pub enum InitFrom<'a> {
    /// A network that knows nothing.
    Scratch,
    /// A voice or a checkpoint, in its folder: what fits is taken from it, and steps are counted anew.
    Pretrained(&'a Path),
    /// A checkpoint of an earlier training from the same recordings: this one goes on from there, as the earlier one would
    /// have, had it been longer.
    Continued(&'a Path),
    /// The training's own checkpoint, in its folder: it goes on from there, bit for bit.
    Checkpoint(&'a Path),
}
