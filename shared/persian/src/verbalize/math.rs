//! Signs of arithmetic between their operands, and a few before one.

use super::numbers::{exponent, number};
use super::spoken::{Reading, SpokenKind, character, is_glued, is_text, kind_at, previous, words};
use crate::tokens::{Token, TokenKind};

/// The sign at `at`.
pub fn read(tokens: &[Token], at: usize) -> Option<Reading> {
    if let Some(power) = power(tokens, at) {
        return Some(power);
    }
    let sign = character(tokens, at)?;
    if !matches!(
        kind_at(tokens, at),
        Some(TokenKind::Symbol | TokenKind::Punctuation)
    ) {
        return None;
    }
    let said = |phrase| Some(Reading::new(1, words(phrase), SpokenKind::Operator));
    if let Some(phrase) = before_number(tokens, at, sign) {
        return said(phrase);
    }
    let left = previous(tokens, at)?;
    let is_even = is_glued(tokens, at) == is_glued(tokens, at + 1);
    let right = is_operand(tokens, at + 1) || number(tokens, at + 1).is_some();
    if !(is_even && right && ends_operand(left)) {
        return None;
    }
    let among_words =
        left.kind == TokenKind::Word && kind_at(tokens, at + 1) == Some(TokenKind::Word);
    let phrase = match sign {
        '+' => "به‌علاوهٔ",
        '&' if left.kind == TokenKind::Latin => "اَند",
        '&' => "و",
        _ if among_words => return None,
        '−' => "منهای",
        '-' | '–' if is_in_equation(tokens, at) => "منهای",
        '×' | '*' | 'x' | 'X' if is_product(tokens, at) => "ضرب‌در",
        '×' | 'x' | 'X' => "در",
        '÷' => "تقسیم بر",
        '/' if !is_glued(tokens, at) => "تقسیم بر",
        '=' => "مساوی با",
        '<' => "کوچک‌تر از",
        '>' => "بزرگ‌تر از",
        '≤' => "کوچک‌تر یا مساوی با",
        '≥' => "بزرگ‌تر یا مساوی با",
        '≠' => "نامساوی با",
        '≈' => "تقریباً برابر با",
        '±' => "به‌علاوه منهای",
        _ => return None,
    };
    said(phrase)
}

/// The power of a letter or a bracket: x², x^2. Numbers have theirs already.
fn power(tokens: &[Token], at: usize) -> Option<Reading> {
    let base = previous(tokens, at).filter(|_| is_glued(tokens, at))?;
    let has_power = matches!(base.kind, TokenKind::Latin | TokenKind::Greek) || base.text == ")";
    let mut said = words("به توانِ");
    if kind_at(tokens, at) == Some(TokenKind::Superscript) && has_power {
        said.extend(exponent(&tokens[at].text));
        return Some(Reading::new(1, said, SpokenKind::Operator));
    }
    let is_sign = is_text(tokens, at, "^") && is_glued(tokens, at + 1);
    let behind = number(tokens, at + 1).filter(|_| is_sign && has_power)?;
    said.extend(behind.words);
    Some(Reading::new(1 + behind.used, said, SpokenKind::Operator))
}

fn before_number(tokens: &[Token], at: usize, sign: char) -> Option<&'static str> {
    let before_number = kind_at(tokens, at + 1) == Some(TokenKind::Number);
    let before_operand = before_number || is_operand(tokens, at + 1);
    let alone =
        previous(tokens, at).is_none_or(|left| !ends_operand(left) || !is_glued(tokens, at));
    match sign {
        '√' if before_operand => Some("جذرِ"),
        '~' if before_number && alone && is_glued(tokens, at + 1) => Some("حدودِ"),
        '±' if before_number && alone && is_glued(tokens, at + 1) => Some("به‌علاوه منهای"),
        _ => None,
    }
}

/// 6 × 7 and 6×7=42 are products, 3×4 without more is a size.
fn is_product(tokens: &[Token], at: usize) -> bool {
    let is_power_of_ten = is_text(tokens, at + 1, "10")
        && (kind_at(tokens, at + 2) == Some(TokenKind::Superscript)
            || is_text(tokens, at + 2, "^"));
    is_power_of_ten
        || !is_glued(tokens, at)
        || character(tokens, at) == Some('*')
        || is_in_equation(tokens, at)
}

/// Whether a sign of arithmetic stands on the other side of one of the operands.
fn is_in_equation(tokens: &[Token], at: usize) -> bool {
    let is_operator = |at: usize| matches!(character(tokens, at), Some('=' | '+' | '÷' | '−'));
    is_operator(at + 2) || (at >= 2 && is_operator(at - 2))
}

fn ends_operand(token: &Token) -> bool {
    is_operand_kind(token.kind)
        || token.kind == TokenKind::Superscript
        || matches!(token.text.as_str(), ")" | "%" | "°" | "∞")
}

fn is_operand(tokens: &[Token], at: usize) -> bool {
    kind_at(tokens, at).is_some_and(is_operand_kind)
        || ["(", "√", "∞"]
            .iter()
            .any(|start| is_text(tokens, at, start))
}

fn is_operand_kind(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Number
            | TokenKind::Fraction
            | TokenKind::Latin
            | TokenKind::Greek
            | TokenKind::Word
            | TokenKind::Date
            | TokenKind::Time
            | TokenKind::Dotted
            | TokenKind::Card
            | TokenKind::Phone
    )
}
