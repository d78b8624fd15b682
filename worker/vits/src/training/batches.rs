//! Batches as the loader hands them over, and what each of them counts for in its step.

use tch::{Device, Kind, Tensor};

use crate::{
    audio::spectrogram::Spectrograms,
    config::HOP_LENGTH,
    error::Result,
    nn::batch::{Batch, Share},
    training::corpus::{Corpus, Example},
};

/// A batch before it is tensors, row by row, each filled up with zeros.
#[derive(Debug, PartialEq)]
pub(crate) struct HostBatch {
    ids: Vec<i64>,
    token_counts: Vec<i64>,
    speakers: Vec<i64>,
    waveform: Vec<f32>,
    frame_counts: Vec<i64>,
    pub(crate) share: Share,
}

/// The batches of the step that learns from these examples, one after another, so that nobody holds more than one. Each has an error where
/// a recording of it can't be read.
pub(crate) fn of_step<'a>(
    corpus: &'a Corpus,
    members: &'a [usize],
    batch_size: usize,
) -> impl Iterator<Item = Result<HostBatch>> + 'a {
    let of_batch = |members: &[usize]| -> Vec<&Example> {
        let members = members.iter();
        members.map(|&member| &corpus.examples[member]).collect()
    };
    let whole = Counts::of(&of_batch(members));
    let batches = members.chunks(batch_size);
    let last = batches.len() - 1;
    batches.enumerate().map(move |(number, members)| {
        let members = of_batch(members);
        let share = Counts::of(&members).share(&whole, number == last);
        HostBatch::of(&members, share)
    })
}

impl HostBatch {
    /// Those of these examples.
    ///
    /// # Errors
    /// Where a recording can't be read.
    pub(crate) fn of(members: &[&Example], share: Share) -> Result<Self> {
        let tokens = members
            .iter()
            .map(|example| example.ids.len())
            .max()
            .unwrap_or(0);
        let frame_counts: Vec<i64> = members
            .iter()
            .map(|example| example.frames() as i64)
            .collect();
        let samples = (frame_counts.iter().max().unwrap_or(&0) * HOP_LENGTH) as usize;
        let mut ids = vec![0i64; members.len() * tokens];
        let mut waveform = vec![0f32; members.len() * samples];
        for (row, example) in members.iter().enumerate() {
            ids[row * tokens..][..example.ids.len()].copy_from_slice(&example.ids);
            let recorded = example.samples()?;
            waveform[row * samples..][..recorded.len()].copy_from_slice(&recorded);
        }
        Ok(Self {
            ids,
            token_counts: members
                .iter()
                .map(|example| example.ids.len() as i64)
                .collect(),
            speakers: members.iter().map(|example| example.speaker).collect(),
            waveform,
            frame_counts,
            share,
        })
    }

    /// Their tensors.
    pub(crate) fn batch(self, spectrograms: &Spectrograms, device: Device) -> Batch {
        let rows = self.token_counts.len();
        let waveform = Tensor::from_slice(&self.waveform)
            .reshape([rows as i64, -1])
            .to_device(device);
        Batch {
            ids: Tensor::from_slice(&self.ids)
                .reshape([rows as i64, -1])
                .to_kind(Kind::Int64)
                .to_device(device),
            token_counts: self.token_counts,
            speakers: self.speakers,
            spectrogram: spectrograms.linear(&waveform),
            frame_counts: self.frame_counts,
            waveform,
            share: self.share,
        }
    }
}

/// What means are taken over.
struct Counts {
    clips: usize,
    frames: usize,
    tokens: usize,
}

impl Counts {
    fn of(members: &[&Example]) -> Self {
        Self {
            clips: members.len(),
            frames: members.iter().map(|example| example.frames()).sum(),
            tokens: members.iter().map(|example| example.ids.len()).sum(),
        }
    }

    fn share(&self, whole: &Self, is_last: bool) -> Share {
        let of = |part: usize, whole: usize| part as f64 / whole as f64;
        Share {
            clips: of(self.clips, whole.clips),
            frames: of(self.frames, whole.frames),
            tokens: of(self.tokens, whole.tokens),
            is_last,
        }
    }
}
