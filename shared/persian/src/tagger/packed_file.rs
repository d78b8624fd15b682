//! The packed model's file, which is written and read here and nowhere else. All numbers are little-endian:
//!
//! | part | bytes |
//! |---|---|
//! | magic, version | 8, 4 |
//! | number of labels, patterns, observations, weights, values; bytes of the texts | 6 × 4 |
//! | SHA-256 of all of the file but itself | 32 |
//! | texts: labels and patterns, each with its length before it | 2 and the text, each |
//! | hashes of the observations, ascending | 8 each |
//! | for each observation the end of its weights | 4 each |
//! | weights: the code, and above it the number of the value | 4 each |
//! | values | 8 each |

mod texts;

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::error::TaggerError;
use super::model::weight_codes;
use super::packed::{Observations, PackedModel, code_and_value, code_bits, number};

const MAGIC: [u8; 8] = *b"PERSTAGR";
const VERSION: u32 = 1;
const HEAD_BYTES: usize = 36;
const DIGEST_BYTES: usize = 32;
/// Many times what a model takes.
const MAX_FILE_BYTES: u64 = 256 << 20;

/// What was packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackReport {
    pub observations: usize,
    pub weights: usize,
    /// The length of the packed file.
    pub bytes: u64,
}

/// Writes the file beside its place and then renames it, so that there is never half of it in its place.
pub(super) fn write(model: &PackedModel, path: &Path) -> Result<PackReport, TaggerError> {
    let unpackable = |what| TaggerError::Unpackable {
        path: path.to_owned(),
        what,
    };
    let texts = texts::write(&model.labels, &model.patterns).map_err(unpackable)?;
    let head = head(model, texts.len()).map_err(unpackable)?;
    let mut digest = Sha256::new_with_prefix(&head);
    write_sections(model, &texts, &mut DigestWriter(&mut digest)).map_err(TaggerError::io(path))?;

    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = Path::new(&partial);
    let write = || -> io::Result<u64> {
        let mut output = BufWriter::with_capacity(1 << 16, File::create(partial)?);
        output.write_all(&head)?;
        output.write_all(&digest.finalize())?;
        write_sections(model, &texts, &mut output)?;
        let file = output
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        let bytes = file.metadata()?.len();
        fs::rename(partial, path)?;
        Ok(bytes)
    };
    let bytes = write()
        .inspect_err(|_| drop(fs::remove_file(partial)))
        .map_err(TaggerError::io(path))?;
    Ok(PackReport {
        observations: model.observations.hashes.len(),
        weights: model.weights.len(),
        bytes,
    })
}

fn head(model: &PackedModel, texts_bytes: usize) -> Result<Vec<u8>, String> {
    let mut head = MAGIC.to_vec();
    head.extend_from_slice(&VERSION.to_le_bytes());
    let observations = model.observations.hashes.len();
    let counts = [
        model.labels.len(),
        model.patterns.len(),
        observations,
        model.weights.len(),
        model.values.len(),
        texts_bytes,
    ];
    for count in counts {
        head.extend_from_slice(&number(count)?.to_le_bytes());
    }
    Ok(head)
}

fn write_sections(model: &PackedModel, texts: &[u8], output: &mut dyn Write) -> io::Result<()> {
    output.write_all(texts)?;
    model
        .observations
        .hashes
        .iter()
        .try_for_each(|hash| output.write_all(&hash.to_le_bytes()))?;
    model
        .observations
        .ends
        .iter()
        .try_for_each(|end| output.write_all(&end.to_le_bytes()))?;
    model
        .weights
        .iter()
        .try_for_each(|weight| output.write_all(&weight.to_le_bytes()))?;
    model
        .values
        .iter()
        .try_for_each(|value| output.write_all(&value.to_le_bytes()))
}

/// Reads what [`write`] has written, and nothing else: the length, the checksum and every number are checked.
pub(super) fn read(path: &Path) -> Result<PackedModel, TaggerError> {
    let file = File::open(path).map_err(TaggerError::io(path))?;
    let length = file.metadata().map_err(TaggerError::io(path))?.len();
    read_from(&mut BufReader::with_capacity(1 << 16, file), length, path)
}

