//! Words that end in a doubled consonant which is heard only before a vowel.
//!
//! خط is `xat`, but خطِ is `xatte` and خطی is `xatti`. A lexicon that gives such a word as it sounds alone doesn't show it.

use super::inventory::Phoneme;

const WORDS: &[&str] = &[
    "اتم", "اخص", "ارب", "اصم", "اعم", "اقل", "اهم", "بت", "تضاد", "تلخص", "جد", "جن", "حاد", "حج", "حد", "حس", "حظ", "حق", "حل", "خاص", "خط", "دق", "رب", "رد", "سد", "سر", "سم", "سن", "شر", "شق",
    "شک", "صف", "ضد", "ظن", "عام", "عز", "عم", "غش", "غم", "فک", "فن", "قد", "قط", "کف", "کل", "لج", "مجد", "محق", "محل", "مخل", "مد", "مرتد", "مستحق", "مستعد", "مستقل", "مستمر", "مسن", "مشتق", "مصر", "مضر",
    "معتد", "مقر", "ممتد", "مهم", "نص",
];

/// The reading of a word with its end doubled, if it is such a word and ends in one consonant.
pub fn with_double_end(word: &str, mut reading: Vec<Phoneme>) -> Vec<Phoneme> {
    if let [.., vowel, last] = reading[..]
        && vowel.is_vowel()
        && !last.is_vowel()
        && is_short(vowel, word)
        && WORDS.contains(&word)
    {
        reading.push(last);
    }
    reading
}

/// Of two readings of one spelling only the one with a short vowel is doubled, but for the Arabic participles حاد, خاص, عام.
fn is_short(vowel: Phoneme, word: &str) -> bool {
    matches!(vowel, Phoneme::A | Phoneme::E | Phoneme::O) || word.contains('ا')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phonemes::inventory::{parse, render};

    #[test]
    fn only_words_of_the_list_are_doubled() {
        let doubled = |word, reading| render(&with_double_end(word, parse(reading).unwrap()));
        assert_eq!(doubled("خط", "xat"), "xatt");
        assert_eq!(doubled("خط", "xatt"), "xatt");
        assert_eq!(doubled("خاص", "xɑs"), "xɑss");
        assert_eq!(doubled("در", "dar"), "dar");
    }
}
