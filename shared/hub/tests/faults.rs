//! Everything that goes wrong between the Hub and a file on disk: in the end the file is the Hub's, byte for byte, or there
//! is none, and a sentence that says why.

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
    answers::ModelInfo,
    cache::HubCache,
    download::{Downloader, Finished, Order},
    names::{RepoId, Revision},
    partial::{PIECE_BYTES, bytes_here},
    progress::Progress,
    rate_limiter::RateLimiter,
    selection::Selection,
};
use tempfile::TempDir;
use test_hub::{Fault, Place, Repository, TOKEN, TRUSTED_TOKEN, TestHub, noise};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

const REPO: &str = "facebook/mms-tts-fas";
/// Three pieces and a bit.
const LARGE: usize = 25 << 20;
const PIECES: u64 = 4;

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
    hub::choose_cryptography();
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
        hub: ask(&server.url),
        cache: HubCache::at(folder.path().join("hub")),
        server,
        token: None,
        stop: CancellationToken::new(),
        large,
        folder,
    }
}

fn ask(endpoint: &str) -> Hub {
    Hub::new(Config {
        endpoint: endpoint.parse().unwrap(),
        offline: false,
        answer_timeout: Duration::from_secs(2),
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

    async fn order(&self) -> Order {
        let info = self.info().await.unwrap();
        Order {
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
        self.downloader().fetch(&self.order().await).await
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

    fn asked_of_files(&self) -> usize {
        self.server
            .asked()
            .iter()
            .filter(|asked| asked.place == Place::Files)
            .count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_comes_whole_and_is_not_fetched_twice() {
    let given = given();
    assert_eq!(given.fetch().await.unwrap(), Finished::Completed);
    given.assert_whole();
    let before = given.server.asked().len();
    assert_eq!(given.fetch().await.unwrap(), Finished::Completed);
    // The model's own answer, and nothing else.
    assert_eq!(given.server.asked().len(), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_progress_counts_every_byte_once() {
    let given = given();
    given.server.fail(Place::Files, 3, Fault::Cut(3 << 20));
    let (downloader, order) = (given.downloader(), given.order().await);
    downloader.fetch(&order).await.unwrap();
    let reading = downloader.progress.read();
    assert_eq!((reading.bytes, reading.files), (order.bytes(), 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_twenty_times_costs_no_byte_twice() {
    let given = given();
    for cut in 0..20_u64 {
        let after = u64::from_le_bytes(noise(cut + 7, 8)[..].try_into().unwrap()) % (1 << 20);
        given
            .server
            .fail(Place::Files, 1, Fault::Cut(1 + after as usize));
    }
    assert_eq!(given.fetch().await.unwrap(), Finished::Completed);
    given.assert_whole();
    // Four pieces, and one more question for every cut.
    assert_eq!(given.asked_of_files(), 4 + 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_falls_silent_is_asked_again() {
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
async fn wrong_bytes_are_found_and_fetched_again() {
    let given = given();
    given.server.fail(Place::Files, 1, Fault::WrongByte);
    let error = given.fetch().await.unwrap_err();
    assert!(
        matches!(&error, Error::Damaged { path, .. } if path == "model.safetensors"),
        "{error}"
    );
    assert!(error.is_transient());
    given.assert_nothing_installed();
    assert_eq!(given.fetch().await.unwrap(), Finished::Completed);
    given.assert_whole();
}

#[tokio::test(flavor = "multi_thread")]
async fn small_files_that_come_wrong_once_are_fetched_again_at_once_and_never_kept_wrong() {
    let given = given();
    given.server.fail(Place::Resolve, 1, Fault::WrongByte);
    assert_eq!(given.fetch().await.unwrap(), Finished::Completed);
    given.assert_whole();

    let always = self::given();
    always.server.fail(Place::Resolve, 1_000, Fault::WrongByte);
    always.server.fail(Place::Files, 1_000, Fault::WrongByte);
    assert!(matches!(always.fetch().await, Err(Error::Damaged { .. })));
    always.assert_nothing_installed();
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_the_server_are_waited_out_and_a_long_wait_is_handed_on() {
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
    assert_eq!(error.wait(), Some(Duration::from_secs(56)), "{error}");
    assert!(error.is_transient());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_expires_in_mid_file_is_renewed() {
    let given = given();
    given.server.fail(Place::Files, 1, Fault::Cut(1 << 20));
    given.server.fail(Place::Files, 2, Fault::Expired);
    assert_eq!(given.fetch().await.unwrap(), Finished::Completed);
    given.assert_whole();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_another_one_by_now_is_refused() {
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
async fn a_download_that_was_stopped_goes_on_where_it_was() {
    let given = given();
    given.server.fail(
        Place::Files,
        1,
        Fault::Stall(1 << 20, Duration::from_secs(30)),
    );
    let order = given.order().await;
    let file = order
        .files
        .iter()
        .find(|file| file.path.as_str() == "model.safetensors");
    let blob = given.cache.repo(&order.repo).blob(file.unwrap().digest);
    let pieces_here = {
        let blob = blob.clone();
        move || bytes_here(&blob).div_ceil(PIECE_BYTES)
    };
    let stopper = tokio::spawn({
        let (stop, pieces_here) = (given.stop.clone(), pieces_here.clone());
        async move {
            // The piece that stalls can't be here by then.
            while pieces_here() == 0 {
                sleep(Duration::from_millis(10)).await;
            }
            stop.cancel();
        }
    });
    assert_eq!(given.fetch().await.unwrap(), Finished::Stopped);
    stopper.await.unwrap();
    given.assert_nothing_installed();

    let (before, missing) = (given.asked_of_files(), PIECES - pieces_here());
    assert!((1..PIECES).contains(&missing), "{missing}");
    let again = Given {
        stop: CancellationToken::new(),
        ..given
    };
    assert_eq!(again.fetch().await.unwrap(), Finished::Completed);
    again.assert_whole();
    assert_eq!(again.asked_of_files() as u64, before as u64 + missing);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_is_told_what_to_do() {
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
    assert!(matches!(given.info().await, Err(Error::BadToken)));
    given.token = None;
    assert!(matches!(given.info().await, Err(Error::NoRepo { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_goes_to_the_endpoint_alone() {
    let mut given = given();
    given.token = Token::new(TOKEN);
    given.server.fail(Place::Files, 1, Fault::Cut(100));
    given.fetch().await.unwrap();
    for asked in given.server.asked() {
        assert_eq!(asked.with_token, asked.place != Place::Files, "{asked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_climb_out_of_their_folder_are_refused_before_a_byte_is_written() {
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
        assert!(matches!(given.info().await, Err(Error::Name(_))), "{path}");
    }
    assert_eq!(fs::read_dir(given.folder.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_small_files_come_whole() {
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
    assert_eq!(given.asked_of_files(), 1);
    assert_eq!(fs::read(given.path("c/d.bin")).unwrap(), same);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_fetch_the_same_share_one_transfer() {
    let given = given();
    let order = given.order().await;
    let (one, other) = (given.downloader(), given.downloader());
    let (first, second) = tokio::join!(one.fetch(&order), other.fetch(&order));
    assert_eq!(
        (first.unwrap(), second.unwrap()),
        (Finished::Completed, Finished::Completed)
    );
    given.assert_whole();
    assert_eq!(given.asked_of_files(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_is_paged_and_narrowed() {
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
        Err(Error::BadToken)
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_fetched_is_chosen() {
    let given = given();
    let info = given.info().await.unwrap();
    let paths: Vec<_> = info.files.iter().map(|file| file.path.clone()).collect();
    let chosen = Selection::new(&["*.json".into()], &[]).unwrap();
    assert_eq!(chosen.choose(&paths).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_offline_asks_nobody() {
    let given = given();
    let hub = Hub::new(Config {
        endpoint: given.server.url.parse().unwrap(),
        offline: true,
        answer_timeout: Duration::from_secs(2),
        read_timeout: Duration::from_secs(2),
    })
    .unwrap();
    assert!(matches!(
        hub.model(&REPO.parse().unwrap(), &Revision::main(), None)
            .await,
        Err(Error::Offline)
    ));
    assert_eq!(given.server.asked(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_a_token_is_is_asked_once() {
    let given = given();
    let token = Token::new(TOKEN).unwrap();
    for _ in 0..3 {
        assert_eq!(given.hub.whoami(&token).await.unwrap().name, "negar");
    }
    assert_eq!(given.server.asked().len(), 1);
}
