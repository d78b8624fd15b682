//! The code of each kind of job, a file a kind, and what all of them may use.

mod base_model;
mod dataset_report;
mod datasets;
mod job_error;
mod loaded_voice;
mod syntheses;
mod training;
mod training_recorder;
mod training_recordings;
mod training_start;
mod transcripts;

use std::{path::Path, sync::Arc};

use domain::{
    language::Language,
    settings::{self, Settings},
    storage::{Storage, StoredFile},
    text_analysis::TextMode,
};
use downloader::HubHome;
use jobs::{JobKind, RunContext};
use persian::Analyzer;

use job_error::JobError;
use loaded_voice::LoadedVoice;

use crate::{local_cache::LocalCache, recognizer::Recognizer};

/// Runs datasets, trainings and syntheses; what every one of them may use.
pub struct Handlers {
    settings: settings::Worker,
    storage: Storage,
    cache: LocalCache,
    voices: LoadedVoice,
    hub: Arc<HubHome>,
    language: Language,
}

impl Handlers {
    /// By these settings; base models lie in the cache of `hub`.
    pub fn new(settings: &Settings, storage: Storage, hub: Arc<HubHome>) -> Self {
        Self {
            cache: LocalCache::new(
                settings.worker.scratch_dir.join("cache"),
                settings.worker.cache_limit_mb << 20,
            ),
            settings: settings.worker.clone(),
            storage,
            voices: LoadedVoice::default(),
            hub,
            language: Language::new(settings.text.language_folder()),
        }
    }

    /// What transcribes what voices say in evaluations, where it is installed.
    fn recognizer(&self) -> Option<Recognizer> {
        let python = &self.settings.recognizer_python;
        let installed = !python.as_os_str().is_empty();
        installed.then(|| Recognizer::new(python, self.settings.threads()))
    }

    /// What reads the text of a voice, where that takes phonemes.
    async fn analyzer(&self, mode: Option<TextMode>) -> domain::Result<Option<Arc<Analyzer>>> {
        match mode {
            Some(TextMode::Phonemes) => Ok(Some(self.language.analyzer().await?)),
            Some(TextMode::Characters) | None => Ok(None),
        }
    }

    /// Stores a folder, if the run still owns its job.
    async fn put_folder<K: JobKind>(
        &self,
        context: &RunContext<K>,
        prefix: &str,
        folder: &Path,
    ) -> domain::Result<Vec<StoredFile>> {
        context.confirm_ownership().await?;
        self.storage.put_folder(prefix, folder).await
    }

    /// Stores a small file, if the run still owns its job.
    async fn put<K: JobKind>(
        &self,
        context: &RunContext<K>,
        key: &str,
        bytes: Vec<u8>,
    ) -> domain::Result<()> {
        context.confirm_ownership().await?;
        self.storage.put(key, bytes.into()).await
    }

    /// Fetches files to a local folder and checks every one against its row.
    async fn fetch<K: JobKind>(
        &self,
        context: &RunContext<K>,
        prefix: &str,
        files: &[StoredFile],
        folder: &Path,
    ) -> Result<(), JobError> {
        for file in files {
            let key = format!("{prefix}/{}", file.path);
            let got = self
                .storage
                .get_file(&key, &folder.join(&file.path))
                .await?;
            context.touch();
            if got != file.sha256 {
                return Err(JobError::Altered {
                    key,
                    expected: file.sha256.clone(),
                    got,
                });
            }
        }
        Ok(())
    }
}
