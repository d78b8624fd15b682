//! The main job, as a user meets it: sign up, train, watch, lose the worker in the middle, listen.

use std::{path::Path, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    client::{Client, Socket},
    eventually,
    process::Process,
    stack::Stack,
};

const LIMIT: Duration = Duration::from_secs(120);

#[tokio::test]
async fn a_training_survives_a_restart_of_its_worker_and_gives_a_voice_that_speaks() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let stranger = Client::register(&stack.url, "babak").await;
    let mut socket = user.listen(None).await;
    let mut strangers_socket = stranger.listen(None).await;
    // Read all the time: a socket that answers no ping is closed.
    let strangers_first = tokio::spawn(async move { strangers_socket.next().await });
    let mut worker = stack.worker().await;

    let request = json!({ "modelType": "tts", "epochs": 1, "batchSize": 4 });
    let training = user.post("/api/training", request).await;
    let path = path_of(&training);
    // The worker is as quick as the response.
    let status = training["status"].as_str().unwrap();
    assert!(["queued", "running"].contains(&status), "{training}");

    let mut frames = frames_until_the_second_step(&mut socket).await;
    let stopped_at = a_stopped_worker_hands_the_training_back(&mut worker, &user, &path).await;
    let _next_worker = stack.worker().await;
    frames.extend(socket.until("training:complete").await);

    assert_every_event_arrived_in_order_and_no_step_was_trained_twice(&frames);
    assert_progress_has_every_measurement(&frames);
    let done = user.get(&path).await;
    let total = assert_completed(&user, &done).await;
    let checkpoints = user.get(&format!("{path}/checkpoints")).await;
    assert_checkpoints_are_on_the_disk(&stack, &checkpoints, &[total, stopped_at]).await;
    assert_it_was_evaluated_before_and_after(&user, &path, &checkpoints, total).await;
    let sample_audio = assert_samples_can_be_heard_and_seen(&user, &path, &frames).await;

    let voice = format!("/api/voices/{}", done["voiceId"].as_str().unwrap());
    let synthesis = synthesize(&user, &mut socket, &voice).await;
    let audio = synthesis["audioUrl"].as_str().unwrap();
    assert_speech(&user.bytes(audio).await);

    assert_hidden(&stranger, &path, &[&sample_audio, &voice, audio]).await;
    let own = start_bf16_training(&stranger).await;
    let first = strangers_first.await.unwrap().unwrap();
    assert_eq!(first["data"]["trainingId"], own["id"]);
    assert_it_is_trained_in_bf16(&stranger, &own).await;

    assert_only_its_owner_deletes_an_ended_training(&user, &path, &stranger, &own).await;
    assert_no_files_of(&stack, &done);
    assert_eq!(user.get("/api/training").await["items"], json!([]));
    // Its voice stays.
    assert_speech(&user.bytes(audio).await);
    assert_eq!(user.get(&voice).await["trainingId"], Value::Null);
}

async fn frames_until_the_second_step(socket: &mut Socket) -> Vec<Value> {
    let mut frames: Vec<Value> = Vec::new();
    while !frames
        .iter()
        .any(|frame| frame["data"]["step"].as_i64() >= Some(2))
    {
        frames.push(socket.next().await.unwrap());
    }
    frames
}

/// Stopped in the middle, the worker writes a checkpoint and hands the job back. Returns the step at which it stopped.
async fn a_stopped_worker_hands_the_training_back(
    worker: &mut Process,
    user: &Client,
    path: &str,
) -> i64 {
    worker.signal("TERM");
    assert!(worker.ended(Duration::from_secs(25)).await.success());
    let handed_back = user.get(path).await;
    assert_eq!(
        (&handed_back["status"], &handed_back["attempts"]),
        (&json!("queued"), &json!(0))
    );
    handed_back["metrics"]["step"].as_i64().unwrap()
}

fn assert_every_event_arrived_in_order_and_no_step_was_trained_twice(frames: &[Value]) {
    let ids: Vec<i64> = frames
        .iter()
        .map(|frame| frame["id"].as_i64().unwrap())
        .collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    let steps: Vec<i64> = frames
        .iter()
        .filter(|frame| {
            frame["event"] == "training:progress" && frame["data"]["status"] == "running"
        })
        .map(|frame| frame["data"]["step"].as_i64().unwrap())
        .collect();
    assert!(steps.is_sorted_by(|a, b| a < b), "{steps:?}");
}

fn assert_progress_has_every_measurement(frames: &[Value]) {
    let last = frames
        .iter()
        .rev()
        .find(|frame| frame["event"] == "training:progress")
        .unwrap();
    for loss in [
        "generator",
        "discriminator",
        "mel",
        "kl",
        "duration",
        "adversarial",
        "featureMatching",
    ] {
        assert!(last["data"]["losses"][loss].is_f64(), "{last}");
    }
    for field in [
        "epoch",
        "totalSteps",
        "learningRate",
        "stepsPerSecond",
        "etaSeconds",
    ] {
        assert!(last["data"][field].is_number(), "{last}");
    }
}

