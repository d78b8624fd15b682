//! The plain duration predictor: convolutions, as in Glow-TTS (Kim et al. 2020). It is deterministic.

use tch::Tensor;

use crate::{
    config::VitsConfig,
    nn::{
        context::Context,
        layers::{Conv1d, ConvShape, LayerNorm, Start},
        parameters::Builder,
    },
};

/// Hidden states to log durations.
#[derive(Debug)]
pub(crate) struct PlainDuration {
    condition: Option<Conv1d>,
    conv_1: Conv1d,
    norm_1: LayerNorm,
    conv_2: Conv1d,
    norm_2: LayerNorm,
    proj: Conv1d,
    dropout: f64,
}

impl PlainDuration {
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
            condition: (config.speaker_embedding_size != 0).then(|| {
                let shape = ConvShape::same(config.speaker_embedding_size, config.hidden_size, 1);
                Conv1d::new(builder, &name("cond"), shape, Start::Default)
            }),
            dropout: config.duration_predictor_dropout,
        }
    }

    /// `hidden`: `[batch, hidden, tokens]`, `speaker`: `[batch, embedding, 1]` → `[batch, 1, tokens]`.
    pub(crate) fn forward(
        &self,
        hidden: &Tensor,
        mask: &Tensor,
        speaker: Option<&Tensor>,
        context: &mut Context,
    ) -> Tensor {
        let mut state = hidden.detach();
        if let Some((condition, speaker)) = self.condition.as_ref().zip(speaker) {
            state = &state + condition.forward(&speaker.detach());
        }
        for (conv, norm) in [(&self.conv_1, &self.norm_1), (&self.conv_2, &self.norm_2)] {
            state = norm.over_channels(&conv.forward(&(state * mask)).relu());
            state = context.dropout(&state, self.dropout);
        }
        self.proj.forward(&(state * mask)) * mask
    }
}
