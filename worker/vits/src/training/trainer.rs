//! The loop: batch, step, report; evaluations and checkpoints between.

mod start;

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use tch::Device;

use crate::{
    Error, Result,
    audio::spectrogram::Spectrograms,
    config::{DecoderWeights, DiscriminatorConfig, VitsConfig},
    inference::voice,
    nn::{
        compute::Compute,
        random::{Rng, Stream},
    },
    training::{
        checkpoint::{self, BestSoFar, Snapshot, State, Writer, Written},
        corpus::Corpus,
        divergence::MelTrend,
        loader::Loader,
        step::Networks,
        validation::{Evaluated, Evaluator},
    },
};
pub use crate::{
    exclusion::{Excluded, Exclusion},
    nn::compute::{ComputeReport, Precision},
    training::{
        corpus::Utterance,
        plan::{InitFrom, Recipe, TrainingPlan, Validation},
        report::{
            Directive, Evaluation, FailedSample, Finished, Loaded, Losses, Observer, Recognition,
            Report, SaidSentence, Sample, Spoken, StepReport, ValidationLosses, WrongLetters,
        },
    },
};
pub use start::train;

/// The learning rate is multiplied by this after every epoch.
const LEARNING_RATE_DECAY: f64 = 0.999_875;
/// How long a checkpoint that has to be written waits for room: less than whoever tells it to stop waits for it.
const ROOM_LIMIT: Duration = Duration::from_secs(10);
const ROOM_RETRY: Duration = Duration::from_millis(500);
/// Weight of the newest step in the smoothed speed.
const SPEED_SMOOTHING: f64 = 0.1;

