//! A partly fetched file: its bytes at their offsets under another name, and beside them a record of the chunks that are
//! here. A killed process loses the chunks in flight and nothing else.

use std::{
    fs::{self, File, OpenOptions},
    io,
    ops::Range,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    thread::JoinHandle,
};

use serde::{Deserialize, Serialize};

use crate::{
    digest::Digest,
    files::{Result, at, remove_and_measure, remove_file},
};

/// What is fetched by one request, and what a killed process loses of each.
pub const CHUNK_BYTES: u64 = 8 << 20;
/// What is written is synced to the disk after so many bytes; in a power cut, twice that may be lost.
const UNSYNCED_BYTES: u64 = 64 << 20;

/// Behind the blob's name, while it is incomplete.
pub(crate) const FILE_EXTENSION: &str = "avagar.incomplete";
const RECORD_EXTENSION: &str = "avagar.json";

/// A file of which chunks may be missing.
#[derive(Debug)]
pub struct Partial {
    file: File,
    path: PathBuf,
    record_path: PathBuf,
    record: Record,
    /// Bytes of each chunk that are here, from its start on.
    filled: Vec<u64>,
    /// Bytes of complete chunks since the last sync began.
    unsynced: u64,
    syncing: Option<Syncing>,
}

/// A sync that runs while more is written.
#[derive(Debug)]
struct Syncing {
    thread: JoinHandle<io::Result<()>>,
    /// The chunks that are on the disk when it ends.
    chunks: Vec<bool>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Record {
    digest: Digest,
    size: u64,
    /// The boot in which it was written (`boot_id`). After another boot only synced chunks count as here.
    boot: String,
    /// Chunks that are here.
    chunks: Vec<bool>,
    /// Chunks that have been synced to the disk.
    synced: Vec<bool>,
}

impl Partial {
    /// Opens the partial file beside `blob` if it is of this hash and size, else makes an empty one.
    ///
    /// # Errors
    /// Where the files can't be made.
    pub fn open(blob: &Path, digest: Digest, size: u64) -> Result<Self> {
        let (path, record_path) = names(blob);
        let file = at(
            &path,
            OpenOptions::new()
                .create(true)
                .truncate(false)
                .read(true)
                .write(true)
                .open(&path),
        )?;
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id")
            .unwrap_or_default()
            .trim()
            .to_owned();
        let file_bytes = at(&path, file.metadata())?.len();
        let count = size.div_ceil(CHUNK_BYTES) as usize;
        let record = read(&record_path)
            .filter(|record| record.digest == digest && record.size == size && file_bytes == size)
            .filter(|record| record.chunks.len() == count && record.synced.len() == count)
            .map(|record| {
                let chunks = if record.boot == boot {
                    record.chunks
                } else {
                    record.synced.clone()
                };
                Record {
                    chunks,
                    boot: boot.clone(),
                    ..record
                }
            });
        let record = if let Some(record) = record {
            record
        } else {
            at(&path, file.set_len(0))?;
            at(&path, file.set_len(size))?;
            Record {
                digest,
                size,
                boot,
                chunks: vec![false; count],
                synced: vec![false; count],
            }
        };
        let mut partial = Self {
            file,
            path,
            record_path,
            record,
            filled: Vec::new(),
            unsynced: 0,
            syncing: None,
        };
        partial.filled = (0..count)
            .map(|chunk| u64::from(partial.has(chunk)) * length(&partial.range(chunk)))
            .collect();
        partial.write_record()?;
        Ok(partial)
    }

    /// Bytes that are here.
    pub fn bytes(&self) -> u64 {
        (0..self.count())
            .filter(|chunk| self.has(*chunk))
            .map(|chunk| length(&self.range(chunk)))
            .sum()
    }

    /// How many chunks the file has.
    pub fn count(&self) -> usize {
        self.record.chunks.len()
    }

    /// Whether the chunk is here.
    pub fn has(&self, chunk: usize) -> bool {
        self.record.chunks.get(chunk).copied().unwrap_or_default()
    }

