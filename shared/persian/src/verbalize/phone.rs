//! Telephone, card and code numbers, in the groups in which they are customarily said in Iran.
//!
//! Mobile: 0912 · 345 · 67 · 89, «صفر نهصد و دوازده، سیصد و چهل و پنج، شصت و هفت، هشتاد و نه». Area code and number: 021 · pairs.
//! Cards: four groups of two pairs. Codes (کد ملی, شماره حساب) of five digits or more: digit by digit. Pauses stand between
//! groups.

use super::cardinal::{digit_by_digit, group};
use super::spoken::{Reading, SpokenKind};
use crate::signs::bare;
use crate::tokens::{Token, TokenKind};

/// Words before a number that is read digit by digit.
const CODE_WORDS: &[&str] = &[
    "کد",
    "شناسه",
    "شماره",
    "سریال",
    "رمز",
    "پستی",
    "کدپستی",
    "کدملی",
    "ملی",
    "حساب",
    "پیگیری",
    "پلاک",
    "شبا",
    "بارکد",
    "شابک",
    "ISBN",
    "IBAN",
    "VIN",
];
/// Words before a telephone number without an area code.
const TELEPHONE_WORDS: &[&str] = &["تلفن", "تلفنی", "تماس", "فکس", "نمابر", "دورنگار"];
/// How many tokens before the number are searched for them.
const NEAR: usize = 4;
/// Most numbers that hyphens join to a code, on each side of one.
const MAX_PARTS: usize = 5;
/// The least digits of a code that is read digit by digit, of all its parts together.
const MIN_CODE_LENGTH: usize = 5;

/// The number at `at`, if it is one of these.
pub fn read(tokens: &[Token], at: usize) -> Option<Reading> {
    let token = tokens.get(at)?;
    let groups = match token.kind {
        TokenKind::Phone => phone(&token.text),
        TokenKind::Card => card(&token.text),
        TokenKind::Number => return code(tokens, at),
        _ => return None,
    };
    let mut said: Vec<String> = Vec::new();
    for group in groups {
        if !said.is_empty() {
            said.push("،".to_owned());
        }
        said.extend(group);
    }
    Some(Reading::new(1, said, SpokenKind::Phone))
}

fn digits_of(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn phone(text: &str) -> Vec<Vec<String>> {
    let digits = digits_of(text);
    let mut groups = Vec::new();
    let is_international = text.starts_with('+');
    let national = if let Some(national) = digits.strip_prefix("0098") {
        groups.push(group("0098"));
        national
    } else if let Some(national) = digits.strip_prefix("98").filter(|_| is_international) {
        groups.push(plus(group("98")));
        national
    } else if is_international {
        return vec![plus(digit_by_digit(&digits))];
    } else {
        digits.as_str()
    };
    let zero = usize::from(national.starts_with('0'));
    let is_mobile = national[zero..].starts_with('9');
    let lengths: &[usize] = if is_mobile {
        &[3, 3, 2, 2]
    } else {
        &[2, 2, 2, 2, 2]
    };
    let mut rest = national;
    for (number, length) in lengths.iter().enumerate() {
        let length = length + if number == 0 { zero } else { 0 };
        let Some((part, after)) = rest.split_at_checked(length) else {
            break;
        };
        groups.push(group(part));
        rest = after;
    }
    groups
}

fn plus(mut said: Vec<String>) -> Vec<String> {
    said.insert(0, "مثبت".to_owned());
    said
}

fn card(text: &str) -> Vec<Vec<String>> {
    let digits = digits_of(text);
    let mut groups = Vec::new();
    let mut rest = digits.as_str();
    while !rest.is_empty() {
        let (four, after) = rest.split_at_checked(4).unwrap_or((rest, ""));
        let (first, second) = four.split_at_checked(2).unwrap_or((four, ""));
        let mut said = group(first);
        said.extend(group(second));
        groups.push(said);
        rest = after;
    }
    groups
}

/// The tokens of the numbers that hyphens join to the one at `at`. A code has few of them.
fn chain(tokens: &[Token], at: usize) -> (usize, usize) {
    let is_joined = |hyphen: usize| {
        let is_number = |at: usize| {
            tokens
                .get(at)
                .is_some_and(|token| token.kind == TokenKind::Number && !token.spaced)
        };
        tokens
            .get(hyphen)
            .is_some_and(|token| token.text == "-" && !token.spaced)
            && is_number(hyphen + 1)
    };
    let (mut first, mut last) = (at, at);
    for _ in 0..MAX_PARTS {
        let before = first.checked_sub(2).and_then(|before| tokens.get(before));
        if before.is_some_and(|token| token.kind == TokenKind::Number) && is_joined(first - 1) {
            first -= 2;
        }
        if is_joined(last + 1) {
            last += 2;
        }
    }
    (first, last)
}

/// Whether the number at `at` is read as a code or as a telephone number.
pub fn is_code(tokens: &[Token], at: usize) -> bool {
    tokens
        .get(at)
        .is_some_and(|token| token.kind == TokenKind::Number)
        && code(tokens, at).is_some()
}

fn code(tokens: &[Token], at: usize) -> Option<Reading> {
    let digits = tokens.get(at)?.text.as_str();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (first, last) = chain(tokens, at);
    let length: usize = tokens[first..=last]
        .iter()
        .filter(|token| token.kind == TokenKind::Number)
        .map(|token| token.text.len())
        .sum();
    if length < MIN_CODE_LENGTH {
        return None;
    }
    let before = &tokens[first.saturating_sub(NEAR)..first];
    let has = |known: &[&str]| {
        before
            .iter()
            .rev()
            .take_while(|token| {
                matches!(token.kind, TokenKind::Word | TokenKind::Latin) || token.text == ":"
            })
            .any(|token| known.contains(&bare(&token.text).as_str()))
    };
    if digits.len() == 8 && has(TELEPHONE_WORDS) {
        let mut said = Vec::new();
        for start in (0..8).step_by(2) {
            if start > 0 {
                said.push("،".to_owned());
            }
            said.extend(group(&digits[start..start + 2]));
        }
        return Some(Reading::new(1, said, SpokenKind::Phone));
    }
    let is_named = has(CODE_WORDS) || has(TELEPHONE_WORDS);
    is_named.then(|| Reading::new(1, digit_by_digit(digits), SpokenKind::Phone))
}
