//! Fetches one blob: a small one at once, a large one in pieces over several connections, hashed as it comes. A connection
//! that breaks goes on at the byte where it broke.

use std::{collections::HashMap, fs, ops::Range, path::Path, sync::Arc, time::Duration};

use futures::{TryStreamExt, stream};
use tokio::{
    sync::{Mutex, mpsc},
    time::sleep,
};

use crate::{
    Error, Result,
    answers::RepoFile,
    cache::{BlobLock, at},
    download::{Downloader, Order, in_background},
    partial::{PIECE_BYTES, Partial},
    resolve::Located,
};

/// Connections for one large file.
const CONNECTIONS: usize = 4;
/// Pieces that came before their turn to be hashed and wait for it in memory; more are read again from the disk.
const PIECES_HELD: usize = 2;
/// Breaks in a row, without a byte in between, after which a download is given up for now.
const MOST_STRIKES: u32 = 5;
/// Pause after the first of them; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// Whoever is asked to wait longer than this gives its place to another download.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Times that a small file may come damaged.
const MOST_DAMAGES: u32 = 3;

/// Fetches `file` to `path`. Answers whether it is there; where not, the download was told to stop.
///
/// # Errors
/// The Hub's and the disk's, and [`Error::Damaged`] where the bytes are not those of the hash.
pub(crate) async fn fetch(
    downloader: &Downloader,
    order: &Order,
    file: &RepoFile,
    path: &Path,
    lock: BlobLock,
) -> Result<bool> {
    let source = Source::new(downloader, order, file)?;
    if file.size_bytes > PIECE_BYTES {
        return fetch_pieces(&source, path, lock).await;
    }
    tokio::select! {
        whole = fetch_whole(&source, path) => whole.map(|()| true),
        () = downloader.stop.cancelled() => Ok(false),
    }
}

/// Where the bytes come from.
struct Source<'a> {
    downloader: &'a Downloader,
    order: &'a Order,
    file: &'a RepoFile,
    located: Mutex<Arc<Located>>,
}

impl<'a> Source<'a> {
    fn new(downloader: &'a Downloader, order: &'a Order, file: &'a RepoFile) -> Result<Self> {
        // The Hub leads from there to where the bytes are; a small file needs to know no more.
        let located = Mutex::new(Arc::new(downloader.hub.unlocated(
            &order.repo,
            &order.commit,
            file,
        )?));
        Ok(Self {
            downloader,
            order,
            file,
            located,
        })
    }

    /// Asks for the address of the bytes, which spares every piece the way over the endpoint.
    async fn locate(&self) -> Result<()> {
        let Downloader { hub, token, .. } = self.downloader;
        let located = hub
            .locate(
                &self.order.repo,
                &self.order.commit,
                self.file,
                token.as_ref(),
            )
            .await?;
        *self.located.lock().await = Arc::new(located);
        Ok(())
    }

    /// The same, where nobody else has done so since `old` was of use.
    async fn renew(&self, old: &Arc<Located>) -> Result<()> {
        if Arc::ptr_eq(&*self.located.lock().await, old) {
            self.locate().await
        } else {
            Ok(())
        }
    }

