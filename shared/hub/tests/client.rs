//! What the client sends: requests for what it lacks, each of them once, and the token to the endpoint alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on must stop"
)]

mod given;

use std::{fs, time::Duration};

use bytes::Bytes;
use given::{REPO, given};
use hub::{Config, Error, Hub, Token, download::Finished, names::Revision, selection::Selection};
use test_hub::{Fault, Place, Repository, TOKEN, TRUSTED_TOKEN, noise};

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
