//! Units behind numbers: signs, degrees, powers and quotients of units.

use super::cardinal::ordinal;
use super::numbers::lowered;
use super::spoken::{is_glued, is_text, kind_at, words};
use super::unit_names::{COUNTED, MEASURED, UNITS};
use crate::signs::{bare, with_ezafe};
use crate::tokens::{Token, TokenKind};

/// The unit at `at`, right behind a number, in words, and the tokens that it takes.
pub fn unit(tokens: &[Token], at: usize) -> Option<(Vec<String>, usize)> {
    if let Some(degrees) = degrees(tokens, at) {
        return Some(degrees);
    }
    let (mut said, mut used) = part(tokens, at)?;
    let is_quotient = is_text(tokens, at + used, "/") && is_glued(tokens, at + used);
    if is_quotient
        && is_glued(tokens, at + used + 1)
        && let Some((below, more)) = below(tokens, at + used + 1)
    {
        said.push("بر".to_owned());
        said.extend(below);
        used += 1 + more;
    }
    Some((said, used))
}

/// What a quotient is over. A second is squared by another word than a metre.
fn below(tokens: &[Token], at: usize) -> Option<(Vec<String>, usize)> {
    let sign = tokens.get(at)?.text.as_str();
    let is_time = matches!(sign, "s" | "h" | "min");
    let is_squared = is_glued(tokens, at + 1) && is_text(tokens, at + 1, "²");
    match sign {
        "s" | "s2" if is_squared || sign == "s2" => {
            Some((words("مجذورِ ثانیه"), if is_squared { 2 } else { 1 }))
        }
        "h" => Some((words("ساعت"), 1)),
        _ if is_time => part(tokens, at).map(|(said, _)| (said, 1)),
        _ => part(tokens, at),
    }
}

/// A unit with its power.
fn part(tokens: &[Token], at: usize) -> Option<(Vec<String>, usize)> {
    let token = tokens.get(at)?;
    if token.kind == TokenKind::Symbol {
        let name = match token.text.as_str() {
            // Of an angle: 45°30′15″.
            "′" if at > 1 && is_text(tokens, at - 2, "°") => "دقیقه",
            "″" if at > 1 && is_text(tokens, at - 2, "′") => "ثانیه",
            "″" => "اینچ",
            "′" => "فوت",
            _ => return None,
        };
        return Some((words(name), 1));
    }
    if token.kind == TokenKind::Word {
        return persian_power(tokens, at);
    }
    let name = |sign: &str| {
        UNITS
            .iter()
            .find(|unit| unit.sign == sign && !(unit.glued_only && token.spaced))
            .map(|unit| unit.name)
    };
    if let Some(name) = name(&token.text) {
        let raised = tokens
            .get(at + 1)
            .filter(|raised| raised.kind == TokenKind::Superscript && !raised.spaced);
        return Some(match raised {
            Some(raised) => (powered(name, &lowered(&raised.text)), 2),
            None => (words(name), 1),
        });
    }
    // Typed on one line: m2, km2, m3.
    let sign = token.text.trim_end_matches(['2', '3']);
    let power = &token.text[sign.len()..];
    let is_length = sign.ends_with('m') && power.len() == 1;
    let name = name(sign).filter(|_| is_length)?;
    Some((powered(name, power), 1))
}

/// م² and متر².
fn persian_power(tokens: &[Token], at: usize) -> Option<(Vec<String>, usize)> {
    let name = bare(&tokens.get(at)?.text);
    let raised = tokens
        .get(at + 1)
        .filter(|raised| raised.kind == TokenKind::Superscript && !raised.spaced)?;
    let name = match name.as_str() {
        "م" => "متر",
        name if name.ends_with("متر") => name,
        _ => return None,
    };
    Some((powered(name, &lowered(&raised.text)), 2))
}

/// متر and 2: مترِ مربع.
fn powered(name: &str, power: &str) -> Vec<String> {
    let mut said = vec![with_ezafe(name)];
    match power {
        "2" => said.push("مربع".to_owned()),
        "3" => said.push("مکعب".to_owned()),
        _ => {
            said = words(name);
            said.extend(words("به توانِ"));
            said.extend(ordinal(power.parse().unwrap_or_default()));
        }
    }
    said
}

fn degrees(tokens: &[Token], at: usize) -> Option<(Vec<String>, usize)> {
    if !is_text(tokens, at, "°") {
        return None;
    }
    let scale = tokens
        .get(at + 1)
        .filter(|scale| scale.kind == TokenKind::Latin && !scale.spaced);
    Some(match scale.map(|scale| scale.text.as_str()) {
        Some("C") => (words("درجهٔ سانتی‌گراد"), 2),
        Some("F") => (words("درجهٔ فارنهایت"), 2),
        _ => (words("درجه"), 1),
    })
}

/// Whether what stands at `at`, behind a number, says that the number counts or measures.
pub fn is_counted(tokens: &[Token], at: usize) -> bool {
    is_measured(tokens, at) || is_one_of(tokens, at, COUNTED)
}

/// The same, without the words that may begin something new behind a year or an hour.
pub fn is_measured(tokens: &[Token], at: usize) -> bool {
    match kind_at(tokens, at) {
        Some(TokenKind::Symbol) => matches!(
            tokens[at].text.as_str(),
            "%" | "‰" | "°" | "$" | "€" | "£" | "¥"
        ),
        _ => is_one_of(tokens, at, MEASURED) || unit(tokens, at).is_some(),
    }
}

fn is_one_of(tokens: &[Token], at: usize, names: &[&str]) -> bool {
    tokens.get(at).is_some_and(|token| {
        token.kind == TokenKind::Word && names.contains(&bare(&token.text).as_str())
    })
}
