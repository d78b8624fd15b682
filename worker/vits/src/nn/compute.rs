//! What a training computes on, and how precisely.

use std::cell::Cell;

use nvml_wrapper::Nvml;
use serde::{Deserialize, Serialize};
use tch::{Device, Kind};

/// NVIDIA's compute capability from which on GPUs multiply bfloat16 by themselves (Ampere).
const BFLOAT16_CAPABILITY: (i32, i32) = (8, 0);

thread_local! {
    /// What autocast convolutions are computed in on this thread.
    static AUTOCAST: Cell<Kind> = const { Cell::new(Kind::Float) };
}

/// While it lives, autocast convolutions are computed in another kind on its thread, as no gradients are kept while
/// `tch::NoGradGuard` lives. They are those of the WaveNets, the decoder and the discriminators, where the time goes.
/// Everything else is in single precision always: parameters and their updates, text encoder, durations, alignment, residual
/// sums of WaveNets and decoder, what is projected to latents, scores and samples, and losses. (libtorch's own autocast casts
/// whatever operation is on its list and leaves sums in bfloat16, and its kind can't be chosen from here.)
pub(crate) struct Autocast {
    before: Kind,
}

impl Autocast {
    pub(crate) fn to(kind: Kind) -> Self {
        Self {
            before: AUTOCAST.replace(kind),
        }
    }
}

impl Drop for Autocast {
    fn drop(&mut self) {
        AUTOCAST.set(self.before);
    }
}

/// What a convolution is computed in now.
pub(crate) fn kind(autocast: bool) -> Kind {
    match autocast {
        true => AUTOCAST.get(),
        false => Kind::Float,
    }
}

/// What the autocast convolutions are computed in. Parameters, their updates and losses are in single precision always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Precision {
    /// bfloat16 on GPUs that multiply it by themselves, else single precision.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// Single precision.
    #[serde(rename = "fp32")]
    Single,
    /// bfloat16, on a CPU too: it is quicker there where the processor has AMX, and slower elsewhere.
    #[serde(rename = "bf16")]
    Bfloat16,
}

/// Where a training's tensors lie, and what its autocast convolutions are computed in there. bfloat16 reaches as far as single
/// precision, so no loss has to be scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Compute {
    pub(crate) device: Device,
    pub(crate) kind: Kind,
}

impl Compute {
    /// A device in single precision.
    pub(crate) const fn exact(device: Device) -> Self {
        Self {
            device,
            kind: Kind::Float,
        }
    }

    /// The first GPU that libtorch finds, else the CPU, as a training wants it.
    pub(crate) fn wanted(precision: Precision) -> Self {
        let exact = Self::exact(Device::cuda_if_available());
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
            Device::Cpu => match tch::get_num_threads() {
                1 => "the CPU with 1 thread".into(),
                threads => format!("the CPU with {threads} threads"),
            },
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
