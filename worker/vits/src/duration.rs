//! Duration predictor, the plain convolutional one (as in Glow-TTS): the logarithm of every token's frames.

use tch::Tensor;

use crate::{
    config::VitsConfig,
    modules::{Conv1d, ConvShape, LayerNorm, Start},
    parameters::Builder,
    randomness::Randomness,
};

/// Hidden states to log durations.
#[derive(Debug)]
pub(crate) struct DurationPredictor {
    conv_1: Conv1d,
    norm_1: LayerNorm,
    conv_2: Conv1d,
    norm_2: LayerNorm,
    proj: Conv1d,
    dropout: f64,
}

impl DurationPredictor {
    pub(crate) fn new(builder: &mut Builder, config: &VitsConfig) -> Self {
        let filter = config.duration_predictor_filter_channels;
        let kernel = config.duration_predictor_kernel_size;
        let name = |part: &str| format!("duration_predictor.{part}");
        let first = ConvShape::same(config.hidden_size, filter, kernel);
        Self {
            conv_1: Conv1d::new(builder, &name("conv_1"), first, Start::Default),
            norm_1: LayerNorm::new(builder, &name("norm_1"), filter, config.layer_norm_eps),
            conv_2: Conv1d::new(
                builder,
                &name("conv_2"),
                ConvShape::same(filter, filter, kernel),
                Start::Default,
            ),
            norm_2: LayerNorm::new(builder, &name("norm_2"), filter, config.layer_norm_eps),
            proj: Conv1d::new(
                builder,
                &name("proj"),
                ConvShape::same(filter, 1, 1),
                Start::Default,
            ),
            dropout: config.duration_predictor_dropout,
        }
    }

    /// `hidden`: `[batch, hidden, tokens]` → `[batch, 1, tokens]`. The encoder learns nothing from durations.
    pub(crate) fn forward(
        &self,
        hidden: &Tensor,
        mask: &Tensor,
        mut randomness: Option<&mut Randomness>,
    ) -> Tensor {
        let mut drop = |input: Tensor| match randomness.as_deref_mut() {
            Some(randomness) => randomness.dropout(&input, self.dropout),
            None => input,
        };
        let state = self
            .norm_1
            .over_channels(&self.conv_1.forward(&(hidden.detach() * mask)).relu());
        let state = drop(state);
        let state = self
            .norm_2
            .over_channels(&self.conv_2.forward(&(state * mask)).relu());
        let state = drop(state);
        self.proj.forward(&(state * mask)) * mask
    }
}
