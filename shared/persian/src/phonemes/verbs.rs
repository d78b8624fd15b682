//! The forms of Persian verbs, from their two stems.

mod form;
mod tables;

use std::collections::HashMap;

use super::inventory::{Phoneme, parse};
use super::joining::join;
pub use form::Form;
use tables::{
    PAST, PREFIXES, PRESENT, PRESENT_AFTER_SPOKEN_VOWEL, PRESENT_AFTER_VOWEL, PREVERBS,
    SPOKEN_PAST_STEMS, SPOKEN_PRESENT, SPOKEN_STEMS, VERBS,
};

/// What a word is as a form of a verb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerbReading {
    /// Its phonemes.
    pub phonemes: Vec<Phoneme>,
    /// Its kind, of what stands after the prefixes.
    pub form: Form,
    /// The number of letters of the stem with its ending.
    pub core_letters: usize,
    /// Whether a prefix stands before it.
    pub is_prefixed: bool,
}

/// All forms of the verbs that `verbs.tsv` lists, without prefixes.
#[derive(Debug, Clone)]
pub struct Verbs {
    forms: HashMap<String, Vec<(Form, Vec<Phoneme>)>>,
}

/// Reads a constant of this file; one that isn't of the inventory would be caught by a test.
fn phonemes(symbols: &str) -> Vec<Phoneme> {
    parse(symbols).unwrap_or_default()
}

impl Default for Verbs {
    fn default() -> Self {
        Self::new()
    }
}

impl Verbs {
    /// Makes all forms.
    pub fn new() -> Self {
        let mut verbs = Self {
            forms: HashMap::new(),
        };
        for line in VERBS.lines() {
            let mut fields = line.split('\t');
            if let (Some(past), Some(past_reading), Some(present), Some(present_reading)) =
                (fields.next(), fields.next(), fields.next(), fields.next())
            {
                verbs.add_past(past, &phonemes(past_reading));
                if present != "-" {
                    verbs.add_present(present, &phonemes(present_reading));
                }
            }
        }
        for (stem, reading) in SPOKEN_STEMS {
            let reading = phonemes(reading);
            let ends_in_vowel = reading.last().is_some_and(|last| last.is_vowel());
            let endings: &[&[(&str, &str)]] = if ends_in_vowel {
                &[PRESENT_AFTER_SPOKEN_VOWEL]
            } else {
                &[PRESENT, SPOKEN_PRESENT]
            };
            for endings in endings {
                verbs.add_endings(Form::SpokenPresent, stem, &reading, endings);
            }
            if stem.chars().nth(1).is_some() {
                verbs.add(Form::Imperative, (*stem).to_owned(), reading);
            }
        }
        for (stem, reading) in SPOKEN_PAST_STEMS {
            verbs.add_past(stem, &phonemes(reading));
        }
        verbs
    }

    fn add(&mut self, form: Form, written: String, reading: Vec<Phoneme>) {
        let readings = self.forms.entry(written).or_default();
        if !readings.iter().any(|(other, _)| *other == form) {
            readings.push((form, reading));
        }
    }

    fn add_endings(
        &mut self,
        form: Form,
        stem: &str,
        reading: &[Phoneme],
        endings: &[(&str, &str)],
    ) {
        for (ending, ending_reading) in endings {
            let mut whole = reading.to_vec();
            join(&mut whole, &phonemes(ending_reading));
            self.add(form, format!("{stem}{ending}"), whole);
        }
    }

    fn add_past(&mut self, stem: &str, reading: &[Phoneme]) {
        self.add_endings(Form::Past, stem, reading, PAST);
        self.add_endings(Form::Participle, stem, reading, &[("ه", "e")]);
        self.add_endings(
            Form::Noun,
            stem,
            reading,
            &[("ن", "an"), ("گان", "eɡɑn"), ("گی", "eɡi")],
        );
    }

    fn add_present(&mut self, stem: &str, reading: &[Phoneme]) {
        let ends_in_vowel = reading.last().is_some_and(|last| last.is_vowel());
        self.add_endings(
            Form::Present,
            stem,
            reading,
            if ends_in_vowel {
                PRESENT_AFTER_VOWEL
            } else {
                PRESENT
            },
        );
        if !ends_in_vowel {
            self.add_endings(Form::SpokenPresent, stem, reading, SPOKEN_PRESENT);
        }
        let nouns: &[(&str, &str)] = if ends_in_vowel {
            &[
                ("ینده", "jande"),
                ("یندگان", "jandeɡɑn"),
                ("یندگی", "jandeɡi"),
            ]
        } else {
            &[("نده", "ande"), ("ندگان", "andeɡɑn"), ("ندگی", "andeɡi")]
        };
        self.add_endings(Form::Noun, stem, reading, nouns);
        self.add_endings(
            Form::Noun,
            stem,
            reading,
            if ends_in_vowel {
                &[("یش", "jeʃ")]
            } else {
                &[("ش", "eʃ")]
            },
        );
        let mut imperative = reading.to_vec();
        // The `av` of a present stem is `ow` where nothing follows it: بشنو `beʃenow`.
        if imperative.ends_with(&[Phoneme::A, Phoneme::V]) {
            imperative.truncate(imperative.len() - 2);
            imperative.extend([Phoneme::O, Phoneme::W]);
        }
        // بده `bede`: the ه of the other forms is silent there.
        if imperative == [Phoneme::D, Phoneme::A, Phoneme::H] {
            imperative = vec![Phoneme::D, Phoneme::E];
        }
        self.add(Form::Imperative, stem.to_owned(), imperative);
    }

