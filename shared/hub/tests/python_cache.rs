//! Our cache is the Hub's: its own Python client reads, fills and deletes it, also at the same time as we do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on must stop"
)]

mod python;

use std::{fs, time::Duration};

use bytes::Bytes;
use hub::{
    download::Finished,
    names::{Commit, Revision},
};
use serde_json::json;
use test_hub::{Fault, Place, Repository, noise};
use tokio_util::sync::CancellationToken;

use python::{
    Files, REPO, WaitingPython, assert_holds, commit, given, given_a_large_file, path, sizes,
};

#[tokio::test(flavor = "multi_thread")]
async fn python_uses_what_we_fetched_without_fetching_it_again() {
    let given = given();
    let old = given.head();
    given.fetch(&old).await;
    let mut files = given.files.clone();
    files.insert("config.json", Bytes::from_static(b"{\"changed\": true}"));
    let repository = commit(commit(Repository::new(REPO), &given.files), &files);
    let new = repository.head().to_owned();
    given.server.put(repository);
    given.fetch("main").await;

    let size = |files: &Files| -> usize {
        // `{}` is there twice, and one blob.
        files.values().map(Bytes::len).sum::<usize>() - 2
    };
    let found = given.scan();
    let expected = json!({
        &old: { "refs": [], "size": size(&given.files), "files": sizes(&given.files) },
        &new: { "refs": ["main"], "size": size(&files), "files": sizes(&files) },
    });
    assert_eq!(found["repos"], json!({ REPO: expected }));
    let changed = files["config.json"].len();
    assert_eq!(found["size"], json!(size(&given.files) + changed));
    assert_eq!(found["incomplete"], 0);

    let before = given.server.requests().len();
    for (revision, commit, files) in [("main", &new, &files), (old.as_str(), &old, &given.files)] {
        for local in [true, false] {
            let arguments =
                json!({ "repo": REPO, "revision": revision, "local_files_only": local });
            let folder = path(&given.python("snapshot", &arguments));
            assert_eq!(folder, given.repo().snapshot(&commit.parse().unwrap()));
            assert_holds(&folder, files);
        }
    }
    for (name, bytes) in &files {
        let arguments = json!({ "repo": REPO, "path": name });
        let file = path(&given.python("file", &arguments));
        assert!(fs::read(file).unwrap() == *bytes, "{name} has other bytes");
    }
    let names: Vec<_> = files.keys().collect();
    let cached = given.python("cached", &json!({ "repo": REPO, "paths": names }));
    for name in names {
        let file = given.repo().snapshot(&new.parse().unwrap()).join(name);
        assert_eq!(path(&cached[name]), file);
    }
    assert_eq!(given.fetched_since(before), []);
    given.scan();
}

#[tokio::test(flavor = "multi_thread")]
async fn we_use_what_python_fetched_without_fetching_it_again() {
    let given = given();
    let folder = path(&given.python("snapshot", &json!({ "repo": REPO })));
    // Python caches that a file is missing, too.
    let missing = json!({ "call": "file", "repo": REPO, "path": "none.json" });
    given.python("refusal", &missing);

    let request = given.request("main").await;
    let found = given.cache().scan().unwrap();
    let [repo] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(repo.repo.as_str(), REPO);
    assert_eq!(
        repo.refs,
        [(Revision::main(), request.commit.clone())].into()
    );
    assert_eq!(given.repo().snapshot(&request.commit), folder);
    let mut expected: Vec<_> = request.files.iter().collect();
    expected.sort_by(|one, other| one.path.cmp(&other.path));
    let here = &repo.snapshots[&request.commit];
    assert_eq!(here.len(), expected.len());
    for (here, expected) in here.iter().zip(expected) {
        assert_eq!(
            (&here.path, here.digest, here.size),
            (&expected.path, Some(expected.digest), expected.size_bytes)
        );
    }

    let before = given.server.requests().len();
    assert_eq!(given.fetch("main").await, Finished::Completed);
    assert_eq!(given.server.requests().len(), before + 1);
    assert_holds(&folder, &given.files);
    given.scan();
}

