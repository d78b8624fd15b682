//! What a training measures, read from its event files by TensorBoard itself.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};
use tests::{
    client::Client,
    root,
    stack::{QUICK_RESCUE, Stack},
};

/// The scalars of a folder of event files, by tag: steps and values.
fn read(folder: &Path) -> Value {
    let script = root().join("scripts/tensorboard-client.sh");
    let answered = Command::new(script).output().unwrap();
    assert!(
        answered.status.success(),
        "this test needs TensorBoard's reader, which could not be installed:\n{}",
        String::from_utf8_lossy(&answered.stderr)
    );
    let programs = PathBuf::from(String::from_utf8(answered.stdout).unwrap().trim());
    let output = Command::new(programs.join("python"))
        .arg(root().join("tests/tests/tensorboard/read.py"))
        .arg(folder)
        .output()
        .unwrap();
    let (said, complained) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{complained}");
    serde_json::from_str(said.lines().last().unwrap_or_default())
        .unwrap_or_else(|_| panic!("{said}{complained}"))
}

/// Unpacks a training's archive; answers the folder that is in it.
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

#[tokio::test]
async fn after_a_kill_tensorboard_reads_every_step_once_as_it_was_trained() {
    let stack = Stack::with(&QUICK_RESCUE).await;
    let user = Client::register(&stack.url, "sara").await;
    let stranger = Client::register(&stack.url, "babak").await;
    let mut socket = user.listen(None).await;
    let worker = stack.worker().await;
    let asked = json!({ "modelType": "tts", "epochs": 1, "batchSize": 4, "checkpointEvery": 4, "validationSplit": 0.02 });
    let training = user.post("/api/training", asked).await;
    let id = training["id"].as_str().unwrap();
    let path = format!("/api/training/{id}");
    let (status, problem) = user
        .send(reqwest::Method::GET, &format!("{path}/tensorboard"), None)
        .await;
    assert_eq!(status, 404, "{problem}");

    // Killed two steps after its checkpoint: those are trained again.
    socket.until("training:checkpoint").await;
    while socket.next().await.unwrap()["data"]["step"].as_i64() < Some(6) {}
    worker.signal("KILL");
    let folder = tempfile::tempdir().unwrap();
    let so_far = read(&unpack(&user, id, folder.path()).await);
    let steps: Vec<_> = column(&so_far["scalars"], "loss/mel")
        .iter()
        .map(|(step, _)| *step)
        .collect();
    assert_eq!(
        steps,
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
    let told = read(&unpacked);
    assert_eq!(told["version"], 2.0);
    let curve = user.get(&format!("{path}/metrics")).await;
    let points = curve["items"].as_array().unwrap();
    assert_eq!(points.len(), 10);
    let evaluations = user.get(&format!("{path}/evaluations")).await;
    let evaluations = evaluations["items"].as_array().unwrap();
    assert_eq!(evaluations.len(), 4);
    let of_steps = [
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
    let of_evaluations = [
        ("validation/mel", "/losses/mel"),
        ("validation/kl", "/losses/kl"),
        ("validation/duration", "/losses/duration"),
    ];
    let of_steps = of_steps.map(|scalar| (scalar, points));
    let of_evaluations = of_evaluations.map(|scalar| (scalar, evaluations));
    for ((tag, pointer), rows) in of_steps.into_iter().chain(of_evaluations) {
        let expected: Vec<_> = rows
            .iter()
            .map(|point| {
                let value = point.pointer(pointer).unwrap().as_f64().unwrap();
                (point["step"].as_i64().unwrap(), value as f32)
            })
            .collect();
        let got: Vec<_> = column(&told["scalars"], tag)
            .iter()
            .map(|&(step, value)| (step, value as f32))
            .collect();
        assert_eq!(got, expected, "{tag}");
    }

    let (status, _) = stranger
        .send(reqwest::Method::GET, &format!("{path}/tensorboard"), None)
        .await;
    assert_eq!(status, 404);
}

/// Where the newest checkpoint is torn, the training goes on from the one before it, and trains again what it stored.
#[tokio::test]
async fn steps_that_a_torn_checkpoint_takes_back_are_drawn_once() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let mut socket = user.listen(None).await;
    let mut worker = stack.worker().await;
    let asked = json!({ "modelType": "tts", "epochs": 1, "batchSize": 4, "checkpointEvery": 3, "validationSplit": 0 });
    let training = user.post("/api/training", asked).await;
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
    let told = read(&unpack(&user, id, folder.path()).await);
    let steps: Vec<_> = column(&told["scalars"], "loss/mel")
        .iter()
        .map(|(step, _)| *step)
        .collect();
    assert_eq!(steps, (1..=11).collect::<Vec<_>>());
}
