//! Reads a word as a stem that a lexicon knows with affixes around it, or as a compound of such words.
//!
//! A word may be cut in several ways (ماهی is «a month» and «fish», دستان is «hands» and «your hand»). Each cut has a cost: what an affix costs by
//! its table, what a stem costs for being short (short stems are found everywhere by chance) or for being of the lexicon that has more errors.
//! The cheapest cut wins, of equal ones the one with the longest stem; one that costs more than [`MAX_COST`] is worth less than a guess.

mod tables;

use super::inventory::{Phoneme, parse};
use super::joining::join;
use super::lexicon::{Lexicon, Lexicons, choose};
use super::spelling::{HALF_SPACE, Letter, Spelling};
use super::verbs::{Form, Verbs};
use tables::{End, NUMBERS, ORDINALS, PREFIXES, SUFFIXES, SUFFIXES_IN_PLACE_OF_HE, Suffix, WORD_MAKERS};

/// A word with more letters isn't cut.
const MAX_LETTERS: usize = 40;
/// How many affixes and parts are taken off, one after the other.
const MAX_DEPTH: usize = 4;
/// The level of a suffix that is beyond all of the tables.
const ANY_LEVEL: u8 = 6;

/// The letter that some endings take the place of.
const SILENT_HE: Letter = Letter { base: 'ه', vowel: None, doubled: false, hamza: false, after_half_space: false };

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
    longest_part: usize,
    /// Whether every part is from the lexicon written by hand, the verbs or the affixes.
    pub is_by_hand: bool,
}

/// Cuts words.
#[derive(Debug, Clone, Copy)]
pub struct Composer<'a> {
    /// Where stems are looked up.
    pub lexicons: &'a Lexicons,
    /// The forms of verbs.
    pub verbs: &'a Verbs,
    /// The part of speech of the word, as the tagger names it.
    pub tag: Option<&'a str>,
    /// The key of a word that counts as unknown: that which is to be learned, so that it isn't learned from itself.
    pub excluded: Option<&'a str>,
}

