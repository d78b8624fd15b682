//! The first stage: one way to write each thing, and nothing that later stages don't know.
//!
//! The normalized alphabet is closed: Persian letters in Unicode's composed form, signs on letters, the half-space between
//! letters, ASCII digits, Latin letters without accents, single Greek letters, a small set of punctuation and the symbols
//! that may have a reading. Everything else is dropped, with its place and the reason.

mod builder;
mod characters;
mod emoji;

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use self::builder::{Builder, Piece};
use self::characters::{Fate, continues_foreign_word, fate, is_greek};
use self::emoji::emoji_length;
use crate::signs::{DAMMA, is_letter, is_sign};
use crate::span::{DropReason, Dropped, Span};

/// Longest inline phonemes, in bytes with their brackets. Longer ones are text in brackets.
pub const MAX_PHONEMES: usize = 1000;

/// A text in its one form, and where each part of it came from.
#[derive(Debug, Clone)]
pub struct Normalized {
    original: String,
    text: String,
    pieces: Vec<Piece>,
    dropped: Vec<Dropped>,
}

impl Normalized {
    /// The normalized text. Lines end in `\n`; there are no other spaces at the start or end of a line, nor two in a row.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text as it was.
    pub fn original(&self) -> &str {
        &self.original
    }

    /// The part of the original text that these bytes of the normalized text stand for. Empty for an empty range.
    pub fn origin(&self, range: Range<usize>) -> Span {
        let Some(first) = self.piece_at(range.start) else {
            return Span { start: 0, end: 0 };
        };
        let start = if first.verbatim {
            (first.span.start + range.start - first.at).min(first.span.end)
        } else {
            first.span.start
        };
        if range.is_empty() {
            return Span { start, end: start };
        }
        let end = match self.piece_at(range.end - 1) {
            Some(last) if last.verbatim => {
                (last.span.start + range.end - last.at).min(last.span.end)
            }
            Some(last) => last.span.end,
            None => start,
        };
        Span {
            start,
            end: end.max(start),
        }
    }

    /// What the text has lost, in its order.
    pub fn dropped(&self) -> &[Dropped] {
        &self.dropped
    }

    fn piece_at(&self, at: usize) -> Option<&Piece> {
        let after = self.pieces.partition_point(|piece| piece.at <= at);
        self.pieces.get(after.checked_sub(1)?)
    }
}

/// Brings a text into its one form.
///
/// ي ك ى ە ۀ and presentation forms become Persian letters, digits ASCII, quotes « », brackets round, dashes - – —, two dots
/// or more an ellipsis; tatweel, direction marks and pictures are dropped. Vowel signs, tashdid, tanwin and the hamza of خانهٔ
/// stay. Inline phonemes `[[…]]` (on one line, at most [`MAX_PHONEMES`] bytes) are kept byte for byte. The result has at most
/// 15 bytes for each byte of the original.
///
/// ```
/// let normalized = persian::normalize("كتابِ  علي ۵ 😀");
/// assert_eq!(normalized.text(), "کتابِ علی 5");
/// assert_eq!(normalized.dropped()[0].text, "😀");
/// ```
pub fn normalize(original: &str) -> Normalized {
    let mut builder = Builder::new(original);
    let mut at = 0;
    while let Some(character) = original[at..].chars().next() {
        let rest = &original[at..];
        let span = |length: usize| Span {
            start: at,
            end: at + length,
        };
        if let Some(length) = inline_phonemes(rest) {
            builder.verbatim(span(length));
            at += length;
        } else if let Some(length) = emoji_length(rest) {
            builder.drop(span(length), DropReason::Emoji, true);
            at += length;
        } else if let Some(length) = greek_word(rest) {
            builder.drop(span(length), DropReason::UnknownScript, true);
            at += length;
        } else {
            let length = match fate(character) {
                Fate::Separate(DropReason::UnknownScript) => rest
                    .chars()
                    .take_while(|&c| continues_foreign_word(c))
                    .map(char::len_utf8)
                    .sum(),
                _ => character.len_utf8(),
            };
            let after = &rest[character.len_utf8()..];
            let before_ending = character == DAMMA && is_ordinal_ending(after);
            apply(&mut builder, character, span(length), before_ending);
            at += length;
        }
    }
    builder.finish();
    let Builder {
        text,
        pieces,
        dropped,
        ..
    } = builder;
    Normalized {
        original: original.to_owned(),
        text,
        pieces,
        dropped,
    }
}

