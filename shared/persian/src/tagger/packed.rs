//! The model in a file of ours, which loads quickly and takes little memory. All numbers are little-endian:
//!
//! | part | bytes |
//! |---|---|
//! | magic, version | 8, 4 |
//! | number of labels, patterns, observations, weights; bytes of the texts | 5 × 4 |
//! | SHA-256 of all of the file but itself | 32 |
//! | texts: labels and patterns, each with its length before it | 2 and the text, each |
//! | hashes of the observations, ascending | 8 each |
//! | for each observation the end of its weights | 4 each |
//! | codes of the weights | 2 each |
//! | values of the weights | 4 each |
//!
//! An observation is known by a 64-bit hash alone. That those of the model differ is checked when it is packed; that of an
//! unknown one is among 600,000 known ones once in 3 × 10¹³ look-ups.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::error::TaggerError;
use super::features::Pattern;
use super::model::{Model, Scores, weight_codes};
use super::tag::Tag;
use super::wapiti::TextModel;

const MAGIC: [u8; 8] = *b"PERSTAGR";
const VERSION: u32 = 1;
const HEAD_BYTES: usize = 32;
const DIGEST_BYTES: usize = 32;
/// Many times what a model takes.
const MAX_FILE_BYTES: u64 = 256 << 20;
/// The hashes are searched among those with the same highest bits.
const BUCKET_BITS: u32 = 16;

/// What was packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackReport {
    pub observations: usize,
    pub weights: usize,
    /// The length of the packed file.
    pub bytes: u64,
}

/// The model in memory.
pub(super) struct PackedModel {
    labels: Vec<Tag>,
    patterns: Vec<Pattern>,
    hashes: Vec<u64>,
    /// For the highest bits of a hash, where the hashes with them begin; and one more, the end.
    buckets: Vec<u32>,
    ends: Vec<u32>,
    codes: Vec<u16>,
    values: Vec<f32>,
}

