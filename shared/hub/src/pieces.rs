//! Fetches a large blob in pieces, over several connections. Bytes go to their places on the disk as they come, and one
//! thread hashes behind them, so that little is held in memory however large the file is.

use std::{
    collections::BTreeMap,
    ops::Range,
    path::Path,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use futures::{TryStreamExt, stream};
use tokio::sync::mpsc;

use crate::{
    Error, Result, answers::RepoFile, background::in_background, cache::BlobLock, partial::Partial,
    source::Source,
};

/// Connections for one large file.
const CONNECTIONS: usize = 4;
/// Chunks, of up to some hundred kilobytes, that wait for the disk.
const CHUNKS_WAITING: usize = 8;
/// What came before its turn is read again from the disk, so much at a time, to be hashed.
const READ_BACK_BYTES: usize = 256 << 10;

/// Fetches the source's file to `path`. Answers whether it is there; where not, the download was told to stop.
///
/// # Errors
/// The Hub's and the disk's, and [`Error::Damaged`] where the bytes are not those of the hash.
pub(crate) async fn fetch(source: &Source<'_>, path: &Path, lock: BlobLock) -> Result<bool> {
    let progress = &source.downloader.progress;
    let (digest, size, blob) = (source.file.digest, source.file.size_bytes, path.to_owned());
    let partial = in_background(move || Ok(Partial::open(&blob, digest, size)?)).await?;
    progress.add_bytes(partial.bytes());
    let (sender, chunks) = mpsc::channel(CHUNKS_WAITING);
    let missing = Missing::of(&partial, sender);
    let writer = {
        let (file, blob) = (source.file.clone(), path.to_owned());
        // The lock is given back when the last byte is written, also where nobody waits for that any more.
        tokio::task::spawn_blocking(move || write_chunks(partial, chunks, &file, &blob, lock))
    };
    let read = tokio::select! {
        read = read(source, &missing) => read,
        // It has given up, and says why below.
        () = missing.writer.closed() => Ok(()),
        () = source.downloader.stop.cancelled() => Ok(()),
    };
    let lost = missing.close();
    // What the writer says comes first: where it has ended early, nobody took the bytes.
    let kept = writer
        .await
        .map_err(|error| Error::Network(error.to_string()))?;
    match kept {
        Ok(true) => {}
        Err(Error::Damaged { .. }) => progress.remove_bytes(size),
        Ok(false) | Err(_) => progress.remove_bytes(lost),
    }
    let complete = kept?;
    read?;
    Ok(complete)
}

async fn read(source: &Source<'_>, missing: &Missing) -> Result<()> {
    let pieces = missing.pieces();
    if pieces.is_empty() {
        return Ok(());
    }
    source.locate().await?;
    let read = stream::iter(pieces.into_iter().map(Ok))
        .map_ok(|piece| read_piece(source, piece, missing))
        .try_buffer_unordered(CONNECTIONS)
        .try_collect::<()>()
        .await;
    match read {
        Err(Error::NoRanges) => read_from_the_start(source, missing).await,
        read => read,
    }
}

async fn read_piece(source: &Source<'_>, piece: Range<u64>, missing: &Missing) -> Result<()> {
    let (mut at, mut reading) = (piece.start, source.read(piece));
    while let Some(bytes) = reading.next().await? {
        let length = bytes.len() as u64;
        missing.send(at, bytes).await;
        // Not before: what is dropped while it waits has not come.
        source.downloader.progress.add_bytes(length);
        at += length;
    }
    Ok(())
}

/// From a server that can only tell a file from its beginning: what is not missing is thrown away.
async fn read_from_the_start(source: &Source<'_>, missing: &Missing) -> Result<()> {
    let mut pieces = missing.pieces().into_iter().peekable();
    let mut at = pieces
        .peek()
        .map_or(source.file.size_bytes, |piece| piece.start);
    let mut reading = source.read_skipping(at..source.file.size_bytes);
    while pieces.peek().is_some()
        && let Some(bytes) = reading.next().await?
    {
        let end = at + bytes.len() as u64;
        while let Some(piece) = pieces.peek_mut()
            && piece.start < end
        {
            let from = piece.start.max(at);
            let until = piece.end.min(end);
            let wanted = bytes.slice((from - at) as usize..(until - at) as usize);
            missing.send(from, wanted).await;
            source.downloader.progress.add_bytes(until - from);
            if until < piece.end {
                piece.start = until;
                break;
            }
            pieces.next();
        }
        at = end;
    }
    Ok(())
}

/// Bytes that came, and their place in the file.
struct Chunk {
    at: u64,
    bytes: Bytes,
}

/// What has not come yet, and the way to the writer.
struct Missing {
    writer: mpsc::Sender<Chunk>,
    /// Of each piece, by its end, what has not been sent.
    rest: Mutex<BTreeMap<u64, Rest>>,
}

struct Rest {
    start: u64,
    /// Sent since the piece was begun.
    sent: u64,
}

impl Missing {
    fn of(partial: &Partial, writer: mpsc::Sender<Chunk>) -> Self {
        let rest = (0..partial.count())
            .filter(|piece| !partial.has(*piece))
            .map(|piece| partial.range(piece))
            .map(|Range { start, end }| (end, Rest { start, sent: 0 }));
        Self {
            writer,
            rest: Mutex::new(rest.collect()),
        }
    }

    /// What is missing of each piece, in their order.
    fn pieces(&self) -> Vec<Range<u64>> {
        let rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        rest.iter().map(|(end, rest)| rest.start..*end).collect()
    }

    /// Gives the writer the next bytes of a piece.
    async fn send(&self, at: u64, bytes: Bytes) {
        let until = at + bytes.len() as u64;
        // Where nobody takes them, the writer says why.
        let _taken = self.writer.send(Chunk { at, bytes }).await;
        let mut rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        if rest.remove(&until).is_none()
            && let Some((_, rest)) = rest.range_mut(until..).next()
        {
            rest.start = until;
            rest.sent += until - at;
        }
    }

    /// Nothing more comes. Answers how many bytes were sent in vain, for their piece is not whole.
    fn close(self) -> u64 {
        let rest = self
            .rest
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        rest.values().map(|rest| rest.sent).sum()
    }
}

/// Writes bytes as they come and hashes them in their order; gives the file its name when all are here and right.
/// Answers whether that is so.
fn write_chunks(
    mut partial: Partial,
    mut chunks: mpsc::Receiver<Chunk>,
    file: &RepoFile,
    path: &Path,
    _lock: BlobLock,
) -> Result<bool> {
    let mut hasher = file.digest.hasher(file.size_bytes);
    let mut hashed = 0;
    let mut buffer = vec![0; READ_BACK_BYTES];
    loop {
        // What came before its turn, or before this run.
        while let read @ 1.. = partial.read(hashed, &mut buffer)? {
            hasher.update(&buffer[..read]);
            hashed += read as u64;
        }
        if hashed == file.size_bytes {
            break;
        }
        let Some(Chunk { at, bytes }) = chunks.blocking_recv() else {
            return Ok(false);
        };
        partial.put(at, &bytes)?;
        if at == hashed {
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
            // Which piece is wrong can't be known.
            partial.discard()?;
            Err(Error::Damaged {
                path: file.path.to_string(),
                source,
            })
        }
    }
}
