//! Fine-tuning: initializes networks from a pretrained voice, and reports which of its weights were loaded and which not.
//!
//! Embeddings are matched by letter, not by id. The new vocabulary gives every letter an id of its own, also where the
//! pretrained voice shares its blank's id with one (as the Persian MMS voice does: ل is 0): blank and letter then begin with
//! the same embedding.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use tch::{Kind, Tensor};

use crate::{
    Error, Result,
    config::{DiscriminatorConfig, Preset, VitsConfig},
    inference::voice,
    nn::{discriminator::SCALE_LAYERS, parameters::Parameters, speakers, weights},
    text::tokenizer::{BLANK, Tokenizer},
    training::checkpoint,
};

const EMBEDDING: &str = "text_encoder.embed_tokens.weight";
/// Prefix of the discriminators in a file that has them, as ylacombe/finetune-hf-vits names them; its last convolution has
/// another name than the original's.
const DISCRIMINATOR: &str = "discriminator.";
const LAST_CONVOLUTION: (&str, &str) = ("final_conv", "conv_post");
/// The scale discriminator's first convolution; at full width it has these output channels, and this kernel.
const FIRST_CONVOLUTION: &str = "discriminators.0.convs.0.";
const FIRST_CHANNELS: i64 = SCALE_LAYERS[0].0;
const FIRST_KERNEL: i64 = SCALE_LAYERS[0].1;
const SPEAKERS: &str = "embed_speaker.weight";

/// A pretrained voice.
pub(crate) struct Pretrained {
    tokenizer: Tokenizer,
    config: VitsConfig,
    tensors: BTreeMap<String, Tensor>,
    discriminators: BTreeMap<String, Tensor>,
}

/// Which tensors of a pretrained voice were loaded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Loaded {
    /// Tensors of the generator that were loaded.
    pub generator: usize,
    /// Tensors of the discriminators that were loaded; the others are newly initialized.
    pub discriminators: usize,
    /// Letters of the vocabulary whose embeddings were loaded.
    pub letters: usize,
    /// Letters that the pretrained voice doesn't know; their embeddings are newly initialized.
    pub new_letters: Vec<char>,
    /// Tensors of the generator that are newly initialized, and why.
    pub newly_initialized: Vec<String>,
    /// Tensors of the pretrained voice that the network doesn't have.
    pub unused: Vec<String>,
}

