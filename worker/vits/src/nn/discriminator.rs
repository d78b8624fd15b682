//! HiFi-GAN's discriminators: one on the waveform, one for each period on the waveform folded by it.

use tch::{Device, Kind, Tensor};

use crate::{
    config::DiscriminatorConfig,
    nn::{
        decoder::leaky_relu,
        layers::{Conv1d, ConvShape, FrameConv2d, Start},
        parameters::Builder,
    },
};

const SLOPE: f64 = 0.1;

/// Output, kernel and stride of the scale discriminator's convolutions at full width.
pub(crate) const SCALE_LAYERS: [(i64, i64, i64); 6] = [
    (16, 15, 1),
    (64, 41, 4),
    (256, 41, 4),
    (1024, 41, 4),
    (1024, 41, 4),
    (1024, 5, 1),
];
/// Output and stride of a period discriminator's convolutions at full width; the kernel is 5.
pub(crate) const PERIOD_LAYERS: [(i64, i64); 5] =
    [(32, 3), (128, 3), (512, 3), (1024, 3), (1024, 1)];
/// Input channels of a group in the grouped convolutions.
const GROUP_CHANNELS: i64 = 4;

/// Largest weight of a layer that is done on folded waveforms. Beside a larger one, which is rearranged for every call,
/// the layout of what it is applied to is of no matter.
const MAX_FOLDED_WEIGHT: usize = 100_000;

/// All of them.
#[derive(Debug)]
pub(crate) struct Discriminators {
    scale: ScaleDiscriminator,
    periods: Vec<PeriodDiscriminator>,
}

/// The output of one discriminator for a waveform.
pub(crate) struct DiscriminatorOutput {
    /// Its score, `[batch, scores]`: 1 is real.
    pub(crate) score: Tensor,
    /// What each of its layers saw.
    pub(crate) features: Vec<Tensor>,
}

#[derive(Debug)]
struct ScaleDiscriminator {
    convs: Vec<Conv1d>,
    conv_post: Conv1d,
}

#[derive(Debug)]
struct PeriodDiscriminator {
    period: i64,
    convs: Vec<FrameConv2d>,
    conv_post: FrameConv2d,
    /// The first so many convolutions have few channels. Periods are short, and libtorch is slow with images that are; on
    /// a CPU these are applied to every phase of the period by itself, with its channels together.
    folded: usize,
}

impl Discriminators {
    pub(crate) fn new(builder: &mut Builder, config: &DiscriminatorConfig) -> Self {
        let width = |channels: i64| (channels / config.width_divisor).max(1);
        let periods = config.periods.iter().enumerate();
        Self {
            scale: ScaleDiscriminator::new(builder, "discriminators.0", width),
            periods: periods
                .map(|(index, &period)| {
                    PeriodDiscriminator::new(
                        builder,
                        &format!("discriminators.{}", index + 1),
                        period,
                        width,
                    )
                })
                .collect(),
        }
    }

    /// How many parameters discriminators of this configuration have.
    pub(crate) fn count_parameters(config: &DiscriminatorConfig) -> usize {
        let mut builder = Builder::counting();
        Self::new(&mut builder, config);
        builder.build().count()
    }

    /// `waveform`: `[batch, 1, samples]`. Each scores every item by itself; all convolutions but the last are computed in
    /// `dtype`.
    pub(crate) fn forward(&self, waveform: &Tensor, dtype: Kind) -> Vec<DiscriminatorOutput> {
        let mut outputs = vec![self.scale.forward(waveform, dtype)];
        outputs.extend(
            self.periods
                .iter()
                .map(|discriminator| discriminator.forward(waveform, dtype)),
        );
        outputs
    }
}

impl ScaleDiscriminator {
    fn new(builder: &mut Builder, name: &str, width: impl Fn(i64) -> i64) -> Self {
        let mut input = 1;
        let mut convs = Vec::new();
        for (layer, &(output, kernel, stride)) in SCALE_LAYERS.iter().enumerate() {
            let output = width(output);
            let groups = if stride > 1 {
                (input / GROUP_CHANNELS).max(1)
            } else {
                1
            };
            let shape = ConvShape {
                stride,
                groups,
                ..ConvShape::same(input, output, kernel)
            };
            let name = format!("{name}.convs.{layer}");
            convs.push(Conv1d::new(builder, &name, shape, Start::WeightNorm));
            input = output;
        }
        let post = ConvShape::same(input, 1, 3);
        Self {
            convs,
            conv_post: Conv1d::new(
                builder,
                &format!("{name}.conv_post"),
                post,
                Start::WeightNorm,
            ),
        }
    }

