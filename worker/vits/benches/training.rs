//! Trains `tiny` and `small` beside the same network in PyTorch, by turns, and prints the ratio of their speeds, how long
//! our step waits for its data, and what share of a PyTorch step its alignment search is. `scripts/benchmark.sh` runs it;
//! `cargo bench --workspace --bench training -- mms bf16 batch=16` does another preset, in bfloat16 on both sides, with other
//! batches. Where libtorch finds a GPU, that is trained on, and PEER_PYTHON has to name a Python whose torch finds it, too.
//!
//! Ours is the training as jobs run it, data and all; its first checkpoint gives the other its weights. The other has its
//! batch ready: see `pytorch/training.py`.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "the figures are this program's output"
)]

mod pytorch;

use std::{path::Path, time::Instant};

use nvml_wrapper::Nvml;
use pytorch::{Peer, THREADS, median, presets};
use serde_json::{Value, json};
use vits::{
    audio::{Clip, write_wav},
    config::Preset,
    inference::synthesis::set_threads,
    training::trainer::{
        Directive, InitFrom, Observer, Precision, Recipe, Report, TrainingPlan, Utterance,
        Validation, train,
    },
};

/// Of every recording; with the blanks around each it has 61 tokens.
const LETTERS: usize = 30;
const FRAMES: usize = 200;
const HOP: usize = 256;
const SAMPLE_RATE: u32 = 16_000;
/// Batches of an epoch.
const BATCHES: usize = 4;
const ROUNDS: usize = 6;
/// Steps of a turn that count; the one before them does not.
const STEPS: usize = 5;

/// Someone who trains, and how long every step took them.
struct Trainee {
    name: &'static str,
    peer: Peer,
    seconds: Vec<f64>,
    searched_seconds: Vec<f64>,
    mel_loss: f64,
    gpu_bytes: Option<u64>,
}

/// Receives our steps, and lets the others do theirs in between.
struct Turns {
    preset: Preset,
    precision: Precision,
    batch: usize,
    /// What ours is computed on and in.
    compute: String,
    /// Of the GPU's memory: what is in use before all, and what ours takes of it.
    gpu_bytes: [Option<u64>; 2],
    others: Vec<Trainee>,
    seconds: Vec<f64>,
    waited_seconds: Vec<f64>,
    mel_loss: f64,
    /// Steps of this turn.
    steps: usize,
    before: Instant,
}

impl Turns {
    fn start(&mut self, checkpoint: &Path) {
        self.gpu_bytes[1] = grown(self.gpu_bytes[0], gpu_bytes());
        let discriminator = self.preset.discriminator();
        let start = |name, frozen| {
            let settings = json!({
                "threads": THREADS,
                "batch": self.batch,
                "tokens": 2 * LETTERS + 1,
                "frames": FRAMES,
                "divisor": discriminator.width_divisor,
                "periods": discriminator.periods,
                "frozen": frozen,
                "bf16": self.precision == Precision::Bfloat16,
            });
            let before = gpu_bytes();
            let mut peer = Peer::start("training.py", checkpoint, &settings);
            peer.request(&json!(2));
            Trainee {
                gpu_bytes: grown(before, gpu_bytes()),
                name,
                peer,
                seconds: Vec::new(),
                searched_seconds: Vec::new(),
                mel_loss: 0.0,
            }
        };
        self.others = vec![
            start("PyTorch", false),
            start("PyTorch, discriminators frozen for the generator", true),
        ];
    }

    /// Everybody else's turn.
    fn pass_on(&mut self) {
        for other in &mut self.others {
            other.peer.request(&json!(1));
            let response = other.peer.request(&json!(STEPS));
            other.seconds.extend(numbers(&response["seconds"]));
            other
                .searched_seconds
                .extend(numbers(&response["searched_seconds"]));
            other.mel_loss = response["losses"]["mel"].as_f64().expect("a loss");
        }
    }

    fn print(&self) {
        let ours = median(&self.seconds);
        println!(
            "{:?}, batch {}, on {}, {ROUNDS} turns of {STEPS} steps, medians:\n  ours: {ours:.3} s a step, of which it waits for data {:.2} %; mel loss {:.2}{}",
            self.preset,
            self.batch,
            self.compute,
            100.0 * median(&self.waited_seconds) / ours,
            self.mel_loss,
            gpu_memory(self.gpu_bytes[1]),
        );
        for other in &self.others {
            let theirs = median(&other.seconds);
            let turns = self.seconds.chunks(STEPS).zip(other.seconds.chunks(STEPS));
            let ratios: Vec<f64> = turns
                .map(|(ours, theirs)| median(theirs) / median(ours))
                .collect();
            println!(
                "  {}: {theirs:.3} s, of which it searches alignments {:.2} %; ours does {:.2} × its steps a second, by turns {:.2} to {:.2}; mel loss {:.2}{}",
                other.name,
                100.0 * median(&other.searched_seconds) / theirs,
                theirs / ours,
                ratios.iter().copied().fold(f64::INFINITY, f64::min),
                ratios.iter().copied().fold(0.0, f64::max),
                other.mel_loss,
                gpu_memory(other.gpu_bytes),
            );
        }
    }
}

