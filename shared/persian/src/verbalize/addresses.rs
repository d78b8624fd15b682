//! E-mail and web addresses, hashtags and mentions.
//!
//! A dot is «نقطه», @ «ات ساین», / «اسلش», - «خط تیره», _ «آندرلاین». Readers leave out `https://`, `www.`, a slash at the end, and
//! query and fragment; these are reported.

use std::ops::Range;

use super::cardinal::integer;
use super::latin::{known, word};
use super::spoken::{Reading, SpokenKind, words};
use crate::signs::is_sign;
use crate::span::DropReason;
use crate::tokens::{Token, TokenKind};

const SCHEMES: [&str; 3] = ["https://", "http://", "ftp://"];

/// An address at `at`.
pub fn read(tokens: &[Token], at: usize) -> Option<Reading> {
    let token = tokens.get(at)?;
    let said = match token.kind {
        TokenKind::Email => parts(&token.text),
        TokenKind::Url => url(&token.text),
        TokenKind::Hashtag => {
            let mut said = words("هشتگ");
            said.extend(name(&token.text[1..]));
            said
        }
        TokenKind::Mention => {
            let mut said = words("ات ساین");
            said.extend(name(&token.text[1..]));
            said
        }
        TokenKind::Dotted => dotted(&token.text),
        _ => return None,
    };
    Some(Reading::new(1, said, SpokenKind::Address))
}

/// The parts of a web address that aren't said: bytes of the token, and why.
pub fn unread(token: &Token) -> Vec<(Range<usize>, DropReason)> {
    if token.kind != TokenKind::Url {
        return Vec::new();
    }
    let said = said_part(&token.text);
    let query = token.text[said.end..]
        .find(['؟', '#'])
        .map_or(token.text.len(), |at| said.end + at);
    [
        (0..said.start, DropReason::AddressPrefix),
        (said.end..query, DropReason::AddressPrefix),
        (query..token.text.len(), DropReason::AddressQuery),
    ]
    .into_iter()
    .filter(|(range, _)| !range.is_empty())
    .collect()
}

/// The bytes of a web address that are said: host and path.
fn said_part(text: &str) -> Range<usize> {
    let lower = text.to_ascii_lowercase();
    let scheme = SCHEMES
        .iter()
        .find(|scheme| lower.starts_with(**scheme))
        .map_or(0, |scheme| scheme.len());
    let has_host = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphanumeric());
    let start = match lower[scheme..].strip_prefix("www.") {
        Some(host) if has_host(host) => scheme + 4,
        _ => scheme,
    };
    let query = text[start..]
        .find(['؟', '#'])
        .map_or(text.len(), |at| start + at);
    start..start + text[start..query].trim_end_matches('/').len()
}

fn url(text: &str) -> Vec<String> {
    known(text).unwrap_or_else(|| parts(&text[said_part(text)]))
}

/// A version or an IP address.
fn dotted(text: &str) -> Vec<String> {
    let mut said = Vec::new();
    for part in text.split('.') {
        if !said.is_empty() {
            said.push("نقطه".to_owned());
        }
        said.extend(integer(part));
    }
    said
}

/// The words of an address, with the names of its signs.
fn parts(text: &str) -> Vec<String> {
    let mut said = Vec::new();
    let mut start = 0;
    for (at, sign) in text.char_indices() {
        let Some(name) = sign_name(sign) else {
            continue;
        };
        said.extend(run(&text[start..at]));
        said.extend(words(name));
        start = at + sign.len_utf8();
    }
    said.extend(run(&text[start..]));
    said
}

fn sign_name(sign: char) -> Option<&'static str> {
    Some(match sign {
        '.' => "نقطه",
        '@' => "ات ساین",
        '/' => "اسلش",
        '-' => "خط تیره",
        '_' => "آندرلاین",
        ':' => "دونقطه",
        '=' => "مساوی",
        '&' => "اَند",
        '%' => "درصد",
        '+' => "به‌علاوه",
        '~' => "مد",
        _ => return None,
    })
}

/// Latin letters and digits, or Persian letters, between two signs.
fn run(text: &str) -> Vec<String> {
    let mut said = Vec::new();
    let mut start = 0;
    let mut was_ascii = None;
    for (at, character) in text.char_indices().chain([(text.len(), '\0')]) {
        let is_ascii = character.is_ascii();
        if was_ascii.is_some_and(|was| was != is_ascii) || character == '\0' {
            let part = &text[start..at];
            if was_ascii == Some(false) {
                let letters = part.trim_start_matches(is_sign);
                said.extend((!letters.is_empty()).then(|| letters.to_owned()));
            } else if !part.is_empty() {
                said.extend(word(part));
            }
            start = at;
        }
        was_ascii = Some(is_ascii);
    }
    said
}

/// The words of a hashtag or a mention.
fn name(text: &str) -> Vec<String> {
    text.split('_').flat_map(run).collect()
}
