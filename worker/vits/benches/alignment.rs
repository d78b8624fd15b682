//! How long the alignment search takes for a batch of 32 with 300 tokens and 800 frames each, on one core: the median and
//! the slowest of 50. `scripts/benchmark.sh` runs it.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "the figures are this program's output"
)]

use std::{hint::black_box, time::Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use vits::nn::alignment::{Likelihoods, search};

const BATCH: usize = 32;
const TOKENS: usize = 300;
const FRAMES: usize = 800;
const ROUNDS: usize = 50;

fn main() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let values: Vec<f32> = (0..BATCH * FRAMES * TOKENS)
        .map(|_| random.random_range(-900.0..-100.0))
        .collect();
    let lengths = [(TOKENS, FRAMES); BATCH];
    let one_core = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("a thread");
    let mut milliseconds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let begun = Instant::now();
            let likelihoods = Likelihoods {
                values: &values,
                frames: FRAMES,
                tokens: TOKENS,
            };
            black_box(one_core.install(|| search(likelihoods, &lengths)));
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    milliseconds.sort_by(f64::total_cmp);
    println!(
        "alignment search, batch {BATCH}, {TOKENS} tokens, {FRAMES} frames, one core: {:.1} ms median, {:.1} ms slowest",
        milliseconds[ROUNDS / 2],
        milliseconds[ROUNDS - 1]
    );
}
