//! Roman numerals, only behind words that take one: the name of a ruler, قرن, فصل, جلد.

use super::cardinal::ordinal;
use super::spoken::{Reading, SpokenKind, previous};
use crate::signs::bare;
use crate::tokens::{Token, TokenKind};

/// Words behind which capitals are a Roman numeral, which is read as an ordinal.
const BEFORE: &[&str] = &[
    "قرن",
    "سده",
    "فصل",
    "جلد",
    "بخش",
    "باب",
    "پرده",
    "جهانی",
    "هنری",
    "لویی",
    "لوئی",
    "شارل",
    "چارلز",
    "جرج",
    "جورج",
    "ویلیام",
    "ویلهلم",
    "فیلیپ",
    "پاپ",
    "ادوارد",
    "الیزابت",
    "ناپلئون",
    "نیکلای",
    "پل",
    "بندیکت",
    "لئو",
    "ریچارد",
    "جیمز",
    "کاترین",
    "آلفونسو",
    "رامسس",
];

/// The numeral at `at`.
pub fn read(tokens: &[Token], at: usize) -> Option<Reading> {
    let token = tokens
        .get(at)
        .filter(|token| token.kind == TokenKind::Latin)?;
    let word = previous(tokens, at).filter(|word| word.kind == TokenKind::Word)?;
    let takes_one = BEFORE.contains(&bare(&word.text).as_str());
    let number = value(&token.text).filter(|_| takes_one)?;
    Some(Reading::new(1, ordinal(number), SpokenKind::Number))
}

/// The number that Roman digits are in their one regular form, up to 399.
fn value(text: &str) -> Option<u64> {
    // Longer ones have no regular form.
    if text.is_empty() || text.len() > 12 {
        return None;
    }
    (1..400).find(|&number| roman(number) == text)
}

fn roman(mut number: u64) -> String {
    const DIGITS: [(u64, &str); 9] = [
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let mut written = String::new();
    for (value, digit) in DIGITS {
        while number >= value {
            written.push_str(digit);
            number -= value;
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_numerals_are_numbers() {
        for (text, number) in [
            ("I", 1),
            ("IV", 4),
            ("XIV", 14),
            ("XX", 20),
            ("CCCXCIX", 399),
        ] {
            assert_eq!(value(text), Some(number));
        }
        for text in ["IIII", "VX", "MIX", "DVD", ""] {
            assert_eq!(value(text), None, "{text}");
        }
    }
}
