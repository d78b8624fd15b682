//! Network configurations: transformers' `config.json` of a `VitsModel`, our discriminators, and the presets.

mod check;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// In the folder of a voice.
pub(crate) const CONFIG_FILE: &str = "config.json";
/// Mel bands of the spectral loss.
pub const MEL_BANDS: i64 = 80;
/// Window and transform length of the short-time Fourier transform, in samples.
pub const FFT_LENGTH: i64 = 1024;
/// Samples between two frames.
pub const HOP_LENGTH: i64 = 256;
/// Samples that the decoder is trained on at a time.
pub const SEGMENT_SAMPLES: i64 = 8192;
/// How many times wider the hidden states are than a speaker's embedding.
const HIDDEN_TO_SPEAKER: i64 = 3;
/// Frames that the decoder is trained on at a time.
pub(crate) const SEGMENT_FRAMES: i64 = SEGMENT_SAMPLES / HOP_LENGTH;

/// The fields of transformers' `VitsConfig` that shape the network; names and defaults are theirs.
#[allow(missing_docs, reason = "transformers documents its own fields")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VitsConfig {
    pub vocab_size: i64,
    pub hidden_size: i64,
    pub num_hidden_layers: i64,
    pub num_attention_heads: i64,
    /// Relative positions further away than this share nothing.
    pub window_size: i64,
    pub use_bias: bool,
    pub ffn_dim: i64,
    pub ffn_kernel_size: i64,
    pub layerdrop: f64,
    pub hidden_dropout: f64,
    pub attention_dropout: f64,
    pub activation_dropout: f64,
    pub layer_norm_eps: f64,
    pub use_stochastic_duration_prediction: bool,
    pub num_speakers: i64,
    /// 0 where nothing is conditioned on the speaker.
    pub speaker_embedding_size: i64,
    /// The ids of speakers by their names, as Piper and Coqui have it; transformers keeps what it doesn't know.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub speaker_id_map: BTreeMap<String, i64>,
    /// Ours; transformers computes the same without it.
    #[serde(skip_serializing_if = "SpeakerConditioning::is_everywhere")]
    pub speaker_conditioning: SpeakerConditioning,
    pub flow_size: i64,
    pub spectrogram_bins: i64,
    pub prior_encoder_num_flows: i64,
    pub prior_encoder_num_wavenet_layers: i64,
    pub posterior_encoder_num_wavenet_layers: i64,
    pub wavenet_kernel_size: i64,
    pub wavenet_dilation_rate: i64,
    pub wavenet_dropout: f64,
    pub duration_predictor_kernel_size: i64,
    pub duration_predictor_dropout: f64,
    pub duration_predictor_filter_channels: i64,
    pub duration_predictor_num_flows: i64,
    pub duration_predictor_flow_bins: i64,
    pub duration_predictor_tail_bound: f64,
    pub depth_separable_channels: i64,
    pub depth_separable_num_layers: i64,
    pub upsample_initial_channel: i64,
    pub upsample_rates: Vec<i64>,
    pub upsample_kernel_sizes: Vec<i64>,
    pub resblock_kernel_sizes: Vec<i64>,
    pub resblock_dilation_sizes: Vec<Vec<i64>>,
    pub leaky_relu_slope: f64,
    pub noise_scale: f64,
    pub noise_scale_duration: f64,
    pub speaking_rate: f64,
    pub sampling_rate: i64,
    pub hidden_act: String,
    pub model_type: String,
    pub architectures: Vec<String>,
}

impl Default for VitsConfig {
    fn default() -> Self {
        Self {
            vocab_size: 38,
            hidden_size: 192,
            num_hidden_layers: 6,
            num_attention_heads: 2,
            window_size: 4,
            use_bias: true,
            ffn_dim: 768,
            ffn_kernel_size: 3,
            layerdrop: 0.1,
            hidden_dropout: 0.1,
            attention_dropout: 0.1,
            activation_dropout: 0.1,
            layer_norm_eps: 1e-5,
            use_stochastic_duration_prediction: true,
            num_speakers: 1,
            speaker_embedding_size: 0,
            speaker_id_map: BTreeMap::new(),
            speaker_conditioning: SpeakerConditioning::Everywhere,
            flow_size: 192,
            spectrogram_bins: 513,
            prior_encoder_num_flows: 4,
            prior_encoder_num_wavenet_layers: 4,
            posterior_encoder_num_wavenet_layers: 16,
            wavenet_kernel_size: 5,
            wavenet_dilation_rate: 1,
            wavenet_dropout: 0.0,
            duration_predictor_kernel_size: 3,
            duration_predictor_dropout: 0.5,
            duration_predictor_filter_channels: 256,
            duration_predictor_num_flows: 4,
            duration_predictor_flow_bins: 10,
            duration_predictor_tail_bound: 5.0,
            depth_separable_channels: 2,
            depth_separable_num_layers: 3,
            upsample_initial_channel: 512,
            upsample_rates: vec![8, 8, 2, 2],
            upsample_kernel_sizes: vec![16, 16, 4, 4],
            resblock_kernel_sizes: vec![3, 7, 11],
            resblock_dilation_sizes: vec![vec![1, 3, 5]; 3],
            leaky_relu_slope: 0.1,
            noise_scale: 0.667,
            noise_scale_duration: 0.8,
            speaking_rate: 1.0,
            sampling_rate: 16_000,
            hidden_act: "relu".into(),
            model_type: "vits".into(),
            architectures: vec!["VitsModel".into()],
        }
    }
}

