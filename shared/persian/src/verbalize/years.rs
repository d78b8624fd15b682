//! Words that lead on to a number with an ezafe which readers always say: «سالِ هزار و …», «ساعتِ پنج».

use super::numbers::whole;
use super::spoken::{Reading, SpokenKind, kind_at, previous};
use super::times::is_hour;
use super::units::is_measured;
use crate::signs::{bare, with_ezafe};
use crate::tokens::{Token, TokenKind};

/// Words before سال and ساعت that make them something counted.
const COUNTING: &[&str] = &[
    "هر",
    "چند",
    "یک",
    "دو",
    "سه",
    "چهار",
    "پنج",
    "شش",
    "هفت",
    "هشت",
    "نه",
    "ده",
    "بیست",
    "سی",
    "چهل",
    "پنجاه",
    "صد",
    "هزار",
    "چندین",
    "نیم",
    "این",
    "آن",
    "همان",
    "همین",
];

/// سال before a year and ساعت before an hour.
pub fn read(tokens: &[Token], at: usize) -> Option<Reading> {
    let word = tokens.get(at).filter(|word| word.kind == TokenKind::Word)?;
    let leads_on = match bare(&word.text).as_str() {
        "سال" => is_year(tokens, at + 1),
        "ساعت" => is_hour(tokens, at + 1),
        _ => return None,
    };
    let before_clock = kind_at(tokens, at + 1) == Some(TokenKind::Time);
    let is_counted_itself = previous(tokens, at).is_some_and(|before| match before.kind {
        TokenKind::Word => COUNTING.contains(&bare(&before.text).as_str()),
        // Four digits are rather the year of a date.
        TokenKind::Number => before.text.len() != 4 && !before_clock,
        TokenKind::Fraction => true,
        _ => false,
    });
    let fits = leads_on && !is_counted_itself && !is_measured(tokens, at + 2);
    fits.then(|| Reading::new(1, vec![with_ezafe(&word.text)], SpokenKind::Written))
}

/// A number of four digits that may be a year, or of two.
fn is_year(tokens: &[Token], at: usize) -> bool {
    tokens
        .get(at)
        .filter(|year| year.kind == TokenKind::Number)
        .and_then(|year| whole(&year.text))
        .is_some_and(|year| (10..=2199).contains(&year))
}
