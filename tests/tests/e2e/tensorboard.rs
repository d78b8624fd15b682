//! What a training measures, read from its event files by TensorBoard itself.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};
use tests::{
    client::Client,
    python_client, root,
    stack::{QUICK_RESCUE, Stack},
};

/// The scalars of a folder of event files, by tag: steps and values.
fn read(folder: &Path) -> Value {
    let output = Command::new(python_client("tensorboard").join("python"))
        .arg(root().join("tests/tests/tensorboard/read.py"))
        .arg(folder)
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    serde_json::from_str(stdout.lines().last().unwrap_or_default())
        .unwrap_or_else(|_| panic!("{stdout}{stderr}"))
}

/// Unpacks a training's archive; returns the folder that is in it.
async fn unpack(user: &Client, training: &str, into: &Path) -> PathBuf {
    let archive = user
        .bytes(&format!("/api/training/{training}/tensorboard"))
        .await;
    tar::Archive::new(archive.as_ref() as &[u8])
        .unpack(into)
        .unwrap();
    into.join(training)
}

fn column(scalars: &Value, tag: &str) -> Vec<(i64, f64)> {
    let points = scalars[tag]
        .as_array()
        .unwrap_or_else(|| panic!("{tag} is missing: {scalars}"));
    points
        .iter()
        .map(|point| (point[0].as_i64().unwrap(), point[1].as_f64().unwrap()))
        .collect()
}

/// The steps of a scalar's points.
fn steps(scalars: &Value, tag: &str) -> Vec<i64> {
    let points = column(scalars, tag);
    points.into_iter().map(|(step, _)| step).collect()
}

/// The scalars of a step, and where `GET …/metrics` has them.
const OF_STEPS: [(&str, &str); 11] = [
    ("loss/generator", "/losses/generator"),
    ("loss/discriminator", "/losses/discriminator"),
    ("loss/mel", "/losses/mel"),
    ("loss/kl", "/losses/kl"),
    ("loss/duration", "/losses/duration"),
    ("loss/adversarial", "/losses/adversarial"),
    ("loss/feature_matching", "/losses/featureMatching"),
    ("gradient_norm/generator", "/gradientNorms/generator"),
    (
        "gradient_norm/discriminator",
        "/gradientNorms/discriminator",
    ),
    ("learning_rate", "/learningRate"),
    ("steps_per_second", "/stepsPerSecond"),
];

/// The scalars of an evaluation, and where `GET …/evaluations` has them.
const OF_EVALUATIONS: [(&str, &str); 5] = [
    ("validation/mel", "/losses/mel"),
    ("validation/kl", "/losses/kl"),
    ("validation/duration", "/losses/duration"),
    ("spoken/mel_distance", "/spoken/melDistance"),
    ("spoken/duration_error", "/spoken/durationError"),
];

/// TensorBoard's points are those of the API's list at `path`, which has `count` items.
async fn assert_as_listed(
    user: &Client,
    path: &str,
    count: usize,
    scalars: &Value,
    tags: &[(&str, &str)],
) {
    let listed = user.get(path).await;
    let rows = listed["items"].as_array().unwrap();
    assert_eq!(rows.len(), count);
    for &(tag, pointer) in tags {
        let expected: Vec<_> = rows
            .iter()
            .map(|row| {
                let value = row.pointer(pointer).unwrap().as_f64().unwrap();
                (row["step"].as_i64().unwrap(), value as f32)
            })
            .collect();
        let got: Vec<_> = column(scalars, tag)
            .into_iter()
            .map(|(step, value)| (step, value as f32))
            .collect();
        assert_eq!(got, expected, "{tag}");
    }
}

async fn assert_no_archive(user: &Client, training: &str) {
    let archive = format!("/api/training/{training}/tensorboard");
    let (status, problem) = user.send(reqwest::Method::GET, &archive, None).await;
    assert_eq!(status, 404, "{problem}");
}

#[tokio::test]
async fn after_a_kill_tensorboard_reads_every_step_once_as_it_was_trained() {
    let stack = Stack::with(&QUICK_RESCUE).await;
    let user = Client::register(&stack.url, "sara").await;
    let stranger = Client::register(&stack.url, "babak").await;
    let mut socket = user.listen(None).await;
    let worker = stack.worker().await;
    let request = json!({ "modelType": "tts", "epochs": 1, "batchSize": 4, "checkpointEvery": 4, "validationSplit": 0.02 });
    let training = user.post("/api/training", request).await;
    let id = training["id"].as_str().unwrap();
    assert_no_archive(&user, id).await;

    // Killed two steps after its checkpoint: those are trained again.
    socket.until("training:checkpoint").await;
    while socket.next().await.unwrap()["data"]["step"].as_i64() < Some(6) {}
    worker.signal("KILL");
    let folder = tempfile::tempdir().unwrap();
    let so_far = read(&unpack(&user, id, folder.path()).await);
    assert_eq!(
        steps(&so_far["scalars"], "loss/mel"),
        [1, 2, 3, 4],
        "up to the checkpoint and no step further"
    );

    let _next = stack.worker().await;
    socket.until("training:complete").await;
    let folder = tempfile::tempdir().unwrap();
    let unpacked = unpack(&user, id, folder.path()).await;
    assert_eq!(
        std::fs::read_dir(&unpacked).unwrap().count(),
        2,
        "a file a run"
    );
    let found = read(&unpacked);
    assert_eq!(found["version"], 2.0);
    let scalars = &found["scalars"];
    let [metrics, evaluations] =
        ["metrics", "evaluations"].map(|list| format!("/api/training/{id}/{list}"));
    assert_as_listed(&user, &metrics, 10, scalars, &OF_STEPS).await;
    assert_as_listed(&user, &evaluations, 4, scalars, &OF_EVALUATIONS).await;

    assert_no_archive(&stranger, id).await;
}

/// If the newest checkpoint is torn, the training resumes from the one before it, and the steps after that one are trained again.
#[tokio::test]
async fn steps_repeated_because_of_a_torn_checkpoint_are_drawn_once() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let mut socket = user.listen(None).await;
    let mut worker = stack.worker().await;
    let request = json!({ "modelType": "tts", "epochs": 1, "batchSize": 4, "checkpointEvery": 3, "validationSplit": 0 });
    let training = user.post("/api/training", request).await;
    let id = training["id"].as_str().unwrap();
    socket.until("training:checkpoint").await;
    socket.until("training:checkpoint").await;
    user.post(&format!("/api/training/{id}/pause"), json!({}))
        .await;
    socket.until("training:paused").await;
    worker.signal("TERM");
    worker.ended(std::time::Duration::from_secs(25)).await;

    let newest: String =
        sqlx::query_scalar("SELECT file_path FROM checkpoints ORDER BY step DESC LIMIT 1")
            .fetch_one(&stack.db)
            .await
            .unwrap();
    let weights = stack.storage().join(newest).join("generator.safetensors");
    std::fs::write(weights, "torn").unwrap();
    let _next = stack.worker().await;
    user.post(&format!("/api/training/{id}/resume"), json!({}))
        .await;
    socket.until("training:complete").await;

    let folder = tempfile::tempdir().unwrap();
    let found = read(&unpack(&user, id, folder.path()).await);
    assert_eq!(
        steps(&found["scalars"], "loss/mel"),
        (1..=11).collect::<Vec<_>>()
    );
}
