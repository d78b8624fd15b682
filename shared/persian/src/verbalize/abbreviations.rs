//! Abbreviations, written out.

use super::numbers::whole;
use super::spoken::{Reading, SpokenKind, is_glued, is_text, kind_at, previous, words};
use crate::signs::bare;
use crate::tokens::{Token, TokenKind};

/// Letters with dots between them.
const DOTTED: &[(&[&str], &str)] = &[
    (&["ه", "ش"], "هجریِ شمسی"),
    (&["ه", "ق"], "هجریِ قمری"),
    (&["ق", "م"], "قبل از میلاد"),
    (&["ق", "چ"], "قاشقِ چای‌خوری"),
    (&["ق", "غ"], "قاشقِ غذاخوری"),
    (&["پ", "م"], "پیش از میلاد"),
    (&["ب", "ظ"], "بعدازظهر"),
    (&["ق", "ظ"], "قبل‌ازظهر"),
    (&["پ", "ن"], "پی‌نوشت"),
    (&["ب", "م", "م"], "بزرگ‌ترین مقسوم‌علیهِ مشترک"),
    (&["ک", "م", "م"], "کوچک‌ترین مضربِ مشترک"),
    (&["ج", "ا", "ا"], "جمهوریِ اسلامیِ ایران"),
    (&["ج", "ا"], "جمهوریِ اسلامی"),
];

/// The same eras without the first dot.
const JOINED: &[(&str, &str)] = &[
    ("ه‌ش", "هجریِ شمسی"),
    ("ه‌ق", "هجریِ قمری"),
    ("هش", "هجریِ شمسی"),
    ("هق", "هجریِ قمری"),
];

/// Eras and halves of the day, to which a number leads on with an ezafe.
const AFTER_NUMBER: &[&str] = &["هجریِ شمسی", "هجریِ قمری", "بعدازظهر", "قبل‌ازظهر"];

/// Salutations in brackets behind a name.
const SALUTATIONS: &[(&str, &str)] = &[
    ("ص", "صلی‌الله علیه و آله"),
    ("ع", "علیه‌السلام"),
    ("س", "سلام‌الله علیها"),
    ("ره", "رحمت‌الله علیه"),
    ("عج", "عجل‌الله تعالی فرجه"),
    ("رض", "رضی‌الله عنه"),
];

/// What stands before the number of a page or a volume.
const BEFORE_NUMBER: &[(&str, &str)] =
    &[("ص", "صفحهٔ"), ("صص", "صفحاتِ"), ("ج", "جلدِ"), ("ش", "شمارهٔ")];

/// What stands behind the number of a year.
const ERAS: &[(&str, &str)] = &[("م", "میلادی"), ("ق", "قمری"), ("ش", "شمسی")];

/// See-references, with the dot or به behind them.
const REFERENCES: &[(&str, &str)] = &[("رک", "رجوع کنید"), ("نک", "نگاه کنید")];

/// The abbreviation at `at`.
pub fn read(tokens: &[Token], at: usize) -> Option<Reading> {
    match kind_at(tokens, at)? {
        TokenKind::Word => dotted(tokens, at)
            .or_else(|| era(tokens, at))
            .or_else(|| joined(tokens, at))
            .or_else(|| before_number(tokens, at))
            .or_else(|| reference(tokens, at))
            .or_else(|| and_so_on(tokens, at)),
        TokenKind::Latin => numero(tokens, at),
        TokenKind::Punctuation => salutation(tokens, at),
        _ => None,
    }
}

fn abbreviation(used: usize, said: &str) -> Reading {
    Reading::new(used, words(said), SpokenKind::Abbreviation)
}

fn is_after_number(tokens: &[Token], at: usize) -> bool {
    previous(tokens, at)
        .is_some_and(|before| matches!(before.kind, TokenKind::Number | TokenKind::Time))
}

/// Spaces between letters and dots make no difference.
fn dotted(tokens: &[Token], at: usize) -> Option<Reading> {
    let matches = |letters: &[&str]| {
        letters.iter().enumerate().all(|(number, letter)| {
            is_text(tokens, at + 2 * number, letter)
                && (number == 0 || is_text(tokens, at + 2 * number - 1, "."))
        })
    };
    if let Some((letters, said)) = DOTTED.iter().find(|(letters, _)| matches(letters)) {
        let end = 2 * letters.len() - 1;
        // Behind the number of an article it is the civil code.
        let is_article = at.checked_sub(2).and_then(|word| tokens.get(word));
        let is_civil_code =
            *said == "قبل از میلاد" && is_article.is_some_and(|word| bare(&word.text) == "ماده");
        let said = if is_civil_code {
            &"قانونِ مدنی"
        } else {
            said
        };
        let mut reading = abbreviation(end + usize::from(is_text(tokens, at + end, ".")), said);
        reading.ezafe_before = AFTER_NUMBER.contains(said) && is_after_number(tokens, at);
        return Some(reading);
    }
    let is_reference = |letters: [&str; 2]| {
        is_text(tokens, at, letters[0])
            && is_text(tokens, at + 1, ".")
            && is_text(tokens, at + 2, letters[1])
    };
    [(["ر", "ک"], "رجوع کنید"), (["ن", "ک"], "نگاه کنید")]
        .into_iter()
        .find(|(letters, _)| is_reference(*letters))
        .map(|(_, said)| with_to(tokens, at, 3, said))
}

