//! Fetches files of one commit into the cache. A blob that is there already, whichever program fetched it, is not fetched
//! again, and a partial one is resumed. The commit's folder gets its links when all blobs are complete, so that other programs
//! never find half a file in it.

mod request;

use std::{collections::HashMap, io, path::Path, time::Duration};

use futures::{TryStreamExt, stream};
use tokio::time::sleep;

use crate::{
    Error, Result, blob,
    blocking::run_blocking,
    cache::{BlobLock, CacheError, RepoLock},
    digest::Digest,
    partial,
    responses::RepoFile,
};
pub use request::{DownloadRequest, Downloader, Finished};

/// Files that are fetched at a time.
const FILES_AT_ONCE: usize = 8;
/// Free space that is left to other programs.
const RESERVED_BYTES: u64 = 256 << 20;
/// How often a lock is tried that another program holds.
const LOCK_POLL_INTERVAL: Duration = Duration::from_millis(200);

impl Downloader {
    /// Fetches the files that are not in the cache yet.
    ///
    /// # Errors
    /// The Hub's and the disk's, and [`Error::InsufficientStorage`] before the first byte where the files would not fit.
    pub async fn fetch(&self, request: &DownloadRequest) -> Result<Finished> {
        let Some(_lock) = self.lock_repo().await? else {
            return Ok(Finished::Stopped);
        };
        self.cache.prepare()?;
        let blobs = blobs(&request.files);
        self.check_free_space(&blobs)?;

        let fetched: Result<()> = stream::iter(blobs.into_iter().map(Ok))
            .map_ok(|blob| self.fetch_blob(request, blob))
            .try_buffer_unordered(FILES_AT_ONCE)
            .try_collect()
            .await;
        if self.stop.is_cancelled() {
            return Ok(Finished::Stopped);
        }
        fetched?;
        let (cache, request) = (self.cache.clone(), request.clone());
        run_blocking(move || {
            // Blobs before links: after a power cut no link leads to a blob that is not there.
            sync(cache.folder())?;
            for file in &request.files {
                cache.link(&request.commit, &file.path, file.digest)?;
            }
            cache.write_ref(&request.revision, &request.commit)?;
            sync(cache.folder())
        })
        .await?;
        Ok(Finished::Completed)
    }

    /// Keeps the repository's files from being deleted; waits while they are. `None` where the download was told to stop.
    async fn lock_repo(&self) -> Result<Option<RepoLock>> {
        loop {
            if let Some(lock) = self.cache.try_lock_shared()? {
                return Ok(Some(lock));
            }
            tokio::select! {
                () = self.stop.cancelled() => return Ok(None),
                () = sleep(LOCK_POLL_INTERVAL) => {}
            }
        }
    }

    async fn fetch_blob(&self, request: &DownloadRequest, blob: Blob) -> Result<()> {
        let Blob { file, files } = blob;
        let path = self.cache.blob(file.digest);
        if !exists(&path, &file) || partial::exists(&path) {
            let Some(lock) = self.lock_blob(&file).await? else {
                return Ok(());
            };
            if exists(&path, &file) {
                // Another program has fetched it meanwhile.
                partial::remove(&path)?;
            } else {
                self.progress.start_file(&file.path);
                if !blob::fetch(self, request, &file, &path, lock).await? {
                    return Ok(());
                }
                self.progress.remove_bytes(file.size_bytes);
            }
        }
        self.progress.add_bytes(file.size_bytes * u64::from(files));
        self.progress.add_files(files);
        Ok(())
    }

    /// Waits for a blob's lock, and meanwhile reports the progress of the program that holds it. `None` where the download was
    /// told to stop.
    async fn lock_blob(&self, file: &RepoFile) -> Result<Option<BlobLock>> {
        let mut reported = 0;
        let locked = loop {
            if let Some(lock) = self.cache.try_lock(file.digest)? {
                break Some(lock);
            }
            let here =
                partial::downloaded_bytes(&self.cache.blob(file.digest)).min(file.size_bytes);
            self.progress.add_bytes(here);
            self.progress.remove_bytes(reported);
            reported = here;
            tokio::select! {
                () = self.stop.cancelled() => break None,
                () = sleep(LOCK_POLL_INTERVAL) => {}
            }
        };
        self.progress.remove_bytes(reported);
        Ok(locked)
    }

    fn check_free_space(&self, blobs: &[Blob]) -> Result<()> {
        let missing = blobs.iter().map(|Blob { file, .. }| {
            let path = self.cache.blob(file.digest);
            if exists(&path, file) {
                0
            } else {
                file.size_bytes - partial::downloaded_bytes(&path).min(file.size_bytes)
            }
        });
        let needed: u64 = missing.sum();
        let free = free_bytes(self.cache.folder())?;
        if needed > 0 && needed + RESERVED_BYTES > free {
            return Err(Error::InsufficientStorage {
                needed: needed + RESERVED_BYTES,
                free,
            });
        }
        Ok(())
    }
}

/// Bytes that are fetched once, however many files have them.
struct Blob {
    /// The first file that has them.
    file: RepoFile,
    /// How many files have them.
    files: u32,
}

/// The blobs of these files, large ones first: small ones then fill the idle connections.
fn blobs(files: &[RepoFile]) -> Vec<Blob> {
    let mut blobs: HashMap<Digest, Blob> = HashMap::new();
    for file in files {
        let blob = blobs.entry(file.digest).or_insert_with(|| Blob {
            file: file.clone(),
            files: 0,
        });
        blob.files += 1;
    }
    let mut blobs: Vec<Blob> = blobs.into_values().collect();
    blobs.sort_by_key(|blob| std::cmp::Reverse(blob.file.size_bytes));
    blobs
}

/// Whether the file's bytes are in the cache. A blob is renamed into place after its hash was checked, so its size suffices.
fn exists(blob: &Path, file: &RepoFile) -> bool {
    std::fs::metadata(blob).is_ok_and(|metadata| metadata.len() == file.size_bytes)
}

fn free_bytes(folder: &Path) -> Result<u64> {
    let stat = rustix::fs::statvfs(folder).map_err(|error| cache_error(folder, error))?;
    Ok(stat.f_bavail * stat.f_frsize)
}

/// Syncs the whole file system, once for all files.
fn sync(folder: &Path) -> Result<()> {
    let opened = std::fs::File::open(folder).map_err(|error| cache_error(folder, error))?;
    rustix::fs::syncfs(&opened).map_err(|error| cache_error(folder, error))
}

fn cache_error(path: &Path, error: impl Into<io::Error>) -> Error {
    CacheError {
        path: path.to_owned(),
        source: error.into(),
    }
    .into()
}
