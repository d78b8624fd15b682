//! Whatever goes wrong between the Hub and the disk, a file in the cache is the Hub's byte for byte, or there is none and an
//! error that says why.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on must stop"
)]

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use hub::{
    Config, Error, Hub, Token,
    cache::HubCache,
    download::{DownloadRequest, Downloader, Finished},
    names::{RepoId, Revision},
    partial::{CHUNK_BYTES, downloaded_bytes},
    progress::Progress,
    rate_limiter::RateLimiter,
    responses::ModelInfo,
    selection::Selection,
};
use tempfile::TempDir;
use test_hub::{Fault, Place, Repository, TOKEN, TRUSTED_TOKEN, TestHub, noise};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

const REPO: &str = "facebook/mms-tts-fas";
/// Three chunks and a bit.
const LARGE: usize = 25 << 20;
const CHUNKS: u64 = 4;

/// A hub with one model, and an empty cache.
struct Given {
    server: TestHub,
    hub: Hub,
    cache: HubCache,
    token: Option<Token>,
    stop: CancellationToken,
    large: Bytes,
    folder: TempDir,
}

fn given() -> Given {
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
    async fn info(&self) -> Result<ModelInfo, Error> {
        let repo: RepoId = REPO.parse().unwrap();
        self.hub
            .model_now(&repo, &Revision::main(), self.token.as_ref())
            .await
    }

    async fn request(&self) -> DownloadRequest {
        let info = self.info().await.unwrap();
        DownloadRequest {
            repo: REPO.parse().unwrap(),
            revision: Revision::main(),
            commit: info.commit,
            files: info.files,
        }
    }

    fn downloader(&self) -> Downloader {
        Downloader {
            hub: self.hub.clone(),
            cache: self.cache.repo(&REPO.parse().unwrap()),
            token: self.token.clone(),
            progress: Arc::new(Progress::default()),
            rate_limiter: Arc::new(RateLimiter::new(0)),
            stop: self.stop.clone(),
        }
    }

    async fn fetch(&self) -> Result<Finished, Error> {
        self.downloader().fetch(&self.request().await).await
    }

    fn path(&self, path: &str) -> PathBuf {
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

    fn assert_whole(&self) {
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

    fn assert_nothing_installed(&self) {
        let listed = self.cache.scan().unwrap();
        assert!(listed.iter().all(|repo| {
            repo.snapshots
                .values()
                .flatten()
                .all(|file| file.path.as_str() != "model.safetensors")
        }));
    }

    fn file_requests(&self) -> usize {
        self.server
            .requests()
            .iter()
            .filter(|request| request.place == Place::Files)
            .count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_fetched_completely_and_only_once() {
    let given = given();
    assert_eq!(given.fetch().await.unwrap(), Finished::Completed);
    given.assert_whole();
    let before = given.server.requests().len();
    assert_eq!(given.fetch().await.unwrap(), Finished::Completed);
    // The model's listing, and nothing else.
    assert_eq!(given.server.requests().len(), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_progress_counts_every_byte_once() {
    let given = given();
    given.server.fail(Place::Files, 3, Fault::Cut(3 << 20));
    let (downloader, request) = (given.downloader(), given.request().await);
    downloader.fetch(&request).await.unwrap();
    let progress = downloader.progress.read();
    assert_eq!((progress.bytes, progress.files), (request.bytes(), 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_cut_twenty_times_fetches_no_byte_twice() {
    let given = given();
    for cut in 0..20_u64 {
        let after = u64::from_le_bytes(noise(cut + 7, 8)[..].try_into().unwrap()) % (1 << 20);
        given
            .server
            .fail(Place::Files, 1, Fault::Cut(1 + after as usize));
    }
    assert_eq!(given.fetch().await.unwrap(), Finished::Completed);
    given.assert_whole();
    // Four chunks, and one more request for every cut.
    assert_eq!(given.file_requests(), 4 + 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_response_is_retried() {
    let given = given();
    given.server.fail(
        Place::Files,
        2,
        Fault::Stall(100_000, Duration::from_secs(30)),
    );
    let begun = Instant::now();
    assert_eq!(given.fetch().await.unwrap(), Finished::Completed);
    given.assert_whole();
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_ranges_is_read_from_the_start() {
    let given = given();
    given.server.fail(Place::Files, 1_000, Fault::NoRanges);
    assert_eq!(given.fetch().await.unwrap(), Finished::Completed);
    given.assert_whole();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checksum_mismatch_is_detected_and_fetched_again() {
    let given = given();
    given.server.fail(Place::Files, 1, Fault::WrongByte);
    let error = given.fetch().await.unwrap_err();
    assert!(
        matches!(&error, Error::ChecksumMismatch { path, .. } if path == "model.safetensors"),
        "{error}"
    );
    assert!(error.is_transient());
    given.assert_nothing_installed();
    assert_eq!(given.fetch().await.unwrap(), Finished::Completed);
    given.assert_whole();
}

#[tokio::test(flavor = "multi_thread")]
async fn small_files_with_a_checksum_mismatch_are_retried_at_once_and_never_kept() {
    let given = given();
    given.server.fail(Place::Resolve, 1, Fault::WrongByte);
    assert_eq!(given.fetch().await.unwrap(), Finished::Completed);
    given.assert_whole();

    let always = self::given();
    always.server.fail(Place::Resolve, 1_000, Fault::WrongByte);
    always.server.fail(Place::Files, 1_000, Fault::WrongByte);
    assert!(matches!(
        always.fetch().await,
        Err(Error::ChecksumMismatch { .. })
    ));
    always.assert_nothing_installed();
}

#[tokio::test(flavor = "multi_thread")]
async fn server_errors_are_retried_and_a_long_retry_after_is_returned() {
    let given = given();
    for status in [500, 502, 503, 504, 408] {
        given
            .server
            .fail(Place::Files, 1, Fault::Status(status, None));
    }
    given.server.fail(
        Place::Files,
        1,
        Fault::Status(429, Some(("Retry-After", "1"))),
    );
    assert_eq!(given.fetch().await.unwrap(), Finished::Completed);
    given.assert_whole();

    let limited = self::given();
    limited.server.fail(
        Place::Files,
        1,
        Fault::Status(429, Some(("RateLimit", "\"api\";r=0;t=55"))),
    );
    let error = limited.fetch().await.unwrap_err();
    assert_eq!(
        error.retry_after(),
        Some(Duration::from_secs(56)),
        "{error}"
    );
    assert!(error.is_transient());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_url_that_expires_mid_file_is_renewed() {
    let given = given();
    given.server.fail(Place::Files, 1, Fault::Cut(1 << 20));
    given.server.fail(Place::Files, 2, Fault::Expired);
    assert_eq!(given.fetch().await.unwrap(), Finished::Completed);
    given.assert_whole();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changed_on_the_hub_is_refused() {
    let given = given();
    given.server.fail(Place::Resolve, 10, Fault::ChangedEtag);
    let error = given.fetch().await.unwrap_err();
    assert!(
        matches!(&error, Error::Changed { path } if path == "model.safetensors"),
        "{error}"
    );
    given.assert_nothing_installed();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_download_resumes_where_it_was() {
    let given = given();
    given.server.fail(
        Place::Files,
        1,
        Fault::Stall(1 << 20, Duration::from_secs(30)),
    );
    let request = given.request().await;
    let file = request
        .files
        .iter()
        .find(|file| file.path.as_str() == "model.safetensors");
    let blob = given.cache.repo(&request.repo).blob(file.unwrap().digest);
    let chunks_here = {
        let blob = blob.clone();
        move || downloaded_bytes(&blob).div_ceil(CHUNK_BYTES)
    };
    let stopper = tokio::spawn({
        let (stop, chunks_here) = (given.stop.clone(), chunks_here.clone());
        async move {
            // The chunk that stalls can't be complete by then.
            while chunks_here() == 0 {
                sleep(Duration::from_millis(10)).await;
            }
            stop.cancel();
        }
    });
    assert_eq!(given.fetch().await.unwrap(), Finished::Stopped);
    stopper.await.unwrap();
    given.assert_nothing_installed();

    let (before, missing) = (given.file_requests(), CHUNKS - chunks_here());
    assert!((1..CHUNKS).contains(&missing), "{missing}");
    let again = Given {
        stop: CancellationToken::new(),
        ..given
    };
    assert_eq!(again.fetch().await.unwrap(), Finished::Completed);
    again.assert_whole();
    assert_eq!(again.file_requests() as u64, before as u64 + missing);
}

#[tokio::test(flavor = "multi_thread")]
async fn access_errors_say_what_to_do() {
    let mut given = given();
    given.server.put(
        Repository::new(REPO)
            .gated()
            .commit(&[("a.json", Bytes::from_static(b"{}"))]),
    );
    let error = given.fetch().await.unwrap_err();
    assert!(
        matches!(error, Error::Gated { .. })
            && error
                .to_string()
                .contains(&format!("{}/{REPO}", given.server.url)),
        "{error}"
    );
    given.token = Token::new(TOKEN);
    assert!(matches!(given.fetch().await, Err(Error::Gated { .. })));
    given.token = Token::new(TRUSTED_TOKEN);
    assert_eq!(given.fetch().await.unwrap(), Finished::Completed);

    given.server.put(
        Repository::new(REPO)
            .private()
            .commit(&[("a.json", Bytes::from_static(b"{}"))]),
    );
    assert!(given.info().await.is_ok());
    given.server.revoke(TRUSTED_TOKEN);
    assert!(matches!(given.info().await, Err(Error::InvalidToken)));
    given.token = None;
    assert!(matches!(
        given.info().await,
        Err(Error::RepoNotFound { .. })
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_sent_to_the_endpoint_alone() {
    let mut given = given();
    given.token = Token::new(TOKEN);
    given.server.fail(Place::Files, 1, Fault::Cut(100));
    given.fetch().await.unwrap();
    for request in given.server.requests() {
        assert_eq!(
            request.with_token,
            request.place != Place::Files,
            "{request:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn path_traversal_is_refused_before_a_byte_is_written() {
    let given = given();
    for path in [
        "../../../evil",
        "/etc/evil",
        "a/../../evil",
        "a\0b",
        &"x".repeat(300),
    ] {
        given
            .server
            .put(Repository::new(REPO).commit(&[(path, Bytes::from_static(b"evil"))]));
        assert!(
            matches!(given.info().await, Err(Error::InvalidName(_))),
            "{path}"
        );
    }
    assert_eq!(fs::read_dir(given.folder.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_small_files_are_fetched_completely() {
    let given = given();
    let files: Vec<(String, Bytes)> = (0..5_000)
        .map(|number| {
            (
                format!("part-{:02}/{number}.bin", number % 50),
                noise(number, 2_000),
            )
        })
        .collect();
    let named: Vec<(&str, Bytes)> = files
        .iter()
        .map(|(path, bytes)| (path.as_str(), bytes.clone()))
        .collect();
    given.server.put(Repository::new(REPO).commit(&named));
    assert_eq!(given.fetch().await.unwrap(), Finished::Completed);
    let snapshot = given.path("");
    for (path, bytes) in &files {
        assert_eq!(fs::read(snapshot.join(path)).unwrap(), &bytes[..], "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_with_the_same_bytes_are_fetched_once() {
    let given = given();
    let same = noise(3, 5_000);
    given.server.put(Repository::new(REPO).commit(&[
        ("a.bin", same.clone()),
        ("b.bin", same.clone()),
        ("c/d.bin", same.clone()),
    ]));
    assert_eq!(given.fetch().await.unwrap(), Finished::Completed);
    assert_eq!(given.file_requests(), 1);
    assert_eq!(fs::read(given.path("c/d.bin")).unwrap(), same);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_concurrent_downloads_of_a_model_share_one_transfer() {
    let given = given();
    let request = given.request().await;
    let (one, other) = (given.downloader(), given.downloader());
    let (first, second) = tokio::join!(one.fetch(&request), other.fetch(&request));
    assert_eq!(
        (first.unwrap(), second.unwrap()),
        (Finished::Completed, Finished::Completed)
    );
    given.assert_whole();
    assert_eq!(given.file_requests(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn search_results_are_paged_and_filtered() {
    let given = given();
    for number in 0..5 {
        let tags = if number % 2 == 0 {
            &["fa"][..]
        } else {
            &["en"][..]
        };
        given.server.put(
            Repository::new(&format!("a/model-{number}"))
                .tagged("automatic-speech-recognition", tags)
                .commit(&[]),
        );
    }
    let mut query = hub::search::Query {
        pipeline_tag: Some("automatic-speech-recognition".into()),
        filters: vec!["fa".into()],
        limit: 2,
        ..Default::default()
    };
    let mut names = Vec::new();
    loop {
        let page = given.hub.search(&query, None).await.unwrap();
        names.extend(page.models.iter().map(|model| model.repo_id.to_string()));
        query.cursor.clone_from(&page.cursor);
        if query.cursor.is_none() {
            break;
        }
    }
    assert_eq!(names, ["a/model-0", "a/model-2", "a/model-4"]);
    assert!(matches!(
        given
            .hub
            .search(&query, Token::new("hf_nobodyKnowsThisToken").as_ref())
            .await,
        Err(Error::InvalidToken)
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn patterns_select_the_files() {
    let given = given();
    let info = given.info().await.unwrap();
    let paths: Vec<_> = info.files.iter().map(|file| file.path.clone()).collect();
    let selection = Selection::new(&["*.json".into()], &[]).unwrap();
    assert_eq!(selection.choose(&paths).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn offline_mode_sends_no_request() {
    let given = given();
    let hub = Hub::new(Config {
        endpoint: given.server.url.parse().unwrap(),
        offline: true,
        response_timeout: Duration::from_secs(2),
        read_timeout: Duration::from_secs(2),
    })
    .unwrap();
    assert!(matches!(
        hub.model(&REPO.parse().unwrap(), &Revision::main(), None)
            .await,
        Err(Error::Offline)
    ));
    assert_eq!(given.server.requests(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_of_a_token_is_cached() {
    let given = given();
    let token = Token::new(TOKEN).unwrap();
    for _ in 0..3 {
        assert_eq!(given.hub.whoami(&token).await.unwrap().name, "negar");
    }
    assert_eq!(given.server.requests().len(), 1);
}
