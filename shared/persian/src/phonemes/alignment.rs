//! Which phonemes of a pronunciation belong to which letter of its word.

use super::inventory::Phoneme;
use super::spelling::{Letter, Sign, consonant};

/// The phonemes of one letter.
pub type Chunk<'a> = &'a [Phoneme];

/// The most phonemes that one letter stands for.
pub const MAX_CHUNK: usize = 4;

/// A pronunciation that costs more per word than this isn't what the letters say.
const MAX_COST: u32 = 60;

/// What a letter costs that stands for something unheard of.
const STRANGE: u32 = 50;

/// Cuts a pronunciation into one chunk for each letter, the most natural way. `None` if the letters can't be read so, or if signs on
/// them say something else.
pub fn align<'a>(letters: &[Letter], phonemes: &'a [Phoneme]) -> Option<Vec<Chunk<'a>>> {
    let columns = phonemes.len() + 1;
    let mut costs = vec![u32::MAX; (letters.len() + 1) * columns];
    let mut lengths = vec![0_usize; costs.len()];
    costs[0] = 0;
    for place in 0..letters.len() {
        // All that comes before needs at most this many phonemes, and few letters are silent.
        for start in 0..columns.min(place * MAX_CHUNK + 1) {
            let so_far = costs[place * columns + start];
            if so_far > MAX_COST {
                continue;
            }
            for length in 0..=MAX_CHUNK.min(phonemes.len() - start) {
                let chunk = &phonemes[start..start + length];
                if !permits(letters, place, chunk) {
                    continue;
                }
                let cost = so_far + cost(letters, place, chunk);
                let target = (place + 1) * columns + start + length;
                if cost < costs[target] {
                    costs[target] = cost;
                    lengths[target] = length;
                }
            }
        }
    }
    if *costs.last()? > MAX_COST {
        return None;
    }
    let mut chunks = Vec::with_capacity(letters.len());
    let mut end = phonemes.len();
    for place in (0..letters.len()).rev() {
        let length = lengths[(place + 1) * columns + end];
        chunks.push(&phonemes[end - length..end]);
        end -= length;
    }
    chunks.reverse();
    Some(chunks)
}

/// Whether the signs on a letter allow it to stand for a chunk.
pub fn permits(letters: &[Letter], place: usize, chunk: Chunk) -> bool {
    let letter = letters[place];
    if letter.doubled && !is_doubled(chunk) {
        return false;
    }
    let Some(sign) = letter.vowel else {
        return true;
    };
    let ends_open = !chunk.last().is_some_and(|last| last.is_vowel());
    let next = letters.get(place + 1).map(|next| next.base);
    match sign {
        Sign::None => ends_open,
        // The sign before a long vowel's letter says nothing new: بَا `bɑ`, تُو `tu`, سِی `si`.
        Sign::A if matches!(next, Some('ا' | 'و')) && ends_open => true,
        Sign::A if next == Some('ی') => {
            chunk.ends_with(&[Phoneme::E]) || chunk.ends_with(&[Phoneme::A])
        }
        Sign::O if next == Some('و') && ends_open => true,
        Sign::E if next == Some('ی') && ends_open => true,
        // The alef that carries a tanwin has no other sound: the sign may stand on it or before it.
        Sign::An if next == Some('ا') && place + 2 == letters.len() => ends_open,
        sign => chunk.ends_with(sign.phonemes()),
    }
}

fn is_doubled(chunk: Chunk) -> bool {
    chunk.windows(2).any(|pair| pair[0] == pair[1])
}