/// ه‌ش behind a number.
fn joined(tokens: &[Token], at: usize) -> Option<Reading> {
    let (_, said) = JOINED.iter().find(|(word, _)| is_text(tokens, at, word))?;
    if !is_after_number(tokens, at) {
        return None;
    }
    let mut reading = abbreviation(1 + usize::from(is_text(tokens, at + 1, ".")), said);
    reading.ezafe_before = true;
    Some(reading)
}

/// م, ق and ش behind a year.
fn era(tokens: &[Token], at: usize) -> Option<Reading> {
    let (_, said) = ERAS
        .iter()
        .find(|(letter, _)| is_text(tokens, at, letter))?;
    let year = previous(tokens, at)
        .filter(|year| year.kind == TokenKind::Number)
        .and_then(|year| whole(&year.text))?;
    let is_named = at.checked_sub(2).is_some_and(|name| {
        ["سال", "سالِ"]
            .iter()
            .any(|word| is_text(tokens, name, word))
    });
    let is_year = is_named
        || (1000..=2199).contains(&year)
        || (is_glued(tokens, at) && !is_text(tokens, at, "م"));
    let mut reading = abbreviation(1 + usize::from(is_text(tokens, at + 1, ".")), said);
    reading.ezafe_before = true;
    is_year.then_some(reading)
}

fn before_number(tokens: &[Token], at: usize) -> Option<Reading> {
    let (_, said) = BEFORE_NUMBER
        .iter()
        .find(|(letters, _)| is_text(tokens, at, letters))?;
    let used = 1 + usize::from(is_text(tokens, at + 1, "."));
    // ۳) ج ۴) د: the next number is that of the next answer.
    let is_answer = is_text(tokens, at + used + 1, ")")
        && previous(tokens, at).is_some_and(|before| before.text == ")");
    let is_before = kind_at(tokens, at + used) == Some(TokenKind::Number) && !is_answer;
    is_before.then(|| abbreviation(used, said))
}

/// No. 5
fn numero(tokens: &[Token], at: usize) -> Option<Reading> {
    let is_numero = ["No", "no", "NO"].iter().any(|no| is_text(tokens, at, no));
    let used = 1 + usize::from(is_text(tokens, at + 1, "."));
    let is_before = kind_at(tokens, at + used) == Some(TokenKind::Number);
    (is_numero && is_before).then(|| abbreviation(used, "شمارهٔ"))
}

/// رک and نک are also words, so that a dot, به or a bracket before it must tell.
fn reference(tokens: &[Token], at: usize) -> Option<Reading> {
    let (_, said) = REFERENCES
        .iter()
        .find(|(letters, _)| is_text(tokens, at, letters))?;
    let is_told = is_text(tokens, at + 1, ".")
        || is_text(tokens, at + 1, "به")
        || is_text(tokens, at + 1, ":")
        || previous(tokens, at).is_some_and(|before| before.text == "(");
    is_told.then(|| with_to(tokens, at, 1, said))
}

/// «به» is added unless the writer has it.
fn with_to(tokens: &[Token], at: usize, letters: usize, said: &str) -> Reading {
    let has_sign = [".", ":"]
        .iter()
        .any(|sign| is_text(tokens, at + letters, sign));
    let used = letters + usize::from(has_sign);
    let mut reading = abbreviation(used, said);
    if !is_text(tokens, at + used, "به") {
        reading.words.push("به".to_owned());
    }
    reading
}

/// «و…»
fn and_so_on(tokens: &[Token], at: usize) -> Option<Reading> {
    let is_and = is_text(tokens, at, "و") && is_text(tokens, at + 1, "…");
    is_and.then(|| abbreviation(2, "و غیره"))
}

fn salutation(tokens: &[Token], at: usize) -> Option<Reading> {
    if !is_text(tokens, at, "(") || !is_text(tokens, at + 2, ")") {
        return None;
    }
    let (_, said) = SALUTATIONS
        .iter()
        .find(|(letters, _)| is_text(tokens, at + 1, letters))?;
    Some(abbreviation(3, said))
}