    /// Reads all bytes of `range`, over as many connections as it takes.
    async fn read(&self, range: Range<u64>) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity((range.end - range.start) as usize);
        let mut strikes = Strikes::default();
        loop {
            let before = bytes.len();
            let located = self.located.lock().await.clone();
            let error = match self.read_on(&located, &range, &mut bytes).await {
                Ok(()) => return Ok(bytes),
                Err(error) => error,
            };
            let renewed = match strikes.pause(error, bytes.len() > before) {
                Ok((error, pause)) => {
                    sleep(pause).await;
                    if matches!(error, Error::Expired) {
                        self.renew(&located).await
                    } else {
                        Ok(())
                    }
                }
                Err(error) => Err(error),
            };
            if let Err(error) = renewed {
                self.downloader.meter.remove_bytes(bytes.len() as u64);
                return Err(error);
            }
        }
    }

    /// Reads on where `bytes` ends, over one connection.
    async fn read_on(
        &self,
        located: &Located,
        range: &Range<u64>,
        bytes: &mut Vec<u8>,
    ) -> Result<()> {
        let Downloader {
            hub,
            token,
            meter,
            pace,
            ..
        } = self.downloader;
        let from = range.start + bytes.len() as u64;
        let mut opened = hub.open(located, from..range.end, token.as_ref()).await?;
        if opened.from != from {
            if range.start > 0 {
                return Err(Error::NoRanges);
            }
            meter.remove_bytes(bytes.len() as u64);
            bytes.clear();
        }
        while let Some(chunk) = opened.next().await? {
            let missing = (range.end - range.start) as usize - bytes.len();
            let wanted = chunk.get(..missing.min(chunk.len())).unwrap_or_default();
            pace.take(wanted.len()).await;
            bytes.extend_from_slice(wanted);
            meter.add_bytes(wanted.len() as u64);
            if wanted.len() == missing {
                return Ok(());
            }
        }
        if bytes.len() as u64 == range.end - range.start {
            Ok(())
        } else {
            Err(Error::Network("it ended early".into()))
        }
    }
}

/// Counts what went wrong in a row.
#[derive(Default)]
struct Strikes(u32);

impl Strikes {
    /// How long to wait before the next attempt. The error back, where there shall be none.
    fn pause(&mut self, error: Error, got_further: bool) -> Result<(Error, Duration)> {
        if got_further {
            self.0 = 0;
        }
        self.0 += 1;
        let pause = error
            .wait()
            .unwrap_or(FIRST_PAUSE * 2_u32.pow(self.0.min(8)) / 2);
        if error.is_transient() && self.0 <= MOST_STRIKES && pause <= LONGEST_PAUSE {
            Ok((error, pause))
        } else {
            Err(error)
        }
    }
}

async fn fetch_whole(source: &Source<'_>, path: &Path) -> Result<()> {
    let file = source.file;
    for damages in 1.. {
        let bytes = source.read(0..file.size_bytes).await?;
        let (digest, size, path) = (file.digest, file.size_bytes, path.to_owned());
        let kept = in_background(move || {
            let mut hasher = digest.hasher(size);
            hasher.update(&bytes);
            if let Err(wrong) = hasher.finish() {
                return Ok(Err(wrong));
            }
            let new = path.with_extension("avagar.incomplete");
            at(&new, fs::write(&new, &bytes))?;
            at(&path, fs::rename(&new, &path))?;
            Ok(Ok(()))
        });
        match kept.await? {
            Ok(()) => return Ok(()),
            Err(wrong) => {
                source.downloader.meter.remove_bytes(size);
                if damages == MOST_DAMAGES {
                    return Err(Error::Damaged {
                        path: file.path.to_string(),
                        source: wrong,
                    });
                }
            }
        }
    }
    Ok(())
}

async fn fetch_pieces(source: &Source<'_>, path: &Path, lock: BlobLock) -> Result<bool> {
    let (digest, size, blob) = (source.file.digest, source.file.size_bytes, path.to_owned());
    let partial = in_background(move || Ok(Partial::open(&blob, digest, size)?)).await?;
    source.downloader.meter.add_bytes(partial.bytes());
    let missing: Vec<(usize, Range<u64>)> = (0..partial.count())
        .filter(|piece| !partial.has(*piece))
        .map(|piece| (piece, partial.range(piece)))
        .collect();

    let (sender, pieces) = mpsc::channel(1);
    let keeper = {
        let (file, blob) = (source.file.clone(), path.to_owned());
        // The lock is given back when the last piece is written, also where nobody waits for that any more.
        tokio::task::spawn_blocking(move || keep(partial, pieces, &file, &blob, lock))
    };
    let read = tokio::select! {
        read = read_pieces(source, missing, &sender) => read,
        () = source.downloader.stop.cancelled() => Ok(()),
    };
    drop(sender);
    // What the keeper says comes first: where it has ended early, nobody took the pieces.
    let kept = keeper
        .await
        .map_err(|error| Error::Network(error.to_string()))?;
    if matches!(kept, Err(Error::Damaged { .. })) {
        source.downloader.meter.remove_bytes(size);
    }
    let complete = kept?;
    read?;
    Ok(complete)
}