    fn forward(&self, waveform: &Tensor, dtype: Kind) -> DiscriminatorOutput {
        let mut features = Vec::new();
        let mut state = waveform.shallow_clone();
        for conv in &self.convs {
            state = leaky_relu(&conv.forward_in(&state, dtype), SLOPE);
            features.push(state.shallow_clone());
        }
        let score = self.conv_post.forward(&state);
        features.push(score.shallow_clone());
        DiscriminatorOutput {
            score: score.flatten(1, -1),
            features,
        }
    }
}

impl PeriodDiscriminator {
    fn new(builder: &mut Builder, name: &str, period: i64, width: impl Fn(i64) -> i64) -> Self {
        let mut input = 1;
        let mut convs = Vec::new();
        for (layer, &(output, stride)) in PERIOD_LAYERS.iter().enumerate() {
            let output = width(output);
            let name = format!("{name}.convs.{layer}");
            convs.push(FrameConv2d::new(builder, &name, input, output, 5, stride));
            input = output;
        }
        let small = |conv: &&FrameConv2d| conv.weight_size() <= MAX_FOLDED_WEIGHT;
        Self {
            period,
            folded: match builder.device() {
                Device::Cpu => convs.iter().take_while(small).count(),
                _ => 0,
            },
            convs,
            conv_post: FrameConv2d::new(builder, &format!("{name}.conv_post"), input, 1, 3, 1),
        }
    }

    fn forward(&self, waveform: &Tensor, dtype: Kind) -> DiscriminatorOutput {
        let (batch, samples) = (waveform.size()[0], waveform.size()[2]);
        let missing = (self.period - samples % self.period) % self.period;
        let whole = if missing == 0 {
            waveform.shallow_clone()
        } else {
            waveform.reflection_pad1d([0, missing])
        };
        let (period, frames) = (self.period, (samples + missing) / self.period);
        let (narrow, wide) = self.convs.split_at(self.folded);
        let mut features = Vec::new();
        let mut state = if narrow.is_empty() {
            whole.view([batch, 1, frames, period])
        } else {
            let phases = whole.view([batch, frames, period]).transpose(1, 2);
            let mut state = phases.reshape([batch * period, frames, 1]).transpose(1, 2);
            for conv in narrow {
                state = leaky_relu(&conv.forward_folded(&state, dtype), SLOPE);
                features.push(state.shallow_clone());
            }
            // [batch × period, channels, frames], channels together → [batch, channels, frames, period]
            state
                .unflatten(0, [batch, period])
                .permute([0, 2, 3, 1])
                .contiguous()
        };
        for conv in wide {
            state = leaky_relu(&conv.forward(&state, dtype), SLOPE);
            features.push(state.shallow_clone());
        }
        let score = self.conv_post.forward(&state, self.conv_post.kind());
        features.push(score.shallow_clone());
        DiscriminatorOutput {
            score: score.flatten(1, -1),
            features,
        }
    }
}

#[cfg(test)]
mod tests {
    use tch::Kind;

    use super::*;
    use crate::nn::random::{Rng, Stream};

    #[test]
    fn folding_layers_by_phase_changes_no_judgement() {
        let random = |number| Rng::new(7, Stream::Initialisation, number, Device::Cpu);
        let mut builder = Builder::new(random(0), Device::Cpu);
        // 8,000 is no multiple of 3, and the last layers of this width are too large to be folded.
        let mut discriminator =
            PeriodDiscriminator::new(&mut builder, "it", 3, |channels| channels / 2);
        assert_eq!(discriminator.folded, 3);
        let waveform = random(1).normal(&[2, 1, 8_000]);
        let mut forward = |folded| {
            discriminator.folded = folded;
            let DiscriminatorOutput { score, features } =
                discriminator.forward(&waveform, Kind::Float);
            let sums = features.iter().map(|seen| seen.abs().mean(Kind::Double));
            (
                score,
                sums.map(|mean| mean.double_value(&[])).collect::<Vec<_>>(),
            )
        };
        let (score, features) = forward(0);
        for folded in 1..=PERIOD_LAYERS.len() {
            let (again, seen) = forward(folded);
            assert_eq!(score.size(), again.size());
            let difference = (&score - again).abs().max().double_value(&[]);
            assert!(difference < 1e-5, "{folded} folded: {difference}");
            for (one, other) in features.iter().zip(seen) {
                assert!(
                    (one - other).abs() < 1e-6,
                    "{folded} folded: {one}, {other}"
                );
            }
        }
    }
}
