//! Words that end in a doubled consonant which is heard only before a vowel.
//!
//! خط is `xat`, but خطِ is `xatte` and خطی is `xatti`. A lexicon that gives such a word as it sounds alone doesn't show it.

use super::inventory::{Phoneme, render};

/// The words, with their reading up to the second consonant.
const WORDS: &[(&str, &str)] = &[
    ("اخص", "axas"),
    ("اشد", "aʃad"),
    ("اعم", "aʔam"),
    ("اقل", "aqal"),
    ("اهم", "aham"),
    ("بن", "bon"),
    ("جد", "ʤad"),
    ("جد", "ʤed"),
    ("جر", "ʤar"),
    ("جن", "ʤen"),
    ("جو", "ʤav"),
    ("حاد", "hɑd"),
    ("حب", "hob"),
    ("حج", "haʤ"),
    ("حد", "had"),
    ("حس", "hes"),
    ("حظ", "haz"),
    ("حق", "haq"),
    ("حل", "hal"),
    ("خاص", "xɑs"),
    ("خط", "xat"),
    ("خم", "xom"),
    ("در", "dor"),
    ("دق", "deq"),
    ("رب", "rab"),
    ("رب", "rob"),
    ("رد", "rad"),
    ("سد", "sad"),
    ("سر", "ser"),
    ("سم", "sam"),
    ("سن", "sen"),
    ("شر", "ʃar"),
    ("شق", "ʃaq"),
    ("شک", "ʃak"),
    ("صف", "saf"),
    ("ضد", "zed"),
    ("ظن", "zan"),
    ("عام", "ɑm"),
    ("عز", "ez"),
    ("غش", "qaʃ"),
    ("غم", "qam"),
    ("فر", "far"),
    ("فک", "fak"),
    ("فن", "fan"),
    ("قد", "qad"),
    ("کف", "kaf"),
    ("کل", "kol"),
    ("لج", "laʤ"),
    ("محق", "moheq"),
    ("محل", "mahal"),
    ("مخل", "moxel"),
    ("مد", "mad"),
    ("مرتد", "mortad"),
    ("مستحق", "mostahaq"),
    ("مستعد", "mostaʔed"),
    ("مستقل", "mostaqel"),
    ("مستمر", "mostamer"),
    ("مسن", "mosen"),
    ("مشتق", "moʃtaq"),
    ("مصر", "moser"),
    ("مضر", "mozer"),
    ("مقر", "maqar"),
    ("ممتد", "momtad"),
    ("مهم", "mohem"),
    ("نص", "nas"),
];

/// The reading of a word with its end doubled, if the word so read is of the list.
pub fn with_double_end(word: &str, mut reading: Vec<Phoneme>) -> Vec<Phoneme> {
    if let Some(&last) = reading.last()
        && WORDS.iter().any(|(other, _)| *other == word)
        && WORDS.contains(&(word, render(&reading).as_str()))
    {
        reading.push(last);
    }
    reading
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phonemes::inventory::parse;

    #[test]
    fn every_reading_is_written_in_the_inventory() {
        assert!(WORDS.iter().all(|(_, reading)| {
            parse(reading).is_ok_and(|phonemes| render(&phonemes) == *reading)
        }));
    }

    #[test]
    fn only_words_of_the_list_are_doubled() {
        let doubled = |word, reading| render(&with_double_end(word, parse(reading).unwrap()));
        assert_eq!(doubled("خط", "xat"), "xatt");
        assert_eq!(doubled("خط", "xatt"), "xatt");
        assert_eq!(doubled("خاص", "xɑs"), "xɑss");
        assert_eq!(doubled("سر", "sar"), "sar");
        assert_eq!(doubled("در", "dar"), "dar");
    }
}
