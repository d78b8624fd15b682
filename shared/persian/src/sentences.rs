//! The second stage: where sentences end.

use std::ops::Range;

use crate::normalize::Normalized;
use crate::signs::{is_letter, is_sign};
use crate::span::Span;

/// A sentence, with the punctuation that ends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// Its bytes in the normalized text.
    pub range: Range<usize>,
    /// Its part of the original text.
    pub span: Span,
}

impl Sentence {
    /// Its normalized text.
    pub fn text<'a>(&self, normalized: &'a Normalized) -> &'a str {
        normalized
            .text()
            .get(self.range.clone())
            .unwrap_or_default()
    }
}

/// Words before a dot that doesn't end a sentence. Single letters needn't be named.
const ABBREVIATIONS: [&str; 9] = ["رک", "نک", "صص", "Dr", "Mr", "Mrs", "Ms", "No", "vs"];

/// Words behind a quotation with which the sentence around it goes on.
const GOING_ON: [&str; 18] = [
    "و",
    "که",
    "را",
    "گفت",
    "گفتم",
    "گفتند",
    "پرسید",
    "پرسیدم",
    "پرسیدند",
    "جواب",
    "پاسخ",
    "فریاد",
    "ولی",
    "اما",
    "از",
    "به",
    "است",
    "بود",
];

/// Splits a text after . ! ؟ … with the quotes and brackets that close behind them, and at the end of each line.
///
/// A dot ends no sentence inside numbers and addresses, after a single letter (ه.ش., initials), after a few abbreviations
/// (رک.) and after the number that begins a line of a list. Nothing ends one behind a quotation that a word like و or گفت
/// follows, and an ellipsis doesn't after و, where it is read «و غیره». A dot without a space behind it ends one between two
/// Persian words.
///
/// ```
/// let text = persian::normalize("دما ۳.۵ درجه بود. «آمد؟» نه!");
/// let sentences = persian::sentences(&text);
/// let texts: Vec<&str> = sentences.iter().map(|sentence| sentence.text(&text)).collect();
/// assert_eq!(texts, ["دما 3.5 درجه بود.", "«آمد؟»", "نه!"]);
/// ```
pub fn sentences(normalized: &Normalized) -> Vec<Sentence> {
    let text = normalized.text();
    let mut found = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        let next = at + character.len_utf8();
        let (next, ends) = match character {
            '\n' => (next, true),
            '[' => {
                // Only inline phonemes have square brackets in normalized text.
                at += text[at..].find("]]").map_or(1, |inside| inside + 2);
                continue;
            }
            '.' | '!' | '؟' | '…' => closing(text, start, at),
            _ => (next, false),
        };
        at = next;
        if ends {
            push(normalized, start..at, &mut found);
            start = at;
        }
    }
    push(normalized, start..text.len(), &mut found);
    found
}

fn push(normalized: &Normalized, range: Range<usize>, found: &mut Vec<Sentence>) {
    let text = &normalized.text()[range.clone()];
    let start = range.start + (text.len() - text.trim_start().len());
    let end = start + text.trim().len();
    if start < end {
        found.push(Sentence {
            range: start..end,
            span: normalized.origin(start..end),
        });
    }
}

/// Where the run of closing punctuation ends that begins at `at`, and whether the sentence ends with it.
fn closing(text: &str, start: usize, at: usize) -> (usize, bool) {
    let rest = &text[at..];
    let marks = rest.trim_start_matches(['.', '!', '؟', '…']);
    let run = &rest[..rest.len() - marks.len()];
    let after = after_closing(marks);
    let before = &text[start..at];
    let spaced = after.is_empty() || after.starts_with([' ', '\n']);
    let ends = match run {
        // (!) and (؟) are remarks inside a sentence.
        _ if before.ends_with('(') && marks.starts_with(')') => false,
        // What is quoted ends, and the sentence around it goes on: «بیا!» گفت او.
        _ if after.len() < marks.len() && goes_on(after) => false,
        "." if spaced => !is_abbreviated(before),
        "." => marks.len() == after.len() && divides_words(before, after),
        "…" => spaced && !before.trim_end().ends_with(" و") && before.trim() != "و",
        _ => spaced || after.starts_with(is_letter),
    };
    let rest = if ends { after } else { marks };
    (text.len() - rest.len(), ends)
}

/// What stands behind the quotes and brackets that close at the start of `text`, perhaps each behind a space.
fn after_closing(text: &str) -> &str {
    let mut rest = text;
    loop {
        let closed = rest.trim_start_matches(['»', ')', '"', '\'']);
        let spaced = closed
            .strip_prefix(' ')
            .filter(|next| next.starts_with(['»', ')']));
        match spaced {
            Some(next) => rest = next,
            None => return closed,
        }
    }
}

