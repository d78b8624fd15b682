//! Models downloaded by real workers from a hub on loopback: whatever goes wrong on the way, in the end the files are the
//! Hub's, byte for byte, or there are none, and a sentence that says why.

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
use test_hub::{Fault, Place, Repository, TRUSTED_TOKEN, noise};
use tests::{
    client::Client,
    disk::SmallDisk,
    eventually,
    with_hub::{Given, LARGE, REPO, SLOWLY, SOON, given, given_in, repository},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_model_comes_home_is_listed_and_goes_again() {
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

    // No newer commit; then one.
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
async fn a_worker_that_is_killed_in_mid_file_costs_the_chunks_in_flight_only() {
    let given = given().await;
    let mut worker = given.stack.worker_with(&[SLOWLY]).await;
    let id = given.request(&given.user).await;
    for kill in 1..=3 {
        // Until one more chunk is complete than before.
        given.until_bytes(&id, kill * CHUNK_BYTES + (4 << 20)).await;
        worker.signal("KILL");
        worker = given.stack.worker_with(&[SLOWLY]).await;
    }
    given.until(&id, "completed").await;
    given.assert_whole();
    // Seven chunks, and at most the four in flight again for each kill.
    let requests = given.file_requests();
    assert!((7..=7 + 3 * 4).contains(&requests), "{requests}");
    given.stack.assert_no_job_ran_twice_at_once().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paused_resumed_and_cancelled() {
    let given = given().await;
    let _worker = given.stack.worker_with(&[SLOWLY]).await;
    let id = given.request(&given.user).await;
    given.until_bytes(&id, CHUNK_BYTES).await;
    let pause = format!("/api/sources/download/{id}/pause");
    given.user.post(&pause, json!({})).await;
    let paused = given.until(&id, "paused").await;
    assert!(paused["bytesDownloaded"].as_u64().unwrap() > 0);
    assert!(!given.left_on_the_way().is_empty());
    given.assert_nothing_installed();

    given.resume(&id).await;
    given.until_bytes(&id, 3 * CHUNK_BYTES).await;
    let path = format!("/api/sources/download/{id}");
    let (status, _) = given.user.send(Method::DELETE, &path, None).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    given.until(&id, "cancelled").await;
    eventually("nothing is left", SOON, || async {
        given.left_on_the_way().is_empty().then_some(())
    })
    .await;
    given.assert_nothing_installed();
    let (status, problem) = given
        .user
        .send(Method::POST, &format!("{path}/resume"), Some(json!({})))
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");

    // RecordedRequest for again, it begins anew and comes.
    let again = given.request(&given.user).await;
    assert_ne!(again, id);
    given.until(&again, "completed").await;
    given.assert_whole();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_fails_with_a_sentence_and_room_lets_it_go_on() {
    // The file, and the 256 MiB that are left to others.
    let disk = SmallDisk::mount(340);
    let given = given_in(tempfile::tempdir().unwrap(), disk.path().join("hub")).await;
    let _worker = given.stack.worker_with(&[SLOWLY]).await;
    let id = given.request(&given.user).await;
    given.until_bytes(&id, CHUNK_BYTES).await;
    let ballast = disk.fill();
    let failed = given.until(&id, "failed").await;
    let message = failed["errorMessage"].as_str().unwrap();
    assert!(message.contains("the model cache is full"), "{message}");
    given.assert_nothing_installed();

    // Not begun where it would not fit.
    given.resume(&id).await;
    let failed = given.until(&id, "failed").await;
    let message = failed["errorMessage"].as_str().unwrap();
    assert!(message.contains("make room"), "{message}");
    assert_eq!(failed["errorDetails"]["code"], "insufficientStorage");

    fs::remove_file(ballast).unwrap();
    given.resume(&id).await;
    given.until(&id, "completed").await;
    given.assert_whole();
}

/// In mid-file `lose` happens, and the download fails with this sentence; after `restore` it goes on.
async fn fails_and_goes_on(
    given: &Given,
    lose: impl AsyncFnOnce(),
    what: &str,
    restore: impl AsyncFnOnce(),
) {
    let _worker = given.stack.worker_with(&[SLOWLY]).await;
    let id = given.request(&given.user).await;
    given.until_bytes(&id, CHUNK_BYTES).await;
    lose().await;
    // The remaining chunks need a new signed URL.
    given.server.expire();
    let failed = given.until(&id, "failed").await;
    let message = failed["errorMessage"].as_str().unwrap();
    assert!(message.contains(what), "{message}");
    given.assert_nothing_installed();

    restore().await;
    given.resume(&id).await;
    given.until(&id, "completed").await;
    given.assert_whole();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_revoked_in_mid_file_is_told_of() {
    let given = given().await;
    let path = "/api/settings/huggingface/token";
    let token = json!({ "token": TRUSTED_TOKEN });
    let (status, saved) = given.user.send(Method::PUT, path, Some(token)).await;
    assert_eq!(status, StatusCode::OK, "{saved}");
    let revoke = async || given.server.revoke(TRUSTED_TOKEN);
    let forget = async || {
        given.user.send(Method::DELETE, path, None).await;
    };
    fails_and_goes_on(&given, revoke, "does not accept the token", forget).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn terms_that_come_in_mid_file_are_told_of_with_their_page() {
    let given = given().await;
    let gate = async || given.server.put(repository().gated());
    let open = async || given.server.put(repository());
    let what = format!("accept its terms at {}/{REPO}", given.server.url);
    fails_and_goes_on(&given, gate, &what, open).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_is_deleted_in_mid_file_is_told_of() {
    let given = given().await;
    let delete = async || given.server.remove(REPO);
    let restore = async || given.server.put(repository());
    fails_and_goes_on(&given, delete, "there is no repository", restore).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_bytes_always_fail_and_install_nothing() {
    let given = given().await;
    given.server.fail(Place::Files, 1_000_000, Fault::WrongByte);
    let _worker = given
        .stack
        .worker_with(&[("AVAGAR__WORKER__MAX_ATTEMPTS", "2")])
        .await;
    let id = given.request(&given.user).await;
    let failed = given.until(&id, "failed").await;
    let message = failed["errorMessage"].as_str().unwrap();
    assert!(message.contains("is corrupt"), "{message}");
    given.assert_nothing_installed();

    given.server.clear_faults();
    given.resume(&id).await;
    given.until(&id, "completed").await;
    given.assert_whole();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_is_away_costs_no_attempt_and_a_limit_is_waited_out() {
    let given = given().await;
    let limit = Fault::Status(429, Some(("RateLimit", "\"api\";r=0;t=12")));
    given.server.fail(Place::Files, 1, limit);
    let _worker = given
        .stack
        .worker_with(&[("AVAGAR__WORKER__MAX_ATTEMPTS", "1")])
        .await;
    let id = given.request(&given.user).await;
    let waiting = eventually("it waits", SOON, || async {
        let download = given.download(&id).await;
        download["errorMessage"].is_string().then_some(download)
    })
    .await;
    assert_eq!(
        (&waiting["status"], &waiting["attempts"]),
        (&json!("queued"), &json!(0))
    );
    assert!(
        waiting["errorMessage"]
            .as_str()
            .unwrap()
            .contains("asks to wait 13 s"),
        "{waiting}"
    );
    given.until(&id, "completed").await;
    given.assert_whole();
    let waited: f64 = sqlx::query_scalar(
        "SELECT extract(epoch FROM max(started_at) - min(ended_at))::double precision FROM runs WHERE kind = 'download'",
    )
    .fetch_one(&given.stack.db)
    .await
    .unwrap();
    assert!(waited >= 13.0, "{waited}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_share_one_transfer_and_the_files_stay_until_both_have_deleted() {
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
    // Nobody else's.
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
async fn a_model_that_was_deleted_wanted_again_and_given_up_leaves_nothing() {
    let given = given().await;
    let worker = given.stack.worker().await;
    let id = given.request(&given.user).await;
    given.until(&id, "completed").await;
    drop(worker);

    // Nobody is there to delete the files while they are wanted again.
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
async fn what_is_on_its_way_is_answered_again_and_what_another_program_installed_is_listed() {
    let given = given().await;
    // Without a worker everything waits.
    let first = given.request(&given.user).await;
    assert_eq!(given.request(&given.user).await, first);
    let order = json!({ "repoId": REPO, "include": ["*.json"] });
    let (status, problem) = given
        .user
        .send(Method::POST, "/api/sources/download", Some(order))
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");

    let brought = HubCache::at(&given.cache).repo(&"another/model".parse().unwrap());
    brought.prepare().unwrap();
    let digest = "ce013625030ba8dba906f756967f9e9ca394464a".parse().unwrap();
    fs::write(brought.blob(digest), "hello\n").unwrap();
    let commit: Commit = "1".repeat(40).parse().unwrap();
    brought
        .link(&commit, &"a.txt".parse().unwrap(), digest)
        .unwrap();
    brought.write_ref(&Revision::main(), &commit).unwrap();
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
        (!brought.folder().exists()).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_has_as_many_downloads_at_a_time_as_they_have_set() {
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
async fn a_persons_downloads_are_no_faster_than_they_have_said_also_while_they_run() {
    let given = given().await;
    let limit = async |bytes_per_second: u64| {
        let change = json!({ "maxBytesPerSecond": bytes_per_second });
        let (status, settings) = given
            .user
            .send(Method::POST, "/api/settings", Some(change))
            .await;
        assert_eq!(status, StatusCode::OK, "{settings}");
        assert_eq!(settings["maxBytesPerSecond"], bytes_per_second);
        // What was not spoken of stays.
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

    // At this speed all of it would take longer than anybody waits below.
    limit(500_000).await;
    let _downloader = given.stack.downloader().await;
    let id = given.request(&given.user).await;
    given.until_bytes(&id, 1).await;
    let begun = Instant::now();
    let before = given.download(&id).await["bytesDownloaded"]
        .as_u64()
        .unwrap();
    given.until_bytes(&id, before + 3_000_000).await;
    // A third of what the limit asks for: rows tell of bytes a little after they came.
    let took = begun.elapsed();
    assert!(took >= Duration::from_secs(2), "{took:?}");
    limit(0).await;
    given.until(&id, "completed").await;
    given.assert_whole();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_its_way_and_no_download_waits_for_is_swept_after_a_week() {
    let given = given().await;
    let repo = HubCache::at(&given.cache).repo(&REPO.parse().unwrap());
    repo.prepare().unwrap();
    let [old, new] = ["a", "b"].map(|digit| {
        let blob = repo.blob(digit.repeat(64).parse().unwrap());
        blob.with_extension("avagar.incomplete")
    });
    fs::write(&old, b"of a user who is gone").unwrap();
    fs::write(&new, b"of one who is not").unwrap();
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
