//! What a training learns from, and in which order.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use tch::Device;

use crate::{
    audio::cache::{self, Prepared, Samples},
    config::{HOP_LENGTH, SEGMENT_SAMPLES},
    error::Result,
    exclusion::{Excluded, Exclusion},
    nn::random::{Rng, Stream},
    text::{self, TextMode, tokenizer::Tokenizer},
    training::{batching, memory::BatchShape},
};

/// Most examples that a voice is evaluated on: every evaluation decodes them whole.
pub(crate) const MAX_HELD_OUT: usize = 100;

/// A recording and what is said in it.
#[derive(Debug, Clone)]
pub struct Utterance {
    /// Its name.
    pub id: String,
    /// Its transcript, as written.
    pub text: String,
    /// What the voice is taught in its place: words for its numbers, or phonemes. It is the transcript itself if omitted.
    pub reading: Option<String>,
    /// Who says it, where several do.
    pub speaker: Option<String>,
    /// The recording.
    pub audio: PathBuf,
}

impl Utterance {
    fn taught(&self) -> &str {
        self.reading.as_deref().unwrap_or(&self.text)
    }
}

/// A recording that can.
#[derive(Debug)]
pub(crate) struct Example {
    /// Its name.
    pub(crate) clip: String,
    /// What is said, for people.
    pub(crate) text: String,
    pub(crate) ids: Vec<i64>,
    /// Its place among the corpus' speakers.
    pub(crate) speaker: i64,
    recorded: Samples,
}

impl Example {
    /// Frames of the recording: whole hops, and at least a segment.
    pub(crate) fn frames(&self) -> usize {
        let hops = self.recorded.count() / HOP_LENGTH as usize;
        hops.max((SEGMENT_SAMPLES / HOP_LENGTH) as usize)
    }

    /// As many samples as the frames have: what follows the last whole hop is left out, a short recording ends in silence.
    pub(crate) fn samples(&self) -> Result<Vec<f32>> {
        let hop = HOP_LENGTH as usize;
        let mut samples = self.recorded.read()?;
        samples.truncate(samples.len() / hop * hop);
        samples.resize(self.frames() * hop, 0.0);
        Ok(samples)
    }
}

/// Everything that can be used, in the order given.
pub(crate) struct Corpus {
    /// To train from.
    pub(crate) examples: Vec<Example>,
    /// To evaluate on, and not trained from.
    pub(crate) held_out: Vec<Example>,
    pub(crate) excluded: Vec<Excluded>,
    pub(crate) tokenizer: Tokenizer,
    /// Who says anything of it, in order; empty where nobody is named.
    pub(crate) speakers: Vec<String>,
    pub(crate) seconds: f64,
}

