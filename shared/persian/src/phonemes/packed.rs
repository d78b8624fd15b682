//! The file that lexicons and the guesser are kept in.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `FAPHONES` |
//! | 4 | version |
//! | 8 | length of the payload |
//! | 8 | checksum of the payload |
//! | | payload: lexicon entries, labels, choices, weights |
//!
//! All numbers are little-endian. Every list has its length before it, and no more is read, and no more memory taken, than the file has bytes.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::guesser::Guesser;
use super::inventory::Phoneme;
use super::lexicon::{Lexicon, Lexicons, PackedEntry, TAGS};

const MAGIC: &[u8; 8] = b"FAPHONES";
const VERSION: u32 = 1;
const HEADER_BYTES: usize = 28;
/// No file of ours comes near it.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// Why a file of lexicons can't be used.
#[derive(Debug, Error)]
pub enum LoadError {
    /// It can't be read.
    #[error("{path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It isn't what was packed.
    #[error("{path} is no intact file of lexicons ({damage}); pack it again")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        damage: Damage,
    },
}

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Damage {
    /// It is another kind of file.
    #[error("it doesn't begin as one")]
    Magic,
    /// Another version of this crate packed it.
    #[error("its version is {found}, expected {VERSION}")]
    Version {
        /// The version that it names.
        found: u32,
    },
    /// It is longer or shorter than it says, or than any such file.
    #[error("its length isn't what it says")]
    Length,
    /// Its bytes have changed.
    #[error("its checksum differs")]
    Checksum,
    /// Its checksum is right and its content isn't.
    #[error("its content is inconsistent")]
    Content,
}

/// Reads a file that [`save`] wrote.
///
/// # Errors
/// If it can't be read, or isn't such a file, complete and unaltered.
pub fn load(path: &Path) -> Result<(Lexicons, Guesser), LoadError> {
    let io = |source| LoadError::Io {
        path: path.to_owned(),
        source,
    };
    let damaged = |damage| LoadError::Damaged {
        path: path.to_owned(),
        damage,
    };
    if std::fs::metadata(path).map_err(io)?.len() > MAX_FILE_BYTES {
        return Err(damaged(Damage::Length));
    }
    decode(&std::fs::read(path).map_err(io)?).map_err(damaged)
}

/// Writes a file that [`load`] reads, and gives its length in bytes. It takes the place of an older one as a whole.
///
/// # Errors
/// If it can't be written.
pub fn save(path: &Path, lexicons: &Lexicons, guesser: &Guesser) -> std::io::Result<usize> {
    let bytes = encode(lexicons, guesser);
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".unfinished");
    std::fs::write(&unfinished, &bytes)?;
    std::fs::rename(&unfinished, path)?;
    Ok(bytes.len())
}

fn encode(lexicons: &Lexicons, guesser: &Guesser) -> Vec<u8> {
    let mut payload = Vec::new();
    put_count(&mut payload, lexicons.index.len());
    for (key, entry) in &lexicons.index {
        put_bytes(&mut payload, key.as_bytes());
        payload.push(entry.lexicon as u8);
        put_bytes(
            &mut payload,
            entry.word.as_deref().unwrap_or_default().as_bytes(),
        );
        put_bytes(&mut payload, &entry.readings);
    }
    put_count(&mut payload, guesser.labels.len());
    for label in &guesser.labels {
        put_bytes(&mut payload, label);
    }
    put_count(&mut payload, guesser.choices.len());
    for (letter, labels) in &guesser.choices {
        payload.extend(u32::from(*letter).to_le_bytes());
        put_count(&mut payload, labels.len());
        payload.extend(labels.iter().flat_map(|label| label.to_le_bytes()));
    }
    put_count(&mut payload, guesser.weights.len());
    payload.extend(
        guesser
            .weights
            .iter()
            .flat_map(|weight| weight.to_le_bytes()),
    );
    let mut bytes = Vec::with_capacity(HEADER_BYTES + payload.len());
    bytes.extend(MAGIC);
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend((payload.len() as u64).to_le_bytes());
    bytes.extend(checksum(&payload).to_le_bytes());
    bytes.extend(payload);
    bytes
}

