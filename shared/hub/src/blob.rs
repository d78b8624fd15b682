//! Fetches one blob: a small one at once, a large one in [`pieces`].

use std::{fs, path::Path};

use crate::{
    Error, Result,
    answers::RepoFile,
    background::in_background,
    cache::BlobLock,
    download::{Downloader, Order},
    files::at,
    partial::{self, PIECE_BYTES},
    pieces,
    source::Source,
};

/// Times that a small file may come damaged.
const MAX_DAMAGES: u32 = 3;

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
        return pieces::fetch(&source, path, lock).await;
    }
    tokio::select! {
        whole = fetch_whole(&source, path) => whole.map(|()| true),
        () = downloader.stop.cancelled() => Ok(false),
    }
}

async fn fetch_whole(source: &Source<'_>, path: &Path) -> Result<()> {
    let (file, progress) = (source.file, &source.downloader.progress);
    for damages in 1.. {
        let mut bytes = Vec::with_capacity(file.size_bytes as usize);
        let mut reading = source.read(0..file.size_bytes);
        while let Some(chunk) = reading.next().await? {
            progress.add_bytes(chunk.len() as u64);
            bytes.extend_from_slice(&chunk);
        }
        let (digest, size, path) = (file.digest, file.size_bytes, path.to_owned());
        let kept = in_background(move || {
            let mut hasher = digest.hasher(size);
            hasher.update(&bytes);
            if let Err(wrong) = hasher.finish() {
                return Ok(Err(wrong));
            }
            let new = path.with_extension(partial::FILE_EXTENSION);
            at(&new, fs::write(&new, &bytes))?;
            at(&path, fs::rename(&new, &path))?;
            Ok(Ok(()))
        });
        match kept.await? {
            Ok(()) => return Ok(()),
            Err(wrong) => {
                progress.remove_bytes(size);
                if damages == MAX_DAMAGES {
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
