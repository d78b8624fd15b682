//! Parts of a word that is cut.

use super::tables::End;
use crate::phonemes::inventory::{Phoneme, parse};
use crate::phonemes::joining::join;
use crate::phonemes::spelling::{HALF_SPACE, Letter, Spelling, folded};

/// The highest cost of a cut that is believed.
pub const MAX_COST: u32 = 8;

/// A word, cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// Its phonemes.
    pub phonemes: Vec<Phoneme>,
    /// How doubtful the cut is.
    pub cost: u32,
    /// The letters of its longest part.
    pub(super) longest_part: usize,
    /// Whether every part is from the lexicon written by hand, the verbs or the affixes.
    pub is_by_hand: bool,
}

/// Whether a letter begins a part of a compound: after a half-space, and because only the beginning of a word is written آ.
pub(super) fn begins_part(letter: &Letter) -> bool {
    letter.after_half_space || letter.base == 'آ'
}

/// Short stems are found in words that don't have them.
pub(super) fn cost_of_length(letters: usize) -> u32 {
    match letters {
        0 => MAX_COST + 1,
        1 => 6,
        2 => 3,
        3 => 1,
        _ => 0,
    }
}

pub(super) fn better(left: Option<Composed>, right: Option<Composed>) -> Option<Composed> {
    match (left, right) {
        (Some(left), Some(right)) => {
            let rank = |composed: &Composed| (composed.cost, usize::MAX - composed.longest_part);
            Some(if rank(&right) < rank(&left) {
                right
            } else {
                left
            })
        }
        (left, right) => left.or(right),
    }
}

pub(super) fn extended(mut part: Composed, sound: &str, cost: u32) -> Composed {
    // The tables are of the inventory, which a test checks.
    join(&mut part.phonemes, &parse(sound).unwrap_or_default());
    part.cost += cost;
    part
}

/// Whether a word has the same letters, the seats of hamzas included; half-spaces don't matter.
pub(super) fn has_letters(word: &str, letters: &[Letter]) -> bool {
    word.chars()
        .filter(|character| *character != HALF_SPACE)
        .eq(letters.iter().map(|letter| letter.base))
}

/// A part of a word as a word of its own.
pub(super) fn part_spelling(letters: &[Letter]) -> Spelling {
    let mut letters = letters.to_vec();
    if let Some(first) = letters.first_mut() {
        first.after_half_space = false;
    }
    Spelling { letters }
}

/// The letters before an ending, at least one, and whether a half-space parts them. A half-space within the ending parts something else.
pub(super) fn without_end<'a>(letters: &'a [Letter], ending: &str) -> Option<(&'a [Letter], bool)> {
    let count = ending.chars().count();
    let (stem, end) = letters.split_at_checked(letters.len().checked_sub(count)?)?;
    let is_ending = end
        .iter()
        .map(|letter| folded(letter.base))
        .eq(ending.chars());
    let is_whole = end.iter().skip(1).all(|letter| !letter.after_half_space);
    (is_ending && is_whole && !stem.is_empty()).then(|| (stem, end[0].after_half_space))
}

pub(super) fn end_of(letters: &[Letter], phonemes: &[Phoneme]) -> End {
    match (letters.last().map(|letter| letter.base), phonemes.last()) {
        (Some('ه'), Some(Phoneme::E | Phoneme::A)) => End::SilentHe,
        (_, Some(Phoneme::I)) => End::I,
        (_, Some(last)) if last.is_vowel() => End::Vowel,
        _ => End::Consonant,
    }
}

/// A part that doesn't begin its word: a ع at its beginning is heard there (بی‌عمل `biʔamal`), other beginnings aren't (عقب‌افتاده `aqaboftɑde`).
pub fn within_word(letters: &[Letter], phonemes: &[Phoneme]) -> Vec<Phoneme> {
    let begins_with_eyn = letters.first().is_some_and(|letter| letter.base == 'ع');
    let is_heard = begins_with_eyn && phonemes.first().is_some_and(|first| first.is_vowel());
    let glottal = is_heard.then_some(Phoneme::Glottal);
    glottal
        .into_iter()
        .chain(phonemes.iter().copied())
        .collect()
}
