//! Normalising flow between the latent and the prior's space: mean-only affine coupling layers (Dinh et al. 2017), with
//! the channels flipped between them.

use tch::Tensor;

use crate::{
    config::VitsConfig,
    modules::{Conv1d, ConvShape, Start, WaveNet},
    parameters::Builder,
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

    /// Latent to the prior's space; `[batch, flow, frames]` both.
    pub(crate) fn forward(&self, latent: &Tensor, mask: &Tensor) -> Tensor {
        self.layers
            .iter()
            .fold(latent.shallow_clone(), |state, layer| {
                layer.shift(&state, mask, 1.0).flip([1])
            })
    }

    /// The prior's space to latent: the exact inverse.
    pub(crate) fn inverse(&self, prior: &Tensor, mask: &Tensor) -> Tensor {
        self.layers
            .iter()
            .rev()
            .fold(prior.shallow_clone(), |state, layer| {
                layer.shift(&state.flip([1]), mask, -1.0)
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
                hidden,
                config.wavenet_kernel_size,
                config.wavenet_dilation_rate,
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

    fn shift(&self, state: &Tensor, mask: &Tensor, sign: f64) -> Tensor {
        let first = state.narrow(1, 0, self.half);
        let second = state.narrow(1, self.half, self.half);
        let hidden = self
            .wavenet
            .forward(&(self.conv_pre.forward(&first) * mask), mask);
        let mean = self.conv_post.forward(&hidden) * mask;
        Tensor::cat(&[first, (second + mean * sign) * mask], 1)
    }
}
