//! Other programs' phonemes, in our inventory.

use std::error::Error;

use persian::phonemes::espeak;
use persian::phonemes::inventory::{Phoneme, parse};
use persian::phonemes::spelling::{Spelling, consonant};

/// What gruut's symbols are in ours.
const SYMBOLS: &[(&str, &str)] = &[
    ("iː", "i"),
    ("uː", "u"),
    ("oː", "ow"),
    ("ɒː", "ɑ"),
    ("æ", "a"),
    ("e̞", "e"),
    ("ɢ", "q"),
    ("q1", "q"),
    ("ː", ""),
];

/// Converts the output of one of gruut's guessers.
fn converted(symbols: &str) -> Vec<Phoneme> {
    let mut text = symbols.replace(['ˈ', 'ˌ', '|'], "");
    for (theirs, ours) in SYMBOLS {
        text = text.replace(theirs, ours);
    }
    parse(&text).unwrap_or_default()
}

/// espeak-ng's reading of each word by itself; `None` if it isn't installed.
pub fn espeak_words<'a>(words: impl Iterator<Item = &'a str>) -> Option<Vec<Vec<Phoneme>>> {
    espeak::read(&words.collect::<Vec<_>>()).ok()
}

/// The least that could be done: long vowels as written, a final ه is `e`, and `a` after a first consonant or between two that can't
/// stand together.
pub fn by_simple_rules(word: &str) -> Vec<Phoneme> {
    let bases: Vec<char> = Spelling::of(word)
        .letters
        .iter()
        .map(|letter| letter.base)
        .collect();
    let is_vowel = |place: usize| matches!(bases.get(place), Some('ا' | 'آ' | 'و' | 'ی'));
    let mut phonemes: Vec<Phoneme> = Vec::new();
    for (place, &base) in bases.iter().enumerate() {
        let last = place + 1 == bases.len();
        match base {
            'ا' if place == 0 && !is_vowel(1) => phonemes.push(Phoneme::A),
            'ا' if place == 0 => {}
            'ا' | 'آ' => phonemes.push(Phoneme::Aa),
            'و' if place > 0 && !is_vowel(place + 1) && !is_vowel(place - 1) => {
                phonemes.push(Phoneme::U)
            }
            'ی' if place > 0 && !is_vowel(place + 1) && !is_vowel(place - 1) => {
                phonemes.push(Phoneme::I)
            }
            'ه' if last && place > 0 && !is_vowel(place - 1) => phonemes.push(Phoneme::E),
            _ => {
                phonemes.extend(consonant(base));
                let next_is_final_he = place + 2 == bases.len() && bases[place + 1] == 'ه';
                let next_is_consonant = !last && !is_vowel(place + 1) && !next_is_final_he;
                let after_vowel = phonemes.len() >= 2 && phonemes[phonemes.len() - 2].is_vowel();
                if next_is_consonant && !after_vowel {
                    phonemes.push(Phoneme::A);
                }
            }
        }
    }
    phonemes
}

/// One of gruut's CRFs, which sees three letters to both sides.
pub struct GruutGuesser {
    model: Vec<u8>,
}

impl GruutGuesser {
    /// Reads a model of CRFsuite.
    pub fn load(path: &str) -> std::io::Result<Self> {
        Ok(Self {
            model: std::fs::read(path)?,
        })
    }

    /// Its reading of a word.
    pub fn guess(&self, word: &str) -> Result<Vec<Phoneme>, Box<dyn Error>> {
        let letters: Vec<char> = Spelling::of(word).bare().chars().collect();
        let model = crfs::Model::new(&self.model)?;
        let tagger = model.tagger()?;
        let features: Vec<Vec<crfs::Attribute>> = (0..letters.len())
            .map(|place| features(&letters, place))
            .collect();
        let labels = tagger.tag(&features)?;
        let symbols: String = labels
            .iter()
            .map(|label| decoded(label))
            .filter(|label| label != "_")
            .collect::<Vec<_>>()
            .join("|");
        Ok(converted(&symbols))
    }
}

fn features(letters: &[char], place: usize) -> Vec<crfs::Attribute> {
    let letter = |offset: isize| {
        place
            .checked_add_signed(offset)
            .and_then(|place| letters.get(place))
    };
    let mut features = vec![crfs::Attribute::new("bias", 1.0)];
    for offset in -3..=3 {
        if let Some(letter) = letter(offset) {
            let name = if offset == 0 {
                "grapheme".to_owned()
            } else {
                format!("grapheme{offset:+}")
            };
            features.push(crfs::Attribute::new(
                format!("{name}:{}", encoded(*letter)),
                1.0,
            ));
        }
    }
    if place == 0 {
        features.push(crfs::Attribute::new("begin", 1.0));
    }
    if place + 1 == letters.len() {
        features.push(crfs::Attribute::new("end", 1.0));
    }
    features
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// gruut's models name letters and labels in Base64.
fn encoded(letter: char) -> String {
    let mut text = String::new();
    for bytes in letter.to_string().as_bytes().chunks(3) {
        let number = (0..3).fold(0_u32, |number, place| {
            number << 8 | u32::from(bytes.get(place).copied().unwrap_or(0))
        });
        for place in 0..4 {
            let is_padding = place > bytes.len();
            text.push(if is_padding {
                '='
            } else {
                char::from(BASE64[(number >> (18 - 6 * place)) as usize & 63])
            });
        }
    }
    text
}

fn decoded(label: &str) -> String {
    let digits: Vec<u32> = label
        .bytes()
        .filter_map(|byte| BASE64.iter().position(|other| *other == byte))
        .map(|place| place as u32)
        .collect();
    let mut bytes = Vec::new();
    for group in digits.chunks(4) {
        let number = (0..4).fold(0_u32, |number, place| {
            number << 6 | group.get(place).copied().unwrap_or(0)
        });
        bytes.extend(&number.to_be_bytes()[1..group.len()]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
