//! The names of letters, for a letter that stands alone.

use super::inventory::{Phoneme, parse};
use super::joining::join;
use super::spelling::{Letter, folded};

const NAMES: &[(char, &str)] = &[
    ('ا', "alef"),
    ('آ', "ɑ"),
    ('ء', "hamze"),
    ('ب', "be"),
    ('پ', "pe"),
    ('ت', "te"),
    ('ث', "se"),
    ('ج', "ʤim"),
    ('چ', "ʧe"),
    ('ح', "he"),
    ('خ', "xe"),
    ('د', "dɑl"),
    ('ذ', "zɑl"),
    ('ر', "re"),
    ('ز', "ze"),
    ('ژ', "ʒe"),
    ('س', "sin"),
    ('ش', "ʃin"),
    ('ص', "sɑd"),
    ('ض', "zɑd"),
    ('ط', "tɑ"),
    ('ظ', "zɑ"),
    ('ع', "ejn"),
    ('غ', "qejn"),
    ('ف', "fe"),
    ('ق', "qɑf"),
    ('ک', "kɑf"),
    ('گ', "ɡɑf"),
    ('ل', "lɑm"),
    ('م', "mim"),
    ('ن', "nun"),
    ('و', "vɑv"),
    ('ه', "he"),
    ('ی', "je"),
];

/// How letters are spelled out, one name after the other.
pub fn spelled_out(letters: &[Letter]) -> Vec<Phoneme> {
    let mut phonemes = Vec::new();
    for letter in letters {
        let name = NAMES
            .iter()
            .find(|(base, _)| *base == folded(letter.base))
            .map_or("", |(_, name)| name);
        // A test checks that every name is of the inventory.
        join(&mut phonemes, &parse(name).unwrap_or_default());
    }
    phonemes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phonemes::inventory::render;
    use crate::phonemes::spelling::Spelling;

    #[test]
    fn every_letter_has_a_name() {
        for base in "اآءبپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیأؤئ".chars()
        {
            assert!(
                !spelled_out(&Spelling::of(&base.to_string()).letters).is_empty(),
                "{base}"
            );
        }
    }

    #[test]
    fn letters_are_named_one_after_the_other() {
        assert_eq!(render(&spelled_out(&Spelling::of("سپ").letters)), "sinpe");
    }
}
