//! All bytes of datasets, checkpoints, voices and speech. Keys are relative paths such as `voices/{id}/config.json`.
//! Writes are atomic: a temporary name, fsync, rename. The database row comes after the bytes.

use std::{
    convert::Infallible,
    ops::{ControlFlow, Range},
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
pub use object_store::Error as StoreError;
use object_store::{
    GetOptions, ObjectStore, ObjectStoreExt, PutPayload, WriteMultipart, local::LocalFileSystem,
    path::Path as Key,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{Error, Result, settings};

/// Bytes read or written at a time.
const CHUNK_BYTES: usize = 1 << 20;

/// A file that was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StoredFile {
    /// Path below the folder it belongs to.
    pub path: String,
    /// Size.
    pub size_bytes: u64,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}

/// A file that is in the storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Path below the folder that was listed.
    pub path: String,
    /// When it was written.
    pub modified_at: DateTime<Utc>,
}

/// The storage.
#[derive(Debug, Clone)]
pub struct Storage {
    store: Arc<dyn ObjectStore>,
    /// Where it is a folder.
    folder: PathBuf,
}

/// A file being written, of which nothing is seen until [`Upload::finish`].
pub struct Upload {
    writer: WriteMultipart,
    hash: Sha256,
    size_bytes: u64,
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

    /// Starts a file whose size isn't known yet.
    pub async fn upload(&self, key: &str) -> Result<Upload> {
        let parts = self
            .store
            .put_multipart(&Key::parse(key).map_err(object_store::Error::from)?)
            .await?;
        Ok(Upload {
            writer: WriteMultipart::new(parts),
            hash: Sha256::new(),
            size_bytes: 0,
        })
    }

    /// Stores bytes.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<()> {
        self.store
            .put(
                &Key::parse(key).map_err(object_store::Error::from)?,
                PutPayload::from_bytes(bytes),
            )
            .await?;
        Ok(())
    }

    /// Stores every file of a local folder, recursively, below `prefix`. Answers them by path. Where that fails, what was
    /// stored until then is deleted again: a full disk must not be filled further.
    pub async fn put_folder(&self, prefix: &str, folder: &Path) -> Result<Vec<StoredFile>> {
        let unwatched = || ControlFlow::<Infallible>::Continue(());
        match self.put_folder_watched(prefix, folder, unwatched).await? {
            ControlFlow::Continue(stored) => Ok(stored),
            ControlFlow::Break(never) => match never {},
        }
    }

    /// The same, where `watch` is called with every file and every piece of one, and can end it: then, too, what was stored
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

    /// Fetches one file to a local path, whose folder is made; answers its SHA-256 in lower-case hexadecimal.
    pub async fn get_file(&self, key: &str, to: &Path) -> Result<String> {
        let unwatched = || ControlFlow::<Infallible>::Continue(());
        match self.get_file_watched(key, to, unwatched).await? {
            ControlFlow::Continue(hash) => Ok(hash),
            ControlFlow::Break(never) => match never {},
        }
    }

    /// The same, where `watch` is called with every piece that has come, and can end it: what has come stays where it is.
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
        Ok(ControlFlow::Continue(hex(&hash.finalize())))
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
        let got = self
            .store
            .get_opts(
                &Key::parse(key).map_err(object_store::Error::from)?,
                options,
            )
            .await?;
        Ok((
            got.meta.size,
            got.into_stream().map_err(Error::from).boxed(),
        ))
    }

    /// A file's size.
    pub async fn size(&self, key: &str) -> Result<u64> {
        Ok(self
            .store
            .head(&Key::parse(key).map_err(object_store::Error::from)?)
            .await?
            .size)
    }

    /// The files below `prefix`, by path; none where there is no such folder.
    pub async fn files(&self, prefix: &str) -> Result<Vec<Listed>> {
        let folder = Key::parse(prefix).map_err(object_store::Error::from)?;
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
        let key = Key::parse(prefix).map_err(object_store::Error::from)?;
        Ok(self.folder.join(key.as_ref()))
    }
}

impl Upload {
    /// Appends bytes; waits while too many are under way.
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

    /// Makes the file appear; `path` is what it is called in the answer.
    pub async fn finish(self, path: String) -> Result<StoredFile> {
        self.writer.finish().await?;
        Ok(StoredFile {
            path,
            size_bytes: self.size_bytes,
            sha256: hex(&self.hash.finalize()),
        })
    }

    /// Forgets what was written.
    pub async fn abort(self) -> Result<()> {
        Ok(self.writer.abort().await?)
    }
}

/// Every regular file below `folder`, in order of name.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|source| file_error(&folder, source))? {
            let path = entry.map_err(|source| file_error(&folder, source))?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn file_error(path: &Path, source: std::io::Error) -> Error {
    Error::File {
        path: path.display().to_string(),
        source,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn storage() -> (tempfile::TempDir, Storage) {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("file:{}", folder.path().join("storage").display());
        (folder, Storage::open(&settings::Storage { url }).unwrap())
    }

    /// Goes on for so many calls, and then says how many there were.
    fn until(most: usize) -> impl FnMut() -> ControlFlow<usize> {
        let mut seen = 0;
        move || {
            seen += 1;
            if seen > most {
                ControlFlow::Break(seen)
            } else {
                ControlFlow::Continue(())
            }
        }
    }

    #[tokio::test]
    async fn fetching_shows_that_it_gets_on_and_can_be_stopped() {
        let (folder, storage) = storage();
        storage.put("a/b", vec![7; 5 << 20].into()).await.unwrap();
        let to = folder.path().join("fetched");
        let mut signs = 0;
        let fetched = storage
            .get_file_watched("a/b", &to, || {
                signs += 1;
                ControlFlow::<()>::Continue(())
            })
            .await
            .unwrap();
        assert_eq!(
            fetched,
            ControlFlow::Continue(storage.get_file("a/b", &to).await.unwrap())
        );
        assert!(signs >= 5, "{signs}");
        let stopped = storage.get_file_watched("a/b", &to, until(2)).await;
        assert_eq!(stopped.unwrap(), ControlFlow::Break(3));
        assert!(std::fs::metadata(&to).unwrap().len() < 5 << 20);
    }

    #[tokio::test]
    async fn storing_shows_that_it_gets_on_and_leaves_nothing_where_it_is_stopped() {
        let (folder, storage) = storage();
        let local = folder.path().join("local");
        std::fs::create_dir(&local).unwrap();
        for name in ["a", "b", "c"] {
            std::fs::write(local.join(name), vec![7; 1 << 20]).unwrap();
        }
        let stopped = storage.put_folder_watched("x", &local, until(4)).await;
        assert_eq!(stopped.unwrap(), ControlFlow::Break(5));
        assert_eq!(storage.files("x").await.unwrap(), []);
        assert_eq!(storage.folders("").await.unwrap(), Vec::<String>::new());
        let stored = storage.put_folder_watched("x", &local, until(100)).await;
        let stored = stored.unwrap().continue_value().unwrap();
        assert_eq!(stored.len(), 3);
        assert_eq!(storage.files("x").await.unwrap().len(), 3);
    }
}
