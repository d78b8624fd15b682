//! The folder of a voice, as `transformers.VitsModel.from_pretrained` reads it: `model.safetensors`, `config.json`,
//! `vocab.json`, `tokenizer_config.json`, `special_tokens_map.json`.

use std::path::{Path, PathBuf};

use crate::{
    Error, Result,
    config::{CONFIG_FILE as CONFIG, VitsConfig},
    json::{read_json, write_json},
    nn::{decoder, parameters::Parameters, weights},
    text::tokenizer::{self, Tokenizer},
    training::checkpoint,
};

const WEIGHTS: &str = "model.safetensors";
/// Where others keep weights, and why we don't look into them.
const ELSEWHERE: [(&str, &str); 2] = [
    (
        "pytorch_model.bin",
        "a pickle can run any program and is never opened: save the voice again as safetensors",
    ),
    (
        "model.safetensors.index.json",
        "weights in several files are not supported: save the voice again as one",
    ),
];

/// A voice that was looked at but whose weights are still to be read.
pub(crate) struct VoiceFolder {
    pub(crate) config: VitsConfig,
    /// None where the voice has none, and takes only ids.
    pub(crate) tokenizer: Option<Tokenizer>,
    /// The file.
    pub(crate) weights: PathBuf,
}

/// Reads all but the weights, and refuses what can't be run. A checkpoint's folder is one, too: as its training was then.
pub(crate) fn open(folder: &Path) -> Result<VoiceFolder> {
    let refuse = |what: String| Error::Mismatch {
        path: folder.to_owned(),
        differences: vec![what],
    };
    if !folder.is_dir() {
        return Err(refuse(format!(
            "there is no such folder, expected a voice with {CONFIG} and {WEIGHTS}"
        )));
    }
    if checkpoint::is_one(folder) {
        let state = checkpoint::open(folder)?;
        state.config.check()?;
        return Ok(VoiceFolder {
            config: state.config,
            tokenizer: Some(state.tokenizer),
            weights: folder.join(checkpoint::GENERATOR),
        });
    }
    let config: VitsConfig = read_json(&folder.join(CONFIG))?;
    config.check()?;
    let weights = folder.join(WEIGHTS);
    if !weights.exists() {
        let elsewhere = ELSEWHERE
            .iter()
            .find(|(name, _)| folder.join(name).exists());
        return Err(refuse(match elsewhere {
            Some((name, why)) => format!("{WEIGHTS} is missing, and there is {name}: {why}"),
            None => format!("{WEIGHTS} is missing"),
        }));
    }
    let tokenizer = match folder.join(tokenizer::VOCABULARY).exists() {
        true => Some(Tokenizer::load(folder)?),
        false => None,
    };
    if let Some(tokenizer) = &tokenizer {
        let (lowest, end) = (tokenizer.lowest_id(), tokenizer.vocab_size());
        if lowest < 0 || end > config.vocab_size {
            return Err(refuse(format!(
                "{} has ids from {lowest} to {}, the network knows 0 to {}",
                tokenizer::VOCABULARY,
                end - 1,
                config.vocab_size - 1
            )));
        }
    }
    Ok(VoiceFolder {
        config,
        tokenizer,
        weights,
    })
}

/// Writes a voice as transformers reads it; what was in the folder is replaced.
pub(crate) fn write(
    folder: &Path,
    config: &VitsConfig,
    tokenizer: Option<&Tokenizer>,
    parameters: &Parameters,
) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(Error::file(folder))?;
    }
    std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
    let folded = weights::fold(parameters.named(), decoder::PREFIX);
    weights::write(&folder.join(WEIGHTS), &folded)?;
    write_json(&folder.join(CONFIG), config)?;
    match tokenizer {
        Some(tokenizer) => tokenizer.save(folder),
        None => Ok(()),
    }
}
