//! Before anything is read: what can't have a reading is taken out, so that it parts no abbreviation, straight quotes are
//! paired, hyphens inside compounds are closed up, and runs of punctuation become one sign.

use super::calendar::english_month;
use super::symbols::may_be_read;
use crate::signs::bare;
use crate::span::{DropReason, Span};
use crate::tokens::{Token, TokenKind};

/// Longest Latin word that may have a power, as in mc².
const MAX_RAISED: usize = 3;

/// How many tokens back an opening bracket is looked for.
const MAX_REMARK: usize = 100;

/// The tokens that are left, and what was taken out.
pub fn prepare(tokens: &[Token]) -> (Vec<Token>, Vec<(Span, DropReason)>) {
    let mut kept: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut unread = Vec::new();
    let mut quote_is_open = false;
    let mut after_gap = false;
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| tokens.get(before));
        let after = tokens.get(at + 1);
        let mut token = token.clone();
        token.spaced |= after_gap;
        after_gap = false;
        let base = at.checked_sub(2).and_then(|base| tokens.get(base));
        match classify(&token, base, before, after) {
            Part::Keep => {}
            Part::Dash => {
                token.kind = TokenKind::Punctuation;
                token.text = "–".to_owned();
            }
            Part::Quote => {
                quote_is_open = !quote_is_open;
                token.text = if quote_is_open { "«" } else { "»" }.to_owned();
            }
            Part::Month(name) => {
                token.kind = TokenKind::Word;
                token.text = name.to_owned();
            }
            Part::Silent => {
                after_gap = true;
                continue;
            }
            Part::Unread => {
                unread.push((token.span, DropReason::Symbol));
                after_gap = true;
                continue;
            }
        }
        if token.text == ")"
            && !has_open_bracket(&kept)
            && let Some(span) = smiley(&kept, &token)
        {
            kept.pop();
            unread.push((span, DropReason::Emoji));
            after_gap = true;
            continue;
        }
        push(&mut kept, token);
    }
    // A bracket that opens at the end opens nothing: :(
    if let Some(mouth) = kept.pop() {
        match smiley(&kept, &mouth).filter(|_| mouth.text == "(") {
            Some(span) => {
                kept.pop();
                unread.push((span, DropReason::Emoji));
            }
            None => kept.push(mouth),
        }
    }
    (kept, unread)
}

enum Part {
    Keep,
    /// A hyphen or a dash that is a pause.
    Dash,
    /// A straight quote.
    Quote,
    /// The English name of a month beside a number.
    Month(&'static str),
    /// An apostrophe outside words, or the hyphen of a compound: it has no sound and loses none.
    Silent,
    Unread,
}

fn classify(
    token: &Token,
    base: Option<&Token>,
    before: Option<&Token>,
    after: Option<&Token>,
) -> Part {
    let is_word = |token: Option<&Token>| {
        token.is_some_and(|token| matches!(token.kind, TokenKind::Word | TokenKind::Latin))
    };
    let is_persian =
        |token: Option<&Token>| token.is_some_and(|token| token.kind == TokenKind::Word);
    let is_number =
        |token: Option<&Token>| token.is_some_and(|token| token.kind == TokenKind::Number);
    let symbol = token.text.chars().next().unwrap_or(' ');
    match (token.kind, symbol) {
        (TokenKind::Latin, _) if is_number(before) || is_number(after) => {
            english_month(&token.text).map_or(Part::Keep, Part::Month)
        }
        (TokenKind::Punctuation, '\'') => Part::Silent,
        (TokenKind::Punctuation, '"') => Part::Quote,
        (TokenKind::Superscript, _) => {
            let raises = !token.spaced && before.is_some_and(|token| may_be_raised(token, base));
            if raises { Part::Keep } else { Part::Unread }
        }
        (TokenKind::Punctuation, '–' | '—') | (TokenKind::Symbol, '-' | '−') => {
            let is_tight = !token.spaced && after.is_some_and(|after| !after.spaced);
            let joins_words = is_tight
                && symbol != '—'
                && symbol != '−'
                && [before, after]
                    .into_iter()
                    .all(|side| is_word(side) || is_number(side))
                && [before, after].into_iter().any(is_persian);
            if joins_words {
                Part::Silent
            } else if may_be_read(token, before, after) {
                Part::Keep
            } else {
                Part::Dash
            }
        }
        (TokenKind::Symbol, _) if !may_be_read(token, before, after) => Part::Unread,
        _ => Part::Keep,
    }
}

/// The place of the smiley whose mouth is this bracket: a colon or a semicolon behind a space, perhaps with a nose, before it.
fn smiley(kept: &[Token], mouth: &Token) -> Option<Span> {
    let eyes = kept.last()?;
    let is_first = kept.len() == 1;
    let has_eyes = matches!(eyes.text.as_str(), ":" | "؛") && (eyes.spaced || is_first);
    (has_eyes && (!mouth.spaced || is_first)).then(|| eyes.span.to(mouth.span))
}

/// Whether a bracket is open behind the last closing one, in the last few tokens.
fn has_open_bracket(kept: &[Token]) -> bool {
    kept.iter()
        .rev()
        .take(MAX_REMARK)
        .find(|token| matches!(token.text.as_str(), "(" | ")"))
        .is_some_and(|bracket| bracket.text == "(")
}

/// Whether raised digits behind a token are a power; `base` is what stands before it. Behind words they are the marks of
/// footnotes, unless the word is a unit behind a number.
fn may_be_raised(token: &Token, base: Option<&Token>) -> bool {
    match token.kind {
        TokenKind::Number | TokenKind::Greek => true,
        TokenKind::Latin => token.text.len() <= MAX_RAISED,
        TokenKind::Word => {
            let is_metre = token.text == "م" || bare(&token.text).ends_with("متر");
            is_metre && base.is_some_and(|base| base.kind == TokenKind::Number)
        }
        _ => false,
    }
}

/// Adds a token; punctuation joins what stands before it.
fn push(kept: &mut Vec<Token>, token: Token) {
    if token.kind == TokenKind::Punctuation {
        let last = kept
            .last_mut()
            .filter(|last| last.kind == TokenKind::Punctuation);
        if let Some(last) = last {
            if let (Some(old), Some(new)) = (rank(&last.text), rank(&token.text)) {
                if new > old {
                    last.text = token.text;
                }
                last.span = last.span.to(token.span);
                return;
            }
            // Brackets and quotes with nothing between them.
            if matches!(
                (last.text.as_str(), token.text.as_str()),
                ("(", ")") | ("«", "»")
            ) {
                kept.pop();
                return;
            }
        }
    }
    kept.push(token);
}

/// How strong a pause is; `None` for brackets and quotes.
pub fn rank(punctuation: &str) -> Option<usize> {
    ["–", "—", "،", "؛", ":", ".", "…", "!", "؟"]
        .iter()
        .position(|known| *known == punctuation)
}
