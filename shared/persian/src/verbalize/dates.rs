//! Dates in digits, and days and years around the name of a month.
//!
//! The day is an ordinal, and the ezafe between day, month and year is spelled: «دوازدهمِ مردادِ هزار و چهارصد و سه». Years
//! from 1200 to 1599 and years of two digits are Iran's, others Gregorian. In digits a year of four digits tells its own
//! place; of two-digit numbers one above 31 is the year, else the first. What is no date (month 13) is read as three numbers
//! with pauses.

use super::calendar::{Calendar, Month};
use super::cardinal::{cardinal, integer, ordinal, value};
use super::numbers::whole;
use super::spoken::{Reading, SpokenKind, character, is_glued, kind_at, previous};
use super::units::is_measured;
use crate::signs::{bare, with_ezafe};
use crate::tokens::{Token, TokenKind};

/// Days and words that announce a date, where the name of the month is also another word.
const ANNOUNCING: &[&str] = &[
    "روز",
    "تاریخ",
    "مورخ",
    "مورخه",
    "شنبه",
    "یکشنبه",
    "دوشنبه",
    "سه‌شنبه",
    "چهارشنبه",
    "پنجشنبه",
    "پنج‌شنبه",
    "جمعه",
];

/// Places that are named after days.
const PLACES: &[&str] = &[
    "میدان",
    "خیابان",
    "مدرسه",
    "بیمارستان",
    "ورزشگاه",
    "بلوار",
    "پارک",
    "بزرگراه",
    "پل",
    "کوچه",
    "مترو",
    "شهدای",
];

/// A date at `at`.
pub fn read(tokens: &[Token], at: usize) -> Option<Reading> {
    let token = tokens.get(at)?;
    match token.kind {
        TokenKind::Date => Some(Reading::new(1, numeric(&token.text), SpokenKind::Date)),
        TokenKind::Number => day_and_month(tokens, at),
        TokenKind::Word => month_and_year(tokens, at),
        _ => None,
    }
}

/// A date in digits.
fn numeric(text: &str) -> Vec<String> {
    let parts: Vec<&str> = text.split(['/', '-', '.']).collect();
    let known = match parts.as_slice() {
        [year, month] => year_and_month(year, month),
        [first, second, third] => [
            (first, second, third, true),
            (third, second, first, false),
            (third, first, second, false),
        ]
        .into_iter()
        .filter(|(year, _, day, leads)| is_year(year, day, *leads))
        .find_map(|(year, month, day, _)| full(year, month, day)),
        _ => None,
    };
    known.unwrap_or_else(|| {
        let mut said = Vec::new();
        for part in parts {
            if !said.is_empty() {
                said.push("،".to_owned());
            }
            said.extend(integer(without_zeros(part)));
        }
        said
    })
}

/// Whether `year` is the year beside `day`; `leads` says that it stands first.
fn is_year(year: &str, day: &str, leads: bool) -> bool {
    let is_long = |number: &str| number.len() > 2;
    let is_large = |number: &str| value(number).is_some_and(|number| number > 31);
    if is_long(year) || is_long(day) {
        return is_long(year);
    }
    is_large(year) || (leads && year.len() == 2 && !is_large(day))
}

fn full(year: &str, month: &str, day: &str) -> Option<Vec<String>> {
    let calendar = calendar_of(year);
    let month = Month::new(calendar, value(month)? as u32);
    let known_year = value(year).filter(|_| year.len() > 2);
    let day = value(day)?;
    if day == 0 || day > u64::from(month.days(known_year)) {
        return None;
    }
    let mut said = day_words(day);
    said.push(with_ezafe(month.name()?));
    said.extend(integer(year));
    Some(said)
}

fn year_and_month(year: &str, month: &str) -> Option<Vec<String>> {
    let month = Month::new(calendar_of(year), value(month)? as u32);
    let mut said = vec![with_ezafe(month.name()?)];
    said.extend(integer(year));
    Some(said)
}

fn calendar_of(year: &str) -> Calendar {
    match value(year) {
        Some(1600..) => Calendar::Gregorian,
        _ => Calendar::Jalali,
    }
}

fn without_zeros(digits: &str) -> &str {
    let rest = digits.trim_start_matches('0');
    if rest.is_empty() { "0" } else { rest }
}

/// A day as an ordinal with its ezafe. The first is یکم.
fn day_words(day: u64) -> Vec<String> {
    with_last_ezafe(ordinal(day))
}

fn with_last_ezafe(mut said: Vec<String>) -> Vec<String> {
    if let Some(last) = said.last_mut() {
        *last = with_ezafe(last);
    }
    said
}

