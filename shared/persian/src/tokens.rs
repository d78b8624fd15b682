//! The third stage: words, numbers, addresses and punctuation.

mod address;
mod numeric;
mod token;

pub use self::token::{Token, TokenKind};

use crate::normalize::Normalized;
use crate::sentences::Sentence;
use crate::signs::{ZWNJ, is_letter, is_sign};

/// The tokens of a sentence, in its order.
///
/// ```
/// use persian::TokenKind::*;
/// let text = persian::normalize("ساعت ۱۴:۳۰ در Wi-Fi");
/// let sentence = &persian::sentences(&text)[0];
/// let kinds: Vec<_> = persian::tokens(&text, sentence).iter().map(|token| token.kind).collect();
/// assert_eq!(kinds, [Word, Time, Word, Latin]);
/// ```
pub fn tokens(normalized: &Normalized, sentence: &Sentence) -> Vec<Token> {
    let text = sentence.text(normalized);
    let mut scanner = Scanner {
        text,
        no_address_before: 0,
        last_kind: None,
    };
    let mut found: Vec<Token> = Vec::new();
    let mut at = 0;
    let mut spaced = true;
    while let Some(character) = text[at..].chars().next() {
        if character == ' ' || character == '\n' {
            spaced = true;
            at += 1;
            continue;
        }
        let after_digit = !spaced && text[..at].ends_with(|c: char| c.is_ascii_digit());
        let (kind, length) = scanner.token(at, spaced, after_digit);
        let start = sentence.range.start + at;
        let range = start..start + length;
        found.push(Token {
            kind,
            text: text[at..at + length].to_owned(),
            span: normalized.origin(range.clone()),
            range,
            spaced,
        });
        scanner.last_kind = Some(kind);
        spaced = false;
        at += length;
    }
    found
}

struct Scanner<'a> {
    text: &'a str,
    /// Before this byte no e-mail address or domain begins, so that a long run is searched once.
    no_address_before: usize,
    last_kind: Option<TokenKind>,
}

impl Scanner<'_> {
    /// The kind and the length in bytes of the token that begins at `at`.
    fn token(&mut self, at: usize, spaced: bool, after_digit: bool) -> (TokenKind, usize) {
        let rest = &self.text[at..];
        let first = rest.chars().next().unwrap_or(' ');
        if rest.starts_with("[[") {
            let length = rest.find("]]").map_or(rest.len(), |inside| inside + 2);
            return (TokenKind::Phonemes, length);
        }
        // The T between the date and the time of ISO 8601.
        let after_date = self.last_kind == Some(TokenKind::Date) && !spaced;
        if after_date && first == 'T' && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
            return (TokenKind::Symbol, 1);
        }
        if let Some(found) = self.address(at, spaced) {
            return found;
        }
        if (first.is_ascii_digit() || first == '+')
            && let Some(found) = numeric::scan(rest, &self.text[..at])
        {
            return found;
        }
        if is_letter(first) || is_sign(first) {
            return (TokenKind::Word, word_length(rest));
        }
        let is_micro = first == 'μ' && rest[2..].starts_with(|c: char| c.is_ascii_alphabetic());
        if first.is_ascii_alphabetic() || is_micro {
            // The sign of 1920x1080 is no part of a word.
            let is_times = after_digit
                && rest
                    .get(1..)
                    .is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit()));
            if is_times && first.eq_ignore_ascii_case(&'x') {
                return (TokenKind::Symbol, 1);
            }
            return (TokenKind::Latin, latin_length(rest, first.len_utf8()));
        }
        let kind = match first {
            'α'..='ω' | 'Α'..='Ω' => TokenKind::Greek,
            '⁰' | '¹' | '²' | '³' | '⁴'..='⁹' | '⁻' if has_raised_digit(rest) => {
                let digits = rest
                    .strip_prefix('⁻')
                    .unwrap_or(rest)
                    .trim_start_matches(is_superscript);
                return (TokenKind::Superscript, rest.len() - digits.len());
            }
            '.' | '،' | '؛' | ':' | '!' | '؟' | '…' | '«' | '»' | '(' | ')' | '"' | '\'' | '–'
            | '—' => TokenKind::Punctuation,
            _ => TokenKind::Symbol,
        };
        (kind, first.len_utf8())
    }

    fn address(&mut self, at: usize, spaced: bool) -> Option<(TokenKind, usize)> {
        let rest = &self.text[at..];
        if (spaced || self.text[..at].ends_with(['(', '«', '"', '،', ':']))
            && let Some(length) = address::tag(rest)
        {
            let kind = if rest.starts_with('#') {
                TokenKind::Hashtag
            } else {
                TokenKind::Mention
            };
            return Some((kind, length));
        }
        if at < self.no_address_before || !rest.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return None;
        }
        let found = address::scan(rest);
        if found.is_none() {
            self.no_address_before = at + address::run(rest);
        }
        found
    }
}