impl Composer<'_> {
    /// The best cut of a word that no lexicon has as a whole; `None` if there is none or all are too doubtful.
    pub fn compose(&self, letters: &[Letter]) -> Option<Composed> {
        if letters.len() > MAX_LETTERS {
            return None;
        }
        self.cut(letters, ANY_LEVEL, MAX_DEPTH, self.tag).filter(|composed| composed.cost <= MAX_COST)
    }

    /// A part of a word, as a lexicon has it or cut further.
    fn part(&self, letters: &[Letter], level: u8, depth: usize, tag: Option<&str>) -> Option<Composed> {
        better(self.stem(letters, level, tag), if depth > 0 { self.cut(letters, level, depth, tag) } else { None })
    }

    /// A part that a lexicon has.
    fn stem(&self, letters: &[Letter], level: u8, tag: Option<&str>) -> Option<Composed> {
        let spelling = part_spelling(letters);
        if self.excluded == Some(spelling.key().as_str()) {
            return None;
        }
        let find = |lexicon| self.lexicons.find(lexicon, &spelling).filter(|entry| has_letters(&entry.word, letters));
        let by_hand = find(Lexicon::Hand);
        let is_by_hand = by_hand.is_some();
        let entry = by_hand.or_else(|| find(Lexicon::Gruut))?;
        let reading = choose(&entry.readings, tag)?;
        // An affix stands only after what is of a lower level than itself.
        if level < ANY_LEVEL && self.level_of(letters, &reading.phonemes) >= level {
            return None;
        }
        let cost = cost_of_length(letters.len()) + if is_by_hand { 0 } else { 3 };
        Some(Composed { phonemes: reading.phonemes.clone(), cost, longest_part: letters.len(), is_by_hand })
    }

    /// The level of the suffix that a word of a lexicon ends in: that of its ezafe (صدای), of its possessor (دلت); 0 if in neither.
    fn level_of(&self, letters: &[Letter], phonemes: &[Phoneme]) -> u8 {
        let Some((last, before)) = letters.split_last() else { return 0 };
        let ends_in = |sound: &[Phoneme]| phonemes.ends_with(sound).then(|| &phonemes[..phonemes.len() - sound.len()]);
        let possessor = match last.base {
            'ی' if ends_in(&[Phoneme::Y, Phoneme::E]).is_some() => return ANY_LEVEL,
            'م' => ends_in(&[Phoneme::A, Phoneme::M]),
            'ت' => ends_in(&[Phoneme::A, Phoneme::T]),
            'ش' => ends_in(&[Phoneme::A, Phoneme::Sh]),
            _ => None,
        };
        let Some(stem) = possessor else { return 0 };
        let entry = self.lexicons.find(Lexicon::Hand, &part_spelling(before));
        let is_inflected = entry.is_some_and(|entry| entry.readings.iter().any(|reading| reading.phonemes == stem));
        if is_inflected { 4 } else { 0 }
    }

    fn cut(&self, letters: &[Letter], level: u8, depth: usize, tag: Option<&str>) -> Option<Composed> {
        let suffixed = SUFFIXES.iter().map(|suffix| self.with_suffix(letters, suffix, level, depth));
        let in_place_of_he = SUFFIXES_IN_PLACE_OF_HE.iter().map(|suffix| self.with_suffix_in_place_of_he(letters, suffix, level, depth));
        let made = WORD_MAKERS.iter().map(|(written, sound)| self.with_word_maker(letters, written, sound, depth));
        let prefixed = PREFIXES.iter().map(|(written, sound)| self.with_prefix(letters, written, sound, level, depth, tag));
        let compounds = (2..letters.len().saturating_sub(1)).map(|place| self.compound(letters, place, level, depth, tag));
        let cuts = suffixed.chain(in_place_of_he).chain(made).chain(prefixed).chain(compounds);
        cuts.chain([self.verb(letters), self.ordinal(letters), self.arabic_plural(letters, level)]).fold(None, better)
    }

    fn verb(&self, letters: &[Letter]) -> Option<Composed> {
        let found = self.verbs.read(&part_spelling(letters).key())?;
        let cost = match (found.is_prefixed, found.form) {
            (true, Form::Present | Form::Past) if found.core_letters >= 3 => 0,
            (true, _) => 2,
            (false, Form::Present | Form::Imperative) => 4,
            (false, _) => 1 + cost_of_length(found.core_letters),
        };
        Some(Composed { phonemes: found.phonemes, cost, longest_part: letters.len(), is_by_hand: true })
    }

    fn ordinal(&self, letters: &[Letter]) -> Option<Composed> {
        ORDINALS.iter().find_map(|suffix| {
            let (stem, _) = without_end(letters, suffix.written)?;
            let number = self.stem(stem, ANY_LEVEL, Some("NUM")).filter(|_| NUMBERS.contains(&part_spelling(stem).bare().as_str()))?;
            let end = end_of(stem, &number.phonemes);
            Some(Composed { cost: 0, ..extended(number, suffix.sound_after(end)?, 0) })
        })
    }

    /// The plural in ات of a word that ends in a silent ه. One of the pattern of ضربه `zarbe` gets an `a` between its last consonants: `zarabɑt`.
    fn arabic_plural(&self, letters: &[Letter], level: u8) -> Option<Composed> {
        let (stem, _) = without_end(letters, "ات").filter(|_| level > 2)?;
        let mut part = self.stem(&[stem, &[SILENT_HE]].concat(), 2, Some("N")).filter(|part| part.phonemes.ends_with(&[Phoneme::E]))?;
        part.phonemes.pop();
        if let [first, vowel, one, two] = part.phonemes[..]
            && vowel.is_vowel()
            && one != two
            && ![first, one, two].iter().any(|consonant| consonant.is_vowel())
        {
            part.phonemes = vec![first, vowel, one, Phoneme::A, two];
        }
        Some(extended(part, "ɑt", 1))
    }

    fn with_suffix(&self, letters: &[Letter], suffix: &Suffix, level: u8, depth: usize) -> Option<Composed> {
        if suffix.level >= level {
            return None;
        }
        let (stem, is_parted) = without_end(letters, suffix.written)?;
        let stem_tag = if suffix.level == 1 { Some("AJ") } else { Some("N") };
        let part = self.part(stem, suffix.level, depth - 1, stem_tag)?;
        let end = end_of(stem, &part.phonemes);
        // «ه» and a half-space before an ending always stand for `e`, and an alef without one rarely begins an ending.
        let doubt = if end != End::Vowel && suffix.written.starts_with('ا') && suffix.level > 2 && !is_parted { 3 } else { 0 };
        let cost = if is_parted { suffix.cost.saturating_sub(2) } else { suffix.cost + doubt };
        Some(extended(part, suffix.sound_after(end)?, cost))
    }

    fn with_suffix_in_place_of_he(&self, letters: &[Letter], suffix: &Suffix, level: u8, depth: usize) -> Option<Composed> {
        if suffix.level >= level {
            return None;
        }
        let (stem, _) = without_end(letters, suffix.written)?;
        let stem = [stem, &[SILENT_HE]].concat();
        let part = self.part(&stem, suffix.level, depth - 1, Some("N"))?;
        let sound = suffix.sound_after(end_of(&stem, &part.phonemes))?;
        Some(extended(part, sound, suffix.cost))
    }

    fn with_word_maker(&self, letters: &[Letter], written: &str, sound: &str, depth: usize) -> Option<Composed> {
        let (stem, is_parted) = without_end(letters, written)?;
        let part = self.part(stem, 0, depth - 1, Some("N"))?;
        Some(extended(part, sound, if is_parted { 0 } else { 2 }))
    }

    fn with_prefix(&self, letters: &[Letter], written: &str, sound: &str, level: u8, depth: usize, tag: Option<&str>) -> Option<Composed> {
        let count = written.chars().count();
        let (prefix, rest) = letters.split_at_checked(count)?;
        if !prefix.iter().map(|letter| letter.base).eq(written.chars()) {
            return None;
        }
        let is_parted = rest.first()?.after_half_space;
        let part = self.part(rest, level, depth - 1, tag)?;
        let mut phonemes = parse(sound).ok()?;
        join(&mut phonemes, &part.phonemes);
        Some(Composed { phonemes, cost: part.cost + if is_parted { 0 } else { 3 }, ..part })
    }

    /// Two words written together, with or without a half-space between them.
    fn compound(&self, letters: &[Letter], place: usize, level: u8, depth: usize, tag: Option<&str>) -> Option<Composed> {
        let (left, right) = letters.split_at(place);
        let is_parted = right.first()?.after_half_space;
        if !is_parted && (left.len() < 3 || right.len() < 3) {
            return None;
        }
        let first = self.part(left, if is_parted { ANY_LEVEL } else { 1 }, if is_parted { depth - 1 } else { 0 }, Some("N"))?;
        let second = self.part(right, level, if is_parted { depth - 1 } else { 0 }, tag)?;
        let mut phonemes = first.phonemes;
        join(&mut phonemes, &second.phonemes);
        Some(Composed {
            phonemes,
            cost: first.cost + second.cost + if is_parted { 0 } else { 4 },
            longest_part: first.longest_part.max(second.longest_part),
            is_by_hand: first.is_by_hand && second.is_by_hand,
        })
    }
}