/// Counts fit: a lexicon has fewer than 2³² words, and everything else is smaller.
fn put_count(payload: &mut Vec<u8>, count: usize) {
    payload.extend((count as u32).to_le_bytes());
}

/// Strings fit: `Lexicons::new` leaves out what is longer.
fn put_bytes(payload: &mut Vec<u8>, bytes: &[u8]) {
    payload.extend((bytes.len() as u16).to_le_bytes());
    payload.extend(bytes);
}

fn decode(bytes: &[u8]) -> Result<(Lexicons, Guesser), Damage> {
    let mut header = Reader { rest: bytes };
    if header.take(MAGIC.len()).map_err(|_| Damage::Magic)? != MAGIC {
        return Err(Damage::Magic);
    }
    let found = header.u32()?;
    if found != VERSION {
        return Err(Damage::Version { found });
    }
    let (length, expected) = (header.u64()?, header.u64()?);
    if length != header.rest.len() as u64 {
        return Err(Damage::Length);
    }
    if checksum(header.rest) != expected {
        return Err(Damage::Checksum);
    }
    let mut payload = Reader { rest: header.rest };
    let content = read_lexicons(&mut payload)
        .and_then(|lexicons| Ok((lexicons, read_guesser(&mut payload)?)));
    content.map_err(|_| Damage::Content)
}

fn read_lexicons(payload: &mut Reader) -> Result<Lexicons, Damage> {
    let count = payload.u32()?;
    let mut index: Vec<(Box<str>, PackedEntry)> = Vec::new();
    for _ in 0..count {
        let key = payload.text()?;
        let lexicon = match payload.take(1)? {
            [0] => Lexicon::Hand,
            [1] => Lexicon::Gruut,
            _ => return Err(Damage::Content),
        };
        let word = payload.text()?;
        let readings = payload.bytes()?;
        let is_ordered = index.last().is_none_or(|(last, _)| **last <= *key);
        if !is_ordered || !are_readings(readings) {
            return Err(Damage::Content);
        }
        let entry = PackedEntry {
            lexicon,
            word: (!word.is_empty()).then(|| word.into()),
            readings: readings.into(),
        };
        index.push((key.into(), entry));
    }
    Ok(Lexicons { index })
}

fn are_readings(mut bytes: &[u8]) -> bool {
    let is_empty = bytes.is_empty();
    while let [tag, length, rest @ ..] = bytes {
        let Some((codes, after)) = rest.split_at_checked(usize::from(*length)) else {
            return false;
        };
        if usize::from(*tag) > TAGS.len()
            || codes.iter().any(|&code| Phoneme::from_code(code).is_none())
        {
            return false;
        }
        bytes = after;
    }
    !is_empty && bytes.is_empty()
}

fn read_guesser(payload: &mut Reader) -> Result<Guesser, Damage> {
    let count = payload.u32()?;
    let labels: Vec<Vec<u8>> = (0..count)
        .map(|_| payload.bytes().map(<[u8]>::to_vec))
        .collect::<Result<_, _>>()?;
    let count = payload.u32()?;
    let mut choices = Vec::new();
    for _ in 0..count {
        let letter = char::from_u32(payload.u32()?).ok_or(Damage::Content)?;
        let numbers = payload.u16s()?;
        if numbers
            .iter()
            .any(|&number| usize::from(number) >= labels.len())
        {
            return Err(Damage::Content);
        }
        choices.push((letter, numbers));
    }
    let weights = payload.u16s()?.into_iter().map(u16::cast_signed).collect();
    if !payload.rest.is_empty() {
        return Err(Damage::Content);
    }
    Guesser::from_parts(labels, choices, weights).ok_or(Damage::Content)
}

