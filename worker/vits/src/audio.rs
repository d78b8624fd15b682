//! Recordings in and out: decoding (WAV, FLAC, MP3, OGG Vorbis, M4A), resampling, WAV.

pub(crate) mod cache;
pub(crate) mod spectrogram;

use std::{
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
};

use rubato::{Fft, FixedSync, Resampler, audioadapter_buffers::direct::SequentialSliceOfVecs};
use symphonia::core::{
    codecs::audio::AudioDecoderOptions,
    errors::Error as SymphoniaError,
    formats::{FormatOptions, TrackType, probe::Hint},
    io::MediaSourceStream,
    meta::MetadataOptions,
};

use crate::{Error, Result};

/// Longest recording that is decoded, in seconds; a longer one is no clip.
const MAX_SECONDS: usize = 600;

/// Decoded mono sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Clip {
    /// In [-1, 1].
    pub samples: Vec<f32>,
    /// In hertz.
    pub sample_rate: u32,
}

impl Clip {
    /// Its length.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.sample_rate.max(1))
    }
}

/// Decodes a recording; several channels are averaged.
///
/// # Errors
/// [`Error::Audio`] for what isn't audio, is torn, is empty, or is longer than ten minutes.
pub fn decode(path: &Path) -> Result<Clip> {
    let refuse = |reason: String| Error::Audio {
        path: path.to_owned(),
        reason,
    };
    let file = File::open(path).map_err(Error::file(path))?;
    let stream = MediaSourceStream::new(Box::new(file), Default::default());
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
        hint.with_extension(extension);
    }
    let mut format = symphonia::default::get_probe()
        .probe(
            &hint,
            stream,
            FormatOptions::default(),
            MetadataOptions::default(),
        )
        .map_err(|error| refuse(error.to_string()))?;
    let track = format
        .default_track(TrackType::Audio)
        .ok_or_else(|| refuse("it has no sound".into()))?;
    let parameters = track
        .codec_params
        .as_ref()
        .and_then(|parameters| parameters.audio())
        .ok_or_else(|| refuse("its codec is not known".into()))?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .map_err(|error| refuse(error.to_string()))?;
    let track = track.id;
    let mut clip = Clip {
        samples: Vec::new(),
        sample_rate: 0,
    };
    let mut interleaved: Vec<f32> = Vec::new();
    while let Some(packet) = format
        .next_packet()
        .map_err(|error| refuse(error.to_string()))?
    {
        if packet.track_id != track {
            continue;
        }
        let decoded = match decoder.decode(&packet) {
            Ok(decoded) => decoded,
            Err(SymphoniaError::DecodeError(reason)) => {
                return Err(refuse(format!("torn: {reason}")));
            }
            Err(error) => return Err(refuse(error.to_string())),
        };
        clip.sample_rate = decoded.spec().rate();
        let channels = decoded.spec().channels().count().max(1);
        decoded.copy_to_vec_interleaved(&mut interleaved);
        clip.samples.extend(
            interleaved
                .chunks_exact(channels)
                .map(|frame| frame.iter().sum::<f32>() / channels as f32),
        );
        if clip.samples.len() > MAX_SECONDS * clip.sample_rate.max(1) as usize {
            return Err(refuse(format!("it is longer than {MAX_SECONDS} s")));
        }
    }
    if clip.samples.is_empty() || clip.sample_rate == 0 {
        return Err(refuse("it has no samples".into()));
    }
    if clip.samples.iter().any(|sample| !sample.is_finite()) {
        return Err(refuse("it has samples that are no numbers".into()));
    }
    Ok(clip)
}

