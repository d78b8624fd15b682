//! Storing a whole local folder.

use std::{
    collections::{HashSet, VecDeque},
    convert::Infallible,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use futures::{StreamExt, stream};
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;
use walkdir::WalkDir;

use super::{Storage, StoredFile, Upload};
use crate::{Error, Result};

/// Bytes read at a time.
const CHUNK_BYTES: usize = 1 << 20;
/// Files up to this size are read whole, and stored side by side.
const SMALL_FILE_BYTES: u64 = 2 << 20;
const SMALL_FILES_AT_ONCE: usize = 8;

/// A local folder on its way into the storage. A try that failed on the way to a bucket is continued by the next one, also in
/// the middle of a large file.
pub struct FolderUpload {
    prefix: String,
    folder: PathBuf,
    small: Vec<PathBuf>,
    large: VecDeque<PathBuf>,
    /// The large file that is under way.
    current: Option<CurrentFile>,
    stored: Vec<StoredFile>,
}

struct CurrentFile {
    path: PathBuf,
    file: tokio::fs::File,
    upload: Upload,
}

impl FolderUpload {
    /// Of every file of `folder`, recursively, to below `prefix`.
    ///
    /// # Errors
    /// Where the folder can't be listed.
    pub fn new(prefix: String, folder: &Path) -> Result<Self> {
        let mut upload = Self {
            prefix,
            folder: folder.to_owned(),
            small: Vec::new(),
            large: VecDeque::new(),
            current: None,
            stored: Vec::new(),
        };
        upload.find_files()?;
        Ok(upload)
    }

    fn find_files(&mut self) -> Result<()> {
        // Links to folders are not followed.
        for entry in WalkDir::new(&self.folder).sort_by_file_name() {
            let entry = entry.map_err(|error| {
                let path = error.path().unwrap_or(&self.folder).to_owned();
                Error::file(&path, error.into())
            })?;
            if entry.file_type().is_dir() {
                continue;
            }
            let path = entry.into_path();
            let size = std::fs::metadata(&path).map_err(|source| Error::file(&path, source))?;
            if size.len() <= SMALL_FILE_BYTES {
                self.small.push(path);
            } else {
                self.large.push_back(path);
            }
        }
        Ok(())
    }

    /// Stores what is not stored yet; `watch` is called with every small file and every chunk of the others, and can end it.
    ///
    /// # Errors
    /// The storage's and the local disk's. A folder's disk may be full, and must not be filled further: there, everything is
    /// deleted again, and the next call begins anew.
    pub async fn run<B>(
        &mut self,
        storage: &Storage,
        mut watch: impl FnMut() -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>> {
        let ran = self.store_files(storage, &mut watch).await;
        if ran.is_err() && storage.is_folder() {
            self.discard(storage).await;
            self.small.clear();
            self.large.clear();
            self.find_files()?;
        }
        ran
    }

    /// What [`FolderUpload::run`] has stored, by path.
    pub fn stored(&self) -> Vec<StoredFile> {
        let mut stored = self.stored.clone();
        stored.sort_by(|a, b| a.path.cmp(&b.path));
        stored
    }

    /// Deletes what was stored. What can't be deleted is told to the log, and found by later sweeps.
    pub async fn discard(&mut self, storage: &Storage) {
        self.stored.clear();
        if let Some(current) = self.current.take()
            && let Err(error) = current.upload.abort().await
        {
            tracing::warn!("{}: its upload could not be aborted: {error}", self.prefix);
        }
        if let Err(error) = storage.delete_folder(&self.prefix).await {
            let prefix = &self.prefix;
            tracing::warn!("{prefix}: what was stored of it could not be deleted: {error}");
        }
    }

    async fn store_files<B>(
        &mut self,
        storage: &Storage,
        watch: &mut impl FnMut() -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>> {
        if let ControlFlow::Break(end) = self.store_small(storage, watch).await? {
            return Ok(ControlFlow::Break(end));
        }
        loop {
            let mut current = match self.current.take() {
                Some(current) => current,
                None => match self.large.front().cloned() {
                    Some(path) => {
                        let key = format!("{}/{}", self.prefix, below(&self.folder, &path));
                        let opened = CurrentFile::open(storage, &key, path).await?;
                        // Not before: one that could not be opened is still to be stored.
                        self.large.pop_front();
                        opened
                    }
                    None => return Ok(ControlFlow::Continue(())),
                },
            };
            match current.send(watch).await {
                Ok(ControlFlow::Continue(())) => {}
                unfinished => {
                    self.current = Some(current);
                    return unfinished;
                }
            }
            let name = below(&self.folder, &current.path);
            match current.upload.finish(name).await {
                Ok(stored) => self.stored.push(stored),
                Err(error) => {
                    self.current = Some(current);
                    return Err(error);
                }
            }
        }
    }

    async fn store_small<B>(
        &mut self,
        storage: &Storage,
        watch: &mut impl FnMut() -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>> {
        let (prefix, folder) = (&self.prefix, &self.folder);
        let storing = self.small.clone().into_iter().map(|path| async move {
            let stored = put_small(storage, prefix, folder, &path).await?;
            Ok((path, stored))
        });
        let mut storing = stream::iter(storing).buffer_unordered(SMALL_FILES_AT_ONCE);
        let mut done = HashSet::new();
        let mut ended = Ok(ControlFlow::Continue(()));
        while let Some(stored) = storing.next().await {
            match stored {
                Ok((path, stored)) => {
                    self.stored.push(stored);
                    done.insert(path);
                }
                Err(error) => {
                    ended = Err(error);
                    break;
                }
            }
            if let ControlFlow::Break(end) = watch() {
                ended = Ok(ControlFlow::Break(end));
                break;
            }
        }
        drop(storing);
        self.small.retain(|path| !done.contains(path));
        ended
    }
}

async fn put_small(
    storage: &Storage,
    prefix: &str,
    folder: &Path,
    path: &Path,
) -> Result<StoredFile> {
    let bytes = tokio::fs::read(path).await;
    let bytes = Bytes::from(bytes.map_err(|source| Error::file(path, source))?);
    let stored = StoredFile {
        path: below(folder, path),
        size_bytes: bytes.len() as u64,
        sha256: hex::encode(Sha256::digest(&bytes)),
    };
    let key = format!("{prefix}/{}", stored.path);
    storage.put(&key, bytes).await?;
    Ok(stored)
}

/// The path of a file below the folder.
fn below(folder: &Path, path: &Path) -> String {
    let path = path.strip_prefix(folder).unwrap_or(path);
    path.to_string_lossy().into_owned()
}

impl CurrentFile {
    async fn open(storage: &Storage, key: &str, path: PathBuf) -> Result<Self> {
        let file = tokio::fs::File::open(&path)
            .await
            .map_err(|source| Error::file(&path, source))?;
        Ok(Self {
            upload: storage.upload(key).await?,
            path,
            file,
        })
    }

    async fn send<B>(
        &mut self,
        watch: &mut impl FnMut() -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>> {
        let mut buffer = vec![0; CHUNK_BYTES];
        // What could not be sent the last time goes first.
        self.upload.write(&[]).await?;
        loop {
            let read = self
                .file
                .read(&mut buffer)
                .await
                .map_err(|source| Error::file(&self.path, source))?;
            if let ControlFlow::Break(end) = watch() {
                return Ok(ControlFlow::Break(end));
            }
            if read == 0 {
                return Ok(ControlFlow::Continue(()));
            }
            self.upload.write(&buffer[..read]).await?;
        }
    }
}

impl Storage {
    /// Stores every file of a local folder, recursively, below `prefix`; returns them by path. On failure what was stored
    /// is deleted again.
    pub async fn put_folder(&self, prefix: &str, folder: &Path) -> Result<Vec<StoredFile>> {
        let unwatched = || ControlFlow::<Infallible>::Continue(());
        match self.put_folder_watched(prefix, folder, unwatched).await? {
            ControlFlow::Continue(stored) => Ok(stored),
            ControlFlow::Break(never) => match never {},
        }
    }

    /// As [`Storage::put_folder`]; `watch` is called as by [`FolderUpload::run`], and can end it: then, too, what was stored is
    /// deleted again.
    pub async fn put_folder_watched<B>(
        &self,
        prefix: &str,
        folder: &Path,
        watch: impl FnMut() -> ControlFlow<B>,
    ) -> Result<ControlFlow<B, Vec<StoredFile>>> {
        let mut upload = FolderUpload::new(prefix.to_owned(), folder)?;
        match upload.run(self, watch).await {
            Ok(ControlFlow::Continue(())) => Ok(ControlFlow::Continue(upload.stored())),
            Ok(ControlFlow::Break(end)) => {
                upload.discard(self).await;
                Ok(ControlFlow::Break(end))
            }
            Err(error) => {
                upload.discard(self).await;
                Err(error)
            }
        }
    }
}