type Piece = (usize, Vec<u8>);

async fn read_pieces(
    source: &Source<'_>,
    missing: Vec<(usize, Range<u64>)>,
    keeper: &mpsc::Sender<Piece>,
) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    source.locate().await?;
    let whole = missing.clone();
    let read = stream::iter(missing.into_iter().map(Ok::<_, Error>))
        .map_ok(|(piece, range)| read_piece(source, piece, range, keeper))
        .try_buffer_unordered(CONNECTIONS)
        .try_collect::<()>()
        .await;
    match read {
        Err(Error::NoRanges) => read_from_the_start(source, whole, keeper).await,
        read => read,
    }
}

async fn read_piece(
    source: &Source<'_>,
    piece: usize,
    range: Range<u64>,
    keeper: &mpsc::Sender<Piece>,
) -> Result<()> {
    let bytes = source.read(range).await?;
    // Where nobody takes it, the keeper says why.
    let _taken = keeper.send((piece, bytes)).await;
    Ok(())
}

/// From a server that can only tell a file from its beginning: what is not missing is thrown away.
async fn read_from_the_start(
    source: &Source<'_>,
    missing: Vec<(usize, Range<u64>)>,
    keeper: &mpsc::Sender<Piece>,
) -> Result<()> {
    let Downloader {
        hub,
        token,
        meter,
        pace,
        ..
    } = source.downloader;
    let mut missing = missing.into_iter().peekable();
    let mut strikes = Strikes::default();
    while missing.peek().is_some() {
        let mut got_further = false;
        let located = source.located.lock().await.clone();
        let told = async {
            let mut opened = hub
                .open(&located, 0..source.file.size_bytes, token.as_ref())
                .await?;
            let (mut place, mut bytes) = (0, Vec::new());
            while let Some(chunk) = opened.next().await? {
                pace.take(chunk.len()).await;
                let mut chunk = &chunk[..];
                while let Some((piece, range)) = missing.peek().filter(|_| !chunk.is_empty()) {
                    let skipped = range.start.saturating_sub(place).min(chunk.len() as u64);
                    let wanted =
                        (range.end - place.max(range.start)).min(chunk.len() as u64 - skipped);
                    bytes.extend_from_slice(&chunk[skipped as usize..(skipped + wanted) as usize]);
                    chunk = &chunk[(skipped + wanted) as usize..];
                    place += skipped + wanted;
                    if place == range.end {
                        meter.add_bytes(bytes.len() as u64);
                        let _taken = keeper.send((*piece, std::mem::take(&mut bytes))).await;
                        missing.next();
                        got_further = true;
                    }
                }
                place += chunk.len() as u64;
            }
            Err::<(), Error>(Error::Network("it ended early".into()))
        };
        let Err(error) = told.await else { continue };
        if missing.peek().is_none() {
            break;
        }
        let (error, pause) = strikes.pause(error, got_further)?;
        sleep(pause).await;
        if matches!(error, Error::Expired) {
            source.renew(&located).await?;
        }
    }
    Ok(())
}

/// Writes pieces as they come and hashes them in their order; gives the file its name when all are here and right.
/// Answers whether that is so.
fn keep(
    mut partial: Partial,
    mut pieces: mpsc::Receiver<Piece>,
    file: &RepoFile,
    path: &Path,
    _lock: BlobLock,
) -> Result<bool> {
    let mut hasher = file.digest.hasher(file.size_bytes);
    let mut hashed = 0;
    let mut held: HashMap<usize, Vec<u8>> = HashMap::new();
    loop {
        while hashed < partial.count() && partial.has(hashed) {
            match held.remove(&hashed) {
                Some(bytes) => hasher.update(&bytes),
                None => hasher.update(&partial.get(hashed)?),
            }
            hashed += 1;
        }
        if hashed == partial.count() {
            break;
        }
        let Some((piece, bytes)) = pieces.blocking_recv() else {
            return Ok(false);
        };
        partial.put(piece, &bytes)?;
        if piece == hashed || held.len() < PIECES_HELD {
            held.insert(piece, bytes);
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
