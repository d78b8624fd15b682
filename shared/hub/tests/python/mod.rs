//! The Hub's own Python client, in its pinned version (`scripts/huggingface-client.sh`), a test hub, and a cache that both share.

#![allow(dead_code, reason = "not every test program uses all of it")]

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, LazyLock},
    time::Duration,
};

use bytes::Bytes;
use hub::{
    Config, Hub,
    cache::{HubCache, RepoCache},
    download::{DownloadRequest, Downloader, Finished},
    names::Revision,
    progress::Progress,
    rate_limiter::RateLimiter,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use test_hub::{Place, RecordedRequest, Repository, TestHub, noise};
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

pub(crate) const REPO: &str = "avagar/voice";
pub(crate) const LARGE: &str = "model.safetensors";
/// Whatever Python does here takes a second or two.
pub(crate) const MAX_CALL_SECONDS: &str = "120";

/// The folder of the programs `python` and `hf`.
pub(crate) static CLIENT: LazyLock<PathBuf> = LazyLock::new(|| {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../scripts/huggingface-client.sh"
    );
    let output = Command::new(script).output().unwrap();
    assert!(
        output.status.success(),
        "these tests need the Hub's own Python client, which could not be installed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim().into()
});

pub(crate) type Files = BTreeMap<&'static str, Bytes>;

/// A hub with one model, and an empty cache that Python and we share.
pub(crate) struct Given {
    pub(crate) server: TestHub,
    pub(crate) hub: Hub,
    pub(crate) folder: TempDir,
    pub(crate) files: Files,
    pub(crate) stop: CancellationToken,
}

pub(crate) fn given() -> Given {
    hub::install_crypto_provider();
    let server = TestHub::start();
    let files = files(3 << 20);
    server.put(commit(Repository::new(REPO), &files));
    let config = Config {
        endpoint: server.url.parse().unwrap(),
        offline: false,
        response_timeout: Duration::from_secs(10),
        read_timeout: Duration::from_secs(10),
    };
    Given {
        hub: Hub::new(config).unwrap(),
        server,
        folder: tempfile::tempdir().unwrap(),
        files,
        stop: CancellationToken::new(),
    }
}

/// Small files and large ones, at the top and below folders; two with the same bytes, and an empty one.
pub(crate) fn files(large_bytes: usize) -> Files {
    BTreeMap::from([
        (
            "config.json",
            Bytes::from_static(br#"{"model_type": "vits"}"#),
        ),
        ("README.md", Bytes::from("آوا ".repeat(1_000))),
        ("empty.txt", Bytes::new()),
        ("tokenizer/vocab.json", Bytes::from_static(b"{}")),
        (
            "tokenizer/added tokens/vocab.json",
            Bytes::from_static(b"{}"),
        ),
        ("onnx/int8/model.onnx", noise(2, 70_000)),
        (LARGE, noise(1, large_bytes)),
    ])
}

pub(crate) fn commit(repository: Repository, files: &Files) -> Repository {
    let files: Vec<_> = files
        .iter()
        .map(|(path, bytes)| (*path, bytes.clone()))
        .collect();
    repository.commit(&files)
}

impl Given {
    pub(crate) fn cache(&self) -> HubCache {
        HubCache::at(self.folder.path().join("huggingface/hub"))
    }

    pub(crate) fn repo(&self) -> RepoCache {
        self.cache().repo(&REPO.parse().unwrap())
    }

    /// The commit that `given` put there.
    pub(crate) fn head(&self) -> String {
        commit(Repository::new(REPO), &self.files).head().to_owned()
    }

    /// One of the client's programs, in an environment that knows nothing but this hub and this cache.
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut command = Command::new("timeout");
        command
            .arg(MAX_CALL_SECONDS)
            .arg(CLIENT.join(name))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LANG", "C.UTF-8")
            .env("HOME", self.folder.path())
            .env("HF_HOME", self.folder.path().join("huggingface"))
            .env("HF_ENDPOINT", &self.server.url)
            .env("HF_HUB_DISABLE_TELEMETRY", "1")
            .env("HF_HUB_DISABLE_UPDATE_CHECK", "1")
            .env("HF_HUB_DISABLE_PROGRESS_BARS", "1");
        command
    }

    pub(crate) fn call(&self, call: &str, arguments: &Value) -> Command {
        let mut command = self.program("python");
        command
            .arg(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/python_client.py"
            ))
            .args([call, &arguments.to_string()]);
        command
    }

    /// Calls a function of `python_client.py`.
    pub(crate) fn python(&self, call: &str, arguments: &Value) -> Value {
        last_json(&run(&mut self.call(call, arguments)))
    }

    /// Python's own scan of the cache, which has to find nothing wrong.
    pub(crate) fn scan(&self) -> Value {
        let scanned = self.python("scan", &json!({}));
        assert_eq!(scanned["warnings"], json!([]), "{scanned:#}");
        scanned
    }

    pub(crate) async fn request(&self, revision: &str) -> DownloadRequest {
        let (repo, revision): (_, Revision) = (REPO.parse().unwrap(), revision.parse().unwrap());
        let info = self.hub.model_now(&repo, &revision, None).await.unwrap();
        DownloadRequest {
            repo,
            revision,
            commit: info.commit,
            files: info.files,
        }
    }

    pub(crate) async fn fetch(&self, revision: &str) -> Finished {
        let downloader = Downloader {
            hub: self.hub.clone(),
            cache: self.repo(),
            token: None,
            progress: Arc::new(Progress::default()),
            rate_limiter: Arc::new(RateLimiter::new(0)),
            stop: self.stop.clone(),
        };
        downloader
            .fetch(&self.request(revision).await)
            .await
            .unwrap()
    }

    /// Requests for files after the first `before` requests, without those to the API and `HEAD`, which fetch nothing.
    pub(crate) fn fetched_since(&self, before: usize) -> Vec<RecordedRequest> {
        let mut requests = self.server.requests().split_off(before);
        requests.retain(|request| {
            request.place != Place::Api && !request.request_line.starts_with("HEAD ")
        });
        requests
    }

    pub(crate) async fn wait_for_file_request(&self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !self.file_requests().any(|_| true) {
            assert!(Instant::now() < deadline, "the large file is not requested");
            sleep(Duration::from_millis(10)).await;
        }
    }

    pub(crate) fn file_requests(&self) -> impl Iterator<Item = RecordedRequest> {
        let requests = self.server.requests().into_iter();
        requests.filter(|request| request.place == Place::Files)
    }
}

