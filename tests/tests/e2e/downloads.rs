//! Models downloaded by real workers from a hub on loopback: listed, shared, limited, paused, cancelled and deleted.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant, SystemTime},
};

use futures::future::join;
use hub::{
    cache::HubCache,
    names::{Commit, Revision},
    partial::CHUNK_BYTES,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use test_hub::{Repository, noise};
use tests::{
    client::Client,
    eventually,
    with_hub::{LARGE, REPO, SLOWLY, SOON, given},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_downloaded_listed_and_deleted() {
    let given = given().await;
    let _worker = given.stack.worker().await;
    let mut socket = given.user.listen(None).await;
    let id = given.request(&given.user).await;
    let frames = socket.until("download:complete").await;
    let progress: Vec<&Value> = frames
        .iter()
        .filter(|frame| frame["event"] == "download:progress")
        .collect();
    assert!(!progress.is_empty());
    for frame in progress {
        let data = &frame["data"];
        assert_eq!(data["downloadId"], id.as_str());
        assert_eq!(data["filesTotal"], 4, "{data}");
        assert!(data["bytesDownloaded"].as_u64() <= data["bytesTotal"].as_u64());
    }
    given.assert_whole();
    let done = given.download(&id).await;
    assert_eq!(
        (&done["progress"], &done["filesDone"]),
        (&json!(1.0), &json!(4))
    );
    assert_eq!(done["bytesDownloaded"], done["bytesTotal"]);

    let models = given.installed(&given.user).await;
    let [model] = models.as_slice() else {
        panic!("{models:?}")
    };
    assert_eq!(model["repoId"], REPO);
    assert_eq!(
        (&model["type"], &model["licence"]),
        (&json!("tts"), &json!("cc-by-nc-4.0"))
    );
    assert_eq!(
        (&model["trainable"], &model["found"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(model["files"].as_array().unwrap().len(), 4);
    assert_eq!(
        Path::new(model["folder"].as_str().unwrap()),
        given.snapshot()
    );

    // There is no newer commit.
    let path = format!("/api/sources/installed/{}", model["id"].as_str().unwrap());
    let update = given.user.get(&format!("{path}/update")).await;
    assert_eq!(update["available"], false, "{update}");

    let (status, _) = given.user.send(Method::DELETE, &path, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    eventually("the files are gone", SOON, || async {
        let folder = given.cache.join("models--facebook--mms-tts-fas");
        (!folder.exists()).then_some(())
    })
    .await;
    assert_eq!(given.installed(&given.user).await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_is_paused_resumed_and_cancelled() {
    let given = given().await;
    let _worker = given.stack.worker_with(&[SLOWLY]).await;
    let id = given.request(&given.user).await;
    given.until_bytes(&id, CHUNK_BYTES).await;
    let pause = format!("/api/sources/download/{id}/pause");
    given.user.post(&pause, json!({})).await;
    let paused = given.until(&id, "paused").await;
    assert!(paused["bytesDownloaded"].as_u64().unwrap() > 0);
    assert!(!given.partial_files().is_empty());
    given.assert_nothing_installed();

    given.resume(&id).await;
    given.until_bytes(&id, 3 * CHUNK_BYTES).await;
    let path = format!("/api/sources/download/{id}");
    let (status, _) = given.user.send(Method::DELETE, &path, None).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    given.until(&id, "cancelled").await;
    eventually("nothing is left", SOON, || async {
        given.partial_files().is_empty().then_some(())
    })
    .await;
    given.assert_nothing_installed();
    let (status, problem) = given
        .user
        .send(Method::POST, &format!("{path}/resume"), Some(json!({})))
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");

    // Requested again, it starts over and completes.
    let again = given.request(&given.user).await;
    assert_ne!(again, id);
    given.until(&again, "completed").await;
    given.assert_whole();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_users_share_one_transfer_and_the_files_stay_until_both_have_deleted_the_model() {
    let given = given().await;
    let other = Client::register(&given.stack.url, "sara").await;
    let _worker = given.stack.worker_with(&[SLOWLY]).await;
    let mut socket = other.listen(None).await;
    let (id, _) = join(given.request(&given.user), given.request(&other)).await;
    given.until(&id, "completed").await;
    socket.until("download:complete").await;
    given.assert_whole();
    // The seven chunks, once.
    assert_eq!(given.file_requests(), 7);

    let model = given.installed(&given.user).await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(given.installed(&other).await[0]["id"], model.as_str());
    let path = format!("/api/sources/installed/{model}");
    let (status, _) = given.user.send(Method::DELETE, &path, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    // It is deleted for one user only.
    let (status, _) = given.user.send(Method::DELETE, &path, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(given.installed(&other).await.len(), 1);
    given.assert_whole();
    let (status, _) = other.send(Method::DELETE, &path, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    eventually("the files are gone", SOON, || async {
        let folder = given.cache.join("models--facebook--mms-tts-fas");
        (!folder.exists()).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_deleted_requested_again_and_cancelled_leaves_no_files() {
    let given = given().await;
    let worker = given.stack.worker().await;
    let id = given.request(&given.user).await;
    given.until(&id, "completed").await;
    drop(worker);

    // Without a worker the files are still there when the model is requested again.
    let models = given.installed(&given.user).await;
    let path = format!(
        "/api/sources/installed/{}",
        models[0]["id"].as_str().unwrap()
    );
    let (status, _) = given.user.send(Method::DELETE, &path, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let again = given.request(&given.user).await;
    let path = format!("/api/sources/download/{again}");
    let (status, _) = given.user.send(Method::DELETE, &path, None).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    given.assert_whole();

    let _worker = given.stack.worker().await;
    eventually("the files are gone", SOON, || async {
        let folder = given.cache.join("models--facebook--mms-tts-fas");
        (!folder.exists()).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_download_is_returned_again_and_a_model_of_another_program_is_listed() {
    let given = given().await;
    // Without a worker everything waits.
    let first = given.request(&given.user).await;
    assert_eq!(given.request(&given.user).await, first);
    let request = json!({ "repoId": REPO, "include": ["*.json"] });
    let (status, problem) = given
        .user
        .send(Method::POST, "/api/sources/download", Some(request))
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");

    let external = HubCache::at(&given.cache).repo(&"another/model".parse().unwrap());
    external.prepare().unwrap();
    let digest = "ce013625030ba8dba906f756967f9e9ca394464a".parse().unwrap();
    fs::write(external.blob(digest), "hello\n").unwrap();
    let commit: Commit = "1".repeat(40).parse().unwrap();
    external
        .link(&commit, &"a.txt".parse().unwrap(), digest)
        .unwrap();
    external.write_ref(&Revision::main(), &commit).unwrap();
    let before = given.server.requests().len();
    let _worker = given.stack.worker_with(&[SLOWLY]).await;
    let member = Client::register(&given.stack.url, "sara").await;
    let found = eventually("it is listed", SOON, || async {
        given.installed(&member).await.pop()
    })
    .await;
    assert_eq!(
        (&found["repoId"], &found["found"]),
        (&json!("another/model"), &json!(true))
    );
    assert_eq!(
        (&found["sizeBytes"], &found["branch"]),
        (&json!(6), &json!("main"))
    );
    assert!(
        given.server.requests()[before..]
            .iter()
            .all(|request| !request.request_line.contains("another"))
    );

    let path = format!("/api/sources/installed/{}", found["id"].as_str().unwrap());
    let (status, problem) = member.send(Method::DELETE, &path, None).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    // The first account is the administrator's.
    let (status, _) = given.user.send(Method::DELETE, &path, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    eventually("the files are gone", SOON, || async {
        (!external.folder().exists()).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_has_no_more_concurrent_downloads_than_their_setting_allows() {
    let given = given().await;
    given
        .server
        .put(Repository::new("a/second").commit(&[("a.safetensors", noise(5, LARGE))]));
    let (status, settings) = given
        .user
        .send(
            Method::POST,
            "/api/settings",
            Some(json!({ "maxConcurrentDownloads": 1 })),
        )
        .await;
    assert_eq!(
        (status, &settings["maxConcurrentDownloads"]),
        (StatusCode::OK, &json!(1))
    );
    let first = given.request(&given.user).await;
    let second = given
        .user
        .post("/api/sources/download", json!({ "repoId": "a/second" }))
        .await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let _worker = given
        .stack
        .worker_with(&[SLOWLY, ("AVAGAR__WORKER__QUEUES__DOWNLOADS", "4")])
        .await;
    given.until(&first, "completed").await;
    given.until(&second, "completed").await;
    given.stack.quiet(SOON).await;
    let runs = given.stack.runs().await;
    for pair in runs.windows(2) {
        assert!(pair[0].ended_at.unwrap() <= pair[1].started_at, "{pair:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_bandwidth_limit_is_kept_and_can_be_lifted_while_a_download_runs() {
    let given = given().await;
    let limit = async |bytes_per_second: u64| {
        let change = json!({ "maxBytesPerSecond": bytes_per_second });
        let (status, settings) = given
            .user
            .send(Method::POST, "/api/settings", Some(change))
            .await;
        assert_eq!(status, StatusCode::OK, "{settings}");
        assert_eq!(settings["maxBytesPerSecond"], bytes_per_second);
        // The setting that is not in the request stays.
        assert_eq!(settings["maxConcurrentDownloads"], 2);
    };
    let (status, problem) = given
        .user
        .send(
            Method::POST,
            "/api/settings",
            Some(json!({ "maxBytesPerSecond": 9_999 })),
        )
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");

    // At this speed the whole model would take longer than the test waits.
    limit(500_000).await;
    let _downloader = given.stack.downloader().await;
    let id = given.request(&given.user).await;
    given.until_bytes(&id, 1).await;
    let begun = Instant::now();
    let before = given.download(&id).await["bytesDownloaded"]
        .as_u64()
        .unwrap();
    given.until_bytes(&id, before + 3_000_000).await;
    // A third of what the limit demands: rows count bytes a little after they arrive.
    let took = begun.elapsed();
    assert!(took >= Duration::from_secs(2), "{took:?}");
    limit(0).await;
    given.until(&id, "completed").await;
    given.assert_whole();
}

#[tokio::test(flavor = "multi_thread")]
async fn partial_files_of_no_download_are_deleted_after_a_week() {
    let given = given().await;
    let repo = HubCache::at(&given.cache).repo(&REPO.parse().unwrap());
    repo.prepare().unwrap();
    let [old, new] = ["a", "b"].map(|digit| {
        let blob = repo.blob(digit.repeat(64).parse().unwrap());
        blob.with_extension("avagar.incomplete")
    });
    fs::write(&old, b"of a deleted user").unwrap();
    fs::write(&new, b"of another one").unwrap();
    let long_ago = SystemTime::now() - Duration::from_secs(8 * 86_400);
    fs::File::options()
        .write(true)
        .open(&old)
        .unwrap()
        .set_modified(long_ago)
        .unwrap();

    let _downloader = given.stack.downloader().await;
    eventually("the old one to be gone", SOON, || async {
        (!old.exists()).then_some(())
    })
    .await;
    assert!(new.exists());
}
