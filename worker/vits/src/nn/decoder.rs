//! HiFi-GAN's generator (Kong et al. 2020, arXiv 2010.05646): latent to waveform.

use tch::{Device, Kind, Tensor};

use crate::{
    config::{DecoderWeights, VitsConfig},
    nn::{
        layers::{Conv1d, ConvShape, Start, Upsample, channels_last},
        parameters::Builder,
    },
};

/// What the names of its parameters begin with.
pub(crate) const PREFIX: &str = "decoder.";
/// Slope of the last leaky ReLU: PyTorch's default, not the configured one.
const LAST_SLOPE: f64 = 0.01;

/// How many values a stage gives at a time when nothing is trained. Smaller tensors are slower, for what lies beside them is
/// computed twice; larger ones too, for malloc has the kernel make new memory for each.
const BLOCK_VALUES: i64 = 1 << 19;

/// Leaky ReLU of a slope.
type Activate = fn(&Tensor, f64) -> Tensor;

/// `[batch, flow, frames]` → `[batch, 1, samples]`; the product of the upsampling rates is the samples of a frame.
#[derive(Debug)]
pub(crate) struct Decoder {
    conv_pre: Conv1d,
    condition: Option<Conv1d>,
    stages: Vec<Stage>,
    conv_post: Conv1d,
}

#[derive(Debug)]
struct Stage {
    upsample: Upsample,
    blocks: Vec<ResidualBlock>,
    slope: f64,
    /// How many frames of its input, on either side, what it gives for a frame depends on.
    receptive_field: i64,
}

#[derive(Debug)]
struct ResidualBlock {
    pairs: Vec<(Conv1d, Conv1d)>,
    slope: f64,
}

impl Decoder {
    pub(crate) fn new(builder: &mut Builder, config: &VitsConfig, weights: DecoderWeights) -> Self {
        let first = config.upsample_initial_channel;
        let pre = ConvShape::same(config.flow_size, first, 7);
        let conv_pre = Conv1d::new(builder, "decoder.conv_pre", pre, Start::Default);
        let mut stages = Vec::new();
        let mut channels = first;
        for (stage, (&rate, &kernel)) in config
            .upsample_rates
            .iter()
            .zip(&config.upsample_kernel_sizes)
            .enumerate()
        {
            let name = format!("decoder.upsampler.{stage}");
            let upsample = Upsample::new(
                builder,
                &name,
                channels,
                channels / 2,
                kernel,
                rate,
                weights,
            );
            channels /= 2;
            let kinds = config
                .resblock_kernel_sizes
                .iter()
                .zip(&config.resblock_dilation_sizes)
                .enumerate();
            let blocks = kinds
                .map(|(kind, (&kernel, dilations))| {
                    let block = stage * config.resblock_kernel_sizes.len() + kind;
                    let name = format!("decoder.resblocks.{block}");
                    ResidualBlock::new(
                        builder,
                        &name,
                        channels,
                        kernel,
                        dilations,
                        config.leaky_relu_slope,
                        weights,
                    )
                })
                .collect();
            stages.push(Stage::new(upsample, blocks, config.leaky_relu_slope));
        }
        // Not a wide one: bfloat16 would be heard as noise.
        let post = ConvShape::same(channels, 1, 7);
        let conv_post =
            Conv1d::with_bias(builder, "decoder.conv_post", post, Start::Default, false);
        let condition = (config.speaker_embedding_size != 0).then(|| {
            let shape = ConvShape::same(config.speaker_embedding_size, first, 1);
            Conv1d::new(builder, "decoder.cond", shape, Start::Default)
        });
        Self {
            conv_pre,
            condition,
            stages,
            conv_post,
        }
    }

    /// `latent`: `[batch, flow, frames]`, `speaker`: `[batch, embedding, 1]`.
    pub(crate) fn forward(&self, latent: &Tensor, speaker: Option<&Tensor>, dtype: Kind) -> Tensor {
        self.through(latent, speaker, dtype, |stage, input| {
            stage.forward(input, leaky_relu, dtype)
        })
    }

    /// The same without gradients, quicker on a CPU, and with less memory where there are many frames.
    pub(crate) fn speak(&self, latent: &Tensor, speaker: Option<&Tensor>) -> Tensor {
        self.through(latent, speaker, Kind::Float, Stage::forward_in_blocks)
    }

    fn through(
        &self,
        latent: &Tensor,
        speaker: Option<&Tensor>,
        dtype: Kind,
        pass: impl Fn(&Stage, &Tensor) -> Tensor,
    ) -> Tensor {
        let mut state = self.conv_pre.forward_in(&channels_last(latent), dtype);
        if let Some((condition, speaker)) = self.condition.as_ref().zip(speaker) {
            state += condition.forward(speaker);
        }
        for stage in &self.stages {
            state = pass(stage, &state);
        }
        self.conv_post
            .forward(&leaky_relu(&state, LAST_SLOPE))
            .tanh()
    }
}

impl Stage {
    fn new(upsample: Upsample, blocks: Vec<ResidualBlock>, slope: f64) -> Self {
        let fields = blocks.iter().map(ResidualBlock::receptive_field);
        let receptive_field = fields.max().unwrap_or_default() + upsample.receptive_field();
        Self {
            // Of frames that come in, rounded up.
            receptive_field: receptive_field / upsample.rate() + 1,
            upsample,
            blocks,
            slope,
        }
    }

