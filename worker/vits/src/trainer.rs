//! The loop: batch, step, report; evaluations and checkpoints between.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    time::Instant,
};

use tch::Device;

use crate::{
    Error, Result,
    base::Base,
    batches::Corpus,
    checkpoint::{self, Snapshot, Standing, State, Writer, Written},
    config::{DiscriminatorConfig, VitsConfig},
    error::panic_message,
    randomness::{Purpose, Randomness},
    spectrogram::Spectrograms,
    step::Networks,
    tokenizer::Tokenizer,
    validation::{Judge, Judged},
    voice,
};
pub use crate::{
    batches::Utterance,
    plan::{Origin, Recipe, TrainingPlan, Validation},
    report::{
        Adopted, Directive, Evaluation, Excluded, Finished, Losses, Observer, Report, Sample,
        StepReport, ValidationLosses,
    },
};

/// The learning rate is multiplied by this after every epoch.
const LEARNING_RATE_DECAY: f64 = 0.999_875;
/// Weight of the newest step in the smoothed speed.
const SPEED_SMOOTHING: f64 = 0.1;

/// Trains. Checkpoints, samples and the voice are written below `workspace`, which has to exist.
///
/// # Errors
/// Where nothing can be trained from, base or checkpoint don't fit, a loss is no number any more, or a file can't be
/// written. [`Error::is_permanent`] says whether trying again can help.
pub fn train(
    utterances: &[Utterance],
    plan: &TrainingPlan,
    origin: Origin<'_>,
    workspace: &Path,
    observer: &mut dyn Observer,
) -> Result<Finished> {
    // tch panics where libtorch refuses; here that ends, as an error.
    catch_unwind(AssertUnwindSafe(|| {
        Trainer::start(utterances, plan, origin, workspace)?.run(observer)
    }))
    .unwrap_or_else(|panic| Err(Error::Fault(panic_message(panic.as_ref()))))
}

struct Trainer {
    plan: TrainingPlan,
    workspace: PathBuf,
    corpus: Corpus,
    config: VitsConfig,
    discriminator: DiscriminatorConfig,
    networks: Networks,
    device: Device,
    resumed_from: u64,
    total_steps: u64,
    adopted: Option<Adopted>,
    standing: Option<Standing>,
    writer: Writer,
    /// Smoothed seconds of a step.
    step_seconds: Option<f64>,
}

/// Where a training stands at the end of a step.
#[derive(Clone, Copy)]
struct Position {
    step: u64,
    epoch: u64,
    mel_loss: f64,
}

/// What an evaluation means for the training.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    GoOn,
    /// The voice has got no better for as long as was asked for.
    Exhausted,
    /// The observer didn't want to wait for it.
    Interrupted,
}

impl Trainer {
    fn start(
        utterances: &[Utterance],
        plan: &TrainingPlan,
        origin: Origin<'_>,
        workspace: &Path,
    ) -> Result<Self> {
        match origin {
            Origin::Scratch => {
                let preset = plan.preset.ok_or_else(|| {
                    Error::Unsupported("a training without a base needs a preset".into())
                })?;
                let corpus =
                    Corpus::prepare(utterances, plan.sample_rate, Tokenizer::from_letters)?;
                let mut config = preset.config(corpus.tokenizer.vocab_size());
                config.sampling_rate = i64::from(plan.sample_rate);
                Self::new(plan, corpus, config, preset.discriminator(), workspace)
            }
            Origin::Base(folder) => {
                let base = Base::open(folder)?;
                let rate = base.network(plan.preset, 0).sampling_rate;
                let corpus = Corpus::prepare(utterances, sample_rate(rate)?, |letters| {
                    Tokenizer::from_letters(&letters | &base.letters())
                })?;
                let config = base.network(plan.preset, corpus.tokenizer.vocab_size());
                let discriminator = base.discriminators(plan.preset);
                let mut trainer = Self::new(plan, corpus, config, discriminator, workspace)?;
                trainer.adopted = Some(base.pour(
                    folder,
                    plan.preset.is_none(),
                    &trainer.corpus.tokenizer,
                    trainer.networks.generator_parameters(),
                    trainer.networks.discriminator_parameters(),
                )?);
                Ok(trainer)
            }
            Origin::Checkpoint(folder) => Self::resume(utterances, plan, folder, workspace),
        }
    }

