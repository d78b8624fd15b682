//! Words whose pronunciation is known.

use std::fmt;

use super::inventory::Phoneme;
use super::spelling::Spelling;

/// The parts of speech by which readings of a word are told apart, as the tagger names them.
pub const TAGS: &[&str] = &[
    "N", "V", "AJ", "ADV", "P", "PRO", "CONJ", "NUM", "DET", "POSTP", "INT", "PUNC", "CL", "RES",
];

/// The longest word and the longest reading of a lexicon, in letters and in phonemes.
pub const MAX_WORD_LENGTH: usize = 100;

/// Whose lexicon a word is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lexicon {
    /// Written by hand for this crate.
    Hand,
    /// Converted from that of the package `gruut-lang-fa`: mostly conjugated verbs.
    Gruut,
}

/// One way to read a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Its phonemes, without ezafe. A final doubled consonant is heard only before a vowel (حد `hadd`: `had`, `hadde`).
    pub phonemes: Vec<Phoneme>,
    /// The part of speech in which the word is read so; one of [`TAGS`], `None` if in any.
    pub tag: Option<&'static str>,
}

/// A word of a lexicon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Whose lexicon has it.
    pub lexicon: Lexicon,
    /// The word as it is written, without signs.
    pub word: String,
    /// Its readings, at least one, the most usual first.
    pub readings: Vec<Reading>,
}

/// The words of both lexicons.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Lexicons {
    /// Ordered by key, then by lexicon.
    pub(super) index: Vec<(Box<str>, PackedEntry)>,
}

/// An entry in little memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PackedEntry {
    pub(super) lexicon: Lexicon,
    /// The word, if it isn't the key.
    pub(super) word: Option<Box<str>>,
    /// For each reading: the place of its tag in [`TAGS`] plus one, or 0; the number of its phonemes; their codes.
    pub(super) readings: Box<[u8]>,
}

impl fmt::Debug for Lexicons {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "Lexicons({} words)", self.index.len())
    }
}

impl Lexicons {
    /// Orders entries. Words and readings that are empty or longer than [`MAX_WORD_LENGTH`] are left out.
    pub fn new(entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut index: Vec<(Box<str>, PackedEntry)> =
            entries.into_iter().filter_map(packed).collect();
        index.sort_by(|(left, left_entry), (right, right_entry)| {
            (left, left_entry.lexicon).cmp(&(right, right_entry.lexicon))
        });
        Self { index }
    }

    /// The number of words.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there are no words.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// The entry of a lexicon for a word: the one that is spelled exactly so, else one that differs in half-spaces or in the seat of a hamza
    /// only.
    pub fn find(&self, lexicon: Lexicon, spelling: &Spelling) -> Option<Entry> {
        let (key, bare) = (spelling.key(), spelling.bare());
        let start = self.index.partition_point(|(other, _)| **other < *key);
        let same_key = self.index[start..]
            .iter()
            .take_while(|(other, _)| **other == *key);
        let entries = same_key
            .map(|(_, entry)| entry)
            .filter(|entry| entry.lexicon == lexicon);
        let best = entries.max_by_key(|entry| *entry.word.as_deref().unwrap_or(&key) == bare)?;
        let entry = unpacked(&key, best);
        let is_other_word = bare.contains("ه\u{200c}ا")
            && entry.word != bare
            && entry.readings.iter().any(joins_he_to_alef);
        (!is_other_word).then_some(entry)
    }
}

/// Whether a reading has `hɑ`: نامهای `nɑmhɑje` isn't what نامه‌ای means.
fn joins_he_to_alef(reading: &Reading) -> bool {
    reading
        .phonemes
        .windows(2)
        .any(|pair| pair == [Phoneme::H, Phoneme::Aa])
}

fn packed(entry: Entry) -> Option<(Box<str>, PackedEntry)> {
    let spelling = Spelling::of(&entry.word);
    let length_fits = |length: usize| (1..=MAX_WORD_LENGTH).contains(&length);
    if !length_fits(spelling.letters.len()) {
        return None;
    }
    let mut readings = Vec::new();
    for reading in entry
        .readings
        .iter()
        .filter(|reading| length_fits(reading.phonemes.len()))
    {
        let tag = reading
            .tag
            .and_then(|tag| TAGS.iter().position(|other| *other == tag))
            .map_or(0, |place| place + 1);
        // Both are below 256: TAGS is short, and the length has been checked.
        readings.extend([tag as u8, reading.phonemes.len() as u8]);
        readings.extend(reading.phonemes.iter().map(|phoneme| phoneme.code()));
    }
    if readings.is_empty() {
        return None;
    }
    let (key, bare) = (spelling.key(), spelling.bare());
    let word = (key != bare).then(|| bare.into_boxed_str());
    Some((
        key.into_boxed_str(),
        PackedEntry {
            lexicon: entry.lexicon,
            word,
            readings: readings.into_boxed_slice(),
        },
    ))
}

