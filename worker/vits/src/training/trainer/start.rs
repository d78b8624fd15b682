//! How a training begins: from nothing, from a base, or from a checkpoint.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use tch::Device;

use super::Trainer;
use crate::{
    Error, Result,
    audio::spectrogram::Spectrograms,
    config::{DecoderWeights, DiscriminatorConfig, VitsConfig},
    error::guarded,
    nn::compute::Compute,
    text::tokenizer::Tokenizer,
    training::{
        checkpoint::{self, Writer},
        corpus::{Corpus, Utterance},
        divergence::MelTrend,
        memory,
        plan::{InitFrom, TrainingPlan, Validation},
        pretrained::Pretrained,
        report::{Directive, Finished, Observer, Report},
        step::{Networks, StepOptions},
    },
};

/// Trains. Checkpoints, samples and the voice are written below `workspace`; decoded recordings are kept in `audio_cache`,
/// where all trainings from the same recordings find them. The workspace has to exist.
///
/// # Errors
/// Where nothing can be trained from, base or checkpoint don't fit, a loss is no number any more, or a file can't be
/// written. [`Error::is_permanent`] says whether trying again can help.
pub fn train(
    utterances: &[Utterance],
    plan: &TrainingPlan,
    origin: InitFrom<'_>,
    audio_cache: &Path,
    workspace: &Path,
    observer: &mut dyn Observer,
) -> Result<Finished> {
    guarded(|| {
        let beginning = Beginning {
            utterances,
            plan,
            audio_cache,
            workspace,
            observer: &mut *observer,
        };
        match beginning.with(origin)? {
            Some(trainer) => trainer.run(observer),
            None => Ok(Finished::Stopped { step: None }),
        }
    })
}

/// What all of them need. Each answers `None` where the observer stopped it while recordings were being decoded.
struct Beginning<'a> {
    utterances: &'a [Utterance],
    plan: &'a TrainingPlan,
    audio_cache: &'a Path,
    workspace: &'a Path,
    observer: &'a mut dyn Observer,
}

