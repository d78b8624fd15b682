//! Beginning with a voice that can speak already: of its weights, what fits is taken, and what doesn't is said.
//!
//! Letters are matched by what they are, not by their ids. The vocabulary that comes out has an id of its own for every
//! letter, also where the base has given its blank's id to one (the MMS voice of Persian has: ل is 0), whose embedding both
//! begin with then.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use tch::{Kind, Tensor};

use crate::{
    Error, Result,
    config::{DiscriminatorConfig, Preset, VitsConfig},
    inference::voice,
    nn::{parameters::Parameters, weights},
    text::tokenizer::{BLANK, Tokenizer},
};

const EMBEDDING: &str = "text_encoder.embed_tokens.weight";
/// Where a file that was made to be trained from keeps its discriminators: the names of ylacombe/finetune-hf-vits, whose
/// last convolution is called otherwise than in the original.
const DISCRIMINATOR: &str = "discriminator.";
const LAST_CONVOLUTION: (&str, &str) = ("final_conv", "conv_post");
/// A network without several speakers lacks these, and what conditions on them.
const OF_SPEAKERS: [&str; 3] = ["embed_speaker.", ".cond.", ".cond_layer."];

/// A voice to begin with.
pub(crate) struct Base {
    tokenizer: Tokenizer,
    config: VitsConfig,
    tensors: BTreeMap<String, Tensor>,
    discriminators: BTreeMap<String, Tensor>,
}

/// What was taken from a base, and what wasn't.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Loaded {
    /// Tensors of the generator that were taken whole.
    pub generator: usize,
    /// Tensors of the discriminators that were taken whole; the others begin at random.
    pub discriminators: usize,
    /// Letters of the vocabulary that the base knew.
    pub letters: usize,
    /// Letters that it didn't know; they begin at random.
    pub new_letters: Vec<char>,
    /// Tensors of the generator that begin at random, and why.
    pub newly_initialized: Vec<String>,
    /// Tensors of the base that have no place in the network.
    pub unused: Vec<String>,
}

impl Base {
    /// Reads a voice's folder.
    ///
    /// # Errors
    /// Where it is no voice, its network can't be run, or it knows no letters.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let opened = voice::open(folder)?;
        let tokenizer = opened.tokenizer.ok_or_else(|| Error::Mismatch {
            path: folder.to_owned(),
            differences: vec![
                "it has no vocab.json, so nobody knows which letters it has learnt".into(),
            ],
        })?;
        let mut base = Self {
            tokenizer,
            config: opened.config,
            tensors: BTreeMap::new(),
            discriminators: BTreeMap::new(),
        };
        for (name, tensor) in weights::read_all(&opened.weights)? {
            match name.strip_prefix(DISCRIMINATOR) {
                Some(name) => {
                    let name = name.replace(LAST_CONVOLUTION.0, LAST_CONVOLUTION.1);
                    base.discriminators.insert(name, tensor);
                }
                None => {
                    base.tensors.insert(name, tensor);
                }
            }
        }
        Ok(base)
    }

    /// Its letters.
    pub(crate) fn letters(&self) -> BTreeSet<char> {
        self.tokenizer.letters()
    }

    /// The network that is trained: that of the preset, or its own with one speaker. Either has its sample rate.
    pub(crate) fn network(&self, preset: Option<Preset>, vocab_size: i64) -> VitsConfig {
        let network = match preset {
            Some(preset) => preset.config(vocab_size),
            None => VitsConfig {
                vocab_size,
                num_speakers: 1,
                speaker_embedding_size: 0,
                ..self.config.clone()
            },
        };
        VitsConfig {
            sampling_rate: self.config.sampling_rate,
            ..network
        }
    }

    /// Discriminators for it: those of the preset, or of the size that the base has, or that suits its generator.
    pub(crate) fn discriminators(&self, preset: Option<Preset>) -> DiscriminatorConfig {
        match preset {
            Some(preset) => preset.discriminator(),
            None if self.discriminators.is_empty() => DiscriminatorConfig::suiting(&self.config),
            None => Preset::Mms.discriminator(),
        }
    }

    /// Pours its weights into a network with this vocabulary.
    ///
    /// # Errors
    /// [`Error::Mismatch`] lists all that differs, where nothing fits, or where weights are missing that its own network
    /// needs.
    pub(crate) fn load_into(
        mut self,
        folder: &Path,
        own_network: bool,
        tokenizer: &Tokenizer,
        generator: &Parameters,
        discriminators: &Parameters,
    ) -> Result<Loaded> {
        let _no_grad = tch::no_grad_guard();
        let mut adopted = Loaded::default();
        let embedding = self.tensors.remove(EMBEDDING);
        for (name, mut parameter) in generator.named() {
            if name == EMBEDDING {
                let rows = embedding.as_ref();
                self.pour_letters(rows, tokenizer, &mut parameter, &mut adopted);
                continue;
            }
            match weights::take(&mut self.tensors, &name, &parameter.size()) {
                Ok(value) => {
                    parameter.copy_(&value);
                    adopted.generator += 1;
                }
                Err(why) => adopted.newly_initialized.push(why),
            }
        }
        for (name, mut parameter) in discriminators.named() {
            if let Ok(value) = weights::take(&mut self.discriminators, &name, &parameter.size()) {
                parameter.copy_(&value);
                adopted.discriminators += 1;
            }
        }
        if adopted.generator == 0 || (own_network && !adopted.newly_initialized.is_empty()) {
            return Err(Error::Mismatch {
                path: folder.to_owned(),
                differences: adopted.newly_initialized,
            });
        }
        adopted.unused = self
            .tensors
            .into_keys()
            .filter(|name| !own_network || !OF_SPEAKERS.iter().any(|part| name.contains(part)))
            .chain(
                self.discriminators
                    .into_keys()
                    .map(|name| format!("{DISCRIMINATOR}{name}")),
            )
            .collect();
        if own_network && self.config.num_speakers > 1 {
            adopted.unused.push(format!(
                "all that tells its {} speakers apart",
                self.config.num_speakers
            ));
        }
        Ok(adopted)
    }

    /// HostBatch of the embedding, letter by letter: `[letters, hidden]`.
    fn pour_letters(
        &self,
        rows: Option<&Tensor>,
        tokenizer: &Tokenizer,
        parameter: &mut Tensor,
        adopted: &mut Loaded,
    ) {
        let hidden = parameter.size()[1];
        let Some(rows) = rows.filter(|rows| rows.size().get(1) == Some(&hidden)) else {
            let shape = rows.map(Tensor::size);
            adopted.newly_initialized.push(format!(
                "{EMBEDDING}: expected rows of {hidden}, got {shape:?}"
            ));
            adopted.new_letters = tokenizer.letters().into_iter().collect();
            return;
        };
        let rows = rows.to_kind(Kind::Float);
        let copy = |to: i64, from: i64| {
            if from < rows.size()[0] {
                parameter.get(to).copy_(&rows.get(from));
            }
        };
        copy(BLANK, BLANK);
        for letter in tokenizer.letters() {
            match (tokenizer.id(letter), self.tokenizer.id(letter)) {
                (Some(to), Some(from)) => {
                    copy(to, from);
                    adopted.letters += 1;
                }
                _ => adopted.new_letters.push(letter),
            }
        }
        adopted.generator += usize::from(adopted.letters > 0);
    }
}
