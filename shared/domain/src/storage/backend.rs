//! What the bytes lie in: a folder of this machine, or a bucket of a cloud.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use object_store::{
    BackoffConfig, ClientConfigKey, ObjectStore, ObjectStoreScheme, RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    azure::{AzureConfigKey, MicrosoftAzureBuilder},
    gcp::{GoogleCloudStorageBuilder, GoogleConfigKey},
    local::LocalFileSystem,
    multipart::MultipartStore,
    path::Path as Key,
    signer::Signer,
};
use url::Url;

use crate::{Error, Result};

/// Longest silence of a store, and longest time for a part to arrive there.
const READ_TIMEOUT: &str = "60 s";
/// Of a whole request. A download may take days; the silence within it is what is limited.
const REQUEST_TIMEOUT: &str = "7 days";
/// How long one request is repeated while the store refuses it or is away.
const RETRY_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_RETRIES: usize = 10;

/// What a bucket can do, whoever's it is.
pub(super) trait Bucket: ObjectStore + MultipartStore + Signer {}

impl<T: ObjectStore + MultipartStore + Signer> Bucket for T {}

#[derive(Debug, Clone)]
pub(super) enum Backend {
    Folder {
        store: Arc<LocalFileSystem>,
        path: PathBuf,
    },
    Bucket {
        store: Arc<dyn Bucket>,
        /// Before every key.
        prefix: Key,
    },
}

impl Backend {
    /// Opens `file:` and a folder, which is made, or a bucket by its URL. Endpoint, region and credentials of a bucket come from
    /// `environment`, by the names that the cloud's own clients know. `setting` is where the URL stands.
    ///
    /// # Errors
    /// [`Error::Settings`] where the URL or the environment is not enough, and where the folder can't be made.
    pub(super) fn open(
        setting: &str,
        url: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self> {
        match url.strip_prefix("file:") {
            Some(path) => Self::open_folder(Path::new(path.strip_prefix("//").unwrap_or(path))),
            None => Self::open_bucket(setting, url, environment),
        }
    }

    fn open_folder(path: &Path) -> Result<Self> {
        std::fs::create_dir_all(path).map_err(|source| Error::file(path, source))?;
        let store = LocalFileSystem::new_with_prefix(path)?
            .with_fsync(true)
            .with_automatic_cleanup(true);
        Ok(Self::Folder {
            store: Arc::new(store),
            path: path.to_owned(),
        })
    }

    fn open_bucket(
        setting: &str,
        url: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self> {
        let refused = |reason: &str| refused(setting, url, reason);
        let parsed = Url::parse(url).map_err(|error| refused(&error.to_string()))?;
        let (scheme, prefix) =
            ObjectStoreScheme::parse(&parsed).map_err(|error| refused(&error.to_string()))?;
        hub::client::install_crypto_provider();
        // The builders are alike, and have no trait in common.
        macro_rules! bucket {
            ($builder:ident, $key:ident, $variables:literal) => {{
                let builder = $builder::new().with_url(url).with_retry(retry());
                let options = options(environment, $variables, $key::Client);
                let configured = options.fold(builder, |builder, (key, value)| {
                    builder.with_config(key, value)
                });
                Arc::new(configured.build()?)
            }};
        }
        let store: Arc<dyn Bucket> = match scheme {
            ObjectStoreScheme::AmazonS3 => bucket!(AmazonS3Builder, AmazonS3ConfigKey, "AWS_"),
            ObjectStoreScheme::GoogleCloudStorage => {
                bucket!(GoogleCloudStorageBuilder, GoogleConfigKey, "GOOGLE_")
            }
            ObjectStoreScheme::MicrosoftAzure => {
                bucket!(MicrosoftAzureBuilder, AzureConfigKey, "AZURE_")
            }
            _ => return Err(refused("it is none of these")),
        };
        Ok(Self::Bucket { store, prefix })
    }

    pub(super) fn store(&self) -> &dyn ObjectStore {
        match self {
            Self::Folder { store, .. } => store.as_ref(),
            Self::Bucket { store, .. } => store.as_ref(),
        }
    }

    pub(super) fn owned_store(&self) -> Arc<dyn ObjectStore> {
        match self {
            Self::Folder { store, .. } => store.clone(),
            Self::Bucket { store, .. } => store.clone(),
        }
    }

    /// Where the store has what we call `path`.
    pub(super) fn key(&self, path: &str) -> Result<Key> {
        let key = Key::parse(path).map_err(object_store::Error::from)?;
        Ok(match self {
            Self::Folder { .. } => key,
            Self::Bucket { prefix, .. } => prefix.parts().chain(key.parts()).collect(),
        })
    }
}

fn refused(setting: &str, url: &str, reason: &str) -> Error {
    let scheme = url.split(':').next().unwrap_or_default();
    Error::Settings(format!(
        "{setting}: expected file:folder, s3://bucket/prefix, gs://bucket/prefix or az://container/prefix, got {scheme}:… ({reason})"
    ))
}

/// The options of a client: our timeouts, and what the environment has with this prefix.
fn options<K: FromStr>(
    environment: impl IntoIterator<Item = (String, String)>,
    prefix: &'static str,
    client: fn(ClientConfigKey) -> K,
) -> impl Iterator<Item = (K, String)> {
    let timeouts = [
        (client(ClientConfigKey::ReadTimeout), READ_TIMEOUT.into()),
        (client(ClientConfigKey::Timeout), REQUEST_TIMEOUT.into()),
    ];
    let environment = environment.into_iter().filter_map(move |(name, value)| {
        name.strip_prefix(prefix)?;
        Some((name.to_ascii_lowercase().parse().ok()?, value))
    });
    timeouts.into_iter().chain(environment)
}

fn retry() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(50),
            max_backoff: Duration::from_secs(2),
            base: 2.0,
        },
        max_retries: MAX_RETRIES,
        retry_timeout: RETRY_TIMEOUT,
    }
}