/// Every step is done and in the curve. Returns their number.
async fn assert_completed(user: &Client, done: &Value) -> i64 {
    let total = done["metrics"]["totalSteps"].as_i64().unwrap();
    assert_eq!(
        (&done["status"], done["progress"].as_f64()),
        (&json!("completed"), Some(1.0))
    );
    // Of 41 clips, two are held out.
    assert_eq!((total, done["metrics"]["step"].as_i64()), (10, Some(10)));
    let curve = user.get(&format!("{}/metrics", path_of(done))).await;
    assert_eq!(steps(&curve), (1..=total).collect::<Vec<_>>());
    total
}

/// The checkpoints are those at these steps, the newest first, and the sizes of their files are those in their rows.
async fn assert_checkpoints_are_on_the_disk(stack: &Stack, checkpoints: &Value, at: &[i64]) {
    assert_eq!(steps(checkpoints), at);
    let rows: Vec<(String, i64)> = sqlx::query_as("SELECT file_path, size_bytes FROM checkpoints")
        .fetch_all(&stack.db)
        .await
        .unwrap();
    for (folder, size) in rows {
        let bytes = folder_bytes(&stack.storage().join(&folder));
        assert_eq!(bytes, size, "{folder}");
    }
}

/// Before the first step and after the last one.
async fn assert_it_was_evaluated_before_and_after(
    user: &Client,
    path: &str,
    checkpoints: &Value,
    total: i64,
) {
    let evaluations = user.get(&format!("{path}/evaluations")).await;
    assert_eq!(steps(&evaluations), [0, total]);
    let [before, after] = [0, 1].map(|at: usize| {
        let mel = &evaluations["items"][at]["losses"]["mel"];
        mel.as_f64().unwrap()
    });
    assert!(after < before, "nothing was learnt: {evaluations}");
    let [last, stopped] = [0, 1].map(|at: usize| &checkpoints["items"][at]);
    assert_eq!(last["validationLoss"].as_f64(), Some(after));
    assert_eq!(last["best"], true);
    assert_eq!(stopped["validationLoss"], Value::Null);
}

/// With each evaluation, the texts of the two held-out clips were synthesized. Returns the URL of one sample's audio.
async fn assert_samples_can_be_heard_and_seen(
    user: &Client,
    path: &str,
    frames: &[Value],
) -> String {
    let announced: Vec<&Value> = frames
        .iter()
        .filter(|frame| frame["event"] == "training:sample")
        .map(|frame| &frame["data"]["sampleIds"])
        .collect();
    assert_eq!(announced.len(), 2);
    let samples = user.get(&format!("{path}/samples")).await;
    let samples = samples["items"].as_array().unwrap();
    let ids: Vec<&Value> = samples.iter().map(|sample| &sample["id"]).collect();
    assert_eq!(ids.len(), 4);
    let newest: Vec<&Value> = announced[1].as_array().unwrap().iter().collect();
    assert_eq!(ids[..2], newest);
    let url = |kind: &str| samples[0][kind].as_str().unwrap().to_owned();
    let wav = user.bytes(&url("audioUrl")).await;
    assert_eq!(&wav[..4], b"RIFF");
    for picture in ["spectrogramUrl", "alignmentUrl"] {
        assert_eq!(&user.bytes(&url(picture)).await[1..4], b"PNG");
    }
    url("audioUrl")
}

async fn synthesize(user: &Client, socket: &mut Socket, voice: &str) -> Value {
    let text = json!({ "text": "سلام دنیا" });
    let synthesis = user.post(&format!("{voice}/synthesize"), text).await;
    let complete = socket.until("voice:complete").await.pop().unwrap();
    assert_eq!(complete["data"]["synthesisId"], synthesis["id"]);
    let id = synthesis["id"].as_str().unwrap();
    user.get(&format!("/api/syntheses/{id}")).await
}

/// The training at `path` with its lists, and these.
async fn assert_hidden(stranger: &Client, path: &str, others: &[&str]) {
    let lists = ["", "/metrics", "/evaluations", "/samples"].map(|list| format!("{path}{list}"));
    for path in lists
        .iter()
        .map(String::as_str)
        .chain(others.iter().copied())
    {
        let (status, _) = stranger.send(Method::GET, path, None).await;
        assert_eq!(status, 404, "{path}");
    }
}

async fn start_bf16_training(user: &Client) -> Value {
    let request =
        json!({ "modelType": "tts", "epochs": 100, "batchSize": 32, "precision": "bf16" });
    user.post("/api/training", request).await
}

