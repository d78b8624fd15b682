//! Fetches a large blob in chunks, by range requests over several connections. Bytes are written at their offsets as they
//! come, and the same thread hashes them in order, so that little is held in memory however large the file is.

use std::{
    collections::BTreeMap,
    ops::Range,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use futures::{TryStreamExt, stream};
use tokio::sync::mpsc;

use crate::{
    Error, Result, blocking::run_blocking, cache::BlobLock, partial::Partial, responses::RepoFile,
    source::Source,
};

/// Connections for one large file.
const CONNECTIONS: usize = 4;
/// Writes, of up to some hundred kilobytes, that wait for the disk.
const WRITE_QUEUE_LENGTH: usize = 8;
/// Bytes that came out of order are read back from the disk to be hashed, so many at a time.
const READ_BACK_BYTES: usize = 256 << 10;

/// Fetches the source's file to `path`. Returns whether it is complete; if not, the download was told to stop.
///
/// # Errors
/// The Hub's and the disk's, and [`Error::ChecksumMismatch`] where the bytes are not those of the hash.
pub(crate) async fn fetch(source: &Source<'_>, path: &Path, lock: BlobLock) -> Result<bool> {
    let progress = &source.downloader.progress;
    let (digest, size, blob) = (source.file.digest, source.file.size_bytes, path.to_owned());
    let partial = run_blocking(move || Ok(Partial::open(&blob, digest, size)?)).await?;
    progress.add_bytes(partial.bytes());
    let (sender, writes) = mpsc::channel(WRITE_QUEUE_LENGTH);
    let missing = Missing::of(&partial, sender);
    let writer = {
        let (file, blob) = (source.file.clone(), path.to_owned());
        // The lock is released when the last byte is written, even if this future has been dropped by then.
        tokio::task::spawn_blocking(move || run_writer(partial, writes, &file, &blob, lock))
    };
    let read = tokio::select! {
        read = read(source, &missing) => read,
        // The writer has failed; its error is returned below.
        () = missing.writer.closed() => Ok(()),
        () = source.downloader.stop.cancelled() => Ok(()),
    };
    let lost = missing.close();
    // The writer's error comes first: it is why the readers could send no more.
    let written = writer
        .await
        .map_err(|error| Error::Network(error.to_string()))?;
    match written {
        Ok(true) => {}
        Err(Error::ChecksumMismatch { .. }) => progress.remove_bytes(size),
        Ok(false) | Err(_) => progress.remove_bytes(lost),
    }
    let complete = written?;
    read?;
    Ok(complete)
}

async fn read(source: &Source<'_>, missing: &Missing) -> Result<()> {
    let chunks = missing.chunks();
    if chunks.is_empty() {
        return Ok(());
    }
    source.locate().await?;
    let read = stream::iter(chunks.into_iter().map(Ok))
        .map_ok(|chunk| read_chunk(source, chunk, missing))
        .try_buffer_unordered(CONNECTIONS)
        .try_collect::<()>()
        .await;
    match read {
        Err(Error::RangesUnsupported) => read_from_start(source, missing).await,
        read => read,
    }
}

async fn read_chunk(source: &Source<'_>, chunk: Range<u64>, missing: &Missing) -> Result<()> {
    let (mut offset, mut reader) = (chunk.start, source.read(chunk));
    while let Some(bytes) = reader.next().await? {
        let length = bytes.len() as u64;
        missing.send(offset, bytes).await;
        // Counted only after it is queued: while it waits for that, this future may be dropped.
        source.downloader.progress.add_bytes(length);
        offset += length;
    }
    Ok(())
}

/// From a server without range requests: what is here already is discarded.
async fn read_from_start(source: &Source<'_>, missing: &Missing) -> Result<()> {
    let mut chunks = missing.chunks().into_iter().peekable();
    let mut offset = chunks
        .peek()
        .map_or(source.file.size_bytes, |chunk| chunk.start);
    let mut reader = source.read_skipping(offset..source.file.size_bytes);
    while chunks.peek().is_some()
        && let Some(bytes) = reader.next().await?
    {
        let end = offset + bytes.len() as u64;
        while let Some(chunk) = chunks.peek_mut()
            && chunk.start < end
        {
            let from = chunk.start.max(offset);
            let until = chunk.end.min(end);
            let missing_bytes = bytes.slice((from - offset) as usize..(until - offset) as usize);
            missing.send(from, missing_bytes).await;
            source.downloader.progress.add_bytes(until - from);
            if until < chunk.end {
                chunk.start = until;
                break;
            }
            chunks.next();
        }
        offset = end;
    }
    Ok(())
}

/// Bytes for the writer, and their offset in the file.
struct Write {
    offset: u64,
    bytes: Bytes,
}

/// What has not been fetched yet, and the channel to the writer.
struct Missing {
    writer: mpsc::Sender<Write>,
    /// By its end, what of each chunk has not been sent to the writer.
    remaining: Mutex<BTreeMap<u64, Remaining>>,
}

struct Remaining {
    start: u64,
    /// Bytes of the chunk that were sent.
    sent: u64,
}

impl Missing {
    fn of(partial: &Partial, writer: mpsc::Sender<Write>) -> Self {
        let remaining = (0..partial.count())
            .filter(|chunk| !partial.has(*chunk))
            .map(|chunk| partial.range(chunk))
            .map(|Range { start, end }| (end, Remaining { start, sent: 0 }));
        Self {
            writer,
            remaining: Mutex::new(remaining.collect()),
        }
    }

    /// What is missing of each chunk, in file order.
    fn chunks(&self) -> Vec<Range<u64>> {
        let remaining = self.lock();
        remaining
            .iter()
            .map(|(end, chunk)| chunk.start..*end)
            .collect()
    }

    /// Sends the next bytes of a chunk to the writer.
    async fn send(&self, offset: u64, bytes: Bytes) {
        let until = offset + bytes.len() as u64;
        // It fails only if the writer has ended, and then the writer's error is returned.
        let _sent = self.writer.send(Write { offset, bytes }).await;
        let mut remaining = self.lock();
        if remaining.remove(&until).is_none()
            && let Some((_, chunk)) = remaining.range_mut(until..).next()
        {
            chunk.start = until;
            chunk.sent += until - offset;
        }
    }

    /// Closes the channel. Returns how many of the bytes sent are lost, as their chunk is incomplete.
    fn close(self) -> u64 {
        self.lock().values().map(|chunk| chunk.sent).sum()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Remaining>> {
        self.remaining
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes bytes as they come, hashes them in order, and renames the file into place when it is complete and its hash is right.
/// Returns whether it is complete.
fn run_writer(
    mut partial: Partial,
    mut writes: mpsc::Receiver<Write>,
    file: &RepoFile,
    path: &Path,
    _lock: BlobLock,
) -> Result<bool> {
    let mut hasher = file.digest.hasher(file.size_bytes);
    let mut hashed = 0;
    let mut buffer = vec![0; READ_BACK_BYTES];
    loop {
        // Bytes that came out of order, or in an earlier run.
        while let read @ 1.. = partial.read(hashed, &mut buffer)? {
            hasher.update(&buffer[..read]);
            hashed += read as u64;
        }
        if hashed == file.size_bytes {
            break;
        }
        let Some(Write { offset, bytes }) = writes.blocking_recv() else {
            return Ok(false);
        };
        partial.write(offset, &bytes)?;
        if offset == hashed {
            hasher.update(&bytes);
            hashed += bytes.len() as u64;
        }
    }
    match hasher.finish() {
        Ok(()) => {
            partial.finish(path)?;
            Ok(true)
        }
        Err(source) => {
            // Which chunk is wrong can't be known.
            partial.discard()?;
            Err(Error::ChecksumMismatch {
                path: file.path.to_string(),
                source,
            })
        }
    }
}
