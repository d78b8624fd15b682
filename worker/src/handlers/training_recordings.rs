//! What a training learns from, brought to this machine and read.

use std::path::Path;

use domain::{
    dictionary::Pronunciations,
    ids::DatasetId,
    text_analysis::TextMode,
    training::{self, Training},
};
use jobs::RunContext;
use vits::training::trainer::Utterance;

use super::{Handlers, job_error::JobError};
use crate::{
    local_cache::CachedFolder,
    script::{Reader, in_one_piece},
};

/// What this machine has of the dataset; it stays as long as this is kept.
pub(super) async fn open_dataset(
    handlers: &Handlers,
    id: DatasetId,
) -> Result<CachedFolder, JobError> {
    let cache = handlers.cache.clone();
    Ok(tokio::task::spawn_blocking(move || cache.open(&id.to_string())).await??)
}

/// Fetches the dataset's clips to this machine. They never change, so those that are here already are taken as they are.
pub(super) async fn fetch_recordings(
    handlers: &Handlers,
    context: &RunContext<Training>,
    training: &Training,
    folder: &Path,
) -> Result<Vec<Utterance>, JobError> {
    let run = context.run();
    let mut utterances = Vec::new();
    for clip in training::clips(run, training.dataset_id).await? {
        let Some(key) = clip.file_path else { continue };
        let name = key.rsplit('/').next().unwrap_or(&key).to_owned();
        let audio = folder.join(&name);
        if !audio.exists() {
            let arriving = folder.join(format!("{name}.{}.tmp", run.id));
            handlers.storage.get_file(&key, &arriving).await?;
            tokio::fs::rename(&arriving, &audio).await?;
        }
        context.touch();
        utterances.push(Utterance {
            id: clip.id,
            reading: clip.phonemes,
            speaker: clip.speaker,
            text: clip.text,
            audio,
        });
    }
    Ok(utterances)
}

/// Reads what a voice is taught.
pub(super) async fn read(
    handlers: &Handlers,
    mode: Option<TextMode>,
    mut utterances: Vec<Utterance>,
    dictionary: &Pronunciations,
) -> Result<Vec<Utterance>, JobError> {
    let analyzer = handlers.analyzer(mode).await?;
    let dictionary = dictionary.clone();
    let read = tokio::task::spawn_blocking(move || {
        let reader = match (mode, &analyzer) {
            (None, _) => Reader::AsWritten,
            (Some(TextMode::Phonemes), Some(analyzer)) => Reader::Phonemes {
                analyzer,
                dictionary: &dictionary,
            },
            (Some(_), _) => Reader::Words,
        };
        for utterance in &mut utterances {
            utterance.reading = match (&reader, utterance.reading.take()) {
                (Reader::AsWritten, _) => None,
                (Reader::Phonemes { .. }, Some(given)) => Some(given),
                _ => Some(in_one_piece(&utterance.text, &reader).0),
            };
        }
        utterances
    });
    Ok(read.await?)
}
