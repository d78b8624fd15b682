//! Short-time Fourier transform and mel bands, as VITS computes them.

use tch::Tensor;

use crate::{
    config::{FFT_LENGTH, HOP_LENGTH, MEL_BANDS},
    nn::compute::Compute,
};

/// Computes spectrograms of one sample rate on one device.
#[derive(Debug)]
pub(crate) struct Spectrograms {
    window: Tensor,
    /// `[bands, bins]`
    bands: Tensor,
}

impl Spectrograms {
    pub(crate) fn new(sample_rate: u32, compute: Compute) -> Self {
        let Compute { device, kind, .. } = compute;
        Self {
            window: Tensor::hann_window(FFT_LENGTH, (kind, device)),
            bands: Tensor::from_slice(&mel_filters(f64::from(sample_rate)))
                .reshape([MEL_BANDS, FFT_LENGTH / 2 + 1])
                .to_kind(kind)
                .to_device(device),
        }
    }

    /// Magnitudes of `waveform`, `[batch, samples]`, a multiple of the hop long → `[batch, 513, samples / 256]`.
    pub(crate) fn linear(&self, waveform: &Tensor) -> Tensor {
        let pad = (FFT_LENGTH - HOP_LENGTH) / 2;
        let padded = waveform
            .unsqueeze(1)
            .reflection_pad1d([pad, pad])
            .squeeze_dim(1);
        let complex = padded.stft(
            FFT_LENGTH,
            HOP_LENGTH,
            FFT_LENGTH,
            Some(&self.window),
            false,
            true,
            true,
            false,
        );
        let parts = complex.view_as_real(); // [batch, bins, frames, 2]
        (parts
            .square()
            .sum_dim_intlist([-1i64].as_slice(), false, waveform.kind())
            + 1e-6)
            .sqrt()
    }

    /// Log mel bands of magnitudes: `[batch, 513, frames]` → `[batch, 80, frames]`.
    pub(crate) fn log_mel(&self, linear: &Tensor) -> Tensor {
        self.bands.matmul(linear).clamp_min(1e-5).log()
    }
}

/// Triangular filters on Slaney's mel scale (Auditory Toolbox), each with unit area; row-major `[bands, bins]`.
fn mel_filters(sample_rate: f64) -> Vec<f64> {
    let bins = (FFT_LENGTH / 2 + 1) as usize;
    let bands = MEL_BANDS as usize;
    let highest = hertz_to_mel(sample_rate / 2.0);
    let edges: Vec<f64> = (0..bands + 2)
        .map(|edge| mel_to_hertz(highest * edge as f64 / (bands + 1) as f64))
        .collect();
    let mut filters = vec![0.0; bands * bins];
    for band in 0..bands {
        let (low, centre, high) = (edges[band], edges[band + 1], edges[band + 2]);
        for bin in 0..bins {
            let frequency = bin as f64 * sample_rate / FFT_LENGTH as f64;
            let rising = (frequency - low) / (centre - low);
            let falling = (high - frequency) / (high - centre);
            filters[band * bins + bin] = rising.min(falling).max(0.0) * 2.0 / (high - low);
        }
    }
    filters
}

/// Linear below 1 kHz, logarithmic above.
fn hertz_to_mel(hertz: f64) -> f64 {
    if hertz < 1000.0 {
        hertz * 3.0 / 200.0
    } else {
        15.0 + (hertz / 1000.0).ln() * 27.0 / 6.4f64.ln()
    }
}

fn mel_to_hertz(mel: f64) -> f64 {
    if mel < 15.0 {
        mel * 200.0 / 3.0
    } else {
        1000.0 * (6.4f64.ln() / 27.0 * (mel - 15.0)).exp()
    }
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;

    #[test]
    fn a_tone_lies_in_its_band() {
        let samples: Vec<f32> = (0..8192)
            .map(|n| (n as f32 * 1000.0 / 16_000.0 * std::f32::consts::TAU).sin())
            .collect();
        let spectrograms = Spectrograms::new(16_000, Compute::exact(Device::Cpu));
        let linear = spectrograms.linear(&Tensor::from_slice(&samples).unsqueeze(0));
        assert_eq!(linear.size(), [1, 513, 32]);
        let loudest = linear
            .narrow(2, 16, 1)
            .argmax(1, false)
            .int64_value(&[0, 0]);
        assert_eq!(loudest, 64); // 1000 Hz / (16000 Hz / 1024)
        assert_eq!(spectrograms.log_mel(&linear).size(), [1, 80, 32]);
    }

    #[test]
    fn the_mel_scale_is_slaneys() {
        assert!((hertz_to_mel(1000.0) - 15.0).abs() < 1e-9);
        assert!((hertz_to_mel(6400.0) - 42.0).abs() < 1e-9);
        assert!((mel_to_hertz(hertz_to_mel(3456.0)) - 3456.0).abs() < 1e-6);
    }
}
