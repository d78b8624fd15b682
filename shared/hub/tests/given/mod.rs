//! A hub with one model, and a client of it with an empty cache.

#![allow(dead_code, reason = "not every test program uses all of it")]

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use hub::{
    Config, Error, Hub, Token,
    cache::HubCache,
    download::{DownloadRequest, Downloader, Finished},
    names::{RepoId, Revision},
    progress::Progress,
    rate_limiter::RateLimiter,
    responses::ModelInfo,
};
use tempfile::TempDir;
use test_hub::{Place, Repository, TestHub, noise};
use tokio_util::sync::CancellationToken;

pub(crate) const REPO: &str = "facebook/mms-tts-fas";
/// Three chunks and a bit.
pub(crate) const LARGE: usize = 25 << 20;
pub(crate) const CHUNKS: u64 = 4;

/// A hub with one model, and an empty cache.
pub(crate) struct Given {
    pub(crate) server: TestHub,
    pub(crate) hub: Hub,
    pub(crate) cache: HubCache,
    pub(crate) token: Option<Token>,
    pub(crate) stop: CancellationToken,
    pub(crate) large: Bytes,
    pub(crate) folder: TempDir,
}

pub(crate) fn given() -> Given {
    hub::install_crypto_provider();
    let server = TestHub::start();
    let large = noise(1, LARGE);
    server.put(Repository::new(REPO).commit(&[
        (
            "config.json",
            Bytes::from_static(br#"{"model_type": "vits"}"#),
        ),
        ("model.safetensors", large.clone()),
        ("tokenizer/vocab.json", Bytes::from_static(b"{}")),
        ("empty.txt", Bytes::new()),
    ]));
    let folder = tempfile::tempdir().unwrap();
    Given {
        hub: client(&server.url),
        cache: HubCache::at(folder.path().join("hub")),
        server,
        token: None,
        stop: CancellationToken::new(),
        large,
        folder,
    }
}

fn client(endpoint: &str) -> Hub {
    Hub::new(Config {
        endpoint: endpoint.parse().unwrap(),
        offline: false,
        response_timeout: Duration::from_secs(2),
        read_timeout: Duration::from_secs(2),
    })
    .unwrap()
}

impl Given {
    pub(crate) async fn info(&self) -> Result<ModelInfo, Error> {
        let repo: RepoId = REPO.parse().unwrap();
        self.hub
            .model_now(&repo, &Revision::main(), self.token.as_ref())
            .await
    }

    pub(crate) async fn request(&self) -> DownloadRequest {
        let info = self.info().await.unwrap();
        DownloadRequest {
            repo: REPO.parse().unwrap(),
            revision: Revision::main(),
            commit: info.commit,
            files: info.files,
        }
    }

    pub(crate) fn downloader(&self) -> Downloader {
        Downloader {
            hub: self.hub.clone(),
            cache: self.cache.repo(&REPO.parse().unwrap()),
            token: self.token.clone(),
            progress: Arc::new(Progress::default()),
            rate_limiter: Arc::new(RateLimiter::new(0)),
            stop: self.stop.clone(),
        }
    }

    pub(crate) async fn fetch(&self) -> Result<Finished, Error> {
        self.downloader().fetch(&self.request().await).await
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        let repo: RepoId = REPO.parse().unwrap();
        let (commit, _) = self
            .cache
            .repo(&repo)
            .snapshots()
            .unwrap()
            .pop_first()
            .unwrap();
        self.cache.repo(&repo).snapshot(&commit).join(path)
    }

    pub(crate) fn assert_whole(&self) {
        assert!(
            fs::read(self.path("model.safetensors")).unwrap() == self.large,
            "the large file is another one"
        );
        assert_eq!(fs::read(self.path("tokenizer/vocab.json")).unwrap(), b"{}");
        assert_eq!(fs::read(self.path("empty.txt")).unwrap(), b"");
        let blobs = self
            .cache
            .repo(&REPO.parse().unwrap())
            .folder()
            .join("blobs");
        let left: Vec<_> = fs::read_dir(blobs)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left.len(), 4, "{left:?}");
    }

    pub(crate) fn assert_nothing_installed(&self) {
        let listed = self.cache.scan().unwrap();
        assert!(listed.iter().all(|repo| {
            repo.snapshots
                .values()
                .flatten()
                .all(|file| file.path.as_str() != "model.safetensors")
        }));
    }

    pub(crate) fn file_requests(&self) -> usize {
        self.server
            .requests()
            .iter()
            .filter(|request| request.place == Place::Files)
            .count()
    }
}
