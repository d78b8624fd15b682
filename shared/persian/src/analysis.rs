//! All stages together: a text, how each word of it is spoken, and why.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::{
    DropReason, Dropped, Span, SpokenKind, SpokenWord, normalize,
    phonemes::{
        Advice, Lookup, Phonemizer, Pronounced, Source, inline_phonemes, inventory::Phoneme,
        lexicon::Lexicon, packed,
    },
    sentences,
    signs::spell_ezafe,
    tagger::{Pos, Tagger, TaggerError},
    tokens,
    verbalize::{line, verbalize},
};

/// The tagger's file in the folder of the language files.
pub const TAGGER_FILE: &str = "tagger.bin";
/// The file of lexicons and guesser there.
pub const PHONEMES_FILE: &str = "phonemes.bin";

/// Why the language files can't be loaded.
#[derive(Debug, Error)]
pub enum LoadError {
    /// They were never made, or lie elsewhere.
    #[error("the Persian language files are not in {}: ./setup.sh fetches them, and pack-language makes them", .0.display())]
    Missing(PathBuf),
    /// The tagger's.
    #[error(transparent)]
    Tagger(#[from] TaggerError),
    /// The lexicons'.
    #[error("{}: {source}", .path.display())]
    Phonemes {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: packed::LoadError,
    },
}

/// Says how Persian text is spoken. Loading takes some tenths of a second and some tens of megabytes; one is enough for a process.
pub struct Analyzer {
    tagger: Tagger,
    phonemizer: Phonemizer,
}

/// How a text is spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Analysis {
    /// In their order.
    pub sentences: Vec<AnalyzedSentence>,
    /// What isn't spoken, in the order of the text.
    pub dropped: Vec<Dropped>,
}

/// How a sentence is spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalyzedSentence {
    /// Its part of the original text.
    pub span: Span,
    /// One way to write each thing.
    pub normalized: String,
    /// In words alone, with the ezafe spelled.
    pub spoken: String,
    /// Words and punctuation of the spoken form, in its order.
    pub words: Vec<AnalyzedWord>,
}

/// A word of the spoken form, or punctuation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalyzedWord {
    /// With the signs that are spelled.
    pub text: String,
    /// What of the original text it was made of. All words of one expression have the span of the whole expression.
    pub span: Span,
    /// What made it.
    pub kind: SpokenKind,
    /// Its part of speech.
    pub pos: Pos,
    /// Whether it is spoken with the ezafe, written or not.
    pub ezafe: bool,
    /// With the ezafe's; none of punctuation.
    pub phonemes: Vec<Phoneme>,
    /// Where the phonemes are from; none of punctuation.
    pub source: Option<Source>,
}

impl Analyzer {
    /// Loads the language files of a folder.
    ///
    /// # Errors
    /// If they aren't there, or aren't whole.
    pub fn load(folder: &Path) -> Result<Self, LoadError> {
        let (tagger, phonemes) = (folder.join(TAGGER_FILE), folder.join(PHONEMES_FILE));
        if !tagger.exists() || !phonemes.exists() {
            return Err(LoadError::Missing(folder.to_owned()));
        }
        Ok(Self {
            tagger: Tagger::load(&tagger)?,
            phonemizer: Phonemizer::load(&phonemes).map_err(|source| LoadError::Phonemes {
                path: phonemes,
                source,
            })?,
        })
    }

    /// How `text` is spoken by a user who has this dictionary.
    pub fn analyze(&self, text: &str, dictionary: Lookup) -> Analysis {
        let normalized = normalize(text);
        let mut dropped = normalized.dropped().to_vec();
        let mut analyzed = Vec::new();
        for sentence in sentences(&normalized) {
            let verbalized = verbalize(&normalized, &tokens(&normalized, &sentence));
            dropped.extend(verbalized.dropped);
            let words = self.words(verbalized.words, dictionary);
            let unreadable = words
                .iter()
                .filter(|word| word.source == Some(Source::Unreadable));
            dropped.extend(unreadable.map(|word| Dropped {
                span: word.span,
                text: word.span.of(text).to_owned(),
                reason: DropReason::Unreadable,
            }));
            if !words.is_empty() {
                analyzed.push(AnalyzedSentence {
                    span: sentence.span,
                    normalized: sentence.text(&normalized).trim().to_owned(),
                    spoken: spoken(&words),
                    words,
                });
            }
        }
        dropped.sort_by_key(|dropped| dropped.span);
        Analysis {
            sentences: analyzed,
            dropped,
        }
    }

