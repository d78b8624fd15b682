//! Duration predictors: the logarithm of every token's frames, from the text encoder's hidden states. The encoder and
//! the speakers' embedding learn nothing from durations.

mod flows;
mod plain;
mod spline;
mod stochastic;

use tch::Tensor;

use crate::{
    config::VitsConfig,
    nn::{
        context::Context,
        duration::{plain::PlainDuration, stochastic::StochasticDuration},
        losses,
        parameters::Builder,
    },
};

/// Whichever the configuration asks for.
#[derive(Debug)]
pub(crate) enum DurationPredictor {
    Plain(PlainDuration),
    Stochastic(StochasticDuration),
}

impl DurationPredictor {
    pub(crate) fn new(builder: &mut Builder, config: &VitsConfig) -> Self {
        if config.use_stochastic_duration_prediction {
            Self::Stochastic(StochasticDuration::new(builder, config))
        } else {
            Self::Plain(PlainDuration::new(builder, config))
        }
    }

    /// The loss, mean over tokens. `hidden`: `[batch, hidden, tokens]`, `frames` of each token and `mask`:
    /// `[batch, 1, tokens]`, `speaker`: `[batch, embedding, 1]`.
    pub(crate) fn loss(
        &self,
        hidden: &Tensor,
        frames: &Tensor,
        mask: &Tensor,
        speaker: Option<&Tensor>,
        context: &mut Context,
    ) -> Tensor {
        match self {
            Self::Plain(plain) => {
                let predicted = plain.forward(hidden, mask, speaker, context);
                losses::duration(&predicted, frames, mask)
            }
            Self::Stochastic(stochastic) => {
                let likelihood =
                    stochastic.negative_log_likelihood(hidden, frames, mask, speaker, context);
                likelihood.sum(likelihood.kind()) / mask.sum(likelihood.kind())
            }
        }
    }

    /// log durations `[batch, 1, tokens]`. The stochastic one draws them, with noise scaled by `noise`; the plain one
    /// knows none.
    pub(crate) fn predict(
        &self,
        hidden: &Tensor,
        mask: &Tensor,
        speaker: Option<&Tensor>,
        noise: f64,
        context: &mut Context,
    ) -> Tensor {
        match self {
            Self::Plain(plain) => plain.forward(hidden, mask, speaker, context),
            Self::Stochastic(stochastic) => stochastic.draw(hidden, mask, speaker, noise, context),
        }
    }
}
