//! The Persian language files of this machine.

use std::{path::PathBuf, sync::Arc};

use persian::Analyzer;
use tokio::sync::OnceCell;

use crate::{Error, Result};

/// Loads them when they are first needed, once. Where they are missing, it looks again every time.
pub struct Language {
    folder: PathBuf,
    analyzer: OnceCell<Arc<Analyzer>>,
}

impl Language {
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            analyzer: OnceCell::new(),
        }
    }

    /// What reads text.
    ///
    /// # Errors
    /// [`Error::Language`] where the files are missing or not whole.
    pub async fn analyzer(&self) -> Result<Arc<Analyzer>> {
        let load = || async {
            let folder = self.folder.clone();
            let loaded = tokio::task::spawn_blocking(move || Analyzer::load(&folder)).await;
            let loaded = loaded.map_err(|error| Error::Internal(error.to_string()))?;
            Ok::<_, Error>(Arc::new(loaded?))
        };
        Ok(self.analyzer.get_or_try_init(load).await?.clone())
    }
}