/// Short stems are found in words that don't have them.
fn cost_of_length(letters: usize) -> u32 {
    match letters {
        0 => MAX_COST + 1,
        1 => 6,
        2 => 3,
        3 => 1,
        _ => 0,
    }
}

fn better(left: Option<Composed>, right: Option<Composed>) -> Option<Composed> {
    match (left, right) {
        (Some(left), Some(right)) => {
            let rank = |composed: &Composed| (composed.cost, usize::MAX - composed.longest_part);
            Some(if rank(&right) < rank(&left) { right } else { left })
        }
        (left, right) => left.or(right),
    }
}

fn extended(mut part: Composed, sound: &str, cost: u32) -> Composed {
    // The tables are of the inventory, which a test checks.
    join(&mut part.phonemes, &parse(sound).unwrap_or_default());
    part.cost += cost;
    part
}

/// Whether a word has the same letters, the seats of hamzas included; half-spaces don't matter.
fn has_letters(word: &str, letters: &[Letter]) -> bool {
    word.chars().filter(|character| *character != HALF_SPACE).eq(letters.iter().map(|letter| letter.base))
}

/// A part of a word as a word of its own.
fn part_spelling(letters: &[Letter]) -> Spelling {
    let mut letters = letters.to_vec();
    if let Some(first) = letters.first_mut() {
        first.after_half_space = false;
    }
    Spelling { letters }
}

