//! Processes that share a bucket and no disk, and a bucket that fails.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use test_hub::TestHub;
use test_s3::{BUCKET, Fault, Operation, TestS3};
use tests::{
    archive,
    client::Client,
    eventually,
    process::Process,
    python_client,
    stack::{QUICK_RESCUE, Stack},
    with_hub::REPO,
};

use crate::fine_tuning;

const LIMIT: Duration = Duration::from_secs(300);
/// More often than anybody tries.
const UNTIL_CLEARED: u32 = 1_000_000;

pub async fn order(user: &Client) -> String {
    order_from(user, &Value::Null).await
}

/// Beginning from an installed model.
async fn order_from(user: &Client, model: &Value) -> String {
    let asked = json!({
        "modelType": "tts", "validationSplit": 0, "epochs": 4, "batchSize": 4, "checkpointEvery": 5, "baseModelId": model
    });
    let training = user.post("/api/training", asked).await;
    training["id"].as_str().unwrap().to_owned()
}

pub async fn until(user: &Client, path: &str, status: &str) -> Value {
    eventually(status, LIMIT, || async {
        let row = user.get(path).await;
        assert_ne!(row["status"], "failed", "{row}");
        (row["status"] == status).then_some(row)
    })
    .await
}

/// The names of the folders in a folder of the bucket that hold objects: the server leaves the others behind.
fn folders(path: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(path).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap())
        .filter(|entry| std::fs::read_dir(entry.path()).unwrap().next().is_some())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Fails where the bucket has other checkpoints than the rows of this training.
async fn assert_no_checkpoint_is_left_over(stack: &Stack, training: &str) {
    let mut recorded: Vec<String> = sqlx::query_scalar(
        "SELECT split_part(file_path, '/', 3) FROM checkpoints WHERE training_job_id = $1::uuid",
    )
    .bind(training)
    .fetch_all(&stack.db)
    .await
    .unwrap();
    recorded.sort();
    let stored = stack.storage().join("checkpoints").join(training);
    assert_eq!(folders(&stored), recorded);
}

fn writes(server: &TestS3) -> usize {
    let requests = server.requests().into_iter();
    requests
        .filter(|operation| matches!(operation, Operation::PutObject | Operation::UploadPart))
        .count()
}

/// Machines of which none has what another has on its disk.
struct Machines<'a> {
    stack: &'a Stack,
    disks: tempfile::TempDir,
}

impl<'a> Machines<'a> {
    fn of(stack: &'a Stack) -> Self {
        Self {
            stack,
            disks: tempfile::tempdir().unwrap(),
        }
    }

    /// A worker that downloads nothing, on a machine of this name.
    fn worker(&self, name: &str) -> Process {
        let disk = self.disk(name).display().to_string();
        self.stack.start_worker(&[
            ("AVAGAR__WORKER__SCRATCH_DIR", &format!("{disk}/scratch")),
            ("HF_HUB_CACHE", &format!("{disk}/hub")),
            ("AVAGAR__WORKER__QUEUES__DOWNLOADS", "0"),
        ])
    }

    /// A process that does downloads alone, on a machine of this name.
    async fn downloader(&self, name: &str) -> Process {
        let cache = self.disk(name).join("hub").display().to_string();
        self.stack
            .downloader_with(&[("HF_HUB_CACHE", &cache)])
            .await
    }

    fn disk(&self, name: &str) -> PathBuf {
        self.disks.path().join(name)
    }
}

