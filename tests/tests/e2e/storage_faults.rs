//! Disks that are full, and checkpoints that are torn.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use test_s3::TestS3;
use tests::{client::Client, disk::SmallDisk, eventually, stack::Stack};

const LIMIT: Duration = Duration::from_secs(180);

async fn order(user: &Client, epochs: u32) -> String {
    let asked = json!({ "modelType": "tts", "validationSplit": 0, "epochs": epochs, "batchSize": 4, "checkpointEvery": 4 });
    let training = user.post("/api/training", asked).await;
    format!("/api/training/{}", training["id"].as_str().unwrap())
}

async fn until(user: &Client, path: &str, status: &str) -> Value {
    eventually(status, LIMIT, || async {
        let row = user.get(path).await;
        (row["status"] == status).then_some(row)
    })
    .await
}

/// The first sentence of the training's log that holds `text`.
async fn said(user: &Client, path: &str, text: &str) -> String {
    eventually(text, LIMIT, || async {
        let log = user.get(&format!("{path}/log")).await;
        let messages = log["items"].as_array().unwrap().iter();
        messages
            .map(|entry| entry["message"].as_str().unwrap().to_owned())
            .find(|message| message.contains(text))
    })
    .await
}

/// Folder and files of every checkpoint, newest first.
async fn checkpoints(stack: &Stack) -> Vec<(PathBuf, Value)> {
    let rows: Vec<(String, Value)> =
        sqlx::query_as("SELECT file_path, metadata -> 'files' FROM checkpoints ORDER BY step DESC")
            .fetch_all(&stack.db)
            .await
            .unwrap();
    rows.into_iter()
        .map(|(folder, files)| (stack.storage().join(folder), files))
        .collect()
}

