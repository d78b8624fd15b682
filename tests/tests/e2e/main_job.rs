//! The main job, as a user meets it: sign up, train, watch, lose the worker in the middle, listen.

use std::{path::Path, time::Duration};

use serde_json::{Value, json};
use tests::{client::Client, eventually, stack::Stack};

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

    let asked = json!({ "modelType": "tts", "epochs": 1, "batchSize": 4 });
    let training = user.post("/api/training", asked).await;
    let path = format!("/api/training/{}", training["id"].as_str().unwrap());
    // The worker is as quick as the answer.
    let status = training["status"].as_str().unwrap();
    assert!(["queued", "running"].contains(&status), "{training}");

    // In the middle: the worker is told to go, checkpoints and hands the job back.
    let mut frames = Vec::new();
    while frames
        .iter()
        .filter(|frame: &&Value| frame["data"]["step"].as_i64() >= Some(2))
        .count()
        == 0
    {
        frames.push(socket.next().await.unwrap());
    }
    worker.signal("TERM");
    assert!(worker.ended(Duration::from_secs(25)).await.success());
    let handed_back = user.get(&path).await;
    assert_eq!(
        (&handed_back["status"], &handed_back["attempts"]),
        (&json!("queued"), &json!(0))
    );
    let stopped_at = handed_back["metrics"]["step"].as_i64().unwrap();

    let _next_worker = stack.worker().await;
    frames.extend(socket.until("training:complete").await);

    // Every event came, in order, and no step was trained twice.
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

    let done = user.get(&path).await;
    let total = done["metrics"]["totalSteps"].as_i64().unwrap();
    assert_eq!(
        (&done["status"], done["progress"].as_f64()),
        (&json!("completed"), Some(1.0))
    );
    // Of 41 clips, two are held out.
    assert_eq!((total, done["metrics"]["step"].as_i64()), (10, Some(10)));
    let curve = user.get(&format!("{path}/metrics")).await;
    let curve_steps: Vec<i64> = curve["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| point["step"].as_i64().unwrap())
        .collect();
    assert_eq!(curve_steps, (1..=total).collect::<Vec<_>>());

    // Two checkpoints, at the stop and at the end, and their files are on the disk as the rows say.
    let checkpoints = user.get(&format!("{path}/checkpoints")).await;
    let at: Vec<i64> = checkpoints["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["step"].as_i64().unwrap())
        .collect();
    assert_eq!(at, [total, stopped_at]);
    let rows: Vec<(String, i64)> = sqlx::query_as("SELECT file_path, size_bytes FROM checkpoints")
        .fetch_all(&stack.db)
        .await
        .unwrap();
    for (folder, size) in rows {
        assert_eq!(
            folder_bytes(&stack.storage().join(&folder)),
            size,
            "{folder}"
        );
    }

    // Before the first step and after the last it was evaluated, and synthesized the texts of the two clips.
    let evaluations = user.get(&format!("{path}/evaluations")).await;
    let evaluated: Vec<_> = evaluations["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| {
            (
                found["step"].as_i64().unwrap(),
                found["losses"]["mel"].as_f64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        evaluated.iter().map(|found| found.0).collect::<Vec<_>>(),
        [0, total]
    );
    assert!(
        evaluated[1].1 < evaluated[0].1,
        "nothing was learnt: {evaluated:?}"
    );
    assert_eq!(
        checkpoints["items"][0]["validationLoss"].as_f64(),
        Some(evaluated[1].1)
    );
    assert_eq!(checkpoints["items"][0]["best"], true);
    assert_eq!(checkpoints["items"][1]["validationLoss"], Value::Null);
    let told = frames
        .iter()
        .filter(|frame| frame["event"] == "training:sample");
    let told: Vec<_> = told.map(|frame| &frame["data"]["sampleIds"]).collect();
    assert_eq!(told.len(), 2);
    let samples = user.get(&format!("{path}/samples")).await;
    let samples = samples["items"].as_array().unwrap();
    let ids: Vec<&Value> = samples.iter().map(|sample| &sample["id"]).collect();
    assert_eq!(ids.len(), 4);
    assert_eq!(
        ids[..2],
        told[1].as_array().unwrap().iter().collect::<Vec<_>>()
    );
    let url = |kind: &str| samples[0][kind].as_str().unwrap().to_owned();
    let wav = user.bytes(&url("audioUrl")).await;
    assert_eq!(&wav[..4], b"RIFF");
    for picture in ["spectrogramUrl", "alignmentUrl"] {
        assert_eq!(&user.bytes(&url(picture)).await[1..4], b"PNG");
    }

    // It speaks.
    let voice = done["voiceId"].as_str().unwrap();
    let said = user
        .post(
            &format!("/api/voices/{voice}/synthesize"),
            json!({ "text": "سلام دنیا" }),
        )
        .await;
    let complete = socket.until("voice:complete").await.pop().unwrap();
    assert_eq!(complete["data"]["synthesisId"], said["id"]);
    let synthesis = user
        .get(&format!("/api/syntheses/{}", said["id"].as_str().unwrap()))
        .await;
    let wav = user.bytes(synthesis["audioUrl"].as_str().unwrap()).await;
    assert_speech(&wav);

    // Nobody else saw any of it.
    for path in [
        path.clone(),
        format!("{path}/metrics"),
        format!("{path}/evaluations"),
        format!("{path}/samples"),
        url("audioUrl"),
        format!("/api/voices/{voice}"),
        format!("/api/syntheses/{}/audio", said["id"].as_str().unwrap()),
    ] {
        assert_eq!(
            stranger.send(reqwest::Method::GET, &path, None).await.0,
            404,
            "{path}"
        );
    }
    let own = stranger
        .post(
            "/api/training",
            json!({ "modelType": "tts", "epochs": 100, "batchSize": 32, "precision": "bf16" }),
        )
        .await;
    let first = strangers_first.await.unwrap().unwrap();
    assert_eq!(first["data"]["trainingId"], own["id"]);
    // It is computed as it was asked for, and need not end: some processors are slow at it.
    let log = format!("/api/training/{}/log", own["id"].as_str().unwrap());
    eventually("what it is trained on and in", LIMIT, || async {
        let log = stranger.get(&log).await.to_string();
        let said = log.contains("is trained on the CPU with ") && log.contains(", in bf16");
        said.then_some(())
    })
    .await;

    // Once it has ended it can be deleted, by its owner, and its voice stays.
    let live = format!("/api/training/{}", own["id"].as_str().unwrap());
    for (someone, path, status) in [
        (&stranger, &live, 409),
        (&stranger, &path, 404),
        (&user, &path, 204),
        (&user, &path, 404),
    ] {
        let purge = format!("{path}?purge=true");
        let answered = someone.send(reqwest::Method::DELETE, &purge, None);
        assert_eq!(answered.await.0, status, "{path}");
    }
    let id = done["id"].as_str().unwrap();
    for folder in ["checkpoints", "samples", "tensorboard"] {
        assert!(!stack.storage().join(folder).join(id).exists(), "{folder}");
    }
    let trainings = user.get("/api/training").await;
    assert_eq!(trainings["items"], json!([]));
    assert_speech(&user.bytes(synthesis["audioUrl"].as_str().unwrap()).await);
    let voice = user.get(&format!("/api/voices/{voice}")).await;
    assert_eq!(voice["trainingId"], Value::Null);
}

#[tokio::test]
async fn a_killed_worker_loses_no_checkpoint() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let mut socket = user.listen(None).await;
    let worker = stack.worker().await;
    let asked = json!({ "modelType": "tts", "epochs": 1, "batchSize": 4, "checkpointEvery": 2 });
    let training = user.post("/api/training", asked).await;
    let path = format!("/api/training/{}", training["id"].as_str().unwrap());
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
async fn a_training_pauses_goes_on_and_is_cancelled_as_its_owner_says() {
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
    let path = format!("/api/training/{}", training["id"].as_str().unwrap());
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

    let (status, _) = user.send(reqwest::Method::DELETE, &path, None).await;
    assert_eq!(status, 202);
    socket.until("training:cancelled").await;
    assert_eq!(user.get(&path).await["status"], "cancelled");
    assert_eq!(
        user.send(reqwest::Method::POST, &format!("{path}/resume"), None)
            .await
            .0,
        409
    );
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
