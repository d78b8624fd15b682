//! Makes the voice that new trainings begin from (`voices/tiny-fa`; scripts/make-base.sh has its recordings made first):
//!
//!     cargo run --release -p vits --example base -- train <dataset> <workspace> <steps> <threads> [base]
//!     cargo run --release -p vits --example base -- export <checkpoint> <folder> [speaker]
//!
//! `train` goes on from the newest checkpoint of the workspace, or else begins from the base, or from nothing. `export` writes a
//! voice of one of the speakers in half precision, with the discriminators beside it.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use tch::{Kind, Tensor};
use vits::{
    config::Preset,
    inference::synthesis::{Synthesizer, set_threads},
    text::TextMode,
    training::trainer::{
        Directive, InitFrom, Observer, Precision, Recipe, Report, TrainingPlan, Utterance,
        Validation, train,
    },
};

const LEARNING_RATE: f64 = 5e-4;
const BATCH_SIZE: usize = 8;
const SAMPLE_RATE: u32 = 22_050;
const SEED: u64 = 1;
const CHECKPOINT_EVERY: u64 = 500;
/// Newest checkpoints that are kept.
const KEPT: usize = 2;
/// Steps between lines.
const PRINT_EVERY: u64 = 50;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["train", dataset, workspace, steps, threads, ref base @ ..] => {
            set_threads(threads.parse()?);
            let base = base.first().map(Path::new);
            learn(Path::new(dataset), Path::new(workspace), steps.parse()?, base)
        }
        ["export", checkpoint, folder, ref speaker @ ..] => {
            let speaker = speaker.first().copied();
            export(Path::new(checkpoint), Path::new(folder), speaker)
        }
        _ => Err("usage: base train <dataset> <workspace> <steps> <threads> [base], or base export <checkpoint> <folder> [speaker]".into()),
    }
}

fn learn(
    dataset: &Path,
    workspace: &Path,
    steps: u64,
    base: Option<&Path>,
) -> Result<(), Box<dyn Error>> {
    let metadata = fs::read_to_string(dataset.join("metadata.csv"))?;
    let utterances = metadata.lines().map(|line| {
        let fields: Vec<&str> = line.split('|').collect();
        let [id, text, phonemes, ref speaker @ ..] = fields[..] else {
            return Err(format!("{line}: expected id|text|phonemes|speaker"));
        };
        Ok(Utterance {
            id: id.into(),
            text: text.into(),
            reading: Some(phonemes.into()),
            speaker: speaker.first().map(|name| (*name).into()),
            audio: dataset.join("wavs").join(format!("{id}.wav")),
        })
    });
    let utterances = utterances.collect::<Result<Vec<_>, _>>()?;
    let plan = TrainingPlan {
        preset: base.is_none().then_some(Preset::Tiny),
        recipe: Recipe::Scratch,
        text: Some(TextMode::Phonemes),
        epochs: steps * BATCH_SIZE as u64 / utterances.len() as u64 + 1,
        batch_size: BATCH_SIZE,
        accumulate: 1,
        learning_rate: Some(LEARNING_RATE),
        seed: SEED,
        checkpoint_every: Some(CHECKPOINT_EVERY),
        validation: Validation::None,
        early_stopping: None,
        sample_rate: Some(SAMPLE_RATE),
        segments: 2,
        precision: Precision::Bfloat16,
    };
    let cache = workspace.join("audio");
    fs::create_dir_all(&cache)?;
    let mut pruner = CheckpointPruner {
        steps,
        begun: Instant::now(),
        kept: checkpoints(workspace)?,
    };
    let newest = pruner.kept.last().cloned();
    let origin = match (&newest, base) {
        (Some(folder), _) => InitFrom::Checkpoint(folder),
        (None, Some(base)) => InitFrom::Pretrained(base),
        (None, None) => InitFrom::Scratch,
    };
    train(&utterances, &plan, origin, &cache, workspace, &mut pruner)?;
    Ok(())
}

/// Oldest first.
fn checkpoints(workspace: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    fs::create_dir_all(workspace)?;
    let mut found = Vec::new();
    for entry in fs::read_dir(workspace)? {
        let folder = entry?.path();
        if folder.join("state.json").exists() {
            found.push(folder);
        }
    }
    found.sort();
    Ok(found)
}

/// Keeps the newest checkpoints, and stops after so many steps.
struct CheckpointPruner {
    steps: u64,
    begun: Instant,
    kept: Vec<PathBuf>,
}

impl Observer for CheckpointPruner {
    #[allow(clippy::print_stdout, reason = "a program for a terminal")]
    fn observe(&mut self, report: Report) -> Directive {
        match report {
            Report::Step(step) => {
                if step.step.is_multiple_of(PRINT_EVERY) {
                    let seconds = self.begun.elapsed().as_secs_f64();
                    println!("{:6}  {seconds:8.1} s  {:?}", step.step, step.losses);
                }
                if step.step >= self.steps {
                    return Directive::Stop;
                }
            }
            Report::Checkpoint { folder, .. } => {
                println!("checkpoint {}", folder.display());
                self.kept.push(folder);
                while self.kept.len() > KEPT {
                    // What is left of one is only in the way.
                    let _deleted = fs::remove_dir_all(self.kept.remove(0));
                }
            }
            _ => {}
        }
        Directive::Continue
    }
}

fn export(checkpoint: &Path, folder: &Path, speaker: Option<&str>) -> Result<(), Box<dyn Error>> {
    let voice = match speaker {
        Some(speaker) => Synthesizer::load_speaker(checkpoint, speaker)?,
        None => Synthesizer::load(checkpoint)?,
    };
    voice.save(folder)?;
    let weights = folder.join("model.safetensors");
    write_half(&weights, &weights)?;
    write_half(
        &checkpoint.join("discriminator.safetensors"),
        &folder.join("discriminator.safetensors"),
    )
}

/// Writes the tensors of a file in half precision, all of which have to fit into its range.
fn write_half(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    let halves: Vec<(String, Tensor)> = Tensor::read_safetensors(from)?
        .into_iter()
        .map(|(name, tensor)| (name, tensor.to_kind(Kind::Half)))
        .collect();
    if let Some((name, _)) = halves
        .iter()
        .find(|(_, half)| half.isfinite().all().int64_value(&[]) == 0)
    {
        return Err(format!("{name} has numbers that half precision can't hold").into());
    }
    Tensor::write_safetensors(&halves, to)?;
    Ok(())
}
