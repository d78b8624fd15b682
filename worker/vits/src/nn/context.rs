//! How a forward pass is computed: with or without dropout, from which random numbers, in which precision.

use tch::{Kind, Tensor};

use crate::nn::random::Rng;

/// Whether the network learns from what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// With dropout.
    Train,
    /// Without.
    Eval,
}

/// What a forward pass carries through the layers.
pub(crate) struct Context<'a> {
    pub(crate) mode: Mode,
    pub(crate) rng: &'a mut Rng,
    /// What the convolutions of WaveNets, decoder and discriminators are computed in.
    pub(crate) dtype: Kind,
}

impl<'a> Context<'a> {
    /// Without dropout, in single precision.
    pub(crate) fn eval(rng: &'a mut Rng) -> Self {
        Self {
            mode: Mode::Eval,
            rng,
            dtype: Kind::Float,
        }
    }

    /// Dropout (Srivastava et al. 2014), inverted: zero with probability `p`, else scaled by 1 / (1 - p).
    pub(crate) fn dropout(&mut self, input: &Tensor, p: f64) -> Tensor {
        match self.mode {
            Mode::Train => self.rng.dropout(input, p),
            Mode::Eval => input.shallow_clone(),
        }
    }

    /// Whether a layer is left out, which it is with probability `p` (LayerDrop, Fan et al. 2019, arXiv 1909.11556).
    pub(crate) fn drops_layer(&mut self, p: f64) -> bool {
        self.mode == Mode::Train && p > 0.0 && self.rng.happens(p)
    }
}
