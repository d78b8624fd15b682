//! All bytes of datasets, checkpoints, voices and speech, in a folder or in a bucket. Keys are relative paths such as
//! `voices/{id}/config.json`. A file is seen when it is whole, and never before; the database row comes after the bytes.

mod backend;
mod folder_upload;
mod list;
mod parts;
mod read;
mod upload;

use std::time::Duration;

use bytes::Bytes;
pub use object_store::Error as StoreError;
use object_store::{ObjectStoreExt, PutPayload, signer::Method};
use url::Url;

use self::backend::Backend;
pub use self::{
    folder_upload::FolderUpload,
    list::{Listed, Subfolder},
    upload::{StoredFile, Upload},
};
use crate::{Result, settings};

#[derive(Debug, Clone)]
pub struct Storage {
    backend: Backend,
    signed_url_lifetime: Duration,
}

impl Storage {
    /// Opens it; makes the folder where it is one. Of a bucket nothing is asked yet.
    ///
    /// # Errors
    /// [`crate::Error::Settings`], and what the folder's disk says.
    pub fn open(settings: &settings::Storage) -> Result<Self> {
        let text = |text: std::ffi::OsString| text.into_string().ok();
        let variables = std::env::vars_os();
        let variables = variables.filter_map(|(name, value)| Some((text(name)?, text(value)?)));
        Self::open_with(settings, variables)
    }

    /// As [`Storage::open`]; endpoint, region and credentials of a bucket come from these variables.
    ///
    /// # Errors
    /// As [`Storage::open`].
    pub fn open_with(
        settings: &settings::Storage,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self> {
        Ok(Self {
            backend: Backend::open(&settings.url, environment)?,
            signed_url_lifetime: Duration::from_secs(60 * u64::from(settings.signed_url_minutes)),
        })
    }

    /// Whether it is a folder of this machine.
    const fn is_folder(&self) -> bool {
        matches!(self.backend, Backend::Folder { .. })
    }

    /// Stores bytes.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<()> {
        let key = self.backend.key(key)?;
        self.backend
            .store()
            .put(&key, PutPayload::from_bytes(bytes))
            .await?;
        Ok(())
    }

    /// A URL by which whoever has it fetches the file from the bucket; `None` where files are to go through us.
    pub async fn signed_url(&self, key: &str) -> Result<Option<Url>> {
        match &self.backend {
            Backend::Bucket { store, .. } if !self.signed_url_lifetime.is_zero() => {
                let key = self.backend.key(key)?;
                let signed = store.signed_url(Method::GET, &key, self.signed_url_lifetime);
                Ok(Some(signed.await?))
            }
            _ => Ok(None),
        }
    }

    /// A file's size.
    pub async fn size(&self, key: &str) -> Result<u64> {
        Ok(self
            .backend
            .store()
            .head(&self.backend.key(key)?)
            .await?
            .size)
    }
}

#[cfg(test)]
mod tests;
