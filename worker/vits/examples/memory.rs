//! Holds the estimate of `memory.rs` against what trainings really take, each in a process of its own, on the CPU:
//!
//!     cargo run --release --example memory            a table over presets, batches and lengths, in fp32
//!     cargo run --release --example memory -- bf16    the same in bf16
//!     cargo run --release --example memory -- <preset> <batch> <seconds> <letters> <steps> <precision>      one of them

#![allow(clippy::print_stdout, reason = "the figures are this program's output")]

use std::{error::Error, path::Path, process::Command};

use vits::{
    audio::{Clip, write_wav},
    config::Preset,
    inference::synthesis,
    training::{
        memory::{self, BatchShape},
        trainer::{
            Directive, InitFrom, Observer, Precision, Recipe, Report, TrainingPlan, Utterance,
            Validation, train,
        },
    },
};

const SAMPLE_RATE: u32 = 16_000;
const LETTERS: &str = "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی";
/// Preset, batch, seconds and letters of every clip. A CPU computes eight clips at once, and no more.
const CASES: [(&str, usize, f64, usize); 13] = [
    ("tiny", 1, 2.0, 20),
    ("tiny", 4, 5.0, 60),
    ("tiny", 8, 5.0, 60),
    ("tiny", 8, 2.0, 20),
    ("tiny", 8, 10.0, 60),
    ("tiny", 8, 10.0, 250),
    ("tiny", 8, 20.0, 250),
    ("small", 1, 5.0, 60),
    ("small", 4, 5.0, 60),
    ("small", 8, 5.0, 60),
    ("small", 4, 20.0, 250),
    ("mms", 1, 5.0, 60),
    ("mms", 4, 5.0, 60),
];

/// Stops after some steps.
struct Counter {
    steps: u64,
}

impl Observer for Counter {
    fn observe(&mut self, report: Report) -> Directive {
        match report {
            Report::Step(step) if step.step >= self.steps => Directive::Stop,
            _ => Directive::Continue,
        }
    }
}

/// A line of `/proc/self/status`, in bytes.
fn status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|line| {
        line.trim_start_matches(':')
            .trim()
            .trim_end_matches(" kB")
            .parse::<u64>()
            .ok()
    });
    kilobytes.unwrap_or(0) * 1024
}

/// Clips of noise, all of one length.
fn utterances(
    folder: &Path,
    count: usize,
    seconds: f64,
    letters: usize,
) -> Result<Vec<Utterance>, Box<dyn Error>> {
    let mut state = 1u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let text: String = LETTERS.chars().cycle().take(letters).collect();
    let samples = (seconds * f64::from(SAMPLE_RATE)) as usize;
    (0..count)
        .map(|number| {
            let audio = folder.join(format!("{number}.wav"));
            let clip = Clip {
                samples: (0..samples).map(|_| noise()).collect(),
                sample_rate: SAMPLE_RATE,
            };
            write_wav(&audio, &clip)?;
            Ok(Utterance {
                id: number.to_string(),
                text: text.clone(),
                reading: None,
                speaker: None,
                audio,
            })
        })
        .collect()
}

fn one(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let [preset, batch, seconds, letters, steps, precision] = arguments else {
        return Err(
            "usage: memory <preset> <batch> <seconds> <letters> <steps> <precision>".into(),
        );
    };
    let preset = match preset.as_str() {
        "tiny" => Preset::Tiny,
        "small" => Preset::Small,
        _ => Preset::Mms,
    };
    let (batch, seconds, letters): (usize, f64, usize) =
        (batch.parse()?, seconds.parse()?, letters.parse()?);
    synthesis::set_threads(1);
    let folder = tempfile::tempdir()?;
    let utterances = utterances(folder.path(), batch, seconds, letters)?;
    let before = status("VmRSS");
    let plan = TrainingPlan {
        preset: Some(preset),
        recipe: Recipe::Scratch,
        text: None,
        epochs: 100_000,
        batch_size: batch,
        accumulate: 1,
        learning_rate: None,
        seed: 1,
        checkpoint_every: Some(2),
        validation: Validation::None,
        early_stopping: None,
        sample_rate: Some(SAMPLE_RATE),
        segments: 1,
        precision: match precision.as_str() {
            "bf16" => Precision::Bfloat16,
            _ => Precision::Single,
        },
    };
    let mut counter = Counter {
        steps: steps.parse()?,
    };
    train(
        &utterances,
        &plan,
        InitFrom::Scratch,
        folder.path(),
        folder.path(),
        &mut counter,
    )?;
    let measured = status("VmHWM") - before;
    let samples = (seconds * f64::from(SAMPLE_RATE)) as u64;
    let demand = BatchShape {
        batch: batch as u64,
        frames: samples / 256,
        tokens: 2 * letters as u64 + 1,
        segments: plan.segments as u64,
    };
    let config = preset.config(LETTERS.chars().count() as i64 + 3);
    let estimate = memory::estimate(&config, &preset.discriminator(), demand);
    let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    println!(
        "{:>9.0} MiB {:>9.0} MiB   {:.2}",
        mebibytes(estimate),
        mebibytes(measured),
        estimate as f64 / measured as f64
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let precision = match arguments.as_slice() {
        [] => "fp32",
        [precision] => precision,
        one_case => return one(one_case),
    };
    println!("preset  batch  seconds  letters      estimate      measured  ratio");
    for (preset, batch, seconds, letters) in CASES {
        let output = Command::new(std::env::current_exe()?)
            .args([preset, &batch.to_string(), &seconds.to_string()])
            .args([&letters.to_string(), "4", precision])
            .output()?;
        let line = String::from_utf8_lossy(&output.stdout);
        let line = if output.status.success() {
            line.trim_end().to_owned()
        } else {
            String::from_utf8_lossy(&output.stderr).into_owned()
        };
        println!("{preset:6}  {batch:5}  {seconds:7}  {letters:7}  {line}");
    }
    Ok(())
}
