//! Layers that several parts of the network are made of. Shapes are `[batch, channels, frames]` unless said otherwise.
//! Parameters are in single precision, in tests also in double. A convolution that is given a `dtype` takes what comes in, and its
//! parameters, over into that, and gives that; gradients come back in the parameters' precision.

use tch::{Device, Kind, Tensor};

use crate::{config::DecoderWeights, nn::parameters::Builder};

/// PyTorch's default initialisation bound of a convolution or linear layer: 1 / sqrt(fan in).
pub(crate) fn default_bound(fan_in: i64) -> f64 {
    1.0 / (fan_in as f64).sqrt()
}

/// Where a convolution's weight comes from.
#[derive(Debug)]
enum Weight {
    Plain(Tensor),
    Normed { g: Tensor, v: Tensor },
}

impl Weight {
    fn tensor(&self, dtype: Kind) -> Tensor {
        match self {
            Self::Plain(weight) => weight.to_kind(dtype),
            Self::Normed { g, v } => Tensor::internal_weight_norm(v, g, 0).to_kind(dtype),
        }
    }

    /// Shape and kind are those of the weight itself.
    fn stored(&self) -> &Tensor {
        match self {
            Self::Plain(weight) => weight,
            Self::Normed { v, .. } => v,
        }
    }

    /// A weight of this size with numbers in ±`bound`, normed or not.
    fn new(builder: &mut Builder, name: &str, size: &[i64], bound: f64, normed: bool) -> Self {
        if normed {
            let (g, v) = builder.weight_norm(name, size, bound);
            return Self::Normed { g, v };
        }
        Self::Plain(builder.uniform(format!("{name}.weight"), size, bound))
    }
}

/// How a convolution begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// PyTorch's default.
    Default,
    /// PyTorch's default under weight normalisation.
    WeightNorm,
    /// Zeros: the layer begins as nothing (never under weight normalisation, which would divide by zero).
    Zeros,
}

/// Shape of a one-dimensional convolution.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConvShape {
    pub(crate) input: i64,
    pub(crate) output: i64,
    pub(crate) kernel: i64,
    pub(crate) stride: i64,
    pub(crate) padding: i64,
    pub(crate) dilation: i64,
    pub(crate) groups: i64,
}

impl ConvShape {
    /// A convolution that keeps the number of frames.
    pub(crate) fn same(input: i64, output: i64, kernel: i64) -> Self {
        Self::dilated(input, output, kernel, 1)
    }

    /// A dilated convolution that keeps the number of frames.
    pub(crate) fn dilated(input: i64, output: i64, kernel: i64, dilation: i64) -> Self {
        Self {
            input,
            output,
            kernel,
            stride: 1,
            padding: (kernel - 1) * dilation / 2,
            dilation,
            groups: 1,
        }
    }

    /// A dilated convolution of every channel by itself, which keeps the number of frames.
    pub(crate) fn depthwise(channels: i64, kernel: i64, dilation: i64) -> Self {
        Self {
            groups: channels,
            ..Self::dilated(channels, channels, kernel, dilation)
        }
    }
}

/// One-dimensional convolution.
#[derive(Debug)]
pub(crate) struct Conv1d {
    weight: Weight,
    bias: Option<Tensor>,
    shape: ConvShape,
}

impl Conv1d {
    pub(crate) fn new(builder: &mut Builder, name: &str, shape: ConvShape, start: Start) -> Self {
        Self::with_bias(builder, name, shape, start, true)
    }

    pub(crate) fn with_bias(
        builder: &mut Builder,
        name: &str,
        shape: ConvShape,
        start: Start,
        bias: bool,
    ) -> Self {
        let size = [shape.output, shape.input / shape.groups, shape.kernel];
        let bound = default_bound(size[1] * size[2]);
        let weight = match start {
            Start::Zeros => Weight::Plain(builder.zeros(format!("{name}.weight"), &size)),
            _ => Weight::new(builder, name, &size, bound, start == Start::WeightNorm),
        };
        let bias = bias.then(|| match start {
            Start::Zeros => builder.zeros(format!("{name}.bias"), &[shape.output]),
            _ => builder.uniform(format!("{name}.bias"), &[shape.output], bound),
        });
        Self {
            weight,
            bias,
            shape,
        }
    }