    fn new(
        plan: &TrainingPlan,
        mut corpus: Corpus,
        config: VitsConfig,
        discriminator: DiscriminatorConfig,
        workspace: &Path,
    ) -> Result<Self> {
        config.check_training()?;
        let device = Device::cuda_if_available();
        if let Validation::Split(fraction) = plan.validation {
            corpus.hold_out(fraction, plan.seed);
        }
        let spectrograms = Spectrograms::new(sample_rate(config.sampling_rate)?, device);
        let weights = plan.recipe.weights();
        Ok(Self {
            networks: Networks::new(
                &config,
                &discriminator,
                spectrograms,
                weights,
                plan.seed,
                device,
            ),
            total_steps: corpus.steps(plan.batch_size) * plan.epochs,
            plan: plan.clone(),
            workspace: workspace.to_owned(),
            corpus,
            config,
            discriminator,
            device,
            resumed_from: 0,
            adopted: None,
            standing: None,
            writer: Writer::new(workspace.to_owned()),
            step_seconds: None,
        })
    }

    /// Loads a checkpoint, strictly.
    fn resume(
        utterances: &[Utterance],
        plan: &TrainingPlan,
        folder: &Path,
        workspace: &Path,
    ) -> Result<Self> {
        let state = checkpoint::open(folder)?;
        let mut differences = Vec::new();
        if state.plan != *plan {
            differences.push(format!(
                "its plan is {:?}, this one is {plan:?}",
                state.plan
            ));
        }
        let rate = sample_rate(state.config.sampling_rate)?;
        let known = state.tokenizer.letters();
        let corpus = Corpus::prepare(utterances, rate, |letters| {
            let unknown: String = (&letters - &known).into_iter().collect();
            if !unknown.is_empty() {
                differences.push(format!(
                    "its vocabulary lacks «{unknown}»: the recordings have changed"
                ));
            }
            state.tokenizer.clone()
        })?;
        let discriminator = state.discriminator();
        let mut trainer = Self::new(plan, corpus, state.config, discriminator, workspace)?;
        let recordings = trainer.corpus.examples.len();
        if state.recordings != 0 && state.recordings != recordings {
            differences.push(format!(
                "it was trained from {} recordings, this is of {recordings}",
                state.recordings
            ));
        }
        let optimizer = checkpoint::read_optimizer(folder)?;
        for (name, mut own) in trainer.networks.optimizer_state() {
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
        let networks = &trainer.networks;
        networks
            .generator_parameters()
            .load(&folder.join(checkpoint::GENERATOR))?;
        networks
            .discriminator_parameters()
            .load(&folder.join(checkpoint::DISCRIMINATOR))?;
        trainer.resumed_from = state.step;
        trainer.standing = state.standing;
        Ok(trainer)
    }

    fn run(mut self, observer: &mut dyn Observer) -> Result<Finished> {
        let finished = self.train(observer);
        // A checkpoint that is being written is good, whatever came after it.
        if let Some(written) = self.writer.wait() {
            tell(written, observer);
        }
        finished
    }

    fn train(&mut self, observer: &mut dyn Observer) -> Result<Finished> {
        let prepared = Report::Prepared {
            usable: self.corpus.examples.len(),
            held_out: self.corpus.held_out.len(),
            excluded: std::mem::take(&mut self.corpus.excluded),
            seconds: self.corpus.seconds,
            total_steps: self.total_steps,
            resumed_from: self.resumed_from,
            adopted: self.adopted.take(),
        };
        let mut step = self.resumed_from;
        if observer.observe(prepared) == Directive::Stop {
            return Ok(Finished::Stopped { step });
        }
        let epoch_steps = self.corpus.steps(self.plan.batch_size);
        let seed = self.plan.seed;
        // Before the first step, and where it was stopped before the voice was judged.
        let mut verdict = self.evaluate(step, step.div_ceil(epoch_steps), observer)?;
        if verdict == Verdict::Interrupted {
            return Ok(Finished::Stopped { step });
        }
        while step < self.total_steps && verdict == Verdict::GoOn {
            let epoch = step / epoch_steps;
            let order = self.corpus.order(seed, epoch, self.plan.batch_size);
            for members in order.iter().skip((step % epoch_steps) as usize) {
                step += 1;
                let report = self.step(members, epoch + 1, step)?;
                let position = Position {
                    step,
                    epoch: epoch + 1,
                    mel_loss: report.losses.mel,
                };
                let directive = observer.observe(Report::Step(report));
                if let Some(written) = self.writer.written() {
                    tell(written, observer);
                }
                verdict = match directive {
                    Directive::Stop => Verdict::Interrupted,
                    _ => self.evaluate(step, epoch + 1, observer)?,
                };
                let last = step == self.total_steps;
                if last || verdict != Verdict::GoOn {
                    self.checkpoint_now(position, observer)?;
                    if verdict == Verdict::Interrupted && !last {
                        return Ok(Finished::Stopped { step });
                    }
                    break;
                }
                if self.is_due(step) || directive == Directive::Checkpoint {
                    self.begin_checkpoint(position, observer);
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
        Ok(Finished::Completed {
            voice: folder,
            sample_rate: sample_rate(self.config.sampling_rate)?,
        })
    }

    /// Whether a checkpoint belongs after this step by the plan.
    fn is_due(&self, step: u64) -> bool {
        let every = self.plan.checkpoint_every;
        step == self.total_steps || every.is_some_and(|every| step.is_multiple_of(every))
    }

    /// Judges the voice where that is due and wasn't done.
    fn evaluate(&mut self, step: u64, epoch: u64, observer: &mut dyn Observer) -> Result<Verdict> {
        let done = self
            .standing
            .is_some_and(|standing| standing.judged_at == step);
        if done || !(step == 0 || self.is_due(step)) || self.plan.validation == Validation::None {
            return Ok(self.verdict());
        }
        let judge = Judge {
            corpus: &self.corpus,
            config: &self.config,
            validation: self.plan.validation,
            seed: self.plan.seed,
            device: self.device,
            workspace: &self.workspace,
        };
        let go_on = || observer.observe(Report::Evaluating { step }) != Directive::Stop;
        let Some(Judged {
            losses,
            samples,
            unspoken,
        }) = judge.judge(&self.networks, step, go_on)?
        else {
            return Ok(Verdict::Interrupted);
        };
        let best = self
            .standing
            .is_none_or(|standing| losses.mel < standing.best_mel);
        let standing = match self.standing {
            Some(standing) if !best => Standing {
                judged_at: step,
                since_best: standing.since_best + 1,
                ..standing
            },
            _ => Standing {
                judged_at: step,
                best_mel: losses.mel,
                since_best: 0,
            },
        };
        self.standing = Some(standing);
        observer.observe(Report::Evaluated(Evaluation {
            step,
            epoch,
            losses,
            best,
            samples,
            unspoken,
        }));
        let verdict = self.verdict();
        if verdict == Verdict::Exhausted && step < self.total_steps {
            let evaluations = standing.since_best;
            observer.observe(Report::StoppedEarly { step, evaluations });
        }
        Ok(verdict)
    }

    fn verdict(&self) -> Verdict {
        match (self.plan.early_stopping, self.standing) {
            (Some(patience), Some(standing)) if standing.since_best >= patience => {
                Verdict::Exhausted
            }
            _ => Verdict::GoOn,
        }
    }

    /// Begins to write a checkpoint, after the one that is being written.
    fn begin_checkpoint(&mut self, position: Position, observer: &mut dyn Observer) {
        if let Some(written) = self.writer.wait() {
            tell(written, observer);
        }
        let state = State {
            format: checkpoint::FORMAT,
            plan: self.plan.clone(),
            step: position.step,
            epoch: position.epoch,
            mel_loss: position.mel_loss,
            config: self.config.clone(),
            discriminator: Some(self.discriminator.clone()),
            tokenizer: self.corpus.tokenizer.clone(),
            recordings: self.corpus.examples.len(),
            standing: self.standing,
            files: Vec::new(),
        };
        let optimizer = self.networks.optimizer_state();
        let snapshot = Snapshot {
            generator: self.networks.generator_parameters().copy(),
            discriminator: self.networks.discriminator_parameters().copy(),
            optimizer: optimizer
                .into_iter()
                .map(|(name, tensor)| (name, tensor.copy().to_device(Device::Cpu)))
                .collect(),
        };
        self.writer.begin(state, snapshot);
    }

    /// Writes a checkpoint without which the training must not end.
    fn checkpoint_now(&mut self, position: Position, observer: &mut dyn Observer) -> Result<()> {
        self.begin_checkpoint(position, observer);
        match self.writer.wait() {
            Some(Written {
                folder: Err(error), ..
            }) => Err(error),
            Some(written) => {
                tell(written, observer);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn step(&mut self, members: &[usize], epoch: u64, step: u64) -> Result<StepReport> {
        let begun = Instant::now();
        let recipe = self.plan.recipe;
        let base = self.plan.learning_rate.unwrap_or(recipe.learning_rate());
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

/// Reports a checkpoint, or why there is none.
fn tell(written: Written, observer: &mut dyn Observer) {
    let Written {
        step,
        epoch,
        mel_loss,
        folder,
    } = written;
    observer.observe(match folder {
        Ok(folder) => Report::Checkpoint {
            folder,
            step,
            epoch,
            mel_loss,
        },
        Err(error) => Report::CheckpointFailed {
            step,
            reason: error.to_string(),
        },
    });
}

/// A sample rate in hertz as a configuration has it.
fn sample_rate(of_config: i64) -> Result<u32> {
    u32::try_from(of_config)
        .map_err(|_| Error::Unsupported(format!("sampling_rate is {of_config}, expected hertz")))
}
