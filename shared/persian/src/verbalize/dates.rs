//! Dates in digits (in the file `numeric_dates`), and days and years around the name of a month.
//!
//! The day is an ordinal, and the ezafe between day, month and year is spelled: «دوازدهمِ مردادِ هزار و چهارصد و سه».

use super::calendar::Month;
use super::cardinal::{cardinal, integer, ordinal, value};
use super::numbers::whole;
use super::numeric_dates::numeric;
use super::spoken::{Reading, SpokenKind, is_glued, kind_at, previous, with_last_ezafe};
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

/// Most days that are named together.
const MAX_DAYS: usize = 8;
/// How many tokens on each side are near.
const NEAR: usize = 5;

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

/// ۱۲ آذر, ۱۲–۱۵ آذر, ۲۵، ۲۶ و ۲۷ آذر, with a year or without.
fn day_and_month(tokens: &[Token], at: usize) -> Option<Reading> {
    let days = days(tokens, at)?;
    let month_at = at + 2 * days.len() - 1;
    let word = tokens
        .get(month_at)
        .filter(|word| word.kind == TokenKind::Word)?;
    let (month, is_sure) = month(&word.text)?;
    let (month_words, used, has_year) = month_with_year(tokens, month_at);
    if days
        .iter()
        .any(|(day, _)| *day > u64::from(month.days(None)))
    {
        return None;
    }
    let is_announced = is_sure
        || used > 1
        || is_behind(tokens, at, ANNOUNCING)
        || is_behind(tokens, at, PLACES)
        || is_near_month(tokens, month_at);
    if !has_year && (word.text == "می" || !is_announced) {
        return None;
    }
    let mut said = Vec::new();
    for (day, connector) in &days {
        said.extend(match connector {
            Some(_) => ordinal(*day),
            // Places that are named after a day have its number: «میدان هفتِ تیر».
            None if is_behind(tokens, at, PLACES) => with_last_ezafe(cardinal(*day)),
            None => with_last_ezafe(ordinal(*day)),
        });
        said.extend(connector.map(str::to_owned));
    }
    said.extend(month_words);
    Some(Reading::new(month_at - at + used, said, SpokenKind::Date))
}

/// Days before a month, each with what is said between it and the next one. Days with a comma between them are days only
/// where «و» stands before the last one.
fn days(tokens: &[Token], at: usize) -> Option<Vec<(u64, Option<&'static str>)>> {
    let mut days = vec![(day(tokens, at)?, None)];
    let mut next = at + 1;
    while let Some(connector) = connector(tokens, next).filter(|_| days.len() < MAX_DAYS) {
        let Some(day) = day(tokens, next + 1) else {
            break;
        };
        if let Some(last) = days.last_mut() {
            last.1 = Some(connector);
        }
        days.push((day, None));
        next += 2;
    }
    let has_comma = days.iter().any(|(_, connector)| *connector == Some("،"));
    let before_last = days
        .iter()
        .rev()
        .nth(1)
        .and_then(|(_, connector)| *connector);
    (!has_comma || before_last == Some("و")).then_some(days)
}

fn connector(tokens: &[Token], at: usize) -> Option<&'static str> {
    match tokens.get(at)?.text.as_str() {
        "-" | "–" | "—" if is_glued(tokens, at) == is_glued(tokens, at + 1) => Some("تا"),
        "و" => Some("و"),
        "،" => Some("،"),
        _ => None,
    }
}

/// Whether another month is named within a few tokens.
fn is_near_month(tokens: &[Token], at: usize) -> bool {
    let near = at.saturating_sub(NEAR)..(at + NEAR + 1).min(tokens.len());
    near.filter(|&other| other != at).any(|other| {
        tokens[other].kind == TokenKind::Word
            && month(&tokens[other].text).is_some_and(|(_, is_sure)| is_sure)
            && tokens[other].text != "می"
    })
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