/// It need not end: some processors are slow at bf16.
async fn assert_it_is_trained_in_bf16(user: &Client, training: &Value) {
    let log = format!("{}/log", path_of(training));
    eventually("what it is trained on and in", LIMIT, || async {
        let log = user.get(&log).await.to_string();
        let found = log.contains("is trained on the CPU with ") && log.contains(", in bf16");
        found.then_some(())
    })
    .await;
}

/// `path` is the user's ended training, `running` the stranger's, which still runs.
async fn assert_only_its_owner_deletes_an_ended_training(
    user: &Client,
    path: &str,
    stranger: &Client,
    running: &Value,
) {
    let running = path_of(running);
    for (client, path, expected) in [
        (stranger, running.as_str(), 409),
        (stranger, path, 404),
        (user, path, 204),
        (user, path, 404),
    ] {
        let purge = format!("{path}?purge=true");
        let (status, _) = client.send(Method::DELETE, &purge, None).await;
        assert_eq!(status, expected, "{path}");
    }
}

fn assert_no_files_of(stack: &Stack, training: &Value) {
    let id = training["id"].as_str().unwrap();
    for folder in ["checkpoints", "samples", "tensorboard"] {
        assert!(!stack.storage().join(folder).join(id).exists(), "{folder}");
    }
}

#[tokio::test]
async fn a_killed_worker_loses_no_checkpoint() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let mut socket = user.listen(None).await;
    let worker = stack.worker().await;
    let request = json!({ "modelType": "tts", "epochs": 1, "batchSize": 4, "checkpointEvery": 2 });
    let training = user.post("/api/training", request).await;
    let path = path_of(&training);
    let recorded = socket.until("training:checkpoint").await.pop().unwrap()["data"]["step"]
        .as_i64()
        .unwrap();
    worker.signal("KILL");

    let mut next = stack.worker().await;
    let line = next.line("goes on from a checkpoint").await;
    let from: i64 = line.rsplit("step=").next().unwrap().trim().parse().unwrap();
    assert!(
        from >= recorded,
        "went on from {from}, {recorded} was recorded"
    );
    socket.until("training:complete").await;
    assert_eq!(user.get(&path).await["status"], "completed");
    let outcomes: Vec<String> = sqlx::query_scalar("SELECT outcome FROM runs ORDER BY id")
        .fetch_all(&stack.db)
        .await
        .unwrap();
    assert_eq!(outcomes, ["lost", "completed"]);
}

#[tokio::test]
async fn a_training_is_paused_resumed_and_cancelled_by_its_owner() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let mut socket = user.listen(None).await;
    let _worker = stack.worker().await;
    let training = user
        .post(
            "/api/training",
            json!({ "modelType": "tts", "epochs": 50, "batchSize": 4 }),
        )
        .await;
    let path = path_of(&training);
    socket.until("training:progress").await;

    user.post(&format!("{path}/pause"), json!({})).await;
    socket.until("training:paused").await;
    let paused = user.get(&path).await;
    let checkpoints = user.get(&format!("{path}/checkpoints")).await;
    assert_eq!(
        (&paused["status"], &checkpoints["items"][0]["step"]),
        (&json!("paused"), &paused["metrics"]["step"])
    );

    user.post(&format!("{path}/resume"), json!({})).await;
    let step = paused["metrics"]["step"].as_i64().unwrap();
    eventually("a step after the pause", LIMIT, || async {
        (user.get(&path).await["metrics"]["step"].as_i64().unwrap() > step).then_some(())
    })
    .await;

    let (status, _) = user.send(Method::DELETE, &path, None).await;
    assert_eq!(status, 202);
    socket.until("training:cancelled").await;
    assert_eq!(user.get(&path).await["status"], "cancelled");
    assert_eq!(
        user.send(Method::POST, &format!("{path}/resume"), None)
            .await
            .0,
        409
    );
}

fn path_of(training: &Value) -> String {
    format!("/api/training/{}", training["id"].as_str().unwrap())
}

/// The steps of a list's items.
fn steps(list: &Value) -> Vec<i64> {
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["step"].as_i64().unwrap())
        .collect()
}

fn folder_bytes(folder: &Path) -> i64 {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len() as i64)
        .sum()
}

/// 16-bit mono WAV of 16 kHz, not silent.
fn assert_speech(wav: &[u8]) {
    assert_eq!((&wav[..4], &wav[8..16]), (&b"RIFF"[..], &b"WAVEfmt "[..]));
    let samples: Vec<f64> = wav[44..]
        .chunks_exact(2)
        .map(|pair| f64::from(i16::from_le_bytes([pair[0], pair[1]])) / 32768.0)
        .collect();
    assert!(samples.len() > 16_000 / 5, "only {} samples", samples.len());
    let mean = samples.iter().sum::<f64>() / samples.len() as f64;
    let deviation = (samples
        .iter()
        .map(|sample| (sample - mean).powi(2))
        .sum::<f64>()
        / samples.len() as f64)
        .sqrt();
    assert!(deviation > 1e-4, "silent: {deviation}");
}
