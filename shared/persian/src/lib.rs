//! Persian text, and how it is spoken: normalize → sentences → tokens → verbalize → part of speech and ezafe → phonemes.
//!
//! | module | does |
//! |---|---|
//! | [`normalize`](mod@normalize) | one way to write each thing; what later stages don't know is dropped |
//! | [`sentences`](mod@sentences) | where sentences end |
//! | [`tokens`](mod@tokens) | words, numbers, dates, times, telephone numbers, addresses, punctuation |
//! | [`verbalize`](mod@verbalize) | everything in Persian words |
//! | [`tagger`] | parts of speech, and which words carry the ezafe |
//! | [`phonemes`] | the sounds of words |
//! | [`analysis`] | all of it: a text, how each word is spoken, and why |
//! | [`span`] | where something stands in the original, and what isn't spoken |
//! | [`signs`] | kasra and its like: a word without them, a word with its ezafe |
//!
//! Each stage is a pure function. Whatever it gives has [`Span`]s, ranges of bytes of the original text, so that every change
//! can be shown and explained. What a writer has spelled is kept: vowel signs, tashdid, tanwin, the hamza of خانهٔ. Inline
//! phonemes `[[…]]` pass through all stages untouched.

pub mod analysis;
pub mod normalize;
pub mod phonemes;
pub mod sentences;
pub mod signs;
pub mod span;
pub mod tagger;
pub mod tokens;
pub mod verbalize;

pub use analysis::{Analysis, AnalyzedSentence, AnalyzedWord, Analyzer, PAUSES};
pub use normalize::{Normalized, normalize};
pub use sentences::{Sentence, sentences};
pub use signs::{bare, with_ezafe};
pub use span::{DropReason, Dropped, Span};
pub use tokens::{Token, TokenKind, tokens};
pub use verbalize::{SpokenKind, SpokenWord, Verbalized, verbalize};

/// A text with all that the stages make of it.
#[derive(Debug, Clone)]
pub struct Spoken {
    /// The normalized text, and what normalizing dropped.
    pub normalized: Normalized,
    /// The sentences, in their order.
    pub sentences: Vec<SpokenSentence>,
}

/// A sentence with its tokens and its spoken form.
#[derive(Debug, Clone)]
pub struct SpokenSentence {
    /// Where it stands.
    pub sentence: Sentence,
    /// Its tokens.
    pub tokens: Vec<Token>,
    /// Its spoken form, and what verbalizing dropped.
    pub verbalized: Verbalized,
}

impl Spoken {
    /// The spoken form of all sentences, a line each.
    pub fn text(&self) -> String {
        let texts: Vec<String> = self
            .sentences
            .iter()
            .map(|sentence| sentence.verbalized.text())
            .filter(|text| !text.is_empty())
            .collect();
        texts.join("\n")
    }

    /// All that isn't spoken, in the order of the text.
    pub fn dropped(&self) -> Vec<&Dropped> {
        let verbalized = self
            .sentences
            .iter()
            .flat_map(|sentence| &sentence.verbalized.dropped);
        let mut all: Vec<&Dropped> = self.normalized.dropped().iter().chain(verbalized).collect();
        all.sort_by_key(|dropped| dropped.span);
        all
    }
}

/// All stages, one after the other.
///
/// ```
/// let spoken = persian::speak("ساعت ۱۴:۳۰ آمد 😀. رفت!");
/// assert_eq!(spoken.text(), "ساعتِ چهارده و سی دقیقه آمد.\nرفت!");
/// assert_eq!(spoken.dropped()[0].text, "😀");
/// ```
pub fn speak(text: &str) -> Spoken {
    let normalized = normalize(text);
    let sentences = sentences(&normalized)
        .into_iter()
        .map(|sentence| {
            let tokens = tokens(&normalized, &sentence);
            let verbalized = verbalize(&normalized, &tokens);
            SpokenSentence {
                sentence,
                tokens,
                verbalized,
            }
        })
        .collect();
    Spoken {
        normalized,
        sentences,
    }
}