    /// Reads a word without half-spaces as a form of a verb, with or without prefixes.
    pub fn read(&self, word: &str) -> Option<VerbReading> {
        let alone = self.read_prefixed(word);
        alone.or_else(|| {
            PREVERBS.iter().find_map(|(preverb, reading)| {
                let mut found = self.read_prefixed(word.strip_prefix(preverb)?)?;
                let mut whole = phonemes(reading);
                join(&mut whole, &found.phonemes);
                found.phonemes = whole;
                found.is_prefixed = true;
                Some(found)
            })
        })
    }

    fn read_prefixed(&self, word: &str) -> Option<VerbReading> {
        if let Some(found) = self.read_core(
            word,
            &[Form::Past, Form::Participle, Form::Noun, Form::Present],
        ) {
            return Some(found);
        }
        PREFIXES.iter().find_map(|(prefix, reading, forms)| {
            let rest = word.strip_prefix(prefix)?;
            let is_one_letter = prefix.chars().nth(1).is_none();
            // After a prefix آ loses its hat (می‌آید, میاید); after ب, ن and م a ی stands before it (بیاید), and before other vowels too,
            // instead of their letter (بیفتد, نینداخت).
            let after_glide = if is_one_letter {
                rest.strip_prefix('ی')
            } else {
                None
            };
            let with_hat = |rest: &str| rest.strip_prefix('ا').map(|rest| format!("آ{rest}"));
            let spellings = [
                (after_glide.and_then(with_hat), true),
                (after_glide.map(str::to_owned), true),
                (after_glide.map(|rest| format!("ا{rest}")), true),
                (Some(rest.to_owned()), false),
                (with_hat(rest), false),
            ];
            spellings.into_iter().find_map(|(core, has_glide)| {
                let mut found = self.read_core(&core?, forms)?;
                let begins_with_vowel =
                    found.phonemes.first().is_some_and(|first| first.is_vowel());
                if has_glide && !begins_with_vowel
                    || is_one_letter && begins_with_vowel && !has_glide
                {
                    return None;
                }
                found.phonemes =
                    prefixed(reading, &found.phonemes, begins_with_vowel && is_one_letter);
                found.is_prefixed = true;
                Some(found)
            })
        })
    }

    fn read_core(&self, core: &str, forms: &[Form]) -> Option<VerbReading> {
        let readings = self.forms.get(core)?;
        forms.iter().find_map(|wanted| {
            let (form, phonemes) = readings.iter().find(|(form, _)| form == wanted)?;
            Some(VerbReading {
                phonemes: phonemes.clone(),
                form: *form,
                core_letters: core.chars().count(),
                is_prefixed: false,
            })
        })
    }
}

/// A form with its prefix: ب is `bij` before a vowel, and `bo` before خور; ن and م are `naj` and `maj` before a vowel that has its glide.
fn prefixed(prefix: &str, form: &[Phoneme], has_glide: bool) -> Vec<Phoneme> {
    let mut whole = match prefix {
        "be" if has_glide => phonemes("bij"),
        "be" if form.starts_with(&[Phoneme::X, Phoneme::O, Phoneme::R]) => phonemes("bo"),
        "be" if form.first() == Some(&Phoneme::Y) => phonemes("bi"),
        "na" | "ma" if has_glide => phonemes(prefix).into_iter().chain([Phoneme::Y]).collect(),
        _ => phonemes(prefix),
    };
    join(&mut whole, form);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phonemes::inventory::render;

    #[test]
    fn every_stem_is_written_in_the_inventory() {
        for line in VERBS.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            assert_eq!(fields.len(), 4, "{line}");
            assert!(parse(fields[1]).is_ok(), "{line}");
            assert!(fields[3] == "-" || parse(fields[3]).is_ok(), "{line}");
        }
        let tables = [
            PRESENT,
            PRESENT_AFTER_VOWEL,
            SPOKEN_PRESENT,
            PRESENT_AFTER_SPOKEN_VOWEL,
            PAST,
            PREVERBS,
            SPOKEN_STEMS,
            SPOKEN_PAST_STEMS,
        ];
        assert!(
            tables
                .iter()
                .copied()
                .flatten()
                .all(|(_, reading)| parse(reading).is_ok())
        );
        assert!(
            PREFIXES
                .iter()
                .all(|(_, reading, _)| parse(reading).is_ok())
        );
    }

    #[test]
    fn verbs_are_conjugated() {
        let verbs = Verbs::new();
        for (word, reading) in [
            ("میروم", "miravam"),
            ("نمیشود", "nemiʃavad"),
            ("رفتند", "raftand"),
            ("نمیخواهم", "nemixɑham"),
            ("بکند", "bekonad"),
            ("بخورد", "boxorad"),
            ("میگویند", "miɡujand"),
            ("بگویید", "beɡujid"),
            ("گفته", "ɡofte"),
            ("گوینده", "ɡujande"),
            ("نوشتن", "neveʃtan"),
            ("بیاورد", "bijɑvarad"),
            ("نیامد", "najɑmad"),
            ("بیفتد", "bijoftad"),
            ("نینداخت", "najandɑxt"),
            ("میآید", "mijɑjad"),
            ("میاید", "mijɑjad"),
            ("میخوام", "mixɑm"),
            ("میگه", "miɡe"),
            ("بشنو", "beʃenow"),
            ("برمیگردد", "barmiɡardad"),
            ("بازگشت", "bɑzɡaʃt"),
            ("میرویم", "miravim"),
            ("بده", "bede"),
            ("بدهد", "bedahad"),
            ("بیابند", "bijɑband"),
            ("نخوندم", "naxundam"),
            ("میدن", "midan"),
        ] {
            assert_eq!(
                verbs.read(word).map(|found| render(&found.phonemes)),
                Some(reading.to_owned()),
                "{word}"
            );
        }
        for word in ["کتاب", "باید", "جون"] {
            assert_eq!(verbs.read(word), None, "{word}");
        }
    }
}
