//! How much memory a training takes at its peak, estimated before it begins: a process that asks for more than there is gets
//! killed by the system, again and again.
//!
//! The numbers that every part keeps for its backward pass are counted from the configuration, by the shapes that stand in
//! `nn`; what libtorch takes beside them was measured
//! (`examples/memory.rs` measures it again). On a GPU the numbers would be others, so there nothing is refused.

use crate::{
    Error, Result,
    config::{DiscriminatorConfig, HOP_LENGTH, SEGMENT_FRAMES, SEGMENT_SAMPLES, VitsConfig},
    nn::{
        discriminator::{Discriminators, PERIOD_LAYERS, SCALE_LAYERS},
        generator::Vits,
    },
};

/// Bytes of a number.
const NUMBER_BYTES: f64 = 4.0;
/// What libtorch and the allocator take for themselves: kernels, scratch space, pools of threads, memory kept for a second.
const LIBTORCH_BYTES: f64 = 150e6;

// The rest was measured with the counts below: how many bytes the process grew by, for one more of each.
/// Copies of the parameters. Weights, gradient and two moments are four; two are the gradient's parts and what weight
/// normalisation makes; three are a checkpoint's copies while it is being written.
const PARAMETERS: f64 = 10.4;
/// Tensors of `[frames, tokens]` at a time.
const ALIGNMENT: f64 = 4.0;
/// Of what is counted for frames, tokens and the decoded segment.
const FRAMES: f64 = 0.8;
const TOKENS: f64 = 0.7;
const DECODER: f64 = 1.3;
/// Of the outputs of all discriminators' layers, real and decoded.
const DISCRIMINATORS: f64 = 3.0;

/// What a training is fed with at its most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchShape {
    /// Clips a step.
    pub batch: u64,
    /// Of the longest clip.
    pub frames: u64,
    /// Of the longest transcript, blanks included.
    pub tokens: u64,
    /// Segments of each clip that are decoded.
    pub segments: u64,
}

/// Bytes that a training takes on a CPU at its peak, beyond those of an idle process.
pub fn estimate(
    config: &VitsConfig,
    discriminator: &DiscriminatorConfig,
    shape: BatchShape,
) -> u64 {
    Estimator::new(config, discriminator).bytes(shape)
}

/// Refuses what doesn't fit into `available` bytes.
///
/// # Errors
/// [`Error::Memory`], which names what would fit.
pub(crate) fn check(
    config: &VitsConfig,
    discriminator: &DiscriminatorConfig,
    shape: BatchShape,
    available: u64,
) -> Result<()> {
    let estimator = Estimator::new(config, discriminator);
    let needed = |batch| estimator.bytes(BatchShape { batch, ..shape });
    if needed(shape.batch) <= available {
        return Ok(());
    }
    let fitting = (1..shape.batch)
        .rev()
        .find(|&batch| needed(batch) <= available);
    let seconds = shape.frames as f64 * HOP_LENGTH as f64 / config.sampling_rate as f64;
    Err(Error::Memory {
        needed: needed(shape.batch),
        available,
        batch: shape.batch,
        seconds,
        fitting_batch: fitting,
    })
}

/// What of the estimate doesn't depend on the batch.
struct Estimator<'a> {
    config: &'a VitsConfig,
    parameters: f64,
    /// Numbers of a clip's segment: the decoder's and the discriminators'.
    segment: f64,
}

impl<'a> Estimator<'a> {
    fn new(config: &'a VitsConfig, discriminator: &DiscriminatorConfig) -> Self {
        let parameters =
            Vits::count_parameters(config) + Discriminators::count_parameters(discriminator);
        Self {
            config,
            parameters: parameters as f64,
            segment: DECODER * decoder_activations(config)
                + DISCRIMINATORS * discriminator_activations(discriminator),
        }
    }

    fn bytes(&self, shape: BatchShape) -> u64 {
        let (frames, tokens) = (shape.frames as f64, shape.tokens as f64);
        let clip = FRAMES * frames_activations(self.config) * frames
            + TOKENS * tokens_activations(self.config, tokens)
            // Likelihoods of the alignment search, and what they are summed from.
            + ALIGNMENT * frames * tokens
            + shape.segments as f64 * self.segment;
        let numbers = PARAMETERS * self.parameters + shape.batch as f64 * clip;
        (numbers * NUMBER_BYTES + LIBTORCH_BYTES) as u64
    }
}

/// A WaveNet keeps of every layer its input, both gates and their product.
fn wavenet_activations(hidden: f64, layers: f64) -> f64 {
    hidden * (4.0 * layers + 3.0)
}

/// Numbers a frame: posterior encoder, flow and KL.
fn frames_activations(config: &VitsConfig) -> f64 {
    let (hidden, flow) = (config.hidden_size as f64, config.flow_size as f64);
    let bins = config.spectrogram_bins as f64;
    let spectrogram = 4.0 * bins;
    let posterior = wavenet_activations(hidden, config.posterior_encoder_num_wavenet_layers as f64)
        + 6.0 * flow;
    let coupling = wavenet_activations(hidden, config.prior_encoder_num_wavenet_layers as f64)
        + hidden
        + 2.0 * flow;
    let kl = 10.0 * flow;
    spectrogram + posterior + config.prior_encoder_num_flows as f64 * coupling + kl
}

