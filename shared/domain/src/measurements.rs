//! What trainings measure.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The terms of the loss at one step, in the precision in which they were computed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Losses {
    /// The generator's whole loss, weighted.
    pub generator: f32,
    pub discriminator: f32,
    /// L1 of log-mel spectrograms, unweighted.
    pub mel: f32,
    /// Kullback-Leibler divergence of posterior and prior.
    pub kl: f32,
    /// Duration predictor's.
    pub duration: f32,
    /// Least-squares adversarial.
    pub adversarial: f32,
    pub feature_matching: f32,
}

/// Euclidean norms of the gradients of one step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GradientNorms {
    /// The generator's.
    pub generator: f32,
    pub discriminator: f32,
}

/// One trained step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepMetrics {
    /// From 1.
    pub epoch: i32,
    /// From 1, over all epochs.
    pub step: i64,
    pub total_steps: i64,
    /// The terms of the loss.
    pub losses: Losses,
    /// Of its gradients; steps trained by earlier versions have none.
    pub gradient_norms: Option<GradientNorms>,
    /// At this step.
    pub learning_rate: f64,
    /// Smoothed.
    pub steps_per_second: f64,
    /// Until the last step, at this speed.
    pub eta_seconds: f64,
}

/// How near what a voice says is to the clips that it is evaluated on, text encoder and durations included, the mean over them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Spoken {
    /// Mean absolute difference of log mel bands once the two are aligned.
    pub mel_distance: f64,
    /// By which part of a clip's length what is said is longer or shorter.
    pub duration_error: f64,
    /// How well it is understood; null where the worker has no recognizer.
    #[serde(default)]
    pub recognition: Option<Recognition>,
}

/// Character error rates: which part of the letters a recognizer of speech gets wrong. No sentence counts for more than all of its
/// letters. What counts is the one beside the other: where a recognizer understands the recordings badly, it can't say of a voice
/// that it is better.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Recognition {
    /// Of what the voice says.
    pub character_error_rate: f64,
    /// Of the clips of the same sentences.
    pub recordings_character_error_rate: f64,
}

/// Losses on the clips that a voice is evaluated on, the mean over them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValidationLosses {
    /// L1 of log-mel spectrograms, unweighted.
    pub mel: f64,
    /// Kullback-Leibler divergence of posterior and prior.
    pub kl: f64,
    /// Duration predictor's.
    pub duration: f64,
}
