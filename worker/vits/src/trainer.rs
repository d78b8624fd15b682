//! The loop: batch, step, report; checkpoints between.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    time::Instant,
};

use serde::{Deserialize, Serialize};
use tch::Device;

use crate::{
    Error, Result,
    batches::Corpus,
    checkpoint::{self, State},
    config::{Preset, VitsConfig},
    randomness::{Purpose, Randomness},
    spectrogram::Spectrograms,
    step::Networks,
    voice,
};
pub use crate::{
    batches::{Excluded, Utterance},
    losses::Losses,
};

/// Learning rate where none is given.
const LEARNING_RATE: f64 = 2e-4;
/// The learning rate is multiplied by this after every epoch.
const LEARNING_RATE_DECAY: f64 = 0.999_875;
/// Weight of the newest step in the smoothed speed.
const SPEED_SMOOTHING: f64 = 0.1;

/// What to train.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingPlan {
    /// Size of the network.
    pub preset: Preset,
    /// Passes over the recordings.
    pub epochs: u64,
    /// Recordings a step.
    pub batch_size: usize,
    /// AdamW's at the first epoch; 2e-4 where it isn't given.
    pub learning_rate: Option<f64>,
    /// Of all randomness.
    pub seed: u64,
    /// Steps between checkpoints; only at the end where it isn't given.
    pub checkpoint_every: Option<u64>,
    /// Of the voice, in hertz.
    pub sample_rate: u32,
}

/// One trained step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepReport {
    /// From 1.
    pub epoch: u64,
    /// From 1, over all epochs.
    pub step: u64,
    /// Steps in all.
    pub total_steps: u64,
    /// The terms of the loss.
    pub losses: Losses,
    /// Euclidean norm of the generator's gradient.
    pub generator_gradient_norm: f64,
    /// Euclidean norm of the discriminators' gradient.
    pub discriminator_gradient_norm: f64,
    /// At this step.
    pub learning_rate: f64,
    /// Smoothed.
    pub steps_per_second: f64,
    /// Until the last step, at this speed.
    pub eta_seconds: f64,
}

/// What a training tells while it runs.
#[derive(Debug)]
pub enum Report {
    /// The recordings are read; the first step follows.
    Prepared {
        /// Recordings that are trained from.
        usable: usize,
        /// Those that aren't, and why.
        excluded: Vec<Excluded>,
        /// Length of the usable ones together.
        seconds: f64,
        /// Steps in all.
        total_steps: u64,
        /// The step that it goes on from; 0 at the start.
        resumed_from: u64,
    },
    /// A step was trained.
    Step(StepReport),
    /// A checkpoint was written; its folder is the observer's to keep or delete.
    Checkpoint {
        /// The folder.
        folder: PathBuf,
        /// The last trained step.
        step: u64,
        /// Its epoch.
        epoch: u64,
        /// Its mel loss.
        mel_loss: f64,
    },
    /// A checkpoint that was due could not be written; the training goes on, and the next one may find room.
    CheckpointFailed {
        /// The last trained step.
        step: u64,
        /// What went wrong.
        reason: String,
    },
}

/// What an observer wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Directive {
    /// Go on.
    Continue,
    /// Write a checkpoint, and go on.
    Checkpoint,
    /// Write a checkpoint, and stop.
    Stop,
}

/// Hears of everything and steers: the one door to a training.
pub trait Observer {
    /// Called on the training's thread, which waits for the answer.
    fn observe(&mut self, report: Report) -> Directive;
}

/// How a training ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finished {
    /// All steps are trained.
    Completed {
        /// Folder of the voice, in transformers' layout.
        voice: PathBuf,
    },
    /// The observer stopped it; a checkpoint was reported.
    Stopped {
        /// The last trained step.
        step: u64,
    },
}

