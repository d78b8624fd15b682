//! What the model sees of a word: the letters around a letter, the word's pattern, and what the letters before it became.

use crate::phonemes::inventory::Phoneme;
use crate::phonemes::spelling::{Letter, folded};

/// Stands in a label for the consonant of its letter, so that letters learn from each other.
pub const OWN: u8 = u8::MAX;

/// Stands before the first letter and after the last one.
const EDGE: u64 = 1;
/// How many letters are seen to each side.
const REACH: usize = 4;

/// A word as the model sees it.
pub struct Context {
    /// Its letters, with [`REACH`] edges on both sides.
    letters: Vec<u64>,
    /// The pattern: long vowels as they are, every other letter alike.
    pattern: u64,
    /// The pattern with the letters kept that affixes are made of.
    affix_pattern: u64,
    length: usize,
    /// For each letter whether a half-space stands before it.
    parted: Vec<bool>,
    /// The labels that are suggested, and how doubtful they are.
    suggestion: Option<(Vec<Option<u16>>, u32)>,
}

/// What the letters so far became.
#[derive(Debug, Clone, Default)]
pub struct History {
    previous: u16,
    before_previous: u16,
    /// Consonants since the last vowel, or since the beginning.
    consonants: u8,
    /// All vowels so far, hashed.
    vowels: u64,
    last_vowel: u8,
    /// Labels that weren't those suggested.
    disagreements: u8,
}

impl History {
    /// Adds what a letter became.
    pub fn push(&mut self, label: u16, codes: &[u8], suggested: Option<u16>) {
        self.disagreements = self.disagreements.saturating_add(u8::from(
            suggested.is_some_and(|suggested| suggested != label),
        ));
        self.before_previous = self.previous;
        self.previous = label + 1;
        for &code in codes {
            let is_vowel = code != OWN && Phoneme::from_code(code).is_some_and(Phoneme::is_vowel);
            if is_vowel {
                self.consonants = 0;
                self.last_vowel = code + 1;
                self.vowels = mix(self.vowels, u64::from(code) + 1);
            } else {
                self.consonants = self.consonants.saturating_add(1);
            }
        }
    }
}

/// Combines numbers into the hash of a feature; the first one says which kind it is.
fn mix(hash: u64, number: u64) -> u64 {
    (hash.rotate_left(23) ^ number).wrapping_mul(0x9fb2_1c65_1e98_df25)
}

fn feature(parts: &[u64]) -> u64 {
    parts
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &part| mix(hash, part))
}

/// Long vowels and the letters that can be one; the rest is alike.
fn class(letter: char) -> u64 {
    match letter {
        'ا' | 'آ' | 'و' | 'ی' => u64::from(u32::from(letter)),
        'ه' => 3,
        'ع' | 'ء' => 4,
        _ => 2,
    }
}

fn affix_class(letter: char) -> u64 {
    match letter {
        'م' | 'ت' | 'ن' | 'س' | 'ب' => u64::from(u32::from(letter)),
        other => class(other),
    }
}

impl Context {
    /// Prepares a word.
    pub fn of(letters: &[Letter], suggestion: Option<(Vec<Option<u16>>, u32)>) -> Self {
        let bases: Vec<char> = letters.iter().map(|letter| folded(letter.base)).collect();
        let edges = || std::iter::repeat_n(EDGE, REACH);
        let codes = bases.iter().map(|&base| u64::from(u32::from(base)));
        Self {
            letters: edges().chain(codes).chain(edges()).collect(),
            pattern: bases.iter().fold(7, |hash, &base| mix(hash, class(base))),
            affix_pattern: bases
                .iter()
                .fold(8, |hash, &base| mix(hash, affix_class(base))),
            length: bases.len(),
            parted: letters
                .iter()
                .map(|letter| letter.after_half_space)
                .collect(),
            suggestion,
        }
    }

    /// The features of a place that are known before anything is guessed.
    pub fn features(&self, place: usize) -> Vec<u64> {
        let at = |offset: isize| self.at(place, offset);
        let mut features = vec![
            feature(&[0]),
            feature(&[1, at(-1), at(1)]),
            feature(&[2, at(-2), at(-1), at(1), at(2)]),
            feature(&[3, at(-1), at(1), at(2)]),
            feature(&[4, at(-2), at(-1), at(1)]),
            feature(&[5, self.pattern, place as u64]),
            feature(&[6, self.affix_pattern, place as u64]),
            feature(&[7, self.affix_pattern, place as u64, at(0)]),
            feature(&[
                8,
                self.class_at(place, -1),
                self.class_at(place, 0),
                self.class_at(place, 1),
                self.class_at(place, 2),
            ]),
            feature(&[9, (place.min(4)) as u64, self.class_at(place, 0)]),
            feature(&[
                10,
                ((self.length - place).min(4)) as u64,
                self.class_at(place, 0),
                self.class_at(place, 1),
            ]),
            feature(&[
                11,
                (place.min(2)) as u64,
                ((self.length - place).min(3)) as u64,
                at(0),
            ]),
            feature(&[
                12,
                self.class_at(place, -2),
                self.class_at(place, -1),
                at(0),
                self.class_at(place, 1),
                self.class_at(place, 2),
            ]),
        ];
        // Every run of up to six letters that ends or begins near the place.
        for (from, to) in [
            (0, 0),
            (-1, -1),
            (1, 1),
            (-1, 0),
            (0, 1),
            (1, 2),
            (-2, -1),
            (-1, 1),
            (-2, 0),
            (0, 2),
            (1, 3),
            (-3, -1),
            (-2, 1),
            (-1, 2),
            (-3, 0),
            (0, 3),
            (-2, 2),
            (-3, 1),
            (-1, 3),
            (-4, 0),
            (0, 4),
            (-3, 2),
            (-2, 3),
            (-3, 3),
        ] {
            let start = feature(&[20, (from + 8) as u64, (to + 8) as u64]);
            features.push((from..=to).fold(start, |hash, offset| mix(hash, at(offset))));
        }
        features.extend(self.features_of_suggestion(place));
        // The word from its beginning to here, and from here to its end.
        let middle = REACH + place;
        features.push(
            self.letters[REACH..=middle + 1]
                .iter()
                .fold(feature(&[13]), |hash, &letter| mix(hash, letter)),
        );
        features.push(
            self.letters[middle - 1..REACH + self.length]
                .iter()
                .fold(feature(&[14]), |hash, &letter| mix(hash, letter)),
        );
        features
    }