/// The letters before an ending, at least one, and whether a half-space parts them. A half-space within the ending parts something else.
fn without_end<'a>(letters: &'a [Letter], ending: &str) -> Option<(&'a [Letter], bool)> {
    let count = ending.chars().count();
    let (stem, end) = letters.split_at_checked(letters.len().checked_sub(count)?)?;
    let is_ending = end.iter().map(|letter| super::spelling::folded(letter.base)).eq(ending.chars());
    let is_whole = end.iter().skip(1).all(|letter| !letter.after_half_space);
    (is_ending && is_whole && !stem.is_empty()).then(|| (stem, end[0].after_half_space))
}

fn end_of(letters: &[Letter], phonemes: &[Phoneme]) -> End {
    match (letters.last().map(|letter| letter.base), phonemes.last()) {
        (Some('ه'), Some(Phoneme::E | Phoneme::A)) => End::SilentHe,
        (_, Some(Phoneme::I)) => End::I,
        (_, Some(last)) if last.is_vowel() => End::Vowel,
        _ => End::Consonant,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::phonemes::inventory::render;
    use crate::phonemes::lexicon::{Entry, Reading};

    fn composed(word: &str) -> Option<String> {
        let words = [
            ("خانه", "xɑne"),
            ("کتاب", "ketɑb"),
            ("دانشجو", "dɑneʃd͡ʒu"),
            ("صدا", "sedɑ"),
            ("زندگی", "zendeɡi"),
            ("بزرگ", "bozorɡ"),
            ("آقا", "ɑqɑ"),
            ("درخت", "deraxt"),
            ("خسته", "xaste"),
            ("ادب", "adab"),
            ("خط", "xatt"),
            ("سبز", "sabz"),
        ];
        let entry = |(word, reading): (&str, &str)| Entry {
            lexicon: Lexicon::Hand,
            word: word.to_owned(),
            readings: vec![Reading { phonemes: parse(reading).unwrap(), tag: None }],
        };
        let lexicons = Lexicons::new(words.map(entry));
        let composer = Composer { lexicons: &lexicons, verbs: &Verbs::new(), tag: None, excluded: None };
        composer.compose(&Spelling::of(word).letters).map(|composed| render(&composed.phonemes))
    }

    #[test]
    fn every_affix_is_written_in_the_inventory() {
        let sounds = SUFFIXES.iter().chain(SUFFIXES_IN_PLACE_OF_HE).flat_map(|suffix| suffix.sounds).filter(|sound| *sound != "-");
        let made = WORD_MAKERS.iter().chain(PREFIXES).map(|(_, sound)| *sound);
        assert!(sounds.chain(made).all(|sound| parse(sound).is_ok()));
    }

    #[test]
    fn stems_and_affixes_join() {
        for (word, reading) in [
            ("خانه‌ها", "xɑnehɑ"),
            ("خانه‌های", "xɑnehɑje"),
            ("خانه‌هایی", "xɑnehɑji"),
            ("خانه‌هایم", "xɑnehɑjam"),
            ("خانه‌ام", "xɑneʔam"),
            ("خانه‌ای", "xɑneʔi"),
            ("خانه‌اند", "xɑneʔand"),
            ("کتابهایشان", "ketɑbhɑjeʃɑn"),
            ("کتابی", "ketɑbi"),
            ("کتابم", "ketɑbam"),
            ("دانشجویان", "dɑneʃd͡ʒujɑn"),
            ("دانشجویی", "dɑneʃd͡ʒuji"),
            ("صدای", "sedɑje"),
            ("صدایش", "sedɑjaʃ"),
            ("زندگی‌اش", "zendeɡijaʃ"),
            ("بزرگ‌ترین", "bozorɡtarin"),
            ("بزرگترها", "bozorɡtarhɑ"),
            ("آقایان", "ɑqɑjɑn"),
            ("درختان", "deraxtɑn"),
            ("خستگی", "xasteɡi"),
            ("بی‌ادب", "bijadab"),
            ("خط‌ها", "xathɑ"),
            ("خطی", "xatti"),
            ("خانه‌سبز", "xɑnesabz"),
            ("می‌روم", "miravam"),
            ("رفته‌اند", "rafteʔand"),
            ("می‌دیدمشان", "mididameʃɑn"),
        ] {
            assert_eq!(composed(word), Some(reading.to_owned()), "{word}");
        }
        assert_eq!(composed("پنگوئن"), None);
    }

    proptest! {
        #[test]
        fn any_word_is_cut_or_left(word in "[خانهکتبصدیمشوا\u{200c}]{0,60}") {
            let _ = composed(&word);
        }
    }
}