impl Corpus {
    /// Decodes to `audio_cache`, or finds it there, and tokenizes; what can't be used is listed with its reason. The
    /// vocabulary is made by `tokenizer` of the letters of all that is taught. `keep_going` is told how many recordings are decoded,
    /// and `None` answered where it says no.
    pub(crate) fn prepare(
        utterances: &[Utterance],
        audio_cache: &Path,
        sample_rate: u32,
        mode: Option<TextMode>,
        tokenizer: impl FnOnce(BTreeSet<char>) -> Tokenizer,
        keep_going: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Option<Self>> {
        let texts: Vec<String> = utterances
            .iter()
            .map(|utterance| text::spelled(mode, utterance.taught()))
            .collect();
        let tokenizer = tokenizer(texts.iter().flat_map(|text| text.chars()).collect());
        let recordings: Vec<&Path> = utterances
            .iter()
            .map(|utterance| utterance.audio.as_path())
            .collect();
        let Some(recorded) = cache::prepare(audio_cache, sample_rate, &recordings, keep_going)?
        else {
            return Ok(None);
        };
        let speakers: BTreeSet<&String> = utterances.iter().flat_map(|it| &it.speaker).collect();
        let speakers: Vec<String> = speakers.into_iter().cloned().collect();
        let prepared =
            utterances
                .iter()
                .zip(texts)
                .zip(recorded)
                .map(|((utterance, text), recorded)| {
                    prepare(utterance, text, &speakers, &tokenizer, recorded)
                });
        let prepared: Vec<_> = prepared.collect();
        let mut corpus = Self {
            examples: Vec::new(),
            held_out: Vec::new(),
            excluded: Vec::new(),
            tokenizer,
            speakers,
            seconds: 0.0,
        };
        for (utterance, example) in utterances.iter().zip(prepared) {
            match example {
                Ok(example) => {
                    let samples = example.frames() as f64 * HOP_LENGTH as f64;
                    corpus.seconds += samples / f64::from(sample_rate);
                    corpus.examples.push(example);
                }
                Err(reason) => corpus.excluded.push(Excluded {
                    id: utterance.id.clone(),
                    reason,
                }),
            }
        }
        if corpus.examples.is_empty() {
            return Err(crate::Error::NoData {
                total: utterances.len(),
                first: corpus.excluded.into_iter().next(),
            });
        }
        Ok(Some(corpus))
    }

    /// Holds a fraction of the examples out, chosen by the seed: one at least, [`MAX_HELD_OUT`] at most, never all.
    pub(crate) fn split(&mut self, fraction: f64, seed: u64) {
        let count = self.examples.len();
        let wanted = (count as f64 * fraction).round() as usize;
        let wanted = wanted.clamp(1, MAX_HELD_OUT).min(count.saturating_sub(1));
        let mut random = Rng::new(seed, Stream::Split, 0, Device::Cpu);
        let mut drawn: Vec<usize> = (0..count).collect();
        random.shuffle(&mut drawn);
        let drawn: BTreeSet<usize> = drawn.into_iter().take(wanted).collect();
        let (held_out, examples) = std::mem::take(&mut self.examples)
            .into_iter()
            .enumerate()
            .partition::<Vec<_>, _>(|(index, _)| drawn.contains(index));
        self.held_out = held_out.into_iter().map(|(_, example)| example).collect();
        self.examples = examples.into_iter().map(|(_, example)| example).collect();
    }

    /// The shape of the largest batch of this size.
    pub(crate) fn largest_batch(&self, batch_size: usize, segments: usize) -> BatchShape {
        let longest = |of: fn(&Example) -> usize| self.examples.iter().map(of).max();
        BatchShape {
            batch: batch_size.min(self.examples.len()) as u64,
            frames: longest(Example::frames).unwrap_or(0) as u64,
            tokens: longest(|example| example.ids.len()).unwrap_or(0) as u64,
            segments: segments as u64,
        }
    }

    /// Steps of an epoch.
    pub(crate) fn steps(&self, step_clips: usize) -> u64 {
        self.examples.len().div_ceil(step_clips) as u64
    }

    /// The order of an epoch: which examples each step learns from.
    pub(crate) fn order(&self, seed: u64, epoch: u64, step_clips: usize) -> Vec<Vec<usize>> {
        let mut random = Rng::new(seed, Stream::Order, epoch, Device::Cpu);
        let lengths: Vec<usize> = self.examples.iter().map(Example::frames).collect();
        batching::batches(&lengths, step_clips, &mut random)
    }
}

fn prepare(
    utterance: &Utterance,
    text: String,
    speakers: &[String],
    tokenizer: &Tokenizer,
    recorded: Prepared,
) -> std::result::Result<Example, Exclusion> {
    let ids = tokenizer
        .encode(&text)
        .map_err(|error| Exclusion::UnreadableTranscript {
            cause: error.to_string(),
        })?
        .ids;
    if ids.is_empty() {
        return Err(Exclusion::NoLetters);
    }
    let recorded = recorded?;
    let frames = recorded.count() / HOP_LENGTH as usize;
    if ids.len() > frames {
        return Err(Exclusion::TranscriptTooLong {
            tokens: ids.len(),
            frames,
        });
    }
    let text = match tokenizer.mode() {
        Some(TextMode::Phonemes) => utterance.text.clone(),
        Some(TextMode::Characters) | None => text,
    };
    let speaker = speakers
        .iter()
        .position(|it| Some(it) == utterance.speaker.as_ref());
    Ok(Example {
        clip: utterance.id.clone(),
        text,
        ids,
        speaker: speaker.unwrap_or(0) as i64,
        recorded,
    })
}
