//! Whether 1/2 is a half or one point two.
//!
//! Persians write the decimal point as a slash, so a/b is a decimal unless something says otherwise: the word کسر before it,
//! or behind it a kitchen measure, اینچ, نهایی, or از.

use super::cardinal::{cardinal, integer, ordinal, value};
use super::spoken::words;
use crate::signs::bare;
use crate::tokens::{Token, TokenKind};

/// Words behind a fraction: measures of the kitchen and what is divided into parts.
const BEHIND: &[&str] = &[
    "لیوان",
    "قاشق",
    "فنجان",
    "پیمانه",
    "استکان",
    "اینچ",
    "نهایی",
    "از",
    "حبه",
    "جمعیت",
    "مردم",
    "سطح",
    "کل",
    "جهان",
    "آرا",
    "آرای",
    "بودجه",
    "سهام",
    "اعضا",
    "اعضای",
    "نمایندگان",
    "دانشجویان",
    "دانش‌آموزان",
    "زنان",
    "مردان",
    "کارکنان",
    "مساحت",
    "حجم",
    "ثروت",
    "راه",
    "زمین",
    "کشور",
    "آنها",
    "آن‌ها",
    "افراد",
    "کودکان",
];

/// How many tokens before a number فشار may stand.
const PRESSURE_IS_NEAR: usize = 3;

/// Whether the number at `at` has a slash that is read as the bar of a fraction.
pub fn is_fraction(tokens: &[Token], at: usize) -> bool {
    let Some((above, below)) = tokens.get(at).and_then(|token| parts(&token.text)) else {
        return false;
    };
    let word = |at: usize| {
        tokens
            .get(at)
            .filter(|token| token.kind == TokenKind::Word)
            .map(|token| bare(&token.text))
    };
    let is_behind = word(at + 1).is_some_and(|word| BEHIND.contains(&word.as_str()));
    let is_named = at > 0 && word(at - 1).is_some_and(|word| word == "کسر");
    is_named || (is_behind && above < below)
}

/// Numerator and denominator of a/b, without leading zeros.
pub fn parts(text: &str) -> Option<(u64, u64)> {
    let (above, below) = text.split_once(['/', '⁄'])?;
    if above.starts_with('0') || below.starts_with('0') {
        return None;
    }
    Some((value(above)?, value(below)?))
}

/// Blood pressure: 12/8 is «دوازده روی هشت» behind فشار.
pub fn pressure(tokens: &[Token], at: usize) -> Option<Vec<String>> {
    let (above, below) = parts(&tokens.get(at)?.text)?;
    let is_pressure = |word: &Token| bare(&word.text) == "فشار";
    if !tokens[at.saturating_sub(PRESSURE_IS_NEAR)..at]
        .iter()
        .any(is_pressure)
    {
        return None;
    }
    let mut said = cardinal(above);
    said.push("روی".to_owned());
    said.extend(cardinal(below));
    Some(said)
}

/// A fraction: سه چهارم.
pub fn fraction(text: &str) -> Option<Vec<String>> {
    let Some((above, below)) = parts(text) else {
        // A fraction with zeros in front is read as what is written.
        let (above, below) = text.split_once(['/', '⁄'])?;
        let mut said = integer(above);
        said.extend(words("روی"));
        said.extend(integer(below));
        return Some(said);
    };
    let mut said = cardinal(above);
    if below == 1 {
        said.extend(words("روی یک"));
    } else {
        said.extend(ordinal(below));
    }
    Some(said)
}
