//! Monotonic alignment search (Kim et al. 2020, Glow-TTS, arXiv 2005.11129): the path through tokens and frames with the
//! greatest likelihood, that starts at the first token, ends at the last, and never goes back or skips one.

use rayon::prelude::*;

/// Log-likelihoods of a batch, row-major `[batch, frames, tokens]` with padding, and the real sizes of each item.
#[derive(Debug, Clone, Copy)]
pub struct Likelihoods<'a> {
    /// `batch × frames × tokens` numbers.
    pub values: &'a [f32],
    /// Frames of a row, padding included.
    pub frames: usize,
    /// Tokens of a row, padding included.
    pub tokens: usize,
}

/// The token of every frame, for every item of the batch, in parallel. `lengths` are (tokens, frames) of each item, with
/// at least one token and at least as many frames as tokens. Padding frames are given token 0.
pub fn search(likelihoods: Likelihoods<'_>, lengths: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let item = likelihoods.frames * likelihoods.tokens;
    lengths
        .par_iter()
        .enumerate()
        .map(|(index, &(tokens, frames))| {
            let values = &likelihoods.values[index * item..(index + 1) * item];
            let mut path = best_path(values, likelihoods.tokens, tokens, frames);
            path.resize(likelihoods.frames, 0);
            path
        })
        .collect()
}

/// `values`: `[frames, stride]`. Time O(frames × tokens), memory one bit a cell.
fn best_path(values: &[f32], stride: usize, tokens: usize, frames: usize) -> Vec<usize> {
    // best[token + 1]: likelihood of the best path that ends in this token at the current frame; -inf where none can,
    // and before the first token.
    let mut best = vec![f32::NEG_INFINITY; tokens + 1];
    let mut next = best.clone();
    let mut advanced = vec![false; frames * tokens];
    best[1] = values[0];
    for frame in 1..frames {
        // Only tokens that a path can have reached, and from which it can still reach the last one.
        let (from, until) = (tokens.saturating_sub(frames - frame), tokens.min(frame + 1));
        let row = &values[frame * stride..][from..until];
        let came = &mut advanced[frame * tokens..][from..until];
        let (moved, stayed) = (&best[from..until], &best[from + 1..=until]);
        // Slices of one length, one behind the other: several tokens are done at once.
        for (token, next) in next[from + 1..=until].iter_mut().enumerate() {
            came[token] = moved[token] > stayed[token];
            *next = row[token]
                + if came[token] {
                    moved[token]
                } else {
                    stayed[token]
                };
        }
        std::mem::swap(&mut best, &mut next);
    }
    let mut path = vec![0; frames];
    let mut token = tokens - 1;
    for frame in (0..frames).rev() {
        path[frame] = token;
        if token > 0 && (advanced[frame * tokens + token] || token == frame) {
            token -= 1;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Every path, tried.
    fn reference(values: &[f32], stride: usize, tokens: usize, frames: usize) -> f32 {
        fn walk(
            values: &[f32],
            stride: usize,
            tokens: usize,
            frames: usize,
            frame: usize,
            token: usize,
        ) -> f32 {
            let here = values[frame * stride + token];
            if frame + 1 == frames {
                return if token + 1 == tokens {
                    here
                } else {
                    f32::NEG_INFINITY
                };
            }
            let stay = walk(values, stride, tokens, frames, frame + 1, token);
            let go = if token + 1 < tokens {
                walk(values, stride, tokens, frames, frame + 1, token + 1)
            } else {
                f32::NEG_INFINITY
            };
            here + stay.max(go)
        }
        walk(values, stride, tokens, frames, 0, 0)
    }

    #[test]
    fn the_path_found_is_the_best_of_all_paths() {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        for _ in 0..1000 {
            let tokens = random.random_range(1..=6);
            let frames = random.random_range(tokens..=11);
            let stride = tokens + random.random_range(0..3);
            let values: Vec<f32> = (0..frames * stride)
                .map(|_| random.random_range(-9.0..3.0))
                .collect();
            let path = best_path(&values, stride, tokens, frames);
            assert_eq!((path[0], path[frames - 1]), (0, tokens - 1));
            assert!(
                path.windows(2)
                    .all(|pair| pair[1] == pair[0] || pair[1] == pair[0] + 1),
                "{path:?}"
            );
            let score: f32 = path
                .iter()
                .enumerate()
                .map(|(frame, token)| values[frame * stride + token])
                .sum();
            let best = reference(&values, stride, tokens, frames);
            assert!((score - best).abs() < 1e-3, "path {score}, best {best}");
        }
    }

    #[test]
    fn padding_changes_nothing() {
        let values = [0.0, -5.0, 9.0, -1.0, 0.0, 9.0, 9.0, 9.0, 9.0];
        let padded = search(
            Likelihoods {
                values: &values,
                frames: 3,
                tokens: 3,
            },
            &[(2, 2)],
        );
        assert_eq!(padded, vec![vec![0, 1, 0]]);
    }
}
