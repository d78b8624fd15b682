//! The result of verbalizing, and what its readers hand to each other.

use crate::signs::with_ezafe;
use crate::span::{Dropped, Span};
use crate::tokens::{Token, TokenKind};

/// Why a spoken word stands where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpokenKind {
    /// A Persian word as it was written.
    Written,
    /// A number, with its sign and what was written beside it: percent, unit, ordinal ending.
    Number,
    /// An amount of money.
    Money,
    /// A date.
    Date,
    /// A time of day.
    Time,
    /// A telephone, card or code number.
    Phone,
    /// A sign of arithmetic, a range or a score.
    Operator,
    /// A Latin word, or letters by their names.
    Latin,
    /// An e-mail or web address, a hashtag, a mention.
    Address,
    /// An abbreviation, written out.
    Abbreviation,
    /// A symbol by its name.
    Symbol,
    /// Inline phonemes `[[…]]`, untouched.
    Phonemes,
    /// Punctuation: one of . ، ؛ : ! ؟ … – « » ( )
    Punctuation,
}

/// A word, or punctuation, of the spoken form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpokenWord {
    /// A Persian word with the signs that are spelled, punctuation, or inline phonemes.
    pub text: String,
    /// What it was made of. All words of one expression have the span of the whole expression.
    pub span: Span,
    /// What made it.
    pub kind: SpokenKind,
}

/// The spoken form of a sentence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verbalized {
    /// Words and punctuation, in the order of speech. Their spans never go backwards.
    pub words: Vec<SpokenWord>,
    /// What of the tokens isn't spoken, in the order of the text. What normalizing dropped isn't in it.
    pub dropped: Vec<Dropped>,
}

impl Verbalized {
    /// The spoken form in one line, punctuation set as in print.
    pub fn text(&self) -> String {
        line(&self.words, |word| (word.kind, word.text.clone()))
    }
}

/// Words and punctuation in one line, set as in print; `write` says what each is, and how it is written. What is empty is left out.
pub fn line<W>(words: &[W], write: impl Fn(&W) -> (SpokenKind, String)) -> String {
    let mut text = String::new();
    let mut after_opening = true;
    for (kind, written) in words.iter().map(write) {
        if written.is_empty() {
            continue;
        }
        let is_punctuation = kind == SpokenKind::Punctuation;
        let is_closing = is_punctuation && !matches!(written.as_str(), "«" | "(" | "–");
        if !after_opening && !is_closing {
            text.push(' ');
        }
        after_opening = is_punctuation && matches!(written.as_str(), "«" | "(");
        text.push_str(&written);
    }
    text
}

/// What a reader makes of the tokens at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// How many tokens it takes, at least one.
    pub used: usize,
    /// The words, in the order of speech; «،» is a short pause.
    pub words: Vec<String>,
    pub kind: SpokenKind,
    /// Whether the word before it takes an ezafe.
    pub ezafe_before: bool,
}

impl Reading {
    pub fn new(used: usize, words: Vec<String>, kind: SpokenKind) -> Self {
        Self {
            used,
            words,
            kind,
            ezafe_before: false,
        }
    }
}

/// The words of a phrase.
pub fn words(phrase: &str) -> Vec<String> {
    phrase.split_whitespace().map(str::to_owned).collect()
}

/// The token before `at`.
pub fn previous(tokens: &[Token], at: usize) -> Option<&Token> {
    tokens.get(at.checked_sub(1)?)
}

/// Whether the token at `at` has this text.
pub fn is_text(tokens: &[Token], at: usize, text: &str) -> bool {
    tokens.get(at).is_some_and(|token| token.text == text)
}

/// The kind of the token at `at`.
pub fn kind_at(tokens: &[Token], at: usize) -> Option<TokenKind> {
    tokens.get(at).map(|token| token.kind)
}

/// Whether a token stands at `at` without a space before it.
pub fn is_glued(tokens: &[Token], at: usize) -> bool {
    tokens.get(at).is_some_and(|token| !token.spaced)
}

/// The character of a token that is only one.
pub fn character(tokens: &[Token], at: usize) -> Option<char> {
    let mut characters = tokens.get(at)?.text.chars();
    let first = characters.next()?;
    characters.next().is_none().then_some(first)
}

/// The words with the ezafe of the last one spelled.
pub fn with_last_ezafe(mut said: Vec<String>) -> Vec<String> {
    if let Some(last) = said.last_mut() {
        *last = with_ezafe(last);
    }
    said
}
