//! Fetches one blob: a small one by one request, a large one in [`chunks`].

use std::{fs, path::Path};

use crate::{
    Error, Result,
    blocking::run_blocking,
    cache::BlobLock,
    chunks,
    download::{DownloadRequest, Downloader},
    files::at,
    partial::{self, CHUNK_BYTES},
    responses::RepoFile,
    source::Source,
};

/// How often a small file is fetched whose hash is wrong.
const MAX_ATTEMPTS: u32 = 3;

/// Fetches `file` to `path`. Returns whether it is complete; if not, the download was told to stop.
///
/// # Errors
/// The Hub's and the disk's, and [`Error::ChecksumMismatch`] where the bytes are not those of the hash.
pub(crate) async fn fetch(
    downloader: &Downloader,
    request: &DownloadRequest,
    file: &RepoFile,
    path: &Path,
    lock: BlobLock,
) -> Result<bool> {
    let source = Source::new(downloader, request, file)?;
    if file.size_bytes > CHUNK_BYTES {
        return chunks::fetch(&source, path, lock).await;
    }
    tokio::select! {
        whole = fetch_whole(&source, path) => whole.map(|()| true),
        () = downloader.stop.cancelled() => Ok(false),
    }
}

async fn fetch_whole(source: &Source<'_>, path: &Path) -> Result<()> {
    let (file, progress) = (source.file, &source.downloader.progress);
    for attempt in 1.. {
        let mut bytes = Vec::with_capacity(file.size_bytes as usize);
        let mut reader = source.read(0..file.size_bytes);
        while let Some(chunk) = reader.next().await? {
            progress.add_bytes(chunk.len() as u64);
            bytes.extend_from_slice(&chunk);
        }
        let (digest, size, path) = (file.digest, file.size_bytes, path.to_owned());
        let written = run_blocking(move || {
            let mut hasher = digest.hasher(size);
            hasher.update(&bytes);
            if let Err(mismatch) = hasher.finish() {
                return Ok(Err(mismatch));
            }
            let new = path.with_extension(partial::FILE_EXTENSION);
            at(&new, fs::write(&new, &bytes))?;
            at(&path, fs::rename(&new, &path))?;
            Ok(Ok(()))
        });
        match written.await? {
            Ok(()) => return Ok(()),
            Err(mismatch) => {
                progress.remove_bytes(size);
                if attempt == MAX_ATTEMPTS {
                    return Err(Error::ChecksumMismatch {
                        path: file.path.to_string(),
                        source: mismatch,
                    });
                }
            }
        }
    }
    Ok(())
}