    /// The bytes of the file that a chunk holds.
    pub fn range(&self, chunk: usize) -> Range<u64> {
        let start = chunk as u64 * CHUNK_BYTES;
        start..self.record.size.min(start + CHUNK_BYTES)
    }

    /// Writes the next bytes of a chunk: within a chunk they have to come in order.
    ///
    /// # Errors
    /// Where the disk is full, or fails.
    pub fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<()> {
        let chunk = (offset / CHUNK_BYTES) as usize;
        let range = self.range(chunk);
        at(&self.path, self.file.write_all_at(bytes, offset))?;
        let Some(filled) = self.filled.get_mut(chunk) else {
            return Ok(());
        };
        debug_assert_eq!(offset, range.start + *filled);
        *filled += bytes.len() as u64;
        if *filled < length(&range) {
            return Ok(());
        }
        if let Some(complete) = self.record.chunks.get_mut(chunk) {
            *complete = true;
        }
        self.unsynced += length(&range);
        self.sync_in_background()?;
        self.write_record()
    }

    /// Begins a sync where enough is unsynced and none is running.
    fn sync_in_background(&mut self) -> Result<()> {
        if self
            .syncing
            .as_ref()
            .is_some_and(|syncing| syncing.thread.is_finished())
        {
            self.wait_for_sync()?;
        }
        if self.syncing.is_none() && self.unsynced >= UNSYNCED_BYTES {
            let file = at(&self.path, self.file.try_clone())?;
            self.syncing = Some(Syncing {
                thread: std::thread::spawn(move || file.sync_data()),
                chunks: self.record.chunks.clone(),
            });
            self.unsynced = 0;
        }
        Ok(())
    }

    fn wait_for_sync(&mut self) -> Result<()> {
        if let Some(Syncing { thread, chunks }) = self.syncing.take() {
            let synced = thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            at(&self.path, synced)?;
            self.record.synced = chunks;
        }
        Ok(())
    }

    /// Reads bytes of one chunk from `offset` on, as many as are here and `buffer` takes. Returns how many: 0 where the byte
    /// at `offset` is not here.
    ///
    /// # Errors
    /// Where the disk fails.
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let chunk = (offset / CHUNK_BYTES) as usize;
        let end = self.range(chunk).start + self.filled.get(chunk).copied().unwrap_or_default();
        let here = (end.saturating_sub(offset) as usize).min(buffer.len());
        let buffer = buffer.get_mut(..here).unwrap_or_default();
        at(&self.path, self.file.read_exact_at(buffer, offset))?;
        Ok(here)
    }

    /// Renames the file to `blob`: it is complete, and its hash is right.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn finish(mut self, blob: &Path) -> Result<()> {
        self.wait_for_sync()?;
        at(&self.path, self.file.sync_all())?;
        at(blob, fs::rename(&self.path, blob))?;
        at(&self.record_path, fs::remove_file(&self.record_path))
    }

    /// Deletes it: its hash is wrong.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn discard(self) -> Result<()> {
        remove_file(&self.record_path)?;
        remove_file(&self.path)
    }

    /// By rename, so that a reader finds the old record or the new one.
    fn write_record(&self) -> Result<()> {
        let new = self.record_path.with_extension("new");
        let text = serde_json::to_vec(&self.record).map_err(io::Error::other);
        at(&new, text.and_then(|text| fs::write(&new, text)))?;
        at(&self.record_path, fs::rename(&new, &self.record_path))
    }
}

/// Whether there is a partial file of `blob`, or its record.
pub(crate) fn exists(blob: &Path) -> bool {
    let (path, record) = names(blob);
    path.exists() || record.exists()
}

/// Bytes of `blob`'s complete chunks, while it is incomplete.
pub fn downloaded_bytes(blob: &Path) -> u64 {
    let record = read(&names(blob).1);
    record.map_or(0, |record| {
        let here = record.chunks.iter().filter(|chunk| **chunk).count() as u64;
        (here * CHUNK_BYTES).min(record.size)
    })
}

