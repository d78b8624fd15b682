//! Speaks with voices of all presets beside transformers, by turns, and prints both real-time factors and their ratio.
//! `scripts/benchmark.sh` runs it; `cargo bench --workspace --bench speaking -- tiny` does one preset alone.
//!
//! The voices are ours, with the weights that a training begins with. How long the speech is follows from the noise, which isn't
//! the same on both sides: seconds are divided by the length of the speech.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "the figures are this program's output"
)]

mod pytorch;

use std::time::Instant;

use pytorch::{Peer, THREADS, median, presets};
use serde_json::json;
use vits::{
    config::Preset,
    inference::synthesis::{SpeakOptions, Synthesizer, set_threads},
};

/// Lengths of texts, in tokens: from a few words to a paragraph.
const SENTENCES: [usize; 5] = [41, 81, 121, 181, 241];
/// Vocabulary of a Persian voice.
const TOKENS: i64 = 44;
const ROUNDS: usize = 8;

fn main() {
    set_threads(THREADS);
    for preset in presets(&[Preset::Tiny, Preset::Small, Preset::Mms]) {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path().join("voice");
        Synthesizer::untrained(preset.config(TOKENS), None, 1)
            .and_then(|voice| voice.save(&folder))
            .expect("a voice can be made");
        let ours = Synthesizer::load(&folder).expect("the voice can be read");
        let mut peer = Peer::start("speaking.py", &folder, &json!({ "threads": THREADS }));
        let (mut factors, mut their_factors) = (Vec::new(), Vec::new());
        // The first round makes both ready, and doesn't count.
        for round in 0..=ROUNDS {
            for length in SENTENCES {
                // Blanks between letters, as the tokenizer puts them.
                let ids: Vec<i64> = (0..length as i64)
                    .map(|at| {
                        if at % 2 == 0 {
                            0
                        } else {
                            4 + at * 7 % (TOKENS - 4)
                        }
                    })
                    .collect();
                let options = SpeakOptions {
                    seed: round as u64,
                    ..SpeakOptions::default()
                };
                let begun = Instant::now();
                let clip = ours.speak_ids(&ids, &options).expect("it speaks");
                let seconds = begun.elapsed().as_secs_f64();
                let response = peer.request(&json!(ids));
                if round > 0 {
                    factors.push(seconds / clip.seconds());
                    let number = |name: &str| response[name].as_f64().expect("a number");
                    their_factors.push(number("seconds") / number("speech"));
                }
            }
        }
        let ratios: Vec<f64> = factors
            .chunks(SENTENCES.len())
            .zip(their_factors.chunks(SENTENCES.len()))
            .map(|(ours, theirs)| median(theirs) / median(ours))
            .collect();
        println!(
            "{preset:?}, {THREADS} threads, {ROUNDS} rounds of {} sentences, medians: ours {:.4} of real time, transformers {:.4}; ours is {:.2} × as quick, by rounds {:.2} to {:.2}",
            SENTENCES.len(),
            median(&factors),
            median(&their_factors),
            median(&their_factors) / median(&factors),
            ratios.iter().copied().fold(f64::INFINITY, f64::min),
            ratios.iter().copied().fold(0.0, f64::max),
        );
    }
}