/// Runs a program and returns its stdout.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn last_json(stdout: &str) -> Value {
    serde_json::from_str(stdout.lines().next_back().unwrap()).unwrap()
}

/// Asserts that a snapshot's folder holds these files and no others.
pub(crate) fn assert_holds(folder: &Path, files: &Files) {
    for (path, bytes) in files {
        let here = fs::read(folder.join(path)).unwrap();
        assert!(here == *bytes, "{path} has other bytes");
    }
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    assert_eq!(found.len(), files.len(), "{found:?}");
}

pub(crate) fn sizes(files: &Files) -> Value {
    files
        .iter()
        .map(|(path, bytes)| ((*path).to_owned(), json!(bytes.len())))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

pub(crate) fn path(value: &Value) -> PathBuf {
    value.as_str().unwrap().into()
}

/// Six chunks: it takes long enough for something to happen meanwhile.
pub(crate) fn given_a_large_file() -> Given {
    let mut given = given();
    given.files = BTreeMap::from([
        ("config.json", Bytes::from_static(b"{}")),
        (LARGE, noise(3, 48 << 20)),
    ]);
    given
        .server
        .put(commit(Repository::new(REPO), &given.files));
    given
}

/// Python, imported and waiting for a line on stdin to fetch the repository.
pub(crate) struct WaitingPython(Child);

impl WaitingPython {
    pub(crate) fn start(given: &Given) -> Self {
        let mut child = given
            .call("snapshot_on_signal", &json!({ "repo": REPO }))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::with_capacity(1, child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line, "ready\n");
        Self(child)
    }

    pub(crate) fn signal(&mut self) {
        self.0.stdin.take().unwrap().write_all(b"\n").unwrap();
    }

    /// The folder of the snapshot.
    pub(crate) async fn folder(self) -> PathBuf {
        let output = spawn_blocking(|| self.0.wait_with_output().unwrap()).await;
        let output = output.unwrap();
        assert!(output.status.success(), "{}", output.status);
        path(&last_json(&String::from_utf8(output.stdout).unwrap()))
    }
}
