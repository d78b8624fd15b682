//! Non-causal WaveNet (van den Oord et al. 2016) as in WaveGlow: gated, dilated convolutions with skip connections,
//! conditioned on the speaker where there are several.

use tch::Tensor;

use crate::{
    config::VitsConfig,
    nn::{
        context::Context,
        layers::{Conv1d, ConvShape, Start},
        parameters::Builder,
    },
};

/// A stack of its layers.
#[derive(Debug)]
pub(crate) struct WaveNet {
    /// The speaker's part in every layer's gates, all layers together.
    condition: Option<Conv1d>,
    input_layers: Vec<Conv1d>,
    output_layers: Vec<Conv1d>,
    hidden: i64,
    dropout: f64,
}

impl WaveNet {
    pub(crate) fn new(builder: &mut Builder, name: &str, config: &VitsConfig, layers: i64) -> Self {
        let hidden = config.hidden_size;
        let mut conv = |name: &str, shape| Conv1d::new(builder, name, shape, Start::WeightNorm);
        let condition = (config.speaker_embedding_size != 0).then(|| {
            let shape = ConvShape::same(config.speaker_embedding_size, 2 * hidden * layers, 1);
            conv(&format!("{name}.cond_layer"), shape)
        });
        let mut input_layers = Vec::new();
        let mut output_layers = Vec::new();
        for layer in 0..layers {
            let dilation = config.wavenet_dilation_rate.pow(layer as u32);
            let kernel = config.wavenet_kernel_size;
            let shape = ConvShape::dilated(hidden, 2 * hidden, kernel, dilation);
            input_layers.push(conv(&format!("{name}.in_layers.{layer}"), shape));
            // The last layer has nothing to hand on: all of it is skip.
            let output = if layer + 1 < layers {
                2 * hidden
            } else {
                hidden
            };
            let shape = ConvShape::same(hidden, output, 1);
            output_layers.push(conv(&format!("{name}.res_skip_layers.{layer}"), shape));
        }
        Self {
            condition,
            input_layers,
            output_layers,
            hidden,
            dropout: config.wavenet_dropout,
        }
    }

    /// `input`: `[batch, hidden, frames]`, `mask`: `[batch, 1, frames]`, `speaker`: `[batch, embedding, 1]`; dropout only
    /// where there is `rng`.
    pub(crate) fn forward(
        &self,
        input: &Tensor,
        mask: &Tensor,
        speaker: Option<&Tensor>,
        context: &mut Context,
    ) -> Tensor {
        let condition = self
            .condition
            .as_ref()
            .zip(speaker)
            .map(|(condition, speaker)| condition.forward_in(speaker, context.dtype)); // [batch, 2 hidden layers, 1]
        let mut state = input.shallow_clone();
        let mut output: Option<Tensor> = None;
        for (layer, (input_layer, output_layer)) in self
            .input_layers
            .iter()
            .zip(&self.output_layers)
            .enumerate()
        {
            let mut gates = input_layer.forward_in(&state, context.dtype); // [batch, 2 hidden, frames]
            if let Some(condition) = &condition {
                gates += condition.narrow(1, 2 * self.hidden * layer as i64, 2 * self.hidden);
            }
            let acts = gates.narrow(1, 0, self.hidden).tanh()
                * gates.narrow(1, self.hidden, self.hidden).sigmoid();
            let acts = context.dropout(&acts, self.dropout);
            let both = output_layer.forward_in(&acts, context.dtype);
            // What sixteen layers add up is summed in the precision of what comes in.
            let skip = if layer + 1 < self.input_layers.len() {
                state = (state + both.narrow(1, 0, self.hidden)) * mask;
                both.narrow(1, self.hidden, self.hidden)
            } else {
                both
            };
            output = Some(match output {
                Some(sum) => sum + skip,
                None => skip.to_kind(input.kind()),
            });
        }
        match output {
            Some(output) => output * mask,
            None => input.zeros_like(),
        }
    }
}
