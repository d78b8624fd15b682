//! One step: generator and discriminators are updated against each other, discriminators first.

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
    /// counted from 1.
    ///
    /// # Errors
    /// [`Error::Diverged`] where a loss or the norm of a gradient is no number any more; of the networks, nothing can be
    /// expected then.
    pub(crate) fn update(
        &mut self,
        batch: &Batch,
        rng: &mut Rng,
        learning_rate: f64,
        step: u64,
        updates: u64,
    ) -> Result<Trained> {
        let (dtype, weights) = (self.dtype, self.options.weights);
        let context = &mut Context {
            mode: Mode::Train,
            rng,
            dtype,
        };
        let mode = SegmentMode::Random(self.options.segments);
        let pass = self.generator.forward(batch, mode, context);
        let real = pass
            .segments
            .of_samples(HOP_LENGTH)
            .cut(&batch.waveform.unsqueeze(1)); // [segments, 1, 8192]

        // Both at once: every weight is made ready once.
        let both = Tensor::cat(&[&real, &pass.waveform.detach()], 0);
        let discriminator_loss = losses::discriminator(&self.discriminators.forward(&both, dtype));
        let discriminator_norm = self.discriminator_optimizer.differentiate(
            &self.discriminator_parameters,
            &(&discriminator_loss * weights.discriminator),
        )?;
        self.discriminator_optimizer
            .update(&self.discriminator_parameters, learning_rate, updates);

        let real_outputs = tch::no_grad(|| self.discriminators.forward(&real, dtype));
        let fake_outputs = self.discriminators.forward(&pass.waveform, dtype);
        let mel = self.mel_loss(batch, &pass);
        let adversarial = losses::adversarial(&fake_outputs);
        let feature_matching = losses::feature_matching(&real_outputs, &fake_outputs);
        let generator_loss = &mel * weights.mel
            + &pass.kl * weights.kl
            + &pass.duration
            + &adversarial
            + &feature_matching;
        let generator_norm = self
            .generator_optimizer
            .differentiate(self.generator.parameters(), &generator_loss)?;
        self.generator_optimizer
            .update(self.generator.parameters(), learning_rate, updates);
        // All at once, for a GPU's work has to be waited for to read a number.
        let [
            discriminator,
            discriminator_gradient_norm,
            mel,
            kl,
            duration,
            adversarial,
            feature_matching,
            generator,
            generator_gradient_norm,
        ] = finite(
            step,
            [
                ("the discriminators' loss", &discriminator_loss),
                (
                    "the norm of the discriminators' gradient",
                    &discriminator_norm,
                ),
                ("the mel loss", &mel),
                ("the KL loss", &pass.kl),
                ("the duration loss", &pass.duration),
                ("the adversarial loss", &adversarial),
                ("the feature matching loss", &feature_matching),
                ("the generator's loss", &generator_loss),
                ("the norm of the generator's gradient", &generator_norm),
            ],
        )?;
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

/// The values of scalars, in one read.
///
/// # Errors
/// [`Error::Diverged`] names the first that is no number.
pub(crate) fn finite<const N: usize>(
    step: u64,
    scalars: [(&'static str, &Tensor); N],
) -> Result<[f64; N]> {
    let tensors = scalars.map(|(_, scalar)| scalar.detach().to_kind(Kind::Double));
    let together = Tensor::stack(&tensors, 0).to_device(Device::Cpu);
    let mut values = [0f64; N];
    together.copy_data(&mut values, N);
    let wrong = scalars
        .iter()
        .zip(values)
        .find(|(_, value)| !value.is_finite());
    match wrong {
        Some(((what, _), value)) => Err(Error::Diverged { step, what, value }),
        None => Ok(values),
    }
}
