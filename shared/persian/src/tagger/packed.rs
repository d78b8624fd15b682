//! The model in memory, in a form that takes little of it.
//!
//! An observation is known by a 64-bit hash alone. That those of the model differ is checked when it is packed; that of an
//! unknown one is among 600,000 known ones once in 3 × 10¹³ look-ups.
//!
//! The two million weights have 330,000 different values, so that a weight is kept exactly in four bytes: its code, and the
//! number of its value. The packed model thus decides as the published one does by construction. There would be little to
//! leave out: Wapiti keeps no observation without a weight, and the weights below 0.001 are 8 % of those of the published
//! model but already change a tag in 10,000.

use super::features::Pattern;
use super::model::{Model, Scores, weight_codes};
use super::tag::Tag;
use super::text_model::TextModel;

/// The hashes are searched among those with the same highest bits.
const BUCKET_BITS: u32 = 16;

pub(super) struct PackedModel {
    pub labels: Vec<Tag>,
    pub patterns: Vec<Pattern>,
    pub observations: Observations,
    /// Each is a code in its lowest bits, as many as codes need, and the index of a value.
    pub weights: Vec<u32>,
    pub values: Vec<f64>,
    pub code_bits: u32,
}

impl PackedModel {
    /// Takes a model over, with all of its weights.
    ///
    /// # Errors
    /// What is wrong, if two observations have the same hash, or if the model is too large.
    pub fn from_text_model(model: &TextModel) -> Result<Self, String> {
        let mut observations: Vec<(u64, &[(u16, f64)])> = model
            .observations()
            .map(|(observation, weights)| (hash(observation), weights))
            .collect();
        observations.sort_unstable_by_key(|(hash, _)| *hash);
        if let Some(pair) = observations.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(format!("two observations have the hash {:016x}", pair[0].0));
        }
        let all_weights = || observations.iter().flat_map(|(_, weights)| weights.iter());
        let mut values: Vec<u64> = all_weights().map(|(_, weight)| weight.to_bits()).collect();
        values.sort_unstable();
        values.dedup();
        let code_bits = code_bits(model.labels().len());
        if values.len() > 1 << (u32::BITS - code_bits) {
            return Err(format!(
                "its weights have {} different values, which are too many",
                values.len()
            ));
        }
        let weights = all_weights().map(|(code, weight)| {
            let value = values.partition_point(|value| *value < weight.to_bits());
            Ok(number(value)? << code_bits | u32::from(*code))
        });
        let weights = weights.collect::<Result<Vec<u32>, String>>()?;
        let mut end = 0;
        let ends = observations.iter().map(|(_, weights)| {
            end += weights.len();
            number(end)
        });
        let ends = ends.collect::<Result<Vec<u32>, String>>()?;
        Ok(Self {
            labels: model.labels().to_vec(),
            patterns: model.patterns().to_vec(),
            observations: Observations::new(
                observations.iter().map(|(hash, _)| *hash).collect(),
                ends,
            ),
            weights,
            values: values.into_iter().map(f64::from_bits).collect(),
            code_bits,
        })
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
        self.observations.weights_of(observation).is_some()
    }

    fn add_weights(&self, observation: &[u8], scores: &mut Scores) {
        let Some(range) = self.observations.weights_of(observation) else {
            return;
        };
        for weight in &self.weights[range] {
            let (code, value) = code_and_value(*weight, self.code_bits);
            scores.add(code, self.values[value]);
        }
    }
}

/// The hashes of the observations in ascending order, and where the weights of each of them end.
pub(super) struct Observations {
    pub hashes: Vec<u64>,
    pub ends: Vec<u32>,
    /// For the highest bits of a hash, where the hashes with them begin; and one more, the end.
    buckets: Vec<u32>,
}

impl Observations {
    pub fn new(hashes: Vec<u64>, ends: Vec<u32>) -> Self {
        let mut buckets = vec![0; (1 << BUCKET_BITS) + 1];
        for hash in &hashes {
            buckets[bucket(*hash) + 1] += 1;
        }
        let mut total = 0;
        for bucket in &mut buckets {
            total += *bucket;
            *bucket = total;
        }
        Self {
            hashes,
            ends,
            buckets,
        }
    }

    fn weights_of(&self, observation: &[u8]) -> Option<std::ops::Range<usize>> {
        let hash = hash(observation);
        let first = self.buckets[bucket(hash)] as usize;
        let candidates = &self.hashes[first..self.buckets[bucket(hash) + 1] as usize];
        let position = first + candidates.binary_search(&hash).ok()?;
        let start = position
            .checked_sub(1)
            .map_or(0, |before| self.ends[before]);
        Some(start as usize..self.ends[position] as usize)
    }
}

fn bucket(hash: u64) -> usize {
    (hash >> (u64::BITS - BUCKET_BITS)) as usize
}

/// How many bits the codes of weights take.
pub(super) fn code_bits(labels: usize) -> u32 {
    usize::BITS - weight_codes(labels).leading_zeros()
}

pub(super) fn code_and_value(weight: u32, code_bits: u32) -> (usize, usize) {
    (
        (weight & ((1 << code_bits) - 1)) as usize,
        (weight >> code_bits) as usize,
    )
}

pub(super) fn number(count: usize) -> Result<u32, String> {
    u32::try_from(count).map_err(|_| format!("{count} is more than the packed model can count"))
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
