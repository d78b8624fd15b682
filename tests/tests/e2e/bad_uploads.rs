//! Uploaded datasets: an invalid one is refused with its reason, and what is refused, stopped or deleted leaves no files behind.

use std::{fs, path::Path, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};
use test_s3::TestS3;
use tests::{
    archive::tar_gz,
    client::{Client, Socket},
    eventually,
    stack::Stack,
};

/// Longest wait for files to be deleted.
const LIMIT: Duration = Duration::from_secs(60);

#[tokio::test]
async fn an_upload_is_checked_and_what_is_no_dataset_is_refused() {
    uploads_are_checked(&Stack::start().await).await;
}

#[tokio::test]
async fn uploads_into_a_bucket_that_fails_are_checked_alike() {
    let server = TestS3::start();
    let stack = Stack::on_bucket(&server, &[]).await;
    server.fail_randomly(5, 3);
    uploads_are_checked(&stack).await;
    assert!(server.faults_happened() > 0);
}

async fn uploads_are_checked(stack: &Stack) {
    let user = Client::register(&stack.url, "sara").await;
    let mut socket = user.listen(None).await;
    let _worker = stack.worker().await;

    what_is_no_archive_is_refused_at_once(&user).await;
    let ready = an_archive_is_prepared(&user, &mut socket).await;
    its_clips_are_used_or_excluded_with_a_reason(&user, &ready).await;
    a_path_out_of_the_archive_is_refused(&user, &mut socket).await;
    eventually("the archives are gone", LIMIT, || async {
        let left = files_below(&stack.storage().join("uploads"));
        (left == 0).then_some(())
    })
    .await;
    it_is_deleted_with_its_files(stack, &user, &ready).await;
    the_sample_is_not_deleted(&user).await;
}

async fn what_is_no_archive_is_refused_at_once(user: &Client) {
    let (status, problem) = user.upload("no archive", b"hello".to_vec()).await;
    assert_eq!(
        (status.as_u16(), &problem["errors"][0]["pointer"]),
        (422, &json!("/file"))
    );
    let form = "multipart/form-data; boundary=x";
    let (status, _) = user.send_raw("/api/datasets", form, "--x\r\nbroken").await;
    assert_eq!(status, 400);
    assert_eq!(datasets(user).await.len(), 1, "only the sample");
}

/// Of four clips one can be used; two others are in the metadata, and the last has no transcript.
async fn an_archive_is_prepared(user: &Client, socket: &mut Socket) -> Value {
    let clip = recording();
    let metadata = "a|منت خدای را عزوجل\nb|بدون ضبط\nc|خراب\n";
    let archive = tar_gz(&[
        ("set/metadata.csv", metadata.as_bytes()),
        ("set/wavs/a.flac", &clip),
        ("set/wavs/c.wav", b"RIFF"),
        ("set/wavs/d.flac", &clip),
    ]);
    let (status, dataset) = user.upload("صدای من", archive).await;
    assert_eq!(
        (status.as_u16(), &dataset["status"]),
        (202, &json!("preparing")),
        "{dataset}"
    );
    socket.until("dataset:complete").await;
    let ready = user.get(&path_of(&dataset)).await;
    assert_eq!(
        (&ready["status"], &ready["recordCount"], &ready["name"]),
        (&json!("ready"), &json!(1), &json!("صدای من"))
    );
    assert_eq!(ready["report"]["withoutTranscript"], 1, "{ready}");
    ready
}