fn apply(builder: &mut Builder, character: char, span: Span, before_ending: bool) {
    match fate(character) {
        Fate::Keep(kept) => builder.push(kept, span),
        Fate::Sign(sign) => builder.push_sign(sign, span, before_ending),
        Fate::Space => builder.space(span),
        Fate::Newline => builder.newline(span),
        Fate::HalfSpace => builder.half_space(span),
        Fate::Several(parts) => {
            for part in parts.chars() {
                apply_part(builder, part, span);
            }
        }
        Fate::Decompose => {
            let parts: Vec<char> = std::iter::once(character).nfkc().collect();
            // Half a whole number more: 1½ is 1 1⁄2, not 11⁄2.
            if parts.contains(&'⁄') && builder.ends_in_digit() {
                builder.space(span);
            }
            for (number, part) in parts.into_iter().enumerate() {
                // An isolated sign decomposes to a space with the sign on it.
                if part != ' ' {
                    apply_part(builder, part, span);
                } else if number > 0 {
                    builder.space(span);
                }
            }
        }
        Fate::Drop(reason) => builder.drop(span, reason, false),
        Fate::Separate(reason) => builder.drop(span, reason, true),
    }
}

/// A part of what a character stands for. None of them decomposes further.
fn apply_part(builder: &mut Builder, part: char, span: Span) {
    match fate(part) {
        Fate::Several(parts) => parts
            .chars()
            .for_each(|part| apply_part(builder, part, span)),
        Fate::Keep(kept) => builder.push(kept, span),
        Fate::Sign(sign) => builder.push_sign(sign, span, false),
        Fate::Space => builder.space(span),
        Fate::Drop(DropReason::Tatweel) => {}
        _ => builder.drop(span, DropReason::Symbol, true),
    }
}

/// Whether the ending of an ordinal stands at the start of `rest`, as in ۲۱ُم and ۲۱ُمین.
fn is_ordinal_ending(rest: &str) -> bool {
    let letters: Vec<char> = rest
        .chars()
        .filter(|&c| !matches!(fate(c), Fate::Drop(_)))
        .take(4)
        .flat_map(|c| match fate(c) {
            Fate::Keep(kept) => vec![kept],
            Fate::Several(parts) => parts.chars().collect(),
            Fate::Decompose => std::iter::once(c).nfkc().collect(),
            _ => vec![c],
        })
        .collect();
    let goes_on = |letters: &[char]| letters.first().is_some_and(|&c| is_letter(c) || is_sign(c));
    match letters.as_slice() {
        ['م', 'ی', 'ن', after @ ..] => !goes_on(after),
        ['م', after @ ..] => !goes_on(after),
        _ => false,
    }
}

/// The length of the inline phonemes at the start of `rest`: `[[`, something on the same line without brackets, `]]`.
fn inline_phonemes(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix("[[")?;
    // The search ends at the next bracket, so that a text of brackets alone is still read once.
    let end = inside
        .char_indices()
        .take(MAX_PHONEMES)
        .find(|(_, c)| matches!(c, '[' | ']') || c.is_control())?;
    let closed = inside[end.0..].starts_with("]]");
    let length = end.0 + 4;
    (closed && !inside[..end.0].trim().is_empty() && length <= MAX_PHONEMES).then_some(length)
}

/// The length of the Greek word at the start of `rest`. A single letter is none, for it is read by its name.
/// What is left out anyway doesn't divide a word.
fn greek_word(rest: &str) -> Option<usize> {
    if !rest.starts_with(is_greek) {
        return None;
    }
    let mut letters = 0;
    let mut end = 0;
    for (at, character) in rest.char_indices() {
        if is_greek(character) {
            letters += 1;
            end = at + character.len_utf8();
        } else if !matches!(
            fate(character),
            Fate::Drop(_) | Fate::Sign(_) | Fate::HalfSpace
        ) {
            break;
        }
    }
    (letters > 1).then_some(end)
}

#[cfg(test)]
mod tests;
