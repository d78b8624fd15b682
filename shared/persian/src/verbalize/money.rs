//! Amounts of money. In speech the number comes first, then its scale, then the currency: $1.5 میلیون is «یک ممیز پنج
//! میلیون دلار».

use super::numbers::{number, sign};
use super::spoken::{Reading, SpokenKind, character, is_glued, is_text, words};
use crate::signs::bare;
use crate::tokens::{Token, TokenKind};

/// Currencies by their signs.
const SIGNS: &[(char, &str)] = &[
    ('$', "دلار"),
    ('€', "یورو"),
    ('£', "پوند"),
    ('¥', "ین"),
    ('₺', "لیر"),
    ('₽', "روبل"),
    ('₹', "روپیه"),
    ('₿', "بیت‌کوین"),
    ('₩', "وون"),
    ('¢', "سنت"),
    ('﷼', "ریال"),
];

/// Currencies by their codes (ISO 4217), which stand behind the number or before it.
const CODES: &[(&str, &str)] = &[
    ("USD", "دلار"),
    ("EUR", "یورو"),
    ("GBP", "پوند"),
    ("JPY", "ین"),
    ("IRR", "ریال"),
    ("IRT", "تومان"),
    ("TRY", "لیر"),
    ("AED", "درهم"),
    ("CNY", "یوآن"),
    ("RUB", "روبل"),
    ("CHF", "فرانک"),
    ("CAD", "دلارِ کانادا"),
    ("AUD", "دلارِ استرالیا"),
    ("INR", "روپیه"),
    ("IQD", "دینار"),
    ("AFN", "افغانی"),
];

/// Words of scale between the number and the currency.
const SCALES: &[&str] = &["هزار", "میلیون", "میلیارد", "تریلیون"];

/// The name of the currency whose sign is at `at`.
pub fn currency_sign(tokens: &[Token], at: usize) -> Option<&'static str> {
    let sign = character(tokens, at)?;
    SIGNS
        .iter()
        .find(|(known, _)| *known == sign)
        .map(|(_, name)| *name)
}

fn currency_code(tokens: &[Token], at: usize) -> Option<&'static str> {
    let code = tokens.get(at)?;
    CODES
        .iter()
        .find(|(known, _)| *known == code.text)
        .map(|(_, name)| *name)
}

/// The currency behind a number at `at`, perhaps with a word of scale between, in words.
pub fn currency_behind(tokens: &[Token], at: usize) -> Option<(Vec<String>, usize)> {
    if is_text(tokens, at, "ت") && is_glued(tokens, at) {
        return Some((words("تومان"), 1));
    }
    let scale = scale(tokens, at);
    let sign_at = at + usize::from(scale.is_some());
    // A sign that touches the next number belongs to that one.
    let belongs_to_next = tokens.get(sign_at).is_some_and(|sign| sign.spaced)
        && is_glued(tokens, sign_at + 1)
        && number(tokens, sign_at + 1).is_some();
    let name = currency_sign(tokens, sign_at)
        .filter(|_| !belongs_to_next)
        .or_else(|| currency_code(tokens, sign_at))?;
    let mut said: Vec<String> = scale.into_iter().collect();
    said.extend(words(name));
    let used = sign_at + 1 - at;
    Some((said, used))
}

fn scale(tokens: &[Token], at: usize) -> Option<String> {
    let token = tokens.get(at)?;
    let is_scale = token.kind == TokenKind::Word && SCALES.contains(&bare(&token.text).as_str());
    is_scale.then(|| token.text.clone())
}

/// An amount whose currency is written before it: $5, -$5, €5–10, $1.5 میلیون, $3M.
pub fn read(tokens: &[Token], at: usize) -> Option<Reading> {
    let is_negative = matches!(character(tokens, at), Some('-' | '−'))
        && is_glued(tokens, at + 1)
        && tokens.get(at)?.spaced;
    let sign_at = at + usize::from(is_negative);
    let name = currency_sign(tokens, sign_at).or_else(|| currency_code(tokens, sign_at))?;
    let first = number(tokens, sign_at + 1)?;
    let mut said = if is_negative {
        words("منفی")
    } else {
        Vec::new()
    };
    said.extend(first.words);
    let mut end = sign_at + 1 + first.used;
    if let Some((second, used)) = rest_of_range(tokens, end) {
        said.push("تا".to_owned());
        said.extend(second);
        end += used;
    }
    let letter = tokens.get(end).filter(|letter| !letter.spaced);
    match letter.map(|letter| letter.text.as_str()) {
        Some("M" | "m") => said.push("میلیون".to_owned()),
        Some("B" | "bn") => said.push("میلیارد".to_owned()),
        Some("K" | "k") => said.push("هزار".to_owned()),
        _ => {
            if let Some(scale) = scale(tokens, end) {
                said.push(scale);
                end += 1;
            }
            end -= 1;
        }
    }
    end += 1;
    said.extend(words(name));
    Some(Reading::new(end - at, said, SpokenKind::Money))
}

/// «–10» and «–$10» behind $5.
fn rest_of_range(tokens: &[Token], at: usize) -> Option<(Vec<String>, usize)> {
    let is_dash = matches!(character(tokens, at), Some('-' | '–' | '—'));
    let spacing_is_even = is_glued(tokens, at) == is_glued(tokens, at + 1);
    let number_at = at + 1 + usize::from(currency_sign(tokens, at + 1).is_some());
    let is_number = is_dash && spacing_is_even && sign(tokens, number_at).is_none();
    let second = number(tokens, number_at).filter(|_| is_number)?;
    Some((second.words, number_at + second.used - at))
}
