//! What a training is fed with: clips decoded once, batches of like length in a seeded order.

use std::path::PathBuf;

use rayon::prelude::*;
use tch::{Device, Kind, Tensor};

use crate::{
    audio::{self, Clip},
    config::{HOP_LENGTH, SEGMENT_SAMPLES},
    error::Result,
    randomness::{Purpose, Randomness},
    spectrogram::Spectrograms,
    text,
    tokenizer::Tokenizer,
};

/// Longest clip that is trained from; longer ones take too much memory at once.
const LONGEST_SECONDS: f64 = 20.0;
/// Batches that are drawn together: clips are sorted by length within so many, so that little is padding.
const BATCHES_SORTED_TOGETHER: usize = 8;

/// A recording and what is said in it.
#[derive(Debug, Clone)]
pub struct Utterance {
    /// Its name.
    pub id: String,
    /// Its transcript, as written.
    pub text: String,
    /// The recording.
    pub audio: PathBuf,
}

/// A recording that can't be trained from, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    /// Its name.
    pub id: String,
    /// Why.
    pub reason: String,
}

/// A recording that can.
#[derive(Debug)]
pub(crate) struct Example {
    ids: Vec<i64>,
    /// A multiple of the hop long, and at least a segment.
    samples: Vec<f32>,
}

/// Everything decoded, in the order given.
pub(crate) struct Corpus {
    pub(crate) examples: Vec<Example>,
    pub(crate) excluded: Vec<Excluded>,
    pub(crate) tokenizer: Tokenizer,
    pub(crate) seconds: f64,
}

/// One step's input.
pub(crate) struct Batch {
    /// `[batch, tokens]`
    pub(crate) ids: Tensor,
    pub(crate) token_counts: Vec<i64>,
    /// Who says each; of no matter where there is one speaker.
    pub(crate) speakers: Vec<i64>,
    /// `[batch, 513, frames]`
    pub(crate) spectrogram: Tensor,
    pub(crate) frame_counts: Vec<i64>,
    /// `[batch, samples]`
    pub(crate) waveform: Tensor,
}

impl Corpus {
    /// Decodes, resamples and tokenizes; what can't be used is listed with its reason.
    pub(crate) fn prepare(utterances: &[Utterance], sample_rate: u32) -> Result<Self> {
        let texts: Vec<String> = utterances
            .iter()
            .map(|utterance| text::normalize(&utterance.text))
            .collect();
        let tokenizer = Tokenizer::from_transcripts(texts.iter().map(String::as_str));
        let prepared: Vec<std::result::Result<Example, String>> = utterances
            .par_iter()
            .zip(&texts)
            .map(|(utterance, text)| prepare(utterance, text, &tokenizer, sample_rate))
            .collect();
        let mut corpus = Self {
            examples: Vec::new(),
            excluded: Vec::new(),
            tokenizer,
            seconds: 0.0,
        };
        for (utterance, example) in utterances.iter().zip(prepared) {
            match example {
                Ok(example) => {
                    corpus.seconds += example.samples.len() as f64 / f64::from(sample_rate);
                    corpus.examples.push(example);
                }
                Err(reason) => corpus.excluded.push(Excluded {
                    id: utterance.id.clone(),
                    reason,
                }),
            }
        }
        if corpus.examples.is_empty() {
            let first = corpus.excluded.first();
            return Err(crate::Error::NoData {
                total: utterances.len(),
                first: first.map_or_else(
                    || "there are none".into(),
                    |first| format!("{}: {}", first.id, first.reason),
                ),
            });
        }
        Ok(corpus)
    }

    /// Steps of an epoch.
    pub(crate) fn steps(&self, batch_size: usize) -> u64 {
        self.examples.len().div_ceil(batch_size) as u64
    }

    /// The order of an epoch: which examples stand in which step's batch.
    pub(crate) fn order(&self, seed: u64, epoch: u64, batch_size: usize) -> Vec<Vec<usize>> {
        let mut random = Randomness::new(seed, Purpose::Order, epoch, Device::Cpu);
        let mut examples: Vec<usize> = (0..self.examples.len()).collect();
        random.shuffle(&mut examples);
        for together in examples.chunks_mut(BATCHES_SORTED_TOGETHER * batch_size) {
            together.sort_by_key(|&example| self.examples[example].samples.len());
        }
        let mut batches: Vec<Vec<usize>> =
            examples.chunks(batch_size).map(<[usize]>::to_vec).collect();
        random.shuffle(&mut batches);
        batches
    }

    /// The tensors of a batch.
    pub(crate) fn batch(
        &self,
        members: &[usize],
        spectrograms: &Spectrograms,
        device: Device,
    ) -> Batch {
        let members: Vec<&Example> = members
            .iter()
            .map(|&member| &self.examples[member])
            .collect();
        let tokens = members
            .iter()
            .map(|example| example.ids.len())
            .max()
            .unwrap_or(0);
        let samples = members
            .iter()
            .map(|example| example.samples.len())
            .max()
            .unwrap_or(0);
        let mut ids = vec![0i64; members.len() * tokens];
        let mut waveform = vec![0f32; members.len() * samples];
        for (row, example) in members.iter().enumerate() {
            ids[row * tokens..][..example.ids.len()].copy_from_slice(&example.ids);
            waveform[row * samples..][..example.samples.len()].copy_from_slice(&example.samples);
        }
        let rows = members.len() as i64;
        let waveform = Tensor::from_slice(&waveform)
            .reshape([rows, samples as i64])
            .to_device(device);
        let frame_counts: Vec<i64> = members
            .iter()
            .map(|example| example.samples.len() as i64 / HOP_LENGTH)
            .collect();
        Batch {
            ids: Tensor::from_slice(&ids)
                .reshape([rows, tokens as i64])
                .to_kind(Kind::Int64)
                .to_device(device),
            token_counts: members
                .iter()
                .map(|example| example.ids.len() as i64)
                .collect(),
            // A dataset has one.
            speakers: vec![0; members.len()],
            spectrogram: spectrograms.linear(&waveform),
            frame_counts,
            waveform,
        }
    }
}

fn prepare(
    utterance: &Utterance,
    text: &str,
    tokenizer: &Tokenizer,
    sample_rate: u32,
) -> std::result::Result<Example, String> {
    let ids = tokenizer
        .encode(text)
        .map_err(|error| error.to_string())?
        .ids;
    if ids.is_empty() {
        return Err("its transcript has no letters".into());
    }
    let clip = audio::decode(&utterance.audio)
        .and_then(|clip| audio::resample(clip, sample_rate))
        .map_err(|error| error.to_string())?;
    if clip.seconds() > LONGEST_SECONDS {
        return Err(format!(
            "it is {:.1} s long, at most {LONGEST_SECONDS} s can be used",
            clip.seconds()
        ));
    }
    let Clip { mut samples, .. } = clip;
    let hop = HOP_LENGTH as usize;
    samples.truncate(samples.len() / hop * hop);
    let frames = samples.len() / hop;
    if ids.len() > frames {
        return Err(format!(
            "it has {} tokens and only {frames} frames: the transcript is too long for it",
            ids.len()
        ));
    }
    let shortest = SEGMENT_SAMPLES as usize;
    if samples.len() < shortest {
        samples.resize(shortest, 0.0);
    }
    Ok(Example { ids, samples })
}
