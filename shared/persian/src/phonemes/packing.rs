//! Makes the file of lexicons from its sources. A program that sets the machine up calls it once.

use std::collections::HashSet;
use std::path::Path;

use thiserror::Error;

use super::affixes::Composer;
use super::doubles::with_double_end;
use super::guesser::{Example, Suggestion, train};
use super::inventory::{ParseError, Phoneme, parse};
use super::joining::without_hiatus;
use super::lexicon::{Entry, Lexicon, Lexicons, Reading, TAGS};
use super::spelling::Spelling;
use super::verbs::Verbs;
use super::{gruut, packed};

/// What was packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackReport {
    /// Words of the lexicon written by hand.
    pub hand_words: usize,
    /// Words of gruut's lexicon.
    pub gruut_words: usize,
    /// Words of gruut's lexicon that aren't written in its phonemes; they are left out.
    pub unknown_gruut_words: usize,
    /// The length of the file.
    pub bytes: usize,
}

/// Why lexicons can't be packed.
#[derive(Debug, Error)]
pub enum PackError {
    /// A line isn't a word with its readings.
    #[error("line {line} of the lexicon: {text:?} isn't «word, tab, reading[:TAG]»; the tags are {}", TAGS.join(" "))]
    Line {
        /// Its number, from 1.
        line: usize,
        /// The line.
        text: String,
    },
    /// A reading isn't of the inventory.
    #[error("line {line} of the lexicon: {source}")]
    Reading {
        /// The number of its line, from 1.
        line: usize,
        /// What is wrong with it.
        source: ParseError,
    },
    /// The file can't be written.
    #[error("writing the packed lexicons: {0}")]
    Io(#[from] std::io::Error),
}

/// Packs both lexicons, and the guesser that is learned from them, into a file.
///
/// `hand` is the text of our lexicon: `word<TAB>reading[:TAG]` a line, further readings after further tabs. `gruut` gives the words of
/// gruut's lexicon with their IPA, phonemes parted by spaces.
///
/// # Errors
/// If a line of our lexicon is wrong, or the file can't be written.
pub fn pack<'a>(
    hand: &str,
    gruut: impl IntoIterator<Item = (&'a str, &'a str)>,
    out: &Path,
) -> Result<PackReport, PackError> {
    let hand = parse_hand(hand)?;
    let (hand_words, mut unknown_gruut_words) = (hand.len(), 0);
    let mut converted = Vec::new();
    for (word, pronunciation) in gruut {
        match gruut::converted(pronunciation) {
            Some(phonemes) => converted.push(gruut_entry(word, phonemes)),
            None => unknown_gruut_words += 1,
        }
    }
    let gruut_words = converted.len();
    let lexicons = Lexicons::new(hand.iter().cloned().chain(converted));
    let guesser = train(&examples(&hand, &lexicons));
    let bytes = packed::save(out, &lexicons, &guesser)?;
    Ok(PackReport {
        hand_words,
        gruut_words,
        unknown_gruut_words,
        bytes,
    })
}

/// Reads the text of the lexicon written by hand. What its writers do differently from each other is made alike: no two vowels touch, `ijj` before a
/// vowel is `ij`, and a final consonant that is heard doubled before a vowel is written twice.
///
/// # Errors
/// If a line is wrong.
pub fn parse_hand(text: &str) -> Result<Vec<Entry>, PackError> {
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty());
    lines
        .map(|(place, line)| parse_line(line, place + 1))
        .collect()
}

fn parse_line(text: &str, line: usize) -> Result<Entry, PackError> {
    let wrong = || PackError::Line {
        line,
        text: text.to_owned(),
    };
    let mut fields = text.split('\t');
    let word = fields
        .next()
        .filter(|word| !Spelling::of(word).letters.is_empty())
        .ok_or_else(wrong)?;
    let mut readings = Vec::new();
    for field in fields {
        let (symbols, tag) = match field.split_once(':') {
            Some((symbols, tag)) => (
                symbols,
                Some(*TAGS.iter().find(|known| **known == tag).ok_or_else(wrong)?),
            ),
            None => (field, None),
        };
        let phonemes = parse(symbols).map_err(|source| PackError::Reading { line, source })?;
        readings.push(Reading {
            phonemes: tidied(word, &phonemes),
            tag,
        });
    }
    if readings.iter().all(|reading| reading.phonemes.is_empty()) {
        return Err(wrong());
    }
    Ok(Entry {
        lexicon: Lexicon::Hand,
        word: word.to_owned(),
        readings,
    })
}

