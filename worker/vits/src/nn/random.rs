//! All randomness of a step, drawn from a seed that is made of the job's seed and the step's number. So a step is the
//! same whether it follows the one before it or a restart, and whatever else the process does: libtorch's own generator
//! is global and never used.

use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use tch::{Device, Kind, Tensor};

/// What a stream of numbers is for; streams never overlap.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    /// First weights.
    Initialisation = 1,
    /// Order of an epoch.
    Order = 2,
    /// Noise, dropout and segments of a step.
    Step = 3,
    /// Noise of speech.
    Speech = 4,
    /// Which recordings are held out.
    Split = 5,
    /// Noise of an evaluation.
    Validation = 6,
}

/// Random numbers of one stream.
pub(crate) struct Rng {
    generator: ChaCha8Rng,
    device: Device,
}

impl Rng {
    /// The numbers of a stream, by seed and number (of an epoch, of a step).
    pub(crate) fn new(seed: u64, stream: Stream, number: u64, device: Device) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&(stream as u64).to_le_bytes());
        key[16..24].copy_from_slice(&number.to_le_bytes());
        Self {
            generator: ChaCha8Rng::from_seed(key),
            device,
        }
    }

    /// Standard normal numbers.
    pub(crate) fn normal(&mut self, shape: &[i64]) -> Tensor {
        let count = shape.iter().product::<i64>() as usize;
        let values: Vec<f32> = StandardNormal
            .sample_iter(&mut self.generator)
            .take(count)
            .collect();
        Tensor::from_slice(&values)
            .reshape(shape)
            .to_device(self.device)
    }

    /// Uniform numbers in [-bound, bound).
    pub(crate) fn uniform(&mut self, shape: &[i64], bound: f64) -> Tensor {
        let count = shape.iter().product::<i64>() as usize;
        let bound = bound as f32;
        let values: Vec<f32> = (0..count)
            .map(|_| (self.generator.random::<f32>() * 2.0 - 1.0) * bound)
            .collect();
        Tensor::from_slice(&values)
            .reshape(shape)
            .to_device(self.device)
    }

    /// Dropout (Srivastava et al. 2014), inverted: zero with probability `p`, else scaled by 1 / (1 - p).
    pub(crate) fn dropout(&mut self, input: &Tensor, p: f64) -> Tensor {
        if p <= 0.0 {
            return input.shallow_clone();
        }
        let count = input.numel();
        let threshold = (p * 256.0).round() as u8;
        let keep = 256.0 / (256.0 - f64::from(threshold));
        let mut bytes = vec![0u8; count];
        self.generator.fill(&mut bytes[..]);
        let kept = Tensor::from_slice(&bytes)
            .to_device(self.device)
            .reshape(input.size())
            .ge(i64::from(threshold));
        input * (kept.to_kind(Kind::Float) * keep)
    }

    /// True with probability `p`.
    pub(crate) fn happens(&mut self, p: f64) -> bool {
        self.generator.random_bool(p.min(1.0))
    }

    /// A number in [0, 1).
    pub(crate) fn fraction(&mut self) -> f64 {
        self.generator.random()
    }

    /// A whole number in 0..=highest.
    pub(crate) fn up_to(&mut self, highest: i64) -> i64 {
        self.generator.random_range(0..=highest.max(0))
    }

    /// Puts items in a random order.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        items.shuffle(&mut self.generator);
    }
}
