//! Words whose vowels the writer has spelled, all or some.

use super::alignment::align;
use super::inventory::Phoneme;
use super::lexicon::MAX_WORD_LENGTH;
use super::spelling::{Letter, Sign, Spelling};

/// A word with its ezafe apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmarked {
    /// The word without the sign of its ezafe.
    pub spelling: Spelling,
    /// Whether the writer spelled one: کتابِ, خانهٔ.
    pub has_ezafe: bool,
}

/// Takes the written ezafe off a word: a kasra on its last letter, or a hamza on its silent ه.
pub fn without_ezafe(mut spelling: Spelling) -> Unmarked {
    let alone = spelling.letters.len() == 1;
    let Some(last) = spelling.letters.last_mut() else {
        return Unmarked {
            spelling,
            has_ezafe: false,
        };
    };
    let has_kasra = last.vowel == Some(Sign::E) && !alone;
    let has_ezafe = has_kasra || last.hamza && last.base == 'ه';
    if has_kasra {
        last.vowel = None;
    }
    last.hamza = false;
    Unmarked {
        spelling,
        has_ezafe,
    }
}

/// Whether a reading is what the signs on a word say.
pub fn agrees(letters: &[Letter], phonemes: &[Phoneme]) -> bool {
    letters.len() <= MAX_WORD_LENGTH
        && phonemes.len() <= MAX_WORD_LENGTH
        && align(letters, phonemes).is_some()
}

/// The stem of a word that ends in a tanwin, `an`, on an alef or a hamza of its own: کامل in کاملاً.
pub fn stem_of_tanwin(letters: &[Letter]) -> Option<&[Letter]> {
    let (last, before) = letters.split_last()?;
    let stands_on = |letter: &Letter| letter.vowel == Some(Sign::An);
    let is_on_alef = last.base == 'ا' && (stands_on(last) || before.last().is_some_and(stands_on));
    (is_on_alef && before.len() >= 2).then_some(before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phonemes::inventory::parse;

    #[test]
    fn a_written_ezafe_is_taken_off() {
        for (word, bare, has_ezafe) in [
            ("کتابِ", "کتاب", true),
            ("خانهٔ", "خانه", true),
            ("خانۀ", "خانه", true),
            ("کتاب", "کتاب", false),
        ] {
            let unmarked = without_ezafe(Spelling::of(word));
            assert_eq!(
                (
                    unmarked.spelling.bare().as_str(),
                    unmarked.has_ezafe,
                    unmarked.spelling.has_signs()
                ),
                (bare, has_ezafe, false)
            );
        }
    }

    #[test]
    fn signs_refuse_another_reading() {
        let agrees = |word: &str, reading: &str| {
            agrees(&Spelling::of(word).letters, &parse(reading).unwrap())
        };
        assert!(agrees("گُل", "ɡol"));
        assert!(!agrees("گُل", "ɡel"));
    }

    #[test]
    fn tanwin_has_a_stem() {
        let stem = |word: &str| stem_of_tanwin(&Spelling::of(word).letters).map(<[Letter]>::len);
        assert_eq!(stem("کاملاً"), Some(4));
        assert_eq!(stem("کاملًا"), Some(4));
        assert_eq!(stem("کاملا"), None);
    }
}
