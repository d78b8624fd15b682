//! Fetches files of one commit into the cache. What is there already, by whomever it was fetched, is not fetched again;
//! what is on its way goes on where it was. The commit's folder gets its links when all bytes are there, so what other
//! programs find in it is whole.

mod request;

use std::{collections::HashMap, io, path::Path, time::Duration};

use futures::{TryStreamExt, stream};
use tokio::time::sleep;

use crate::{
    Error, Result,
    answers::RepoFile,
    background::in_background,
    blob,
    cache::{BlobLock, CacheError, RepoHold},
    digest::Digest,
    partial,
};
pub use request::{Downloader, Finished, Order};

/// Files that are fetched at a time.
const FILES_AT_ONCE: usize = 8;
/// Room that is left to others, in bytes.
const ROOM_TO_LEAVE: u64 = 256 << 20;
/// A blob that another program is writing is looked at again after this.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

impl Downloader {
    /// Fetches an order.
    ///
    /// # Errors
    /// Those of the Hub, the disk's, and [`Error::NoRoom`] before the first byte where they would not fit.
    pub async fn fetch(&self, order: &Order) -> Result<Finished> {
        let Some(_hold) = self.hold().await? else {
            return Ok(Finished::Stopped);
        };
        self.cache.prepare()?;
        let blobs = blobs(&order.files);
        self.check_room(&blobs)?;

        let fetched: Result<()> = stream::iter(blobs.into_iter().map(Ok))
            .map_ok(|blob| self.fetch_blob(order, blob))
            .try_buffer_unordered(FILES_AT_ONCE)
            .try_collect()
            .await;
        if self.stop.is_cancelled() {
            return Ok(Finished::Stopped);
        }
        fetched?;
        let (cache, order) = (self.cache.clone(), order.clone());
        in_background(move || {
            // The bytes before the links: a machine that dies in between has no link to what is not there.
            sync(cache.folder())?;
            for file in &order.files {
                cache.link(&order.commit, &file.path, file.digest)?;
            }
            cache.note(&order.revision, &order.commit)?;
            sync(cache.folder())
        })
        .await?;
        Ok(Finished::Completed)
    }

    /// Waits while the repository's files are being deleted. `None` where the download is to stop.
    async fn hold(&self) -> Result<Option<RepoHold>> {
        loop {
            if let Some(hold) = self.cache.try_hold()? {
                return Ok(Some(hold));
            }
            tokio::select! {
                () = self.stop.cancelled() => return Ok(None),
                () = sleep(LOOK_AGAIN) => {}
            }
        }
    }

    async fn fetch_blob(&self, order: &Order, blob: Blob) -> Result<()> {
        let Blob { file, files } = blob;
        let path = self.cache.blob(file.digest);
        if !is_there(&path, &file) || partial::is_there(&path) {
            let Some(lock) = self.lock(&file).await? else {
                return Ok(());
            };
            if is_there(&path, &file) {
                // Another program was faster: what came to us is of no use any more.
                partial::remove(&path)?;
            } else {
                self.progress.begin(&file.path);
                if !blob::fetch(self, order, &file, &path, lock).await? {
                    return Ok(());
                }
                self.progress.remove_bytes(file.size_bytes);
            }
        }
        self.progress.add_bytes(file.size_bytes * u64::from(files));
        self.progress.add_files(files);
        Ok(())
    }

    /// Waits for the right to write a blob, and shows meanwhile how far that is which somebody else fetches. `None` where
    /// the download is to stop.
    async fn lock(&self, file: &RepoFile) -> Result<Option<BlobLock>> {
        let mut shown = 0;
        let locked = loop {
            if let Some(lock) = self.cache.try_lock(file.digest)? {
                break Some(lock);
            }
            let here = partial::bytes_here(&self.cache.blob(file.digest)).min(file.size_bytes);
            self.progress.add_bytes(here);
            self.progress.remove_bytes(shown);
            shown = here;
            tokio::select! {
                () = self.stop.cancelled() => break None,
                () = sleep(LOOK_AGAIN) => {}
            }
        };
        self.progress.remove_bytes(shown);
        Ok(locked)
    }

    fn check_room(&self, blobs: &[Blob]) -> Result<()> {
        let missing = blobs.iter().map(|Blob { file, .. }| {
            let path = self.cache.blob(file.digest);
            if is_there(&path, file) {
                0
            } else {
                file.size_bytes - partial::bytes_here(&path).min(file.size_bytes)
            }
        });
        let needed: u64 = missing.sum();
        let free = free_bytes(self.cache.folder())?;
        if needed > 0 && needed + ROOM_TO_LEAVE > free {
            return Err(Error::NoRoom {
                needed: needed + ROOM_TO_LEAVE,
                free,
            });
        }
        Ok(())
    }
}

/// Bytes that are fetched once.
struct Blob {
    /// The first file that has them.
    file: RepoFile,
    /// How many files have them.
    files: u32,
}

/// The blobs that these files are, large ones first: the small ones fill up what they leave.
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

/// Whether the file's bytes are in the cache. A blob comes by rename, checked, so its size tells enough.
fn is_there(blob: &Path, file: &RepoFile) -> bool {
    std::fs::metadata(blob).is_ok_and(|about| about.len() == file.size_bytes)
}

fn free_bytes(folder: &Path) -> Result<u64> {
    let about = rustix::fs::statvfs(folder).map_err(|error| cache_error(folder, error))?;
    Ok(about.f_bavail * about.f_frsize)
}

/// Tells the disk to keep everything, once for all files.
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