struct Trainer {
    plan: TrainingPlan,
    workspace: PathBuf,
    corpus: Arc<Corpus>,
    config: VitsConfig,
    decoder_weights: DecoderWeights,
    discriminator: DiscriminatorConfig,
    networks: Networks,
    compute: Compute,
    resumed_from: u64,
    /// Whether from a checkpoint of its own.
    resumed: bool,
    total_steps: u64,
    /// Updates that the optimizers had before the first step.
    optimizer_steps_before: u64,
    mel_trend: MelTrend,
    loaded: Option<Loaded>,
    best_so_far: Option<BestSoFar>,
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
enum StopDecision {
    Continue,
    /// The voice has got no better for as long as the plan allows.
    Exhausted,
    /// The observer stopped it.
    Interrupted,
}

impl Trainer {
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
            excluded: self.corpus.excluded.clone(),
            seconds: self.corpus.seconds,
            total_steps: self.total_steps,
            resumed_from: self.resumed_from,
            resumed: self.resumed,
            checkpoint_bytes: checkpoint::size_bytes(self.networks.parameters()),
            loaded: self.loaded.take(),
            compute: self.compute.into(),
        };
        let mut step = self.resumed_from;
        if observer.observe(prepared) == Directive::Stop {
            return Ok(Finished::Stopped { step: Some(step) });
        }
        let epoch_steps = self.corpus.steps(self.plan.step_clips());
        // Before the first step, and where it was stopped before the voice was evaluated.
        let mut decision = self.evaluate(step, step.div_ceil(epoch_steps), observer)?;
        if decision == StopDecision::Interrupted {
            return Ok(Finished::Stopped { step: Some(step) });
        }
        let mut loader = Loader::start(
            self.corpus.clone(),
            &self.plan,
            self.compute.device,
            step..self.total_steps,
        )?;
        while step < self.total_steps && decision == StopDecision::Continue {
            let epoch = step / epoch_steps + 1;
            step += 1;
            let report = self.step(&mut loader, epoch, step)?;
            let position = Position {
                step,
                epoch,
                mel_loss: report.losses.mel,
            };
            let directive = observer.observe(Report::Step(report));
            if let Some(written) = self.writer.written() {
                tell(written, observer);
            }
            decision = match directive {
                Directive::Stop => StopDecision::Interrupted,
                _ => self.evaluate(step, epoch, observer)?,
            };
            let last = step == self.total_steps;
            if last || decision != StopDecision::Continue {
                self.checkpoint_now(position, observer)?;
                if decision == StopDecision::Interrupted && !last {
                    return Ok(Finished::Stopped { step: Some(step) });
                }
            } else if self.is_due(step) || directive == Directive::Checkpoint {
                self.begin_checkpoint(position, observer);
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
            sample_rate: self.config.sample_rate()?,
            speakers: self.config.speakers(),
        })
    }

    /// Whether a checkpoint belongs after this step by the plan.
    fn is_due(&self, step: u64) -> bool {
        let every = self.plan.checkpoint_every;
        step == self.total_steps || every.is_some_and(|every| step.is_multiple_of(every))
    }

    /// Evaluates the voice where that is due and was not done.
    fn evaluate(
        &mut self,
        step: u64,
        epoch: u64,
        observer: &mut dyn Observer,
    ) -> Result<StopDecision> {
        let done = self
            .best_so_far
            .is_some_and(|so_far| so_far.evaluated_at == step);
        let first = step == self.resumed_from && !self.resumed;
        if done || !(first || self.is_due(step)) || self.plan.validation == Validation::None {
            return Ok(self.decision());
        }
        let evaluator = Evaluator {
            corpus: &self.corpus,
            config: &self.config,
            validation: self.plan.validation,
            seed: self.plan.seed,
            device: self.compute.device,
            workspace: &self.workspace,
        };
        let Some(Evaluated {
            losses,
            spoken,
            samples,
            failed_samples,
        }) = evaluator.evaluate(&self.networks, step, observer)?
        else {
            return Ok(StopDecision::Interrupted);
        };
        let before = self.best_so_far;
        let distance = spoken.map(|spoken| spoken.mel_distance);
        let best = before.is_none_or(|before| match (distance, before.best_distance) {
            (Some(distance), Some(best)) => distance < best,
            (now, _) => now.is_some(),
        });
        let best_so_far = match before {
            Some(before) if !best => BestSoFar {
                evaluated_at: step,
                since_best: before.since_best + 1,
                ..before
            },
            _ => BestSoFar {
                evaluated_at: step,
                best_distance: distance,
                since_best: 0,
            },
        };
        self.best_so_far = Some(best_so_far);
        observer.observe(Report::Evaluated(Evaluation {
            step,
            epoch,
            losses,
            spoken,
            best,
            samples,
            failed_samples,
        }));
        let decision = self.decision();
        if decision == StopDecision::Exhausted && step < self.total_steps {
            let evaluations = best_so_far.since_best;
            observer.observe(Report::StoppedEarly { step, evaluations });
        }
        Ok(decision)
    }

    fn decision(&self) -> StopDecision {
        match (self.plan.early_stopping, self.best_so_far) {
            (Some(patience), Some(so_far)) if so_far.since_best >= patience => {
                StopDecision::Exhausted
            }
            _ => StopDecision::Continue,
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
            decoder_weights: self.decoder_weights,
            discriminator: Some(self.discriminator.clone()),
            tokenizer: self.corpus.tokenizer.clone(),
            recordings: self.corpus.examples.len(),
            optimizer_steps_before: self.optimizer_steps_before,
            mel_trend: self.mel_trend,
            best_so_far: self.best_so_far,
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

    /// Writes a checkpoint without which the training must not end. Where there is no room, the one before it may be on its
    /// way to elsewhere, and leave its own.
    fn checkpoint_now(&mut self, position: Position, observer: &mut dyn Observer) -> Result<()> {
        let limit = Instant::now() + ROOM_LIMIT;
        loop {
            self.begin_checkpoint(position, observer);
            let written = self.writer.wait();
            let no_room = matches!(
                written,
                Some(Written {
                    folder: Err(Error::NoSpace { .. }),
                    ..
                })
            );
            if no_room && Instant::now() < limit {
                std::thread::sleep(ROOM_RETRY);
                continue;
            }
            return match written {
                Some(Written {
                    folder: Err(error), ..
                }) => Err(error),
                Some(written) => {
                    tell(written, observer);
                    Ok(())
                }
                None => Ok(()),
            };
        }
    }

    fn step(&mut self, loader: &mut Loader, epoch: u64, step: u64) -> Result<StepReport> {
        let begun = Instant::now();
        let recipe = self.plan.recipe;
        let base = self.plan.learning_rate.unwrap_or(recipe.learning_rate());
        let learning_rate = base * LEARNING_RATE_DECAY.powf((epoch - 1) as f64);
        let device = self.compute.device;
        let mut data_wait = Duration::ZERO;
        let next_batch = |spectrograms: &Spectrograms| {
            let begun = Instant::now();
            let batch = loader.next()?.batch(spectrograms, device);
            data_wait += begun.elapsed();
            Ok(batch)
        };
        let mut rng = Rng::new(self.plan.seed, Stream::Step, step, device);
        let updates = self.optimizer_steps_before + step;
        let trained = self
            .networks
            .update(next_batch, &mut rng, learning_rate, step, updates)?;
        if let Some(value) = self.mel_trend.add(trained.losses.mel) {
            let what = "the mean of the mel loss";
            return Err(Error::Diverged { step, what, value });
        }
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
            data_wait_seconds: data_wait.as_secs_f64(),
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
