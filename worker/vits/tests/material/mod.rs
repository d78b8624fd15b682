//! What the trainer's tests share: recordings, plans, and an observer that notes everything.

#![allow(dead_code, reason = "no test needs all of it")]

use std::path::{Path, PathBuf};

use vits::{
    audio::{Clip, write_wav},
    config::Preset,
    training::trainer::{
        ComputeReport, Directive, Evaluation, Finished, InitFrom, Loaded, Observer, Precision,
        Recipe, Report, StepReport, TrainingPlan, Utterance, Validation, train,
    },
};

/// Notes everything, and stops after a step.
#[derive(Default)]
pub struct Notes {
    pub stop_after: Option<u64>,
    pub stop_decoding: bool,
    /// Stops in the middle of the evaluation after this step.
    pub stop_evaluation: Option<u64>,
    pub steps: Vec<StepReport>,
    pub evaluations: Vec<Evaluation>,
    pub checkpoints: Vec<PathBuf>,
    pub failed_checkpoints: Vec<u64>,
    pub excluded: Vec<String>,
    pub checkpoint_bytes: u64,
    pub loaded: Option<Loaded>,
    pub compute: Option<ComputeReport>,
    pub stopped_early: Option<(u64, u32)>,
}

impl Notes {
    pub fn losses(&self) -> Vec<vits::training::trainer::Losses> {
        self.steps.iter().map(|step| step.losses).collect()
    }
}

impl Observer for Notes {
    fn observe(&mut self, report: Report) -> Directive {
        match report {
            Report::Prepared {
                excluded,
                loaded,
                checkpoint_bytes,
                compute,
                ..
            } => {
                self.compute = Some(compute);
                self.checkpoint_bytes = checkpoint_bytes;
                self.excluded = excluded
                    .into_iter()
                    .map(|clip| clip.reason.to_string())
                    .collect();
                self.loaded = loaded;
            }
            Report::Step(step) => {
                let last = Some(step.step) == self.stop_after;
                self.steps.push(step);
                if last {
                    return Directive::Stop;
                }
            }
            Report::Decoding { .. } => {
                if self.stop_decoding {
                    return Directive::Stop;
                }
            }
            Report::Evaluating { step } => {
                if Some(step) == self.stop_evaluation {
                    return Directive::Stop;
                }
            }
            Report::Evaluated(evaluation) => self.evaluations.push(evaluation),
            Report::StoppedEarly { step, evaluations } => {
                self.stopped_early = Some((step, evaluations));
            }
            Report::Checkpoint { folder, .. } => self.checkpoints.push(folder),
            Report::CheckpointFailed { step, .. } => self.failed_checkpoints.push(step),
        }
        Directive::Continue
    }
}

/// Recordings of tones: not speech, but sound with a transcript.
pub fn recordings(folder: &Path) -> Vec<Utterance> {
    let texts = ["سلام دنیا", "آب و آتش", "گل سرخ", "باد و باران"];
    let tone = |index: usize, n: usize| {
        0.3 * (n as f32 * (index + 1) as f32 * 0.05).sin() + 0.1 * (n as f32 * 0.31).sin()
    };
    let utterances = texts.iter().enumerate().map(|(index, text)| {
        let audio = folder.join(format!("{index}.wav"));
        let samples = (0..16_000 + 4_000 * index)
            .map(|n| tone(index, n))
            .collect();
        write_wav(
            &audio,
            &Clip {
                samples,
                sample_rate: 16_000,
            },
        )
        .unwrap();
        Utterance {
            id: index.to_string(),
            text: (*text).into(),
            reading: None,
            speaker: None,
            audio,
        }
    });
    utterances.collect()
}

pub fn plan(epochs: u64) -> TrainingPlan {
    TrainingPlan {
        preset: Some(Preset::Tiny),
        recipe: Recipe::Scratch,
        text: None,
        epochs,
        batch_size: 2,
        accumulate: 1,
        learning_rate: None,
        seed: 5,
        checkpoint_every: None,
        validation: Validation::None,
        early_stopping: None,
        sample_rate: Some(16_000),
        segments: 1,
        precision: Precision::Auto,
    }
}

/// Trains from recordings in `workspace`, which is made.
pub fn trained(
    utterances: &[Utterance],
    plan: &TrainingPlan,
    origin: InitFrom<'_>,
    workspace: &Path,
    notes: &mut Notes,
) -> vits::Result<Finished> {
    std::fs::create_dir_all(workspace).unwrap();
    train(utterances, plan, origin, workspace, workspace, notes)
}
