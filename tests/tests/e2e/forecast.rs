//! What a training takes and gives is said before it begins.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{client::Client, eventually, stack::Stack};
use vits::{
    config::Preset,
    training::memory::{BatchShape, estimate},
};

const LIMIT: Duration = Duration::from_secs(300);

fn order(epochs: u32, batch_size: u32) -> Value {
    json!({ "modelType": "tts", "epochs": epochs, "batchSize": batch_size, "baseModelId": null })
}

/// What is said of such a training.
async fn said(user: &Client, order: Value) -> Value {
    let (status, forecast) = user.send(Method::POST, "/api/forecast", Some(order)).await;
    assert_eq!(status, StatusCode::OK, "{forecast}");
    forecast
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_only_hum_is_said_before_it_begins() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let forecast = async |order: Value| said(&user, order).await;

    // Of the sample's 39 clips two are held out.
    let short = forecast(order(5, 32)).await;
    assert_eq!(short["steps"], 10);
    assert_eq!(
        short["warnings"],
        json!([{ "code": "onlyHums", "params": { "steps": 10, "intelligibleSteps": 3000, "epochs": 1500 } }])
    );
    assert_eq!(short["estimate"]["measured"], false);
    let longer = forecast(order(500, 32)).await;
    assert_eq!(longer["warnings"][0]["code"], "hardlyIntelligible");
    let long = forecast(order(1500, 32)).await;
    assert_eq!(
        (&long["steps"], &long["warnings"]),
        (&json!(3000), &json!([]))
    );
    let ratio = long["estimate"]["seconds"].as_f64().unwrap()
        / short["estimate"]["seconds"].as_f64().unwrap();
    assert!((ratio - 300.0).abs() < 1e-6, "{ratio}");

    let nobody = json!({ "modelType": "tts", "epochs": 1, "batchSize": 1, "datasetId": "00000000-0000-4000-8000-000000000000" });
    let (status, problem) = user.send(Method::POST, "/api/forecast", Some(nobody)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert_eq!(
        user.get("/api/training").await["items"],
        json!([]),
        "nothing was created"
    );

    // In eight batches, a step takes the memory of one; in one, that of as many clips as a CPU computes at once.
    let at_once = forecast(order(1, 16)).await;
    let mut accumulated = order(1, 2);
    accumulated["accumulate"] = json!(8);
    let training = user.post("/api/training", accumulated).await;
    assert_eq!(training["steps"], at_once["steps"]);
    let estimated = |forecast: &Value, field: &str| forecast["estimate"][field].as_f64().unwrap();
    assert_eq!(
        estimated(&training, "seconds"),
        estimated(&at_once, "seconds")
    );
    assert!(
        estimated(&training, "memoryBytes") < 0.6 * estimated(&at_once, "memoryBytes"),
        "{training}, {at_once}"
    );

    // The row says the same, and the next forecast goes by what was measured.
    assert_eq!(
        (&training["steps"], &training["warnings"][0]["code"]),
        (&json!(3), &json!("onlyHums"))
    );
    let path = format!("/api/training/{}", training["id"].as_str().unwrap());
    assert_eq!(user.get(&path).await["estimate"], training["estimate"]);
    let _worker = stack.worker().await;
    let done = eventually("the training's end", LIMIT, || async {
        let row = user.get(&path).await;
        (row["status"] == "completed").then_some(row)
    })
    .await;
    assert_eq!(
        (&done["steps"], &done["metrics"]["totalSteps"]),
        (&json!(3), &json!(3))
    );
    assert_eq!(forecast(order(5, 32)).await["estimate"]["measured"], true);

    // A voice that hums stays one, and what it has learned counts.
    let mut more = order(1, 16);
    more["baseVoiceId"] = done["voiceId"].clone();
    let more = forecast(more).await;
    assert_eq!(
        (&more["steps"], &more["warnings"][0]["params"]["steps"]),
        (&json!(3), &json!(6))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_memory_that_is_said_before_is_near_the_trainers_own_estimate() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let sample = user.get("/api/datasets").await["items"][0].clone();
    let clips = user
        .get(&format!(
            "/api/datasets/{}/clips?limit=100",
            sample["id"].as_str().unwrap()
        ))
        .await;
    let of_clips = |longest: fn(&Value) -> f64| {
        let clips = clips["items"].as_array().unwrap().iter();
        clips.map(longest).fold(0.0, f64::max)
    };
    let seconds = of_clips(|clip| clip["durationSeconds"].as_f64().unwrap());
    let letters = of_clips(|clip| clip["text"].as_str().unwrap().chars().count() as f64);
    for (name, preset, segments) in [
        ("tiny", Preset::Tiny, 2),
        ("small", Preset::Small, 1),
        ("mms", Preset::Mms, 1),
    ] {
        for batch in [1, 8, 32] {
            let mut order = order(1, batch);
            order["preset"] = json!(name);
            let said = said(&user, order).await;
            let said = said["estimate"]["memoryBytes"].as_f64().unwrap();
            let shape = BatchShape {
                batch: u64::from(batch.min(8)),
                frames: (seconds * f64::from(preset.sample_rate()) / 256.0) as u64,
                tokens: (2.0 * letters) as u64,
                segments,
            };
            let own = estimate(&preset.config(43), &preset.discriminator(), shape) as f64;
            assert!(
                (0.75..1.33).contains(&(said / own)),
                "{name}, {batch}: {said}, {own}"
            );
        }
    }
}
