//! Reads a word as a stem that a lexicon knows with affixes around it, or as a compound of such words.
//!
//! A word may be cut in several ways (ماهی is «a month» and «fish», دستان is «hands» and «your hand»). Each cut has a cost: what an affix costs by
//! its table, what a stem costs for being short (short stems are found everywhere by chance) or for being of the lexicon that has more errors.
//! The cheapest cut wins, of equal ones the one with the longest stem; one that costs more than [`MAX_COST`] is worth less than a guess.

mod parts;
mod stems;
mod tables;

use std::cell::Cell;

use super::inventory::{Phoneme, parse};
use super::joining::join;
use super::lexicon::Lexicons;
use super::spelling::Letter;
use super::verbs::{Form, Verbs};
pub use parts::{Composed, MAX_COST, within_word};
use parts::{begins_part, better, cost_of_length, end_of, extended, part_spelling, without_end};
use tables::{
    End, NUMBERS, ORDINALS, PREFIXES, SUFFIXES, SUFFIXES_IN_PLACE_OF_HE, Suffix, WORD_MAKERS,
};

/// A word with more letters isn't cut.
const MAX_LETTERS: usize = 40;
/// How many affixes and parts are taken off, one after the other.
const MAX_DEPTH: usize = 4;
/// How many parts of a word are looked at before the best cut so far is taken. The words of our lexicon need 90 at most.
const MAX_PARTS: u32 = 1_000;
/// The level of a suffix that is beyond all of the tables.
const ANY_LEVEL: u8 = 6;

/// The letter that some endings take the place of.
const SILENT_HE: Letter = Letter {
    base: 'ه',
    vowel: None,
    doubled: false,
    hamza: false,
    after_half_space: false,
};

/// Cuts a word.
#[derive(Debug)]
pub struct Composer<'a> {
    lexicons: &'a Lexicons,
    verbs: &'a Verbs,
    tag: Option<&'a str>,
    excluded: Option<&'a str>,
    /// How many parts may still be looked at.
    budget: Cell<u32>,
}

impl<'a> Composer<'a> {
    /// A composer for one word, whose part of speech is `tag`, as the tagger names it.
    pub fn new(lexicons: &'a Lexicons, verbs: &'a Verbs, tag: Option<&'a str>) -> Self {
        Self {
            lexicons,
            verbs,
            tag,
            excluded: None,
            budget: Cell::new(MAX_PARTS),
        }
    }

    /// As if the lexicons didn't have the word with a key: what is to be learned must not be learned from itself.
    pub fn without(self, key: &'a str) -> Self {
        Self {
            excluded: Some(key),
            ..self
        }
    }

    /// The best cut of a word that no lexicon has as a whole; `None` if there is none or all are too doubtful.
    pub fn compose(&self, letters: &[Letter]) -> Option<Composed> {
        if letters.len() > MAX_LETTERS {
            return None;
        }
        better(
            self.stem_of_inflected(letters),
            self.cut(letters, ANY_LEVEL, MAX_DEPTH, self.tag),
        )
        .filter(|composed| composed.cost <= MAX_COST)
    }

    /// A part of a word, as a lexicon has it or cut further.
    fn part(
        &self,
        letters: &[Letter],
        level: u8,
        depth: usize,
        tag: Option<&str>,
    ) -> Option<Composed> {
        self.budget.set(self.budget.get().checked_sub(1)?);
        better(
            self.stem(letters, level, tag),
            if depth > 0 {
                self.cut(letters, level, depth, tag)
            } else {
                None
            },
        )
    }

    fn cut(
        &self,
        letters: &[Letter],
        level: u8,
        depth: usize,
        tag: Option<&str>,
    ) -> Option<Composed> {
        let suffixed = SUFFIXES
            .iter()
            .map(|suffix| self.with_suffix(letters, suffix, level, depth));
        let in_place_of_he = SUFFIXES_IN_PLACE_OF_HE
            .iter()
            .map(|suffix| self.with_suffix_in_place_of_he(letters, suffix, level, depth));
        let made = WORD_MAKERS
            .iter()
            .map(|(written, sound)| self.with_word_maker(letters, written, sound, depth));
        let prefixed = PREFIXES
            .iter()
            .map(|(written, sound)| self.with_prefix(letters, written, sound, level, depth, tag));
        let compounds = (2..letters.len().saturating_sub(1))
            .map(|place| self.compound(letters, place, level, depth, tag));
        let cuts = suffixed
            .chain(in_place_of_he)
            .chain(made)
            .chain(prefixed)
            .chain(compounds);
        cuts.chain([
            self.verb(letters),
            self.ordinal(letters),
            self.arabic_plural(letters, level),
        ])
        .fold(None, better)
    }

    fn verb(&self, letters: &[Letter]) -> Option<Composed> {
        let found = self.verbs.read(&part_spelling(letters).key())?;
        let cost = match (found.is_prefixed, found.form) {
            (true, Form::Present | Form::Past) if found.core_letters >= 3 => 0,
            (true, _) => 2,
            (false, Form::Present | Form::Imperative) => 4,
            (false, _) => 1 + cost_of_length(found.core_letters),
        };
        Some(Composed {
            phonemes: found.phonemes,
            cost,
            longest_part: letters.len(),
            is_by_hand: true,
        })
    }

