//! Trains a preset on a folder of LJSpeech layout, without server or database, and prints how long a step takes and how
//! much memory the process holds:
//!
//!     cargo run --release -p vits --example train -- <dataset> <workspace> <preset> <steps> <batch> <threads> [seed]

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use vits::{
    config::Preset,
    inference::synthesis,
    training::trainer::{
        Directive, InitFrom, Observer, Precision, Recipe, Report, TrainingPlan, Utterance,
        Validation, train,
    },
};

struct Printer {
    steps: u64,
    before: Instant,
}

impl Observer for Printer {
    #[allow(clippy::print_stdout, reason = "the figures are this program's output")]
    fn observe(&mut self, report: Report) -> Directive {
        match report {
            Report::Prepared {
                usable,
                excluded,
                seconds,
                total_steps,
                resumed_from,
                ..
            } => {
                println!(
                    "{usable} clips, {seconds:.1} s, {} left out, step {resumed_from} of {total_steps}",
                    excluded.len()
                );
                self.before = Instant::now();
                Directive::Continue
            }
            Report::Step(step) => {
                let seconds = self.before.elapsed().as_secs_f64();
                self.before = Instant::now();
                println!(
                    "{:5}  {seconds:.3} s  mel {:.6}  kl {:.4}  duration {:.4}  adversarial {:.4}  features {:.4}  discriminator {:.4}  {} MiB",
                    step.step,
                    step.losses.mel,
                    step.losses.kl,
                    step.losses.duration,
                    step.losses.adversarial,
                    step.losses.feature_matching,
                    step.losses.discriminator,
                    resident_mebibytes()
                );
                if step.step >= self.steps {
                    Directive::Stop
                } else {
                    Directive::Continue
                }
            }
            Report::Decoding { .. } | Report::Evaluating { .. } => Directive::Continue,
            Report::Evaluated(evaluation) => {
                println!("{:5}  {:?}", evaluation.step, evaluation.losses);
                Directive::Continue
            }
            Report::StoppedEarly { step, .. } => {
                println!("no better any more at step {step}");
                Directive::Continue
            }
            Report::Checkpoint { folder, .. } => {
                println!("checkpoint {}", folder.display());
                Directive::Continue
            }
            Report::CheckpointFailed { step, reason } => {
                println!("no checkpoint at step {step}: {reason}");
                Directive::Continue
            }
        }
    }
}

fn resident_mebibytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok())
        .unwrap_or(0)
        / 1024
}

fn utterances(dataset: &Path) -> std::io::Result<Vec<Utterance>> {
    let metadata = std::fs::read_to_string(dataset.join("metadata.csv"))?;
    let lines = metadata.lines().filter_map(|line| {
        let mut fields = line.split('|');
        let (id, text) = (fields.next()?, fields.next()?);
        let audio = ["flac", "wav"]
            .iter()
            .map(|kind| dataset.join("wavs").join(format!("{id}.{kind}")));
        let audio = audio.into_iter().find(|path| path.exists())?;
        Some(Utterance {
            id: id.into(),
            text: text.into(),
            reading: None,
            speaker: None,
            audio,
        })
    });
    Ok(lines.collect())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [dataset, workspace, preset, steps, batch, threads, rest @ ..] = arguments.as_slice()
    else {
        return Err(
            "usage: train <dataset> <workspace> <preset> <steps> <batch> <threads> [seed]".into(),
        );
    };
    let preset = match preset.as_str() {
        "tiny" => Preset::Tiny,
        "small" => Preset::Small,
        "mms" => Preset::Mms,
        other => return Err(format!("preset: expected tiny, small or mms, got {other}").into()),
    };
    synthesis::set_threads(threads.parse()?);
    let workspace = PathBuf::from(workspace);
    std::fs::create_dir_all(&workspace)?;
    let plan = TrainingPlan {
        preset: Some(preset),
        recipe: Recipe::Scratch,
        text: None,
        epochs: 100_000,
        batch_size: batch.parse()?,
        accumulate: 1,
        learning_rate: None,
        seed: rest.first().map_or(Ok(1), |seed| seed.parse())?,
        checkpoint_every: None,
        validation: Validation::None,
        early_stopping: None,
        sample_rate: Some(16_000),
        segments: 1,
        precision: Precision::Auto,
    };
    let utterances = utterances(Path::new(dataset))?;
    train(
        &utterances,
        &plan,
        InitFrom::Scratch,
        &workspace,
        &workspace,
        &mut Printer {
            steps: steps.parse()?,
            before: Instant::now(),
        },
    )?;
    Ok(())
}
