//! Speaking with a voice.

use std::path::Path;

use tch::Device;

use crate::{
    Error, Result,
    audio::Clip,
    config::{DecoderWeights, VitsConfig},
    error::guarded,
    inference::voice::{self, VoiceFolder},
    nn::{
        compute::Compute,
        generator::{InferenceOptions, Vits},
        speakers,
    },
    text::{
        TextMode, spelled,
        tokenizer::{Tokenizer, Tokens},
    },
};

/// Most token ids that are spoken at once; attention takes memory with their square.
const MAX_TOKENS: usize = 5_000;
/// Largest scale of noise; from about 2 on, nothing is left of speech.
const MAX_NOISE: f64 = 10.0;
/// Slowest and fastest.
const SPEEDS: (f64, f64) = (0.05, 20.0);

/// Inference options. Where one is omitted, the voice's configuration has it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SpeakOptions {
    /// Scale of the prior's noise; 0 makes the result independent of the seed.
    pub noise_scale: Option<f64>,
    /// Scale of the noise of durations; of no matter to voices that don't draw them.
    pub duration_noise_scale: Option<f64>,
    /// How many times as fast as the voice speaks by itself; what is said takes that much shorter, to a frame. 1 if omitted.
    pub speed: Option<f64>,
    /// Speaker, by name or by number from 0; the first if omitted.
    pub speaker: Option<String>,
    /// Seed of the noise.
    pub seed: u64,
}

/// Synthesized speech.
#[derive(Debug, Clone, PartialEq)]
pub struct Speech {
    /// The sound.
    pub clip: Clip,
    /// Characters that the voice has no sound for; they were left out.
    pub dropped: Vec<char>,
}

/// A voice, loaded.
#[derive(Debug)]
pub struct Synthesizer {
    model: Vits,
    config: VitsConfig,
    tokenizer: Option<Tokenizer>,
    sample_rate: u32,
}

impl Synthesizer {
    /// Loads a folder in transformers' `VitsModel` layout, or a checkpoint's, strictly: every weight must be there, and none
    /// besides.
    ///
    /// # Errors
    /// [`Error::Mismatch`] lists every weight that is missing, unexpected or of another shape; [`Error::Unsupported`] says
    /// what of the configuration can't be run.
    pub fn load(folder: &Path) -> Result<Self> {
        let VoiceFolder {
            config,
            tokenizer,
            weights,
        } = voice::open(folder)?;
        let model = guarded(|| Vits::read(&config, &weights, Device::cuda_if_available()))?;
        Ok(Self {
            sample_rate: config.sample_rate()?,
            model,
            config,
            tokenizer,
        })
    }

    /// The same of one of its speakers alone, who is all that it has: smaller, and with the same sound.
    ///
    /// # Errors
    /// As [`load`](Self::load); [`Error::Option`] where it has no such speaker.
    pub fn load_speaker(folder: &Path, speaker: &str) -> Result<Self> {
        let whole = Self::load(folder)?;
        let id = whole.speaker_id(speaker)?;
        if whole.speakers().is_empty() {
            return Ok(whole);
        }
        let mut tensors = whole.model.parameters().copy().into_iter().collect();
        let of_one = guarded(|| {
            speakers::keep_one(&mut tensors, id).map_err(Error::Internal)?;
            let config = whole.config.with_speakers(&[]);
            let model = Vits::of_tensors(&config, tensors, Device::cuda_if_available())?;
            Ok((model, config))
        });
        let (model, config) = of_one?;
        Ok(Self {
            model,
            config,
            ..whole
        })
    }

    /// A newly initialized voice, as a training begins with.
    ///
    /// # Errors
    /// [`Error::Unsupported`] says what of the configuration can't be run.
    pub fn untrained(config: VitsConfig, tokenizer: Option<Tokenizer>, seed: u64) -> Result<Self> {
        config.check()?;
        let compute = Compute::exact(Device::cuda_if_available());
        let model = guarded(|| Ok(Vits::new(&config, DecoderWeights::Plain, seed, compute)))?;
        Ok(Self {
            sample_rate: config.sample_rate()?,
            model,
            config,
            tokenizer,
        })
    }

    /// Writes the voice as a folder in the same layout, whose content is replaced: weights in single precision and with
    /// the names of today, whatever they were read from.
    ///
    /// # Errors
    /// [`Error::File`] where the folder can't be written.
    pub fn save(&self, folder: &Path) -> Result<()> {
        let parameters = self.model.parameters();
        voice::write(folder, &self.config, self.tokenizer.as_ref(), parameters)
    }

    /// What it takes; `None` where its files don't say, or it takes ids only.
    pub fn mode(&self) -> Option<TextMode> {
        self.tokenizer.as_ref().and_then(Tokenizer::mode)
    }

