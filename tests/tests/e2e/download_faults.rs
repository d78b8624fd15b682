//! Faults of the Hub, the disk and the worker during downloads by real workers: in the end the files are the Hub's, byte for
//! byte, or there are none, and the download has the reason.

use std::fs;

use hub::partial::CHUNK_BYTES;
use reqwest::{Method, StatusCode};
use serde_json::json;
use test_hub::{Fault, Place, TRUSTED_TOKEN};
use tests::{
    disk::SmallDisk,
    eventually,
    with_hub::{Given, REPO, SLOWLY, SOON, given, given_in, repository},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_mid_file_costs_only_the_chunks_in_flight() {
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
async fn a_full_disk_fails_a_download_with_its_reason_and_freed_space_lets_it_resume() {
    // Space for the file, and for the 256 MiB that are left to others.
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

    // It does not start while there is too little space.
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

/// `lose` happens mid-file, and the download fails for this reason; after `restore` it resumes.
async fn fails_and_resumes(
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
async fn a_token_revoked_mid_file_is_reported() {
    let given = given().await;
    let path = "/api/settings/huggingface/token";
    let token = json!({ "token": TRUSTED_TOKEN });
    let (status, saved) = given.user.send(Method::PUT, path, Some(token)).await;
    assert_eq!(status, StatusCode::OK, "{saved}");
    let revoke = async || given.server.revoke(TRUSTED_TOKEN);
    let delete = async || {
        given.user.send(Method::DELETE, path, None).await;
    };
    fails_and_resumes(&given, revoke, "does not accept the token", delete).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_gated_mid_file_is_reported_with_the_page_of_its_terms() {
    let given = given().await;
    let gate = async || given.server.put(repository().gated());
    let open = async || given.server.put(repository());
    let what = format!("accept its terms at {}/{REPO}", given.server.url);
    fails_and_resumes(&given, gate, &what, open).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_deleted_mid_file_is_reported() {
    let given = given().await;
    let delete = async || given.server.remove(REPO);
    let restore = async || given.server.put(repository());
    fails_and_resumes(&given, delete, "there is no repository", restore).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checksum_mismatch_at_every_attempt_fails_and_installs_nothing() {
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
async fn a_rate_limit_of_the_hub_is_waited_out_and_costs_no_attempt() {
    let given = given().await;
    let limit = Fault::Status(429, Some(("RateLimit", "\"api\";r=0;t=12")));
    given.server.fail(Place::Files, 1, limit);
    let _worker = given
        .stack
        .worker_with(&[("AVAGAR__WORKER__MAX_ATTEMPTS", "1")])
        .await;
    let id = given.request(&given.user).await;
    let waiting = eventually("it is queued again", SOON, || async {
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
