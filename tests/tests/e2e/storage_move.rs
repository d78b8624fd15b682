//! Everything moves from a folder to a bucket while jobs run: docs/storage.md tells the same steps.

use std::time::Duration;

use serde_json::json;
use test_s3::{BUCKET, TestS3};
use tests::{client::Client, stack::Stack};

use crate::buckets::{order, until};

/// The settings that tell a process where the files are.
fn places<'a>(url: &'a str, also_read_url: &'a str) -> [(&'static str, &'a str); 2] {
    [
        ("AVAGAR__STORAGE__URL", url),
        ("AVAGAR__STORAGE__ALSO_READ_URL", also_read_url),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_moves_while_a_training_runs_and_nothing_is_lost() {
    let server = TestS3::start();
    let bucket = format!("s3://{BUCKET}/avagar");
    let variables = server.environment();
    let mut settings: Vec<_> = variables
        .iter()
        .map(|(name, value)| (*name, &**value))
        .collect();
    settings.push(("AVAGAR__STORAGE__ALSO_READ_URL", &bucket));
    // 1. Every process learns of the bucket.
    let stack = Stack::with(&settings).await;
    let folder = format!("file:{}", stack.storage().display());
    let user = Client::register(&stack.url, "sara").await;
    let mut socket = user.listen(Some(0)).await;
    let mut old_worker = stack.worker().await;
    let training = order(&user).await;
    socket.until("training:checkpoint").await;
    // What there is so far.
    let said = stack
        .execute_worker(&["storage", "move", "--to", &bucket], &[])
        .await;
    assert!(said.unwrap().contains("copied and read back"));

    // 2. The processes are replaced one by one by others that write to the bucket.
    let moved = places(&bucket, &folder);
    let (_api, url) = stack.another_api_with(&moved).await;
    let elsewhere = user.at(&url);
    old_worker.signal("TERM");
    assert!(old_worker.ended(Duration::from_secs(25)).await.success());
    let mut new_worker = stack.worker_with(&moved).await;
    let done = socket.until("training:complete").await.pop().unwrap();
    let voice = format!("/api/voices/{}", done["data"]["voiceId"].as_str().unwrap());
    let weights = format!("{voice}/files/model.safetensors");
    // An API that hasn't been replaced yet finds what lies in the bucket.
    let learned = user.bytes(&weights).await;

    // 3. The rest follows, and the folder is needed no more.
    let said = stack
        .execute_worker(&["storage", "move", "--to", &bucket], &moved)
        .await;
    assert!(said.unwrap().ends_with("everything is there\n"));
    new_worker.signal("TERM");
    assert!(new_worker.ended(Duration::from_secs(25)).await.success());
    std::fs::remove_dir_all(stack.storage()).unwrap();
    let alone = places(&bucket, "");
    let (_api, url) = stack.another_api_with(&alone).await;
    let elsewhere_now = user.at(&url);
    let _worker = stack.worker_with(&alone).await;
    assert!(elsewhere_now.bytes(&weights).await == learned);
    let asked = json!({ "text": "سلام" });
    let synthesis = elsewhere_now
        .post(&format!("{voice}/synthesize"), asked)
        .await;
    let path = format!("/api/syntheses/{}", synthesis["id"].as_str().unwrap());
    until(&elsewhere_now, &path, "completed").await;
    assert!(
        elsewhere
            .bytes(&format!("{path}/audio"))
            .await
            .starts_with(b"RIFF")
    );
    let undisturbed = order(&elsewhere_now).await;
    until(
        &elsewhere_now,
        &format!("/api/training/{undisturbed}"),
        "completed",
    )
    .await;
    assert_eq!(
        stack.trained(&training).await,
        stack.trained(&undisturbed).await
    );
    for outcome in stack.outcomes().await {
        assert!(
            matches!(outcome.as_deref(), Some("completed" | "handed_back")),
            "{outcome:?}"
        );
    }
}

#[tokio::test]
async fn a_move_that_names_no_other_place_is_refused() {
    let stack = Stack::start().await;
    let same = format!("file:{}", stack.storage().display());
    for (to, reason) in [
        (&*same, "storage.also_read_url must say"),
        ("ftp://x/y", "expected file:"),
    ] {
        let refused = stack
            .execute_worker(&["storage", "move", "--to", to], &[])
            .await;
        assert!(refused.unwrap_err().contains(reason));
    }
}