/// How unnatural it is that a letter stands for a chunk; 0 is its usual sound.
fn cost(letters: &[Letter], place: usize, chunk: Chunk) -> u32 {
    use Phoneme::{A, Aa, E, Glottal, H, I, N, O, U, V, W, Y};
    let letter = letters[place];
    let (first, last) = (place == 0, place + 1 == letters.len());
    let special = match (letter.base, chunk) {
        ('ا', [Aa]) | ('ی', [I]) | ('و', [U]) | ('آ', [Aa]) => Some(0),
        ('ا', [A | E | O]) => Some(if first { 0 } else { 10 }),
        ('ا', []) => Some(if first { 2 } else { 15 }),
        ('ا', [A, N]) if last => Some(10),
        ('ا' | 'آ', [Glottal, Aa | A | E | O] | [Glottal]) => Some(8),
        ('ا' | 'آ', [Y, Aa | A | E | O]) => Some(12),
        ('و', [O, W]) => Some(2),
        ('و', [O]) => Some(3),
        ('و', []) => Some(if place > 0 && letters[place - 1].base == 'خ' {
            5
        } else {
            20
        }),
        ('و', [U, V, ..] | [V, U] | [Glottal, U | O] | [U, Y, ..]) => Some(12),
        ('ی', [I, Y] | [I, Y, A | E | O]) => Some(3),
        ('ی', [Y, I] | [Glottal, I]) => Some(7),
        ('ی', [Aa]) if last => Some(8),
        ('ی', []) | ('ه', []) => Some(20),
        ('ی', [E, Y, ..]) => Some(25),
        ('ه', [E]) => Some(if last { 1 } else { 6 }),
        ('ه', [A]) => Some(15),
        ('ه', [E, Y, E]) if letter.hamza => Some(0),
        ('ه', [E, Y, E]) => Some(20),
        ('ع' | 'ء' | 'أ' | 'ؤ' | 'ئ', []) => Some(if first { 0 } else { 6 }),
        ('ع' | 'أ', [A | E | O]) => Some(if first { 0 } else { 4 }),
        ('أ', [Aa]) | ('أ', [Glottal, Aa]) => Some(8),
        ('ؤ', [U | O] | [Glottal, U | O] | [V, ..]) => Some(6),
        ('ئ', [I | Y | E] | [Y, ..] | [Glottal, I]) => Some(6),
        ('ن', [Phoneme::M]) => Some(4),
        ('ح', [H, A | E | O]) => Some(2),
        _ => None,
    };
    special.unwrap_or_else(|| consonant_cost(letters, place, chunk))
}

/// The cost of a chunk that is the letter's own consonant, perhaps doubled, with the vowel after it.
fn consonant_cost(letters: &[Letter], place: usize, chunk: Chunk) -> u32 {
    let Some(own) = consonant(letters[place].base) else {
        return STRANGE;
    };
    let vowel_cost = |vowel: Phoneme| match vowel {
        Phoneme::A | Phoneme::E | Phoneme::O => 2,
        Phoneme::Aa => 15,
        _ => 20,
    };
    match chunk {
        // The first of two equal letters that are one doubled sound.
        [] if place + 1 < letters.len() && letters[place + 1].base == letters[place].base => 10,
        [] => 30,
        [one] if *one == own => 0,
        [one, vowel] if *one == own && vowel.is_vowel() => vowel_cost(*vowel),
        [one, two] if *one == own && two == one => 6,
        [one, two, vowel] if *one == own && two == one && vowel.is_vowel() => {
            6 + vowel_cost(*vowel)
        }
        // Tanwin on a consonant.
        [one, vowel, Phoneme::N] if *one == own && vowel.is_vowel() => 25,
        [vowel, one, ..] if *one == own && vowel.is_vowel() => 35,
        _ => STRANGE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phonemes::inventory::{parse, render};
    use crate::phonemes::spelling::Spelling;

    fn aligned(word: &str, reading: &str) -> Option<Vec<String>> {
        let phonemes = parse(reading).unwrap();
        align(&Spelling::of(word).letters, &phonemes)
            .map(|chunks| chunks.into_iter().map(render).collect())
    }

    #[test]
    fn each_letter_gets_its_phonemes() {
        for (word, reading, chunks) in [
            ("کتاب", "ketɑb", "ke t ɑ b"),
            ("معلم", "moʔallem", "mo ʔa lle m"),
            ("خواهر", "xɑhar", "x  ɑ ha r"),
            ("دولت", "dowlat", "d ow la t"),
            ("بیا", "bijɑ", "b ij ɑ"),
            ("خانه", "xɑne", "x ɑ n e"),
            ("ایران", "irɑn", " i r ɑ n"),
            ("مسئول", "masʔul", "ma s ʔ u l"),
            ("عالم", "ɑlem", " ɑ le m"),
            ("کاملا", "kɑmelan", "k ɑ me l an"),
            ("حتی", "hattɑ", "ha tt ɑ"),
        ] {
            assert_eq!(
                aligned(word, reading),
                Some(chunks.split(' ').map(String::from).collect()),
                "{word}"
            );
        }
    }

    #[test]
    fn another_word_is_refused() {
        assert_eq!(aligned("کتاب", "dɑneʃɡɑh"), None);
        assert_eq!(aligned("", "a"), None);
    }

    #[test]
    fn signs_decide_between_readings() {
        assert!(aligned("کِرم", "kerm").is_some());
        assert!(aligned("کِرم", "karam").is_none());
        assert!(aligned("بنّا", "bannɑ").is_some());
        assert!(aligned("بنّا", "banɑ").is_none());
        assert!(aligned("کاملاً", "kɑmelan").is_some());
        assert!(aligned("دَولت", "dowlat").is_some());
        assert!(aligned("خَیر", "xejr").is_some());
        assert!(aligned("مَرْد", "mard").is_some());
    }
}
