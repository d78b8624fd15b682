//! Monotonic rational-quadratic splines (Durkan et al. 2019, "Neural Spline Flows", arXiv 1906.04032, section 3.1): the
//! identity outside of ±`bound`, and inside a smooth increasing curve through knots that a network chooses.

use tch::{Kind, Tensor};

/// Narrowest and lowest bin, as a share of the whole.
const MIN_BIN: f64 = 1e-3;
/// Smallest derivative at a knot.
const MIN_DERIVATIVE: f64 = 1e-3;

/// The curves of a batch, one an element; `[…, bins]` each but the derivatives.
#[derive(Debug)]
pub(crate) struct Spline {
    /// Left edges of the bins.
    left: Tensor,
    widths: Tensor,
    /// Lower edges of the bins.
    lower: Tensor,
    heights: Tensor,
    /// At all knots, the outer ones too: `[…, bins + 1]`.
    derivatives: Tensor,
    bound: f64,
}

/// The bin of every element; `[…]` each.
struct Bin {
    left: Tensor,
    width: Tensor,
    lower: Tensor,
    height: Tensor,
    /// Height by width.
    slope: Tensor,
    first_derivative: Tensor,
    second_derivative: Tensor,
}

impl Spline {
    /// From unconstrained numbers: `widths` and `heights` `[…, bins]`, `derivatives` `[…, bins - 1]` of the inner knots.
    pub(crate) fn new(widths: &Tensor, heights: &Tensor, derivatives: &Tensor, bound: f64) -> Self {
        let (left, widths) = bins(widths, bound);
        let (lower, heights) = bins(heights, bound);
        let inner = derivatives.softplus() + MIN_DERIVATIVE;
        // The curve meets the identity outside with its slope, 1.
        let mut edge = inner.size();
        if let Some(last) = edge.last_mut() {
            *last = 1;
        }
        let edge = inner.new_ones(edge.as_slice(), (inner.kind(), inner.device()));
        Self {
            left,
            widths,
            lower,
            heights,
            derivatives: Tensor::cat(&[&edge, &inner, &edge], -1),
            bound,
        }
    }

    /// `[…]` → the value of the curve and the logarithm of its derivative, `[…]` both (equations 4 and 5).
    pub(crate) fn forward(&self, input: &Tensor) -> (Tensor, Tensor) {
        let inner = input.clamp(-self.bound, self.bound);
        let bin = self.bin(&inner, &self.left);
        let theta = (&inner - &bin.left) / &bin.width;
        let across = &theta * (1.0 - &theta);
        let rise = &bin.height * (&bin.slope * theta.square() + &bin.first_derivative * &across);
        let output = &bin.lower + rise / bin.denominator(&across);
        self.outside_is_identity(input, output, bin.log_derivative(&theta))
    }

    /// The way back, and the logarithm of its derivative: the root of a quadratic equation (equations 6 to 8).
    pub(crate) fn inverse(&self, input: &Tensor) -> (Tensor, Tensor) {
        let inner = input.clamp(-self.bound, self.bound);
        let bin = self.bin(&inner, &self.lower);
        let height = &inner - &bin.lower;
        let bend = &height * bin.bend();
        let a = &bin.height * (&bin.slope - &bin.first_derivative) + &bend;
        let b = &bin.height * &bin.first_derivative - bend;
        let c = -&bin.slope * height;
        let discriminant = (b.square() - a * &c * 4.0).clamp_min(0.0);
        let theta = c * 2.0 / (-b - discriminant.sqrt());
        let output = &theta * &bin.width + &bin.left;
        self.outside_is_identity(input, output, -bin.log_derivative(&theta))
    }

    /// The bin of every element by the `edges` that it lies between.
    fn bin(&self, input: &Tensor, edges: &Tensor) -> Bin {
        let bins = edges.size().last().copied().unwrap_or(1);
        let reached = input
            .unsqueeze(-1)
            .ge_tensor(&edges.narrow(-1, 1, bins - 1));
        let index = reached.sum_dim_intlist([-1i64].as_slice(), true, Kind::Int64);
        let at = |values: &Tensor| values.gather(-1, &index, false).squeeze_dim(-1);
        let (width, height) = (at(&self.widths), at(&self.heights));
        Bin {
            left: at(&self.left),
            lower: at(&self.lower),
            slope: &height / &width,
            first_derivative: at(&self.derivatives.narrow(-1, 0, bins)),
            second_derivative: at(&self.derivatives.narrow(-1, 1, bins)),
            width,
            height,
        }
    }

    fn outside_is_identity(
        &self,
        input: &Tensor,
        output: Tensor,
        log_derivative: Tensor,
    ) -> (Tensor, Tensor) {
        let inside = input.abs().le(self.bound);
        (
            output.where_self(&inside, input),
            log_derivative.where_self(&inside, &log_derivative.zeros_like()),
        )
    }
}