fn unpacked(key: &str, entry: &PackedEntry) -> Entry {
    let mut readings = Vec::new();
    let mut rest = &entry.readings[..];
    while let [tag, length, codes @ ..] = rest {
        let (codes, after) = codes.split_at(usize::from(*length).min(codes.len()));
        let phonemes = codes
            .iter()
            .filter_map(|&code| Phoneme::from_code(code))
            .collect();
        readings.push(Reading {
            phonemes,
            tag: usize::from(*tag)
                .checked_sub(1)
                .and_then(|place| TAGS.get(place).copied()),
        });
        rest = after;
    }
    Entry {
        lexicon: entry.lexicon,
        word: entry.word.as_deref().unwrap_or(key).to_owned(),
        readings,
    }
}

/// The reading for a part of speech: the first that has its tag, else the first at all.
pub fn choose<'a>(readings: &'a [Reading], tag: Option<&str>) -> Option<&'a Reading> {
    readings
        .iter()
        .find(|reading| tag.is_some() && reading.tag == tag)
        .or(readings.first())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phonemes::inventory::{parse, render};

    fn entry(lexicon: Lexicon, word: &str, readings: &[(&str, Option<&'static str>)]) -> Entry {
        let reading = |(text, tag): &(&str, Option<&'static str>)| Reading {
            phonemes: parse(text).unwrap(),
            tag: *tag,
        };
        Entry {
            lexicon,
            word: word.to_owned(),
            readings: readings.iter().map(reading).collect(),
        }
    }

    fn lexicons() -> Lexicons {
        Lexicons::new([
            entry(
                Lexicon::Hand,
                "مرد",
                &[("mard", Some("N")), ("mord", Some("V"))],
            ),
            entry(Lexicon::Hand, "نامهای", &[("nɑmhɑje", None)]),
            entry(Lexicon::Hand, "نامه‌ای", &[("nɑmeʔi", None)]),
            entry(Lexicon::Gruut, "مرد", &[("mord", None)]),
            entry(Lexicon::Gruut, "میروم", &[("miravam", None)]),
            entry(Lexicon::Gruut, "", &[("a", None)]),
        ])
    }

    fn found(lexicon: Lexicon, word: &str) -> Option<String> {
        lexicons()
            .find(lexicon, &Spelling::of(word))
            .map(|entry| render(&entry.readings[0].phonemes))
    }

    #[test]
    fn a_word_is_found_in_the_lexicon_that_is_asked() {
        assert_eq!(found(Lexicon::Hand, "مرد"), Some("mard".to_owned()));
        assert_eq!(found(Lexicon::Gruut, "مرد"), Some("mord".to_owned()));
        assert_eq!(found(Lexicon::Gruut, "زن"), None);
        assert_eq!(lexicons().len(), 5);
    }

    #[test]
    fn a_word_is_found_without_its_half_space() {
        assert_eq!(found(Lexicon::Gruut, "می‌روم"), Some("miravam".to_owned()));
    }

    #[test]
    fn an_exact_spelling_is_preferred() {
        assert_eq!(found(Lexicon::Hand, "نامه‌ای"), Some("nɑmeʔi".to_owned()));
        assert_eq!(found(Lexicon::Hand, "نامهای"), Some("nɑmhɑje".to_owned()));
    }

    #[test]
    fn a_half_space_after_he_tells_words_apart() {
        let joined = Lexicons::new([entry(Lexicon::Hand, "نامهای", &[("nɑmhɑje", None)])]);
        assert_eq!(joined.find(Lexicon::Hand, &Spelling::of("نامه‌ای")), None);
    }

    #[test]
    fn the_part_of_speech_chooses_a_reading() {
        let entry = lexicons()
            .find(Lexicon::Hand, &Spelling::of("مرد"))
            .unwrap();
        let chosen = |tag| choose(&entry.readings, tag).map(|reading| render(&reading.phonemes));
        assert_eq!(chosen(Some("V")), Some("mord".to_owned()));
        assert_eq!(chosen(Some("AJ")), Some("mard".to_owned()));
        assert_eq!(chosen(None), Some("mard".to_owned()));
    }
}
