//! Numbers with their sign, their decimals or their fraction, and a power.

use super::cardinal::{cardinal, digit_by_digit, integer, value};
use super::fractions::{fraction, is_fraction, parts, pressure};
use super::spoken::{character, is_glued, kind_at, previous, words};
use crate::signs::bare;
use crate::tokens::{Token, TokenKind};

/// Words before numbers whose dot is no decimal point.
const NUMBERED: &[&str] = &[
    "بند",
    "شکل",
    "جدول",
    "نمودار",
    "فصل",
    "بخش",
    "ماده",
    "قسمت",
    "نسخه",
    "ورژن",
    "تمرین",
    "رابطه",
];

/// A number in words.
pub struct Number {
    /// How many tokens it takes.
    pub used: usize,
    pub words: Vec<String>,
    /// The number, where it is a whole one without sign and power.
    pub whole: Option<u64>,
}

/// The number at `at`.
pub fn number(tokens: &[Token], at: usize) -> Option<Number> {
    let signed = sign(tokens, at);
    let start = at + usize::from(signed.is_some());
    let token = tokens.get(start)?;
    let mut found = match token.kind {
        TokenKind::Fraction => Number {
            used: 1,
            words: fraction(&token.text)?,
            whole: None,
        },
        TokenKind::Number => {
            whole_and_fraction(tokens, start).unwrap_or_else(|| unsigned(tokens, start))
        }
        _ => return None,
    };
    if let Some((power, used)) = power(tokens, start + found.used) {
        found.words.extend(power);
        found.used += used;
        found.whole = None;
    }
    let behind = sign_behind(tokens, at, start + found.used);
    if let Some(sign) = signed.or(behind) {
        found.words.insert(0, sign.to_owned());
        found.used += 1;
        found.whole = None;
    }
    Some(found)
}

/// The number of one token, without sign and power.
fn unsigned(tokens: &[Token], at: usize) -> Number {
    let text = tokens.get(at).map_or("", |token| token.text.as_str());
    let divided = is_fraction(tokens, at)
        .then(|| fraction(text))
        .flatten()
        .or_else(|| pressure(tokens, at))
        .or_else(|| two_years(text))
        .or_else(|| numbered(tokens, at));
    let (words, whole) = match divided {
        Some(words) => (words, None),
        None => match thousands_of_money(tokens, at) {
            Some(thousands) => (cardinal(thousands), Some(thousands)),
            None => (decimal(text), whole(text)),
        },
    };
    Number {
        used: 1,
        words,
        whole,
    }
}

/// «منفی» or «مثبت», where the token at `at` is the sign of the number behind it: it touches that number and nothing
/// before it.
pub fn sign(tokens: &[Token], at: usize) -> Option<&'static str> {
    let said = match character(tokens, at)? {
        '-' | '−' | '–' => "منفی",
        '+' => "مثبت",
        _ => return None,
    };
    let before_number = is_glued(tokens, at + 1)
        && matches!(
            kind_at(tokens, at + 1),
            Some(TokenKind::Number | TokenKind::Fraction)
        );
    let touches_nothing = !is_glued(tokens, at)
        || previous(tokens, at).is_none_or(|before| {
            matches!(before.kind, TokenKind::Punctuation | TokenKind::Symbol)
                && !matches!(before.text.as_str(), ")" | "»" | "%")
        });
    (before_number && touches_nothing).then_some(said)
}

/// 12.500 before تومان and ریال, which have no smaller parts: the separator is one of thousands.
fn thousands_of_money(tokens: &[Token], at: usize) -> Option<u64> {
    let currency = bare(&tokens.get(at + 1)?.text);
    let (above, below) = tokens.get(at)?.text.split_once(['.', '/'])?;
    let is_whole = matches!(currency.as_str(), "تومان" | "ریال") && below.len() == 3;
    let fits = is_whole && (1..=3).contains(&above.len()) && !above.starts_with('0');
    value(&format!("{above}{below}")).filter(|_| fits)
}

/// بند ۱.۲ and نسخهٔ ۲.۵: the dot parts two numbers.
fn numbered(tokens: &[Token], at: usize) -> Option<Vec<String>> {
    let label = previous(tokens, at)?;
    let (first, second) = tokens.get(at)?.text.split_once('.')?;
    let is_label = NUMBERED.contains(&bare(&label.text).as_str()) && !second.contains('.');
    let mut said = integer(first);
    said.push("نقطه".to_owned());
    said.extend(integer(second));
    is_label.then_some(said)
}

/// 1402/1403: two years, with a pause between them.
fn two_years(text: &str) -> Option<Vec<String>> {
    let (first, second) = parts(text)?;
    let are_years = [first, second]
        .iter()
        .all(|year| (1200..=2199).contains(year));
    let mut said = cardinal(first);
    said.push("،".to_owned());
    said.extend(cardinal(second));
    (are_years && text.contains('/')).then_some(said)
}

