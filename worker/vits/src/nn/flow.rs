//! Normalising flow between the latent and the prior's space: mean-only affine coupling layers (Dinh et al. 2017), with
//! the channels flipped between them.

use tch::Tensor;

use crate::{
    config::VitsConfig,
    nn::{
        context::Context,
        layers::{Conv1d, ConvShape, Start},
        parameters::Builder,
        wavenet::WaveNet,
    },
};

/// The coupling layers.
#[derive(Debug)]
pub(crate) struct Flow {
    layers: Vec<Coupling>,
}

#[derive(Debug)]
struct Coupling {
    conv_pre: Conv1d,
    wavenet: WaveNet,
    conv_post: Conv1d,
    half: i64,
}

impl Flow {
    pub(crate) fn new(builder: &mut Builder, config: &VitsConfig) -> Self {
        let layers = (0..config.prior_encoder_num_flows)
            .map(|layer| Coupling::new(builder, &format!("flow.flows.{layer}"), config))
            .collect();
        Self { layers }
    }

    /// Latent to the prior's space; `[batch, flow, frames]` both, `mask`: `[batch, 1, frames]`, `speaker`:
    /// `[batch, embedding, 1]`.
    pub(crate) fn forward(
        &self,
        latent: &Tensor,
        mask: &Tensor,
        speaker: Option<&Tensor>,
        context: &mut Context,
    ) -> Tensor {
        self.layers
            .iter()
            .fold(latent.shallow_clone(), |state, layer| {
                let (first, second) = layer.halves(&state);
                let mean = layer.mean(&first, mask, speaker, context);
                Tensor::cat(&[first, (second + mean) * mask], 1).flip([1])
            })
    }

    /// The prior's space to latent: the exact inverse.
    pub(crate) fn inverse(
        &self,
        prior: &Tensor,
        mask: &Tensor,
        speaker: Option<&Tensor>,
        context: &mut Context,
    ) -> Tensor {
        self.layers
            .iter()
            .rev()
            .fold(prior.shallow_clone(), |state, layer| {
                let (first, second) = layer.halves(&state.flip([1]));
                let mean = layer.mean(&first, mask, speaker, context);
                Tensor::cat(&[first, (second - mean) * mask], 1)
            })
    }
}

impl Coupling {
    fn new(builder: &mut Builder, name: &str, config: &VitsConfig) -> Self {
        let (hidden, half) = (config.hidden_size, config.flow_size / 2);
        let wavenet = format!("{name}.wavenet");
        Self {
            conv_pre: Conv1d::new(
                builder,
                &format!("{name}.conv_pre"),
                ConvShape::same(half, hidden, 1),
                Start::Default,
            ),
            wavenet: WaveNet::new(
                builder,
                &wavenet,
                config,
                config.prior_encoder_num_wavenet_layers,
            ),
            conv_post: Conv1d::new(
                builder,
                &format!("{name}.conv_post"),
                ConvShape::same(hidden, half, 1),
                Start::Zeros,
            ),
            half,
        }
    }

    fn halves(&self, state: &Tensor) -> (Tensor, Tensor) {
        (
            state.narrow(1, 0, self.half),
            state.narrow(1, self.half, self.half),
        )
    }

    /// By how much the second half is shifted: `[batch, flow / 2, frames]`, as the first half.
    fn mean(
        &self,
        first: &Tensor,
        mask: &Tensor,
        speaker: Option<&Tensor>,
        context: &mut Context,
    ) -> Tensor {
        let hidden = self.conv_pre.forward(first) * mask;
        let hidden = self.wavenet.forward(&hidden, mask, speaker, context);
        self.conv_post.forward(&hidden) * mask
    }
}
