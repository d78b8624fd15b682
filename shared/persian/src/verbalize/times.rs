//! Times of day. Full hours are the number alone: 9:00 is «نه».

use super::cardinal::{cardinal, value};
use super::ranges::is_near_sports;
use super::spoken::{Reading, SpokenKind, is_glued, is_text, kind_at, previous, words};
use crate::signs::{bare, with_ezafe};
use crate::tokens::{Token, TokenKind};

/// A time of day at `at`, or another two numbers around a colon.
pub fn read(tokens: &[Token], at: usize) -> Option<Reading> {
    let token = tokens.get(at)?;
    let is_short = token.kind == TokenKind::Ratio && is_short_time(tokens, at);
    let is_ratio = (token.kind == TokenKind::Ratio && !is_short)
        || (token.kind == TokenKind::Time && is_behind(tokens, at, &["نسبت", "مقیاس"]));
    if is_ratio {
        return ratio(tokens, at);
    }
    let said = match token.kind {
        TokenKind::Time | TokenKind::Ratio => clock(&token.text, ':')?,
        // ۱۴.۳۰ is a time behind ساعت only.
        TokenKind::Number if half_of_day(tokens, at + 1).is_some() => full_hour(&token.text)?,
        TokenKind::Number if is_behind(tokens, at, &["ساعت"]) => dotted(&token.text)?,
        _ => return None,
    };
    let mut said = said;
    let has_name = tokens
        .get(at + 1)
        .is_some_and(|word| bare(&word.text) == "دقیقه");
    if has_name && said.last().is_some_and(|last| last == "دقیقه") {
        said.pop();
    }
    Some(with_half_of_day(tokens, at, said))
}

/// ۷:۵ behind ساعت.
fn is_short_time(tokens: &[Token], at: usize) -> bool {
    let parts: Option<Vec<u64>> = tokens
        .get(at)
        .and_then(|token| token.text.split(':').map(value).collect());
    is_behind(tokens, at, &["ساعت"]) && matches!(parts.as_deref(), Some([0..=24, 0..=59]))
}

fn is_behind(tokens: &[Token], at: usize, names: &[&str]) -> bool {
    previous(tokens, at).is_some_and(|word| names.contains(&bare(&word.text).as_str()))
}

fn ratio(tokens: &[Token], at: usize) -> Option<Reading> {
    let (first, second) = tokens.get(at)?.text.split_once(':')?;
    let between = if is_near_sports(tokens, at) {
        "بر"
    } else {
        "به"
    };
    let mut said = super::cardinal::integer(first);
    said.push(between.to_owned());
    for (number, part) in second.split(':').enumerate() {
        if number > 0 {
            said.push("به".to_owned());
        }
        said.extend(super::cardinal::integer(part));
    }
    Some(Reading::new(1, said, SpokenKind::Number))
}

fn dotted(text: &str) -> Option<Vec<String>> {
    let (hours, minutes) = text.split_once('.')?;
    let is_time = hours.len() <= 2 && minutes.len() == 2;
    let fits = value(hours)? <= 24 && value(minutes)? <= 59;
    (is_time && fits).then(|| clock(text, '.'))?
}

/// Hours, minutes and seconds; those that are zero aren't said.
fn clock(text: &str, separator: char) -> Option<Vec<String>> {
    let mut parts = text.split(separator);
    let mut said = cardinal(value(parts.next()?)?);
    for (part, name) in parts.zip(["دقیقه", "ثانیه"]) {
        let number = value(part)?;
        if number > 0 {
            said.push("و".to_owned());
            said.extend(cardinal(number));
            said.push(name.to_owned());
        }
    }
    Some(said)
}

fn half_of_day(tokens: &[Token], at: usize) -> Option<&'static str> {
    match tokens.get(at)?.text.to_ascii_lowercase().as_str() {
        "am" => Some("صبح"),
        "pm" => Some("بعدازظهر"),
        _ => None,
    }
}

/// The hour of 5pm.
fn full_hour(text: &str) -> Option<Vec<String>> {
    value(text)
        .filter(|hour| (1..=12).contains(hour))
        .map(cardinal)
}

/// AM and PM behind the time, which it leads on to with an ezafe.
fn with_half_of_day(tokens: &[Token], at: usize, mut said: Vec<String>) -> Reading {
    let half = half_of_day(tokens, at + 1);
    if is_text(tokens, at + 1, "Z") && is_glued(tokens, at + 1) {
        said.extend(words("به وقتِ گرینویچ"));
        return Reading::new(2, said, SpokenKind::Time);
    }
    let Some(half) = half else {
        return Reading::new(1, said, SpokenKind::Time);
    };
    if let Some(last) = said.last_mut() {
        *last = with_ezafe(last);
    }
    said.extend(words(half));
    Reading::new(2, said, SpokenKind::Time)
}

/// Whether what stands at `at` is an hour behind ساعت.
pub fn is_hour(tokens: &[Token], at: usize) -> bool {
    let Some(token) = tokens.get(at) else {
        return false;
    };
    match token.kind {
        TokenKind::Time => true,
        TokenKind::Ratio => is_short_time(tokens, at),
        TokenKind::Number => {
            let is_hour = value(&token.text).is_some_and(|hour| hour <= 24);
            (is_hour || dotted(&token.text).is_some())
                && !(kind_at(tokens, at + 1) == Some(TokenKind::Symbol)
                    && is_glued(tokens, at + 1)
                    && tokens[at + 1].text == "%")
        }
        _ => false,
    }
}