#[tokio::test(flavor = "multi_thread")]
async fn python_does_not_warn_of_our_stopped_downloads() {
    let mut given = given_a_large_file();
    given.files.remove("config.json");
    given
        .server
        .put(commit(Repository::new(REPO), &given.files));
    given.server.fail(
        Place::Files,
        1_000,
        Fault::Stall(1 << 20, Duration::from_secs(60)),
    );
    let (finished, ()) = tokio::join!(given.fetch("main"), async {
        given.wait_for_file_request().await;
        given.scan();
        given.stop.cancel();
    });
    assert_eq!(finished, Finished::Stopped);
    given.scan();

    given.server.clear_faults();
    let folder = path(&given.python("snapshot", &json!({ "repo": REPO })));
    assert_holds(&folder, &given.files);
    given.stop = CancellationToken::new();
    assert_eq!(given.fetch("main").await, Finished::Completed);
    assert_eq!(given.scan()["incomplete"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn we_wait_for_a_blob_that_python_is_fetching() {
    let given = given_a_large_file();
    let stall = Fault::Stall(1 << 20, Duration::from_secs(3));
    given.server.fail(Place::Files, 1, stall);
    let mut python = WaitingPython::start(&given);
    python.signal();
    given.wait_for_file_request().await;
    assert_eq!(given.fetch("main").await, Finished::Completed);
    assert_holds(&python.folder().await, &given.files);
    assert_eq!(given.file_requests().count(), 1);
    given.scan();
}

#[tokio::test(flavor = "multi_thread")]
async fn python_waits_for_a_blob_that_we_are_fetching() {
    let given = given_a_large_file();
    let stall = Fault::Stall(1 << 20, Duration::from_secs(3));
    given.server.fail(Place::Files, 1, stall);
    let mut python = WaitingPython::start(&given);
    let (finished, folder) = tokio::join!(given.fetch("main"), async {
        given.wait_for_file_request().await;
        python.signal();
        python.folder().await
    });
    assert_eq!(finished, Finished::Completed);
    assert_holds(&folder, &given.files);
    // Only our client sends `Range`.
    assert!(given.file_requests().all(|request| request.range.is_some()));
    assert_eq!(given.file_requests().count(), 6);
    given.scan();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clients_that_start_together_end_with_the_same_files() {
    for _ in 0..4 {
        let given = given_a_large_file();
        let mut python = WaitingPython::start(&given);
        python.signal();
        let (finished, folder) = tokio::join!(given.fetch("main"), python.folder());
        assert_eq!(finished, Finished::Completed);
        assert_holds(&folder, &given.files);
        let requests = given.file_requests().count();
        assert!(
            matches!(requests, 1 | 6),
            "fetched more than once: {requests}"
        );
        let found = given.scan();
        assert_eq!(found["incomplete"], 0);
        assert_eq!(found["repos"][REPO].as_object().unwrap().len(), 1);
        assert_eq!(given.cache().scan().unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_a_commit_leaves_the_others_complete_for_python() {
    let given = given();
    let mut files = given.files.clone();
    files.insert("config.json", Bytes::from_static(b"{\"changed\": true}"));
    files.insert("onnx/int8/model.onnx", noise(9, 70_000));
    let repository = commit(commit(Repository::new(REPO), &given.files), &files);
    let (old, new) = (given.head(), repository.head().to_owned());
    // One commit is fetched by Python, with its own metadata beside the files, and the other by us.
    given.python("snapshot", &json!({ "repo": REPO }));
    given.server.put(repository);
    given.fetch("main").await;

    let repo = given.repo();
    let commit: Commit = old.parse().unwrap();
    repo.remove_snapshot(&commit).unwrap();
    let found = given.scan();
    let left = found["repos"][REPO].as_object().unwrap();
    assert_eq!(left.keys().collect::<Vec<_>>(), [&new]);
    assert_eq!(left[&new]["files"], sizes(&files));
    let blobs = fs::read_dir(repo.folder().join("blobs")).unwrap().count();
    assert_eq!(blobs, files.len() - 1);
    let local = json!({ "repo": REPO, "local_files_only": true });
    assert_holds(&path(&given.python("snapshot", &local)), &files);

    // What was deleted can be fetched again.
    let again = json!({ "repo": REPO, "revision": &old });
    assert_holds(&path(&given.python("snapshot", &again)), &given.files);
    for commit in [&old, &new] {
        repo.remove_snapshot(&commit.parse().unwrap()).unwrap();
    }
    assert_eq!(given.scan()["repos"], json!({}));
    assert!(!repo.folder().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_python_deletes_can_be_fetched_again() {
    let given = given();
    given.fetch("main").await;
    given.python("delete", &json!({ "commit": given.head() }));
    assert_eq!(given.cache().scan().unwrap(), []);
    assert_eq!(given.fetch("main").await, Finished::Completed);
    let commit = given.head().parse().unwrap();
    assert_holds(&given.repo().snapshot(&commit), &given.files);
    given.scan();
}
