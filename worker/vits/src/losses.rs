//! What is wanted of generator and discriminators; formulas as in the VITS paper and HiFi-GAN.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use crate::discriminator::Judgement;

/// What the terms weigh in a whole; those that aren't named weigh 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Weights {
    pub(crate) mel: f64,
    pub(crate) kl: f64,
    pub(crate) discriminator: f64,
}

/// The terms of the loss at one step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Losses {
    /// The generator's whole loss, weighted.
    pub generator: f64,
    /// The discriminators'.
    pub discriminator: f64,
    /// L1 of log-mel spectrograms, unweighted.
    pub mel: f64,
    /// Kullback-Leibler divergence of posterior and prior.
    pub kl: f64,
    /// Duration predictor's.
    pub duration: f64,
    /// Least-squares adversarial.
    pub adversarial: f64,
    /// Feature matching, weighted by 2 as in HiFi-GAN.
    pub feature_matching: f64,
}

/// KL of posterior and prior at the posterior's sample: log σ_p - log σ_q - 1/2 + (z_p - μ_p)² / 2σ_p², summed over
/// channels, mean over frames. All `[batch, flow, frames]`; mask `[batch, 1, frames]`.
pub(crate) fn kl(
    z_p: &Tensor,
    log_std_q: &Tensor,
    mean_p: &Tensor,
    log_std_p: &Tensor,
    mask: &Tensor,
) -> Tensor {
    let divergence: Tensor =
        log_std_p - log_std_q + (z_p - mean_p).square() * (log_std_p * -2.0).exp() * 0.5 - 0.5;
    (divergence * mask).sum(Kind::Float) / mask.sum(Kind::Float)
}

/// Half the deviance of a Poisson regression with a logarithmic link (Nelder & Wedderburn 1972) of log durations, mean over
/// tokens; all `[batch, 1, tokens]`: e^p - w - w (p - ln w), with w half a frame less than the token has, since whoever speaks
/// rounds up. It is least where e^p is the mean of w, so that what is said takes as long as what was recorded. The squared
/// error of logarithms is least at the mean of ln w: a sentence whose durations can't be told well is hurried then (ten clips
/// learnt by heart were said in 0.71 of their time).
pub(crate) fn duration(predicted: &Tensor, frames: &Tensor, mask: &Tensor) -> Tensor {
    let wanted = (frames - 0.5).clamp_min(0.5); // padding has no frames, and is masked
    let deviance = predicted.exp() - &wanted - &wanted * (predicted - wanted.log());
    (deviance * mask).sum(Kind::Float) / mask.sum(Kind::Float)
}

/// Least squares (Mao et al. 2017): real is 1, fake is 0. The first half of what was judged is real, the second fake.
pub(crate) fn discriminator(judged: &[Judgement]) -> Tensor {
    sum(judged.iter().map(|judged| {
        let halves = judged.score.chunk(2, 0);
        (&halves[0] - 1.0).square().mean(Kind::Float) + halves[1].square().mean(Kind::Float)
    }))
}

/// The generator wants fakes to be 1.
pub(crate) fn adversarial(fake: &[Judgement]) -> Tensor {
    sum(fake
        .iter()
        .map(|fake| (&fake.score - 1.0).square().mean(Kind::Float)))
}

/// Mean absolute difference of what every layer saw, summed, times 2.
pub(crate) fn feature_matching(real: &[Judgement], fake: &[Judgement]) -> Tensor {
    let layers = real
        .iter()
        .zip(fake)
        .flat_map(|(real, fake)| real.features.iter().zip(&fake.features));
    sum(layers.map(|(real, fake)| (real.detach() - fake).abs().mean(Kind::Float))) * 2.0
}

fn sum(terms: impl Iterator<Item = Tensor>) -> Tensor {
    terms.fold(Tensor::from(0f32), |sum, term| {
        sum.to_device(term.device()) + term
    })
}
