//! Installs the shipped sample dataset: bytes into the storage, rows into the catalogue. Part of `migrate`.

use std::path::Path;

use domain::{
    Error, Result,
    datasets::{self, Clip, Prepared, SAMPLE_ID},
    db::PgPool,
    dropped::DroppedSummary,
    folders,
    storage::Storage,
};
use persian::phonemes::line::parse_line;

const NAME: &str = "نمونهٔ فارسی (espeak-ng)";

/// Puts the folder's clips (LJSpeech layout, FLAC) where every account sees them. Running it again changes nothing.
pub async fn install(db: &PgPool, storage: &Storage, folder: &Path) -> Result<()> {
    let metadata = folder.join("metadata.csv");
    let text = std::fs::read_to_string(&metadata).map_err(|source| Error::File {
        path: metadata.display().to_string(),
        source,
    })?;
    let prefix = folders::dataset(SAMPLE_ID);
    let stored = storage
        .put_folder(&format!("{prefix}/wavs"), &folder.join("wavs"))
        .await?;
    let mut clips = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let refuse = |problem: String| {
            Error::Settings(format!("{}, {line:?}: {problem}", metadata.display()))
        };
        let [id, transcript, phonemes] = line.split('|').collect::<Vec<_>>()[..] else {
            return Err(refuse("expected id|text|phonemes".into()));
        };
        let phonemes = parse_line(phonemes).map_err(|error| refuse(error.to_string()))?;
        let name = format!("{id}.flac");
        let path = folder.join("wavs").join(&name);
        if !stored.iter().any(|file| file.path == name) {
            return Err(Error::Settings(format!(
                "{}: {name} is missing",
                metadata.display()
            )));
        }
        clips.push(Clip {
            id: id.into(),
            text: transcript.into(),
            phonemes: Some(phonemes),
            speaker: None,
            duration_seconds: Some(flac_seconds(&path)?),
            excluded_reason: None,
            excluded_details: None,
            file_path: Some(format!("{prefix}/wavs/{name}")),
        });
    }
    let size: u64 = stored.iter().map(|file| file.size_bytes).sum();
    let report = serde_json::json!({
        "source": "espeak-ng", "clips": clips.len(), "withPhonemes": clips.len(), "dropped": DroppedSummary::default()
    });
    let prepared = Prepared {
        clips,
        size_bytes: size,
        report,
    };
    datasets::install_sample(db, SAMPLE_ID, NAME, prepared).await
}

/// Length of a FLAC file by its STREAMINFO block (RFC 9639, section 8.2).
fn flac_seconds(path: &Path) -> Result<f64> {
    let file_error = |source| Error::File {
        path: path.display().to_string(),
        source,
    };
    let bytes = std::fs::read(path).map_err(file_error)?;
    let Some(info) = bytes.get(18..26).filter(|_| bytes.starts_with(b"fLaC")) else {
        return Err(file_error(std::io::Error::other("expected FLAC")));
    };
    let word = info
        .iter()
        .fold(0u64, |word, byte| word << 8 | u64::from(*byte));
    let (rate, samples) = (word >> 44, word & 0xf_ffff_ffff);
    Ok(samples as f64 / rate.max(1) as f64)
}