    /// How many frames on either side what it gives for a frame depends on, where it keeps their number.
    pub(crate) fn receptive_field(&self) -> i64 {
        self.shape.padding
    }

    /// In the parameters' precision. The output lies in memory as the input does: see [`channels_last`].
    pub(crate) fn forward(&self, input: &Tensor) -> Tensor {
        self.forward_in(input, self.weight.stored().kind())
    }

    /// The same in another precision.
    pub(crate) fn forward_in(&self, input: &Tensor, dtype: Kind) -> Tensor {
        let ConvShape {
            stride,
            padding,
            dilation,
            groups,
            ..
        } = self.shape;
        let weight = self.weight.tensor(dtype);
        let bias = self.bias.as_ref().map(|bias| bias.to_kind(dtype));
        let input = input.to_kind(dtype);
        if are_channels_together(&input) {
            let (stride, padding, dilation) = ([1, stride], [0, padding], [1, dilation]);
            return as_image(&input)
                .conv2d(&as_image(&weight), bias, stride, padding, dilation, groups)
                .squeeze_dim(2);
        }
        input.conv1d(&weight, bias, stride, padding, dilation, groups)
    }
}

/// Transposed one-dimensional convolution that multiplies the number of frames by `rate`.
#[derive(Debug)]
pub(crate) struct Upsample {
    /// `[in, out, kernel]`
    weight: Weight,
    bias: Tensor,
    rate: i64,
    padding: i64,
}

impl Upsample {
    pub(crate) fn new(
        builder: &mut Builder,
        name: &str,
        input: i64,
        output: i64,
        kernel: i64,
        rate: i64,
        weights: DecoderWeights,
    ) -> Self {
        let normed = weights == DecoderWeights::Normed;
        // PyTorch takes dimension 1 of the [in, out, kernel] weight for the fan.
        let bound = default_bound(output * kernel);
        let size = [input, output, kernel];
        Self {
            weight: Weight::new(builder, name, &size, bound, normed),
            bias: builder.uniform(format!("{name}.bias"), &[output], bound),
            rate,
            padding: (kernel - rate) / 2,
        }
    }

    /// Frames it gives for a frame.
    pub(crate) fn rate(&self) -> i64 {
        self.rate
    }

    /// Channels it gives.
    pub(crate) fn channels(&self) -> i64 {
        self.weight.stored().size()[1]
    }

    /// How many of the frames it gives on either side a frame has a part in.
    pub(crate) fn receptive_field(&self) -> i64 {
        self.weight.stored().size()[2]
    }

    /// What its parameters are kept in.
    pub(crate) fn kind(&self) -> Kind {
        self.bias.kind()
    }

    /// The output lies in memory as the input does: see [`channels_last`].
    pub(crate) fn forward(&self, input: &Tensor, dtype: Kind) -> Tensor {
        let (rate, padding) = (self.rate, self.padding);
        let (weight, bias) = (self.weight.tensor(dtype), Some(self.bias.to_kind(dtype)));
        let input = input.to_kind(dtype);
        if are_channels_together(&input) {
            let (rate, padding) = ([1, rate], [0, padding]);
            return as_image(&input)
                .conv_transpose2d(&as_image(&weight), bias, rate, padding, [0, 0], 1, [1, 1])
                .squeeze_dim(2);
        }
        input.conv_transpose1d(&weight, bias, rate, padding, 0, 1, 1)
    }
}

/// Lays `[batch, channels, frames]` so in memory that the channels of a frame lie together. On a CPU, libtorch convolves
/// long and narrow tensors quicker so, for it need not rearrange them before and after every layer; what follows keeps
/// the layout, and the result is the same. Elsewhere nothing is done.
pub(crate) fn channels_last(input: &Tensor) -> Tensor {
    if input.device() != Device::Cpu {
        return input.shallow_clone();
    }
    input.transpose(1, 2).contiguous().transpose(1, 2)
}

fn are_channels_together(input: &Tensor) -> bool {
    let (size, stride) = (input.size(), input.stride());
    size[1] > 1 && stride[1] == 1 && stride[2] == size[1]
}

/// `[batch, channels, frames]` as an image of one row. libtorch convolves images in either layout, but puts
/// one-dimensional input into the other one first.
fn as_image(input: &Tensor) -> Tensor {
    input.unsqueeze(2)
}