impl Bin {
    /// How far the derivatives at both knots are above the slope, together.
    fn bend(&self) -> Tensor {
        &self.first_derivative + &self.second_derivative - &self.slope * 2.0
    }

    fn denominator(&self, across: &Tensor) -> Tensor {
        &self.slope + self.bend() * across
    }

    /// Of the curve at `theta`, 0 at the bin's left and 1 at its right.
    fn log_derivative(&self, theta: &Tensor) -> Tensor {
        let rest: Tensor = 1.0 - theta;
        let across = theta * &rest;
        let numerator = self.slope.square()
            * (&self.second_derivative * theta.square()
                + &self.slope * &across * 2.0
                + &self.first_derivative * rest.square());
        numerator.log() - self.denominator(&across).log() * 2.0
    }
}

/// Unconstrained numbers to the first edge and the size of each bin between ±`bound`.
fn bins(unconstrained: &Tensor, bound: f64) -> (Tensor, Tensor) {
    let count = unconstrained.size().last().copied().unwrap_or(1);
    let shares = unconstrained.softmax(-1, None::<Kind>) * (1.0 - MIN_BIN * count as f64) + MIN_BIN;
    let ends = shares.cumsum(-1, None::<Kind>) * (2.0 * bound) - bound;
    // The last edge is the bound itself, whatever rounding made of the sum.
    let inner = ends.narrow(-1, 0, count - 1);
    let outer = ends.narrow(-1, 0, 1).full_like(bound);
    let edges = Tensor::cat(&[&(-&outer), &inner, &outer], -1);
    let first = edges.narrow(-1, 0, count);
    let sizes = edges.narrow(-1, 1, count) - &first;
    (first, sizes)
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;
    use crate::nn::random::{Rng, Stream};

    const BOUND: f64 = 5.0;

    fn spline(bins: i64, elements: i64, strength: f64) -> Spline {
        let mut random = Rng::new(3, Stream::Initialisation, 0, Device::Cpu);
        let mut numbers = |count| random.normal(&[elements, count]) * strength;
        Spline::new(&numbers(bins), &numbers(bins), &numbers(bins - 1), BOUND)
    }

    fn largest(difference: &Tensor) -> f64 {
        difference.abs().max().double_value(&[])
    }

    #[test]
    fn the_inverse_leads_back_with_the_opposite_log_derivative() {
        for bins in [1, 2, 10] {
            let input = Tensor::linspace(-7.0, 7.0, 281, (Kind::Float, Device::Cpu));
            let spline = spline(bins, 281, 1.0);
            let (output, log_derivative) = spline.forward(&input);
            let (back, back_log_derivative) = spline.inverse(&output);
            assert!(largest(&(back - &input)) < 1e-3);
            assert!(largest(&(log_derivative + back_log_derivative)) < 1e-2);
        }
    }

    #[test]
    fn the_log_derivative_is_that_of_the_curve() {
        let input = Tensor::linspace(-4.9, 4.9, 99, (Kind::Double, Device::Cpu));
        let mut random = Rng::new(4, Stream::Initialisation, 0, Device::Cpu);
        let mut numbers = |count| {
            random
                .normal(&[1, count])
                .to_kind(Kind::Double)
                .expand([99, count], false)
        };
        let spline = Spline::new(&numbers(10), &numbers(10), &numbers(9), BOUND);
        let step = 1e-6;
        let (above, _) = spline.forward(&(&input + step));
        let (below, _) = spline.forward(&(&input - step));
        let (_, log_derivative) = spline.forward(&input);
        assert!(largest(&(((above - below) / (2.0 * step)).log() - log_derivative)) < 1e-4);
    }

    #[test]
    fn outside_of_the_bound_nothing_changes() {
        let input = Tensor::from_slice(&[-100f32, -5.001, 5.001, 1e30]);
        let (output, log_derivative) = spline(10, 4, 2.0).forward(&input);
        assert_eq!(output, input);
        assert_eq!(largest(&log_derivative), 0.0);
    }

    #[test]
    fn gradients_are_numbers_everywhere() {
        let input = Tensor::from_slice(&[-5f32, 5.0, -6.0, 6.0, 0.0]).set_requires_grad(true);
        let (output, log_derivative) = spline(10, 5, 3.0).forward(&input);
        let loss = output.sum(Kind::Float) + log_derivative.sum(Kind::Float);
        let gradient = Tensor::run_backward(&[loss], &[&input], false, false);
        assert!(gradient[0].isfinite().all().int64_value(&[]) == 1);
    }
}