/// Whether the next word can't begin a sentence.
fn goes_on(after: &str) -> bool {
    let next = after.trim_start();
    let end = next
        .find(|c| !is_letter(c) && !is_sign(c))
        .unwrap_or(next.len());
    GOING_ON.contains(&&next[..end]) || next.starts_with(['،', '؛'])
}

/// Whether a dot after `before` belongs to an abbreviation, an initial or the number of a line.
fn is_abbreviated(before: &str) -> bool {
    let word = last_word(before);
    let mut letters = word.chars().filter(|&c| !is_sign(c));
    let is_single = letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none();
    let is_list_number = before.trim().len() == word.len()
        && !word.is_empty()
        && word.len() <= 3
        && word.bytes().all(|byte| byte.is_ascii_digit());
    is_single || is_list_number || ABBREVIATIONS.contains(&word)
}

/// Whether a dot without a space stands between two Persian words of two letters or more.
fn divides_words(before: &str, after: &str) -> bool {
    let is_persian =
        |word: &str| word.chars().all(|c| is_letter(c) || is_sign(c)) && word.chars().count() > 1;
    let next_end = after
        .char_indices()
        .take(3)
        .find(|&(_, c)| !is_letter(c))
        .map_or(after.len().min(4), |(end, _)| end);
    is_persian(last_word(before)) && after.get(..next_end).is_some_and(is_persian)
}

/// The letters and digits at the end of a text, up to 20 of them.
fn last_word(text: &str) -> &str {
    let start = text
        .char_indices()
        .rev()
        .take(20)
        .take_while(|&(_, c)| c.is_ascii_alphanumeric() || is_letter(c) || is_sign(c))
        .last()
        .map_or(text.len(), |(start, _)| start);
    &text[start..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalize::normalize;

    fn split(text: &str) -> Vec<String> {
        let normalized = normalize(text);
        sentences(&normalized)
            .iter()
            .map(|sentence| sentence.text(&normalized).to_owned())
            .collect()
    }

    #[test]
    fn a_dot_inside_a_number_ends_no_sentence() {
        assert_eq!(split("دما ۳.۵ درجه بود").len(), 1);
    }

    #[test]
    fn initials_and_dotted_abbreviations_end_no_sentence() {
        assert_eq!(split("م. امید در سال ۱۳۰۷ ه‌.ش. زاده شد.").len(), 1);
        assert_eq!(split("رک. حافظ").len(), 1);
        assert_eq!(split("J. K. Rowling").len(), 1);
    }

    #[test]
    fn addresses_end_no_sentence() {
        assert_eq!(split("سایت www.x.ir را ببینید.").len(), 1);
    }

    #[test]
    fn closing_quotes_belong_to_the_sentence_before_them() {
        assert_eq!(split("«رفت.» او ماند."), ["«رفت.»", "او ماند."]);
        assert_eq!(split("(آمد!) بعد رفت"), ["(آمد!)", "بعد رفت"]);
    }

    #[test]
    fn a_quotation_inside_a_sentence_ends_none() {
        assert_eq!(split("«بیا!» گفت و رفت.").len(), 1);
        assert_eq!(split("گفت: «بیا! » و رفت.").len(), 1);
    }

    #[test]
    fn lines_are_sentences() {
        assert_eq!(split("عنوان\nمتن\r\n\r\nپایان"), ["عنوان", "متن", "پایان"]);
    }

    #[test]
    fn an_ellipsis_after_and_goes_on() {
        assert_eq!(split("سیب و … را خرید. رفت.").len(), 2);
        assert_eq!(split("شاید… نمی‌دانم."), ["شاید…", "نمی‌دانم."]);
    }

    #[test]
    fn a_forgotten_space_after_a_dot_is_no_obstacle() {
        assert_eq!(split("او رفت.من ماندم."), ["او رفت.", "من ماندم."]);
    }

    #[test]
    fn a_numbered_line_is_one_sentence() {
        assert_eq!(split("۱. آب را بجوشانید."), ["1. آب را بجوشانید."]);
    }

    #[test]
    fn a_remark_in_brackets_ends_no_sentence() {
        assert_eq!(split("او (؟) آمد").len(), 1);
    }

    #[test]
    fn inline_phonemes_are_not_split() {
        assert_eq!(split("بگو [[a. b]] و برو").len(), 1);
    }

    #[test]
    fn a_text_without_sentences_has_none() {
        assert!(split("").is_empty());
        assert!(split(" \n 😀").is_empty());
    }
}
