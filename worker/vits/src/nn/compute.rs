//! What a training computes on, and how precisely.

use nvml_wrapper::Nvml;
use serde::{Deserialize, Serialize};
use tch::{Device, Kind};

/// NVIDIA's compute capability from which on GPUs multiply bfloat16 by themselves (Ampere).
const BFLOAT16_CAPABILITY: (i32, i32) = (8, 0);

/// What the convolutions of the WaveNets, the decoder and the discriminators are computed in while a step is trained, for there
/// the time goes. Everything else is in single precision always: parameters and their updates, text encoder, durations,
/// alignment, residual sums of WaveNets and decoder, what is projected to latents, scores and samples, and losses. (libtorch's
/// own autocast casts whatever operation is on its list and leaves sums in bfloat16, and its kind can't be chosen from here.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Precision {
    /// bfloat16 on GPUs and processors that multiply it by themselves, else single precision.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// Single precision.
    #[serde(rename = "fp32")]
    Single,
    /// bfloat16, also where it has to be converted for every product and takes several times as long.
    #[serde(rename = "bf16")]
    Bfloat16,
}

/// Where a training's tensors lie, and in what precision they and the costly convolutions are. bfloat16 reaches as far as single
/// precision, so no loss has to be scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Compute {
    pub(crate) device: Device,
    /// What parameters are kept in, and everything but the costly convolutions is computed in: single precision, except where a
    /// test compares in double.
    pub(crate) kind: Kind,
    /// Of the costly convolutions.
    pub(crate) dtype: Kind,
}

impl Compute {
    /// A device in single precision.
    pub(crate) const fn exact(device: Device) -> Self {
        Self {
            device,
            kind: Kind::Float,
            dtype: Kind::Float,
        }
    }

    /// The first GPU that libtorch finds, else the CPU, as a training uses it.
    pub(crate) fn for_precision(precision: Precision) -> Self {
        let exact = Self::exact(Device::cuda_if_available());
        let dtype = match precision {
            Precision::Single => Kind::Float,
            Precision::Bfloat16 => Kind::BFloat16,
            Precision::Auto if knows_bfloat16(exact.device) => Kind::BFloat16,
            Precision::Auto => Kind::Float,
        };
        Self { dtype, ..exact }
    }
}

/// What a training is computed on and in, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComputeReport {
    /// The GPU's name; `None` on a CPU.
    pub gpu: Option<String>,
    /// Threads of the CPU.
    pub threads: u32,
    /// Of the costly convolutions: `fp32` or `bf16`.
    pub precision: &'static str,
}

impl From<Compute> for ComputeReport {
    fn from(compute: Compute) -> Self {
        let name = || gpu_name().unwrap_or_else(|| "a GPU".into());
        Self {
            gpu: compute.device.is_cuda().then(name),
            threads: tch::get_num_threads().unsigned_abs(),
            precision: match compute.dtype {
                Kind::BFloat16 => "bf16",
                _ => "fp32",
            },
        }
    }
}

/// Whether it multiplies bfloat16 by itself. By what it says of itself and not by how quick it is: a training that is resumed has
/// to compute as it did before.
fn knows_bfloat16(device: Device) -> bool {
    match device {
        Device::Cuda(_) => gpus_know_bfloat16(),
        _ => processor_knows_bfloat16(),
    }
}

/// AVX512_BF16, which every processor with AMX has, too.
#[cfg(target_arch = "x86_64")]
fn processor_knows_bfloat16() -> bool {
    std::arch::is_x86_feature_detected!("avx512bf16")
}

#[cfg(not(target_arch = "x86_64"))]
fn processor_knows_bfloat16() -> bool {
    false
}

/// Whether all GPUs of this machine do: NVIDIA's library doesn't know which of them libtorch takes first.
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
