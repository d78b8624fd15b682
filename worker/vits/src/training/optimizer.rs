//! AdamW (Loshchilov & Hutter 2019) over one flat buffer: its state is two tensors of the parameters' size.

use tch::{Device, Tensor};

use crate::{Result, nn::parameters::Parameters};

pub(crate) const BETA_1: f64 = 0.8;
const BETA_2: f64 = 0.99;
const EPSILON: f64 = 1e-9;
const WEIGHT_DECAY: f64 = 0.01;

/// Numbers that a CPU updates at once: so few that they stay in its cache from one operation to the next. On a GPU every
/// operation has a price of its own, so there all are.
const CHUNK: i64 = 1 << 17;

/// Update rule and state of one network.
#[derive(Debug)]
pub(crate) struct AdamW {
    first_moment: Tensor,
    second_moment: Tensor,
    /// What the next update goes by, as flat as the parameters. Kept, for new memory costs more than what is computed in it.
    gradient: Tensor,
    /// Whether `gradient` has something for the next update.
    differentiated: bool,
    /// As long as what is updated at once.
    scratch: Tensor,
}

impl AdamW {
    pub(crate) fn new(parameters: &Parameters) -> Self {
        let flat = parameters.flat();
        let chunk = match flat.device() {
            Device::Cpu => CHUNK.min(flat.size()[0]),
            _ => flat.size()[0],
        };
        Self {
            first_moment: flat.zeros_like(),
            second_moment: flat.zeros_like(),
            gradient: flat.zeros_like(),
            differentiated: false,
            scratch: Tensor::zeros([chunk], (flat.kind(), flat.device())),
        }
    }

    /// Adds the gradient of `loss` to what the next update goes by.
    pub(crate) fn differentiate(&mut self, parameters: &Parameters, loss: &Tensor) -> Result<()> {
        parameters.gradient(loss, &self.gradient, self.differentiated)?;
        self.differentiated = true;
        Ok(())
    }

    /// The Euclidean norm of what the last update went by, or the next one does where losses were differentiated since.
    pub(crate) fn gradient_norm(&self) -> Tensor {
        self.gradient.norm()
    }

    /// The `step`-th update, counted from 1, by the gradient of all losses that were differentiated since the one before.
    pub(crate) fn update(&mut self, parameters: &Parameters, learning_rate: f64, step: u64) {
        let _no_grad = tch::no_grad_guard();
        self.differentiated = false;
        // θ ← (1 - λ w) θ - λ (m / b₁) / (√(v / b₂) + ε), with all factors but one taken out of the fraction.
        let bias_1 = 1.0 - BETA_1.powf(step as f64);
        let root_bias_2 = (1.0 - BETA_2.powf(step as f64)).sqrt();
        let factor = -bias_1 / (learning_rate * root_bias_2);
        let (count, chunk) = (self.gradient.size()[0], self.scratch.size()[0]);
        for start in (0..count).step_by(chunk as usize) {
            let length = chunk.min(count - start);
            let part = |tensor: &Tensor| tensor.narrow(0, start, length);
            let gradient = part(&self.gradient);
            let scratch = self.scratch.narrow(0, 0, length);
            let mut first_moment = part(&self.first_moment);
            let mut second_moment = part(&self.second_moment);
            let _in_place = first_moment.lerp_(&gradient, 1.0 - BETA_1);
            let squares = gradient.square_out(&scratch);
            let _in_place = second_moment.lerp_(&squares, 1.0 - BETA_2);
            let mut root = second_moment.sqrt_out(&scratch);
            let _in_place = root
                .g_add_scalar_(EPSILON * root_bias_2)
                .g_mul_scalar_(factor);
            let _in_place = part(parameters.flat())
                .g_mul_scalar_(1.0 - learning_rate * WEIGHT_DECAY)
                .addcdiv_(&first_moment, &root);
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::{
        parameters::Builder,
        random::{Rng, Stream},
    };

    #[test]
    fn an_update_is_the_papers_whatever_chunk_a_number_lies_in() {
        let count = CHUNK + 3;
        let seed = Rng::new(3, Stream::Initialisation, 0, Device::Cpu);
        let mut builder = Builder::new(seed, Device::Cpu);
        let weight = builder.normal("weight".into(), &[count], 1.0);
        let parameters = builder.build();
        let mut optimizer = AdamW::new(&parameters);
        let watched = [0, 1, CHUNK - 1, CHUNK, count - 1];
        let mut expected = watched.map(|at| (weight.double_value(&[at]), 0.0f64, 0.0f64));
        let learning_rate = 0.01;
        for step in 1..=3 {
            // The derivative of x² / 2 is x.
            let loss = || weight.square().sum(tch::Kind::Float) / 2.0;
            // In two parts, which add up.
            for share in [0.25, 0.75] {
                optimizer
                    .differentiate(&parameters, &(loss() * share))
                    .unwrap();
            }
            let difference =
                optimizer.gradient_norm().double_value(&[]) - weight.norm().double_value(&[]);
            assert!(difference.abs() < 1e-2);
            optimizer.update(&parameters, learning_rate, step);
            for (x, m, v) in &mut expected {
                (*m, *v) = (
                    BETA_1 * *m + (1.0 - BETA_1) * *x,
                    BETA_2 * *v + (1.0 - BETA_2) * *x * *x,
                );
                let m = *m / (1.0 - BETA_1.powf(step as f64));
                let v = *v / (1.0 - BETA_2.powf(step as f64));
                *x -= learning_rate * (WEIGHT_DECAY * *x + m / (v.sqrt() + EPSILON));
            }
            for (at, (x, _, _)) in watched.iter().zip(expected) {
                let ours = weight.double_value(&[*at]);
                assert!((ours - x).abs() < 1e-5, "{at}: {ours}, {x}");
            }
        }
    }
}