/// The clip at another sample rate.
pub fn resample(clip: Clip, sample_rate: u32) -> Result<Clip> {
    if clip.sample_rate == sample_rate || clip.samples.is_empty() {
        return Ok(Clip {
            sample_rate,
            ..clip
        });
    }
    let fault = |error: &dyn std::fmt::Display| Error::Internal(format!("resampling: {error}"));
    let (from, to) = (clip.sample_rate as usize, sample_rate as usize);
    let mut resampler =
        Fft::<f32>::new(from, to, 1024, 1, FixedSync::Both).map_err(|error| fault(&error))?;
    let frames = clip.samples.len();
    let channels = vec![clip.samples];
    let input = SequentialSliceOfVecs::new(&channels, 1, frames).map_err(|error| fault(&error))?;
    let output = resampler
        .process_all(&input, frames, None)
        .map_err(|error| fault(&error))?;
    Ok(Clip {
        samples: output.take_data(),
        sample_rate,
    })
}

/// Writes 16-bit mono WAV; what is louder than full scale is clipped.
pub fn write_wav(path: &Path, clip: &Clip) -> Result<()> {
    let mut writer = WavWriter::create(path, clip.sample_rate)?;
    writer.write(&clip.samples)?;
    writer.finish()
}

/// Writes 32-bit floating-point mono WAV: the samples as they are.
pub fn write_float_wav(path: &Path, clip: &Clip) -> Result<()> {
    let mut writer = hound_writer(path, clip.sample_rate, hound::SampleFormat::Float, 32)?;
    for sample in &clip.samples {
        writer.write_sample(*sample).map_err(refuse(path))?;
    }
    writer.finalize().map_err(refuse(path))
}

/// A 16-bit mono WAV that is written piece by piece; what is louder than full scale is clipped.
pub struct WavWriter {
    path: PathBuf,
    writer: hound::WavWriter<BufWriter<File>>,
}

impl WavWriter {
    /// Begins a file; one of that name is replaced. `sample_rate` is in hertz.
    pub fn create(path: &Path, sample_rate: u32) -> Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            writer: hound_writer(path, sample_rate, hound::SampleFormat::Int, 16)?,
        })
    }

    /// Appends samples in [-1, 1].
    pub fn write(&mut self, samples: &[f32]) -> Result<()> {
        for sample in samples {
            let sample = (sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16;
            self.writer
                .write_sample(sample)
                .map_err(refuse(&self.path))?;
        }
        Ok(())
    }

    /// Samples that were written.
    pub fn count(&self) -> u32 {
        self.writer.len()
    }

    /// Completes the header.
    pub fn finish(self) -> Result<()> {
        self.writer.finalize().map_err(refuse(&self.path))
    }
}

fn hound_writer(
    path: &Path,
    sample_rate: u32,
    sample_format: hound::SampleFormat,
    bits_per_sample: u16,
) -> Result<hound::WavWriter<BufWriter<File>>> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate,
        bits_per_sample,
        sample_format,
    };
    hound::WavWriter::create(path, spec).map_err(refuse(path))
}

fn refuse(path: &Path) -> impl FnOnce(hound::Error) -> Error + '_ {
    move |error| match error {
        hound::Error::IoError(source) => Error::File {
            path: path.to_owned(),
            source,
        },
        error => Error::Audio {
            path: path.to_owned(),
            reason: error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_comes_back_at_another_rate() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tone.wav");
        let tone = |rate: u32| {
            (0..rate)
                .map(move |n| 0.5 * (n as f32 * 440.0 / rate as f32 * std::f32::consts::TAU).sin())
        };
        write_wav(
            &path,
            &Clip {
                samples: tone(22_050).collect(),
                sample_rate: 22_050,
            },
        )
        .unwrap();
        let clip = resample(decode(&path).unwrap(), 16_000).unwrap();
        assert_eq!(clip.samples.len(), 16_000);
        let error = clip
            .samples
            .iter()
            .zip(tone(16_000))
            .skip(2_000)
            .take(12_000)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        // Half a sample of delay at 440 Hz is a difference of 0.043.
        assert!(error < 0.043, "largest difference {error}");
    }

    #[test]
    fn what_is_no_audio_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in [
            ("a.wav", &b"RIFF\x00\x00\x00\x00WAVEfmt "[..]),
            ("b.flac", b"fLaC"),
            ("c.mp3", b"no"),
            ("d.ogg", b""),
        ] {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            assert!(matches!(decode(&path), Err(Error::Audio { .. })), "{name}");
        }
    }
}
