//! What holds for every text, whatever is in it; for the property tests and for the fuzzer.

use persian::{Spoken, SpokenKind, SpokenSentence, SpokenWord, normalize, speak};

/// Characters that mean something to one of the stages, so that random texts reach the rules.
#[rustfmt::skip]
pub const MEANINGFUL: &[char] = &[
    'ا', 'ب', 'م', 'و', 'ه', 'ش', 'ق', 'ص', 'ع', 'ر', 'ک', 'ن', 'ج', 'ی', 'ي', 'ك', 'ۀ', 'ە', 'آ', 'ئ', '\u{64e}', '\u{650}',
    '\u{64f}', '\u{651}', '\u{654}', '\u{653}', '\u{200c}', '\u{200d}', '\u{200f}', '\u{640}', '0', '1', '2', '5', '9', '۳',
    '۱', '٤', '.', '.', ',', '،', '؛', ':', '/', '-', '–', '—', '−', '+', '=', '×', '÷', '*', '%', '٪', '$', '€', '°', '²', '½',
    '⁄', '٫', '٬', '(', ')', '[', ']', '[', ']', '«', '»', '"', '\'', '!', '؟', '?', '…', '@', '#', '&', '_', '~', '^', '√',
    ' ', ' ', ' ', ' ', '\n', '\t', 'a', 'e', 'k', 'm', 'x', 'A', 'C', 'K', 'I', 'V', 'X', 'α', 'μ', 'Ω', 'é', 'ж', '中', '😀',
    '👍', '\u{1f3fd}', '🇮', '🇷', '❤', '\u{fe0f}', '\u{20e3}', 'ﷺ', 'ﻻ', '﷼', '№', '\0', '\u{feff}', '\u{301}',
];

/// Pieces that rules look for.
#[rustfmt::skip]
pub const PIECES: &[&str] = &[
    "سال ", "ساعت ", "ه.ش", "ق.م", "(ص)", "رک.", "و…", "آذر ", "مهر ", "تومان", "درصد", "نتیجه ", "می ", "نمی ", "روم", "دانم ",
    " ها", " های", " تر", " ترین", "بزرگ", "کتاب", "۱۴۰۳/۰۵/۱۲", "14:30", "09123456789", "6037 9911 2233 4455", "km/h", "°C",
    "m²", "www.", "https://", ".com", "info@", "[[", "]]", "[[a]]", "COVID-19", "C++", "U.S.A.", "+98 ", "AM", "لویی ", "XIV",
    "1 1/2", "ام", "مین", "کد ", "تلفن ", "$5", "صص ", "به", "میلیون", "ک.م.م", "ماده ", "فشار ", "قرن ", ":)", " شنبه", "May ",
    "js", "x.ir/", "بند ", "شابک ", " مربع", "متر", "۵ و ", "978-", "eg.", "Dr.",
];

/// The most bytes of the spoken form for each byte of the text, and on top of that.
const BOUND: (usize, usize) = (32, 64);
/// The most bytes of the normalized text for each byte of the text.
const NORMALIZED_BOUND: usize = 15;

fn promise(kept: bool, what: &str, text: &str) -> Result<(), String> {
    if kept {
        Ok(())
    } else {
        Err(format!("{what}: {text:?}"))
    }
}

/// The first promise that is broken for a text.
pub fn check(text: &str) -> Result<(), String> {
    let spoken = speak(text);
    let normalized = spoken.normalized.text();
    let again = normalize(normalized);
    promise(
        again.text() == normalized,
        &format!(
            "normalized twice is {:?}, once {normalized:?}",
            again.text()
        ),
        text,
    )?;
    let said = spoken.text();
    // Sentences may end elsewhere the second time, but the words are the same.
    let (once, twice) = (words(&spoken), words(&speak(&said)));
    promise(
        twice == once,
        &format!("said twice is {twice:?}, once {once:?}"),
        text,
    )?;
    promise(
        said.len() <= BOUND.0 * text.len() + BOUND.1,
        "the spoken form is too long",
        text,
    )?;
    promise(
        normalized.len() <= NORMALIZED_BOUND * text.len(),
        "the normalized form is too long",
        text,
    )?;
    let is_on_borders = |span: persian::Span| {
        span.start <= span.end
            && span.end <= text.len()
            && text.is_char_boundary(span.start)
            && text.is_char_boundary(span.end)
    };
    for dropped in spoken.dropped() {
        let names_text = is_on_borders(dropped.span) && dropped.span.start < dropped.span.end;
        promise(names_text, "a dropped part has no place", text)?;
    }
    let mut end = 0;
    for sentence in &spoken.sentences {
        promise(
            is_on_borders(sentence.sentence.span) && sentence.sentence.span.start >= end,
            "sentences overlap",
            text,
        )?;
        end = sentence.sentence.span.end;
        check_sentence(text, sentence)?;
    }
    Ok(())
}

fn words(spoken: &Spoken) -> Vec<String> {
    let sentences = spoken.sentences.iter();
    sentences
        .flat_map(|sentence| &sentence.verbalized.words)
        .map(|word| word.text.clone())
        .collect()
}

fn check_sentence(text: &str, sentence: &SpokenSentence) -> Result<(), String> {
    let whole = sentence.sentence.span;
    let is_inside = |span: persian::Span| {
        whole.start <= span.start
            && span.start < span.end
            && span.end <= whole.end
            && text.is_char_boundary(span.start)
            && text.is_char_boundary(span.end)
    };
    let mut start = 0;
    for token in &sentence.tokens {
        promise(
            is_inside(token.span) && token.span.start >= start,
            &format!("{token:?} is out of place"),
            text,
        )?;
        start = token.span.start;
    }
    let (mut start, mut end) = (0, 0);
    for word in &sentence.verbalized.words {
        let goes_on = word.span.start >= start && word.span.end >= end;
        promise(
            is_inside(word.span) && goes_on,
            &format!("{word:?} is out of place"),
            text,
        )?;
        (start, end) = (word.span.start, word.span.end);
        promise(
            is_spoken(word, text),
            &format!("{word:?} can't be spoken"),
            text,
        )?;
    }
    Ok(())
}

/// Whether a word consists of what spoken forms may have in them.
fn is_spoken(word: &SpokenWord, text: &str) -> bool {
    let is_persian =
        |c| persian::signs::is_letter(c) || persian::signs::is_sign(c) || c == persian::signs::ZWNJ;
    match word.kind {
        SpokenKind::Phonemes => word.text == word.span.of(text),
        SpokenKind::Punctuation => {
            ".،؛:!؟…–«»()".contains(&word.text) && word.text.chars().count() == 1
        }
        _ => !word.text.is_empty() && word.text.chars().all(is_persian),
    }
}
