//! The flows of the stochastic duration predictor. They act on two channels; all shapes are `[batch, 2, tokens]` for
//! what flows, `[batch, hidden, tokens]` for what it is conditioned on, `[batch, 1, tokens]` for the mask, and `[batch]`
//! for the logarithm of the Jacobian's determinant.

use tch::Tensor;

use crate::{
    config::VitsConfig,
    nn::{
        context::Context,
        duration::spline::Spline,
        layers::{Conv1d, ConvShape, LayerNorm, Start},
        parameters::Builder,
    },
};

/// PyTorch's default, which the original has here, whatever the configuration has for other layers.
const LAYER_NORM_EPS: f64 = 1e-5;

/// Dilated depth-separable convolutions with residual connections; layer i has dilation kernel^i.
#[derive(Debug)]
pub(crate) struct SeparableConvs {
    layers: Vec<SeparableConv>,
    dropout: f64,
}

#[derive(Debug)]
struct SeparableConv {
    dilated: Conv1d,
    pointwise: Conv1d,
    norm_1: LayerNorm,
    norm_2: LayerNorm,
}

impl SeparableConvs {
    pub(crate) fn new(
        builder: &mut Builder,
        name: &str,
        config: &VitsConfig,
        dropout: f64,
    ) -> Self {
        let (channels, kernel) = (config.hidden_size, config.duration_predictor_kernel_size);
        let layers = (0..config.depth_separable_num_layers)
            .map(|layer| {
                let dilated = ConvShape::depthwise(channels, kernel, kernel.pow(layer as u32));
                let pointwise = ConvShape::same(channels, channels, 1);
                let part = |part: &str| format!("{name}.{part}.{layer}");
                let conv = |builder: &mut Builder, name, shape| {
                    Conv1d::new(builder, &part(name), shape, Start::Default)
                };
                let norm = |builder: &mut Builder, name| {
                    LayerNorm::new(builder, &part(name), channels, LAYER_NORM_EPS)
                };
                SeparableConv {
                    dilated: conv(builder, "convs_dilated", dilated),
                    pointwise: conv(builder, "convs_pointwise", pointwise),
                    norm_1: norm(builder, "norms_1"),
                    norm_2: norm(builder, "norms_2"),
                }
            })
            .collect();
        Self { layers, dropout }
    }

    /// `[batch, hidden, tokens]` both; without dropout where no context is given.
    pub(crate) fn forward(
        &self,
        input: &Tensor,
        mask: &Tensor,
        mut context: Option<&mut Context>,
    ) -> Tensor {
        let mut state = input.shallow_clone();
        for layer in &self.layers {
            let inner = layer.dilated.forward(&(&state * mask));
            let inner = layer.norm_1.over_channels(&inner).gelu("none");
            let inner = layer.pointwise.forward(&inner);
            let inner = layer.norm_2.over_channels(&inner).gelu("none");
            let inner = match &mut context {
                Some(context) => context.dropout(&inner, self.dropout),
                None => inner,
            };
            state = &state + inner;
        }
        state * mask
    }
}

/// Scales and shifts both channels.
#[derive(Debug)]
pub(crate) struct ElementwiseAffine {
    translate: Tensor,
    log_scale: Tensor,
}

impl ElementwiseAffine {
    pub(crate) fn new(builder: &mut Builder, name: &str) -> Self {
        Self {
            translate: builder.zeros(format!("{name}.translate"), &[2, 1]),
            log_scale: builder.zeros(format!("{name}.log_scale"), &[2, 1]),
        }
    }

    pub(crate) fn forward(&self, input: &Tensor, mask: &Tensor) -> (Tensor, Tensor) {
        let output = (&self.translate + self.log_scale.exp() * input) * mask;
        (output, over_tokens(&(&self.log_scale * mask)))
    }

    pub(crate) fn inverse(&self, input: &Tensor, mask: &Tensor) -> Tensor {
        (input - &self.translate) * (-&self.log_scale).exp() * mask
    }
}

/// Coupling layer (Dinh et al. 2017): the first channel decides about the spline that the second goes through.
#[derive(Debug)]
pub(crate) struct ConvFlow {
    conv_pre: Conv1d,
    convs: SeparableConvs,
    conv_proj: Conv1d,
    hidden: i64,
    bins: i64,
    bound: f64,
}

impl ConvFlow {
    pub(crate) fn new(builder: &mut Builder, name: &str, config: &VitsConfig) -> Self {
        let (hidden, bins) = (config.hidden_size, config.duration_predictor_flow_bins);
        let pre = ConvShape::same(1, hidden, 1);
        let proj = ConvShape::same(hidden, 3 * bins - 1, 1);
        Self {
            conv_pre: Conv1d::new(builder, &format!("{name}.conv_pre"), pre, Start::Default),
            convs: SeparableConvs::new(builder, &format!("{name}.conv_dds"), config, 0.0),
            conv_proj: Conv1d::new(builder, &format!("{name}.conv_proj"), proj, Start::Zeros),
            hidden,
            bins,
            bound: config.duration_predictor_tail_bound,
        }
    }

    pub(crate) fn forward(
        &self,
        input: &Tensor,
        mask: &Tensor,
        condition: &Tensor,
    ) -> (Tensor, Tensor) {
        let (first, second) = halves(input);
        let (second, log_derivative) = self.spline(&first, mask, condition).forward(&second);
        let output = Tensor::cat(&[first, second], 1) * mask;
        (output, over_tokens(&(log_derivative * mask)))
    }

    pub(crate) fn inverse(&self, input: &Tensor, mask: &Tensor, condition: &Tensor) -> Tensor {
        let (first, second) = halves(input);
        let (second, _) = self.spline(&first, mask, condition).inverse(&second);
        Tensor::cat(&[first, second], 1) * mask
    }

    /// A spline for every token, by the first channel `[batch, 1, tokens]`.
    fn spline(&self, first: &Tensor, mask: &Tensor, condition: &Tensor) -> Spline {
        let state = self.conv_pre.forward(first) + condition;
        let state = self.convs.forward(&state, mask, None);
        let numbers = (self.conv_proj.forward(&state) * mask)
            .transpose(1, 2)
            .unsqueeze(1); // [batch, 1, tokens, 3 bins - 1]
        let scale = (self.hidden as f64).powf(-0.5);
        let (bins, inner) = (self.bins, self.bins - 1);
        Spline::new(
            &(numbers.narrow(-1, 0, bins) * scale),
            &(numbers.narrow(-1, bins, bins) * scale),
            &numbers.narrow(-1, 2 * bins, inner),
            self.bound,
        )
    }
}

/// Both channels, `[batch, 1, tokens]` each.
pub(crate) fn halves(input: &Tensor) -> (Tensor, Tensor) {
    (input.narrow(1, 0, 1), input.narrow(1, 1, 1))
}

/// Sum over channels and tokens: `[batch, channels, tokens]` → `[batch]`.
pub(crate) fn over_tokens(input: &Tensor) -> Tensor {
    input.sum_dim_intlist([1i64, 2].as_slice(), false, input.kind())
}
