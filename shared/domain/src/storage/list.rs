//! Listing and deleting.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use futures::{
    StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use object_store::path::Path as Key;
use walkdir::WalkDir;

use super::{Storage, backend::Backend};
use crate::{Error, Result};

/// A file that is in the storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Path below the folder that was listed.
    pub path: String,
    pub size_bytes: u64,
    pub modified_at: DateTime<Utc>,
}

/// A folder that is in the storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subfolder {
    pub name: String,
    /// Of what was last written in it.
    pub modified_at: DateTime<Utc>,
}

impl Storage {
    /// The files below `prefix`, by path; none where there is no such folder.
    pub async fn files(&self, prefix: &str) -> Result<Vec<Listed>> {
        let mut files = BTreeMap::new();
        for storage in self.second.as_deref().into_iter().chain([self]) {
            let mut listed = storage.list_own(prefix)?;
            while let Some(file) = listed.try_next().await? {
                files.insert(file.path.clone(), file);
            }
        }
        Ok(files.into_values().collect())
    }

    /// The files below `prefix` as the store lists them, without those of a second one, so that however many there are need no
    /// memory.
    pub fn list_own(&self, prefix: &str) -> Result<BoxStream<'static, Result<Listed>>> {
        let folder = self.backend.key(prefix)?;
        let listed = self.backend.store().list(Some(&folder));
        let listed = listed.map(move |meta| {
            let meta = meta?;
            Ok(Listed {
                path: below(&folder, &meta.location),
                size_bytes: meta.size,
                modified_at: meta.last_modified,
            })
        });
        Ok(listed.boxed())
    }

    /// The names of the folders directly below `prefix`, also of those that hold only torn uploads.
    pub async fn folders(&self, prefix: &str) -> Result<Vec<String>> {
        let mut folders = BTreeSet::new();
        for storage in self.second.as_deref().into_iter().chain([self]) {
            folders.extend(storage.folders_own(prefix).await?);
        }
        Ok(folders.into_iter().collect())
    }

    async fn folders_own(&self, prefix: &str) -> Result<Vec<String>> {
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

    /// The folders directly below `prefix`, also those that hold only torn uploads, with their age, without those of a second
    /// one. However many files a bucket holds need no memory.
    pub async fn subfolders(&self, prefix: &str) -> Result<BoxStream<'static, Result<Subfolder>>> {
        match &self.backend {
            Backend::Folder { path, .. } => {
                let path = path.join(self.backend.key(prefix)?.as_ref());
                let names = folders_of(&path).await?;
                let subfolders =
                    stream::iter(names).then(move |name| subfolder(path.join(&name), name));
                Ok(subfolders.boxed())
            }
            // A store lists in the order of the keys, so that a folder's files come one after the other.
            Backend::Bucket { .. } => {
                let files = self.list_own(prefix)?.fuse().boxed();
                Ok(stream::try_unfold((files, None), next_subfolder).boxed())
            }
        }
    }

    /// Deletes everything below `prefix`, also what a killed process left there half-written; nothing there is fine.
    pub async fn delete_folder(&self, prefix: &str) -> Result<()> {
        // Whichever of the two is copied to the other one, that other is deleted from after it. A file that is copied in between
        // is gone with that, or its copier finds that the original is and deletes the copy.
        let second = self.second.as_deref();
        for storage in second.into_iter().chain([self]).chain(second) {
            storage.delete_folder_own(prefix).await?;
        }
        Ok(())
    }

    async fn delete_folder_own(&self, prefix: &str) -> Result<()> {
        let folder = self.backend.key(prefix)?;
        match &self.backend {
            Backend::Folder { path, .. } => {
                let path = path.join(folder.as_ref());
                match tokio::fs::remove_dir_all(&path).await {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        Err(Error::file(&path, error))
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

async fn folders_of(path: &Path) -> Result<Vec<String>> {
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
    names().await.map_err(|source| Error::file(path, source))
}

async fn subfolder(path: PathBuf, name: String) -> Result<Subfolder> {
    let newest = |path: &Path| {
        let mut newest = std::fs::metadata(path)?.modified()?;
        for entry in WalkDir::new(path) {
            newest = newest.max(entry?.metadata()?.modified()?);
        }
        Ok(newest)
    };
    let looked = tokio::task::spawn_blocking({
        let path = path.clone();
        move || newest(&path)
    });
    let looked = looked
        .await
        .unwrap_or_else(|error| Err(std::io::Error::other(error)));
    let modified = looked.map_err(|source| Error::file(&path, source))?;
    Ok(Subfolder {
        name,
        modified_at: modified.into(),
    })
}

type Files = BoxStream<'static, Result<Listed>>;

/// The next folder of a list of files, and what is left of the list, with the folder of its first file where that is known.
async fn next_subfolder(
    (mut files, mut begun): (Files, Option<Subfolder>),
) -> Result<Option<(Subfolder, (Files, Option<Subfolder>))>> {
    while let Some(file) = files.try_next().await? {
        let Some((name, _)) = file.path.split_once('/') else {
            continue;
        };
        let next = Subfolder {
            name: name.to_owned(),
            modified_at: file.modified_at,
        };
        match &mut begun {
            Some(folder) if folder.name == name => {
                folder.modified_at = folder.modified_at.max(next.modified_at);
            }
            Some(_) => {
                let ended = begun.replace(next);
                return Ok(ended.map(|ended| (ended, (files, begun))));
            }
            None => begun = Some(next),
        }
    }
    Ok(begun.map(|last| (last, (files, None))))
}