/// Whether raised digits stand at the start of `rest`, at most one minus before them.
fn has_raised_digit(rest: &str) -> bool {
    rest.strip_prefix('⁻')
        .unwrap_or(rest)
        .starts_with(is_superscript)
}

fn is_superscript(character: char) -> bool {
    matches!(character, '⁰' | '¹' | '²' | '³' | '⁴'..='⁹')
}

fn word_length(rest: &str) -> usize {
    rest.find(|c| !(is_letter(c) || is_sign(c) || c == ZWNJ))
        .unwrap_or(rest.len())
}

/// The length of a Latin word that has `at` bytes already: letters and digits, with single hyphens and apostrophes between
/// them. A letter alone may have the signs of C++ and C# behind it.
fn latin_length(rest: &str, mut at: usize) -> usize {
    let bytes = rest.as_bytes();
    let is_inside = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
    if at == 1 {
        for sign in ["++", "#"] {
            if rest[at..].starts_with(sign) && !is_inside(at + sign.len()) {
                return at + sign.len();
            }
        }
    }
    loop {
        while is_inside(at) {
            at += 1;
        }
        let joins = matches!(bytes.get(at), Some(b'-' | b'\''));
        if !(joins && is_inside(at + 1)) {
            return at;
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::TokenKind::*;
    use super::*;
    use crate::normalize::normalize;
    use crate::sentences::sentences;

    fn of(text: &str) -> Vec<(TokenKind, String)> {
        let normalized = normalize(text);
        sentences(&normalized)
            .iter()
            .flat_map(|sentence| tokens(&normalized, sentence))
            .map(|token| (token.kind, token.text))
            .collect()
    }

    fn kinds(text: &str) -> Vec<TokenKind> {
        of(text).into_iter().map(|(kind, _)| kind).collect()
    }

    #[test]
    fn half_spaces_and_signs_stay_inside_words() {
        assert_eq!(
            of("می‌رومِ خانهٔ"),
            [(Word, "می‌رومِ".into()), (Word, "خانهٔ".into())]
        );
    }

    #[test]
    fn forms_of_numbers_are_told_apart() {
        for (text, kind) in [
            ("۱۲", Number),
            ("۱٬۲۰۰", Number),
            ("۳/۵", Number),
            ("½", Fraction),
            ("۱۴۰۳/۰۵/۱۲", Date),
            ("۱۴:۳۰", Time),
            ("۱۶:۹", Ratio),
            ("۱.۲.۳", Dotted),
            ("۰۹۱۲۳۴۵۶۷۸۹", Phone),
            ("+98 912 345 6789", Phone),
            ("6037-9911-2233-4455", Card),
        ] {
            assert_eq!(kinds(text), [kind], "{text}");
        }
    }

    #[test]
    fn addresses_are_one_token_without_the_dot_behind_them() {
        assert_eq!(kinds("info@example.com."), [Email, Punctuation]);
        assert_eq!(kinds("https://example.com/a?b=1."), [Url, Punctuation]);
        assert_eq!(kinds("(www.x.ir)"), [Punctuation, Url, Punctuation]);
        assert_eq!(kinds("#کتاب_خوب @avagar"), [Hashtag, Mention]);
    }

    #[test]
    fn inline_phonemes_stay_as_they_are() {
        assert_eq!(of("[[sal ۱۲ كي]]"), [(Phonemes, "[[sal ۱۲ كي]]".into())]);
        assert_eq!(kinds("[[a"), [Punctuation, Punctuation, Latin]);
    }

    #[test]
    fn spans_lead_back_to_the_original() {
        let text = "كتاب ۱۲ 😀 Wi-Fi";
        let normalized = normalize(text);
        let sentence = &sentences(&normalized)[0];
        let originals: Vec<&str> = tokens(&normalized, sentence)
            .iter()
            .map(|token| token.span.of(text))
            .collect();
        assert_eq!(originals, ["كتاب", "۱۲", "Wi-Fi"]);
    }
}
