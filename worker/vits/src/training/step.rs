//! One step: generator and discriminators are updated against each other, discriminators first.
//!
//! Where a step has several batches, their gradients are added up. Only the last batch's loss of the generator then sees the
//! discriminators after their update, as where the original is trained with accumulated gradients.

#[cfg(test)]
mod precision;
#[cfg(test)]
mod reference;

use std::path::Path;

use tch::{Device, Kind, Tensor};

use crate::{
    Error, Result,
    audio::spectrogram::Spectrograms,
    config::{DecoderWeights, DiscriminatorConfig, HOP_LENGTH, VitsConfig},
    nn::{
        batch::Batch,
        compute::Compute,
        context::{Context, Mode},
        discriminator::Discriminators,
        generator::{ForwardOutput, SegmentMode, Vits},
        losses::{self, Losses},
        parameters::{Builder, Parameters},
        random::{Rng, Stream},
    },
    training::{checkpoint, optimizer::AdamW, plan::LossWeights},
};

/// Generator and discriminators, and what their optimizers remember.
pub(crate) struct Networks {
    generator: Vits,
    generator_optimizer: AdamW,
    discriminators: Discriminators,
    discriminator_parameters: Parameters,
    discriminator_optimizer: AdamW,
    spectrograms: Spectrograms,
    options: StepOptions,
    device: Device,
    /// Of a step; a voice is evaluated as it will speak, in single precision.
    dtype: Kind,
}

/// How a step is taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepOptions {
    pub(crate) weights: LossWeights,
    /// How many of each clip are decoded.
    pub(crate) segments: usize,
}

/// What is read after an update: losses, those of the generator behind the discriminators', and norms.
const NUMBERS: [&str; 9] = [
    "the discriminators' loss",
    "the mel loss",
    "the KL loss",
    "the duration loss",
    "the adversarial loss",
    "the feature matching loss",
    "the generator's loss",
    "the norm of the discriminators' gradient",
    "the norm of the generator's gradient",
];
const LOSSES: usize = 7;

/// What a step tells.
pub(crate) struct Trained {
    pub(crate) losses: Losses,
    pub(crate) generator_gradient_norm: f64,
    pub(crate) discriminator_gradient_norm: f64,
}

impl Networks {
    /// Networks that begin at random. `spectrograms` are those of the voice's sample rate.
    pub(crate) fn new(
        config: &VitsConfig,
        decoder_weights: DecoderWeights,
        discriminator: &DiscriminatorConfig,
        spectrograms: Spectrograms,
        options: StepOptions,
        seed: u64,
        compute: Compute,
    ) -> Self {
        let generator = Vits::new(config, decoder_weights, seed, compute);
        let rng = Rng::new(seed, Stream::Initialisation, 1, Device::Cpu);
        let mut builder = Builder::new(rng, compute.device).in_kind(compute.kind);
        let discriminators = Discriminators::new(&mut builder, discriminator);
        let discriminator_parameters = builder.build();
        Self {
            generator_optimizer: AdamW::new(generator.parameters()),
            discriminator_optimizer: AdamW::new(&discriminator_parameters),
            generator,
            discriminators,
            discriminator_parameters,
            spectrograms,
            options,
            device: compute.device,
            dtype: compute.dtype,
        }
    }

    pub(crate) fn generator(&self) -> &Vits {
        &self.generator
    }

    pub(crate) fn generator_parameters(&self) -> &Parameters {
        self.generator.parameters()
    }

    pub(crate) fn discriminator_parameters(&self) -> &Parameters {
        &self.discriminator_parameters
    }

    /// How many there are.
    pub(crate) fn parameters(&self) -> u64 {
        let (generator, discriminators) =
            (self.generator.parameters(), &self.discriminator_parameters);
        (generator.flat().numel() + discriminators.flat().numel()) as u64
    }

    pub(crate) fn spectrograms(&self) -> &Spectrograms {
        &self.spectrograms
    }

    /// What both optimizers remember, by name.
    pub(crate) fn optimizer_state(&self) -> Vec<(String, Tensor)> {
        let generator = self.generator_optimizer.state("generator");
        generator
            .into_iter()
            .chain(self.discriminator_optimizer.state("discriminator"))
            .collect()
    }

    /// Takes what the optimizers of a checkpoint remember; answers what of it doesn't fit.
    pub(crate) fn load_optimizer(&mut self, folder: &Path) -> Result<Vec<String>> {
        let optimizer = checkpoint::read_optimizer(folder)?;
        let mut differences = Vec::new();
        for (name, mut own) in self.optimizer_state() {
            match optimizer.iter().find(|(other, _)| *other == name) {
                Some((_, value)) if value.size() == own.size() => own.copy_(value),
                Some((_, value)) => {
                    differences.push(format!(
                        "{name}: expected {:?} numbers, got {:?}",
                        own.size(),
                        value.size()
                    ));
                }
                None => differences.push(format!("{name} is missing")),
            }
        }
        Ok(differences)
    }

