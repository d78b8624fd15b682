//! The voice that is shipped with Avagar: everybody hears it, and new trainings begin from it.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{client::Client, eventually, stack::Stack};

const LIMIT: Duration = Duration::from_secs(300);
const GREETING: &str = "سلام دنیا، امروز هوا خوب است.";

async fn until(user: &Client, path: &str, status: &str) -> Value {
    eventually(status, LIMIT, || async {
        let row = user.get(path).await;
        assert_ne!(row["status"], "failed", "{row}");
        (row["status"] == status).then_some(row)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shipped_voice_is_everybodys_and_what_it_says_is_not() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let _worker = stack.worker().await;
    let voices = user.get("/api/voices").await["items"].clone();
    assert_eq!(voices.as_array().unwrap().len(), 1);
    let voice = &voices[0];
    assert_eq!(
        (&voice["shipped"], &voice["text"], &voice["sampleRate"]),
        (&json!(true), &json!("phonemes"), &json!(22_050))
    );
    let path = format!("/api/voices/{}", voice["id"].as_str().unwrap());
    let files: Vec<&str> = (voice["files"].as_array().unwrap().iter())
        .map(|file| file["path"].as_str().unwrap())
        .collect();
    for file in [
        "README.md",
        "config.json",
        "model.safetensors",
        "vocab.json",
    ] {
        assert!(files.contains(&file), "{files:?}");
    }

    let asked = user
        .post(&format!("{path}/synthesize"), json!({ "text": GREETING }))
        .await;
    let synthesis = format!("/api/syntheses/{}", asked["id"].as_str().unwrap());
    let said = until(&user, &synthesis, "completed").await;
    assert_eq!(said["dropped"]["count"], 0, "{said}");
    let seconds = said["durationSeconds"].as_f64().unwrap();
    assert!((1.0..6.0).contains(&seconds), "{seconds} s");
    let audio = user.bytes(&format!("{synthesis}/audio")).await;
    let samples = audio[44..].chunks_exact(2);
    let loudest = samples.map(|sample| i16::from_le_bytes([sample[0], sample[1]]).unsigned_abs());
    assert!(loudest.max().unwrap() > 1_000, "it is silent");

    let stranger = Client::register(&stack.url, "babak").await;
    assert_eq!(stranger.get(&path).await["id"], voice["id"]);
    let list = format!("{path}/syntheses");
    assert_eq!(user.get(&list).await["items"].as_array().unwrap().len(), 1);
    assert_eq!(stranger.get(&list).await["items"], json!([]));
    let (status, problem) = user.send(Method::DELETE, &path, None).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("shippedVoice"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tiny_begins_from_the_shipped_voice_unless_told_otherwise() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let begins_with = async |more: Value| {
        let mut order = json!({ "modelType": "tts", "epochs": 1, "batchSize": 16 });
        for (name, value) in more.as_object().unwrap() {
            order[name] = value.clone();
        }
        let training = user.post("/api/training", order).await;
        let base = training["config"]["baseVoice"]["name"].clone();
        (training, !base.is_null())
    };
    for (more, shipped, segments) in [
        (json!({ "preset": "tiny" }), true, 2),
        (json!({ "text": "phonemes", "segments": 3 }), true, 3),
        (json!({ "baseModelId": null }), false, 2),
        (json!({ "preset": "small" }), false, 1),
        (json!({ "text": "characters" }), false, 2),
    ] {
        let (training, begins_so) = begins_with(more.clone()).await;
        assert_eq!(begins_so, shipped, "{more}: {training}");
        assert_eq!(training["config"]["segments"], json!(segments), "{more}");
        let path = format!("/api/training/{}", training["id"].as_str().unwrap());
        let (status, _) = user.send(Method::DELETE, &path, None).await;
        assert_eq!(status, StatusCode::ACCEPTED);
    }
    let (training, begins_so) = begins_with(json!({})).await;
    assert!(begins_so, "{training}");
    assert_eq!(
        (&training["config"]["text"], &training["config"]["preset"]),
        (&json!("phonemes"), &json!("tiny"))
    );
    assert_eq!(training["warnings"], json!([]));

    let _worker = stack.worker().await;
    let path = format!("/api/training/{}", training["id"].as_str().unwrap());
    let done = until(&user, &path, "completed").await;
    let log = user.get(&format!("{path}/log")).await;
    let entries = log["items"].as_array().unwrap().iter();
    let loaded = entries
        .map(|entry| &entry["details"])
        .find(|details| details["code"] == "baseModelLoaded");
    let loaded = &loaded.unwrap()["params"];
    assert!(
        loaded["discriminatorTensors"].as_u64().unwrap() > 0,
        "{loaded}"
    );
    assert_eq!(loaded["characters"], 39, "all phonemes and pauses");
    let voice = user
        .get(&format!(
            "/api/voices/{}",
            done["voiceId"].as_str().unwrap()
        ))
        .await;
    assert_eq!(
        (&voice["shipped"], &voice["sampleRate"], &voice["base"]),
        (&json!(false), &json!(22_050), &json!(null))
    );
}
