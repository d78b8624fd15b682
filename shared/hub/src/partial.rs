//! A large file on its way: its bytes at their places under another name, and beside them a record of the pieces that
//! are there. A killed process loses the pieces that were in flight and nothing else.

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
    files::{Result, at, remove_file, remove_measured},
};

/// What is fetched by one request, and what a killed process loses of each.
pub const PIECE_BYTES: u64 = 8 << 20;
/// The disk is told to keep what has come whenever so much is new; where the machine dies, twice that may be lost.
const UNSYNCED_BYTES: u64 = 64 << 20;

/// What a file on its way is called, behind its blob's name.
pub(crate) const FILE_EXTENSION: &str = "avagar.incomplete";
const RECORD_EXTENSION: &str = "avagar.json";

/// A file of which pieces are missing.
#[derive(Debug)]
pub struct Partial {
    file: File,
    path: PathBuf,
    record_path: PathBuf,
    record: Record,
    /// Bytes of each piece that are here, from its start on.
    filled: Vec<u64>,
    /// Bytes of pieces that came since the disk was last told to keep what there is.
    unsynced: u64,
    syncing: Option<Syncing>,
}

/// The disk is being told to keep what there was, while more comes.
#[derive(Debug)]
struct Syncing {
    thread: JoinHandle<io::Result<()>>,
    /// The pieces that it has then.
    pieces: Vec<bool>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Record {
    digest: Digest,
    size: u64,
    /// The system's boot in which it was written. After another one, only what was synced is believed.
    boot: String,
    /// Pieces that are here.
    pieces: Vec<bool>,
    /// Pieces that the disk has for certain.
    synced: Vec<bool>,
}

impl Partial {
    /// Goes on with what `blob`, of that hash and size, has beside it, or begins anew.
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
        let count = size.div_ceil(PIECE_BYTES) as usize;
        let record = read(&record_path)
            .filter(|record| record.digest == digest && record.size == size && file_bytes == size)
            .filter(|record| record.pieces.len() == count && record.synced.len() == count)
            .map(|record| {
                let pieces = if record.boot == boot {
                    record.pieces
                } else {
                    record.synced.clone()
                };
                Record {
                    pieces,
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
                pieces: vec![false; count],
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
            .map(|piece| u64::from(partial.has(piece)) * length(&partial.range(piece)))
            .collect();
        partial.write_record()?;
        Ok(partial)
    }

    /// Bytes that are here.
    pub fn bytes(&self) -> u64 {
        (0..self.count())
            .filter(|piece| self.has(*piece))
            .map(|piece| length(&self.range(piece)))
            .sum()
    }

    /// How many pieces the file has.
    pub fn count(&self) -> usize {
        self.record.pieces.len()
    }

    /// Whether the piece is here.
    pub fn has(&self, piece: usize) -> bool {
        self.record.pieces.get(piece).copied().unwrap_or_default()
    }

    /// The bytes of the file that a piece holds.
    pub fn range(&self, piece: usize) -> Range<u64> {
        let start = piece as u64 * PIECE_BYTES;
        start..self.record.size.min(start + PIECE_BYTES)
    }

    /// Puts bytes of one piece into their place: those that follow the piece's last.
    ///
    /// # Errors
    /// Where the disk is full, or fails.
    pub fn put(&mut self, place: u64, bytes: &[u8]) -> Result<()> {
        let piece = (place / PIECE_BYTES) as usize;
        let range = self.range(piece);
        at(&self.path, self.file.write_all_at(bytes, place))?;
        let Some(filled) = self.filled.get_mut(piece) else {
            return Ok(());
        };
        debug_assert_eq!(place, range.start + *filled);
        *filled += bytes.len() as u64;
        if *filled < length(&range) {
            return Ok(());
        }
        if let Some(here) = self.record.pieces.get_mut(piece) {
            *here = true;
        }
        self.unsynced += length(&range);
        self.sync_behind()?;
        self.write_record()
    }

    /// Lets the disk keep what is here without waiting for it.
    fn sync_behind(&mut self) -> Result<()> {
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
                pieces: self.record.pieces.clone(),
            });
            self.unsynced = 0;
        }
        Ok(())
    }

    fn wait_for_sync(&mut self) -> Result<()> {
        if let Some(Syncing { thread, pieces }) = self.syncing.take() {
            let synced = thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            at(&self.path, synced)?;
            self.record.synced = pieces;
        }
        Ok(())
    }

    /// Reads bytes of one piece from `place` on, as many as are here and `buffer` takes. Answers how many: 0 where the next
    /// one is not here.
    ///
    /// # Errors
    /// Where the disk fails.
    pub fn read(&self, place: u64, buffer: &mut [u8]) -> Result<usize> {
        let piece = (place / PIECE_BYTES) as usize;
        let end = self.range(piece).start + self.filled.get(piece).copied().unwrap_or_default();
        let here = (end.saturating_sub(place) as usize).min(buffer.len());
        let buffer = buffer.get_mut(..here).unwrap_or_default();
        at(&self.path, self.file.read_exact_at(buffer, place))?;
        Ok(here)
    }

