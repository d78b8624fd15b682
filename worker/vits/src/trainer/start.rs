//! How a training begins: from nothing, from a base, or from a checkpoint.

use std::{path::Path, sync::Arc};

use tch::Device;

use super::{Trainer, sample_rate};
use crate::{
    Error, Result,
    base::Base,
    batches::{Corpus, Utterance},
    checkpoint::{self, Writer},
    config::{DiscriminatorConfig, VitsConfig},
    memory,
    plan::{Origin, TrainingPlan, Validation},
    spectrogram::Spectrograms,
    step::Networks,
    tokenizer::Tokenizer,
};

impl Trainer {
    pub(super) fn start(
        utterances: &[Utterance],
        plan: &TrainingPlan,
        origin: Origin<'_>,
        front_end: &Path,
        workspace: &Path,
        memory_limit: Option<u64>,
    ) -> Result<Self> {
        match origin {
            Origin::Scratch => {
                let preset = plan.preset.ok_or_else(|| {
                    Error::Unsupported("a training without a base needs a preset".into())
                })?;
                let corpus = Corpus::prepare(
                    utterances,
                    front_end,
                    plan.sample_rate,
                    Tokenizer::from_letters,
                )?;
                let mut config = preset.config(corpus.tokenizer.vocab_size());
                config.sampling_rate = i64::from(plan.sample_rate);
                let discriminator = preset.discriminator();
                Self::new(plan, corpus, config, discriminator, workspace, memory_limit)
            }
            Origin::Base(folder) => {
                let base = Base::open(folder)?;
                let rate = base.network(plan.preset, 0).sampling_rate;
                let corpus =
                    Corpus::prepare(utterances, front_end, sample_rate(rate)?, |letters| {
                        Tokenizer::from_letters(&letters | &base.letters())
                    })?;
                let config = base.network(plan.preset, corpus.tokenizer.vocab_size());
                let discriminator = base.discriminators(plan.preset);
                let mut trainer =
                    Self::new(plan, corpus, config, discriminator, workspace, memory_limit)?;
                trainer.adopted = Some(base.pour(
                    folder,
                    plan.preset.is_none(),
                    &trainer.corpus.tokenizer,
                    trainer.networks.generator_parameters(),
                    trainer.networks.discriminator_parameters(),
                )?);
                Ok(trainer)
            }
            Origin::Checkpoint(folder) => {
                Self::resume(
                    utterances,
                    plan,
                    folder,
                    front_end,
                    workspace,
                    memory_limit,
                )
            }
        }
    }

    fn new(
        plan: &TrainingPlan,
        mut corpus: Corpus,
        config: VitsConfig,
        discriminator: DiscriminatorConfig,
        workspace: &Path,
        memory_limit: Option<u64>,
    ) -> Result<Self> {
        config.check_training()?;
        let device = Device::cuda_if_available();
        if let Validation::Split(fraction) = plan.validation {
            corpus.hold_out(fraction, plan.seed);
        }
        if let (Some(limit), Device::Cpu) = (memory_limit, device) {
            memory::check(&config, &discriminator, corpus.demand(plan.batch_size), limit)?;
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
            corpus: Arc::new(corpus),
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
        front_end: &Path,
        workspace: &Path,
        memory_limit: Option<u64>,
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
        let corpus = Corpus::prepare(utterances, front_end, rate, |letters| {
            let unknown: String = (&letters - &known).into_iter().collect();
            if !unknown.is_empty() {
                differences.push(format!(
                    "its vocabulary lacks «{unknown}»: the recordings have changed"
                ));
            }
            state.tokenizer.clone()
        })?;
        let discriminator = state.discriminator();
        let mut trainer = Self::new(plan, corpus, state.config, discriminator, workspace, memory_limit)?;
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
}
