//! All bytes of datasets, checkpoints, voices and speech, in a folder or in a bucket. Keys are relative paths such as
//! `voices/{id}/config.json`. A file is seen when it is whole, and never before; the database row comes after the bytes.
//!
//! While everything moves to another folder or bucket, there are two of them: new files go to the first, reads look into the
//! second where the first has none, and folders are deleted from both. See `docs/storage.md`.

mod backend;
mod folder_upload;
mod list;
mod moving;
mod parts;
mod read;
mod upload;

use std::{future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
pub use object_store::Error as StoreError;
use object_store::{ObjectMeta, ObjectStoreExt, PutPayload, signer::Method};
use url::Url;

use self::backend::Backend;
pub use self::{
    folder_upload::FolderUpload,
    list::{Listed, Subfolder},
    moving::{Moved, copy_all},
    upload::{StoredFile, Upload},
};
use crate::{Error, Result, settings};

#[derive(Debug, Clone)]
pub struct Storage {
    backend: Backend,
    signed_url_lifetime: Duration,
    /// Has none of its own.
    second: Option<Arc<Storage>>,
}

impl Storage {
    /// Opens it; makes the folder where it is one. Of a bucket nothing is asked yet.
    ///
    /// # Errors
    /// [`Error::Settings`], and what the folder's disk says.
    pub fn open(settings: &settings::Storage) -> Result<Self> {
        Self::open_with(settings, environment())
    }

    /// As [`Storage::open`]; endpoint, region and credentials of a bucket come from these variables. Those whose names begin with
    /// `ALSO_READ_` are the second one's, and go before.
    ///
    /// # Errors
    /// As [`Storage::open`].
    pub fn open_with(
        settings: &settings::Storage,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self> {
        if settings.url == settings.also_read_url {
            return Err(Error::Settings(
                "storage.also_read_url: expected another place than storage.url".into(),
            ));
        }
        let environment: Vec<_> = environment.into_iter().collect();
        let second = (!settings.also_read_url.is_empty())
            .then(|| Self::open_second(&settings.also_read_url, &environment))
            .transpose()?;
        Ok(Self {
            backend: Backend::open("storage.url", &settings.url, environment)?,
            signed_url_lifetime: Duration::from_secs(60 * u64::from(settings.signed_url_minutes)),
            second: second.map(Arc::new),
        })
    }

    fn open_second(url: &str, environment: &[(String, String)]) -> Result<Self> {
        let own = environment.iter().filter_map(|(name, value)| {
            let name = name.strip_prefix("ALSO_READ_")?;
            Some((name.to_owned(), value.clone()))
        });
        let environment = environment.iter().cloned().chain(own);
        Ok(Self {
            backend: Backend::open("storage.also_read_url", url, environment)?,
            signed_url_lifetime: Duration::ZERO,
            second: None,
        })
    }

    /// What `storage move --to URL` copies: from where, and to where. One of the two is `storage.url`.
    ///
    /// # Errors
    /// As [`Storage::open`]; [`Error::Settings`] where nothing says from where.
    pub fn open_to_move(settings: &settings::Storage, to: &str) -> Result<(Self, Self)> {
        Self::open_to_move_with(settings, to, environment())
    }

    fn open_to_move_with(
        settings: &settings::Storage,
        to: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(Self, Self)> {
        let is_first = settings.url == to;
        if is_first && settings.also_read_url.is_empty() {
            return Err(Error::Settings(
                "storage.url is where everything is to go, so storage.also_read_url must say where it lies".into(),
            ));
        }
        let settings = settings::Storage {
            also_read_url: if is_first {
                &settings.also_read_url
            } else {
                to
            }
            .into(),
            ..settings.clone()
        };
        let mut storage = Self::open_with(&settings, environment)?;
        let second = storage.second.take().map(|second| (*second).clone());
        match second {
            Some(second) if is_first => Ok((second, storage)),
            Some(second) => Ok((storage, second)),
            None => Err(Error::Settings("--to names no place".into())),
        }
    }

    /// Whether there are two, because everything moves.
    pub const fn is_moving(&self) -> bool {
        self.second.is_some()
    }

    /// What `read` finds in the first, or in the second where the first has none.
    async fn find<'a, T, F>(&'a self, read: impl Fn(&'a Self) -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        match (read(self).await, &self.second) {
            (Err(Error::Storage(StoreError::NotFound { .. })), Some(second)) => read(second).await,
            (found, _) => found,
        }
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
            Backend::Bucket { store, .. }
                if !self.signed_url_lifetime.is_zero() && self.second.is_none() =>
            {
                let key = self.backend.key(key)?;
                let signed = store.signed_url(Method::GET, &key, self.signed_url_lifetime);
                Ok(Some(signed.await?))
            }
            _ => Ok(None),
        }
    }

    /// A file's size.
    pub async fn size(&self, key: &str) -> Result<u64> {
        let meta = self.find(|storage| storage.head(key)).await?;
        Ok(meta.size)
    }

    async fn head(&self, key: &str) -> Result<ObjectMeta> {
        Ok(self.backend.store().head(&self.backend.key(key)?).await?)
    }
}

/// The process's variables, without those that are no text.
fn environment() -> impl Iterator<Item = (String, String)> {
    let text = |text: std::ffi::OsString| text.into_string().ok();
    std::env::vars_os().filter_map(move |(name, value)| Some((text(name)?, text(value)?)))
}

#[cfg(test)]
mod tests;
