//! Fetching files to local paths.

use std::{convert::Infallible, ops::ControlFlow, path::Path};

use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use super::{Storage, file_error};
use crate::Result;

impl Storage {
    /// Fetches one file to a local path, whose folder is made; returns its SHA-256 in lower-case hexadecimal.
    pub async fn get_file(&self, key: &str, to: &Path) -> Result<String> {
        let unwatched = || ControlFlow::<Infallible>::Continue(());
        match self.get_file_watched(key, to, unwatched).await? {
            ControlFlow::Continue(hash) => Ok(hash),
            ControlFlow::Break(never) => match never {},
        }
    }

    /// As [`Storage::get_file`]; `watch` is called with every chunk, and can end it: what was fetched stays where it is.
    pub async fn get_file_watched<B>(
        &self,
        key: &str,
        to: &Path,
        mut watch: impl FnMut() -> ControlFlow<B>,
    ) -> Result<ControlFlow<B, String>> {
        let mut bytes = self.read(key, None).await?.1;
        if let Some(folder) = to.parent() {
            tokio::fs::create_dir_all(folder)
                .await
                .map_err(|source| file_error(folder, source))?;
        }
        let mut file = tokio::fs::File::create(to)
            .await
            .map_err(|source| file_error(to, source))?;
        let mut hash = Sha256::new();
        while let Some(chunk) = bytes.try_next().await? {
            hash.update(&chunk);
            file.write_all(&chunk)
                .await
                .map_err(|source| file_error(to, source))?;
            if let ControlFlow::Break(end) = watch() {
                return Ok(ControlFlow::Break(end));
            }
        }
        file.flush()
            .await
            .map_err(|source| file_error(to, source))?;
        Ok(ControlFlow::Continue(hex::encode(hash.finalize())))
    }
}
