//! The small expressions in Wapiti's patterns. They match bytes:
//!
//! - `.` is any byte, `\d`, `\a`, `\w`, `\l`, `\u`, `\p` and `\s` are classes of ASCII (digit, letter, letter or digit, lower
//!   and upper case, punctuation, space), capital letters their complements, and `\` before any other character escapes it;
//! - `^` at the beginning and `$` at the end hold the expression to the ends of the token;
//! - `?` after a character makes it optional, and takes it where it can; `*` repeats it, and as few times as it can.

use std::ops::Range;

/// Each doubles the ways in which an expression can match.
const MAX_OPTIONAL: usize = 8;

/// A compiled expression.
#[derive(Clone, Debug)]
pub(super) struct Regex {
    at_start: bool,
    at_end: bool,
    steps: Vec<(Atom, Repeat)>,
}

#[derive(Clone, Copy, Debug)]
enum Atom {
    Any,
    Byte(u8),
    Class { letter: u8, complement: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeat {
    Once,
    Optional,
    Star,
}

impl Regex {
    /// Compiles an expression. `None` if a `?` or `*` follows nothing, and if matching could take more than linear time in
    /// the length of the token: more than one `*`, one that isn't held to the start, or more than [`MAX_OPTIONAL`] `?`.
    pub fn compile(expression: &str) -> Option<Self> {
        let (at_start, mut rest) = match expression.as_bytes() {
            [b'^', rest @ ..] => (true, rest),
            all => (false, all),
        };
        let mut at_end = false;
        let mut steps = Vec::new();
        while let [first, after @ ..] = rest {
            if *first == b'$' && after.is_empty() {
                at_end = true;
                break;
            }
            let (atom, after) = match (first, after) {
                (b'*' | b'?', _) | (b'\\', []) => return None,
                (b'.', after) => (Atom::Any, after),
                (b'\\', [letter, after @ ..]) => (Atom::escaped(*letter), after),
                (byte, after) => (Atom::Byte(*byte), after),
            };
            let (repeat, after) = match after {
                [b'*', after @ ..] => (Repeat::Star, after),
                [b'?', after @ ..] => (Repeat::Optional, after),
                after => (Repeat::Once, after),
            };
            steps.push((atom, repeat));
            rest = after;
        }
        let count = |kind| steps.iter().filter(|(_, repeat)| *repeat == kind).count();
        let is_quick =
            count(Repeat::Star) <= usize::from(at_start) && count(Repeat::Optional) <= MAX_OPTIONAL;
        is_quick.then_some(Self {
            at_start,
            at_end,
            steps,
        })
    }

    /// The first place where the expression matches.
    pub fn find(&self, token: &[u8]) -> Option<Range<usize>> {
        let last = if self.at_start { 0 } else { token.len() };
        (0..=last).find_map(|start| {
            self.end_of_match(&self.steps, token, start)
                .map(|end| start..end)
        })
    }

    fn end_of_match(&self, steps: &[(Atom, Repeat)], token: &[u8], mut at: usize) -> Option<usize> {
        let Some(((atom, repeat), rest)) = steps.split_first() else {
            return (!self.at_end || at == token.len()).then_some(at);
        };
        let matches = |at: usize| token.get(at).is_some_and(|byte| atom.matches(*byte));
        match repeat {
            Repeat::Once => {
                if matches(at) {
                    self.end_of_match(rest, token, at + 1)
                } else {
                    None
                }
            }
            Repeat::Optional => {
                let taken = if matches(at) {
                    self.end_of_match(rest, token, at + 1)
                } else {
                    None
                };
                taken.or_else(|| self.end_of_match(rest, token, at))
            }
            Repeat::Star => loop {
                if let Some(end) = self.end_of_match(rest, token, at) {
                    return Some(end);
                }
                if !matches(at) {
                    return None;
                }
                at += 1;
            },
        }
    }
}

impl Atom {
    fn escaped(letter: u8) -> Self {
        match letter.to_ascii_lowercase() {
            lower @ (b'a' | b'd' | b'l' | b'p' | b's' | b'u' | b'w') => Self::Class {
                letter: lower,
                complement: letter.is_ascii_uppercase(),
            },
            _ => Self::Byte(letter),
        }
    }

    fn matches(self, byte: u8) -> bool {
        let (letter, complement) = match self {
            Self::Any => return true,
            Self::Byte(own) => return own == byte,
            Self::Class { letter, complement } => (letter, complement),
        };
        let inside = match letter {
            b'a' => byte.is_ascii_alphabetic(),
            b'd' => byte.is_ascii_digit(),
            b'l' => byte.is_ascii_lowercase(),
            b'p' => byte.is_ascii_punctuation(),
            b's' => byte.is_ascii_whitespace() || byte == 0x0b,
            b'u' => byte.is_ascii_uppercase(),
            _ => byte.is_ascii_alphanumeric(),
        };
        inside != complement
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(expression: &str, token: &str) -> Option<String> {
        let range = Regex::compile(expression)
            .expect("an expression")
            .find(token.as_bytes())?;
        Some(token[range].to_owned())
    }

    #[test]
    fn an_optional_character_is_taken_where_it_can_be() {
        assert_eq!(found("^.?.?", "abc").as_deref(), Some("ab"));
        assert_eq!(found("^.?.?", "a").as_deref(), Some("a"));
        assert_eq!(found("^.?", "").as_deref(), Some(""));
        assert_eq!(found(".?.?$", "abc").as_deref(), Some("bc"));
        assert_eq!(found(".?.?$", "").as_deref(), Some(""));
    }

    #[test]
    fn a_star_takes_as_little_as_it_can() {
        assert_eq!(found("^a*", "aaa").as_deref(), Some(""));
        assert_eq!(found("^ba*$", "baa").as_deref(), Some("baa"));
        assert_eq!(found(r"^\p*$", "!!!").as_deref(), Some("!!!"));
        assert_eq!(found(r"^\p*$", "!a!"), None);
        assert_eq!(found(r"^\p*$", "").as_deref(), Some(""));
    }

    #[test]
    fn classes_know_only_ascii() {
        assert_eq!(found(r"\d", "سال1403").as_deref(), Some("1"));
        assert_eq!(found(r"\d", "۱۴۰۳"), None);
        assert_eq!(found(r"\p", "،"), None);
        assert_eq!(found(r"\p", "می_رود").as_deref(), Some("_"));
        assert_eq!(found(r"\U", "Ab").as_deref(), Some("b"));
    }

    #[test]
    fn an_escaped_character_is_itself() {
        assert_eq!(found(r"\.", "a.b").as_deref(), Some("."));
        assert_eq!(found(r"\?$", "a?").as_deref(), Some("?"));
        assert_eq!(found("a$b", "xa$b").as_deref(), Some("a$b"));
    }

    #[test]
    fn what_would_take_more_than_linear_time_is_refused() {
        assert!(Regex::compile("^.*.*.*$").is_none());
        assert!(Regex::compile("a*$").is_none());
        assert!(Regex::compile(".?.?.?.?.?.?.?.?.?$").is_none());
    }

    #[test]
    fn a_repetition_of_nothing_is_refused() {
        assert!(Regex::compile("*a").is_none());
        assert!(Regex::compile("a**").is_none());
        assert!(Regex::compile("a\\").is_none());
    }
}
