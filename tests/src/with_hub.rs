//! A whole Avagar with a test hub on loopback.

use std::{fs, path::PathBuf, time::Duration};

use hub::cache::HubCache;
use serde_json::{Value, json};
use test_hub::{Place, Repository, TestHub, noise};

use crate::{
    client::Client,
    eventually,
    stack::{QUICK_RESCUE, Stack},
};

pub const REPO: &str = "facebook/mms-tts-fas";
/// The bytes of its large file: six chunks and a bit.
pub const LARGE: usize = 50 << 20;
/// So slow that the large file takes nine seconds, however busy the machine is.
pub const SLOWLY: (&str, &str) = ("AVAGAR__HUB__BYTES_PER_SECOND", "6000000");
/// Whatever happens here happens within this.
pub const SOON: Duration = Duration::from_secs(60);

/// A hub with one model, a stack that uses it, and a user who is signed in.
pub struct Given {
    pub server: TestHub,
    /// API and workers.
    pub stack: Stack,
    /// Somebody.
    pub user: Client,
    /// The workers' Hub cache.
    pub cache: PathBuf,
    _folder: tempfile::TempDir,
}

/// The model of the hub.
pub fn repository() -> Repository {
    Repository::new(REPO).commit(&[
        ("README.md", "# آوا\n".into()),
        ("config.json", r#"{"model_type": "vits"}"#.into()),
        ("vocab.json", "{}".into()),
        ("model.safetensors", noise(1, LARGE)),
        ("pytorch_model.bin", noise(2, 10_000)),
    ])
}

/// With a cache on the machine's disk.
pub async fn given() -> Given {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("hub");
    given_in(folder, cache).await
}

/// With this cache, which is gone with `folder`.
pub async fn given_in(folder: tempfile::TempDir, cache: PathBuf) -> Given {
    let server = TestHub::start();
    server.put(repository());
    let mut environment = QUICK_RESCUE.to_vec();
    let at = cache.display().to_string();
    environment.extend([
        ("HF_ENDPOINT", server.url.as_str()),
        ("HF_HUB_CACHE", at.as_str()),
        ("AVAGAR__HUB__ANONYMOUS_QUESTIONS_PER_MINUTE", "5"),
    ]);
    let stack = Stack::with(&environment).await;
    let user = Client::register(&stack.url, "negar").await;
    Given {
        server,
        stack,
        user,
        cache,
        _folder: folder,
    }
}

impl Given {
    /// Requests the model's download; returns its id.
    pub async fn request(&self, user: &Client) -> String {
        let download = user
            .post("/api/sources/download", json!({ "repoId": REPO }))
            .await;
        download["id"].as_str().unwrap().to_owned()
    }

    /// How a download stands.
    pub async fn download(&self, id: &str) -> Value {
        self.user.get(&format!("/api/sources/download/{id}")).await
    }

    /// Waits until the download has this status; fails where it ends otherwise.
    pub async fn until(&self, id: &str, status: &str) -> Value {
        eventually(status, SOON, || async {
            let download = self.download(id).await;
            let now = download["status"].as_str().unwrap();
            assert!(
                now == status || !["completed", "failed", "cancelled"].contains(&now),
                "waited for {status}: {download}"
            );
            (now == status).then_some(download)
        })
        .await
    }

    /// Waits until at least so many bytes are here.
    pub async fn until_bytes(&self, id: &str, bytes: u64) {
        eventually("bytes", SOON, || async {
            let here = self.download(id).await["bytesDownloaded"].as_u64().unwrap();
            (here >= bytes).then_some(())
        })
        .await;
    }

    /// The folder of the model's commit.
    pub fn snapshot(&self) -> PathBuf {
        let repo = HubCache::at(&self.cache).repo(&REPO.parse().unwrap());
        let (commit, _) = repo.snapshots().unwrap().pop_first().expect("a snapshot");
        repo.snapshot(&commit)
    }

    /// Fails where the files are not the Hub's, byte for byte.
    pub fn assert_whole(&self) {
        let folder = self.snapshot();
        assert!(fs::read(folder.join("model.safetensors")).unwrap() == noise(1, LARGE));
        assert_eq!(fs::read(folder.join("vocab.json")).unwrap(), b"{}");
        // The pickle beside the safetensors is not worth its bytes.
        assert!(!folder.join("pytorch_model.bin").exists());
        assert_eq!(self.partial_files(), Vec::<PathBuf>::new());
    }

    /// Fails where other programs would find a model.
    pub fn assert_nothing_installed(&self) {
        let repo = HubCache::at(&self.cache).repo(&REPO.parse().unwrap());
        assert!(repo.snapshots().unwrap().is_empty());
    }

    /// The files in the cache that are not complete.
    pub fn partial_files(&self) -> Vec<PathBuf> {
        let blobs = HubCache::at(&self.cache)
            .repo(&REPO.parse().unwrap())
            .folder()
            .join("blobs");
        let entries = fs::read_dir(blobs).into_iter().flatten();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths
            .filter(|path| path.to_string_lossy().contains("avagar"))
            .collect()
    }

    /// The models that this user sees.
    pub async fn installed(&self, user: &Client) -> Vec<Value> {
        let models = user.get("/api/sources/installed").await;
        models["items"].as_array().unwrap().clone()
    }

    /// The number of requests for bytes of files.
    pub fn file_requests(&self) -> usize {
        let requests = self.server.requests();
        requests
            .iter()
            .filter(|request| request.place == Place::Files)
            .count()
    }

    /// Resumes a download.
    pub async fn resume(&self, id: &str) {
        let path = format!("/api/sources/download/{id}/resume");
        self.user.post(&path, json!({})).await;
    }
}
