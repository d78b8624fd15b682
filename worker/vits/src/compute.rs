//! What a training computes on, and how precisely.

use nvml_wrapper::Nvml;
use tch::{Device, Kind};

use crate::plan::Precision;

/// NVIDIA's compute capability from which on GPUs multiply bfloat16 by themselves (Ampere).
const BFLOAT16_CAPABILITY: (i32, i32) = (8, 0);

/// Where tensors lie, and what the wide convolutions are computed in there: those of the WaveNets, the decoder and the
/// discriminators, where the time goes. Everything else is in single precision: parameters and their updates, text encoder,
/// durations, alignment, what is projected to latents, scores and samples, and losses. As with autocast, gradients come
/// back to the parameters in single precision; bfloat16 reaches as far as that does, so no loss has to be scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Compute {
    pub(crate) device: Device,
    pub(crate) kind: Kind,
}

impl Compute {
    /// The CPU in single precision, where networks are looked at.
    #[cfg(test)]
    pub(crate) const CPU: Self = Self {
        device: Device::Cpu,
        kind: Kind::Float,
    };

    /// The first GPU that libtorch finds, else the CPU, in single precision.
    pub(crate) fn exact() -> Self {
        Self {
            device: Device::cuda_if_available(),
            kind: Kind::Float,
        }
    }

    /// The same device, as a training wants it.
    pub(crate) fn wanted(precision: Precision) -> Self {
        let exact = Self::exact();
        let kind = match precision {
            Precision::Single => Kind::Float,
            Precision::Bfloat16 => Kind::BFloat16,
            Precision::Auto if exact.device.is_cuda() && gpus_know_bfloat16() => Kind::BFloat16,
            Precision::Auto => Kind::Float,
        };
        Self { kind, ..exact }
    }
}

impl std::fmt::Display for Compute {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let device = match self.device {
            Device::Cpu => format!("the CPU with {} threads", tch::get_num_threads()),
            _ => gpu_name().unwrap_or_else(|| "a GPU".into()),
        };
        let precision = match self.kind {
            Kind::BFloat16 => "bf16",
            _ => "fp32",
        };
        write!(formatter, "{device}, in {precision}")
    }
}

/// Whether all GPUs of this machine do: which of them libtorch takes first is not for NVIDIA's library to say.
fn gpus_know_bfloat16() -> bool {
    let capabilities = || -> Result<Vec<_>, nvml_wrapper::error::NvmlError> {
        let nvml = Nvml::init()?;
        (0..nvml.device_count()?)
            .map(|index| nvml.device_by_index(index)?.cuda_compute_capability())
            .collect()
    };
    // Without NVIDIA's library nothing is known of them, and single precision always works.
    capabilities().is_ok_and(|capabilities| {
        !capabilities.is_empty()
            && capabilities
                .iter()
                .all(|found| (found.major, found.minor) >= BFLOAT16_CAPABILITY)
    })
}

fn gpu_name() -> Option<String> {
    Nvml::init().ok()?.device_by_index(0).ok()?.name().ok()
}