async fn its_clips_are_used_or_excluded_with_a_reason(user: &Client, dataset: &Value) {
    let path = path_of(dataset);
    let clips = user.get(&format!("{path}/clips")).await;
    let reasons: Vec<&Value> = clips["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|clip| &clip["excludedReason"])
        .collect();
    assert!(
        reasons[0].is_null() && reasons[1].is_string() && reasons[2].is_string(),
        "{clips}"
    );
    let codes = [1, 2].map(|clip: usize| &clips["items"][clip]["excludedDetails"]["code"]);
    assert_eq!(
        codes,
        [&json!("noRecording"), &json!("unreadableAudio")],
        "{clips}"
    );
    let audio = user.bytes(&format!("{path}/clips/a/audio")).await;
    assert_eq!(&audio[..4], b"RIFF");
}

async fn a_path_out_of_the_archive_is_refused(user: &Client, socket: &mut Socket) {
    let files: [(&str, &[u8]); 2] = [("metadata.csv", b"a|x"), ("../../a.wav", b"RIFF")];
    let hostile = tar_gz(&files);
    let (_, dataset) = user.upload("hostile", hostile).await;
    let refused = socket.until("dataset:error").await.pop().unwrap();
    assert_eq!(refused["data"]["datasetId"], dataset["id"]);
    let message = refused["data"]["message"].as_str().unwrap();
    assert!(message.contains("climbs out"), "{refused}");
}

async fn it_is_deleted_with_its_files(stack: &Stack, user: &Client, dataset: &Value) {
    let (status, _) = user.send(Method::DELETE, &path_of(dataset), None).await;
    assert_eq!(status, 204);
    let id = dataset["id"].as_str().unwrap();
    let clips = stack.storage().join("datasets").join(id).join("wavs");
    eventually("the files are gone", LIMIT, || async {
        let files = fs::read_dir(&clips).map_or(0, |files| files.count());
        (files == 0).then_some(())
    })
    .await;
}

async fn the_sample_is_not_deleted(user: &Client) {
    let datasets = datasets(user).await;
    let sample = datasets.iter().find(|row| row["sample"] == true).unwrap();
    let (status, _) = user.send(Method::DELETE, &path_of(sample), None).await;
    assert_eq!(status, 409);
}

#[tokio::test]
async fn a_dataset_is_stopped_while_it_waits_and_while_it_is_prepared() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let archive = large_archive();
    let mut socket = user.listen(None).await;

    let (_, waiting) = user.upload("waits", archive.clone()).await;
    let (status, _) = user.send(Method::DELETE, &path_of(&waiting), None).await;
    assert_eq!(status, 204);
    let cancelled = socket.until("dataset:cancelled").await.pop().unwrap();
    assert_eq!(cancelled["data"]["datasetId"], waiting["id"]);

    let (_, running) = user.upload("runs", archive).await;
    let id = running["id"].as_str().unwrap();
    let _worker = stack.worker().await;
    socket.until("dataset:progress").await;
    stack.operate(&["cancel", id]).await.unwrap();
    let cancelled = socket.until("dataset:cancelled").await.pop().unwrap();
    assert_eq!(cancelled["data"]["datasetId"], id);
    let row = user.get(&path_of(&running)).await;
    assert_eq!(
        (&row["status"], &row["errorMessage"]),
        (&json!("cancelled"), &json!("cancelled by an operator"))
    );
    let refused = stack.operate(&["retry", id]).await.unwrap_err();
    assert!(
        refused.contains("only a failed job can be tried again"),
        "{refused}"
    );
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM apalis.jobs")
        .fetch_one(&stack.db)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

/// Enough clips that a worker is in the middle of them when a cancellation arrives.
fn large_archive() -> Vec<u8> {
    let clip = recording();
    let names: Vec<String> = (0..2_000).map(|number| format!("{number:04}")).collect();
    let metadata: String = names
        .iter()
        .map(|name| format!("{name}|منت خدای را عزوجل\n"))
        .collect();
    let paths: Vec<String> = names
        .iter()
        .map(|name| format!("set/wavs/{name}.flac"))
        .collect();
    let mut files = vec![("set/metadata.csv", metadata.as_bytes())];
    files.extend(paths.iter().map(|path| (path.as_str(), clip.as_slice())));
    tar_gz(&files)
}

/// A clip of the sample dataset.
fn recording() -> Vec<u8> {
    fs::read(tests::root().join("datasets/sample-fa/wavs/fa-001.flac")).unwrap()
}

fn path_of(dataset: &Value) -> String {
    format!("/api/datasets/{}", dataset["id"].as_str().unwrap())
}

async fn datasets(user: &Client) -> Vec<Value> {
    let datasets = user.get("/api/datasets").await;
    datasets["items"].as_array().unwrap().clone()
}

fn files_below(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { files_below(&path) } else { 1 })
        .sum()
}
