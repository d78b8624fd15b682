//! What the third stage finds.

use std::ops::Range;

use crate::span::Span;

/// What a token is, by its form alone. What it means is decided by the verbalizer, which sees its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A Persian word, with its signs and half-spaces.
    Word,
    /// A Latin word, with digits, hyphens and apostrophes inside: Wi-Fi, COVID-19.
    Latin,
    /// A Greek letter.
    Greek,
    /// Digits, with separators of thousands and decimals: 1200, 1٬200, 3.5, 3/5.
    Number,
    /// Two numbers around U+2044: 1⁄2.
    Fraction,
    /// Raised digits.
    Superscript,
    /// Three numbers in the form of a date, or a year and a month. The date may not exist.
    Date,
    /// A time of day: 14:30, 14:30:15.
    Time,
    /// Two numbers around a colon that are no time of day: 16:9.
    Ratio,
    /// Three numbers or more with dots between them: a version, an IP address.
    Dotted,
    /// A telephone number in a form that Iran uses, or one with a country code.
    Phone,
    /// Four groups of four digits.
    Card,
    /// An e-mail address.
    Email,
    /// A web address or a domain.
    Url,
    /// A word behind #.
    Hashtag,
    /// A name behind @.
    Mention,
    /// Inline phonemes with their brackets, as they were written.
    Phonemes,
    /// One of . ، ؛ : ! ؟ … « » ( ) " ' – —
    Punctuation,
    /// Another symbol.
    Symbol,
}

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its normalized text.
    pub text: String,
    /// Its bytes in the normalized text.
    pub range: Range<usize>,
    /// Its part of the original text.
    pub span: Span,
    /// Whether a space stands before it, or nothing.
    pub spaced: bool,
}
