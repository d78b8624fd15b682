//! Storing one file whose size isn't known yet.

use object_store::{ObjectStore, WriteMultipart};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Storage, backend::Backend, parts::Parts};
use crate::Result;

/// Parts that may be in flight to a folder's disk.
const MAX_PARTS_IN_FLIGHT: usize = 4;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StoredFile {
    /// Path below the folder it belongs to.
    pub path: String,
    pub size_bytes: u64,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}

/// A file being written, of which nothing is seen until [`Upload::finish`].
pub struct Upload {
    writer: Writer,
    hash: Sha256,
    size_bytes: u64,
}

enum Writer {
    Folder(Option<WriteMultipart>),
    Bucket(Parts),
}

impl Storage {
    /// Starts a file whose size isn't known yet.
    pub async fn upload(&self, key: &str) -> Result<Upload> {
        let key = self.backend.key(key)?;
        let writer = match &self.backend {
            Backend::Folder { store, .. } => {
                let parts = store.put_multipart_opts(&key, Default::default()).await?;
                Writer::Folder(Some(WriteMultipart::new(parts)))
            }
            Backend::Bucket { store, .. } => Writer::Bucket(Parts::new(store.clone(), key)),
        };
        Ok(Upload {
            writer,
            hash: Sha256::new(),
            size_bytes: 0,
        })
    }
}

impl Upload {
    /// Appends bytes; waits while too many parts are in flight. Those of a bucket are taken also where sending them fails: the
    /// next call tries again, and the file goes on.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.hash.update(bytes);
        self.size_bytes += bytes.len() as u64;
        match &mut self.writer {
            Writer::Folder(writer) => {
                if let Some(writer) = writer {
                    writer.wait_for_capacity(MAX_PARTS_IN_FLIGHT).await?;
                    writer.write(bytes);
                }
                Ok(())
            }
            Writer::Bucket(parts) => parts.write(bytes).await,
        }
    }

    /// Bytes so far.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Makes the file appear; `path` becomes [`StoredFile::path`]. In a bucket it can be called again where it fails.
    pub async fn finish(&mut self, path: String) -> Result<StoredFile> {
        match &mut self.writer {
            Writer::Folder(writer) => {
                if let Some(writer) = writer.take() {
                    writer.finish().await?;
                }
            }
            Writer::Bucket(parts) => parts.finish().await?,
        }
        Ok(StoredFile {
            path,
            size_bytes: self.size_bytes,
            sha256: hex::encode(self.hash.clone().finalize()),
        })
    }

    /// Discards what was written.
    pub async fn abort(self) -> Result<()> {
        match self.writer {
            Writer::Folder(None) => Ok(()),
            Writer::Folder(Some(writer)) => Ok(writer.abort().await?),
            Writer::Bucket(parts) => parts.abort().await,
        }
    }
}