impl Observer for Turns {
    fn observe(&mut self, report: Report) -> Directive {
        let seconds = self.before.elapsed().as_secs_f64();
        let mut directive = Directive::Continue;
        match report {
            Report::Prepared { compute, .. } => self.compute = format!("{compute:?}"),
            // It is written beside the next steps, and the others begin with it.
            Report::Step(report) if self.others.is_empty() => {
                directive = match report.step {
                    1 => Directive::Checkpoint,
                    _ => Directive::Continue,
                };
            }
            Report::Step(report) => {
                if self.steps > 0 {
                    self.seconds.push(seconds);
                    self.waited_seconds.push(report.data_wait_seconds);
                    self.mel_loss = report.losses.mel;
                }
                self.steps += 1;
                if self.steps > STEPS {
                    self.steps = 0;
                    self.pass_on();
                    if self.seconds.len() == ROUNDS * STEPS {
                        directive = Directive::Stop;
                    }
                }
            }
            Report::Checkpoint { folder, .. } if self.others.is_empty() => self.start(&folder),
            _ => {}
        }
        self.before = Instant::now();
        directive
    }
}

/// What is in use of the first GPU's memory, by all programs.
fn gpu_bytes() -> Option<u64> {
    let nvml = Nvml::init().ok()?;
    let memory = nvml.device_by_index(0).ok()?.memory_info();
    Some(memory.ok()?.used)
}

fn grown(before: Option<u64>, after: Option<u64>) -> Option<u64> {
    Some(after?.saturating_sub(before?))
}

fn gpu_memory(gpu_bytes: Option<u64>) -> String {
    gpu_bytes.map_or_else(String::new, |bytes| {
        format!("; {} MiB of the GPU", bytes >> 20)
    })
}

fn numbers(response: &Value) -> impl Iterator<Item = f64> {
    let numbers = response.as_array().expect("a number of every step");
    numbers
        .iter()
        .map(|number| number.as_f64().expect("a number"))
}

/// Noise, which is nothing to learn from, but takes as long.
fn recordings(folder: &Path, count: usize) -> Vec<Utterance> {
    let text: String = "سلام دنیا این ".chars().cycle().take(LETTERS).collect();
    let mut state = 1u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state as f32 / u32::MAX as f32 - 0.5) * 0.2
    };
    (0..count)
        .map(|number| {
            let audio = folder.join(format!("{number}.wav"));
            let clip = Clip {
                samples: (0..FRAMES * HOP).map(|_| noise()).collect(),
                sample_rate: SAMPLE_RATE,
            };
            write_wav(&audio, &clip).expect("a recording can be written");
            Utterance {
                id: number.to_string(),
                text: text.trim().into(),
                reading: None,
                speaker: None,
                audio,
            }
        })
        .collect()
}

fn main() {
    set_threads(THREADS);
    let has_argument = |word: &str| std::env::args().any(|argument| argument == word);
    let precision = match has_argument("bf16") {
        true => Precision::Bfloat16,
        false => Precision::Single,
    };
    let batch = std::env::args()
        .find_map(|word| word.strip_prefix("batch=")?.parse().ok())
        .unwrap_or(4);
    for preset in presets(&[Preset::Tiny, Preset::Small]) {
        let folder = tempfile::tempdir().expect("a folder");
        let plan = TrainingPlan {
            preset: Some(preset),
            recipe: Recipe::Scratch,
            text: None,
            epochs: 1_000,
            batch_size: batch,
            accumulate: 1,
            learning_rate: None,
            seed: 1,
            checkpoint_every: None,
            validation: Validation::None,
            early_stopping: None,
            sample_rate: Some(SAMPLE_RATE),
            segments: 1,
            precision,
        };
        let mut turns = Turns {
            preset,
            precision,
            batch,
            compute: String::new(),
            gpu_bytes: [gpu_bytes(), None],
            others: Vec::new(),
            seconds: Vec::new(),
            waited_seconds: Vec::new(),
            mel_loss: 0.0,
            steps: 0,
            before: Instant::now(),
        };
        train(
            &recordings(folder.path(), batch * BATCHES),
            &plan,
            InitFrom::Scratch,
            folder.path(),
            folder.path(),
            &mut turns,
        )
        .expect("it trains");
        turns.print();
    }
}