    fn ordinal(&self, letters: &[Letter]) -> Option<Composed> {
        ORDINALS.iter().find_map(|suffix| {
            let (stem, _) = without_end(letters, suffix.written)?;
            let number = self
                .stem(stem, ANY_LEVEL, Some("NUM"))
                .filter(|_| NUMBERS.contains(&part_spelling(stem).bare().as_str()))?;
            let end = end_of(stem, &number.phonemes);
            Some(Composed {
                cost: 0,
                ..extended(number, suffix.sound_after(end)?, 0)
            })
        })
    }

    /// The plural in ات of a word that ends in a silent ه. One of the pattern of ضربه `zarbe` gets an `a` between its last consonants: `zarabɑt`.
    fn arabic_plural(&self, letters: &[Letter], level: u8) -> Option<Composed> {
        let (stem, _) = without_end(letters, "ات").filter(|_| level > 2)?;
        let mut part = self
            .stem(&[stem, &[SILENT_HE]].concat(), 2, Some("N"))
            .filter(|part| part.phonemes.ends_with(&[Phoneme::E]))?;
        part.phonemes.pop();
        if let [first, vowel, one, two] = part.phonemes[..]
            && vowel.is_vowel()
            && one != two
            && ![first, one, two]
                .iter()
                .any(|consonant| consonant.is_vowel())
        {
            part.phonemes = vec![first, vowel, one, Phoneme::A, two];
        }
        Some(extended(part, "ɑt", 1))
    }

    fn with_suffix(
        &self,
        letters: &[Letter],
        suffix: &Suffix,
        level: u8,
        depth: usize,
    ) -> Option<Composed> {
        if suffix.level >= level {
            return None;
        }
        let (stem, is_parted) = without_end(letters, suffix.written)?;
        let stem_tag = if suffix.level == 1 {
            Some("AJ")
        } else {
            Some("N")
        };
        let part = self.part(stem, suffix.level, depth - 1, stem_tag)?;
        let end = end_of(stem, &part.phonemes);
        // «ه» and a half-space before an ending always stand for `e`, and an alef without one rarely begins an ending.
        let doubt = if end != End::Vowel
            && suffix.written.starts_with('ا')
            && suffix.level > 2
            && !is_parted
        {
            3
        } else {
            0
        };
        // After a half-space and after ها hardly anything else can follow.
        let is_sure =
            is_parted || matches!(stem, [.., he, alef] if he.base == 'ه' && alef.base == 'ا');
        let cost = if is_sure {
            suffix.cost.saturating_sub(2)
        } else {
            suffix.cost + doubt
        };
        Some(extended(part, suffix.sound_after(end)?, cost))
    }

    fn with_suffix_in_place_of_he(
        &self,
        letters: &[Letter],
        suffix: &Suffix,
        level: u8,
        depth: usize,
    ) -> Option<Composed> {
        if suffix.level >= level {
            return None;
        }
        let (stem, _) = without_end(letters, suffix.written)?;
        let stem = [stem, &[SILENT_HE]].concat();
        let part = self.part(&stem, suffix.level, depth - 1, Some("N"))?;
        let sound = suffix.sound_after(end_of(&stem, &part.phonemes))?;
        Some(extended(part, sound, suffix.cost))
    }

    fn with_word_maker(
        &self,
        letters: &[Letter],
        written: &str,
        sound: &str,
        depth: usize,
    ) -> Option<Composed> {
        let (stem, is_parted) = without_end(letters, written)?;
        let part = self.part(stem, 0, depth - 1, Some("N"))?;
        Some(extended(part, sound, if is_parted { 0 } else { 2 }))
    }

    fn with_prefix(
        &self,
        letters: &[Letter],
        written: &str,
        sound: &str,
        level: u8,
        depth: usize,
        tag: Option<&str>,
    ) -> Option<Composed> {
        let count = written.chars().count();
        let (prefix, rest) = letters.split_at_checked(count)?;
        if !prefix.iter().map(|letter| letter.base).eq(written.chars()) {
            return None;
        }
        let is_parted = begins_part(rest.first()?);
        let part = self.part(rest, level, depth - 1, tag)?;
        let mut phonemes = parse(sound).ok()?;
        join(&mut phonemes, &within_word(rest, &part.phonemes));
        Some(Composed {
            phonemes,
            cost: part.cost + if is_parted { 0 } else { 3 },
            ..part
        })
    }

    /// Two words written together, with or without a half-space between them.
    fn compound(
        &self,
        letters: &[Letter],
        place: usize,
        level: u8,
        depth: usize,
        tag: Option<&str>,
    ) -> Option<Composed> {
        let (left, right) = letters.split_at(place);
        let is_parted = begins_part(right.first()?);
        if !is_parted && (left.len() < 3 || right.len() < 3) {
            return None;
        }
        let first = self.part(
            left,
            if is_parted { ANY_LEVEL } else { 1 },
            if is_parted { depth - 1 } else { 0 },
            Some("N"),
        )?;
        let second = self.part(right, level, if is_parted { depth - 1 } else { 0 }, tag)?;
        let mut phonemes = first.phonemes;
        join(&mut phonemes, &within_word(right, &second.phonemes));
        Some(Composed {
            phonemes,
            cost: first.cost + second.cost + if is_parted { 0 } else { 4 },
            longest_part: first.longest_part.max(second.longest_part),
            is_by_hand: first.is_by_hand && second.is_by_hand,
        })
    }
}

#[cfg(test)]
mod tests;
