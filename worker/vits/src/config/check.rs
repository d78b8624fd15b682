//! Checks field by field, before a network is made, whether a configuration can be run.

use super::{FFT_LENGTH, HOP_LENGTH, VitsConfig};
use crate::{Error, Result, nn::activation::Activation};

/// Widest layer, and most entries of a table, that a configuration may ask for. Far above any voice; a torn or malicious
/// file must not make the process ask for all memory there is.
const WIDEST: i64 = 1 << 16;
/// Most layers of a kind.
const DEEPEST: i64 = 1 << 10;
/// Narrowest bin of the spline, as a share of its width (see `spline`).
const MAX_BINS: i64 = 1_000;

/// What was found wrong, each «field is x, expected y».
struct Findings(Vec<String>);

impl Findings {
    fn expect(&mut self, holds: bool, field: &str, got: impl std::fmt::Debug, expected: &str) {
        if !holds {
            self.0
                .push(format!("{field} is {got:?}, expected {expected}"));
        }
    }

    fn in_range(&mut self, field: &str, got: i64, lowest: i64, highest: i64) {
        let holds = (lowest..=highest).contains(&got);
        self.expect(holds, field, got, &format!("{lowest} to {highest}"));
    }

    /// Convolutions that keep the number of frames need a middle.
    fn odd(&mut self, field: &str, got: i64) {
        let holds = got % 2 == 1 && (1..=WIDEST).contains(&got);
        self.expect(holds, field, got, "an odd number");
    }

    fn end(self) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(Error::Unsupported(format!(
            "this configuration can't be run: {}",
            self.0.join("; ")
        )))
    }
}

impl VitsConfig {
    /// In hertz.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where it can't be one.
    pub fn sample_rate(&self) -> Result<u32> {
        let rate = self.sampling_rate;
        u32::try_from(rate)
            .map_err(|_| Error::Unsupported(format!("sampling_rate is {rate}, expected hertz")))
    }

    /// Refuses what can't be run, with all that is wrong with it.
    ///
    /// # Errors
    /// [`Error::Unsupported`] names every field, what it is and what was expected.
    pub fn check(&self) -> Result<()> {
        let mut found = Findings(Vec::new());
        found.expect(
            self.model_type == "vits",
            "model_type",
            &self.model_type,
            "\"vits\"",
        );
        found.expect(
            Activation::named(&self.hidden_act).is_some(),
            "hidden_act",
            &self.hidden_act,
            &format!("one of {}", Activation::NAMES.join(", ")),
        );
        self.check_sizes(&mut found);
        self.check_numbers(&mut found);
        self.check_speakers(&mut found);
        self.check_decoder(&mut found);
        found.end()
    }

    /// Refuses what can synthesize but not be trained: the spectrograms of a training have one shape.
    ///
    /// # Errors
    /// [`Error::Unsupported`] names every field, what it is and what was expected.
    pub fn check_training(&self) -> Result<()> {
        self.check()?;
        let mut found = Findings(Vec::new());
        found.expect(
            self.upsample_rates.iter().product::<i64>() == HOP_LENGTH,
            "upsample_rates",
            &self.upsample_rates,
            &format!("rates whose product is {HOP_LENGTH}"),
        );
        let even_padding = self
            .upsample_rates
            .iter()
            .zip(&self.upsample_kernel_sizes)
            .all(|(rate, kernel)| (kernel - rate) % 2 == 0);
        found.expect(
            even_padding,
            "upsample_kernel_sizes",
            &self.upsample_kernel_sizes,
            "kernels that differ from their rates by an even number",
        );
        found.expect(
            self.spectrogram_bins == FFT_LENGTH / 2 + 1,
            "spectrogram_bins",
            self.spectrogram_bins,
            &format!("{}", FFT_LENGTH / 2 + 1),
        );
        found.end()
    }

