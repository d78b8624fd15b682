//! Copying everything to another folder or bucket, while jobs run.

use std::cmp::Ordering;

use bytes::{Bytes, BytesMut};
use futures::{StreamExt, TryStreamExt};
use object_store::{ObjectMeta, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use sha2::{Digest, Sha256};

use super::{Listed, Storage, StoreError};
use crate::{Error, Result};

/// Copied side by side.
const FILES_AT_ONCE: usize = 4;
/// A file that isn't larger is sent in one request, which a file that appears there meanwhile refuses.
const MAX_BYTES_AT_ONCE: u64 = 4 << 20;

/// How far a copy has come.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// Files that were copied, and read back with the same SHA-256.
    pub copied: u64,
    pub copied_bytes: u64,
    /// Files that were there already, or a later version of them.
    pub present: u64,
    /// Files that were deleted while they were copied.
    pub deleted: u64,
}

impl Moved {
    const fn add(&mut self, file: &Listed, outcome: Outcome) {
        match outcome {
            Outcome::Copied => {
                self.copied += 1;
                self.copied_bytes += file.size_bytes;
            }
            Outcome::Present => self.present += 1,
            Outcome::Deleted => self.deleted += 1,
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Outcome {
    Copied,
    Present,
    Deleted,
}

/// Copies what `from` has and `to` lacks, however many files there are in bounded memory; `report` hears after every file how far
/// it has come. What is there already with the same size and a later time is not copied again, so that a copy that broke off goes
/// on; with `compare`, such files are read in both places and held against each other, and copied again where they differ.
///
/// # Errors
/// Where either store fails, or what is read back is not what was sent. What was copied until then stays.
pub async fn copy_all(
    from: &Storage,
    to: &Storage,
    compare: bool,
    mut report: impl FnMut(Moved),
) -> Result<Moved> {
    let copying = from.list_own("")?.map(|file| async move {
        let file = file?;
        let outcome = copy(from, to, &file, compare).await;
        Ok::<_, Error>((outcome?, file))
    });
    let mut copying = copying.buffer_unordered(FILES_AT_ONCE).boxed();
    let mut moved = Moved::default();
    while let Some((outcome, file)) = copying.try_next().await? {
        moved.add(&file, outcome);
        report(moved);
    }
    Ok(moved)
}

async fn copy(from: &Storage, to: &Storage, file: &Listed, compare: bool) -> Result<Outcome> {
    let there = existing(to.head(&file.path).await)?;
    if let Some(there) = &there
        && is_current(there, file)
        && !(compare && there.size == file.size_bytes && differ(from, to, &file.path).await?)
    {
        return Ok(Outcome::Present);
    }
    let sent = match send(from, to, file, there.is_none()).await {
        Ok(Some(sha256)) => sha256,
        Ok(None) => return Ok(Outcome::Present),
        // Its folder was deleted since it was listed.
        Err(Error::Storage(StoreError::NotFound { .. })) => return Ok(Outcome::Deleted),
        Err(error) => return Err(error),
    };
    let arrived = existing(to.sha256(&file.path).await)?;
    if existing(from.head(&file.path).await)?.is_none() {
        to.delete(&file.path).await?;
        return Ok(Outcome::Deleted);
    }
    match arrived {
        Some(sha256) if sha256 == sent => Ok(Outcome::Copied),
        _ => Err(Error::Storage(StoreError::Generic {
            store: "storage",
            source: format!("{}: what is read back is not what was sent", file.path).into(),
        })),
    }
}

/// Whether what is there is this file or was written after it. Files are stored whole, so one that is there is whole, too. Stores
/// keep whole seconds.
fn is_current(there: &ObjectMeta, file: &Listed) -> bool {
    match there
        .last_modified
        .timestamp()
        .cmp(&file.modified_at.timestamp())
    {
        Ordering::Less => false,
        Ordering::Equal => there.size == file.size_bytes,
        Ordering::Greater => true,
    }
}

async fn differ(from: &Storage, to: &Storage, path: &str) -> Result<bool> {
    let original = existing(from.sha256(path).await)?;
    let copy = existing(to.sha256(path).await)?;
    let differ = original.is_some() && original != copy;
    if differ {
        tracing::warn!("{path}: the copy differs from the original; copying it again");
    }
    Ok(differ)
}

/// Sends a file; its SHA-256, or none where somebody else has stored one there since.
async fn send(from: &Storage, to: &Storage, file: &Listed, is_new: bool) -> Result<Option<String>> {
    let (size, mut bytes) = from.read_own(&file.path, None).await?;
    if size > MAX_BYTES_AT_ONCE {
        let mut upload = to.upload(&file.path).await?;
        while let Some(chunk) = bytes.try_next().await? {
            upload.write(&chunk).await?;
        }
        return Ok(Some(upload.finish(file.path.clone()).await?.sha256));
    }
    let mut whole = BytesMut::new();
    while let Some(chunk) = bytes.try_next().await? {
        whole.extend_from_slice(&chunk);
    }
    let whole = whole.freeze();
    let sha256 = hex::encode(Sha256::digest(&whole));
    let stored = if is_new {
        to.put_new(&file.path, whole).await?
    } else {
        to.put(&file.path, whole).await?;
        true
    };
    Ok(stored.then_some(sha256))
}

/// What was found, or none where there is no such file.
fn existing<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Err(Error::Storage(StoreError::NotFound { .. })) => Ok(None),
        found => found.map(Some),
    }
}

impl Storage {
    /// Stores bytes unless there is such a file; whether it did.
    pub(super) async fn put_new(&self, key: &str, bytes: Bytes) -> Result<bool> {
        let key = self.backend.key(key)?;
        let options = PutOptions::from(PutMode::Create);
        let payload = PutPayload::from_bytes(bytes);
        match self.backend.store().put_opts(&key, payload, options).await {
            Err(StoreError::AlreadyExists { .. }) => Ok(false),
            stored => stored.map(|_| true).map_err(Error::from),
        }
    }

    /// Of a file's bytes, as they are read now, in lower-case hexadecimal.
    async fn sha256(&self, key: &str) -> Result<String> {
        let mut bytes = self.read_own(key, None).await?.1;
        let mut hash = Sha256::new();
        while let Some(chunk) = bytes.try_next().await? {
            hash.update(&chunk);
        }
        Ok(hex::encode(hash.finalize()))
    }

    async fn delete(&self, key: &str) -> Result<()> {
        let deleted = self.backend.store().delete(&self.backend.key(key)?).await;
        existing(deleted.map_err(Error::from))?;
        Ok(())
    }
}
