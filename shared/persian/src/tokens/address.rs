//! Forms of e-mail addresses, web addresses, hashtags and mentions.

use super::token::TokenKind;
use crate::signs::{ZWNJ, is_letter, is_sign};

/// Last parts of domains. Other words with a dot between them are names of files.
const TOP_LEVEL: &[&str] = &[
    "ir", "com", "org", "net", "edu", "gov", "info", "io", "co", "app", "dev", "me", "tv", "ai",
    "uk", "de", "fr", "us", "ca", "eu", "ru", "cn", "jp", "tr", "ae", "af", "tj", "nl", "se", "ch",
    "at", "it", "es", "au", "in", "biz", "xyz", "site", "online", "shop", "blog", "news", "cloud",
    "museum",
];

/// Endings of the names of files, which are read like domains.
const FILE_ENDINGS: &[&str] = &[
    "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "txt", "csv", "json", "xml", "html", "zip",
    "rar", "mp3", "mp4", "wav", "ogg", "jpg", "jpeg", "png", "gif", "svg", "exe", "apk", "py",
    "rs", "js", "css", "md",
];

const SCHEMES: &[&str] = &["https://", "http://", "ftp://"];

/// The kind and length of the address at the start of `rest`.
pub fn scan(rest: &str) -> Option<(TokenKind, usize)> {
    if let Some(scheme) = scheme(rest) {
        let host = host_length(&rest[scheme..]);
        if host > 0 {
            let length = scheme + host;
            return Some((TokenKind::Url, length + path_length(&rest[length..])));
        }
        return None;
    }
    let run = run(rest);
    if rest[run..].starts_with('@') {
        let host = host_length(&rest[run + 1..]);
        let is_whole = host > 0 && rest[run + 1..run + 1 + host].contains('.');
        return is_whole.then_some((TokenKind::Email, run + 1 + host));
    }
    let host = host_length(rest);
    let name = &rest[..host];
    if !name.contains('.') || rest[host..].starts_with(['_', '+']) {
        return None;
    }
    let last = name
        .rsplit('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let is_domain = name.starts_with("www.") || TOP_LEVEL.contains(&last.as_str());
    if is_domain {
        return Some((TokenKind::Url, host + path_length(&rest[host..])));
    }
    FILE_ENDINGS
        .contains(&last.as_str())
        .then_some((TokenKind::Url, host))
}

/// The length of the run of characters that the part before @ may have, without a dot at its end.
pub fn run(rest: &str) -> usize {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    rest.find(|c| !is_part(c)).unwrap_or(rest.len())
}

/// The length of `https://` and its like at the start of `text`.
pub fn scheme(text: &str) -> Option<usize> {
    SCHEMES
        .iter()
        .find(|scheme| {
            text.get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        })
        .map(|scheme| scheme.len())
}

/// The length of a host at the start of `rest`: labels with single dots between them.
fn host_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let is_label = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
    let mut at = 0;
    loop {
        while is_label(at) {
            at += 1;
        }
        let joins = matches!(bytes.get(at), Some(b'.' | b'-'));
        if !(joins && at > 0 && is_label(at + 1)) {
            return at;
        }
        at += 1;
    }
}

/// The length of port, path, query and fragment, without punctuation at their end.
fn path_length(rest: &str) -> usize {
    if !rest.starts_with(['/', '؟', '#', ':']) {
        return 0;
    }
    if rest.starts_with(':') && !rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
        return 0;
    }
    let is_part = |c: char| {
        c.is_ascii_alphanumeric()
            || is_letter(c)
            || is_sign(c)
            || c == ZWNJ
            || matches!(
                c,
                '/' | '؟' | '#' | ':' | '.' | '_' | '-' | '=' | '&' | '%' | '+' | '~' | '@'
            )
    };
    let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    let path = rest[..end].trim_end_matches(['.', '؟', ':']);
    // What follows the path is read right behind it, for the query isn't said.
    let said = path.find(['؟', '#']).map_or(path, |query| &path[..query]);
    let certain = without_abbreviation(said);
    if certain.len() < said.len() {
        certain.len()
    } else {
        without_abbreviation(path).len()
    }
}

/// An address without a Persian abbreviation at its end, which is read with what follows it.
fn without_abbreviation(text: &str) -> &str {
    let start = text
        .char_indices()
        .rev()
        .take(4)
        .take_while(|&(_, c)| is_letter(c) || is_sign(c) || c == ZWNJ)
        .last()
        .map_or(text.len(), |(start, _)| start);
    let word = &text[start..];
    let is_short = word.chars().count() == 1 || matches!(word, "رک" | "نک" | "صص");
    if is_short { &text[..start] } else { text }
}

/// The length of a hashtag or a mention at the start of `rest`.
pub fn tag(rest: &str) -> Option<usize> {
    let is_hashtag = rest.starts_with('#');
    if !is_hashtag && !rest.starts_with('@') {
        return None;
    }
    let name = &rest[1..];
    let is_part = |c: char| {
        let is_persian = is_letter(c) || is_sign(c) || c == ZWNJ;
        c.is_ascii_alphanumeric() || c == '_' || (is_hashtag && is_persian)
    };
    let end = name.find(|c| !is_part(c)).unwrap_or(name.len());
    let name = without_abbreviation(&name[..end]).trim_end_matches('_');
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || is_letter(c));
    starts.then_some(1 + name.len())
}