impl PackedModel {
    /// Takes a model over, with all of its weights. There is little to leave out: Wapiti keeps no observation without a
    /// weight, and the weights below 0.001 are 8 % of those of the published model, but change a tag in 10,000.
    ///
    /// # Errors
    /// What is wrong, if two observations have the same hash, or if the model is too large for the file.
    pub fn from_text_model(model: &TextModel) -> Result<Self, String> {
        let mut kept: Vec<(u64, &[(u16, f64)])> =
            model.observations().map(|(observation, weights)| (hash(observation), weights)).collect();
        kept.sort_unstable_by_key(|(hash, _)| *hash);
        if let Some(pair) = kept.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(format!("two observations have the hash {:016x}", pair[0].0));
        }
        let mut packed = Self {
            labels: model.labels().to_vec(),
            patterns: model.patterns().to_vec(),
            hashes: kept.iter().map(|(hash, _)| *hash).collect(),
            buckets: Vec::new(),
            ends: Vec::with_capacity(kept.len()),
            codes: Vec::new(),
            values: Vec::new(),
        };
        for (_, weights) in &kept {
            packed.codes.extend(weights.iter().map(|(code, _)| *code));
            packed.values.extend(weights.iter().map(|(_, weight)| *weight as f32));
            packed.ends.push(number(packed.codes.len())?);
        }
        packed.buckets = buckets_of(&packed.hashes);
        Ok(packed)
    }

    /// Writes the file beside its place and then renames it, so that there is never half of it in its place.
    pub fn write(&self, path: &Path) -> Result<PackReport, TaggerError> {
        let unpackable = |what| TaggerError::Unpackable { path: path.to_owned(), what };
        let texts = self.texts().map_err(unpackable)?;
        let head = self.head(texts.len()).map_err(unpackable)?;
        let mut digest = Sha256::new_with_prefix(&head);
        self.write_sections(&texts, &mut DigestWriter(&mut digest)).map_err(TaggerError::io(path))?;

        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = Path::new(&partial);
        let write = || -> io::Result<u64> {
            let mut output = BufWriter::with_capacity(1 << 16, File::create(partial)?);
            output.write_all(&head)?;
            output.write_all(&digest.finalize())?;
            self.write_sections(&texts, &mut output)?;
            let file = output.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.sync_all()?;
            let bytes = file.metadata()?.len();
            fs::rename(partial, path)?;
            Ok(bytes)
        };
        let bytes = write().inspect_err(|_| drop(fs::remove_file(partial))).map_err(TaggerError::io(path))?;
        Ok(PackReport { observations: self.hashes.len(), weights: self.codes.len(), bytes })
    }

    fn texts(&self) -> Result<Vec<u8>, String> {
        let mut texts = Vec::new();
        let labels = self.labels.iter().map(ToString::to_string);
        let patterns = self.patterns.iter().map(|pattern| pattern.source().to_owned());
        for text in labels.chain(patterns) {
            let length = u16::try_from(text.len()).map_err(|_| format!("the pattern «{text}» is too long"))?;
            texts.extend_from_slice(&length.to_le_bytes());
            texts.extend_from_slice(text.as_bytes());
        }
        Ok(texts)
    }

    fn head(&self, texts_bytes: usize) -> Result<Vec<u8>, String> {
        let mut head = MAGIC.to_vec();
        head.extend_from_slice(&VERSION.to_le_bytes());
        for count in [self.labels.len(), self.patterns.len(), self.hashes.len(), self.codes.len(), texts_bytes] {
            head.extend_from_slice(&number(count)?.to_le_bytes());
        }
        Ok(head)
    }

    fn write_sections(&self, texts: &[u8], output: &mut dyn Write) -> io::Result<()> {
        output.write_all(texts)?;
        self.hashes.iter().try_for_each(|hash| output.write_all(&hash.to_le_bytes()))?;
        self.ends.iter().try_for_each(|end| output.write_all(&end.to_le_bytes()))?;
        self.codes.iter().try_for_each(|code| output.write_all(&code.to_le_bytes()))?;
        self.values.iter().try_for_each(|value| output.write_all(&value.to_le_bytes()))
    }

    /// Reads what [`PackedModel::write`] has written, and nothing else: the length, the checksum and every number are checked.
    pub fn read(path: &Path) -> Result<Self, TaggerError> {
        let file = File::open(path).map_err(TaggerError::io(path))?;
        let length = file.metadata().map_err(TaggerError::io(path))?.len();
        let mut input = BufReader::with_capacity(1 << 16, file);
        let mut head = [0; HEAD_BYTES];
        match input.read_exact(&mut head) {
            Ok(()) if head.starts_with(&MAGIC) => {}
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(TaggerError::io(path)(error)),
            _ => return Err(TaggerError::NotPacked { path: path.to_owned() }),
        }
        let mut numbers = head[MAGIC.len()..].chunks_exact(4).map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
        let mut next = || numbers.next().unwrap_or_default();
        let found = next();
        if found != VERSION {
            return Err(TaggerError::Version { path: path.to_owned(), found, expected: VERSION });
        }
        let counts = Counts { labels: next(), patterns: next(), observations: next(), weights: next(), texts_bytes: next() };
        read_sections(&mut input, &head, &counts, length).map_err(|error| match error {
            ReadError::Io(source) => TaggerError::Io { path: path.to_owned(), source },
            ReadError::Damaged(what) => TaggerError::Damaged { path: path.to_owned(), what },
        })
    }

    fn position_of(&self, observation: &[u8]) -> Option<usize> {
        let hash = hash(observation);
        let bucket = (hash >> (u64::BITS - BUCKET_BITS)) as usize;
        let (start, end) = (self.buckets[bucket] as usize, self.buckets[bucket + 1] as usize);
        self.hashes[start..end].binary_search(&hash).ok().map(|index| start + index)
    }
}

impl Model for PackedModel {
    fn labels(&self) -> &[Tag] {
        &self.labels
    }

    fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    fn knows(&self, observation: &[u8]) -> bool {
        self.position_of(observation).is_some()
    }

    fn add_weights(&self, observation: &[u8], scores: &mut Scores) {
        let Some(position) = self.position_of(observation) else { return };
        let start = position.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        let range = start..self.ends[position] as usize;
        for (code, value) in self.codes[range.clone()].iter().zip(&self.values[range]) {
            scores.add(usize::from(*code), f64::from(*value));
        }
    }
}

struct Counts {
    labels: u32,
    patterns: u32,
    observations: u32,
    weights: u32,
    texts_bytes: u32,
}

