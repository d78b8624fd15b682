//! Whatever goes wrong between the Hub and the disk, a file in the cache is the Hub's byte for byte, or there is none and an
//! error that says why.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on must stop"
)]

mod given;

use std::{fs, time::Duration};

use bytes::Bytes;
use given::{CHUNKS, Given, REPO, given};
use hub::{
    Error,
    download::Finished,
    partial::{CHUNK_BYTES, downloaded_bytes},
};
use test_hub::{Fault, Place, Repository, noise};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

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

    let always = given::given();
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

    let limited = given::given();
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
