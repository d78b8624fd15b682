//! All bytes of datasets, checkpoints, voices and speech. Keys are relative paths such as `voices/{id}/config.json`.
//! Writes are atomic: a temporary name, fsync, rename. The database row comes after the bytes.

mod download;
mod upload;

use std::{
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
pub use object_store::Error as StoreError;
use object_store::{
    GetOptions, ObjectStore, ObjectStoreExt, PutPayload, local::LocalFileSystem, path::Path as Key,
};

pub use self::upload::{StoredFile, Upload};
use crate::{Error, Result, settings};

/// A file that is in the storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Path below the folder that was listed.
    pub path: String,
    pub modified_at: DateTime<Utc>,
}

#[derive(Debug, Clone)]
pub struct Storage {
    store: Arc<dyn ObjectStore>,
    folder: PathBuf,
}

impl Storage {
    /// Opens it; makes the folder where it is one.
    pub fn open(settings: &settings::Storage) -> Result<Self> {
        let Some(folder) = settings.url.strip_prefix("file:") else {
            return Err(Error::Settings(format!(
                "storage.url: expected `file:` and a folder, got {:?}",
                settings.url.split(':').next().unwrap_or_default()
            )));
        };
        let folder = PathBuf::from(folder.strip_prefix("//").unwrap_or(folder));
        std::fs::create_dir_all(&folder).map_err(|source| file_error(&folder, source))?;
        let store = LocalFileSystem::new_with_prefix(&folder)?
            .with_fsync(true)
            .with_automatic_cleanup(true);
        Ok(Self {
            store: Arc::new(store),
            folder,
        })
    }

    /// Stores bytes.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<()> {
        self.store
            .put(&self::key(key)?, PutPayload::from_bytes(bytes))
            .await?;
        Ok(())
    }

    /// Opens a file, or a range of its bytes: its whole size, and the bytes.
    pub async fn read(
        &self,
        key: &str,
        range: Option<Range<u64>>,
    ) -> Result<(u64, BoxStream<'static, Result<Bytes>>)> {
        let options = GetOptions {
            range: range.map(Into::into),
            ..GetOptions::default()
        };
        let got = self.store.get_opts(&self::key(key)?, options).await?;
        Ok((
            got.meta.size,
            got.into_stream().map_err(Error::from).boxed(),
        ))
    }

    /// A file's size.
    pub async fn size(&self, key: &str) -> Result<u64> {
        Ok(self.store.head(&self::key(key)?).await?.size)
    }

    /// The files below `prefix`, by path; none where there is no such folder.
    pub async fn files(&self, prefix: &str) -> Result<Vec<Listed>> {
        let folder = key(prefix)?;
        let mut files: Vec<_> = self
            .store
            .list(Some(&folder))
            .map_ok(|meta| {
                let key = meta.location.to_string();
                Listed {
                    path: key
                        .strip_prefix(&format!("{prefix}/"))
                        .unwrap_or(&key)
                        .into(),
                    modified_at: meta.last_modified,
                }
            })
            .try_collect()
            .await?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// The names of the folders directly below `prefix`, also of those that hold only torn uploads.
    pub async fn folders(&self, prefix: &str) -> Result<Vec<String>> {
        let path = self.local(prefix)?;
        let listed = tokio::task::spawn_blocking({
            let path = path.clone();
            move || {
                let entries = match std::fs::read_dir(&path) {
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                        return Ok(Vec::new());
                    }
                    entries => entries?,
                };
                let mut names = Vec::new();
                for entry in entries {
                    let entry = entry?;
                    if entry.file_type()?.is_dir() {
                        names.push(entry.file_name().to_string_lossy().into_owned());
                    }
                }
                Ok(names)
            }
        });
        let listed = listed
            .await
            .unwrap_or_else(|error| Err(std::io::Error::other(error)));
        listed.map_err(|source| file_error(&path, source))
    }

    /// Deletes everything below `prefix`, also what a killed process left there half-written; nothing there is fine.
    pub async fn delete_folder(&self, prefix: &str) -> Result<()> {
        let path = self.local(prefix)?;
        match tokio::fs::remove_dir_all(&path).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(file_error(&path, error))
            }
            _ => Ok(()),
        }
    }

    fn local(&self, prefix: &str) -> Result<PathBuf> {
        let key = key(prefix)?;
        Ok(self.folder.join(key.as_ref()))
    }
}

fn key(path: &str) -> Result<Key> {
    Ok(Key::parse(path).map_err(object_store::Error::from)?)
}

fn file_error(path: &Path, source: std::io::Error) -> Error {
    Error::File {
        path: path.display().to_string(),
        source,
    }
}

#[cfg(test)]
mod tests;