/// Deletes `blob`'s partial file. Returns how many bytes that freed.
///
/// # Errors
/// Where the system refuses.
pub(crate) fn remove(blob: &Path) -> Result<u64> {
    let (path, record) = names(blob);
    remove_file(&record)?;
    remove_and_measure(&path)
}

/// The partial file and its record. Not `.incomplete` alone: older versions of the Hub's own client append to that.
fn names(blob: &Path) -> (PathBuf, PathBuf) {
    (
        blob.with_extension(FILE_EXTENSION),
        blob.with_extension(RECORD_EXTENSION),
    )
}

/// The blob that a partial file or record of this name belongs to.
pub(crate) fn digest_of(name: &str) -> Option<Digest> {
    let (digest, extension) = name.split_once('.')?;
    [FILE_EXTENSION, RECORD_EXTENSION]
        .contains(&extension)
        .then(|| digest.parse().ok())?
}

fn read(record: &Path) -> Option<Record> {
    serde_json::from_slice(&fs::read(record).ok()?).ok()
}

const fn length(range: &Range<u64>) -> u64 {
    range.end - range.start
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
    const SIZE: u64 = 2 * CHUNK_BYTES + 5;

    fn open(folder: &Path) -> Partial {
        Partial::open(&folder.join(DIGEST), DIGEST.parse().unwrap(), SIZE).unwrap()
    }

    #[test]
    fn complete_chunks_survive_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let mut partial = open(folder.path());
        assert_eq!((partial.count(), partial.bytes()), (3, 0));
        partial.write(2 * CHUNK_BYTES, b"123").unwrap();
        partial.write(0, &vec![7; CHUNK_BYTES as usize]).unwrap();
        partial.write(2 * CHUNK_BYTES + 3, b"45").unwrap();
        partial.write(CHUNK_BYTES, b"half a chunk").unwrap();
        drop(partial);

        let mut partial = open(folder.path());
        assert_eq!(
            (0..3).map(|chunk| partial.has(chunk)).collect::<Vec<_>>(),
            [true, false, true]
        );
        assert_eq!(partial.bytes(), CHUNK_BYTES + 5);
        let mut read = [0; 10];
        assert_eq!(partial.read(2 * CHUNK_BYTES, &mut read).unwrap(), 5);
        assert_eq!(&read[..5], b"12345");
        assert_eq!(partial.read(CHUNK_BYTES, &mut read).unwrap(), 0);
        assert_eq!(partial.read(SIZE, &mut read).unwrap(), 0);
        partial
            .write(CHUNK_BYTES, &vec![8; CHUNK_BYTES as usize])
            .unwrap();
        let blob = folder.path().join(DIGEST);
        partial.finish(&blob).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(fs::metadata(blob).unwrap().len(), SIZE);
    }

    #[test]
    fn after_another_boot_only_synced_chunks_count() {
        let folder = tempfile::tempdir().unwrap();
        let mut partial = open(folder.path());
        partial.write(2 * CHUNK_BYTES, b"12345").unwrap();
        partial.record.boot = "an earlier one".into();
        partial.write_record().unwrap();
        assert_eq!(open(folder.path()).bytes(), 0);
    }

    #[test]
    fn a_record_that_does_not_fit_the_file_is_ignored() {
        for corrupt in [
            |partial: &Partial| fs::write(&partial.record_path, "{").unwrap(),
            |partial: &Partial| fs::remove_file(&partial.record_path).unwrap(),
            |partial: &Partial| partial.file.set_len(3).unwrap(),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let mut partial = open(folder.path());
            partial.write(2 * CHUNK_BYTES, b"12345").unwrap();
            corrupt(&partial);
            let partial = open(folder.path());
            assert_eq!(partial.bytes(), 0);
            partial.discard().unwrap();
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }
}