impl Beginning<'_> {
    fn with(mut self, origin: InitFrom<'_>) -> Result<Option<Trainer>> {
        match origin {
            InitFrom::Scratch => self.scratch(),
            InitFrom::Pretrained(folder) => self.base(folder),
            InitFrom::Continued(folder) => Ok(self.checkpoint(folder)?.map(|trainer| Trainer {
                resumed: false,
                // What evaluations of an earlier training found is told in that one.
                best_so_far: None,
                ..trainer
            })),
            InitFrom::Checkpoint(folder) => self.checkpoint(folder),
        }
    }

    fn scratch(&mut self) -> Result<Option<Trainer>> {
        let plan = self.plan;
        let preset = plan
            .preset
            .ok_or_else(|| Error::Unsupported("a training without a base needs a preset".into()))?;
        let vocabulary = |letters| Tokenizer::of_mode(plan.text, letters);
        let rate = plan.sample_rate.unwrap_or(preset.sample_rate());
        let Some(corpus) = self.corpus(rate, vocabulary)? else {
            return Ok(None);
        };
        let mut config = preset.config(corpus.tokenizer.vocab_size());
        config.sampling_rate = i64::from(rate);
        let config = config.with_speakers(&corpus.speakers);
        let trainer = self.trainer(
            corpus,
            config,
            DecoderWeights::Normed,
            preset.discriminator(),
        )?;
        Ok(Some(trainer))
    }

    fn base(&mut self, folder: &Path) -> Result<Option<Trainer>> {
        let preset = self.plan.preset;
        let pretrained = Pretrained::open(folder)?;
        let rate = match self.plan.sample_rate {
            Some(rate) => rate,
            None => pretrained.sample_rate()?,
        };
        let mode = self.plan.text;
        let vocabulary = |letters| Tokenizer::of_mode(mode, &letters | &pretrained.letters());
        let Some(corpus) = self.corpus(rate, vocabulary)? else {
            return Ok(None);
        };
        let config = VitsConfig {
            sampling_rate: i64::from(rate),
            ..pretrained.network(preset, corpus.tokenizer.vocab_size(), &corpus.speakers)
        };
        let mut trainer = self.trainer(
            corpus,
            config,
            DecoderWeights::Normed,
            pretrained.discriminators(preset),
        )?;
        trainer.loaded = Some(pretrained.load_into(
            folder,
            preset.is_none(),
            &trainer.config,
            &trainer.corpus.tokenizer,
            trainer.networks.generator_parameters(),
            trainer.networks.discriminator_parameters(),
        )?);
        trainer.take_optimizer(folder)?;
        Ok(Some(trainer))
    }

    /// Loads a checkpoint, strictly.
    fn checkpoint(&mut self, folder: &Path) -> Result<Option<Trainer>> {
        let state = checkpoint::open(folder)?;
        let mut differences = Vec::new();
        if !state.plan.leads_to(self.plan) {
            differences.push(format!(
                "its plan is {:?}, this one is {:?}",
                state.plan, self.plan
            ));
        }
        let rate = state.config.sample_rate()?;
        let known = state.tokenizer.letters();
        let vocabulary = |letters: BTreeSet<char>| {
            let unknown: String = (&letters - &known).into_iter().collect();
            if !unknown.is_empty() {
                differences.push(format!(
                    "its vocabulary lacks «{unknown}»: the recordings have changed"
                ));
            }
            state.tokenizer.clone()
        };
        let Some(corpus) = self.corpus(rate, vocabulary)? else {
            return Ok(None);
        };
        let discriminator = state.discriminator();
        let mut trainer =
            self.trainer(corpus, state.config, state.decoder_weights, discriminator)?;
        let recordings = trainer.corpus.examples.len();
        if state.recordings != 0 && state.recordings != recordings {
            differences.push(format!(
                "it was trained from {} recordings, this is of {recordings}",
                state.recordings
            ));
        }
        differences.extend(trainer.networks.load_optimizer(folder)?);
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
        trainer.resumed = true;
        trainer.optimizer_steps_before = state.optimizer_steps_before;
        trainer.mel_trend = state.mel_trend;
        trainer.best_so_far = state.best_so_far;
        Ok(Some(trainer))
    }

    /// The recordings at this sample rate, in hertz; what isn't trained from is held out.
    fn corpus(
        &mut self,
        sample_rate: u32,
        vocabulary: impl FnOnce(BTreeSet<char>) -> Tokenizer,
    ) -> Result<Option<Corpus>> {
        let total = self.utterances.len();
        let observer = &mut *self.observer;
        let mut should_continue =
            |done| observer.observe(Report::Decoding { done, total }) != Directive::Stop;
        let corpus = Corpus::prepare(
            self.utterances,
            self.audio_cache,
            sample_rate,
            self.plan.text,
            vocabulary,
            &mut should_continue,
        )?;
        Ok(corpus.map(|mut corpus| {
            if let Validation::Split(fraction) = self.plan.validation {
                corpus.split(fraction, self.plan.seed);
            }
            corpus
        }))
    }

    fn trainer(
        &self,
        corpus: Corpus,
        config: VitsConfig,
        decoder_weights: DecoderWeights,
        discriminator: DiscriminatorConfig,
    ) -> Result<Trainer> {
        config.check_training()?;
        let plan = self.plan.clone();
        let compute = Compute::for_precision(plan.precision);
        if let (Some(limit), Device::Cpu) = (self.observer.memory_limit(), compute.device) {
            memory::check(
                &config,
                &discriminator,
                corpus.largest_batch(plan.clips_at_once(compute.device), plan.segments),
                limit,
            )?;
        }
        let spectrograms = Spectrograms::new(config.sample_rate()?, compute);
        Ok(Trainer {
            networks: Networks::new(
                &config,
                decoder_weights,
                &discriminator,
                spectrograms,
                StepOptions {
                    weights: plan.recipe.weights(),
                    segments: plan.segments,
                },
                plan.seed,
                compute,
            ),
            total_steps: corpus.steps(plan.step_clips()) * plan.epochs,
            plan,
            workspace: self.workspace.to_owned(),
            corpus: Arc::new(corpus),
            config,
            decoder_weights,
            discriminator,
            compute,
            resumed_from: 0,
            resumed: false,
            optimizer_steps_before: 0,
            mel_trend: MelTrend::default(),
            loaded: None,
            best_so_far: None,
            writer: Writer::new(self.workspace.to_owned()),
            step_seconds: None,
        })
    }
}

impl Trainer {
    /// Takes what the optimizers of a base remember, where it is a checkpoint of the same networks with the same vocabulary.
    fn take_optimizer(&mut self, folder: &Path) -> Result<()> {
        if !checkpoint::is_one(folder) {
            return Ok(());
        }
        let state = checkpoint::state(folder)?;
        let same = state.config == self.config
            && state.decoder_weights == self.decoder_weights
            && state.discriminator() == self.discriminator
            && state.tokenizer == self.corpus.tokenizer;
        if same && self.networks.load_optimizer(folder)?.is_empty() {
            self.optimizer_steps_before = state.optimizer_steps_before + state.step;
        }
        Ok(())
    }
}