/// Numbers of all tokens: text encoder, whose attention looks at every pair of them, and durations.
fn tokens_activations(config: &VitsConfig, tokens: f64) -> f64 {
    let (hidden, ffn) = (config.hidden_size as f64, config.ffn_dim as f64);
    let pairs = 7.0 * config.num_attention_heads as f64;
    let layer = tokens * (14.0 * hidden + 5.0 * ffn) + pairs * tokens * tokens;
    let durations = if config.use_stochastic_duration_prediction {
        let separable = 8.0 * hidden * config.depth_separable_num_layers as f64;
        let flows = 2.0 * config.duration_predictor_num_flows as f64;
        separable * (2.0 + flows)
    } else {
        16.0 * config.duration_predictor_filter_channels as f64
    };
    config.num_hidden_layers as f64 * layer + tokens * durations
}

/// Numbers of the segment that is decoded.
fn decoder_activations(config: &VitsConfig) -> f64 {
    let mut channels = config.upsample_initial_channel as f64;
    let mut length = SEGMENT_FRAMES as f64;
    let mut numbers = 2.0 * channels * length;
    let pairs: usize = config.resblock_dilation_sizes.iter().map(Vec::len).sum();
    for &rate in &config.upsample_rates {
        channels /= 2.0;
        length *= rate as f64;
        // A pair keeps what goes in and out of both its convolutions.
        numbers += channels * length * (2.0 + 4.0 * pairs as f64);
    }
    numbers
}

/// Numbers that all layers of all discriminators give for one segment.
fn discriminator_activations(config: &DiscriminatorConfig) -> f64 {
    let width = |channels: i64| (channels / config.width_divisor).max(1) as f64;
    let mut numbers = 0.0;
    let mut length = SEGMENT_SAMPLES as f64;
    for (output, _, stride) in SCALE_LAYERS {
        length /= stride as f64;
        numbers += width(output) * length;
    }
    for &period in &config.periods {
        let mut rows = (SEGMENT_SAMPLES as f64 / period as f64).ceil();
        for (output, stride) in PERIOD_LAYERS {
            rows = (rows / stride as f64).ceil();
            numbers += width(output) * rows * period as f64;
        }
    }
    numbers
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that can't go on must stop")]
mod tests {
    use tch::Device;

    use super::*;
    use crate::{
        config::{DecoderWeights, Preset},
        nn::{compute::Compute, parameters::Builder},
    };

    const SHAPE: BatchShape = BatchShape {
        batch: 16,
        frames: 300,
        tokens: 120,
        segments: 1,
    };

    #[test]
    fn parameters_are_counted_as_networks_have_them() {
        let several_speakers = VitsConfig {
            num_speakers: 3,
            speaker_embedding_size: 8,
            use_stochastic_duration_prediction: true,
            ..Preset::Tiny.config(40)
        };
        for config in [Preset::Tiny.config(40), several_speakers] {
            let compute = Compute::exact(Device::Cpu);
            let network = Vits::new(&config, DecoderWeights::Normed, 1, compute);
            assert_eq!(
                Vits::count_parameters(&config),
                network.parameters().count()
            );
        }
        let config = Preset::Tiny.discriminator();
        let mut builder = Builder::blank(Device::Cpu);
        let _network = Discriminators::new(&mut builder, &config);
        assert_eq!(
            Discriminators::count_parameters(&config),
            builder.build().count()
        );
    }

    #[test]
    fn more_of_anything_takes_more() {
        let of =
            |preset: Preset, shape| estimate(&preset.config(40), &preset.discriminator(), shape);
        let usual = of(Preset::Tiny, SHAPE);
        for more in [
            BatchShape { batch: 17, ..SHAPE },
            BatchShape {
                frames: 301,
                ..SHAPE
            },
            BatchShape {
                tokens: 121,
                ..SHAPE
            },
            BatchShape {
                segments: 2,
                ..SHAPE
            },
        ] {
            assert!(of(Preset::Tiny, more) > usual, "{more:?}");
        }
        assert!(of(Preset::Small, SHAPE) > usual);
        assert!(of(Preset::Mms, SHAPE) > of(Preset::Small, SHAPE));
    }

    #[test]
    fn a_refusal_names_the_figures_and_the_batch_that_would_fit() {
        let (config, discriminator) = (Preset::Tiny.config(40), Preset::Tiny.discriminator());
        let needed = |batch| estimate(&config, &discriminator, BatchShape { batch, ..SHAPE });
        let refused = |available| {
            let checked = check(&config, &discriminator, SHAPE, available);
            checked.map_err(|error| (error.is_permanent(), error.to_string()))
        };
        assert!(refused(needed(16)).is_ok());
        let (permanent, sentence) = refused(needed(5)).unwrap_err();
        assert!(
            permanent && sentence.contains("batch size of 5 would fit"),
            "{sentence}"
        );
        assert!(sentence.contains("MiB"), "{sentence}");
        let (_, sentence) = refused(1000).unwrap_err();
        assert!(sentence.contains("not even"), "{sentence}");
    }
}
