//! Posterior encoder: the latent, given the recording. Used in training alone.

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

/// Linear spectrogram to latent.
#[derive(Debug)]
pub(crate) struct PosteriorEncoder {
    conv_pre: Conv1d,
    wavenet: WaveNet,
    conv_proj: Conv1d,
    flow: i64,
}

/// All `[batch, flow, frames]`.
pub(crate) struct Posterior {
    /// A sample of it.
    pub(crate) latent: Tensor,
    /// Its log σ.
    pub(crate) log_std: Tensor,
}

impl PosteriorEncoder {
    pub(crate) fn new(builder: &mut Builder, config: &VitsConfig) -> Self {
        let (hidden, flow) = (config.hidden_size, config.flow_size);
        let name = "posterior_encoder";
        let pre = ConvShape::same(config.spectrogram_bins, hidden, 1);
        let proj = ConvShape::same(hidden, 2 * flow, 1);
        Self {
            conv_pre: Conv1d::new(builder, &format!("{name}.conv_pre"), pre, Start::Default),
            wavenet: WaveNet::new(
                builder,
                &format!("{name}.wavenet"),
                config,
                config.posterior_encoder_num_wavenet_layers,
            ),
            conv_proj: Conv1d::new(builder, &format!("{name}.conv_proj"), proj, Start::Default),
            flow,
        }
    }

    /// `spectrogram`: `[batch, bins, frames]`, `mask`: `[batch, 1, frames]`, `speaker`: `[batch, embedding, 1]`.
    pub(crate) fn forward(
        &self,
        spectrogram: &Tensor,
        mask: &Tensor,
        speaker: Option<&Tensor>,
        context: &mut Context,
    ) -> Posterior {
        let state = self.conv_pre.forward(spectrogram) * mask;
        let state = self.wavenet.forward(&state, mask, speaker, context);
        let stats = self.conv_proj.forward(&state) * mask;
        let mean = stats.narrow(1, 0, self.flow);
        let log_std = stats.narrow(1, self.flow, self.flow);
        let latent = (&mean + context.rng.normal(&mean.size()) * log_std.exp()) * mask;
        Posterior { latent, log_std }
    }
}
