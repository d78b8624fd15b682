//! Latin words: by the table, as letters by their names, or in Persian letters.
//!
//! In this order: the table of words; capitals up to five, words without a vowel and small words of one or two letters are
//! spelled; everything else is transliterated. Digits inside a word are numbers of their own, zeros in front and more than
//! six digits by name; hyphens are silent.

use super::cardinal::{digit_by_digit, integer};
use super::latin_words::LATIN_WORDS;
use super::letter_names::{greek, latin};
use super::spoken::{Reading, SpokenKind, is_glued, is_text, kind_at, words};
use super::transliterate::{is_vowel, transliterate};
use crate::signs::ZWNJ;
use crate::tokens::{Token, TokenKind};

/// Longest word of capitals that is spelled; longer ones are shouted words.
const MAX_ACRONYM: usize = 5;
/// Most digits inside a word that are read as a number.
const MAX_INNER_NUMBER: usize = 6;

/// A Latin word or a Greek letter at `at`.
pub fn read(tokens: &[Token], at: usize) -> Option<Reading> {
    let token = tokens.get(at)?;
    match token.kind {
        TokenKind::Greek => {
            let name = token.text.chars().next().and_then(greek)?;
            Some(Reading::new(1, words(name), SpokenKind::Latin))
        }
        TokenKind::Latin => Some(
            signed(tokens, at)
                .or_else(|| dotted(tokens, at))
                .unwrap_or_else(|| Reading::new(1, word(&token.text), SpokenKind::Latin)),
        ),
        _ => None,
    }
}

/// Blood groups: O+ is «اُ مثبت».
fn signed(tokens: &[Token], at: usize) -> Option<Reading> {
    let text = tokens.get(at)?.text.as_str();
    let is_group = text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    let sign = match tokens
        .get(at + 1)
        .filter(|sign| !sign.spaced)?
        .text
        .as_str()
    {
        "+" => "مثبت",
        "-" | "−" => "منفی",
        _ => return None,
    };
    let goes_on =
        is_glued(tokens, at + 2) && kind_at(tokens, at + 2) != Some(TokenKind::Punctuation);
    let mut said = word(text);
    said.push(sign.to_owned());
    (is_group && !goes_on).then(|| Reading::new(2, said, SpokenKind::Latin))
}

/// Dots inside and behind: U.S.A., e.g., Dr., J. K. Rowling, foo.bar.
fn dotted(tokens: &[Token], at: usize) -> Option<Reading> {
    let part = |at: usize| {
        tokens
            .get(at)
            .filter(|token| token.kind == TokenKind::Latin)
            .map(|token| token.text.as_str())
    };
    let is_dot = |at: usize| is_text(tokens, at, ".") && is_glued(tokens, at);
    let first = part(at)?;
    if first.len() == 1 && is_dot(at + 1) && is_glued(tokens, at + 2) {
        let mut letters = first.to_owned();
        let mut end = at + 1;
        while let Some(letter) = part(end + 1)
            .filter(|letter| letter.len() == 1 && is_dot(end) && is_glued(tokens, end + 1))
        {
            letters.push_str(letter);
            end += 2;
        }
        if letters.len() > 1 {
            end += usize::from(is_dot(end));
            let said = match letters.to_ascii_lowercase().as_str() {
                "eg" => words("مثلاً"),
                "ie" => words("یعنی"),
                _ => vec![spelled(&letters)],
            };
            return Some(Reading::new(end - at, said, SpokenKind::Latin));
        }
    }
    // Titles and initials before a name.
    let is_title = matches!(first, "Dr" | "Mr" | "Mrs" | "Ms" | "Prof" | "vs");
    let is_initial = first.len() == 1 && first.starts_with(|c: char| c.is_ascii_uppercase());
    if is_dot(at + 1) && (is_title || (is_initial && part(at + 2).is_some())) {
        return Some(Reading::new(2, word(first), SpokenKind::Latin));
    }
    let goes_on = matches!(
        kind_at(tokens, at + 2),
        Some(TokenKind::Latin | TokenKind::Number)
    );
    let joins = is_dot(at + 1) && is_glued(tokens, at + 2) && goes_on;
    joins.then(|| {
        let mut said = word(first);
        said.push("نقطه".to_owned());
        Reading::new(2, said, SpokenKind::Latin)
    })
}

/// The spoken words of a Latin word with its digits and hyphens.
pub fn word(text: &str) -> Vec<String> {
    if let Some(said) = known(text) {
        return said;
    }
    let mut said = Vec::new();
    for part in text.split(['-', '_', '.', 'μ']) {
        if let Some(known) = known(part) {
            said.extend(known);
            continue;
        }
        for piece in pieces(part) {
            said.extend(piece_words(piece));
        }
    }
    said
}

/// The words of the table for a whole word.
pub fn known(text: &str) -> Option<Vec<String>> {
    // IT and US are letters, it and us are words.
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    LATIN_WORDS
        .binary_search_by(|(word, _)| (*word).cmp(&lower))
        .ok()
        .and_then(|found| LATIN_WORDS.get(found))
        .map(|(_, said)| words(said))
}

/// Runs of digits and runs of what is none, these parted before capitals too: DataBank.
fn pieces(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let bytes = text.as_bytes();
    for (at, pair) in (1..).zip(bytes.windows(2)) {
        let digits_change = pair[0].is_ascii_digit() != pair[1].is_ascii_digit();
        let is_hump = pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase();
        let has_letters = at - start > 1 && bytes.get(at + 1).is_some_and(u8::is_ascii_alphabetic);
        if digits_change || (is_hump && has_letters) {
            found.extend(text.get(start..at));
            start = at;
        }
    }
    if start < text.len() {
        found.push(&text[start..]);
    }
    found
}

fn piece_words(piece: &str) -> Vec<String> {
    if piece.starts_with(|c: char| c.is_ascii_digit()) {
        return if piece.len() > MAX_INNER_NUMBER {
            digit_by_digit(piece)
        } else {
            integer(piece)
        };
    }
    if let Some(said) = known(piece) {
        return said;
    }
    let letters: String = piece.chars().filter(char::is_ascii_alphabetic).collect();
    let is_capitals = letters.bytes().all(|byte| byte.is_ascii_uppercase());
    let has_vowel = letters.chars().any(is_vowel);
    let is_spelled = letters.len() <= 2 || (is_capitals && letters.len() <= MAX_ACRONYM);
    if letters.is_empty() {
        Vec::new()
    } else if is_spelled || !has_vowel {
        vec![spelled(&letters)]
    } else {
        vec![transliterate(&letters)]
    }
}

/// Letters by their names, as one word: بی‌بی‌سی.
fn spelled(letters: &str) -> String {
    let names: Vec<&str> = letters.chars().filter_map(latin).collect();
    names.join(&ZWNJ.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_for_the_search() {
        assert!(LATIN_WORDS.len() >= 150);
        for pair in LATIN_WORDS.windows(2) {
            assert!(pair[0].0 < pair[1].0, "{} {}", pair[0].0, pair[1].0);
        }
    }
}
