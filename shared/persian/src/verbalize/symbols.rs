//! Symbols that are read by their names wherever they stand, and the silent ones.

use super::money::currency_sign;
use super::spoken::{Reading, SpokenKind, character, kind_at, words};
use crate::tokens::{Token, TokenKind};

/// The symbol at `at` by its name.
pub fn read(tokens: &[Token], at: usize) -> Option<Reading> {
    if tokens.get(at)?.kind != TokenKind::Symbol {
        return None;
    }
    let name = match character(tokens, at)? {
        '%' => "درصد",
        '‰' => "در هزار",
        '@' => "ات ساین",
        '∞' => "بی‌نهایت",
        '#' if kind_at(tokens, at + 1) == Some(TokenKind::Number) => "شمارهٔ",
        '§' if kind_at(tokens, at + 1) == Some(TokenKind::Number) => "بندِ",
        _ => currency_sign(tokens, at)?,
    };
    Some(Reading::new(1, words(name), SpokenKind::Symbol))
}

/// Whether the symbol of a token between these two neighbours may have a reading.
pub fn may_be_read(token: &Token, before: Option<&Token>, after: Option<&Token>) -> bool {
    let symbol = token.text.chars().next().unwrap_or(' ');
    let has_kind = |token: Option<&Token>, kinds: &[TokenKind]| {
        token.is_some_and(|token| kinds.contains(&token.kind))
    };
    let words = [TokenKind::Word, TokenKind::Latin, TokenKind::Greek];
    let beside_number = [before, after]
        .into_iter()
        .any(|token| token.is_some_and(is_reckoned));
    match symbol {
        '%' | '‰' | '@' | '∞' | '$' | '€' | '£' | '¥' | '₺' | '₽' | '₹' | '₿' | '₩' | '¢' | '﷼' => {
            true
        }
        '+' | '=' | '&' if has_kind(before, &words) && has_kind(after, &words) => {
            let is_even = after.is_some_and(|after| after.spaced == token.spaced);
            let among_words = has_kind(before, &words[..1]) && has_kind(after, &words[..1]);
            beside_number || (is_even && (symbol != '=' || !among_words))
        }
        _ => beside_number,
    }
}

/// Whether a token is reckoned with, so that signs beside it count.
fn is_reckoned(token: &Token) -> bool {
    match token.kind {
        TokenKind::Word | TokenKind::Phonemes | TokenKind::Punctuation | TokenKind::Superscript => {
            false
        }
        TokenKind::Symbol => "$€£¥₺₽₹₿₩¢﷼%‰∞".contains(&token.text),
        _ => true,
    }
}