impl Pretrained {
    /// Reads the folder of a voice or of a checkpoint.
    ///
    /// # Errors
    /// Where it is no voice, its network can't be run, or it has no vocabulary.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let opened = voice::open(folder)?;
        let tokenizer = opened.tokenizer.ok_or_else(|| Error::Mismatch {
            path: folder.to_owned(),
            differences: vec!["it has no vocab.json, so its letters are unknown".into()],
        })?;
        let mut pretrained = Self {
            tokenizer,
            config: opened.config,
            tensors: BTreeMap::new(),
            discriminators: BTreeMap::new(),
        };
        for (name, tensor) in weights::read_all(&opened.weights)? {
            match name.strip_prefix(DISCRIMINATOR) {
                Some(name) => {
                    let name = name.replace(LAST_CONVOLUTION.0, LAST_CONVOLUTION.1);
                    pretrained.discriminators.insert(name, tensor);
                }
                None => {
                    pretrained.tensors.insert(name, tensor);
                }
            }
        }
        // A checkpoint's, and those beside a voice.
        let discriminators = folder.join(checkpoint::DISCRIMINATOR);
        if discriminators.exists() {
            let tensors = weights::read_all(&discriminators)?;
            pretrained.discriminators.extend(tensors);
        }
        Ok(pretrained)
    }

    pub(crate) fn letters(&self) -> BTreeSet<char> {
        self.tokenizer.letters()
    }

    /// Of the voice, in hertz.
    pub(crate) fn sample_rate(&self) -> Result<u32> {
        self.config.sample_rate()
    }

    /// The configuration to train, but for its sample rate: the preset's, or the pretrained one. Where the recordings name several
    /// `speakers`, or one beside several of the pretrained voice, those of the voice stay, behind them; else there is one.
    pub(crate) fn network(
        &self,
        preset: Option<Preset>,
        vocab_size: i64,
        speakers: &[String],
    ) -> VitsConfig {
        let network = match preset {
            Some(preset) => preset.config(vocab_size),
            None => VitsConfig {
                vocab_size,
                ..self.config.clone()
            },
        };
        let mut names = speakers.to_vec();
        if !names.is_empty() {
            let own = self.config.speakers().into_iter();
            names.extend(own.filter(|name| !speakers.contains(name)));
        }
        network.with_speakers(&names)
    }

    /// The discriminators to train: the preset's, or of the pretrained size, or of one that suits the generator.
    pub(crate) fn discriminators(&self, preset: Option<Preset>) -> DiscriminatorConfig {
        match preset {
            Some(preset) => preset.discriminator(),
            None => self
                .own_discriminators()
                .unwrap_or_else(|| DiscriminatorConfig::suiting(&self.config)),
        }
    }

    /// Those that the file has, by the channels of their first convolution.
    fn own_discriminators(&self) -> Option<DiscriminatorConfig> {
        let mut tensors = self.discriminators.iter();
        let (_, weight) = tensors.find(|(name, tensor)| {
            name.starts_with(FIRST_CONVOLUTION)
                && tensor.size().get(1..) == Some(&[1, FIRST_KERNEL])
        })?;
        let channels = weight.size()[0];
        let presets = [Preset::Mms, Preset::Small, Preset::Tiny].map(Preset::discriminator);
        let own = |it: &DiscriminatorConfig| FIRST_CHANNELS / it.width_divisor == channels;
        presets.into_iter().find(own)
    }

    /// Loads the weights into networks of this configuration, with this vocabulary.
    ///
    /// # Errors
    /// [`Error::Mismatch`] lists all differences where nothing can be loaded, or where weights are missing and the configuration
    /// is the pretrained one (`own_network`).
    pub(crate) fn load_into(
        mut self,
        folder: &Path,
        own_network: bool,
        config: &VitsConfig,
        tokenizer: &Tokenizer,
        generator: &Parameters,
        discriminators: &Parameters,
    ) -> Result<Loaded> {
        let _no_grad = tch::no_grad_guard();
        let mut loaded = Loaded::default();
        self.fit_speakers(folder, config, &mut loaded)?;
        let has_one_speaker = self.config.num_speakers < 2;
        let embedding = self.tensors.remove(EMBEDDING);
        for (name, mut parameter) in generator.named() {
            if name == EMBEDDING {
                let rows = embedding.as_ref();
                self.load_embedding(rows, tokenizer, &mut parameter, &mut loaded);
                continue;
            }
            match weights::take(&mut self.tensors, &name, &parameter.size()) {
                Ok(value) => {
                    parameter.copy_(&value);
                    loaded.generator += 1;
                }
                // Its speakers are told apart from here on, and all begin as the one that it had.
                Err(_) if has_one_speaker && speakers::adds(&name) => {
                    let _in_place = parameter.zero_();
                }
                Err(why) => loaded.newly_initialized.push(why),
            }
        }
        for (name, mut parameter) in discriminators.named() {
            if let Ok(value) = weights::take(&mut self.discriminators, &name, &parameter.size()) {
                parameter.copy_(&value);
                loaded.discriminators += 1;
            }
        }
        let is_needed = |why: &String| !(has_one_speaker && speakers::is_part(why));
        if loaded.generator == 0 || (own_network && loaded.newly_initialized.iter().any(is_needed))
        {
            return Err(Error::Mismatch {
                path: folder.to_owned(),
                differences: loaded.newly_initialized,
            });
        }
        let unused = self.tensors.into_keys();
        loaded.unused.extend(
            unused.chain(
                (self.discriminators.into_keys()).map(|name| format!("{DISCRIMINATOR}{name}")),
            ),
        );
        Ok(loaded)
    }

    /// Makes the pretrained tensors those of a network with the speakers of this configuration: of one, or each embedding in
    /// its place. Who is new begins as the mean of those that there are.
    fn fit_speakers(
        &mut self,
        folder: &Path,
        config: &VitsConfig,
        loaded: &mut Loaded,
    ) -> Result<()> {
        let known = self.config.speakers();
        if config.num_speakers < 2 {
            if known.is_empty() {
                self.tensors.retain(|name, _| !speakers::is_part(name));
                return Ok(());
            }
            let kept = speakers::keep_one(&mut self.tensors, 0);
            kept.map_err(|difference| Error::Mismatch {
                path: folder.to_owned(),
                differences: vec![difference],
            })?;
            let left_out = known.len() - 1;
            loaded.unused.push(format!(
                "what tells {left_out} further speakers from «{}»",
                known[0]
            ));
            return Ok(());
        }
        if let Some(rows) = self.tensors.remove(SPEAKERS)
            && rows.dim() == 2
            && rows.size()[0] == known.len() as i64
        {
            let rows = rows.to_kind(Kind::Float);
            let new = rows.mean_dim([0i64].as_slice(), false, Kind::Float);
            let own = config.speakers().into_iter().map(|name| {
                match known.iter().position(|it| *it == name) {
                    Some(row) => rows.get(row as i64),
                    None => new.shallow_clone(),
                }
            });
            let own: Vec<Tensor> = own.collect();
            self.tensors.insert(SPEAKERS.into(), Tensor::stack(&own, 0));
        }
        Ok(())
    }

    /// Loads the embedding `[letters, hidden]` row by row, matched by letter.
    fn load_embedding(
        &self,
        rows: Option<&Tensor>,
        tokenizer: &Tokenizer,
        parameter: &mut Tensor,
        loaded: &mut Loaded,
    ) {
        let hidden = parameter.size()[1];
        let Some(rows) = rows.filter(|rows| rows.size().get(1) == Some(&hidden)) else {
            let shape = rows.map(Tensor::size);
            loaded.newly_initialized.push(format!(
                "{EMBEDDING}: expected rows of {hidden}, got {shape:?}"
            ));
            loaded.new_letters = tokenizer.letters().into_iter().collect();
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
                    loaded.letters += 1;
                }
                _ => loaded.new_letters.push(letter),
            }
        }
        loaded.generator += usize::from(loaded.letters > 0);
    }
}
