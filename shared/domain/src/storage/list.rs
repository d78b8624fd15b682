//! Listing and deleting.

use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use object_store::path::Path as Key;

use super::{Storage, backend::Backend, file_error};
use crate::Result;

/// A file that is in the storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Path below the folder that was listed.
    pub path: String,
    pub modified_at: DateTime<Utc>,
}

impl Storage {
    /// The files below `prefix`, by path; none where there is no such folder.
    pub async fn files(&self, prefix: &str) -> Result<Vec<Listed>> {
        let mut files: Vec<_> = self.list(prefix)?.try_collect().await?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// The files below `prefix` as the store lists them, so that however many there are need no memory.
    pub fn list(&self, prefix: &str) -> Result<BoxStream<'static, Result<Listed>>> {
        let folder = self.backend.key(prefix)?;
        let listed = self.backend.store().list(Some(&folder));
        let listed = listed.map(move |meta| {
            let meta = meta?;
            Ok(Listed {
                path: below(&folder, &meta.location),
                modified_at: meta.last_modified,
            })
        });
        Ok(listed.boxed())
    }

    /// The names of the folders directly below `prefix`, also of those that hold only torn uploads.
    pub async fn folders(&self, prefix: &str) -> Result<Vec<String>> {
        let folder = self.backend.key(prefix)?;
        match &self.backend {
            Backend::Folder { path, .. } => folders_of(&path.join(folder.as_ref())).await,
            Backend::Bucket { store, .. } => {
                let listed = store.list_with_delimiter(Some(&folder)).await?;
                let folders = listed.common_prefixes.iter();
                Ok(folders.map(|found| below(&folder, found)).collect())
            }
        }
    }

    /// Deletes everything below `prefix`, also what a killed process left there half-written; nothing there is fine.
    pub async fn delete_folder(&self, prefix: &str) -> Result<()> {
        let folder = self.backend.key(prefix)?;
        match &self.backend {
            Backend::Folder { path, .. } => {
                let path = path.join(folder.as_ref());
                match tokio::fs::remove_dir_all(&path).await {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        Err(file_error(&path, error))
                    }
                    _ => Ok(()),
                }
            }
            Backend::Bucket { store, .. } => {
                let listed = store.list(Some(&folder)).map_ok(|meta| meta.location);
                let mut deleted = store.delete_stream(listed.boxed());
                while let Some(deleted) = deleted.next().await {
                    match deleted {
                        // Somebody else was quicker, or the response to the first try was lost.
                        Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                Ok(())
            }
        }
    }
}

/// The path of `key` below `folder`.
fn below(folder: &Key, key: &Key) -> String {
    let Some(parts) = key.prefix_match(folder) else {
        return key.to_string();
    };
    parts.collect::<Key>().to_string()
}

async fn folders_of(path: &std::path::Path) -> Result<Vec<String>> {
    let names = || async {
        let mut entries = match tokio::fs::read_dir(path).await {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut names = Vec::new();
        while let Some(entry) = entries.next_entry().await? {
            if entry.file_type().await?.is_dir() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        Ok(names)
    };
    names().await.map_err(|source| file_error(path, source))
}