    /// The ids of a text in its [mode](Self::mode). Persian letters may be spelled in any way. There are none where it knows
    /// nothing of the text.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where the voice takes no text.
    pub fn encode(&self, text: &str) -> Result<Tokens> {
        let tokenizer = self.tokenizer.as_ref().ok_or_else(|| {
            Error::Unsupported("this voice has no vocab.json, so it takes ids and no text".into())
        })?;
        match tokenizer.is_persian() {
            true => tokenizer.encode(&spelled(tokenizer.mode(), text)),
            false => tokenizer.encode(text),
        }
    }

    /// Synthesizes a text in its [mode](Self::mode).
    ///
    /// # Errors
    /// [`Error::NothingToSay`] where no letter of it is known to the voice, or where it is too long at once; otherwise as
    /// [`encode`](Self::encode) and [`speak_ids`](Self::speak_ids).
    pub fn speak(&self, text: &str, options: &SpeakOptions) -> Result<Speech> {
        let tokens = self.encode(text)?;
        if tokens.ids.is_empty() {
            let letters: String = tokens.dropped.iter().collect();
            return Err(Error::NothingToSay(match letters.trim() {
                "" => "it is empty".into(),
                letters => format!("it knows none of «{letters}»"),
            }));
        }
        Ok(Speech {
            clip: self.speak_ids(&tokens.ids, options)?,
            dropped: tokens.dropped,
        })
    }

    /// Says token ids as they are, blanks and all: transformers' `input_ids`.
    ///
    /// # Errors
    /// [`Error::Option`] names the id or option that is out of range; [`Error::NothingToSay`] where there are no ids, or
    /// too many at once.
    pub fn speak_ids(&self, ids: &[i64], options: &SpeakOptions) -> Result<Clip> {
        if ids.is_empty() {
            return Err(Error::NothingToSay("it is empty".into()));
        }
        if ids.len() > MAX_TOKENS {
            return Err(Error::NothingToSay(format!(
                "it has {} tokens, at most {MAX_TOKENS} can be synthesized at once",
                ids.len()
            )));
        }
        for &id in ids {
            within("id", id, 0, self.config.vocab_size - 1)?;
        }
        let options = self.options(options)?;
        let samples = guarded(|| self.model.speak(ids, options))?;
        if samples.iter().any(|sample| !sample.is_finite()) {
            return Err(Error::NothingToSay(
                "the network gives no numbers for it: its weights are spoilt".into(),
            ));
        }
        Ok(Clip {
            samples,
            sample_rate: self.sample_rate(),
        })
    }

    /// Of the voice, in hertz.
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// The names of its speakers; none where it has one.
    pub fn speakers(&self) -> Vec<String> {
        self.config.speakers()
    }

    fn speaker_id(&self, speaker: &str) -> Result<i64> {
        if let Some(&id) = self.config.speaker_id_map.get(speaker) {
            return Ok(id);
        }
        let number = speaker.parse().ok();
        let known = number.filter(|id| (0..self.config.num_speakers).contains(id));
        known.ok_or_else(|| Error::Option {
            name: "speaker",
            expected: match self.speakers() {
                none if none.is_empty() => "none, for this voice has one".into(),
                names => format!("one of {}", names.join(", ")),
            },
            got: speaker.into(),
        })
    }

    fn options(&self, options: &SpeakOptions) -> Result<InferenceOptions> {
        let config = &self.config;
        Ok(InferenceOptions {
            noise: within(
                "noise",
                options.noise_scale.unwrap_or(config.noise_scale),
                0.0,
                MAX_NOISE,
            )?,
            duration_noise: within(
                "duration noise",
                options
                    .duration_noise_scale
                    .unwrap_or(config.noise_scale_duration),
                0.0,
                MAX_NOISE,
            )?,
            rate: config.speaking_rate,
            speed: within("speed", options.speed.unwrap_or(1.0), SPEEDS.0, SPEEDS.1)?,
            speaker: match &options.speaker {
                Some(speaker) => self.speaker_id(speaker)?,
                None => 0,
            },
            seed: options.seed,
        })
    }
}

/// The value, if it lies between the two; no NaN does.
fn within<T>(name: &'static str, value: T, lowest: T, highest: T) -> Result<T>
where
    T: PartialOrd + std::fmt::Display,
{
    if (&lowest..=&highest).contains(&&value) {
        return Ok(value);
    }
    Err(Error::Option {
        name,
        expected: format!("{lowest} to {highest}"),
        got: value.to_string(),
    })
}

/// Threads that every tensor operation of this process may use.
pub fn set_threads(threads: usize) {
    tch::set_num_threads(i32::try_from(threads.max(1)).unwrap_or(1));
}
