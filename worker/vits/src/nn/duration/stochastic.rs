//! The stochastic duration predictor (VITS, section 2.2.2 and appendix): a normalising flow over durations, so that the
//! same sentence can be synthesized in many rhythms. Durations are whole and one-dimensional; variational dequantisation and
//! data augmentation (Ho et al. 2019; Chen et al. 2020) make them continuous and two-dimensional.

use tch::Tensor;

use crate::{
    config::VitsConfig,
    nn::{
        context::Context,
        duration::flows::{ConvFlow, ElementwiseAffine, SeparableConvs, halves, over_tokens},
        layers::{Conv1d, ConvShape, Start},
        parameters::Builder,
    },
};

/// Smallest duration that a logarithm is taken of, in frames.
const SHORTEST: f64 = 1e-5;

/// Hidden states to a distribution over log durations.
#[derive(Debug)]
pub(crate) struct StochasticDuration {
    condition: Option<Conv1d>,
    text: Conditioner,
    flows: Flows,
    /// Of the posterior, which is of use in training alone.
    durations: Conditioner,
    posterior_flows: Flows,
}

/// Makes of text or durations what the flows are conditioned on.
#[derive(Debug)]
struct Conditioner {
    conv_pre: Conv1d,
    convs: SeparableConvs,
    conv_proj: Conv1d,
}

/// An affine flow and several splines, with the two channels flipped after each spline: the original's order, which is
/// that of all checkpoints. (transformers only speaks; its forward direction, which nothing runs, flips once more.)
#[derive(Debug)]
struct Flows {
    affine: ElementwiseAffine,
    splines: Vec<ConvFlow>,
}

impl StochasticDuration {
    pub(crate) fn new(builder: &mut Builder, config: &VitsConfig) -> Self {
        let (name, hidden) = ("duration_predictor", config.hidden_size);
        Self {
            condition: (config.speaker_embedding_size != 0).then(|| {
                let shape = ConvShape::same(config.speaker_embedding_size, hidden, 1);
                Conv1d::new(builder, &format!("{name}.cond"), shape, Start::Default)
            }),
            text: Conditioner::new(builder, &format!("{name}."), hidden, config),
            flows: Flows::new(builder, &format!("{name}.flows"), config),
            durations: Conditioner::new(builder, &format!("{name}.post_"), 1, config),
            posterior_flows: Flows::new(builder, &format!("{name}.post_flows"), config),
        }
    }

    /// An upper bound of -log p(durations | text), by a sample of the posterior (equation 7 of the paper): `[batch]`, each
    /// summed over its tokens. Shapes as in [`DurationPredictor::loss`](crate::nn::duration::DurationPredictor::loss).
    pub(crate) fn negative_log_likelihood(
        &self,
        hidden: &Tensor,
        frames: &Tensor,
        mask: &Tensor,
        speaker: Option<&Tensor>,
        context: &mut Context,
    ) -> Tensor {
        let text = self.conditioned(hidden, mask, speaker, context);
        let durations = self.durations.forward(frames, mask, context);

        // q(u, ν | durations): u is what is cut off of each duration, ν the second channel.
        let size = frames.size();
        let noise = context.rng.normal(&[size[0], 2, size[2]]) * mask;
        let (drawn, log_determinant) =
            self.posterior_flows
                .forward(&noise, mask, &(&text + durations));
        let (cut, second) = halves(&drawn);
        let log_sigmoid = over_tokens(&((cut.log_sigmoid() + (-&cut).log_sigmoid()) * mask));
        let log_posterior = -gaussian(&noise, mask) - log_determinant - log_sigmoid;

        let rest = ((frames - cut.sigmoid()) * mask).clamp_min(SHORTEST);
        let log_rest = rest.log() * mask;
        let (latent, log_determinant) =
            self.flows
                .forward(&Tensor::cat(&[&log_rest, &second], 1), mask, &text);
        let log_likelihood = log_determinant - over_tokens(&log_rest) - gaussian(&latent, mask);
        log_posterior - log_likelihood
    }