/// Trains, from the start or from the checkpoint folder `resume_from`. Checkpoints and the voice are written below
/// `workspace`, which has to exist.
///
/// # Errors
/// Where nothing can be trained from, the checkpoint doesn't fit, a loss is no number any more, or a file can't be
/// written. [`Error::is_permanent`] says whether trying again can help.
pub fn train(
    utterances: &[Utterance],
    plan: &TrainingPlan,
    workspace: &Path,
    resume_from: Option<&Path>,
    observer: &mut dyn Observer,
) -> Result<Finished> {
    // tch panics where libtorch refuses; here that ends, as an error.
    catch_unwind(AssertUnwindSafe(|| {
        Trainer::start(utterances, plan, workspace, resume_from)?.run(observer)
    }))
    .unwrap_or_else(|panic| Err(Error::Fault(panic_message(panic.as_ref()))))
}

pub(crate) fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| {
            panic
                .downcast_ref::<&str>()
                .map(|message| (*message).to_owned())
        })
        .unwrap_or_else(|| "a panic without a message".into())
}

struct Trainer {
    plan: TrainingPlan,
    workspace: PathBuf,
    corpus: Corpus,
    config: VitsConfig,
    networks: Networks,
    device: Device,
    resumed_from: u64,
    total_steps: u64,
    /// Smoothed seconds of a step.
    step_seconds: Option<f64>,
}

impl Trainer {
    fn start(
        utterances: &[Utterance],
        plan: &TrainingPlan,
        workspace: &Path,
        resume: Option<&Path>,
    ) -> Result<Self> {
        let device = Device::cuda_if_available();
        let corpus = Corpus::prepare(utterances, plan.sample_rate)?;
        let mut config = plan.preset.config(corpus.tokenizer.vocab_size());
        config.sampling_rate = i64::from(plan.sample_rate);
        config.check_training()?;
        let mut trainer = Self {
            networks: Networks::new(
                &config,
                &plan.preset.discriminator(),
                Spectrograms::new(plan.sample_rate, device),
                plan.seed,
                device,
            ),
            total_steps: corpus.steps(plan.batch_size) * plan.epochs,
            plan: plan.clone(),
            workspace: workspace.to_owned(),
            corpus,
            config,
            device,
            resumed_from: 0,
            step_seconds: None,
        };
        if let Some(folder) = resume {
            trainer.resume(folder)?;
        }
        Ok(trainer)
    }

    /// Loads a checkpoint, strictly.
    fn resume(&mut self, folder: &Path) -> Result<()> {
        let state = checkpoint::open(folder)?;
        let mut differences = Vec::new();
        if state.plan != self.plan {
            differences.push(format!(
                "its plan is {:?}, this one is {:?}",
                state.plan, self.plan
            ));
        }
        if state.tokenizer != self.corpus.tokenizer {
            differences.push("its vocabulary is another: the recordings have changed".into());
        }
        if state.config != self.config {
            differences.push("its network is another".into());
        }
        let optimizer = checkpoint::read_optimizer(folder)?;
        for (name, mut own) in self.networks.optimizer_state() {
            match optimizer.iter().find(|(other, _)| *other == name) {
                Some((_, value)) if value.size() == own.size() => own.copy_(value),
                Some((_, value)) => {
                    differences.push(format!(
                        "{name}: expected {:?} numbers, got {:?}",
                        own.size(),
                        value.size()
                    ));
                }
                None => differences.push(format!("{name} is missing")),
            }
        }
        if !differences.is_empty() {
            return Err(Error::Mismatch {
                path: folder.to_owned(),
                differences,
            });
        }
        self.networks
            .generator_parameters()
            .load(&folder.join(checkpoint::GENERATOR))?;
        self.networks
            .discriminator_parameters()
            .load(&folder.join(checkpoint::DISCRIMINATOR))?;
        self.resumed_from = state.step;
        Ok(())
    }

