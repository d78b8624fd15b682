//! The letters of a written word with the signs on them, and the keys by which a lexicon finds it.

use unicode_normalization::UnicodeNormalization;

use super::inventory::Phoneme;

/// Keeps two letters apart that would otherwise join; within a word it parts stem and affix, or the parts of a compound.
pub const HALF_SPACE: char = '\u{200c}';

/// A sign that says which vowel follows a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Fatha, `a`.
    A,
    /// Kasra, `e`.
    E,
    /// Damma, `o`.
    O,
    /// Superscript alef, `ɑ`.
    LongA,
    /// Sukun: none.
    None,
    /// Fathatan, `an`.
    An,
    /// Kasratan, `en`.
    En,
    /// Dammatan, `on`.
    On,
}

impl Sign {
    /// The phonemes that it stands for.
    pub fn phonemes(self) -> &'static [Phoneme] {
        match self {
            Self::A => &[Phoneme::A],
            Self::E => &[Phoneme::E],
            Self::O => &[Phoneme::O],
            Self::LongA => &[Phoneme::Aa],
            Self::None => &[],
            Self::An => &[Phoneme::A, Phoneme::N],
            Self::En => &[Phoneme::E, Phoneme::N],
            Self::On => &[Phoneme::O, Phoneme::N],
        }
    }
}

/// A letter with the signs on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Letter {
    /// The letter.
    pub base: char,
    /// The vowel that the writer spelled after it.
    pub vowel: Option<Sign>,
    /// Whether it carries a tashdid.
    pub doubled: bool,
    /// Whether a small hamza stands on it, as on «خانهٔ»: an ezafe.
    pub hamza: bool,
    /// Whether a half-space stands before it.
    pub after_half_space: bool,
}

/// A word, letter by letter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spelling {
    /// Its letters in their order; what is no letter of Persian is left out.
    pub letters: Vec<Letter>,
}

impl Spelling {
    /// Reads a word. Letters that Arabic has under other code points count as those of Persian; signs belong to the letter before them.
    pub fn of(word: &str) -> Self {
        let mut letters: Vec<Letter> = Vec::new();
        let mut after_half_space = false;
        for character in word.nfc() {
            if character == HALF_SPACE {
                after_half_space = !letters.is_empty();
                continue;
            }
            if let Some(letter) = letters.last_mut()
                && put_sign(letter, character)
            {
                continue;
            }
            let (base, hamza) = match character {
                'ي' | 'ى' => ('ی', false),
                'ك' => ('ک', false),
                'ة' => ('ت', false),
                'ە' => ('ه', false),
                'ۀ' => ('ه', true),
                'ٱ' | 'إ' => ('ا', false),
                other => (other, false),
            };
            if is_letter(base) {
                letters.push(Letter {
                    base,
                    vowel: None,
                    doubled: false,
                    hamza,
                    after_half_space,
                });
                after_half_space = false;
            }
        }
        Self { letters }
    }

    /// Whether the writer spelled anything beyond the letters.
    pub fn has_signs(&self) -> bool {
        self.letters
            .iter()
            .any(|letter| letter.vowel.is_some() || letter.doubled || letter.hamza)
    }

    /// The word without signs, with its half-spaces.
    pub fn bare(&self) -> String {
        let mut text = String::with_capacity(self.letters.len() * 2);
        for letter in &self.letters {
            if letter.after_half_space {
                text.push(HALF_SPACE);
            }
            text.push(letter.base);
        }
        text
    }

    /// The word under which a lexicon files it: without signs, half-spaces and the hamza's seat.
    pub fn key(&self) -> String {
        self.letters
            .iter()
            .map(|letter| folded(letter.base))
            .collect()
    }
}

/// Adds a sign to the letter that it stands on; `false` if it is no sign.
fn put_sign(letter: &mut Letter, sign: char) -> bool {
    match sign {
        '\u{064e}' => letter.vowel = Some(Sign::A),
        '\u{0650}' => letter.vowel = Some(Sign::E),
        '\u{064f}' => letter.vowel = Some(Sign::O),
        '\u{0670}' => letter.vowel = Some(Sign::LongA),
        '\u{0652}' => letter.vowel = Some(Sign::None),
        '\u{064b}' => letter.vowel = Some(Sign::An),
        '\u{064d}' => letter.vowel = Some(Sign::En),
        '\u{064c}' => letter.vowel = Some(Sign::On),
        '\u{0651}' => letter.doubled = true,
        '\u{0654}' => letter.hamza = true,
        _ => return false,
    }
    true
}

/// The letter without the hamza that sits on it: أ and ا, ؤ and و, ئ and ی are often written for each other.
pub fn folded(letter: char) -> char {
    match letter {
        'أ' => 'ا',
        'ؤ' => 'و',
        'ئ' => 'ی',
        other => other,
    }
}

/// Whether a character is a letter of Persian.
pub fn is_letter(character: char) -> bool {
    matches!(character, 'ء' | 'آ' | 'أ' | 'ؤ' | 'ئ' | 'ا' | 'و') || consonant(character).is_some()
}

/// The consonant that a letter usually is, `None` for ا, آ and what is no letter.
pub fn consonant(letter: char) -> Option<Phoneme> {
    Some(match letter {
        'ب' => Phoneme::B,
        'پ' => Phoneme::P,
        'ت' | 'ط' => Phoneme::T,
        'ث' | 'س' | 'ص' => Phoneme::S,
        'ج' => Phoneme::J,
        'چ' => Phoneme::Ch,
        'ح' | 'ه' => Phoneme::H,
        'خ' => Phoneme::X,
        'د' => Phoneme::D,
        'ذ' | 'ز' | 'ض' | 'ظ' => Phoneme::Z,
        'ر' => Phoneme::R,
        'ژ' => Phoneme::Zh,
        'ش' => Phoneme::Sh,
        'ع' | 'ء' | 'أ' | 'ؤ' | 'ئ' => Phoneme::Glottal,
        'غ' | 'ق' => Phoneme::Q,
        'ف' => Phoneme::F,
        'ک' => Phoneme::K,
        'گ' => Phoneme::G,
        'ل' => Phoneme::L,
        'م' => Phoneme::M,
        'ن' => Phoneme::N,
        'و' => Phoneme::V,
        'ی' => Phoneme::Y,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_belong_to_the_letter_before_them() {
        let spelling = Spelling::of("مُعَلِّم");
        assert_eq!(spelling.bare(), "معلم");
        assert_eq!(spelling.letters[0].vowel, Some(Sign::O));
        assert_eq!(spelling.letters[2].vowel, Some(Sign::E));
        assert!(spelling.letters[2].doubled);
        assert!(spelling.has_signs());
    }

    #[test]
    fn a_half_space_stays_in_the_word_and_not_in_its_key() {
        let spelling = Spelling::of("می‌روم");
        assert_eq!(spelling.bare(), "می‌روم");
        assert_eq!(spelling.key(), "میروم");
    }

    #[test]
    fn spellings_of_one_word_have_one_key() {
        assert_eq!(Spelling::of("مسئله").key(), Spelling::of("مسیله").key());
        assert_eq!(Spelling::of("كتابي").key(), "کتابی");
        assert_eq!(Spelling::of("خانۀ"), Spelling::of("خانهٔ"));
    }

    #[test]
    fn what_is_no_letter_is_left_out() {
        assert_eq!(Spelling::of("۱۲ab🙂").letters.len(), 0);
        assert_eq!(Spelling::of("\u{200c}\u{064e}").letters.len(), 0);
    }
}
