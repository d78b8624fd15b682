//! The folder that comes out of a training, as `transformers.VitsModel.from_pretrained` reads it: `model.safetensors`,
//! `config.json`, `vocab.json`, `tokenizer_config.json`, `special_tokens_map.json`.

use std::path::Path;

use crate::{
    Error, Result,
    config::VitsConfig,
    parameters::Parameters,
    text::{Tokenizer, write_json},
};

pub(crate) const WEIGHTS: &str = "model.safetensors";
pub(crate) const CONFIG: &str = "config.json";

/// Writes a voice; what was in the folder is replaced.
pub(crate) fn write(
    folder: &Path,
    config: &VitsConfig,
    tokenizer: &Tokenizer,
    parameters: &Parameters,
) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(Error::file(folder))?;
    }
    std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
    parameters.save(&folder.join(WEIGHTS))?;
    write_json(&folder.join(CONFIG), config)?;
    tokenizer.save(folder)
}