    /// Draws log durations `[batch, 1, tokens]`, with the latent's noise scaled by `noise`.
    pub(crate) fn draw(
        &self,
        hidden: &Tensor,
        mask: &Tensor,
        speaker: Option<&Tensor>,
        noise: f64,
        context: &mut Context,
    ) -> Tensor {
        let text = self.conditioned(hidden, mask, speaker, context);
        let size = mask.size();
        let shape = [size[0], 2, size[2]];
        let latent = match noise {
            0.0 => Tensor::zeros(shape, (text.kind(), text.device())),
            noise => context.rng.normal(&shape) * noise,
        };
        halves(&self.flows.inverse_but_first_spline(&latent, mask, &text)).0
    }

    fn conditioned(
        &self,
        hidden: &Tensor,
        mask: &Tensor,
        speaker: Option<&Tensor>,
        context: &mut Context,
    ) -> Tensor {
        let mut state = self.text.conv_pre.forward(&hidden.detach());
        if let Some((condition, speaker)) = self.condition.as_ref().zip(speaker) {
            state += condition.forward(&speaker.detach());
        }
        self.text.finish(&state, mask, context)
    }
}

impl Conditioner {
    /// `prefix` is what the names of its three parts begin with.
    fn new(builder: &mut Builder, prefix: &str, input: i64, config: &VitsConfig) -> Self {
        let hidden = config.hidden_size;
        let name = |part: &str| format!("{prefix}{part}");
        let mut conv = |part: &str, input| {
            let shape = ConvShape::same(input, hidden, 1);
            Conv1d::new(builder, &name(part), shape, Start::Default)
        };
        let (conv_pre, conv_proj) = (conv("conv_pre", input), conv("conv_proj", hidden));
        let dropout = config.duration_predictor_dropout;
        Self {
            conv_pre,
            convs: SeparableConvs::new(builder, &name("conv_dds"), config, dropout),
            conv_proj,
        }
    }

    fn forward(&self, input: &Tensor, mask: &Tensor, context: &mut Context) -> Tensor {
        self.finish(&self.conv_pre.forward(input), mask, context)
    }

    fn finish(&self, state: &Tensor, mask: &Tensor, context: &mut Context) -> Tensor {
        let state = self.convs.forward(state, mask, Some(context));
        self.conv_proj.forward(&state) * mask
    }
}

impl Flows {
    fn new(builder: &mut Builder, name: &str, config: &VitsConfig) -> Self {
        Self {
            affine: ElementwiseAffine::new(builder, &format!("{name}.0")),
            splines: (1..=config.duration_predictor_num_flows)
                .map(|flow| ConvFlow::new(builder, &format!("{name}.{flow}"), config))
                .collect(),
        }
    }

    /// `[batch, 2, tokens]` → the same, and the logarithm of the determinant `[batch]`.
    fn forward(&self, input: &Tensor, mask: &Tensor, condition: &Tensor) -> (Tensor, Tensor) {
        let (mut state, mut log_determinant) = self.affine.forward(input, mask);
        for spline in &self.splines {
            let (output, more) = spline.forward(&state, mask, condition);
            state = output.flip([1]);
            log_determinant += more;
        }
        (state, log_determinant)
    }

    /// The way back, without the first spline: it changes only the channel that isn't the duration, and nothing but the
    /// affine flow follows it.
    fn inverse_but_first_spline(
        &self,
        input: &Tensor,
        mask: &Tensor,
        condition: &Tensor,
    ) -> Tensor {
        let state = self
            .splines
            .iter()
            .skip(1)
            .rev()
            .fold(input.shallow_clone(), |state, spline| {
                spline.inverse(&state.flip([1]), mask, condition)
            });
        self.affine.inverse(&state.flip([1]), mask)
    }
}