/// Installs the model of the hub; returns its id.
async fn install(user: &Client) -> Value {
    let download = user
        .post("/api/sources/download", json!({ "repoId": REPO }))
        .await;
    let path = format!("/api/sources/download/{}", download["id"].as_str().unwrap());
    until(user, &path, "completed").await;
    user.get("/api/sources/installed").await["items"][0]["id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_share_a_bucket_and_no_disk_lose_nothing_in_a_kill() {
    let server = TestS3::start();
    let hub = TestHub::start();
    let voice = tempfile::tempdir().unwrap();
    hub.put(fine_tuning::voice(voice.path(), "text-to-speech"));
    let mut environment = QUICK_RESCUE.to_vec();
    environment.push(("HF_ENDPOINT", &hub.url));
    let stack = Stack::on_bucket(&server, &environment).await;
    let (_api, other_url) = stack.another_api().await;
    let user = Client::register(&stack.url, "sara").await;
    let elsewhere = user.at(&other_url);
    let mut socket = elsewhere.listen(None).await;
    let machines = Machines::of(&stack);
    let _downloader = stack.downloader().await;
    let model = install(&user).await;

    let mut doomed = machines.worker("doomed");
    let training = order_from(&user, &model).await;
    socket.until("training:checkpoint").await;
    // The next checkpoint takes so long that the kill comes in its middle.
    let slow = Fault::Delay(Duration::from_secs(20));
    let before = writes(&server);
    for operation in [Operation::PutObject, Operation::UploadPart] {
        server.fail(operation, UNTIL_CLEARED, slow);
    }
    eventually("a checkpoint that is under way", LIMIT, || async {
        (writes(&server) > before).then_some(())
    })
    .await;
    doomed.signal("KILL");
    doomed.ended(Duration::from_secs(5)).await;
    server.clear_faults();
    std::fs::remove_dir_all(machines.disk("doomed")).unwrap();

    let _heir = machines.worker("heir");
    let done = socket.until("training:complete").await.pop().unwrap();
    stack.assert_no_job_ran_twice_at_once().await;
    let outcomes = stack.outcomes().await;
    let outcomes: Vec<_> = outcomes.iter().flatten().map(String::as_str).collect();
    assert_eq!(
        outcomes,
        ["completed", "lost", "completed"],
        "the download, the kill, the heir"
    );
    assert_no_checkpoint_is_left_over(&stack, &training).await;

    let undisturbed = order_from(&user, &model).await;
    until(&user, &format!("/api/training/{undisturbed}"), "completed").await;
    assert_eq!(
        stack.trained(&training).await,
        stack.trained(&undisturbed).await
    );

    let copies: i64 =
        sqlx::query_scalar("SELECT count(*) FROM model_copies WHERE files IS NOT NULL")
            .fetch_one(&stack.db)
            .await
            .unwrap();
    assert_eq!(copies, 1);
    assert_eq!(folders(&stack.storage().join("models")).len(), 1);

    // The voice speaks, and is heard through both.
    let voice = done["data"]["voiceId"].as_str().unwrap();
    let synthesis = user
        .post(
            &format!("/api/voices/{voice}/synthesize"),
            json!({ "text": "سلام" }),
        )
        .await;
    let path = format!("/api/syntheses/{}", synthesis["id"].as_str().unwrap());
    until(&user, &path, "completed").await;
    let heard = user.bytes(&format!("{path}/audio")).await;
    assert!(heard.len() > 1000 && heard.starts_with(b"RIFF"));
    assert_eq!(heard, elsewhere.bytes(&format!("{path}/audio")).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_whose_machine_never_returns_is_downloaded_again() {
    let server = TestS3::start();
    let hub = TestHub::start();
    let voice = tempfile::tempdir().unwrap();
    hub.put(fine_tuning::voice(voice.path(), "text-to-speech"));
    let stack = Stack::on_bucket(&server, &[("HF_ENDPOINT", &hub.url)]).await;
    let user = Client::register(&stack.url, "sara").await;
    let machines = Machines::of(&stack);
    let mut first = machines.downloader("first").await;
    let model = install(&user).await;
    first.signal("KILL");
    first.ended(Duration::from_secs(5)).await;
    std::fs::remove_dir_all(machines.disk("first")).unwrap();

    let training = order_from(&user, &model).await;
    let _worker = machines.worker("worker");
    let _second = machines.downloader("second").await;
    until(&user, &format!("/api/training/{training}"), "completed").await;
    let installed = user.get("/api/sources/installed").await;
    assert_eq!(
        installed["items"].as_array().unwrap().len(),
        1,
        "{installed}"
    );
    let copied = folders(&stack.storage().join("models"));
    assert_eq!(copied.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_fails_now_and_then_changes_no_bit_of_what_is_learned() {
    let server = TestS3::start();
    let stack = Stack::on_bucket(&server, &[]).await;
    let user = Client::register(&stack.url, "sara").await;
    let _worker = stack.worker().await;
    server.fail_randomly(8, 4);
    let training = order(&user).await;
    until(&user, &format!("/api/training/{training}"), "completed").await;
    assert!(
        server.faults_happened() > 10,
        "{}",
        server.faults_happened()
    );
    server.clear_faults();
    assert_eq!(stack.outcomes().await, [Some("completed".to_owned())]);
    let undisturbed = order(&user).await;
    until(&user, &format!("/api/training/{undisturbed}"), "completed").await;
    assert_eq!(
        stack.trained(&training).await,
        stack.trained(&undisturbed).await
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_away_holds_up_no_step_and_costs_no_checkpoint() {
    let server = TestS3::start();
    let stack = Stack::on_bucket(&server, &[]).await;
    let user = Client::register(&stack.url, "sara").await;
    let mut socket = user.listen(None).await;
    let _worker = stack.worker().await;
    let training = order(&user).await;
    let path = format!("/api/training/{training}");
    socket.until("training:checkpoint").await;
    for operation in [
        Operation::PutObject,
        Operation::UploadPart,
        Operation::CreateMultipartUpload,
    ] {
        server.fail(operation, UNTIL_CLEARED, Fault::SlowDown);
    }
    let message = eventually("the log says so", LIMIT, || async {
        let log = user.get(&format!("{path}/log")).await;
        let lines = log["items"].as_array().unwrap().iter();
        let mut messages = lines.map(|line| line["message"].as_str().unwrap().to_owned());
        messages.find(|message| message.contains("can't be stored yet"))
    })
    .await;
    assert!(
        message.contains("SlowDown") || message.contains("503"),
        "{message}"
    );
    let step = |row: &Value| row["metrics"]["step"].as_i64().unwrap();
    let last = step(&user.get(&path).await);
    let all = 44;
    eventually("the next steps", LIMIT, || async {
        let now = step(&user.get(&path).await);
        (now > last || now == all).then_some(())
    })
    .await;
    server.clear_faults();
    until(&user, &path, "completed").await;
    assert_eq!(stack.outcomes().await, [Some("completed".to_owned())]);
    assert_no_checkpoint_is_left_over(&stack, &training).await;
    assert_eq!(server.unfinished_parts(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_download_is_redirected_to_the_bucket() {
    let server = TestS3::start();
    let signed = [("AVAGAR__STORAGE__SIGNED_URL_MINUTES", "5")];
    let stack = Stack::on_bucket(&server, &signed).await;
    let user = Client::register(&stack.url, "sara").await;
    let voice = format!("/api/voices/{}", stack.voice(&user).await);
    let files = user.get(&voice).await["files"].clone();
    let is_model = |file: &&Value| file["path"] == "model.safetensors";
    let model = files.as_array().unwrap().iter().find(is_model).unwrap();
    let path = format!("{voice}/files/model.safetensors");
    let (status, headers) = user.first_response(&path).await;
    assert_eq!(status, 307);
    let url = headers["location"].to_str().unwrap();
    assert!(url.starts_with(&server.url), "{url}");
    // Nothing but the URL is needed there, and no other key is open to it.
    let fetch = async |url: &str| reqwest::get(url).await.unwrap();
    let fetched = fetch(url).await.bytes().await.unwrap();
    assert_eq!(
        hex::encode(Sha256::digest(&fetched)),
        model["sha256"].as_str().unwrap()
    );
    let other = fetch(&url.replace("model.safetensors", "config.json")).await;
    assert_eq!(other.status(), 403);
    // A small file is answered at once, and a client that follows notices nothing.
    assert_eq!(
        user.first_response(&format!("{voice}/files/config.json"))
            .await
            .0,
        200
    );
    assert!(user.bytes(&path).await == fetched);
}

/// Prints every key of the bucket with its size and the hash of its bytes, and stores a file of its own in parts.
const PYTHON: &str = r#"
import hashlib, json, sys
import boto3
from boto3.s3.transfer import TransferConfig
endpoint, key, secret, bucket = sys.argv[1:]
s3 = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id=key, aws_secret_access_key=secret, region_name="us-east-1")
found = {}
for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 7}):
    for item in page.get("Contents", []):
        body = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
        assert len(body) == item["Size"], item
        found[item["Key"]] = hashlib.sha256(body).hexdigest()
print(json.dumps(found))
import io
parts = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
s3.upload_fileobj(io.BytesIO(bytes(11 << 20)), bucket, "from-python", Config=parts)
assert s3.head_object(Bucket=bucket, Key="from-python")["ContentLength"] == 11 << 20
part = s3.get_object(Bucket=bucket, Key="from-python", Range="bytes=5-9")
assert part["Body"].read() == bytes(5) and part["ContentRange"].endswith(str(11 << 20))
s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "from-python"}]})
"#;

#[tokio::test(flavor = "multi_thread")]
async fn amazons_own_client_reads_what_we_store() {
    let server = TestS3::start();
    let stack = Stack::on_bucket(&server, &[]).await;
    let user = Client::register(&stack.url, "sara").await;
    let (status, dataset) = user
        .upload("voices", archive::tar_gz(&[("metadata.csv", b"a|b|c\n")]))
        .await;
    assert_eq!(status, 202, "{dataset}");
    let python = python_client("s3").join("python");
    let url = server.url.clone();
    let read = tokio::task::spawn_blocking(move || {
        Command::new(python)
            .args(["-c", PYTHON, &url])
            .args([test_s3::ACCESS_KEY_ID, test_s3::SECRET_ACCESS_KEY, BUCKET])
            .output()
            .unwrap()
    })
    .await
    .unwrap();
    assert!(
        read.status.success(),
        "{}",
        String::from_utf8_lossy(&read.stderr)
    );
    let found: serde_json::Map<String, Value> = serde_json::from_slice(&read.stdout).unwrap();
    assert!(found.len() > 40, "the sample dataset's clips: {found:?}");
    let upload: Value =
        sqlx::query_scalar("SELECT to_jsonb(datasets) FROM datasets WHERE upload_path IS NOT NULL")
            .fetch_one(&stack.db)
            .await
            .unwrap();
    let key = format!("avagar/{}", upload["upload_path"].as_str().unwrap());
    assert!(found.contains_key(&key), "{key}: {found:?}");
    for key in found.keys() {
        assert!(key.starts_with("avagar/"), "{key}");
    }
    assert!(!server.objects().join("from-python").exists());
}
