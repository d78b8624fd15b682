//! Installs the voice that is shipped with Avagar: bytes into the storage, a row into the catalogue. Part of `migrate`.

use std::path::Path;

use domain::{
    Error, Result,
    db::PgPool,
    folders,
    storage::Storage,
    text_analysis::TextMode,
    voices::{self, NewVoice, SHIPPED_ID},
};
use serde::Deserialize;

const NAME: &str = "صدای آواگر (espeak-ng)";

/// What of a voice's `config.json` its row has, too.
#[derive(Deserialize)]
struct Network {
    sampling_rate: u32,
}

/// Puts the folder's files where every account sees them. Running it again changes nothing.
pub async fn install(db: &PgPool, storage: &Storage, folder: &Path) -> Result<()> {
    let config = folder.join("config.json");
    let text = std::fs::read_to_string(&config).map_err(|source| Error::File {
        path: config.display().to_string(),
        source,
    })?;
    let network: Network = serde_json::from_str(&text)
        .map_err(|error| Error::Settings(format!("{}: {error}", config.display())))?;
    let files = storage
        .put_folder(&folders::voice(SHIPPED_ID), folder)
        .await?;
    let shipped = NewVoice {
        id: SHIPPED_ID,
        name: NAME.into(),
        language: "fa".into(),
        sample_rate: network.sampling_rate,
        speakers: Vec::new(),
        text: Some(TextMode::Phonemes),
        base: None,
        files,
    };
    voices::install_shipped(db, &shipped).await
}