/// Convolution over frames alone of `[batch, channels, frames, period]`.
#[derive(Debug)]
pub(crate) struct FrameConv2d {
    g: Tensor,
    v: Tensor,
    bias: Tensor,
    stride: i64,
    padding: i64,
}

impl FrameConv2d {
    pub(crate) fn new(
        builder: &mut Builder,
        name: &str,
        input: i64,
        output: i64,
        kernel: i64,
        stride: i64,
    ) -> Self {
        let bound = default_bound(input * kernel);
        let (g, v) = builder.weight_norm(name, &[output, input, kernel, 1], bound);
        let bias = builder.uniform(format!("{name}.bias"), &[output], bound);
        Self {
            g,
            v,
            bias,
            stride,
            padding: kernel / 2,
        }
    }

    /// How many numbers its weight has.
    pub(crate) fn weight_size(&self) -> usize {
        self.v.numel()
    }

    /// What its parameters are kept in.
    pub(crate) fn kind(&self) -> Kind {
        self.v.kind()
    }

    pub(crate) fn forward(&self, input: &Tensor, dtype: Kind) -> Tensor {
        let (stride, padding) = ([self.stride, 1], [self.padding, 0]);
        let (weight, bias) = (self.weight(dtype), Some(self.bias.to_kind(dtype)));
        input
            .to_kind(dtype)
            .conv2d(&weight, bias, stride, padding, [1, 1], 1)
    }

    /// The same with every phase of the period as an item of its own: `[batch × period, channels, frames]`.
    pub(crate) fn forward_folded(&self, input: &Tensor, dtype: Kind) -> Tensor {
        let weight = self.weight(dtype).transpose(2, 3); // [out, in, 1, kernel]
        let (stride, padding) = ([1, self.stride], [0, self.padding]);
        let bias = Some(self.bias.to_kind(dtype));
        as_image(&input.to_kind(dtype))
            .conv2d(&weight, bias, stride, padding, [1, 1], 1)
            .squeeze_dim(2)
    }

    fn weight(&self, dtype: Kind) -> Tensor {
        Tensor::internal_weight_norm(&self.v, &self.g, 0).to_kind(dtype)
    }
}

/// Linear layer over the last dimension.
#[derive(Debug)]
pub(crate) struct Linear {
    weight: Tensor,
    bias: Option<Tensor>,
}

impl Linear {
    /// `bound` of the weight's uniform initialisation; the bias has PyTorch's default.
    pub(crate) fn new(
        builder: &mut Builder,
        name: &str,
        input: i64,
        output: i64,
        bound: f64,
        bias: bool,
    ) -> Self {
        let weight = builder.uniform(format!("{name}.weight"), &[output, input], bound);
        let bias =
            bias.then(|| builder.uniform(format!("{name}.bias"), &[output], default_bound(input)));
        Self { weight, bias }
    }

    pub(crate) fn forward(&self, input: &Tensor) -> Tensor {
        input.linear(&self.weight, self.bias.as_ref())
    }
}

/// Layer normalisation over the last dimension.
#[derive(Debug)]
pub(crate) struct LayerNorm {
    weight: Tensor,
    bias: Tensor,
    eps: f64,
}

impl LayerNorm {
    pub(crate) fn new(builder: &mut Builder, name: &str, size: i64, eps: f64) -> Self {
        Self {
            weight: builder.ones(format!("{name}.weight"), &[size]),
            bias: builder.zeros(format!("{name}.bias"), &[size]),
            eps,
        }
    }

    pub(crate) fn forward(&self, input: &Tensor) -> Tensor {
        input.layer_norm(
            self.weight.size(),
            Some(&self.weight),
            Some(&self.bias),
            self.eps,
            false,
        )
    }

    /// The same over channels of `[batch, channels, frames]`.
    pub(crate) fn over_channels(&self, input: &Tensor) -> Tensor {
        self.forward(&input.transpose(1, 2)).transpose(1, 2)
    }
}

/// 1 for frames before each length, 0 after: `[batch, 1, longest]`.
pub(crate) fn mask(lengths: &[i64], longest: i64, device: Device) -> Tensor {
    let lengths = Tensor::from_slice(lengths).to_device(device).unsqueeze(1);
    let positions = Tensor::arange(longest, (Kind::Int64, device)).unsqueeze(0);
    positions
        .lt_tensor(&lengths)
        .to_kind(Kind::Float)
        .unsqueeze(1)
}
