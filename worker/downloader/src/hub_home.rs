//! The Hub, and its cache on this machine.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::{
    Error, Result,
    db::PgPool,
    ids::UserId,
    model_snapshots::Snapshot,
    models::{ModelAbout, ModelFile},
    preferences::{self, TokenCipher},
    settings::Settings,
};
use hub::{
    Hub, Token,
    cache::{CacheError, CachedFile, HubCache},
    names::{Commit, RepoId, Revision},
    rate_limiter::RateLimiter,
};

/// What installs models, and where they are kept.
pub struct HubHome {
    /// Asks the Hub.
    pub(crate) hub: Hub,
    pub(crate) cache: HubCache,
    /// Its name among those of all machines: host and folder.
    pub(crate) name: String,
    /// How fast all downloads together may be.
    rate_limiter: Arc<RateLimiter>,
    /// And those of one person.
    rate_limiters: Mutex<HashMap<UserId, Arc<RateLimiter>>>,
    cipher: TokenCipher,
    service_token: Option<Token>,
}

impl HubHome {
    /// By these settings.
    ///
    /// # Errors
    /// Where the Hub's client can't be made.
    pub fn open(settings: &Settings) -> Result<Self> {
        hub::install_crypto_provider();
        let about = &settings.hub;
        let cache = about.cache();
        Ok(Self {
            hub: Hub::new(about.config()?).map_err(|error| Error::Settings(error.to_string()))?,
            name: format!("{}:{}", jobs::worker::host(), cache.root().display()),
            cache,
            rate_limiter: Arc::new(RateLimiter::new(about.bytes_per_second)),
            rate_limiters: Mutex::default(),
            cipher: TokenCipher::new(&settings.auth.sealing_secret),
            service_token: about.token(),
        })
    }

    /// The name of this machine's cache among those of all machines, as models have it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The token with which this user's work is done: their own, else the service token.
    pub(crate) async fn token(&self, db: &PgPool, user: UserId) -> Result<Option<Token>> {
        let own = preferences::token(db, &self.cipher, user).await?;
        Ok(own.or_else(|| self.service_token.clone()))
    }

    /// How fast the downloads of this person may be together.
    pub(crate) fn rate_limiter(&self, user: UserId) -> Arc<RateLimiter> {
        let mut rate_limiters = self
            .rate_limiters
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let rate_limiter = rate_limiters
            .entry(user)
            .or_insert_with(|| Arc::new(RateLimiter::within(self.rate_limiter.clone())));
        rate_limiter.clone()
    }

    /// Everything that is in the cache, whichever program installed it.
    pub(crate) fn look(&self) -> std::result::Result<Vec<Snapshot>, CacheError> {
        let mut snapshots = Vec::new();
        for found in self.cache.scan()? {
            for (commit, files) in &found.snapshots {
                let branch = found.refs.iter().find(|(_, named)| *named == commit);
                snapshots.push(self.describe(
                    &found.repo,
                    commit,
                    files,
                    branch.map(|(branch, _)| branch),
                ));
            }
        }
        Ok(snapshots)
    }

    /// One commit, as it lies in the cache.
    pub(crate) fn snapshot(
        &self,
        repo: &RepoId,
        commit: &Commit,
    ) -> std::result::Result<Snapshot, CacheError> {
        let files = self.cache.repo(repo).snapshots()?.remove(commit);
        Ok(self.describe(repo, commit, &files.unwrap_or_default(), None))
    }

    fn describe(
        &self,
        repo: &RepoId,
        commit: &Commit,
        files: &[CachedFile],
        branch: Option<&Revision>,
    ) -> Snapshot {
        let folder = self.cache.repo(repo).snapshot(commit);
        let network = std::fs::read(folder.join("config.json"))
            .ok()
            .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok())
            .and_then(|config| config["model_type"].as_str().map(str::to_owned));
        let files = files.iter().map(|file| ModelFile {
            path: file.path.to_string(),
            size_bytes: file.size,
        });
        Snapshot {
            repo: repo.clone(),
            commit: commit.clone(),
            cache: self.name.clone(),
            folder: folder.display().to_string(),
            about: ModelAbout {
                network,
                branch: branch.map(Revision::to_string),
                files: files.collect(),
                ..ModelAbout::default()
            },
        }
    }
}
