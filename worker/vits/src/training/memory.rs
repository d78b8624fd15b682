//! How much memory a training takes at its peak, told before it begins: a process that asks for more than there is gets
//! killed by the system, again and again.
//!
//! The numbers that every part keeps for its backward pass are counted from the configuration, by the shapes that stand in
//! `posterior`, `flow`, `encoder`, `decoder` and `discriminator`; what libtorch takes beside them was measured
//! (`examples/memory.rs` measures it again). On a GPU the numbers would be others, so there nothing is refused.

use crate::{
    Error, Result,
    config::{DiscriminatorConfig, HOP_LENGTH, SEGMENT_FRAMES, SEGMENT_SAMPLES, VitsConfig},
    nn::discriminator::{GROUP_CHANNELS, PERIOD_LAYERS, SCALE_LAYERS},
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
}

/// Bytes that a training takes on a CPU at its peak, beyond those of an idle process.
pub fn estimate(
    config: &VitsConfig,
    discriminator: &DiscriminatorConfig,
    demand: BatchShape,
) -> u64 {
    let parameters = generator_parameters(config) + discriminator_parameters(discriminator);
    let batch = demand.batch as f64;
    let (frames, tokens) = (demand.frames as f64, demand.tokens as f64);
    let clip = FRAMES * frames_activations(config) * frames
        + TOKENS * tokens_activations(config, tokens)
        // Likelihoods of the alignment search, and what they are summed from.
        + ALIGNMENT * frames * tokens
        + DECODER * decoder_activations(config)
        + DISCRIMINATORS * discriminator_activations(discriminator);
    let numbers = PARAMETERS * parameters + batch * clip;
    (numbers * NUMBER_BYTES + LIBTORCH_BYTES) as u64
}