/// ۱۲ آذر, ۱۲–۱۵ آذر, with a year or without.
fn day_and_month(tokens: &[Token], at: usize) -> Option<Reading> {
    let first = day(tokens, at)?;
    let is_range = matches!(character(tokens, at + 1), Some('-' | '–' | '—'))
        && is_glued(tokens, at + 1) == is_glued(tokens, at + 2);
    let second = day(tokens, at + 2).filter(|_| is_range);
    let month_at = at + if second.is_some() { 3 } else { 1 };
    let word = tokens
        .get(month_at)
        .filter(|word| word.kind == TokenKind::Word)?;
    let (month, is_sure) = month(&word.text)?;
    let (month_words, used, has_year) = month_with_year(tokens, month_at);
    if first.max(second.unwrap_or_default()) > u64::from(month.days(None)) {
        return None;
    }
    let is_announced =
        is_sure || used > 1 || is_behind(tokens, at, ANNOUNCING) || is_behind(tokens, at, PLACES);
    if !has_year && (word.text == "می" || !is_announced) {
        return None;
    }
    let mut said = match second {
        Some(_) => ordinal(first),
        // Places that are named after a day have its number: «میدان هفتِ تیر».
        None if is_behind(tokens, at, PLACES) => with_last_ezafe(cardinal(first)),
        None => day_words(first),
    };
    if let Some(second) = second {
        said.push("تا".to_owned());
        said.extend(day_words(second));
    }
    said.extend(month_words);
    Some(Reading::new(month_at - at + used, said, SpokenKind::Date))
}

fn day(tokens: &[Token], at: usize) -> Option<u64> {
    let token = tokens
        .get(at)
        .filter(|token| token.kind == TokenKind::Number)?;
    let digits = token.text.as_str();
    let is_short = digits.len() <= 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
    value(digits).filter(|day| is_short && (1..=31).contains(day))
}

/// The month of a word, also with ماه behind it, and whether the word can be nothing else.
fn month(word: &str) -> Option<(Month, bool)> {
    let name = bare(word);
    if let Some(month) = Month::of(&name) {
        // مهر is also affection, تیر an arrow.
        return Some((month, !matches!(name.as_str(), "مهر" | "تیر")));
    }
    let short = name
        .strip_suffix("ماه")?
        .trim_end_matches(crate::signs::ZWNJ);
    Some((Month::of(short)?, true))
}

fn is_behind(tokens: &[Token], at: usize, names: &[&str]) -> bool {
    previous(tokens, at).is_some_and(|word| names.contains(&bare(&word.text).as_str()))
}

/// The month at `at` with ماه, سال and the year behind it: the words, their tokens, and whether there is a year.
fn month_with_year(tokens: &[Token], at: usize) -> (Vec<String>, usize, bool) {
    let word = |at: usize| {
        tokens
            .get(at)
            .filter(|word| word.kind == TokenKind::Word)
            .map(|word| word.text.as_str())
    };
    let mut said: Vec<String> = word(at).map(str::to_owned).into_iter().collect();
    let mut used = 1;
    if word(at + used).is_some_and(|word| bare(word) == "ماه") {
        said.extend(word(at + used).map(str::to_owned));
        used += 1;
    }
    let names_year = word(at + used).is_some_and(|word| bare(word) == "سال");
    let year_at = at + used + usize::from(names_year);
    let Some(year) = year(tokens, year_at, names_year) else {
        return (said, used, false);
    };
    if names_year {
        said.extend(word(at + used).map(str::to_owned));
    }
    // Each of month, ماه and سال leads on to the year, but مهر ماه is one name.
    let first = if used == 2 { 1 } else { 0 };
    for part in said.iter_mut().skip(first) {
        *part = with_ezafe(part);
    }
    said.extend(year);
    (said, year_at + 1 - at, true)
}

/// The year at `at`: four digits, or two behind سال or at the end of a clause.
fn year(tokens: &[Token], at: usize, is_named: bool) -> Option<Vec<String>> {
    let token = tokens
        .get(at)
        .filter(|token| token.kind == TokenKind::Number)?;
    let number = whole(&token.text)?;
    let ends_clause = matches!(kind_at(tokens, at + 1), None | Some(TokenKind::Punctuation));
    let is_year = match token.text.len() {
        4 => (1000..=2199).contains(&number) && !is_measured(tokens, at + 1),
        2 => is_named || (ends_clause && number > 31),
        _ => false,
    };
    is_year.then(|| integer(&token.text))
}

/// آذر ۱۴۰۵, without a day.
fn month_and_year(tokens: &[Token], at: usize) -> Option<Reading> {
    let word = tokens.get(at)?;
    let (_, _) = month(&word.text).filter(|_| word.text != "می")?;
    let (said, used, has_year) = month_with_year(tokens, at);
    let is_full = tokens
        .get(at + used - 1)
        .is_some_and(|year| year.text.len() == 4);
    (has_year && is_full).then(|| Reading::new(used, said, SpokenKind::Date))
}
