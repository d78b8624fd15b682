//! What voices are taught, and given to speak: Persian in one spelling, or phonemes.

mod numbers;
pub mod tokenizer;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// What a voice is taught, and given to speak. Voices that were trained before there was a choice, and those of others, have
/// none: they take text as [`normalize`] spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TextMode {
    /// The letters of words; whoever lets it speak says numbers, dates and signs in words first.
    Characters,
    /// The phonemes of Persian, as [`persian::AnalyzedSentence::phonemes`] writes them.
    Phonemes,
}

/// The text in the spelling that a voice of this mode takes. Phonemes have one spelling only.
pub(crate) fn spelled(mode: Option<TextMode>, text: &str) -> String {
    match mode {
        Some(TextMode::Phonemes) => text.to_owned(),
        Some(TextMode::Characters) | None => normalize(text),
    }
}

/// Puts text into the spelling that models are trained on: NFC, Persian letters for their Arabic twins, no diacritics and
/// no tatweel, numbers in words, a small set of punctuation, single spaces. The zero-width non-joiner stays: it is part
/// of the spelling.
pub fn normalize(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    let mut digits = String::new();
    let mut characters = text.nfc().map(unify).peekable();
    while let Some(character) = characters.next() {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        if !digits.is_empty() {
            let decimal = matches!(character, '٫' | '.' | '/')
                && characters.peek().is_some_and(char::is_ascii_digit);
            // 1,234 and ۱٬۲۳۴ are one number.
            let grouping = matches!(character, '٬' | '،')
                && characters.peek().is_some_and(char::is_ascii_digit);
            if grouping {
                continue;
            }
            flush(&mut output, &mut digits);
            if decimal {
                output.push_str(" ممیز ");
                continue;
            }
        }
        match character {
            '\u{0}' => {}
            '٪' | '%' => output.push_str(" درصد "),
            _ if character.is_whitespace() => output.push(' '),
            _ => output.push(character),
        }
    }
    flush(&mut output, &mut digits);
    squeeze(&output)
}

fn flush(output: &mut String, digits: &mut String) {
    if !digits.is_empty() {
        output.push(' ');
        output.push_str(&numbers::cardinal(digits));
        output.push(' ');
        digits.clear();
    }
}

/// One character's Persian twin; NUL for what is left out.
fn unify(character: char) -> char {
    match character {
        'ي' | 'ى' | 'ې' | 'ۍ' => 'ی',
        'ك' | 'ڪ' => 'ک',
        'ة' | 'ۀ' | 'ە' => 'ه',
        'أ' | 'إ' | 'ٱ' => 'ا',
        '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}' => '\0',
        '۰'..='۹' => char::from(b'0' + (character as u32 - '۰' as u32) as u8),
        '٠'..='٩' => char::from(b'0' + (character as u32 - '٠' as u32) as u8),
        ',' => '،',
        ';' => '؛',
        '?' => '؟',
        '…' => '.',
        '«' | '»' | '"' | '“' | '”' | '‘' | '’' | '\'' | '(' | ')' | '[' | ']' | '{' | '}'
        | '-' | '–' | '—' | '_' | '*' => ' ',
        '\u{200b}'
        | '\u{200d}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => '\0',
        _ if character.is_control() && !character.is_whitespace() => '\0',
        _ => character.to_lowercase().next().unwrap_or(character),
    }
}

/// Single spaces, none before punctuation and none around the zero-width non-joiner.
fn squeeze(text: &str) -> String {
    const JOINER: char = '\u{200c}';
    let mut output = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            ' ' if output.is_empty() || output.ends_with(' ') => {}
            ' ' if output.ends_with(JOINER) => {
                output.pop();
                output.push(' ');
            }
            JOINER if output.is_empty() || output.ends_with([' ', JOINER]) => {}
            '.' | '،' | '؛' | '؟' | '!' | ':' => {
                while output.ends_with([' ', JOINER]) {
                    output.pop();
                }
                if !(character == '.' && output.ends_with('.')) {
                    output.push(character);
                }
            }
            _ => output.push(character),
        }
    }
    output.trim_matches([' ', JOINER]).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_is_made_one() {
        assert_eq!(
            normalize("  كتابِ عليٌّ ۱۲ صفحه دارد ؟"),
            "کتاب علی دوازده صفحه دارد؟"
        );
        assert_eq!(normalize("می‌روم،خانه"), "می‌روم،خانه");
        assert_eq!(normalize("«سلام» ــ دنیا..."), "سلام دنیا.");
        assert_eq!(normalize("۳٫۵ درصد و 20٪"), "سه ممیز پنج درصد و بیست درصد");
        assert_eq!(normalize("1,234"), "هزار و دویست و سی و چهار");
        assert_eq!(normalize("\u{200c} \u{0} "), "");
    }
}