/// -log N(x; 0, 1), summed over channels and tokens: `[batch]`.
fn gaussian(input: &Tensor, mask: &Tensor) -> Tensor {
    let constant = (2.0 * std::f64::consts::PI).ln();
    over_tokens(&((input.square() + constant) * 0.5 * mask))
}

#[cfg(test)]
mod tests {
    use tch::{Device, Kind};

    use super::*;
    use crate::nn::{
        context::Mode,
        layers::mask,
        parameters::Parameters,
        random::{Rng, Stream},
    };

    fn random(number: u64) -> Rng {
        Rng::new(11, Stream::Initialisation, number, Device::Cpu)
    }

    /// A small one, whose layers that begin at zero don't any more.
    fn given() -> (StochasticDuration, Parameters) {
        let config = VitsConfig {
            hidden_size: 8,
            ..VitsConfig::default()
        };
        let mut builder = Builder::new(random(0), Device::Cpu);
        let stochastic = StochasticDuration::new(&mut builder, &config);
        let parameters = builder.build();
        let _no_grad = tch::no_grad_guard();
        let noise = random(1).normal(&parameters.flat().size()) * 0.2;
        let _in_place = parameters.flat().shallow_clone().g_add_(&noise);
        (stochastic, parameters)
    }

    #[test]
    fn the_flows_lead_back_and_the_first_spline_leaves_durations_alone() {
        let (stochastic, _parameters) = given();
        let _no_grad = tch::no_grad_guard();
        let flows = &stochastic.flows;
        let (input, text) = (random(2).normal(&[2, 2, 7]), random(3).normal(&[2, 8, 7]));
        let mask = mask(&[7, 4], 7, Device::Cpu);
        let input = input * &mask;
        let (output, _) = flows.forward(&input, &mask, &text);
        let mut back = output.shallow_clone();
        for spline in flows.splines.iter().rev() {
            back = spline.inverse(&back.flip([1]), &mask, &text);
        }
        let back = flows.affine.inverse(&back, &mask);
        let largest = |difference: Tensor| difference.abs().max().double_value(&[]);
        assert!(largest((&back - &input) * &mask) < 1e-3);
        let short = flows.inverse_but_first_spline(&output, &mask, &text);
        assert!(largest((halves(&short).0 - halves(&input).0) * &mask) < 1e-3);
    }

    #[test]
    fn training_makes_durations_likelier_and_padding_changes_nothing() {
        let (stochastic, parameters) = given();
        let text = random(4).normal(&[1, 8, 5]);
        let frames = Tensor::from_slice(&[3f32, 1.0, 4.0, 1.0, 5.0]).reshape([1, 1, 5]);
        let whole = mask(&[5], 5, Device::Cpu);
        let loss = || {
            let mut context = Context {
                mode: Mode::Train,
                rng: &mut random(5),
                dtype: Kind::Float,
            };
            stochastic
                .negative_log_likelihood(&text, &frames, &whole, None, &mut context)
                .sum(Kind::Float)
        };
        let before = loss().double_value(&[]);
        for _ in 0..30 {
            let gradient = parameters.flat().zeros_like();
            parameters.gradient(&loss(), &gradient, false).unwrap();
            let _no_grad = tch::no_grad_guard();
            let step = &gradient * (-0.02 / gradient.norm().double_value(&[]));
            let _in_place = parameters.flat().shallow_clone().g_add_(&step);
        }
        let after = loss().double_value(&[]);
        assert!(after < before - 1.0, "{before} became {after}");

        let padded = |tensor: &Tensor| tensor.constant_pad_nd([0, 2]);
        let longer = mask(&[5], 7, Device::Cpu);
        let draw = |text: &Tensor, mask: &Tensor| {
            tch::no_grad(|| {
                stochastic.draw(text, mask, None, 0.0, &mut Context::eval(&mut random(6)))
            })
        };
        let difference = draw(&padded(&text), &longer).narrow(2, 0, 5) - draw(&text, &whole);
        assert!(difference.abs().max().double_value(&[]) < 1e-4);
    }
}
