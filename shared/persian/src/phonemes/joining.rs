//! How the parts of a word are spoken together, and the ezafe between words.

use super::inventory::Phoneme;
use super::spelling::Spelling;

/// Appends a part to a word. Two vowels never touch: between them stands `j` after `ɑ`, `i`, `u` (می‌آید `mijɑjad`) and `ʔ` after the others
/// (خانه‌ام `xɑneʔam`). A doubled consonant is single before another consonant (خط‌ها `xathɑ`).
pub fn join(word: &mut Vec<Phoneme>, part: &[Phoneme]) {
    let Some(&first) = part.first() else { return };
    if let Some(&last) = word.last() {
        if last.is_vowel() && first.is_vowel() {
            word.push(glide_after(last));
        } else if !first.is_vowel() {
            make_final_single(word);
        }
    }
    word.extend_from_slice(part);
}

fn glide_after(vowel: Phoneme) -> Phoneme {
    match vowel {
        Phoneme::Aa | Phoneme::I | Phoneme::U => Phoneme::Y,
        _ => Phoneme::Glottal,
    }
}

/// A doubled consonant at the end of a word is single: حد `had`.
pub fn make_final_single(word: &mut Vec<Phoneme>) {
    if let [.., one, two] = word[..]
        && one == two
        && !one.is_vowel()
    {
        word.pop();
    }
}

/// Puts what two vowels need between them, wherever two touch within a reading.
pub fn without_hiatus(phonemes: &[Phoneme]) -> Vec<Phoneme> {
    let mut word = Vec::with_capacity(phonemes.len());
    for &phoneme in phonemes {
        if let Some(last) = word.last().copied()
            && phoneme.is_vowel()
            && Phoneme::is_vowel(last)
        {
            word.push(glide_after(last));
        }
        word.push(phoneme);
    }
    word
}

/// Adds the ezafe: `e` after a consonant and `ow`, `je` after a vowel. One that the word has a letter for (صدای `sedɑje`, خانه‌ی
/// `xɑneje`) isn't added again.
pub fn add_ezafe(word: &mut Vec<Phoneme>, spelling: &Spelling) {
    let has_letter = match spelling.letters[..] {
        [.., before, last] => {
            last.base == 'ی'
                && (matches!(before.base, 'ا' | 'و') || last.after_half_space && before.base == 'ه')
        }
        _ => false,
    };
    match word.last() {
        None => {}
        Some(Phoneme::E) if has_letter && word.ends_with(&[Phoneme::Y, Phoneme::E]) => {}
        Some(last) if last.is_vowel() => word.extend([Phoneme::Y, Phoneme::E]),
        Some(_) => word.push(Phoneme::E),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phonemes::inventory::{parse, render};

    fn joined(word: &str, part: &str) -> String {
        let mut phonemes = parse(word).unwrap();
        join(&mut phonemes, &parse(part).unwrap());
        render(&phonemes)
    }

    fn with_ezafe(word: &str, reading: &str) -> String {
        let mut phonemes = parse(reading).unwrap();
        add_ezafe(&mut phonemes, &Spelling::of(word));
        render(&phonemes)
    }

    #[test]
    fn vowels_never_touch() {
        assert_eq!(joined("xɑne", "am"), "xɑneʔam");
        assert_eq!(joined("mi", "ɑjad"), "mijɑjad");
        assert_eq!(joined("kɑr", "am"), "kɑram");
        assert_eq!(
            render(&without_hiatus(&parse("hastei").unwrap())),
            "hasteʔi"
        );
    }

    #[test]
    fn a_doubled_end_is_heard_before_a_vowel_only() {
        assert_eq!(joined("xatt", "hɑ"), "xathɑ");
        assert_eq!(joined("xatt", "i"), "xatti");
    }

    #[test]
    fn ezafe_depends_on_the_end_of_the_word() {
        for (word, reading, expected) in [
            ("کتاب", "ketɑb", "ketɑbe"),
            ("خانه", "xɑne", "xɑneje"),
            ("کشتی", "keʃti", "keʃtije"),
            ("نو", "now", "nowe"),
            ("بازو", "bɑzu", "bɑzuje"),
            ("حد", "hadd", "hadde"),
        ] {
            assert_eq!(with_ezafe(word, reading), expected);
        }
    }

    #[test]
    fn an_ezafe_with_a_letter_of_its_own_isnt_doubled() {
        assert_eq!(with_ezafe("صدای", "sedɑje"), "sedɑje");
        assert_eq!(with_ezafe("خانه‌ی", "xɑneje"), "xɑneje");
        assert_eq!(with_ezafe("چای", "ʧɑj"), "ʧɑje");
    }
}