    fn check_sizes(&self, found: &mut Findings) {
        for (field, got) in [
            ("vocab_size", self.vocab_size),
            ("hidden_size", self.hidden_size),
            ("num_attention_heads", self.num_attention_heads),
            ("window_size", self.window_size),
            ("ffn_dim", self.ffn_dim),
            ("ffn_kernel_size", self.ffn_kernel_size),
            ("flow_size", self.flow_size),
            ("spectrogram_bins", self.spectrogram_bins),
            (
                "duration_predictor_filter_channels",
                self.duration_predictor_filter_channels,
            ),
            ("upsample_initial_channel", self.upsample_initial_channel),
        ] {
            found.in_range(field, got, 1, WIDEST);
        }
        for (field, got, fewest) in [
            ("num_hidden_layers", self.num_hidden_layers, 0),
            ("prior_encoder_num_flows", self.prior_encoder_num_flows, 0),
            (
                "prior_encoder_num_wavenet_layers",
                self.prior_encoder_num_wavenet_layers,
                1,
            ),
            (
                "posterior_encoder_num_wavenet_layers",
                self.posterior_encoder_num_wavenet_layers,
                1,
            ),
            (
                "duration_predictor_num_flows",
                self.duration_predictor_num_flows,
                0,
            ),
            (
                "depth_separable_num_layers",
                self.depth_separable_num_layers,
                0,
            ),
        ] {
            found.in_range(field, got, fewest, DEEPEST);
        }
        found.expect(
            self.num_attention_heads < 1 || self.hidden_size % self.num_attention_heads == 0,
            "hidden_size",
            self.hidden_size,
            &format!(
                "a multiple of num_attention_heads {}",
                self.num_attention_heads
            ),
        );
        found.expect(
            self.flow_size % 2 == 0,
            "flow_size",
            self.flow_size,
            "an even number",
        );
        found.odd("wavenet_kernel_size", self.wavenet_kernel_size);
        found.odd(
            "duration_predictor_kernel_size",
            self.duration_predictor_kernel_size,
        );
        self.check_dilations(found);
    }

    /// The dilation of a layer is a power of the layer's number.
    fn check_dilations(&self, found: &mut Findings) {
        let deepest = self
            .prior_encoder_num_wavenet_layers
            .max(self.posterior_encoder_num_wavenet_layers);
        found.in_range(
            "wavenet_dilation_rate",
            self.wavenet_dilation_rate,
            1,
            WIDEST,
        );
        found.expect(
            reaches(self.wavenet_dilation_rate, deepest),
            "wavenet_dilation_rate",
            self.wavenet_dilation_rate,
            &format!("one whose {deepest} layers reach less than {WIDEST} frames"),
        );
        found.expect(
            reaches(
                self.duration_predictor_kernel_size,
                self.depth_separable_num_layers,
            ),
            "depth_separable_num_layers",
            self.depth_separable_num_layers,
            &format!("layers that reach less than {WIDEST} tokens"),
        );
    }

    fn check_numbers(&self, found: &mut Findings) {
        for (field, got) in [
            ("layerdrop", self.layerdrop),
            ("hidden_dropout", self.hidden_dropout),
            ("attention_dropout", self.attention_dropout),
            ("activation_dropout", self.activation_dropout),
            ("wavenet_dropout", self.wavenet_dropout),
            (
                "duration_predictor_dropout",
                self.duration_predictor_dropout,
            ),
        ] {
            found.expect((0.0..1.0).contains(&got), field, got, "0 to less than 1");
        }
        for (field, got) in [
            ("noise_scale", self.noise_scale),
            ("noise_scale_duration", self.noise_scale_duration),
        ] {
            let holds = got.is_finite() && got >= 0.0;
            found.expect(holds, field, got, "0 or more");
        }
        for (field, got) in [
            ("speaking_rate", self.speaking_rate),
            ("layer_norm_eps", self.layer_norm_eps),
        ] {
            let holds = got.is_finite() && got > 0.0;
            found.expect(holds, field, got, "more than 0");
        }
        found.expect(
            self.leaky_relu_slope.is_finite(),
            "leaky_relu_slope",
            self.leaky_relu_slope,
            "a number",
        );
        found.in_range("sampling_rate", self.sampling_rate, 1, 1 << 20);
        if self.use_stochastic_duration_prediction {
            found.in_range(
                "duration_predictor_flow_bins",
                self.duration_predictor_flow_bins,
                1,
                MAX_BINS - 1,
            );
            let bound = self.duration_predictor_tail_bound;
            found.expect(
                bound.is_finite() && bound > 0.0,
                "duration_predictor_tail_bound",
                bound,
                "more than 0",
            );
            // One channel is the duration; the flow needs another beside it, and no more.
            found.in_range(
                "depth_separable_channels",
                self.depth_separable_channels,
                2,
                2,
            );
        }
    }

    fn check_speakers(&self, found: &mut Findings) {
        found.in_range("num_speakers", self.num_speakers, 1, WIDEST);
        let fewest = i64::from(self.num_speakers > 1);
        found.in_range(
            "speaker_embedding_size",
            self.speaker_embedding_size,
            fewest,
            WIDEST,
        );
        for (name, &id) in &self.speaker_id_map {
            let field = format!("speaker_id_map.{name}");
            found.in_range(&field, id, 0, self.num_speakers - 1);
        }
    }