    /// The features of a place that depend on what the letters before it became.
    pub fn features_with(&self, place: usize, history: &History) -> Vec<u64> {
        let at = |offset: isize| self.at(place, offset);
        let (previous, before) = (
            u64::from(history.previous),
            u64::from(history.before_previous),
        );
        let (consonants, last_vowel) = (
            u64::from(history.consonants.min(4)),
            u64::from(history.last_vowel),
        );
        let next_classes = mix(self.class_at(place, 1), self.class_at(place, 2));
        vec![
            feature(&[40, previous, self.class_at(place, 0)]),
            feature(&[41, previous, at(0)]),
            feature(&[42, previous, at(0), at(1)]),
            feature(&[
                43,
                previous,
                before,
                self.class_at(place, 0),
                self.class_at(place, 1),
            ]),
            feature(&[44, previous, before, at(0)]),
            feature(&[45, previous, at(-1), at(0), at(1)]),
            feature(&[46, consonants, self.class_at(place, 0), next_classes]),
            feature(&[47, consonants, at(0), self.class_at(place, 1)]),
            feature(&[48, history.vowels, self.pattern, place as u64]),
            feature(&[49, history.vowels, self.affix_pattern, place as u64]),
            feature(&[
                50,
                last_vowel,
                consonants,
                next_classes,
                self.class_at(place, 0),
            ]),
            feature(&[51, last_vowel, consonants, at(-1), at(0)]),
            feature(&[52, history.vowels, at(0), at(1)]),
            feature(&[53, last_vowel, ((self.length - place).min(5)) as u64, at(0)]),
        ]
    }

    /// The label that is suggested for a place.
    pub fn suggested(&self, place: usize) -> Option<u16> {
        self.suggestion
            .as_ref()
            .and_then(|(labels, _)| labels.get(place).copied().flatten())
    }

    fn features_of_suggestion(&self, place: usize) -> [u64; 6] {
        let number = |place: usize| {
            self.suggested(place)
                .map_or(0, |label| u64::from(label) + 1)
        };
        let is_parted = |place: usize| u64::from(self.parted.get(place).copied().unwrap_or(false));
        let (here, next, before) = (
            number(place),
            number(place + 1),
            place.checked_sub(1).map_or(0, number),
        );
        [
            feature(&[60, here, self.doubt()]),
            feature(&[61, here, self.at(place, 0)]),
            feature(&[62, here, next, self.doubt()]),
            feature(&[63, here, before, self.at(place, 0)]),
            feature(&[
                64,
                is_parted(place),
                is_parted(place + 1),
                self.at(place, 0),
            ]),
            feature(&[
                65,
                is_parted(place + 1),
                self.at(place, 0),
                self.at(place, 1),
            ]),
        ]
    }

    /// The features of a label that is the one suggested.
    pub fn features_of_agreement(&self, place: usize, history: &History) -> [u64; 4] {
        let disagreements = u64::from(history.disagreements.min(2));
        [
            feature(&[70, self.doubt(), disagreements]),
            feature(&[71, self.at(place, 0), disagreements]),
            feature(&[72, self.doubt(), self.length.min(8) as u64]),
            feature(&[73, self.at(place, 0), self.at(place, 1)]),
        ]
    }

    /// How doubtful the suggestion is; the last number if there is none.
    fn doubt(&self) -> u64 {
        self.suggestion
            .as_ref()
            .map_or(99, |(_, cost)| u64::from(*cost))
    }

    fn at(&self, place: usize, offset: isize) -> u64 {
        self.letters[(place + REACH).saturating_add_signed(offset)]
    }

    fn class_at(&self, place: usize, offset: isize) -> u64 {
        match self.at(place, offset) {
            EDGE => EDGE,
            letter => u32::try_from(letter)
                .ok()
                .and_then(char::from_u32)
                .map_or(EDGE, class),
        }
    }
}
