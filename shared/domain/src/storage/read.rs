//! Reading: as a stream, or to a local file. A body that breaks off is continued where it ended.

use std::{convert::Infallible, ops::ControlFlow, ops::Range, path::Path, sync::Arc};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use object_store::{GetOptions, GetRange, ObjectStore, path::Path as Key};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use super::Storage;
use crate::{Error, Result};

impl Storage {
    /// Opens a file, or a range of its bytes: its whole size, and the bytes.
    pub async fn read(
        &self,
        key: &str,
        range: Option<Range<u64>>,
    ) -> Result<(u64, BoxStream<'static, Result<Bytes>>)> {
        self.find(|storage| storage.read_own(key, range.clone()))
            .await
    }

    pub(super) async fn read_own(
        &self,
        key: &str,
        range: Option<Range<u64>>,
    ) -> Result<(u64, BoxStream<'static, Result<Bytes>>)> {
        let key = self.backend.key(key)?;
        let store = self.backend.owned_store();
        let options = GetOptions {
            range: range.map(Into::into),
            ..GetOptions::default()
        };
        let got = store.get_opts(&key, options).await?;
        let size = got.meta.size;
        let reader = Reader {
            store,
            key,
            e_tag: got.meta.e_tag.clone(),
            rest: got.range.clone(),
            made_progress: false,
            body: got.into_stream(),
        };
        let bytes = stream::try_unfold(reader, |mut reader| async move {
            let next = reader.next().await?;
            Ok(next.map(|bytes| (bytes, reader)))
        });
        Ok((size, bytes.boxed()))
    }

    /// Fetches one file to a local path, whose folder is made; returns its SHA-256 in lower-case hexadecimal.
    pub async fn get_file(&self, key: &str, to: &Path) -> Result<String> {
        let unwatched = || ControlFlow::<Infallible>::Continue(());
        match self.get_file_watched(key, to, unwatched).await? {
            ControlFlow::Continue(hash) => Ok(hash),
            ControlFlow::Break(never) => match never {},
        }
    }

    /// As [`Storage::get_file`]; `watch` is called with every chunk, and can end it: what was fetched stays where it is.
    pub async fn get_file_watched<B>(
        &self,
        key: &str,
        to: &Path,
        mut watch: impl FnMut() -> ControlFlow<B>,
    ) -> Result<ControlFlow<B, String>> {
        let mut bytes = self.read(key, None).await?.1;
        if let Some(folder) = to.parent() {
            tokio::fs::create_dir_all(folder)
                .await
                .map_err(|source| Error::file(folder, source))?;
        }
        let mut file = tokio::fs::File::create(to)
            .await
            .map_err(|source| Error::file(to, source))?;
        let mut hash = Sha256::new();
        while let Some(chunk) = bytes.try_next().await? {
            hash.update(&chunk);
            file.write_all(&chunk)
                .await
                .map_err(|source| Error::file(to, source))?;
            if let ControlFlow::Break(end) = watch() {
                return Ok(ControlFlow::Break(end));
            }
        }
        file.flush()
            .await
            .map_err(|source| Error::file(to, source))?;
        Ok(ControlFlow::Continue(hex::encode(hash.finalize())))
    }
}

/// The bytes of one file that are still to come.
struct Reader {
    store: Arc<dyn ObjectStore>,
    key: Key,
    /// Of the file that was opened: another one's bytes must not follow.
    e_tag: Option<String>,
    rest: Range<u64>,
    /// Whether this body has given a byte. One that gives none is not followed by another.
    made_progress: bool,
    body: BoxStream<'static, object_store::Result<Bytes>>,
}

impl Reader {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        loop {
            if self.rest.is_empty() {
                return Ok(None);
            }
            let failed = match self.body.next().await {
                Some(Ok(bytes)) if bytes.is_empty() => continue,
                Some(Ok(bytes)) => {
                    self.rest.start += bytes.len() as u64;
                    self.made_progress = true;
                    return Ok(Some(bytes));
                }
                Some(Err(error)) => error,
                None => object_store::Error::Generic {
                    store: "storage",
                    source: format!(
                        "{}: {} bytes are missing",
                        self.key,
                        self.rest.end - self.rest.start
                    )
                    .into(),
                },
            };
            if !self.made_progress {
                return Err(failed.into());
            }
            tracing::warn!(
                "{}: goes on from byte {}: {failed}",
                self.key,
                self.rest.start
            );
            let options = GetOptions {
                range: Some(GetRange::Bounded(self.rest.clone())),
                ..GetOptions::default()
            };
            let continued = self.store.get_opts(&self.key, options).await?;
            if continued.meta.e_tag != self.e_tag || continued.range != self.rest {
                return Err(changed(&self.key));
            }
            self.body = continued.into_stream();
            self.made_progress = false;
        }
    }
}

fn changed(key: &Key) -> Error {
    let source = "it was replaced while it was read";
    Error::Storage(object_store::Error::Precondition {
        path: key.to_string(),
        source: source.into(),
    })
}