/// FNV-1a over words of eight bytes: finds torn and altered files, and isn't meant against forgery.
fn checksum(bytes: &[u8]) -> u64 {
    let step = |hash: u64, number: u64| {
        (hash ^ number)
            .wrapping_mul(0x0100_0000_01b3)
            .rotate_left(29)
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let hash = words.iter().fold(0xcbf2_9ce4_8422_2325, |hash, word| {
        step(hash, u64::from_le_bytes(*word))
    });
    rest.iter()
        .fold(hash, |hash, &byte| step(hash, u64::from(byte)))
}

/// Takes numbers and strings from the beginning of what is left.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Damage> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Damage::Length)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Damage> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(Damage::Length)?;
        self.rest = rest;
        Ok(*taken)
    }

    fn u32(&mut self) -> Result<u32, Damage> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, Damage> {
        self.array().map(u64::from_le_bytes)
    }

    fn bytes(&mut self) -> Result<&'a [u8], Damage> {
        let length = self.array().map(u16::from_le_bytes)?;
        self.take(usize::from(length))
    }

    fn text(&mut self) -> Result<&'a str, Damage> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Damage::Content)
    }

    fn u16s(&mut self) -> Result<Vec<u16>, Damage> {
        let bytes = (self.u32()? as usize)
            .checked_mul(2)
            .ok_or(Damage::Length)?;
        let (numbers, _) = self.take(bytes)?.as_chunks::<2>();
        Ok(numbers
            .iter()
            .map(|number| u16::from_le_bytes(*number))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phonemes::guesser::{Example, train};
    use crate::phonemes::inventory::parse;
    use crate::phonemes::lexicon::{Entry, Reading};
    use crate::phonemes::spelling::Spelling;

    fn packed() -> (Lexicons, Guesser, Vec<u8>) {
        let reading = |text: &str, tag| Reading {
            phonemes: parse(text).unwrap(),
            tag,
        };
        let entries = [
            Entry {
                lexicon: Lexicon::Hand,
                word: "مرد".to_owned(),
                readings: vec![reading("mard", Some("N")), reading("mord", Some("V"))],
            },
            Entry {
                lexicon: Lexicon::Gruut,
                word: "می‌روم".to_owned(),
                readings: vec![reading("miravam", None)],
            },
        ];
        let example = Example {
            letters: Spelling::of("مرد").letters,
            phonemes: parse("mard").unwrap(),
            suggestion: None,
        };
        let (lexicons, guesser) = (Lexicons::new(entries), train(&[example.clone(), example]));
        let bytes = encode(&lexicons, &guesser);
        (lexicons, guesser, bytes)
    }

    #[test]
    fn what_is_packed_is_read_back() {
        let (lexicons, guesser, bytes) = packed();
        let (read_lexicons, read_guesser) = decode(&bytes).unwrap();
        assert_eq!(read_lexicons, lexicons);
        assert!(read_guesser == guesser);
    }

    #[test]
    fn a_torn_file_is_an_error() {
        let (_, _, bytes) = packed();
        for length in (0..200).chain([bytes.len() / 2, bytes.len() - 1]) {
            assert!(decode(&bytes[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn an_altered_file_is_an_error() {
        let (_, _, bytes) = packed();
        for place in (0..300).chain([bytes.len() / 2, bytes.len() - 1]) {
            let mut altered = bytes.clone();
            altered[place] ^= 0x10;
            assert!(decode(&altered).is_err(), "{place}");
        }
    }

    #[test]
    fn inconsistent_content_is_an_error_though_its_checksum_is_right() {
        let (_, _, bytes) = packed();
        for place in HEADER_BYTES..HEADER_BYTES + 160 {
            for value in [0, 0x7f, 0xff] {
                let mut altered = bytes.clone();
                altered[place] = value;
                let sum = checksum(&altered[HEADER_BYTES..]);
                altered[20..28].copy_from_slice(&sum.to_le_bytes());
                // Some alterations are another lexicon; none may panic.
                if let Ok((lexicons, guesser)) = decode(&altered) {
                    let spelling = Spelling::of("مرد");
                    let _ = (
                        lexicons.find(Lexicon::Hand, &spelling),
                        guesser.guess(&spelling.letters, None),
                    );
                }
            }
        }
    }

    #[test]
    fn a_file_names_itself_in_its_errors() {
        let path = std::env::temp_dir().join(format!("persian-lexicons-{}", std::process::id()));
        std::fs::write(&path, "no lexicon").unwrap();
        let error = load(&path).unwrap_err().to_string();
        assert!(error.contains("persian-lexicons-"), "{error}");
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(load(&path), Err(LoadError::Io { .. })));
    }
}