/// A sign behind the number, where right-to-left text puts it: «دمای ۵- درجه». Only before degrees or تا, and not at the
/// beginning, where it is the number of a list.
fn sign_behind(tokens: &[Token], at: usize, behind: usize) -> Option<&'static str> {
    let is_sign = at > 0 && is_glued(tokens, behind) && !is_glued(tokens, behind + 1);
    let is_before_degrees = tokens
        .get(behind + 1)
        .is_some_and(|word| matches!(bare(&word.text).as_str(), "درجه" | "تا" | "°"));
    match character(tokens, behind)? {
        '-' | '−' if is_sign && is_before_degrees => Some("منفی"),
        '+' if is_sign && is_before_degrees => Some("مثبت"),
        _ => None,
    }
}

/// A whole number and a fraction behind a space: 1 1⁄2, 3 1/4.
fn whole_and_fraction(tokens: &[Token], at: usize) -> Option<Number> {
    let first = whole(&tokens.get(at)?.text)?;
    let second = tokens.get(at + 1)?;
    let (numerator, denominator) = parts(&second.text)?;
    let is_mixed = match second.kind {
        TokenKind::Fraction => true,
        TokenKind::Number => denominator <= 16,
        _ => false,
    };
    if !(is_mixed && second.spaced && numerator < denominator && first > 0 && first < 1000) {
        return None;
    }
    let mut said = cardinal(first);
    said.push("و".to_owned());
    if (numerator, denominator) == (1, 2) {
        said.push("نیم".to_owned());
    } else {
        said.extend(fraction(&second.text)?);
    }
    Some(Number {
        used: 2,
        words: said,
        whole: None,
    })
}

/// The number that a token is, where it is a whole one.
pub fn whole(text: &str) -> Option<u64> {
    let (digits, decimals) = split(text);
    let is_whole = decimals.is_none() && (digits.len() == 1 || !digits.starts_with('0'));
    is_whole.then(|| value(&digits)).flatten()
}

/// A number with its decimals: سه ممیز پنج. Zeros in front of the decimals are named one by one, up to three digits behind
/// them are a number, and more are read digit by digit.
pub fn decimal(text: &str) -> Vec<String> {
    let (digits, decimals) = split(text);
    let mut said = integer(&digits);
    let Some(decimals) = decimals else {
        return said;
    };
    said.push("ممیز".to_owned());
    let rest = decimals.trim_start_matches('0');
    if rest.len() > 3 {
        said.extend(digit_by_digit(&decimals));
    } else {
        said.extend(digit_by_digit(&decimals[..decimals.len() - rest.len()]));
        said.extend(if rest.is_empty() {
            Vec::new()
        } else {
            integer(rest)
        });
    }
    said
}

/// The digits before the decimal separator without those of thousands, and the digits behind it.
fn split(text: &str) -> (String, Option<String>) {
    let is_thousands = |separator: char| {
        matches!(separator, '٬' | '،')
            || (matches!(separator, '.' | '/') && text.matches(separator).count() > 1)
    };
    let parts_thousands: Vec<char> = ['٬', '،', '.', '/']
        .into_iter()
        .filter(|&separator| is_thousands(separator))
        .collect();
    let plain: String = text
        .chars()
        .filter(|separator| !parts_thousands.contains(separator))
        .collect();
    match plain.split_once(['.', '٫', '/']) {
        Some((digits, decimals)) => (digits.to_owned(), Some(decimals.to_owned())),
        None => (plain, None),
    }
}

/// The power at `at` and its tokens: raised digits, or ^ with a number.
fn power(tokens: &[Token], at: usize) -> Option<(Vec<String>, usize)> {
    if !is_glued(tokens, at) {
        return None;
    }
    let token = tokens.get(at)?;
    let mut said = words("به توانِ");
    if token.kind == TokenKind::Superscript {
        said.extend(exponent(&token.text));
        return Some((said, 1));
    }
    let sign = sign(tokens, at + 1);
    let number_at = at + 1 + usize::from(sign.is_some());
    let exponent = tokens.get(number_at)?;
    if token.text != "^" || exponent.kind != TokenKind::Number || exponent.spaced {
        return None;
    }
    said.extend(sign.map(str::to_owned));
    said.extend(decimal(&exponent.text));
    Some((said, number_at + 1 - at))
}

/// Raised digits, perhaps behind a raised minus, in words.
pub fn exponent(raised: &str) -> Vec<String> {
    let mut said = if raised.starts_with('⁻') {
        words("منفی")
    } else {
        Vec::new()
    };
    said.extend(integer(&lowered(raised)));
    said
}

/// Raised digits as ordinary ones.
pub fn lowered(raised: &str) -> String {
    raised
        .chars()
        .filter_map(|digit| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|raised| raised == digit))
        .filter_map(|digit| char::from_digit(digit as u32, 10))
        .collect()
}