    /// One update of both networks, the `step`-th of this training and the `updates`-th that the optimizers remember, both
    /// counted from 1. `next_batch` is asked for batches up to the last of the step.
    ///
    /// # Errors
    /// Those of `next_batch`; [`Error::Diverged`] where a loss or the norm of a gradient is no number any more. Of the
    /// networks, nothing can be expected then.
    pub(crate) fn update(
        &mut self,
        mut next_batch: impl FnMut(&Spectrograms) -> Result<Batch>,
        rng: &mut Rng,
        learning_rate: f64,
        step: u64,
        updates: u64,
    ) -> Result<Trained> {
        let mut sums = Tensor::zeros([LOSSES as i64], (Kind::Double, self.device));
        loop {
            let batch = next_batch(&self.spectrograms)?;
            let context = &mut Context {
                mode: Mode::Train,
                rng: &mut *rng,
                dtype: self.dtype,
            };
            let mode = SegmentMode::Random(self.options.segments);
            let pass = self.generator.forward(&batch, mode, context);
            let real = pass
                .segments
                .of_samples(HOP_LENGTH)
                .cut(&batch.waveform.unsqueeze(1)); // [segments, 1, 8192]
            let discriminator = self.differentiate_discriminators(&batch, &real, &pass)?;
            if batch.share.is_last {
                let parameters = &self.discriminator_parameters;
                self.discriminator_optimizer
                    .update(parameters, learning_rate, updates);
            }
            let generator = self.differentiate_generator(&batch, &real, &pass)?;
            let losses = std::iter::once(discriminator).chain(generator);
            let losses: Vec<Tensor> = losses
                .map(|loss| loss.detach().to_kind(Kind::Double))
                .collect();
            let _in_place = sums.g_add_(&Tensor::stack(&losses, 0));
            if batch.share.is_last {
                break;
            }
        }
        self.generator_optimizer
            .update(self.generator.parameters(), learning_rate, updates);
        self.read(step, &sums)
    }

    /// Adds the gradient of the discriminators' loss to what they are updated by; answers its part of the update's.
    fn differentiate_discriminators(
        &mut self,
        batch: &Batch,
        real: &Tensor,
        pass: &ForwardOutput,
    ) -> Result<Tensor> {
        // Both at once: every weight is made ready once.
        let both = Tensor::cat(&[real, &pass.waveform.detach()], 0);
        let outputs = self.discriminators.forward(&both, self.dtype);
        let loss = losses::discriminator(&outputs) * batch.share.clips;
        self.discriminator_optimizer.differentiate(
            &self.discriminator_parameters,
            &(&loss * self.options.weights.discriminator),
        )?;
        Ok(loss)
    }

    /// Adds the gradient of the generator's loss to what it is updated by; answers the losses' parts of the update's, in the
    /// order of [`NUMBERS`].
    fn differentiate_generator(
        &mut self,
        batch: &Batch,
        real: &Tensor,
        pass: &ForwardOutput,
    ) -> Result<[Tensor; LOSSES - 1]> {
        let (share, weights) = (batch.share, self.options.weights);
        let real_outputs = tch::no_grad(|| self.discriminators.forward(real, self.dtype));
        let fake_outputs = self.discriminators.forward(&pass.waveform, self.dtype);
        let mel = self.mel_loss(batch, pass) * share.clips;
        let kl = &pass.kl * share.frames;
        let duration = &pass.duration * share.tokens;
        let adversarial = losses::adversarial(&fake_outputs) * share.clips;
        let feature_matching = losses::feature_matching(&real_outputs, &fake_outputs) * share.clips;
        let generator =
            &mel * weights.mel + &kl * weights.kl + &duration + &adversarial + &feature_matching;
        self.generator_optimizer
            .differentiate(self.generator.parameters(), &generator)?;
        Ok([mel, kl, duration, adversarial, feature_matching, generator])
    }

    /// The losses of an update, and the norms of its gradients.
    fn read(&self, step: u64, losses: &Tensor) -> Result<Trained> {
        let norms = [
            self.discriminator_optimizer.gradient_norm(),
            self.generator_optimizer.gradient_norm(),
        ];
        let norms = Tensor::stack(&norms, 0).to_kind(Kind::Double);
        let [
            discriminator,
            mel,
            kl,
            duration,
            adversarial,
            feature_matching,
            generator,
            discriminator_gradient_norm,
            generator_gradient_norm,
        ] = finite(step, NUMBERS, &Tensor::cat(&[losses, &norms], 0))?;
        Ok(Trained {
            losses: Losses {
                generator,
                discriminator,
                mel,
                kl,
                duration,
                adversarial,
                feature_matching,
            },
            generator_gradient_norm,
            discriminator_gradient_norm,
        })
    }

    /// L1 of log-mel spectrograms of what was decoded.
    pub(crate) fn mel_loss(&self, batch: &Batch, pass: &ForwardOutput) -> Tensor {
        let real = self
            .spectrograms
            .log_mel(&pass.segments.cut(&batch.spectrogram));
        let fake = self
            .spectrograms
            .log_mel(&self.spectrograms.linear(&pass.waveform.squeeze_dim(1)));
        losses::mean(&(real - fake).abs())
    }
}

/// Numbers `[N]`, in one read, for a GPU's work has to be waited for to read anything.
///
/// # Errors
/// [`Error::Diverged`] names the first that is no number.
pub(crate) fn finite<const N: usize>(
    step: u64,
    names: [&'static str; N],
    numbers: &Tensor,
) -> Result<[f64; N]> {
    let mut values = [0f64; N];
    numbers
        .detach()
        .to_kind(Kind::Double)
        .to_device(Device::Cpu)
        .copy_data(&mut values, N);
    let wrong = names
        .iter()
        .zip(values)
        .find(|(_, value)| !value.is_finite());
    match wrong {
        Some((what, value)) => Err(Error::Diverged { step, what, value }),
        None => Ok(values),
    }
}