/// Reads a file of this length; the path is for the errors.
fn read_from(input: &mut dyn Read, length: u64, path: &Path) -> Result<PackedModel, TaggerError> {
    let mut head = [0; HEAD_BYTES];
    match input.read_exact(&mut head) {
        Ok(()) if head.starts_with(&MAGIC) => {}
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
            return Err(TaggerError::io(path)(error));
        }
        _ => {
            return Err(TaggerError::NotPacked {
                path: path.to_owned(),
            });
        }
    }
    let head_numbers: Vec<u32> = numbers(&head[MAGIC.len()..], u32::from_le_bytes);
    let [
        found,
        labels,
        patterns,
        observations,
        weights,
        values,
        texts_bytes,
    ] = head_numbers[..]
    else {
        return Err(TaggerError::NotPacked {
            path: path.to_owned(),
        });
    };
    if found != VERSION {
        return Err(TaggerError::Version {
            path: path.to_owned(),
            found,
            expected: VERSION,
        });
    }
    let counts = Counts {
        labels,
        patterns,
        observations,
        weights,
        values,
        texts_bytes,
    };
    read_sections(input, &head, &counts, length).map_err(|error| match error {
        ReadError::Io(source) => TaggerError::Io {
            path: path.to_owned(),
            source,
        },
        ReadError::Damaged(what) => TaggerError::Damaged {
            path: path.to_owned(),
            what,
        },
    })
}

struct Counts {
    labels: u32,
    patterns: u32,
    observations: u32,
    weights: u32,
    values: u32,
    texts_bytes: u32,
}

impl Counts {
    fn file_bytes(&self) -> u64 {
        let parts = [
            (self.texts_bytes, 1),
            (self.observations, 8 + 4),
            (self.weights, 4),
            (self.values, 8),
        ];
        let sections: u64 = parts
            .into_iter()
            .map(|(count, bytes)| u64::from(count) * bytes)
            .sum();
        (HEAD_BYTES + DIGEST_BYTES) as u64 + sections
    }
}

enum ReadError {
    Io(io::Error),
    Damaged(String),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Damaged("it ends too early".to_owned()),
            _ => Self::Io(error),
        }
    }
}

fn damaged<T>(what: impl Into<String>) -> Result<T, ReadError> {
    Err(ReadError::Damaged(what.into()))
}

/// Reads all after the head. Memory is taken only once the numbers in the head agree with the length of the file.
fn read_sections(
    input: &mut dyn Read,
    head: &[u8],
    counts: &Counts,
    length: u64,
) -> Result<PackedModel, ReadError> {
    let expected = counts.file_bytes();
    if length != expected || length > MAX_FILE_BYTES {
        return damaged(format!(
            "it has {length} bytes, expected {expected} and at most {MAX_FILE_BYTES}"
        ));
    }
    let mut stored_digest = [0; DIGEST_BYTES];
    input.read_exact(&mut stored_digest)?;
    let mut digest = Sha256::new_with_prefix(head);
    let mut section = |count: u32, bytes: usize| -> Result<Vec<u8>, ReadError> {
        let mut section = vec![0; count as usize * bytes];
        input.read_exact(&mut section)?;
        digest.update(&section);
        Ok(section)
    };
    let texts = section(counts.texts_bytes, 1)?;
    let hashes: Vec<u64> = numbers(&section(counts.observations, 8)?, u64::from_le_bytes);
    let ends: Vec<u32> = numbers(&section(counts.observations, 4)?, u32::from_le_bytes);
    let weights: Vec<u32> = numbers(&section(counts.weights, 4)?, u32::from_le_bytes);
    let values: Vec<f64> = numbers(&section(counts.values, 8)?, f64::from_le_bytes);
    if digest.finalize().as_slice() != stored_digest {
        return damaged("its checksum is wrong");
    }
    let (labels, patterns) =
        texts::read(&texts, counts.labels, counts.patterns).map_err(ReadError::Damaged)?;
    // The checksum can't be right by accident; this guards against a file made by something else.
    let code_bits = code_bits(labels.len());
    let is_sound_weight = |weight: &u32| {
        let (code, value) = code_and_value(*weight, code_bits);
        code < weight_codes(labels.len()) && value < values.len()
    };
    let is_sound = hashes.is_sorted_by(|before, after| before < after)
        && ends.is_sorted()
        && ends.last().copied().unwrap_or(0) == counts.weights
        && weights.iter().all(is_sound_weight)
        && values.iter().all(|value| value.is_finite());
    if !is_sound {
        return damaged("its numbers are out of order or out of range");
    }
    Ok(PackedModel {
        labels,
        patterns,
        observations: Observations::new(hashes, ends),
        weights,
        values,
        code_bits,
    })
}

fn numbers<const WIDTH: usize, T>(bytes: &[u8], read: fn([u8; WIDTH]) -> T) -> Vec<T> {
    bytes
        .as_chunks()
        .0
        .iter()
        .map(|chunk| read(*chunk))
        .collect()
}

/// Lets the sections be written into the checksum.
struct DigestWriter<'a>(&'a mut Sha256);

impl Write for DigestWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
