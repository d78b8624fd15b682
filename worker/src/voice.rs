//! A voice with the dictionary that it was trained with.

use std::{collections::HashMap, path::Path};

use domain::dictionary::Pronunciations;
use persian::Analyzer;
use vits::{
    Error, Result,
    inference::{
        joining::Joiner,
        synthesis::{SpeakOptions, Synthesizer},
    },
    text::TextMode,
};

use crate::script::{Reader, Script};

/// Beside the files that transformers reads: phonemes by word.
const DICTIONARY: &str = "dictionary.json";

/// A voice, loaded.
pub(crate) struct Voice {
    synthesizer: Synthesizer,
    dictionary: Pronunciations,
}

impl Voice {
    /// Loads a folder.
    ///
    /// # Errors
    /// As [`Synthesizer::load`], and where its dictionary is none.
    pub(crate) fn load(folder: &Path) -> Result<Self> {
        Ok(Self {
            synthesizer: Synthesizer::load(folder)?,
            dictionary: read_dictionary(&folder.join(DICTIONARY))?,
        })
    }

    /// Whether it takes phonemes, so that a text must be read with the language files first.
    pub(crate) fn takes_phonemes(&self) -> bool {
        self.synthesizer.mode() == Some(TextMode::Phonemes)
    }

    /// Of what it says, in hertz.
    pub(crate) fn sample_rate(&self) -> u32 {
        self.synthesizer.sample_rate()
    }

    pub(crate) fn synthesizer(&self) -> &Synthesizer {
        &self.synthesizer
    }

    /// Reads a text for it. A voice that takes phonemes reads with `analyzer`, by the words of `dictionary` and behind them
    /// those that it was trained with.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where it takes phonemes and there is no analyzer.
    pub(crate) fn script(
        &self,
        text: &str,
        analyzer: Option<&Analyzer>,
        dictionary: Pronunciations,
    ) -> Result<Script> {
        match (self.synthesizer.mode(), analyzer) {
            (None, _) => Ok(Script::of(text, &Reader::AsWritten)),
            (Some(TextMode::Characters), _) => Ok(Script::of(text, &Reader::Words)),
            (Some(TextMode::Phonemes), Some(analyzer)) => {
                let dictionary = &dictionary.or(&self.dictionary);
                let reader = Reader::Phonemes {
                    analyzer,
                    dictionary,
                };
                Ok(Script::of(text, &reader))
            }
            (Some(TextMode::Phonemes), None) => Err(Error::Unsupported(
                "this voice takes phonemes, and nothing is there to read the text".into(),
            )),
        }
    }

    /// Says all lines, joined. `write` gets the samples piece by piece; `keep_going` is asked after every line, with the fraction
    /// that is said. Adds to the script what the voice has no sound for. `None` where it was stopped.
    ///
    /// # Errors
    /// [`Error::NothingToSay`] where it can say none of the lines; otherwise as [`Synthesizer::speak`].
    pub(crate) fn say(
        &self,
        script: &mut Script,
        options: &SpeakOptions,
        mut write: impl FnMut(&[f32]) -> Result<()>,
        mut keep_going: impl FnMut(f64) -> bool,
    ) -> Result<Option<()>> {
        let mut joiner = Joiner::new(self.sample_rate());
        let speed = options.speed.unwrap_or(1.0);
        let mut is_silent = true;
        let characters = |text: &str| text.chars().count() as f64;
        let total: f64 = script.lines.iter().map(|line| characters(&line.text)).sum();
        let mut said = 0.0;
        for line in &script.lines {
            let tokens = self.synthesizer.encode(&line.text)?;
            line.count_unknown(&tokens.dropped, &mut script.dropped);
            if !tokens.ids.is_empty() {
                let clip = self.synthesizer.speak_ids(&tokens.ids, options)?;
                write(&joiner.add(clip.samples, line.pause / speed))?;
                is_silent = false;
            }
            said += characters(&line.text);
            if !keep_going(said / total) {
                return Ok(None);
            }
        }
        if is_silent {
            let unknown = script.dropped.items.iter().map(|item| item.text.as_str());
            let unknown: Vec<&str> = unknown.collect();
            return Err(Error::NothingToSay(match unknown.is_empty() {
                true => "it is empty".into(),
                false => format!("it knows none of «{}»", unknown.join(" ")),
            }));
        }
        write(&joiner.finish())?;
        Ok(Some(()))
    }
}

/// Writes the dictionary that a voice was trained with into its folder.
pub(crate) fn write_dictionary(folder: &Path, dictionary: &Pronunciations) -> std::io::Result<()> {
    if dictionary.is_empty() {
        return Ok(());
    }
    let content = serde_json::to_vec_pretty(&dictionary.stored())?;
    std::fs::write(folder.join(DICTIONARY), content)
}

/// A voice without one has none.
fn read_dictionary(path: &Path) -> Result<Pronunciations> {
    let content = match std::fs::read(path) {
        Ok(content) => content,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Default::default()),
        Err(error) => {
            return Err(Error::File {
                path: path.to_owned(),
                source: error,
            });
        }
    };
    let words: HashMap<String, String> =
        serde_json::from_slice(&content).map_err(|error| Error::Mismatch {
            path: path.to_owned(),
            differences: vec![format!("expected phonemes by word: {error}")],
        })?;
    Ok(Pronunciations::of(words))
}