    fn run(mut self, observer: &mut dyn Observer) -> Result<Finished> {
        let prepared = Report::Prepared {
            usable: self.corpus.examples.len(),
            excluded: std::mem::take(&mut self.corpus.excluded),
            seconds: self.corpus.seconds,
            total_steps: self.total_steps,
            resumed_from: self.resumed_from,
        };
        if observer.observe(prepared) == Directive::Stop {
            return Ok(Finished::Stopped {
                step: self.resumed_from,
            });
        }
        let epoch_steps = self.corpus.steps(self.plan.batch_size);
        let mut step = self.resumed_from;
        while step < self.total_steps {
            let epoch = step / epoch_steps;
            let order = self
                .corpus
                .order(self.plan.seed, epoch, self.plan.batch_size);
            for members in order.iter().skip((step % epoch_steps) as usize) {
                step += 1;
                let report = self.step(members, epoch + 1, step)?;
                let mel_loss = report.losses.mel;
                let directive = observer.observe(Report::Step(report));
                let last = step == self.total_steps;
                let due = self
                    .plan
                    .checkpoint_every
                    .is_some_and(|every| step.is_multiple_of(every));
                if last || due || directive != Directive::Continue {
                    let after = match self.checkpoint(step, epoch + 1, mel_loss, observer) {
                        Err(error)
                            if !last && directive != Directive::Stop && !error.is_permanent() =>
                        {
                            let reason = error.to_string();
                            observer.observe(Report::CheckpointFailed { step, reason });
                            // Where it wants to stop now, it says so at the next step again.
                            Directive::Continue
                        }
                        written => written?,
                    };
                    if !last && (directive == Directive::Stop || after == Directive::Stop) {
                        return Ok(Finished::Stopped { step });
                    }
                }
            }
        }
        let folder = self.workspace.join("voice");
        voice::write(
            &folder,
            &self.config,
            Some(&self.corpus.tokenizer),
            self.networks.generator_parameters(),
        )?;
        Ok(Finished::Completed { voice: folder })
    }

    fn checkpoint(
        &self,
        step: u64,
        epoch: u64,
        mel_loss: f64,
        observer: &mut dyn Observer,
    ) -> Result<Directive> {
        let state = checkpoint::state(
            self.plan.clone(),
            self.config.clone(),
            self.corpus.tokenizer.clone(),
        );
        let state = State {
            step,
            epoch,
            mel_loss,
            ..state
        };
        let folder = checkpoint::write(
            &self.workspace,
            state,
            &self.networks.optimizer_state(),
            |generator, discriminator| {
                self.networks.generator_parameters().save(generator)?;
                self.networks.discriminator_parameters().save(discriminator)
            },
        )?;
        Ok(observer.observe(Report::Checkpoint {
            folder,
            step,
            epoch,
            mel_loss,
        }))
    }

    fn step(&mut self, members: &[usize], epoch: u64, step: u64) -> Result<StepReport> {
        let begun = Instant::now();
        let base = self.plan.learning_rate.unwrap_or(LEARNING_RATE);
        let learning_rate = base * LEARNING_RATE_DECAY.powf((epoch - 1) as f64);
        let batch = self
            .corpus
            .batch(members, self.networks.spectrograms(), self.device);
        let mut randomness = Randomness::new(self.plan.seed, Purpose::Step, step, self.device);
        let trained = self
            .networks
            .update(&batch, &mut randomness, learning_rate, step)?;
        let seconds = begun.elapsed().as_secs_f64();
        let smoothed = match self.step_seconds {
            Some(before) => before + SPEED_SMOOTHING * (seconds - before),
            None => seconds,
        };
        self.step_seconds = Some(smoothed);
        Ok(StepReport {
            epoch,
            step,
            total_steps: self.total_steps,
            losses: trained.losses,
            generator_gradient_norm: trained.generator_gradient_norm,
            discriminator_gradient_norm: trained.discriminator_gradient_norm,
            learning_rate,
            steps_per_second: 1.0 / smoothed,
            eta_seconds: (self.total_steps - step) as f64 * smoothed,
        })
    }
}