    fn words(&self, spoken: Vec<SpokenWord>, dictionary: Lookup) -> Vec<AnalyzedWord> {
        let texts: Vec<&str> = spoken.iter().map(|word| word.text.as_str()).collect();
        let tags = self.tagger.tag(&texts);
        let conjunctions: Vec<Option<Vec<Phoneme>>> = (0..spoken.len())
            .map(|at| conjunction(&spoken, at))
            .collect();
        let analyzed = spoken.into_iter().zip(tags).zip(conjunctions);
        let analyzed = analyzed.map(|((word, tag), conjunction)| {
            let SpokenWord { text, span, kind } = word;
            if kind == SpokenKind::Punctuation {
                return AnalyzedWord {
                    text,
                    span,
                    kind,
                    pos: Pos::Punctuation,
                    ezafe: false,
                    phonemes: Vec::new(),
                    source: None,
                };
            }
            let advice = Advice {
                dictionary: Some(dictionary),
                ..Advice::default()
            };
            // The tagger knows written sentences; what a number is read as is sure.
            let pos = match kind {
                SpokenKind::Written => tag.pos,
                _ => Pos::Numeral,
            };
            let pos = Some(pos.as_str());
            let mut pronounced = self.phonemizer.word_with(advice, &text, pos, tag.ezafe);
            if let Some(phonemes) = conjunction
                && pronounced.source > Source::Spelled
            {
                pronounced = Pronounced {
                    phonemes,
                    source: Source::Lexicon(Lexicon::Hand),
                };
            }
            AnalyzedWord {
                text,
                span,
                kind,
                pos: tag.pos,
                ezafe: tag.ezafe && kind != SpokenKind::Phonemes,
                phonemes: pronounced.phonemes,
                source: Some(pronounced.source),
            }
        });
        analyzed.collect()
    }
}

/// The phonemes of «و» between words: `o` inside a number, `va` elsewhere; `None` of other words.
fn conjunction(words: &[SpokenWord], at: usize) -> Option<Vec<Phoneme>> {
    if words[at].text != "و" {
        return None;
    }
    let is_inside = at > 0
        && words[at].kind != SpokenKind::Written
        && words
            .get(at + 1)
            .is_some_and(|next| next.span == words[at - 1].span);
    Some(match is_inside {
        true => vec![Phoneme::O],
        false => vec![Phoneme::V, Phoneme::A],
    })
}

/// Punctuation that is heard, as a pause or a tone. A voice is taught no other.
pub const PAUSES: [char; 8] = ['.', '،', '؛', ':', '!', '؟', '…', '–'];

impl AnalyzedSentence {
    /// What a voice is taught and given to speak: the [symbols](Phoneme::symbol) of each word's phonemes, a space between words,
    /// and [pauses](PAUSES) behind the word that they follow. Each character is a token.
    pub fn phonemes(&self) -> String {
        line(&self.words, |word| {
            let written = match word.kind {
                SpokenKind::Punctuation if word.text.chars().all(|it| PAUSES.contains(&it)) => {
                    word.text.clone()
                }
                SpokenKind::Phonemes => inline_words(&word.text),
                _ => word
                    .phonemes
                    .iter()
                    .map(|phoneme| phoneme.symbol())
                    .collect(),
            };
            (word.kind, written)
        })
    }
}

/// The symbols of inline phonemes, a space between words; empty where they are wrong.
fn inline_words(text: &str) -> String {
    let words = match inline_phonemes(text) {
        Some(Ok(words)) => words,
        Some(Err(_)) | None => Vec::new(),
    };
    let words = words.iter().map(|phonemes| {
        let symbols = phonemes.iter().map(|phoneme| phoneme.symbol());
        symbols.collect::<String>()
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The words with their ezafe spelled, in one line.
fn spoken(words: &[AnalyzedWord]) -> String {
    line(words, |word| {
        let after_vowel = word.phonemes.ends_with(&[Phoneme::Y, Phoneme::E]);
        let written = match word.ezafe {
            true => spell_ezafe(&word.text, after_vowel),
            false => word.text.clone(),
        };
        (word.kind, written)
    })
}
