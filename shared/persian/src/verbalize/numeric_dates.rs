//! Dates in digits.
//!
//! Years up to 1599, and those of two digits, are Iran's, others Gregorian. A year of four digits tells its own place; of
//! two-digit numbers one above 31 is the year, else the first. What is no date (month 13) is read as three numbers with
//! pauses.

use super::calendar::{Calendar, Month};
use super::cardinal::{integer, ordinal, value};
use super::spoken::with_last_ezafe;
use crate::signs::with_ezafe;

/// A date in digits, in words.
pub fn numeric(text: &str) -> Vec<String> {
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
    let mut said = with_last_ezafe(ordinal(day));
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