impl Counts {
    fn file_bytes(&self) -> u64 {
        let head = (HEAD_BYTES + DIGEST_BYTES) as u64;
        head + u64::from(self.texts_bytes) + u64::from(self.observations) * (8 + 4) + u64::from(self.weights) * (2 + 4)
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
fn read_sections(input: &mut dyn Read, head: &[u8], counts: &Counts, length: u64) -> Result<PackedModel, ReadError> {
    let expected = counts.file_bytes();
    if length != expected || length > MAX_FILE_BYTES {
        return damaged(format!("it has {length} bytes, expected {expected} and at most {MAX_FILE_BYTES}"));
    }
    let mut stored_digest = [0; DIGEST_BYTES];
    input.read_exact(&mut stored_digest)?;
    let mut digest = Sha256::new_with_prefix(head);
    let mut section = |bytes: usize| -> Result<Vec<u8>, ReadError> {
        let mut section = vec![0; bytes];
        input.read_exact(&mut section)?;
        digest.update(&section);
        Ok(section)
    };
    let texts = section(counts.texts_bytes as usize)?;
    let observations = counts.observations as usize;
    let weights = counts.weights as usize;
    let hashes: Vec<u64> = numbers(&section(observations * 8)?, u64::from_le_bytes);
    let ends: Vec<u32> = numbers(&section(observations * 4)?, u32::from_le_bytes);
    let codes: Vec<u16> = numbers(&section(weights * 2)?, u16::from_le_bytes);
    let values: Vec<f32> = numbers(&section(weights * 4)?, f32::from_le_bytes);
    if digest.finalize().as_slice() != stored_digest {
        return damaged("its checksum is wrong");
    }
    let (labels, patterns) = read_texts(&texts, counts)?;
    // The checksum can't be right by accident; this guards against a file made by something else.
    let is_sound = hashes.is_sorted_by(|before, after| before < after)
        && ends.is_sorted()
        && ends.last().copied().unwrap_or(0) as usize == weights
        && codes.iter().all(|code| usize::from(*code) < weight_codes(labels.len()))
        && values.iter().all(|value| value.is_finite());
    if !is_sound {
        return damaged("its numbers are out of order or out of range");
    }
    let buckets = buckets_of(&hashes);
    Ok(PackedModel { labels, patterns, hashes, buckets, ends, codes, values })
}

fn read_texts(texts: &[u8], counts: &Counts) -> Result<(Vec<Tag>, Vec<Pattern>), ReadError> {
    let mut rest = texts;
    let mut text = || -> Result<&str, ReadError> {
        let parts = rest.split_first_chunk().and_then(|(length, after)| after.split_at_checked(u16::from_le_bytes(*length).into()));
        let Some((text, after)) = parts else { return damaged("its texts end too early") };
        rest = after;
        std::str::from_utf8(text).or_else(|_| damaged("a text isn't UTF-8"))
    };
    let labels = (0..counts.labels)
        .map(|_| {
            let label = text()?;
            Tag::from_label(label).ok_or_else(|| ReadError::Damaged(format!("the label «{label}» isn't in the tagset")))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let patterns =
        (0..counts.patterns).map(|_| Pattern::compile(text()?).map_err(ReadError::Damaged)).collect::<Result<Vec<_>, _>>()?;
    if labels.is_empty() || !rest.is_empty() {
        return damaged("its texts don't agree with their number");
    }
    Ok((labels, patterns))
}

fn numbers<const WIDTH: usize, T>(bytes: &[u8], read: fn([u8; WIDTH]) -> T) -> Vec<T> {
    bytes.as_chunks().0.iter().map(|chunk| read(*chunk)).collect()
}

fn number(count: usize) -> Result<u32, String> {
    u32::try_from(count).map_err(|_| format!("{count} is more than the file can count"))
}

fn buckets_of(hashes: &[u64]) -> Vec<u32> {
    let mut buckets = vec![0; (1 << BUCKET_BITS) + 1];
    for hash in hashes {
        buckets[(hash >> (u64::BITS - BUCKET_BITS)) as usize + 1] += 1;
    }
    let mut total = 0;
    for bucket in &mut buckets {
        total += *bucket;
        *bucket = total;
    }
    buckets
}

/// FNV-1a, and a last mixing (of `SplitMix64`) that spreads short strings over the highest bits.
fn hash(observation: &[u8]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in observation {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
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
