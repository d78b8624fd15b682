//! AdamW (Loshchilov & Hutter 2019) over one flat buffer: its state is two tensors of the parameters' size.

use tch::Tensor;

use crate::parameters::Parameters;

pub(crate) const BETA_1: f64 = 0.8;
const BETA_2: f64 = 0.99;
const EPSILON: f64 = 1e-9;
const WEIGHT_DECAY: f64 = 0.01;

/// Update rule and state of one network.
#[derive(Debug)]
pub(crate) struct AdamW {
    first_moment: Tensor,
    second_moment: Tensor,
}

impl AdamW {
    pub(crate) fn new(parameters: &Parameters) -> Self {
        Self {
            first_moment: parameters.flat().zeros_like(),
            second_moment: parameters.flat().zeros_like(),
        }
    }

    /// The `step`-th update, counted from 1.
    pub(crate) fn update(
        &mut self,
        parameters: &Parameters,
        gradient: &Tensor,
        learning_rate: f64,
        step: u64,
    ) {
        let _no_grad = tch::no_grad_guard();
        let bias_1 = 1.0 - BETA_1.powf(step as f64);
        let bias_2 = 1.0 - BETA_2.powf(step as f64);
        let _in_place = self.first_moment.lerp_(gradient, 1.0 - BETA_1);
        let _in_place = self
            .second_moment
            .g_mul_scalar_(BETA_2)
            .addcmul_(&(gradient * (1.0 - BETA_2)), gradient);
        let root = self
            .second_moment
            .sqrt()
            .g_div_scalar_(bias_2.sqrt())
            .g_add_scalar_(EPSILON);
        let update = (&self.first_moment / root).g_mul_scalar_(-learning_rate / bias_1);
        let mut flat = parameters.flat().shallow_clone();
        let _in_place = flat
            .g_mul_scalar_(1.0 - learning_rate * WEIGHT_DECAY)
            .g_add_(&update);
    }

    /// Its state by name.
    pub(crate) fn state(&self, network: &str) -> [(String, Tensor); 2] {
        [
            (
                format!("{network}.first_moment"),
                self.first_moment.shallow_clone(),
            ),
            (
                format!("{network}.second_moment"),
                self.second_moment.shallow_clone(),
            ),
        ]
    }
}
