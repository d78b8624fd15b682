//! Speaking with a voice.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use tch::Device;

use crate::{
    Error, Result,
    audio::Clip,
    config::VitsConfig,
    model::{Manner, Vits},
    text::{self, Tokenizer, read_json},
    trainer::panic_message,
    voice,
};

/// Most token ids that are spoken at once; attention takes memory with their square.
const MOST_TOKENS: usize = 5_000;

/// How to say something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeakOptions {
    /// Scale of the prior's noise; 0 always says it the same way.
    pub noise_scale: f64,
    /// Speaking rate, 1 as trained; higher is faster.
    pub speaking_rate: f64,
    /// Seed of the noise.
    pub seed: u64,
}

/// What was said.
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
    tokenizer: Tokenizer,
    sample_rate: u32,
}

impl Synthesizer {
    /// Loads a folder in transformers' `VitsModel` layout, strictly: every weight must be there, and none besides.
    pub fn load(folder: &Path) -> Result<Self> {
        let config: VitsConfig = read_json(&folder.join(voice::CONFIG))?;
        config.check()?;
        let tokenizer = Tokenizer::load(folder)?;
        if tokenizer.vocab_size() > config.vocab_size {
            return Err(Error::Mismatch {
                path: folder.to_owned(),
                differences: vec![format!(
                    "vocab.json has ids up to {}, the network knows {}",
                    tokenizer.vocab_size() - 1,
                    config.vocab_size
                )],
            });
        }
        let sample_rate = u32::try_from(config.sampling_rate).map_err(|_| {
            Error::Unsupported(format!("sampling_rate is {}", config.sampling_rate))
        })?;
        guarded(|| {
            let model = Vits::new(&config, 0, Device::cuda_if_available());
            model.parameters().load(&folder.join(voice::WEIGHTS))?;
            Ok(Self {
                model,
                tokenizer,
                sample_rate,
            })
        })
    }

    /// Says a text.
    ///
    /// # Errors
    /// [`Error::NothingToSay`] where no letter of it is known to the voice, or where it is too long at once.
    pub fn speak(&self, text: &str, options: &SpeakOptions) -> Result<Speech> {
        let text = text::normalize(text);
        let tokens = self.tokenizer.encode(&text);
        if tokens.ids.is_empty() {
            let letters: String = tokens.dropped.iter().collect();
            return Err(Error::NothingToSay(match letters.as_str() {
                "" => "it is empty".into(),
                letters => format!("it knows none of «{letters}»"),
            }));
        }
        if tokens.ids.len() > MOST_TOKENS {
            return Err(Error::NothingToSay(format!(
                "it has {} tokens, at most {MOST_TOKENS} can be said at once",
                tokens.ids.len()
            )));
        }
        let manner = Manner {
            noise: options.noise_scale,
            rate: options.speaking_rate,
            seed: options.seed,
        };
        let samples = guarded(|| Ok(self.model.speak(&tokens.ids, manner)))?;
        Ok(Speech {
            clip: Clip {
                samples,
                sample_rate: self.sample_rate,
            },
            dropped: tokens.dropped,
        })
    }
}

/// Threads that every tensor operation of this process may use.
pub fn set_threads(threads: usize) {
    tch::set_num_threads(i32::try_from(threads.max(1)).unwrap_or(1));
}

/// tch panics where libtorch refuses; here that ends, as an error.
fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(Error::Fault(panic_message(panic.as_ref()))))
}
