//! HiFi-GAN's generator (Kong et al. 2020, arXiv 2010.05646): latent to waveform.

use tch::Tensor;

use crate::{
    config::VitsConfig,
    modules::{Conv1d, ConvShape, Start, Upsample, channels_together},
    parameters::Builder,
};

/// Slope of the last leaky ReLU: PyTorch's default, not the configured one.
const LAST_SLOPE: f64 = 0.01;

/// `[batch, flow, frames]` → `[batch, 1, samples]`; the product of the upsampling rates is the samples of a frame.
#[derive(Debug)]
pub(crate) struct Decoder {
    conv_pre: Conv1d,
    condition: Option<Conv1d>,
    stages: Vec<Stage>,
    conv_post: Conv1d,
    slope: f64,
}

#[derive(Debug)]
struct Stage {
    upsample: Upsample,
    blocks: Vec<ResidualBlock>,
}

#[derive(Debug)]
struct ResidualBlock {
    pairs: Vec<(Conv1d, Conv1d)>,
    slope: f64,
}

impl Decoder {
    pub(crate) fn new(builder: &mut Builder, config: &VitsConfig) -> Self {
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
            let upsample = Upsample::new(builder, &name, channels, channels / 2, kernel, rate);
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
                    )
                })
                .collect();
            stages.push(Stage { upsample, blocks });
        }
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
            slope: config.leaky_relu_slope,
        }
    }

    /// `latent`: `[batch, flow, frames]`, `speaker`: `[batch, embedding, 1]`.
    pub(crate) fn forward(&self, latent: &Tensor, speaker: Option<&Tensor>) -> Tensor {
        let mut state = self.conv_pre.forward(&channels_together(latent));
        if let Some((condition, speaker)) = self.condition.as_ref().zip(speaker) {
            state += condition.forward(speaker);
        }
        for stage in &self.stages {
            state = stage.upsample.forward(&leaky_relu(&state, self.slope));
            let mut sum: Option<Tensor> = None;
            for block in &stage.blocks {
                let output = block.forward(&state);
                // In place, for these are the largest tensors, and new memory costs more than the sum.
                sum = Some(match sum {
                    Some(mut sum) => sum.g_add_(&output),
                    None => output,
                });
            }
            if let Some(mut sum) = sum {
                state = sum.g_div_scalar_(stage.blocks.len() as f64);
            }
        }
        self.conv_post
            .forward(&leaky_relu(&state, LAST_SLOPE))
            .tanh()
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
    ) -> Self {
        let mut conv = |part: String, dilation| {
            Conv1d::new(
                builder,
                &format!("{name}.{part}"),
                ConvShape::dilated(channels, channels, kernel, dilation),
                Start::Default,
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

    fn forward(&self, input: &Tensor) -> Tensor {
        self.pairs
            .iter()
            .fold(input.shallow_clone(), |state, (first, second)| {
                let inner = first.forward(&leaky_relu(&state, self.slope));
                second
                    .forward(&leaky_relu(&inner, self.slope))
                    .g_add_(&state)
            })
    }
}

/// max(x, slope · x). tch binds leaky ReLU without its slope, but its derivative with it; x times the derivative at x is
/// leaky ReLU itself, in one pass, and so is the backward pass of that.
pub(crate) fn leaky_relu(input: &Tensor, slope: f64) -> Tensor {
    input.detach().leaky_relu_backward(input, slope, false)
}
