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
    config::{DecoderWeights, DiscriminatorConfig, HOP_LENGTH, SEGMENT_SAMPLES, VitsConfig},
    nn::{
        batch::Batch,
        compute::Compute,
        context::{Context, Mode},
        discriminator::Discriminators,
        generator::{ForwardOutput, SegmentMode, Vits, segments},
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
    weights: LossWeights,
    /// Of a step; a voice is evaluated as it will speak, in single precision.
    dtype: Kind,
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
        weights: LossWeights,
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
            weights,
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
        let dtype = self.dtype;
        let context = &mut Context {
            mode: Mode::Train,
            rng,
            dtype,
        };
        let pass = self.generator.forward(batch, SegmentMode::Random, context);
        let sample_starts: Vec<i64> = pass.starts.iter().map(|start| start * HOP_LENGTH).collect();
        let real = segments(
            &batch.waveform.unsqueeze(1),
            &sample_starts,
            SEGMENT_SAMPLES,
        ); // [batch, 1, 8192]

        // Both at once: every weight is made ready once.
        let both = Tensor::cat(&[&real, &pass.waveform.detach()], 0);
        let discriminator_loss = losses::discriminator(&self.discriminators.forward(&both, dtype));
        let norm = self.discriminator_optimizer.differentiate(
            &self.discriminator_parameters,
            &(&discriminator_loss * self.weights.discriminator),
        )?;
        let discriminator_gradient_norm =
            finite(step, "the norm of the discriminators' gradient", &norm)?;
        self.discriminator_optimizer
            .update(&self.discriminator_parameters, learning_rate, updates);

        let real_outputs = tch::no_grad(|| self.discriminators.forward(&real, dtype));
        let fake_outputs = self.discriminators.forward(&pass.waveform, dtype);
        let mel = self.mel_loss(batch, &pass);
        let adversarial = losses::adversarial(&fake_outputs);
        let feature_matching = losses::feature_matching(&real_outputs, &fake_outputs);
        let generator_loss = &mel * self.weights.mel
            + &pass.kl * self.weights.kl
            + &pass.duration
            + &adversarial
            + &feature_matching;
        let losses = Losses {
            discriminator: finite(step, "the discriminators' loss", &discriminator_loss)?,
            mel: finite(step, "the mel loss", &mel)?,
            kl: finite(step, "the KL loss", &pass.kl)?,
            duration: finite(step, "the duration loss", &pass.duration)?,
            adversarial: finite(step, "the adversarial loss", &adversarial)?,
            feature_matching: finite(step, "the feature matching loss", &feature_matching)?,
            generator: finite(step, "the generator's loss", &generator_loss)?,
        };
        let norm = self
            .generator_optimizer
            .differentiate(self.generator.parameters(), &generator_loss)?;
        let generator_gradient_norm = finite(step, "the norm of the generator's gradient", &norm)?;
        self.generator_optimizer
            .update(self.generator.parameters(), learning_rate, updates);
        Ok(Trained {
            losses,
            generator_gradient_norm,
            discriminator_gradient_norm,
        })
    }

    /// L1 of log-mel spectrograms of what was decoded.
    pub(crate) fn mel_loss(&self, batch: &Batch, pass: &ForwardOutput) -> Tensor {
        let frames = pass.waveform.size()[2] / HOP_LENGTH;
        let real = self
            .spectrograms
            .log_mel(&segments(&batch.spectrogram, &pass.starts, frames));
        let fake = self
            .spectrograms
            .log_mel(&self.spectrograms.linear(&pass.waveform.squeeze_dim(1)));
        losses::mean(&(real - fake).abs())
    }
}

/// The number, where it is one.
pub(crate) fn finite(step: u64, what: &'static str, value: &Tensor) -> Result<f64> {
    let value = value.double_value(&[]);
    if value.is_finite() {
        Ok(value)
    } else {
        Err(Error::Diverged { step, what, value })
    }
}
