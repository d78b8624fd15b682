//! A number and what is written behind it: ordinal ending, percent, currency, unit.

use super::cardinal::ordinal;
use super::money::currency_behind;
use super::numbers::{Number, number};
use super::spoken::{Reading, SpokenKind, is_glued, is_text, kind_at, previous, words};
use super::units::{is_counted, unit};
use crate::signs::{ZWNJ, bare};
use crate::tokens::{Token, TokenKind};

/// Endings of ordinals that touch the number, and what is added to the ordinal.
const ENDINGS: &[(&str, &str)] = &[
    ("م", ""),
    ("ُم", ""),
    ("ام", ""),
    ("اُم", ""),
    ("مین", "ین"),
    ("ُمین", "ین"),
    ("امین", "ین"),
    ("اُمین", "ین"),
];

/// Words before the number of a century.
const CENTURIES: &[&str] = &["قرن", "سده", "قرن‌های", "سده‌های"];

/// A number with what belongs to it.
pub fn read(tokens: &[Token], at: usize) -> Option<Reading> {
    let number = number(tokens, at)?;
    let behind = at + number.used;
    if let Some(reading) = ordinal_behind(tokens, behind, &number) {
        return Some(reading);
    }
    if let Some(weekday) = number.whole.and_then(|day| weekday(tokens, at, day)) {
        return Some(weekday);
    }
    if let Some(century) = number.whole.filter(|_| is_century(tokens, at)) {
        return Some(Reading::new(1, ordinal(century), SpokenKind::Number));
    }
    let Number { used, words, .. } = number;
    if let Some((said, more)) = currency_behind(tokens, behind) {
        return Some(joined(used, words, (said, more), SpokenKind::Money));
    }
    // 3D is one word.
    if is_text(tokens, behind, "D") && is_glued(tokens, behind) && words.len() == 1 {
        let said = format!("{}{ZWNJ}بعدی", words.join(" "));
        return Some(Reading::new(used + 1, vec![said], SpokenKind::Number));
    }
    let more = percent(tokens, behind).or_else(|| unit(tokens, behind));
    Some(match more {
        Some(more) => joined(used, words, more, SpokenKind::Number),
        None => Reading::new(used, words, SpokenKind::Number),
    })
}

/// ۵شنبه
fn weekday(tokens: &[Token], at: usize, day: u64) -> Option<Reading> {
    let names = ["یکشنبه", "دوشنبه", "سه‌شنبه", "چهارشنبه", "پنج‌شنبه"];
    let name = names.get(usize::try_from(day).ok()?.checked_sub(1)?)?;
    let is_weekday = tokens
        .get(at + 1)
        .is_some_and(|word| bare(&word.text) == "شنبه");
    is_weekday.then(|| Reading::new(2, vec![(*name).to_owned()], SpokenKind::Date))
}

/// Centuries are counted by ordinals: قرن ۲۱ is «قرن بیست و یکم», also سده‌های ۱۸ و ۱۹.
fn is_century(tokens: &[Token], at: usize) -> bool {
    let is_named = |at: Option<usize>| {
        at.and_then(|at| tokens.get(at))
            .is_some_and(|word| CENTURIES.contains(&bare(&word.text).as_str()))
    };
    let is_second = previous(tokens, at)
        .is_some_and(|word| matches!(word.text.as_str(), "و" | "تا" | "-" | "–"));
    let is_short = tokens.get(at).is_some_and(|number| number.text.len() <= 2);
    let is_behind = is_named(at.checked_sub(1)) || (is_second && is_named(at.checked_sub(3)));
    is_behind && is_short && !is_counted(tokens, at + 1)
}

fn joined(
    used: usize,
    mut said: Vec<String>,
    (more, more_used): (Vec<String>, usize),
    kind: SpokenKind,
) -> Reading {
    said.extend(more);
    Reading::new(used + more_used, said, kind)
}

/// ۳م, ۳ام, ۳ ام, ۱۰مین, 2nd. ۱۹۴۵م is a year of the common era and no ordinal.
fn ordinal_behind(tokens: &[Token], at: usize, number: &Number) -> Option<Reading> {
    let whole = number.whole?;
    let ending = tokens.get(at)?;
    if ending.kind == TokenKind::Latin {
        let is_english = matches!(ending.text.as_str(), "st" | "nd" | "rd" | "th");
        let said = if whole == 1 {
            words("اول")
        } else {
            ordinal(whole)
        };
        return (is_english && !ending.spaced)
            .then(|| Reading::new(number.used + 1, said, SpokenKind::Number));
    }
    // ۳۰۰م² is an area.
    if kind_at(tokens, at + 1) == Some(TokenKind::Superscript) && is_glued(tokens, at + 1) {
        return None;
    }
    let is_year = ending.text == "م" && (1000..=2199).contains(&whole);
    let may_be_spaced = matches!(ending.text.as_str(), "ام" | "اُم");
    if is_year || (ending.spaced && !may_be_spaced) {
        return None;
    }
    let (_, added) = ENDINGS.iter().find(|(known, _)| *known == ending.text)?;
    let mut said = ordinal(whole);
    if let Some(last) = said.last_mut() {
        last.push_str(added);
    }
    Some(Reading::new(number.used + 1, said, SpokenKind::Number))
}

fn percent(tokens: &[Token], at: usize) -> Option<(Vec<String>, usize)> {
    let sign = tokens.get(at)?;
    // «۵ %۷»: the second sign belongs to the second number.
    let belongs_to_next =
        sign.spaced && is_glued(tokens, at + 1) && number(tokens, at + 1).is_some();
    match sign.text.as_str() {
        // ۲۰٪ی
        "%" if is_glued(tokens, at + 1) && is_text(tokens, at + 1, "ی") => {
            Some((words("درصدی"), 2))
        }
        "%" if !belongs_to_next => Some((words("درصد"), 1)),
        "‰" => Some((words("در هزار"), 1)),
        _ => None,
    }
}

/// A sign of percent before its number: %5.
pub fn read_percent_first(tokens: &[Token], at: usize) -> Option<Reading> {
    let name = match tokens.get(at)?.text.as_str() {
        "%" => "درصد",
        "‰" => "در هزار",
        _ => return None,
    };
    if !is_glued(tokens, at + 1) {
        return None;
    }
    let number = number(tokens, at + 1)?;
    let mut said = number.words;
    said.extend(words(name));
    Some(Reading::new(number.used + 1, said, SpokenKind::Number))
}