fn tidied(word: &str, phonemes: &[Phoneme]) -> Vec<Phoneme> {
    let mut tidied = Vec::with_capacity(phonemes.len());
    for phoneme in without_hiatus(phonemes) {
        if phoneme != Phoneme::Y || !tidied.ends_with(&[Phoneme::I, Phoneme::Y]) {
            tidied.push(phoneme);
        }
    }
    with_double_end(word, tidied)
}

fn gruut_entry(word: &str, phonemes: Vec<Phoneme>) -> Entry {
    Entry {
        lexicon: Lexicon::Gruut,
        word: word.to_owned(),
        readings: vec![Reading {
            phonemes,
            tag: None,
        }],
    }
}

/// What the guesser learns from: the usual reading of each word, and how it would be read if only the other words were known.
pub fn examples(entries: &[Entry], lexicons: &Lexicons) -> Vec<Example> {
    let (mut seen, mut examples, verbs) = (HashSet::new(), Vec::new(), Verbs::new());
    for entry in entries {
        let spelling = Spelling::of(&entry.word);
        let key = spelling.key();
        if let Some(reading) = entry.readings.first()
            && seen.insert(key.clone())
        {
            let composer = Composer::new(lexicons, &verbs, None).without(&key);
            let suggestion = composer
                .compose(&spelling.letters)
                .map(|composed| Suggestion {
                    phonemes: composed.phonemes,
                    cost: composed.cost,
                });
            let example = Example {
                letters: spelling.letters,
                phonemes: reading.phonemes.clone(),
                suggestion,
            };
            if example.suggestion.is_some() {
                examples.push(Example {
                    suggestion: None,
                    ..example.clone()
                });
            }
            examples.push(example);
        }
    }
    examples
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phonemes::inventory::render;

    #[test]
    fn a_line_has_readings_with_tags() {
        let entries = parse_hand("مرد\tmard:N\tmord:V\nهسته‌ای\thastei\n").unwrap();
        assert_eq!(entries[0].readings[1].tag, Some("V"));
        assert_eq!(render(&entries[1].readings[0].phonemes), "hasteʔi");
    }

    #[test]
    fn a_wrong_line_is_named() {
        for text in [
            "آب\tɑb\nکتاب",
            "آب\tɑb\nکتاب\tketɑb:X",
            "آب\tɑb\nکتاب\tketäb",
            "آب\tɑb\nabc\ta",
        ] {
            let error = parse_hand(text).unwrap_err().to_string();
            assert!(error.starts_with("line 2"), "{error}");
        }
    }

    #[test]
    fn ways_to_write_one_sound_are_made_alike() {
        let reading = |line: &str| render(&parse_hand(line).unwrap()[0].readings[0].phonemes);
        assert_eq!(reading("امنیت\tamnijjat"), "amnijat");
        assert_eq!(reading("خط\txat"), "xatt");
        assert_eq!(reading("می‌افتد\tmioftad"), "mijoftad");
    }

    #[test]
    fn packing_gives_a_file_that_loads() {
        let path = std::env::temp_dir().join(format!("persian-packing-{}", std::process::id()));
        let report = pack(
            "آب\tɑb\nباد\tbɑd\n",
            [("رفتم", "ɾ æ f t æ m"), ("بد", "?")],
            &path,
        )
        .unwrap();
        assert_eq!(
            (
                report.hand_words,
                report.gruut_words,
                report.unknown_gruut_words
            ),
            (2, 1, 1)
        );
        let (lexicons, _) = packed::load(&path).unwrap();
        assert_eq!(lexicons.len(), 3);
        std::fs::remove_file(path).unwrap();
    }
}
