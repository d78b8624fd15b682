//! Looks for texts that break a promise, for as many seconds as it is told:
//! `cargo run --release -p persian --example fuzz -- 600 [seed]`.
//!
//! Texts are random Unicode, pieces that rules look for, cases of the table with characters changed, and several cases
//! joined. Each failure is made as small as it stays one, and printed once.

#![allow(clippy::print_stdout)]

#[path = "../tests/promises/mod.rs"]
mod promises;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use promises::{MEANINGFUL, PIECES, check};

/// Failures after which it stops looking.
const MAX_FAILURES: usize = 20;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default| {
        arguments
            .next()
            .and_then(|argument| argument.parse().ok())
            .unwrap_or(default)
    };
    let duration = Duration::from_secs(number(60));
    let seed = number(1);
    let cases: Vec<&str> = include_str!("../tests/data/verbalizer.tsv")
        .lines()
        .filter_map(|line| line.split('\t').nth(1))
        .collect();
    std::panic::set_hook(Box::new(|_| {}));
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let mut failures: BTreeMap<String, String> = BTreeMap::new();
    let begun = Instant::now();
    let mut texts = 0_u64;
    while begun.elapsed() < duration && failures.len() < MAX_FAILURES {
        let text = random_text(&mut generator, &cases);
        texts += 1;
        if let Some(failure) = failure_of(&text) {
            let (small, failure) = shrink(text, failure);
            if failures.insert(small.clone(), failure.clone()).is_none() {
                println!("{failure}");
            }
        }
    }
    println!("{texts} texts, {} failures, seed {seed}", failures.len());
    if !failures.is_empty() {
        std::process::exit(1);
    }
}

fn failure_of(text: &str) -> Option<String> {
    match std::panic::catch_unwind(|| check(text)) {
        Ok(result) => result.err(),
        Err(_) => Some(format!("panicked: {text:?}")),
    }
}

fn random_text(generator: &mut ChaCha8Rng, cases: &[&str]) -> String {
    match generator.random_range(0..5) {
        0 => (0..generator.random_range(0..40))
            .map(|_| random_character(generator))
            .collect(),
        1 => (0..generator.random_range(0..20))
            .map(|_| random_piece(generator))
            .collect(),
        2 => mutated(pick(generator, cases), generator),
        3 => {
            let joined: Vec<&str> = (0..generator.random_range(2..5))
                .map(|_| pick(generator, cases))
                .collect();
            joined.join(pick(generator, &["", " ", "، ", "\n", ". ", "-"]))
        }
        _ => {
            let joined = format!("{}{}", pick(generator, cases), pick(generator, cases));
            mutated(&joined, generator)
        }
    }
}

fn pick<'a>(generator: &mut ChaCha8Rng, from: &[&'a str]) -> &'a str {
    from.get(generator.random_range(0..from.len()))
        .copied()
        .unwrap_or_default()
}

fn random_piece(generator: &mut ChaCha8Rng) -> String {
    if generator.random_bool(0.4) {
        pick(generator, PIECES).to_owned()
    } else {
        MEANINGFUL[generator.random_range(0..MEANINGFUL.len())].to_string()
    }
}

/// Of all planes, with those of the scripts at hand more often.
fn random_character(generator: &mut ChaCha8Rng) -> char {
    let most = match generator.random_range(0..4) {
        0 => 0x24f,
        1 => 0x6ff,
        2 => 0xffff,
        _ => 0x10_ffff,
    };
    let least = if most == 0x6ff { 0x600 } else { 0 };
    char::from_u32(generator.random_range(least..=most)).unwrap_or(' ')
}

/// A few characters taken out, put in, doubled or exchanged.
fn mutated(text: &str, generator: &mut ChaCha8Rng) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..generator.random_range(1..5) {
        let at = generator.random_range(0..=characters.len());
        match generator.random_range(0..4) {
            0 if at < characters.len() => {
                characters.remove(at);
            }
            1 if at < characters.len() => characters.insert(at, characters[at]),
            2 if at + 1 < characters.len() => characters.swap(at, at + 1),
            _ => {
                let piece: Vec<char> = random_piece(generator).chars().collect();
                characters.splice(at..at, piece);
            }
        }
    }
    characters.into_iter().collect()
}

/// Takes characters away for as long as a promise stays broken.
fn shrink(text: String, failure: String) -> (String, String) {
    let mut characters: Vec<char> = text.chars().collect();
    let mut failure = failure;
    let mut length = characters.len() / 2;
    while length > 0 {
        let mut at = 0;
        while at + length <= characters.len() {
            let mut fewer = characters.clone();
            fewer.drain(at..at + length);
            match failure_of(&fewer.iter().collect::<String>()) {
                Some(found) => {
                    characters = fewer;
                    failure = found;
                }
                None => at += 1,
            }
        }
        length /= 2;
    }
    (characters.into_iter().collect(), failure)
}
