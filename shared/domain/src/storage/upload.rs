//! Storing files: as a stream, or a whole local folder.

use std::{
    convert::Infallible,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use object_store::{ObjectStoreExt, WriteMultipart};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;
use walkdir::WalkDir;

use super::{Storage, file_error, key};
use crate::Result;

/// Bytes read at a time.
const CHUNK_BYTES: usize = 1 << 20;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StoredFile {
    /// Path below the folder it belongs to.
    pub path: String,
    pub size_bytes: u64,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}

/// A file being written, of which nothing is seen until [`Upload::finish`].
pub struct Upload {
    writer: WriteMultipart,
    hash: Sha256,
    size_bytes: u64,
}

impl Storage {
    /// Starts a file whose size isn't known yet.
    pub async fn upload(&self, key: &str) -> Result<Upload> {
        let parts = self.store.put_multipart(&self::key(key)?).await?;
        Ok(Upload {
            writer: WriteMultipart::new(parts),
            hash: Sha256::new(),
            size_bytes: 0,
        })
    }

    /// Stores every file of a local folder, recursively, below `prefix`; returns them by path. On failure what was stored
    /// is deleted again: a full disk must not be filled further.
    pub async fn put_folder(&self, prefix: &str, folder: &Path) -> Result<Vec<StoredFile>> {
        let unwatched = || ControlFlow::<Infallible>::Continue(());
        match self.put_folder_watched(prefix, folder, unwatched).await? {
            ControlFlow::Continue(stored) => Ok(stored),
            ControlFlow::Break(never) => match never {},
        }
    }

    /// As [`Storage::put_folder`]; `watch` is called with every chunk of every file, and can end it: then, too, what was stored
    /// is deleted again.
    pub async fn put_folder_watched<B>(
        &self,
        prefix: &str,
        folder: &Path,
        mut watch: impl FnMut() -> ControlFlow<B>,
    ) -> Result<ControlFlow<B, Vec<StoredFile>>> {
        let stored = self.put_files(prefix, folder, &mut watch).await;
        if !matches!(stored, Ok(ControlFlow::Continue(_)))
            && let Err(error) = self.delete_folder(prefix).await
        {
            tracing::warn!("{prefix}: what was stored of it could not be deleted: {error}");
        }
        stored
    }

    async fn put_files<B>(
        &self,
        prefix: &str,
        folder: &Path,
        watch: &mut impl FnMut() -> ControlFlow<B>,
    ) -> Result<ControlFlow<B, Vec<StoredFile>>> {
        let mut stored = Vec::new();
        for path in files_below(folder)? {
            let name = path
                .strip_prefix(folder)
                .unwrap_or(&path)
                .to_string_lossy()
                .into_owned();
            let mut upload = self.upload(&format!("{prefix}/{name}")).await?;
            match upload.write_file(&path, watch).await {
                Ok(ControlFlow::Continue(())) => stored.push(upload.finish(name).await?),
                Ok(ControlFlow::Break(end)) => {
                    upload.abort().await?;
                    return Ok(ControlFlow::Break(end));
                }
                Err(error) => {
                    upload.abort().await?;
                    return Err(error);
                }
            }
        }
        Ok(ControlFlow::Continue(stored))
    }
}

impl Upload {
    /// Appends bytes; waits while too many parts are in flight.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.writer.wait_for_capacity(4).await?;
        self.hash.update(bytes);
        self.size_bytes += bytes.len() as u64;
        self.writer.write(bytes);
        Ok(())
    }

    async fn write_file<B>(
        &mut self,
        path: &Path,
        watch: &mut impl FnMut() -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>> {
        let mut file = tokio::fs::File::open(path)
            .await
            .map_err(|source| file_error(path, source))?;
        let mut buffer = vec![0; CHUNK_BYTES];
        loop {
            let read = file
                .read(&mut buffer)
                .await
                .map_err(|source| file_error(path, source))?;
            if let ControlFlow::Break(end) = watch() {
                return Ok(ControlFlow::Break(end));
            }
            if read == 0 {
                return Ok(ControlFlow::Continue(()));
            }
            self.write(&buffer[..read]).await?;
        }
    }

    /// Bytes so far.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Makes the file appear; `path` becomes [`StoredFile::path`].
    pub async fn finish(self, path: String) -> Result<StoredFile> {
        self.writer.finish().await?;
        Ok(StoredFile {
            path,
            size_bytes: self.size_bytes,
            sha256: hex::encode(self.hash.finalize()),
        })
    }

    /// Discards what was written.
    pub async fn abort(self) -> Result<()> {
        Ok(self.writer.abort().await?)
    }
}

/// Every file below `folder`, sorted by path. Links to folders are not followed.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(folder) {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(folder).to_owned();
            file_error(&path, error.into())
        })?;
        if !entry.file_type().is_dir() {
            files.push(entry.into_path());
        }
    }
    files.sort();
    Ok(files)
}
