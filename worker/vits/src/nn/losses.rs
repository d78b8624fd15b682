//! Losses of generator and discriminators; formulas as in the VITS paper and HiFi-GAN.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use crate::nn::discriminator::DiscriminatorOutput;

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

/// Frames of a token whose logarithm is still a number to reckon with.
const MIN_FRAMES: f64 = 1e-3;

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
    masked_mean(&divergence, mask)
}

/// Half the deviance of a Poisson regression with a logarithmic link (Nelder & Wedderburn 1972) of log durations, mean over
/// tokens; all `[batch, 1, tokens]`: e^p - w - w (p - ln w). Who speaks rounds e^p up, so w is what the token has less what
/// rounding adds now. It is least where durations that are rounded up have the mean of those that were recorded, so that what
/// is said takes as long. The squared error of logarithms is least at the mean of logarithms: where durations can't be predicted
/// well, speech is hurried then (ten memorized clips were synthesized in 0.71 of their time).
pub(crate) fn duration(predicted: &Tensor, frames: &Tensor, mask: &Tensor) -> Tensor {
    let expected = predicted.exp();
    let added = expected.detach().ceil() - expected.detach();
    let wanted = (frames - added).clamp_min(MIN_FRAMES); // padding has no frames, and is masked
    let deviance = &expected - &wanted - &wanted * (predicted - wanted.log());
    masked_mean(&deviance, mask)
}

/// Least squares (Mao et al. 2017): real is 1, fake is 0. The first half of the items is real, the second fake.
pub(crate) fn discriminator(outputs: &[DiscriminatorOutput]) -> Tensor {
    sum(outputs.iter().map(|outputs| {
        let halves = outputs.score.chunk(2, 0);
        mean(&(&halves[0] - 1.0).square()) + mean(&halves[1].square())
    }))
}

/// Least squares: the generator's target for fakes is 1.
pub(crate) fn adversarial(fake: &[DiscriminatorOutput]) -> Tensor {
    sum(fake.iter().map(|fake| mean(&(&fake.score - 1.0).square())))
}

/// Mean absolute difference of what every layer saw, summed, times 2.
pub(crate) fn feature_matching(
    real: &[DiscriminatorOutput],
    fake: &[DiscriminatorOutput],
) -> Tensor {
    let layers = real
        .iter()
        .zip(fake)
        .flat_map(|(real, fake)| real.features.iter().zip(&fake.features));
    sum(layers.map(|(real, fake)| mean(&(real.detach() - fake).abs()))) * 2.0
}

/// Mean over all, in single precision at least.
pub(crate) fn mean(values: &Tensor) -> Tensor {
    values.mean(match values.kind() {
        Kind::BFloat16 => Kind::Float,
        wide => wide,
    })
}

/// Mean over what isn't padding: the sum over channels, by the number of positions. `mask`: `[batch, 1, positions]`.
pub(crate) fn masked_mean(values: &Tensor, mask: &Tensor) -> Tensor {
    (values * mask).sum(values.kind()) / mask.sum(values.kind())
}

fn sum(terms: impl Iterator<Item = Tensor>) -> Tensor {
    terms.fold(Tensor::from(0f32), |sum, term| {
        sum.to_device(term.device()) + term
    })
}