    /// `[batch, channels, frames]` → `[batch, channels / 2, frames × rate]`; `activate` is leaky ReLU of what is not needed
    /// any more.
    fn forward(&self, input: &Tensor, activate: Activate, dtype: Kind) -> Tensor {
        // What residual blocks add to, and their sums, stay in single precision: in bfloat16 three times as much noise comes
        // out, and mel losses of quiet bands hear it.
        let state = self
            .upsample
            .forward(&leaky_relu(input, self.slope), dtype)
            .to_kind(self.upsample.kind());
        let mut sum: Option<Tensor> = None;
        for block in &self.blocks {
            let output = block.forward(&state, activate, dtype);
            // In place, for these are the largest tensors, and new memory costs more than the sum.
            sum = Some(match sum {
                Some(mut sum) => sum.g_add_(&output),
                None => output,
            });
        }
        match sum {
            Some(mut sum) => sum.g_div_scalar_(self.blocks.len() as f64),
            None => state,
        }
    }

    /// The same, some frames after the other, each time with the frames beside them that reach into them.
    fn forward_in_blocks(&self, input: &Tensor) -> Tensor {
        let frames = input.size()[2];
        let (rate, channels) = (self.upsample.rate(), self.upsample.channels());
        let block = (BLOCK_VALUES / (channels * rate * input.size()[0])).max(self.receptive_field);
        if input.device() != Device::Cpu || frames <= block + self.receptive_field {
            return self.forward(input, leaky_relu_in_place, Kind::Float);
        }
        let parts: Vec<Tensor> = (0..frames)
            .step_by(block as usize)
            .map(|start| {
                let end = (start + block).min(frames);
                let (from, to) = (
                    (start - self.receptive_field).max(0),
                    (end + self.receptive_field).min(frames),
                );
                let output = self.forward(
                    &input.narrow(2, from, to - from),
                    leaky_relu_in_place,
                    Kind::Float,
                );
                // Some kernels make the end a frame longer.
                let last = match end == frames {
                    true => output.size()[2],
                    false => (end - from) * rate,
                };
                let first = (start - from) * rate;
                output.narrow(2, first, last - first).transpose(1, 2)
            })
            .collect();
        // Put together so that the channels of a frame stay together.
        Tensor::cat(&parts, 1).transpose(1, 2)
    }
}

impl ResidualBlock {
    fn new(
        builder: &mut Builder,
        name: &str,
        channels: i64,
        kernel: i64,
        dilations: &[i64],
        slope: f64,
        weights: DecoderWeights,
    ) -> Self {
        let start = match weights {
            DecoderWeights::Plain => Start::Default,
            DecoderWeights::Normed => Start::WeightNorm,
        };
        let mut conv = |part: String, dilation| {
            Conv1d::new(
                builder,
                &format!("{name}.{part}"),
                ConvShape::dilated(channels, channels, kernel, dilation),
                start,
            )
        };
        let pairs = dilations
            .iter()
            .enumerate()
            .map(|(index, &dilation)| {
                (
                    conv(format!("convs1.{index}"), dilation),
                    conv(format!("convs2.{index}"), 1),
                )
            })
            .collect();
        Self { pairs, slope }
    }

    /// How many frames on either side what it gives for a frame depends on.
    fn receptive_field(&self) -> i64 {
        let convolutions = self
            .pairs
            .iter()
            .flat_map(|(first, second)| [first, second]);
        convolutions.map(Conv1d::receptive_field).sum()
    }

    fn forward(&self, input: &Tensor, activate: Activate, dtype: Kind) -> Tensor {
        self.pairs
            .iter()
            .fold(input.shallow_clone(), |state, (first, second)| {
                let inner = first.forward_in(&leaky_relu(&state, self.slope), dtype);
                let output = second.forward_in(&activate(&inner, self.slope), dtype);
                output.to_kind(state.kind()).g_add_(&state)
            })
    }
}

/// max(x, slope · x). tch binds leaky ReLU without its slope, but its derivative with it; x times the derivative at x is
/// leaky ReLU itself, in one pass, and so is the backward pass of that.
pub(crate) fn leaky_relu(input: &Tensor, slope: f64) -> Tensor {
    input.detach().leaky_relu_backward(input, slope, false)
}

/// The same into the input's own memory, where there is no gradient and nobody needs the input any more.
fn leaky_relu_in_place(input: &Tensor, slope: f64) -> Tensor {
    input.leaky_relu_backward_grad_input(input, input, slope, false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::Preset,
        nn::random::{Rng, Stream},
    };

    #[test]
    fn some_frames_after_the_other_give_the_same_waveform() {
        let random = |number| Rng::new(3, Stream::Initialisation, number, Device::Cpu);
        let even = Preset::Tiny.config(40);
        let odd = VitsConfig {
            upsample_kernel_sizes: vec![17, 11, 5],
            ..even.clone()
        };
        for config in [even, odd] {
            let mut builder = Builder::new(random(0), Device::Cpu);
            let decoder = Decoder::new(&mut builder, &config, DecoderWeights::Plain);
            // The last stage takes four blocks and a bit, the one before two and a bit, the first all at once.
            let latent = random(1).normal(&[1, config.flow_size, 560]);
            let _no_grad = tch::no_grad_guard();
            let whole = decoder.forward(&latent, None, Kind::Float);
            let waveform = decoder.speak(&latent, None);
            assert_eq!(whole.size(), waveform.size());
            let difference = (&whole - waveform).abs().max().double_value(&[]);
            assert!(difference < 1e-6, "{difference}");
            assert!(whole.abs().max().double_value(&[]) > 1e-3);
        }
    }
}
