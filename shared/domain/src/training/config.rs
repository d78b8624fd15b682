//! What a training was asked for.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    ids::{CheckpointId, TrainingId, VoiceId},
    models::BaseModel,
    text_analysis::TextMode,
};

/// Epochs of a training, those before it included.
pub(super) const MAX_EPOCHS: u32 = 100_000;

/// How large the network is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// For a laptop's CPU.
    #[default]
    Tiny,
    /// For a night on a CPU, or a small GPU.
    Small,
    /// The size of the MMS voices, for a GPU.
    Mms,
}

/// What changes the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Optimizer {
    /// AdamW (Loshchilov & Hutter 2019).
    #[default]
    AdamW,
}

/// What the wide convolutions are computed in; all else is in single precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// bfloat16 on GPUs and processors that multiply it by themselves (from Ampere on; AVX512_BF16), else single precision.
    #[default]
    Auto,
    /// Single precision.
    Fp32,
    /// bfloat16: slower on processors that don't multiply it by themselves.
    Bf16,
}

/// What to train, as it was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrainingConfig {
    /// Passes over the dataset.
    pub epochs: u32,
    /// Clips a batch.
    pub batch_size: u32,
    /// Batches a step, whose gradients are added up before the weights are updated; null takes one.
    #[serde(default)]
    pub accumulate: Option<u32>,
    /// AdamW's; null takes the preset's.
    pub learning_rate: Option<f64>,
    /// The network; null takes the base's own.
    pub preset: Option<Preset>,
    /// Of all randomness: the same seed gives the same numbers.
    pub seed: u64,
    /// Steps between checkpoints, before each of which the voice is evaluated; null takes the worker's default.
    pub checkpoint_every: Option<u32>,
    /// Fraction of the clips that the voice is evaluated on and doesn't learn from; 0 for none.
    #[serde(default)]
    pub validation_split: f64,
    /// Ends the training after so many evaluations in a row in which what the voice said came no nearer to the recordings; null never
    /// does.
    #[serde(default)]
    pub early_stopping: Option<u32>,
    #[serde(default)]
    pub optimizer: Optimizer,
    /// What it is computed in.
    #[serde(default)]
    pub precision: Precision,
    /// Segments of each clip that the decoder learns from in a step; null of trainings from before there was a choice, which take one.
    #[serde(default)]
    pub segments: Option<u32>,
    /// Of the voice, in hertz; null takes the base's, or the preset's.
    #[serde(default)]
    pub sample_rate: Option<u32>,
    /// The model that it begins from, or that the voice or checkpoint began from that it begins from; null where all
    /// of it is its own.
    #[serde(default)]
    pub base: Option<BaseModel>,
    /// The voice that it begins from.
    #[serde(default)]
    pub base_voice: Option<BaseVoice>,
    /// The checkpoint of an earlier training that it goes on from.
    #[serde(default)]
    pub continues: Option<Continues>,
    /// What the voice is taught; null of trainings from before there was a choice, which teach characters as they are.
    #[serde(default)]
    pub text: Option<TextMode>,
}

impl TrainingConfig {
    /// Clips a step.
    pub fn step_clips(&self) -> i64 {
        i64::from(self.batch_size) * i64::from(self.accumulate.unwrap_or(1))
    }

    /// AdamW's learning rate in the first epoch after so many divergences, each of which halves it.
    pub fn learning_rate_after(&self, divergences: i32) -> f64 {
        let default = match (&self.base, &self.base_voice, self.preset) {
            (Some(_), _, _) => 2e-5,
            (None, None, Some(Preset::Tiny)) => 5e-4,
            _ => 2e-4,
        };
        self.learning_rate.unwrap_or(default) * 0.5f64.powi(divergences)
    }
}

/// A voice that a training begins from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BaseVoice {
    pub voice_id: VoiceId,
    pub name: String,
}

/// The checkpoint that a training goes on from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Continues {
    /// Whose it is.
    pub training_id: TrainingId,
    pub checkpoint_id: CheckpointId,
    /// Its last trained step.
    pub step: i64,
    /// Whether it learns from the same clips: then it counts steps and epochs on, and is to the bit what the earlier
    /// training would have been, had it been longer. From others it counts anew.
    pub same_dataset: bool,
}
