//! Parts of a word that a lexicon has.

use super::parts::{Composed, cost_of_length, end_of, has_letters, part_spelling};
use super::tables::End;
use super::{ANY_LEVEL, Composer};
use crate::phonemes::alignment::align;
use crate::phonemes::inventory::{Phoneme, parse};
use crate::phonemes::lexicon::{Lexicon, choose};
use crate::phonemes::spelling::{Letter, Spelling};

/// Endings with which a word may be in a lexicon that doesn't have it without.
const INFLECTIONS: &[(&str, &str)] = &[("ی", "je"), ("ها", "hɑ"), ("های", "hɑje"), ("ی", "i")];

impl Composer<'_> {
    /// A part that a lexicon has.
    pub(super) fn stem(
        &self,
        letters: &[Letter],
        level: u8,
        tag: Option<&str>,
    ) -> Option<Composed> {
        let spelling = part_spelling(letters);
        if self.excluded == Some(spelling.key().as_str()) {
            return None;
        }
        let find = |lexicon| {
            self.lexicons
                .find(lexicon, &spelling)
                .filter(|entry| has_letters(&entry.word, letters))
        };
        let by_hand = find(Lexicon::Hand);
        let is_by_hand = by_hand.is_some();
        let Some(entry) = by_hand.or_else(|| find(Lexicon::Gruut)) else {
            return self.stem_of_inflected(letters);
        };
        let reading = choose(&entry.readings, tag)?;
        // An affix stands only after what is of a lower level than itself.
        if level < ANY_LEVEL && self.level_of(letters, &reading.phonemes) >= level {
            return None;
        }
        let cost = cost_of_length(letters.len()) + if is_by_hand { 0 } else { 3 };
        Some(Composed {
            phonemes: reading.phonemes.clone(),
            cost,
            longest_part: letters.len(),
            is_by_hand,
        })
    }

    /// A part that our lexicon has with an ending only: صدا in صدای.
    pub(super) fn stem_of_inflected(&self, letters: &[Letter]) -> Option<Composed> {
        if letters.len() < 3 {
            return None;
        }
        INFLECTIONS.iter().find_map(|(ending, sound)| {
            let inflected = part_spelling(&[letters, &Spelling::of(ending).letters].concat());
            if self.excluded == Some(inflected.key().as_str()) {
                return None;
            }
            let entry = self.lexicons.find(Lexicon::Hand, &inflected)?;
            let reading = &entry.readings.first()?.phonemes;
            let phonemes = reading.strip_suffix(&parse(sound).ok()?[..])?.to_vec();
            let fits = (*ending != "ی"
                || end_of(letters, &phonemes)
                    == if *sound == "je" {
                        End::Vowel
                    } else {
                        End::Consonant
                    })
                && align(letters, &phonemes).is_some();
            fits.then(|| Composed {
                phonemes,
                cost: 2 + cost_of_length(letters.len()),
                longest_part: letters.len(),
                is_by_hand: true,
            })
        })
    }

    /// The level of the suffix that a word of a lexicon ends in: that of its ezafe (صدای), of its possessor (دلت); 0 if in neither.
    fn level_of(&self, letters: &[Letter], phonemes: &[Phoneme]) -> u8 {
        let Some((last, before)) = letters.split_last() else {
            return 0;
        };
        let ends_in = |sound: &[Phoneme]| {
            phonemes
                .ends_with(sound)
                .then(|| &phonemes[..phonemes.len() - sound.len()])
        };
        let possessor = match last.base {
            'ی' if ends_in(&[Phoneme::Y, Phoneme::E]).is_some() => return ANY_LEVEL,
            'م' => ends_in(&[Phoneme::A, Phoneme::M]),
            'ت' => ends_in(&[Phoneme::A, Phoneme::T]),
            'ش' => ends_in(&[Phoneme::A, Phoneme::Sh]),
            _ => None,
        };
        let Some(stem) = possessor else { return 0 };
        let entry = self.lexicons.find(Lexicon::Hand, &part_spelling(before));
        let is_inflected = entry.is_some_and(|entry| {
            entry
                .readings
                .iter()
                .any(|reading| reading.phonemes == stem)
        });
        if is_inflected { 4 } else { 0 }
    }
}
