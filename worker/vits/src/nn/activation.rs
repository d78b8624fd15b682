//! Activations of the text encoder, by the names that `config.json` has for them.

use tch::Tensor;

/// An activation without parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    Relu,
    Relu6,
    LeakyRelu,
    Gelu,
    /// GELU by tanh (Hendrycks & Gimpel 2016).
    GeluTanh,
    /// x · σ(1.702 x), the fast one of the same paper.
    QuickGelu,
    Silu,
    Mish,
    HardSwish,
    Tanh,
    Sigmoid,
    Linear,
}

impl Activation {
    /// The names that are known; some mean the same.
    pub(crate) const NAMES: [&str; 17] = [
        "relu",
        "relu6",
        "leaky_relu",
        "gelu",
        "gelu_python",
        "gelu_new",
        "gelu_fast",
        "gelu_pytorch_tanh",
        "gelu_python_tanh",
        "quick_gelu",
        "silu",
        "swish",
        "mish",
        "hardswish",
        "tanh",
        "sigmoid",
        "linear",
    ];

    /// The activation of this name, if it is one of [`NAMES`](Self::NAMES).
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "relu" => Self::Relu,
            "relu6" => Self::Relu6,
            "leaky_relu" => Self::LeakyRelu,
            "gelu" | "gelu_python" => Self::Gelu,
            "gelu_new" | "gelu_fast" | "gelu_pytorch_tanh" | "gelu_python_tanh" => Self::GeluTanh,
            "quick_gelu" => Self::QuickGelu,
            "silu" | "swish" => Self::Silu,
            "mish" => Self::Mish,
            "hardswish" => Self::HardSwish,
            "tanh" => Self::Tanh,
            "sigmoid" => Self::Sigmoid,
            "linear" => Self::Linear,
            _ => return None,
        })
    }

    pub(crate) fn apply(self, input: &Tensor) -> Tensor {
        match self {
            Self::Relu => input.relu(),
            Self::Relu6 => input.relu6(),
            Self::LeakyRelu => input.leaky_relu(),
            Self::Gelu => input.gelu("none"),
            Self::GeluTanh => input.gelu("tanh"),
            Self::QuickGelu => input * (input * 1.702).sigmoid(),
            Self::Silu => input.silu(),
            Self::Mish => input.mish(),
            Self::HardSwish => input.hardswish(),
            Self::Tanh => input.tanh(),
            Self::Sigmoid => input.sigmoid(),
            Self::Linear => input.shallow_clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_that_errors_offer_is_known() {
        for name in Activation::NAMES {
            assert!(Activation::named(name).is_some(), "{name}");
        }
        assert_eq!(Activation::named("prelu"), None);
    }
}