    /// Gives the file its name: all its pieces are here, and they are right.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn finish(mut self, blob: &Path) -> Result<()> {
        self.wait_for_sync()?;
        at(&self.path, self.file.sync_all())?;
        at(blob, fs::rename(&self.path, blob))?;
        at(&self.record_path, fs::remove_file(&self.record_path))
    }

    /// Forgets everything: the bytes are not the file's.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn discard(self) -> Result<()> {
        remove_file(&self.record_path)?;
        remove_file(&self.path)
    }

    /// By rename, so that a reader finds the record of before or this one.
    fn write_record(&self) -> Result<()> {
        let new = self.record_path.with_extension("new");
        let text = serde_json::to_vec(&self.record).map_err(io::Error::other);
        at(&new, text.and_then(|text| fs::write(&new, text)))?;
        at(&self.record_path, fs::rename(&new, &self.record_path))
    }
}

/// Whether anything is there of a file that is, or was, on its way to `blob`.
pub(crate) fn is_there(blob: &Path) -> bool {
    let (path, record) = names(blob);
    path.exists() || record.exists()
}

/// Bytes that are here of a file that is on its way to `blob`.
pub fn bytes_here(blob: &Path) -> u64 {
    let record = read(&names(blob).1);
    record.map_or(0, |record| {
        let here = record.pieces.iter().filter(|piece| **piece).count() as u64;
        (here * PIECE_BYTES).min(record.size)
    })
}

/// Deletes what is there of a file that was on its way to `blob`. Answers how many bytes that freed.
///
/// # Errors
/// Where the system refuses.
pub(crate) fn remove(blob: &Path) -> Result<u64> {
    let (path, record) = names(blob);
    remove_file(&record)?;
    remove_measured(&path)
}

/// The file and its record. Not `.incomplete` alone: older versions of the Hub's own client append to that.
fn names(blob: &Path) -> (PathBuf, PathBuf) {
    (
        blob.with_extension(FILE_EXTENSION),
        blob.with_extension(RECORD_EXTENSION),
    )
}

/// The blob that a file of this name, or its record, is on its way to.
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
    const SIZE: u64 = 2 * PIECE_BYTES + 5;

    fn open(folder: &Path) -> Partial {
        Partial::open(&folder.join(DIGEST), DIGEST.parse().unwrap(), SIZE).unwrap()
    }

    #[test]
    fn pieces_that_are_here_are_here_the_next_time() {
        let folder = tempfile::tempdir().unwrap();
        let mut partial = open(folder.path());
        assert_eq!((partial.count(), partial.bytes()), (3, 0));
        partial.put(2 * PIECE_BYTES, b"123").unwrap();
        partial.put(0, &vec![7; PIECE_BYTES as usize]).unwrap();
        partial.put(2 * PIECE_BYTES + 3, b"45").unwrap();
        partial.put(PIECE_BYTES, b"half a piece").unwrap();
        drop(partial);

        let mut partial = open(folder.path());
        assert_eq!(
            (0..3).map(|piece| partial.has(piece)).collect::<Vec<_>>(),
            [true, false, true]
        );
        assert_eq!(partial.bytes(), PIECE_BYTES + 5);
        let mut read = [0; 10];
        assert_eq!(partial.read(2 * PIECE_BYTES, &mut read).unwrap(), 5);
        assert_eq!(&read[..5], b"12345");
        assert_eq!(partial.read(PIECE_BYTES, &mut read).unwrap(), 0);
        assert_eq!(partial.read(SIZE, &mut read).unwrap(), 0);
        partial
            .put(PIECE_BYTES, &vec![8; PIECE_BYTES as usize])
            .unwrap();
        let blob = folder.path().join(DIGEST);
        partial.finish(&blob).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(fs::metadata(blob).unwrap().len(), SIZE);
    }

    #[test]
    fn after_another_boot_only_what_the_disk_has_for_certain_is_believed() {
        let folder = tempfile::tempdir().unwrap();
        let mut partial = open(folder.path());
        partial.put(2 * PIECE_BYTES, b"12345").unwrap();
        partial.record.boot = "an earlier one".into();
        partial.write_record().unwrap();
        assert_eq!(open(folder.path()).bytes(), 0);
    }

    #[test]
    fn a_record_of_something_else_is_not_believed() {
        for spoil in [
            |partial: &Partial| fs::write(&partial.record_path, "{").unwrap(),
            |partial: &Partial| fs::remove_file(&partial.record_path).unwrap(),
            |partial: &Partial| partial.file.set_len(3).unwrap(),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let mut partial = open(folder.path());
            partial.put(2 * PIECE_BYTES, b"12345").unwrap();
            spoil(&partial);
            let partial = open(folder.path());
            assert_eq!(partial.bytes(), 0);
            partial.discard().unwrap();
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }
}