fn assert_whole(folder: &Path, files: &Value) {
    for file in files.as_array().unwrap() {
        let bytes = std::fs::read(folder.join(file["path"].as_str().unwrap())).unwrap();
        let hash = hex::encode(Sha256::digest(&bytes));
        assert_eq!(hash, file["sha256"].as_str().unwrap(), "{file}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_storage_keeps_the_last_checkpoint_whole_and_the_training_going() {
    let disk = SmallDisk::mount(400);
    let storage = format!("file:{}", disk.path().join("storage").display());
    let stack = Stack::with(&[("AVAGAR__STORAGE__URL", &storage)])
        .await
        .with_storage(disk.path().join("storage"));
    let user = Client::register(&stack.url, "sara").await;
    let mut socket = user.listen(None).await;
    let _worker = stack.worker().await;
    let path = order(&user, 3).await;
    let first = socket.until("training:checkpoint").await.pop().unwrap();
    let ballast = disk.fill();
    let complaint = said(&user, &path, "can't be stored yet").await;
    assert!(complaint.contains("No space left"), "{complaint}");
    let recorded = checkpoints(&stack).await;
    let (folder, files) = recorded.first().unwrap();
    assert_whole(folder, files);
    // It trains on meanwhile.
    let step = user.get(&path).await["metrics"]["step"].as_i64().unwrap();
    assert!(step > first["data"]["step"].as_i64().unwrap());
    eventually("a step on a full disk", LIMIT, || async {
        (user.get(&path).await["metrics"]["step"].as_i64().unwrap() > step).then_some(())
    })
    .await;
    std::fs::remove_file(ballast).unwrap();
    until(&user, &path, "completed").await;
    assert_eq!(stack.outcomes().await, [Some("completed".to_owned())]);
    for (folder, files) in checkpoints(&stack).await {
        assert_whole(&folder, &files);
    }
    assert_eq!(
        stack.checkpoint_folders(),
        3,
        "what could not be stored is left behind"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_scratch_disk_costs_a_checkpoint_and_not_the_training() {
    let disk = SmallDisk::mount(96);
    let scratch = disk.path().join("scratch").display().to_string();
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let mut socket = user.listen(None).await;
    let _worker = stack
        .worker_with(&[("AVAGAR__WORKER__SCRATCH_DIR", &scratch)])
        .await;
    let path = order(&user, 3).await;
    socket.until("training:checkpoint").await;
    let ballast = disk.fill();
    let complaint = said(&user, &path, "could not be written").await;
    assert!(complaint.contains("The training goes on"), "{complaint}");
    let (folder, files) = checkpoints(&stack).await.remove(0);
    assert_whole(&folder, &files);
    std::fs::remove_file(ballast).unwrap();
    until(&user, &path, "completed").await;
    assert_eq!(stack.outcomes().await, [Some("completed".to_owned())]);
}

/// A training that was paused with at least two checkpoints.
async fn paused(stack: &Stack, user: &Client) -> String {
    let mut socket = user.listen(None).await;
    let worker = stack.worker().await;
    let path = order(user, 2).await;
    for _ in 0..2 {
        socket.until("training:checkpoint").await;
    }
    user.post(&format!("{path}/pause"), json!({})).await;
    until(user, &path, "paused").await;
    drop(worker);
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_checkpoint_is_passed_over_for_the_one_before_and_that_is_said() {
    let server = TestS3::start();
    for (tear, is_bucket) in [
        (truncate as fn(&Path), false),
        (flip, false),
        (remove, false),
        (flip, true),
        (remove, true),
    ] {
        let stack = match is_bucket {
            false => Stack::start().await,
            true => Stack::on_bucket(&server, &[]).await,
        };
        let user = Client::register(&stack.url, "sara").await;
        let path = paused(&stack, &user).await;
        let steps: Vec<i64> = user.get(&format!("{path}/checkpoints")).await["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["step"].as_i64().unwrap())
            .collect();
        tear(&checkpoints(&stack).await[0].0.join("optimizer.safetensors"));
        user.post(&format!("{path}/resume"), json!({})).await;
        let _worker = stack.worker().await;
        said(
            &user,
            &path,
            &format!("the checkpoint at step {} is torn", steps[0]),
        )
        .await;
        said(
            &user,
            &path,
            &format!("goes on from the checkpoint at step {}", steps[1]),
        )
        .await;
        let row = until(&user, &path, "completed").await;
        let curve = stack.curve(row["id"].as_str().unwrap()).await;
        let trained: Vec<i64> = curve.into_iter().map(|point| point.0).collect();
        assert_eq!(trained, (1..=22).collect::<Vec<_>>());
    }
}

fn truncate(file: &Path) {
    let length = std::fs::metadata(file).unwrap().len();
    let file = std::fs::File::options().write(true).open(file).unwrap();
    file.set_len(length / 2).unwrap();
}

fn flip(file: &Path) {
    let mut bytes = std::fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(file, bytes).unwrap();
}

fn remove(file: &Path) {
    std::fs::remove_file(file).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_whose_checkpoints_are_all_torn_does_not_begin_anew_behind_its_owners_back() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let path = paused(&stack, &user).await;
    let before = user.get(&path).await["metrics"]["step"].clone();
    let torn = checkpoints(&stack).await;
    for (folder, _) in &torn {
        std::fs::rename(folder.join("state.json"), folder.join("away")).unwrap();
    }
    user.post(&format!("{path}/resume"), json!({})).await;
    let worker = stack.worker().await;
    let row = until(&user, &path, "failed").await;
    assert!(
        row["errorMessage"]
            .as_str()
            .unwrap()
            .starts_with("none of its"),
        "{row}"
    );
    assert_eq!(row["metrics"]["step"], before);
    drop(worker);
    // Once the files are back, so is the training.
    for (folder, _) in &torn {
        std::fs::rename(folder.join("away"), folder.join("state.json")).unwrap();
    }
    user.post(&format!("{path}/resume"), json!({})).await;
    let _worker = stack.worker().await;
    said(
        &user,
        &path,
        &format!("goes on from the checkpoint at step {before}"),
    )
    .await;
    until(&user, &path, "completed").await;
}