    fn check_decoder(&self, found: &mut Findings) {
        let (rates, kernels) = (&self.upsample_rates, &self.upsample_kernel_sizes);
        found.expect(
            !rates.is_empty() && rates.iter().all(|rate| (1..=WIDEST).contains(rate)),
            "upsample_rates",
            rates,
            "one or more rates from 1",
        );
        let hop = rates
            .iter()
            .try_fold(1i64, |hop, rate| hop.checked_mul(*rate));
        found.expect(
            hop.is_some_and(|hop| hop <= WIDEST),
            "upsample_rates",
            rates,
            &format!("rates whose product is at most {WIDEST}"),
        );
        found.expect(
            rates.len() == kernels.len()
                && rates
                    .iter()
                    .zip(kernels)
                    .all(|(rate, kernel)| (*rate..=WIDEST).contains(kernel)),
            "upsample_kernel_sizes",
            kernels,
            "a kernel for each of upsample_rates, and none smaller than its rate",
        );
        let halved = u32::try_from(rates.len())
            .ok()
            .and_then(|stages| self.upsample_initial_channel.checked_shr(stages));
        found.expect(
            halved.is_some_and(|channels| channels > 0),
            "upsample_initial_channel",
            self.upsample_initial_channel,
            "so many that they can be halved at each of upsample_rates",
        );
        let (blocks, dilations) = (&self.resblock_kernel_sizes, &self.resblock_dilation_sizes);
        found.expect(
            !blocks.is_empty(),
            "resblock_kernel_sizes",
            blocks,
            "one or more",
        );
        for &kernel in blocks {
            found.odd("one of resblock_kernel_sizes", kernel);
        }
        let sensible =
            |kind: &Vec<i64>| !kind.is_empty() && kind.iter().all(|by| (1..=WIDEST).contains(by));
        found.expect(
            dilations.len() == blocks.len() && dilations.iter().all(sensible),
            "resblock_dilation_sizes",
            dilations,
            "for each of resblock_kernel_sizes one or more dilations from 1",
        );
    }
}

/// Whether the dilation rate^(layers - 1) of the last layer is in bounds.
fn reaches(rate: i64, layers: i64) -> bool {
    let last = u32::try_from(layers - 1).unwrap_or(0);
    rate.checked_pow(last)
        .is_some_and(|dilation| dilation <= WIDEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Preset;

    #[test]
    fn the_voices_of_mms_and_all_presets_can_be_run_and_trained() {
        VitsConfig::default().check_training().unwrap();
        for preset in [Preset::Tiny, Preset::Small, Preset::Mms] {
            preset.config(40).check_training().unwrap();
        }
    }

    #[test]
    fn everything_that_cannot_be_run_is_named_with_what_was_expected() {
        let config = VitsConfig {
            hidden_size: 100,
            num_attention_heads: 3,
            hidden_act: "prelu".into(),
            wavenet_kernel_size: 4,
            num_speakers: 3,
            upsample_kernel_sizes: vec![16, 16, 4],
            resblock_dilation_sizes: vec![vec![1]; 2],
            depth_separable_channels: 4,
            speaking_rate: f64::NAN,
            ..VitsConfig::default()
        };
        let error = config.check().unwrap_err().to_string();
        for part in [
            "hidden_size is 100, expected a multiple of num_attention_heads 3",
            "hidden_act is \"prelu\", expected one of relu",
            "wavenet_kernel_size is 4, expected an odd number",
            "speaker_embedding_size is 0, expected 1 to 65536",
            "upsample_kernel_sizes is [16, 16, 4], expected a kernel for each of upsample_rates",
            "resblock_dilation_sizes is [[1], [1]], expected for each",
            "depth_separable_channels is 4, expected 2 to 2",
            "speaking_rate is NaN, expected more than 0",
        ] {
            assert!(error.contains(part), "{part} is not in: {error}");
        }
    }

    #[test]
    fn what_only_training_needs_is_asked_of_training_alone() {
        let config = VitsConfig {
            spectrogram_bins: 257,
            upsample_rates: vec![4, 4],
            upsample_kernel_sizes: vec![8, 9],
            ..VitsConfig::default()
        };
        config.check().unwrap();
        let error = config.check_training().unwrap_err().to_string();
        for field in [
            "spectrogram_bins",
            "upsample_rates",
            "upsample_kernel_sizes",
        ] {
            assert!(error.contains(field), "{field} is not in: {error}");
        }
    }

    #[test]
    fn absurd_sizes_are_refused_before_memory_is_asked_for() {
        let config = VitsConfig {
            ffn_dim: i64::MAX,
            wavenet_dilation_rate: i64::MAX,
            depth_separable_num_layers: 900,
            num_hidden_layers: -1,
            upsample_rates: vec![1; 80],
            upsample_kernel_sizes: vec![1; 80],
            ..VitsConfig::default()
        };
        let error = config.check().unwrap_err().to_string();
        for field in [
            "ffn_dim",
            "wavenet_dilation_rate",
            "depth_separable_num_layers",
            "num_hidden_layers",
            "upsample_initial_channel",
        ] {
            assert!(error.contains(field), "{field} is not in: {error}");
        }
    }
}
