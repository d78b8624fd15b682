//! Which clips stand in which step's batch.
//!
//! All batches of an epoch are full, so that every clip weighs the same in a step; where clips are left over, others are drawn
//! to stand beside them. Clips of like length stand together, so that little is padding, and other ones in every epoch.

use crate::nn::random::Rng;

/// Batches whose clips are sorted by length together.
const BATCHES_SORTED_TOGETHER: usize = 8;
/// For sorting, a length is taken for up to so much longer or shorter than it is.
const LENGTH_JITTER: f64 = 0.2;

/// The batches of an epoch: each has `batch_size` different clips, or all that there are, and each clip is in one of them at
/// least. `lengths`: of the clips, in frames.
pub(crate) fn batches(lengths: &[usize], batch_size: usize, random: &mut Rng) -> Vec<Vec<usize>> {
    let mut clips: Vec<usize> = (0..lengths.len()).collect();
    random.shuffle(&mut clips);
    let mut batches = Vec::with_capacity(clips.len().div_ceil(batch_size));
    for together in clips.chunks_mut(BATCHES_SORTED_TOGETHER * batch_size) {
        let mut by_length: Vec<(f64, usize)> = together
            .iter()
            .map(|&clip| (lengths[clip] as f64 * jitter(random), clip))
            .collect();
        by_length.sort_by(|a, b| a.0.total_cmp(&b.0));
        let sorted: Vec<usize> = by_length.into_iter().map(|(_, clip)| clip).collect();
        // Neither the shortest nor the longest are always those that are left over.
        let full = sorted.len() / batch_size;
        let before = random.up_to(full as i64) as usize * batch_size;
        let (first, rest) = sorted.split_at(before);
        let (left_over, last) = rest.split_at(sorted.len() % batch_size);
        batches.extend(first.chunks(batch_size).map(<[usize]>::to_vec));
        batches.extend(last.chunks(batch_size).map(<[usize]>::to_vec));
        if !left_over.is_empty() {
            batches.push(filled(left_over, lengths.len(), batch_size, random));
        }
    }
    random.shuffle(&mut batches);
    batches
}

/// A factor around 1.
fn jitter(random: &mut Rng) -> f64 {
    1.0 + LENGTH_JITTER * (2.0 * random.fraction() - 1.0)
}

/// These clips, and others of the `count` that there are, until the batch is full.
fn filled(left_over: &[usize], count: usize, batch_size: usize, random: &mut Rng) -> Vec<usize> {
    let mut others: Vec<usize> = (0..count)
        .filter(|clip| !left_over.contains(clip))
        .collect();
    random.shuffle(&mut others);
    let missing = batch_size - left_over.len();
    left_over
        .iter()
        .copied()
        .chain(others.into_iter().take(missing))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use tch::Device;

    use super::*;
    use crate::nn::random::Stream;

    const EPOCHS: u64 = 100;
    /// Sets of clips and sizes of batches, of which neither need divide the other.
    const SETS: [usize; 4] = [5, 39, 250, 529];
    const BATCH_SIZES: [usize; 3] = [4, 16, 32];

    /// Lengths from 1 to 8 s, as recordings have them.
    fn lengths(count: usize) -> Vec<usize> {
        (0..count).map(|clip| 62 + clip * 7919 % 440).collect()
    }

    fn epochs(count: usize, batch_size: usize) -> Vec<Vec<Vec<usize>>> {
        let lengths = lengths(count);
        let epoch = |epoch| {
            let mut random = Rng::new(1, Stream::Order, epoch, Device::Cpu);
            batches(&lengths, batch_size, &mut random)
        };
        (0..EPOCHS).map(epoch).collect()
    }

    /// Ways to choose so many of so many, as far as it matters here.
    fn combinations(count: usize, chosen: usize) -> usize {
        (0..chosen.min(count - chosen)).fold(1, |ways: usize, step| {
            (ways.saturating_mul(count - step) / (step + 1)).min(1_000_000)
        })
    }

    #[test]
    fn every_clip_is_in_every_epoch_and_every_batch_is_full() {
        for (count, size) in SETS
            .into_iter()
            .flat_map(|count| BATCH_SIZES.map(|size| (count, size)))
        {
            for epoch in epochs(count, size) {
                assert_eq!(epoch.len(), count.div_ceil(size));
                let clips: BTreeSet<usize> = epoch.iter().flatten().copied().collect();
                assert_eq!(clips.len(), count);
                for batch in epoch {
                    let different: BTreeSet<usize> = batch.iter().copied().collect();
                    assert_eq!(
                        (batch.len(), different.len()),
                        (size.min(count), size.min(count))
                    );
                }
            }
        }
    }

    #[test]
    fn no_clip_weighs_much_more_than_another() {
        for (count, size) in SETS
            .into_iter()
            .flat_map(|count| BATCH_SIZES.map(|size| (count, size)))
        {
            let mut weights = vec![0usize; count];
            for clip in epochs(count, size).into_iter().flatten().flatten() {
                weights[clip] += 1;
            }
            let (least, most) = (weights.iter().min().unwrap(), weights.iter().max().unwrap());
            assert!(
                2 * most <= 3 * least,
                "{count} clips, {size} a batch: {least} to {most}"
            );
        }
    }

    #[test]
    fn clips_meet_others_in_every_epoch() {
        for (count, size) in SETS
            .into_iter()
            .flat_map(|count| BATCH_SIZES.map(|size| (count, size)))
        {
            let batches = epochs(count, size).into_iter().flatten();
            let different: HashSet<BTreeSet<usize>> =
                batches.map(|batch| batch.into_iter().collect()).collect();
            let possible = combinations(count, size.min(count));
            assert!(
                different.len() >= possible.min(50),
                "{count} clips, {size} a batch: {}",
                different.len()
            );
        }
    }

    #[test]
    fn clips_of_like_length_stand_together() {
        let (count, size) = (529, 16);
        let lengths = lengths(count);
        let padding = |batches: &[Vec<usize>]| -> usize {
            let padding = batches.iter().map(|batch| {
                let longest = batch.iter().map(|clip| lengths[*clip]).max().unwrap();
                batch
                    .iter()
                    .map(|clip| longest - lengths[*clip])
                    .sum::<usize>()
            });
            padding.sum()
        };
        let sorted: usize = epochs(count, size).iter().map(|epoch| padding(epoch)).sum();
        let mut shuffled = 0;
        for epoch in 0..EPOCHS {
            let mut clips: Vec<usize> = (0..count).collect();
            Rng::new(1, Stream::Order, epoch, Device::Cpu).shuffle(&mut clips);
            let batches: Vec<Vec<usize>> = clips.chunks(size).map(<[usize]>::to_vec).collect();
            shuffled += padding(&batches);
        }
        assert!(2 * sorted < shuffled, "{sorted} of {shuffled} frames");
    }
}