/// Refuses what doesn't fit into `available` bytes.
///
/// # Errors
/// [`Error::Memory`], which says what would fit.
pub(crate) fn check(
    config: &VitsConfig,
    discriminator: &DiscriminatorConfig,
    demand: BatchShape,
    available: u64,
) -> Result<()> {
    let needed = |batch| estimate(config, discriminator, BatchShape { batch, ..demand });
    if needed(demand.batch) <= available {
        return Ok(());
    }
    let fitting = (1..demand.batch)
        .rev()
        .find(|&batch| needed(batch) <= available);
    let seconds = demand.frames as f64 * HOP_LENGTH as f64 / config.sampling_rate as f64;
    let remedy = match fitting {
        Some(batch) => format!("a batch size of {batch} would fit, and so may"),
        None => "not even single clips would fit; take".into(),
    };
    Err(Error::Memory {
        needed: needed(demand.batch),
        available,
        batch: demand.batch,
        seconds,
        remedy,
    })
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

fn conv(input: i64, output: i64, kernel: i64) -> i64 {
    output * input * kernel + output
}

/// With weight normalisation.
fn normed(input: i64, output: i64, kernel: i64) -> i64 {
    conv(input, output, kernel) + output
}

fn wavenet_parameters(config: &VitsConfig, layers: i64) -> i64 {
    let hidden = config.hidden_size;
    let condition = match config.speaker_embedding_size {
        0 => 0,
        embedding => normed(embedding, 2 * hidden * layers, 1),
    };
    condition
        + layers * normed(hidden, 2 * hidden, config.wavenet_kernel_size)
        + (layers - 1).max(0) * normed(hidden, 2 * hidden, 1)
        + normed(hidden, hidden, 1)
}

fn text_encoder_parameters(config: &VitsConfig) -> i64 {
    let (hidden, ffn, kernel) = (config.hidden_size, config.ffn_dim, config.ffn_kernel_size);
    let positions = 2 * config.window_size + 1;
    let bias = i64::from(config.use_bias) * hidden;
    let layer = 4 * (hidden * hidden + bias)
        + 2 * positions * (hidden / config.num_attention_heads)
        + 4 * hidden
        + conv(hidden, ffn, kernel)
        + conv(ffn, hidden, kernel);
    config.vocab_size * hidden
        + config.num_hidden_layers * layer
        + conv(hidden, 2 * config.flow_size, 1)
}

fn duration_parameters(config: &VitsConfig) -> i64 {
    let (hidden, kernel) = (config.hidden_size, config.duration_predictor_kernel_size);
    if !config.use_stochastic_duration_prediction {
        let filter = config.duration_predictor_filter_channels;
        let condition = match config.speaker_embedding_size {
            0 => 0,
            embedding => conv(embedding, hidden, 1),
        };
        return condition
            + conv(hidden, filter, kernel)
            + conv(filter, filter, kernel)
            + 4 * filter
            + conv(filter, 1, 1);
    }
    let separable = config.depth_separable_num_layers
        * (conv(1, hidden, kernel) + conv(hidden, hidden, 1) + 4 * hidden);
    let bins = 3 * config.duration_predictor_flow_bins - 1;
    let spline = conv(1, hidden, 1) + separable + conv(hidden, bins, 1);
    let flows = 4 + config.duration_predictor_num_flows * spline;
    let conditioner = |input| conv(input, hidden, 1) + separable + conv(hidden, hidden, 1);
    let condition = match config.speaker_embedding_size {
        0 => 0,
        embedding => conv(embedding, hidden, 1),
    };
    condition + conditioner(hidden) + conditioner(1) + 2 * flows
}

fn decoder_parameters(config: &VitsConfig) -> i64 {
    let first = config.upsample_initial_channel;
    let mut channels = first;
    let mut count = conv(config.flow_size, first, 7);
    if config.speaker_embedding_size != 0 {
        count += conv(config.speaker_embedding_size, first, 1);
    }
    for &kernel in &config.upsample_kernel_sizes {
        count += channels * (channels / 2) * kernel + channels / 2;
        channels /= 2;
        let blocks = config
            .resblock_kernel_sizes
            .iter()
            .zip(&config.resblock_dilation_sizes);
        let convs = blocks.map(|(&kernel, dilations)| {
            2 * dilations.len() as i64 * conv(channels, channels, kernel)
        });
        count += convs.sum::<i64>();
    }
    // The last convolution has no bias.
    count + channels * 7
}

fn generator_parameters(config: &VitsConfig) -> f64 {
    let (hidden, flow) = (config.hidden_size, config.flow_size);
    let posterior = conv(config.spectrogram_bins, hidden, 1)
        + wavenet_parameters(config, config.posterior_encoder_num_wavenet_layers)
        + conv(hidden, 2 * flow, 1);
    let coupling = conv(flow / 2, hidden, 1)
        + wavenet_parameters(config, config.prior_encoder_num_wavenet_layers)
        + conv(hidden, flow / 2, 1);
    let speakers = if config.num_speakers > 1 {
        config.num_speakers * config.speaker_embedding_size
    } else {
        0
    };
    let count = text_encoder_parameters(config)
        + posterior
        + config.prior_encoder_num_flows * coupling
        + duration_parameters(config)
        + decoder_parameters(config)
        + speakers;
    count as f64
}

fn discriminator_parameters(config: &DiscriminatorConfig) -> f64 {
    let width = |channels: i64| (channels / config.width_divisor).max(1);
    let mut count = 0;
    let mut input = 1;
    for (output, kernel, stride) in SCALE_LAYERS {
        let output = width(output);
        let groups = if stride > 1 {
            (input / GROUP_CHANNELS).max(1)
        } else {
            1
        };
        count += normed(input / groups, output, kernel);
        input = output;
    }
    count += normed(input, 1, 3);
    for _ in &config.periods {
        let mut input = 1;
        for (output, _) in PERIOD_LAYERS {
            count += normed(input, width(output), 5);
            input = width(output);
        }
        count += normed(input, 1, 3);
    }
    count as f64
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that can't go on must stop")]
mod tests {
    use tch::Device;

    use super::*;
    use crate::{
        config::Preset,
        nn::{discriminator::Discriminators, generator::Vits, parameters::Builder},
    };

    const DEMAND: BatchShape = BatchShape {
        batch: 16,
        frames: 300,
        tokens: 120,
    };

    #[test]
    fn parameters_are_counted_as_networks_have_them() {
        let several_speakers = VitsConfig {
            num_speakers: 3,
            speaker_embedding_size: 8,
            ..Preset::Tiny.config(40)
        };
        let stochastic = VitsConfig {
            use_stochastic_duration_prediction: true,
            ..several_speakers.clone()
        };
        for config in [
            Preset::Tiny.config(40),
            Preset::Small.config(55),
            several_speakers,
            stochastic,
        ] {
            let network = Vits::new(&config, 1, Device::Cpu);
            let real = network.parameters().flat().numel() as f64;
            assert_eq!(generator_parameters(&config), real, "{config:?}");
        }
        for preset in [Preset::Tiny, Preset::Small] {
            let config = preset.discriminator();
            let mut builder = Builder::blank(Device::Cpu);
            let _network = Discriminators::new(&mut builder, &config);
            let real = builder.build().flat().numel() as f64;
            assert_eq!(discriminator_parameters(&config), real, "{config:?}");
        }
    }

    #[test]
    fn more_of_anything_takes_more() {
        let of =
            |preset: Preset, demand| estimate(&preset.config(40), &preset.discriminator(), demand);
        let usual = of(Preset::Tiny, DEMAND);
        for more in [
            BatchShape {
                batch: 17,
                ..DEMAND
            },
            BatchShape {
                frames: 301,
                ..DEMAND
            },
            BatchShape {
                tokens: 121,
                ..DEMAND
            },
        ] {
            assert!(of(Preset::Tiny, more) > usual, "{more:?}");
        }
        assert!(of(Preset::Small, DEMAND) > usual);
        assert!(of(Preset::Mms, DEMAND) > of(Preset::Small, DEMAND));
    }

    #[test]
    fn a_refusal_names_the_figures_and_the_batch_that_would_fit() {
        let (config, discriminator) = (Preset::Tiny.config(40), Preset::Tiny.discriminator());
        let needed = |batch| estimate(&config, &discriminator, BatchShape { batch, ..DEMAND });
        let refused = |available| {
            let checked = check(&config, &discriminator, DEMAND, available);
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
