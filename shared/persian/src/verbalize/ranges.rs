//! The dash between two numbers: a range, a score, a minus, or nothing in 4-4-2.
//!
//! In order: a minus where it is U+2212 or the expression is arithmetic; silent where three numbers or more are joined, in
//! the numbers of tables and figures, and in 50-50; a
//! range where a unit or something counted stands behind; a score «بر» where a word of sports is near, or where the numbers
//! are below a thousand and the first isn't the smaller one; otherwise a range «تا».

use super::numbers::{number, whole};
use super::phone::is_code;
use super::spoken::{Reading, SpokenKind, character, is_glued, kind_at, previous, words};
use super::units::is_counted;
use crate::signs::bare;
use crate::tokens::{Token, TokenKind};

/// Words of sports. With one of them near, two numbers are a score.
const SPORTS: &[&str] = &[
    "نتیجه",
    "برد",
    "باخت",
    "گل",
    "گلی",
    "مساوی",
    "تساوی",
    "پیروزی",
    "پیروز",
    "شکست",
    "بازی",
    "مسابقه",
    "دیدار",
    "تیم",
    "ست",
    "نیمه",
    "پنالتی",
    "میزبان",
    "مهمان",
    "قهرمانی",
    "لیگ",
    "حریف",
    "دربی",
    "امتیاز",
];
/// Words before the number of a table or a figure.
const LABELS: &[&str] = &[
    "جدول",
    "شکل",
    "نمودار",
    "تصویر",
    "رابطه",
    "معادله",
    "تمرین",
    "مسئله",
    "بند",
    "پیوست",
    "نیمسال",
    "ترم",
];
/// Two equal numbers above it are shares rather than a score.
const MAX_GOALS: u64 = 20;
/// How many tokens on each side are near.
const NEAR: usize = 6;

/// The dash at `at`.
pub fn read(tokens: &[Token], at: usize) -> Option<Reading> {
    let dash = character(tokens, at).filter(|c| matches!(c, '-' | '−' | '–' | '—' | '~'))?;
    let before = previous(tokens, at)?;
    // A dash with a space on one side only is a sign or punctuation.
    if is_glued(tokens, at) != is_glued(tokens, at + 1) || !starts_number(tokens, at + 1) {
        return None;
    }
    let said = |phrase| Some(Reading::new(1, words(phrase), SpokenKind::Operator));
    if ends_quantity(before) && before.kind != TokenKind::Number {
        return said(if dash == '−' { "منهای" } else { "تا" });
    }
    if before.kind != TokenKind::Number {
        return None;
    }
    if dash == '~' {
        return said("تا");
    }
    if dash == '−' || is_arithmetic(tokens, at) {
        return said("منهای");
    }
    if is_chain(tokens, at)
        || is_label(tokens, at)
        || is_even_split(tokens, at)
        || (is_code(tokens, at + 1) && is_glued(tokens, at))
    {
        return said("");
    }
    said(if is_score(tokens, at) { "بر" } else { "تا" })
}

/// Whether a sign of arithmetic stands on the other side of one of the two numbers.
fn is_arithmetic(tokens: &[Token], at: usize) -> bool {
    let is_operator =
        |at: usize| matches!(character(tokens, at), Some('=' | '+' | '×' | '÷' | '*'));
    is_operator(at + 2) || (at >= 2 && is_operator(at - 2))
}

fn is_chain(tokens: &[Token], at: usize) -> bool {
    let is_link = |dash: usize, other: usize| {
        matches!(character(tokens, dash), Some('-' | '–'))
            && is_glued(tokens, dash)
            && kind_at(tokens, other) == Some(TokenKind::Number)
    };
    is_link(at + 2, at + 3) || (at >= 3 && is_link(at - 2, at - 3))
}

/// جدول ۲-۱: the second number is a number within the first.
fn is_label(tokens: &[Token], at: usize) -> bool {
    at.checked_sub(2)
        .and_then(|label| tokens.get(label))
        .is_some_and(|label| LABELS.contains(&bare(&label.text).as_str()))
}

/// 50-50: equal shares, where the numbers are no score.
fn is_even_split(tokens: &[Token], at: usize) -> bool {
    let first = previous(tokens, at).and_then(|first| whole(&first.text));
    let second = tokens.get(at + 1).and_then(|second| whole(&second.text));
    first == second && first.is_some_and(|share| share > MAX_GOALS) && !is_near_sports(tokens, at)
}

fn is_score(tokens: &[Token], at: usize) -> bool {
    let (Some(first), Some(second)) = (
        previous(tokens, at).and_then(|first| whole(&first.text)),
        tokens.get(at + 1).and_then(|second| whole(&second.text)),
    ) else {
        return false;
    };
    if first >= 1000 || second >= 1000 || is_counted(tokens, at + 2) {
        return false;
    }
    first >= second || is_near_sports(tokens, at)
}

/// Whether a word of sports stands within a few tokens of `at`.
pub fn is_near_sports(tokens: &[Token], at: usize) -> bool {
    let from = at.saturating_sub(NEAR);
    let to = (at + NEAR + 1).min(tokens.len());
    tokens[from..to]
        .iter()
        .any(|token| token.kind == TokenKind::Word && SPORTS.contains(&bare(&token.text).as_str()))
}

/// Whether a token may be the end of an amount, a date or a time.
fn ends_quantity(token: &Token) -> bool {
    match token.kind {
        TokenKind::Number | TokenKind::Fraction | TokenKind::Date | TokenKind::Time => true,
        TokenKind::Symbol => matches!(token.text.as_str(), "%" | "‰" | "°" | "$" | "€" | "£"),
        _ => false,
    }
}

fn starts_number(tokens: &[Token], at: usize) -> bool {
    match kind_at(tokens, at) {
        Some(TokenKind::Number | TokenKind::Fraction | TokenKind::Date | TokenKind::Time) => true,
        Some(TokenKind::Symbol) => {
            number(tokens, at).is_some()
                || (matches!(tokens[at].text.as_str(), "%" | "$" | "€" | "£")
                    && number(tokens, at + 1).is_some())
        }
        _ => false,
    }
}