/// Which parts of a network tell its speakers apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SpeakerConditioning {
    /// All but the text encoder, as the original does.
    #[default]
    Everywhere,
    /// The flow and the durations. Posterior encoder and decoder learn one way from sound to latent and back for all
    /// voices, and so for those to come: their conditioning layers are there, as transformers expects, and stay zeros.
    Prior,
}

/// What the decoder's weights are while they are trained; a voice has them as they are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DecoderWeights {
    /// As they are applied: earlier versions trained so, and go on so.
    #[default]
    Plain,
    /// By weight normalisation (Salimans & Kingma 2016), as the original has it.
    Normed,
}

impl SpeakerConditioning {
    fn is_everywhere(&self) -> bool {
        *self == Self::Everywhere
    }
}

impl VitsConfig {
    /// Gives the network an embedding for each of these speakers, where they are several; else it has one speaker, and none of
    /// the layers that tell speakers apart.
    pub(crate) fn with_speakers(self, names: &[String]) -> Self {
        if names.len() < 2 {
            return Self {
                num_speakers: 1,
                speaker_embedding_size: 0,
                speaker_id_map: BTreeMap::new(),
                speaker_conditioning: SpeakerConditioning::Everywhere,
                ..self
            };
        }
        let (size, conditioning) = match self.speaker_embedding_size {
            0 => (
                self.hidden_size / HIDDEN_TO_SPEAKER,
                SpeakerConditioning::Prior,
            ),
            own => (own, self.speaker_conditioning),
        };
        Self {
            num_speakers: names.len() as i64,
            speaker_embedding_size: size,
            speaker_conditioning: conditioning,
            speaker_id_map: names.iter().cloned().zip(0..).collect(),
            ..self
        }
    }

    /// The names of the speakers by their ids, a number where one has no name; none where there is one speaker.
    pub fn speakers(&self) -> Vec<String> {
        if self.num_speakers < 2 {
            return Vec::new();
        }
        let mut names: Vec<String> = (0..self.num_speakers).map(|id| id.to_string()).collect();
        for (name, &id) in &self.speaker_id_map {
            if let Some(place) = usize::try_from(id).ok().and_then(|id| names.get_mut(id)) {
                place.clone_from(name);
            }
        }
        names
    }
}

/// The discriminators of HiFi-GAN (arXiv 2010.05646) at a fraction of their width.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiscriminatorConfig {
    /// Every channel count is divided by this.
    pub width_divisor: i64,
    /// Periods of the period discriminators, in samples.
    pub periods: Vec<i64>,
}

impl DiscriminatorConfig {
    /// Those of the preset whose decoder is about as wide.
    pub fn suiting(generator: &VitsConfig) -> Self {
        let presets = [Preset::Mms, Preset::Small, Preset::Tiny];
        let width = |preset: Preset| preset.config(1).upsample_initial_channel;
        let suiting = presets
            .into_iter()
            .find(|preset| generator.upsample_initial_channel >= width(*preset));
        suiting.unwrap_or(Preset::Tiny).discriminator()
    }
}

/// How large the network is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// For a laptop's CPU.
    Tiny,
    /// For a night on a CPU, or a small GPU.
    Small,
    /// The size of the MMS voices, for a GPU.
    Mms,
}

impl Preset {
    /// The generator for a vocabulary of this size.
    pub fn config(self, vocab_size: i64) -> VitsConfig {
        let base = VitsConfig {
            vocab_size,
            // The original has no layers left out.
            layerdrop: 0.0,
            // Drawn durations cost too much where everything else is small.
            use_stochastic_duration_prediction: self != Self::Tiny,
            ..VitsConfig::default()
        };
        // With the sizes of HiFi-GAN's V3 it takes half as long as with those of V1, which the voices of MMS have.
        let light_decoder = VitsConfig {
            upsample_rates: vec![8, 8, 4],
            upsample_kernel_sizes: vec![16, 16, 8],
            resblock_kernel_sizes: vec![3, 5, 7],
            resblock_dilation_sizes: vec![vec![1, 2], vec![2, 6], vec![3, 12]],
            ..base.clone()
        };
        match self {
            Self::Tiny => VitsConfig {
                hidden_size: 96,
                num_hidden_layers: 3,
                ffn_dim: 384,
                flow_size: 96,
                posterior_encoder_num_wavenet_layers: 8,
                duration_predictor_filter_channels: 128,
                upsample_initial_channel: 128,
                ..light_decoder
            },
            Self::Small => VitsConfig {
                upsample_initial_channel: 256,
                ..light_decoder
            },
            Self::Mms => base,
        }
    }

    /// The sample rate of its voices unless another is asked for, in hertz.
    pub fn sample_rate(self) -> u32 {
        match self {
            Self::Tiny | Self::Small => 22_050,
            // Of the voices of MMS.
            Self::Mms => 16_000,
        }
    }

    /// Its discriminators.
    pub fn discriminator(self) -> DiscriminatorConfig {
        let width_divisor = match self {
            Self::Tiny => 8,
            Self::Small => 2,
            Self::Mms => 1,
        };
        let periods = if self == Self::Tiny {
            vec![2, 3, 5]
        } else {
            vec![2, 3, 5, 7, 11]
        };
        DiscriminatorConfig {
            width_divisor,
            periods,
        }
    }
}
