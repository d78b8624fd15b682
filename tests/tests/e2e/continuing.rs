//! Trainings that are no dead end: they go on where one ended, begin from a voice, and go back where they diverge.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{client::Client, eventually, stack::Stack};

const LIMIT: Duration = Duration::from_secs(300);
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// Three steps an epoch, of the sample dataset.
fn order(epochs: u32) -> Value {
    json!({ "modelType": "tts", "epochs": epochs, "batchSize": 16, "validationSplit": 0 })
}

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

async fn ended(user: &Client, training: &Value) -> Value {
    let path = format!("/api/training/{}", id(training));
    eventually("the training's end", LIMIT, || async {
        let row = user.get(&path).await;
        let open = row["status"] == "queued" || row["status"] == "running";
        (!open).then_some(row)
    })
    .await
}

async fn completed(user: &Client, training: &Value) -> Value {
    let row = ended(user, training).await;
    assert_eq!(row["status"], "completed", "{row}");
    row
}

async fn refused(user: &Client, path: &str, body: Value) -> (StatusCode, Value) {
    let (status, problem) = user.send(Method::POST, path, Some(body)).await;
    assert!(status.is_client_error(), "{status}: {problem}");
    let of_field = problem["errors"][0].clone();
    (
        status,
        if of_field.is_null() {
            problem
        } else {
            of_field
        },
    )
}

async fn log(user: &Client, training: &Value) -> Vec<Value> {
    let path = format!("/api/training/{}/log", id(training));
    let log = user.get(&path).await["items"].take();
    let details = log.as_array().unwrap().iter();
    details.map(|entry| entry["details"].clone()).collect()
}

fn of_code<'a>(log: &'a [Value], code: &str) -> Vec<&'a Value> {
    log.iter().filter(|entry| entry["code"] == code).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_goes_on_with_more_epochs_as_if_it_had_had_them_from_the_start() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let _worker = stack.worker().await;
    let shorter = user.post("/api/training", order(2)).await;
    let path = format!("/api/training/{}/continue", id(&shorter));
    let (status, problem) = refused(&user, &path, json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(problem["code"], "trainingNotEnded", "{problem}");

    completed(&user, &shorter).await;
    let longer = user.post("/api/training", order(3)).await;
    let continued = user.post(&path, json!({ "epochs": 1 })).await;
    assert_eq!(continued["config"]["epochs"], 3);
    assert_eq!(continued["config"]["continues"]["step"], 6);
    // As long as it needs the checkpoint, nobody deletes that.
    let purge = format!("/api/training/{}?purge=true", id(&shorter));
    if user
        .get(&format!("/api/training/{}/checkpoints", id(&continued)))
        .await["items"]
        == json!([])
    {
        let (status, problem) = user.send(Method::DELETE, &purge, None).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::CONFLICT, &json!("checkpointInUse"))
        );
    }
    completed(&user, &longer).await;
    let done = completed(&user, &continued).await;
    assert_eq!(of_code(&log(&user, &continued).await, "continued").len(), 1);
    let (steps, weights) = stack.trained(id(&continued)).await;
    let (all_steps, all_weights) = stack.trained(id(&longer)).await;
    assert_eq!(weights, all_weights);
    assert_eq!(steps.as_slice(), &all_steps[6..]);
    assert_ne!(done["voiceId"], Value::Null);

    // Its rate, another checkpoint, other clips: whatever fits is taken.
    let slower = user
        .post(&path, json!({ "epochs": 1, "learningRate": 0.0001 }))
        .await;
    completed(&user, &slower).await;
    let curve = user
        .get(&format!("/api/training/{}/metrics", id(&slower)))
        .await;
    let rate = curve["items"][0]["learningRate"].as_f64().unwrap();
    assert!((0.000_099..=0.0001).contains(&rate), "{rate}");

    for (body, code) in [
        (json!({ "checkpointId": NOBODY }), "checkpointNotFound"),
        (json!({ "datasetId": NOBODY }), "datasetNotFound"),
        (json!({ "epochs": 99_999 }), "tooManyEpochs"),
    ] {
        let (status, problem) = refused(&user, &path, body).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(code))
        );
    }
    let stranger = Client::register(&stack.url, "babak").await;
    let (status, _) = refused(&stranger, &path, json!({})).await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    // Deleted with its checkpoints, it leaves the others as they are.
    let (status, _) = user.send(Method::DELETE, &purge, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let path = format!("/api/training/{}/continue", id(&slower));
    let again = user.post(&path, json!({ "epochs": 1 })).await;
    assert_eq!(again["config"]["epochs"], 4);
    let (status, _) = user
        .send(
            Method::DELETE,
            &format!("/api/training/{}", id(&again)),
            None,
        )
        .await;
    assert_eq!(status, StatusCode::ACCEPTED);
    stack.quiet(LIMIT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voice_is_a_base_with_all_that_its_training_kept() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let worker = stack.worker().await;
    let first = user.post("/api/training", order(1)).await;
    let voice = completed(&user, &first).await["voiceId"].clone();
    let from_voice = |more: Value| {
        let mut order = order(1);
        order["baseVoiceId"] = voice.clone();
        for (name, value) in more.as_object().unwrap() {
            order[name] = value.clone();
        }
        order
    };
    let (status, problem) = refused(
        &user,
        "/api/training",
        from_voice(json!({ "baseVoiceId": NOBODY })),
    )
    .await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("voiceNotFound"))
    );
    let both = from_voice(json!({ "baseModelId": NOBODY }));
    let (_, problem) = refused(&user, "/api/training", both).await;
    assert_eq!(
        (&problem["pointer"], &problem["code"]),
        (&json!("/baseVoiceId"), &json!("secondBase"))
    );

    let second = user.post("/api/training", from_voice(json!({}))).await;
    assert_eq!(second["config"]["text"], "phonemes");
    assert_eq!(second["config"]["baseVoice"]["voiceId"], voice);
    completed(&user, &second).await;
    let entries = log(&user, &second).await;
    let loaded = &of_code(&entries, "baseModelLoaded")[0]["params"];
    assert!(
        loaded["discriminatorTensors"].as_u64().unwrap() > 0,
        "{loaded}"
    );
    assert!(of_code(&entries, "tensorsInitialized").is_empty());
    let curve = user
        .get(&format!("/api/training/{}/metrics", id(&second)))
        .await;
    assert_eq!(curve["items"][0]["step"], 1);

    // Without its training the voice itself is left.
    drop(worker);
    let purge = format!("/api/training/{}?purge=true", id(&first));
    let (status, _) = user.send(Method::DELETE, &purge, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let third = user.post("/api/training", from_voice(json!({}))).await;
    let path = format!("/api/voices/{}", voice.as_str().unwrap());
    let (status, problem) = user.send(Method::DELETE, &path, None).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("voiceInUse"))
    );
    let _worker = stack.worker().await;
    completed(&user, &third).await;
    let entries = log(&user, &third).await;
    let loaded = &of_code(&entries, "baseModelLoaded")[0]["params"];
    assert_eq!(loaded["discriminatorTensors"], 0);
    let (status, _) = user.send(Method::DELETE, &path, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_that_diverges_goes_back_at_half_the_rate_until_it_learns() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let order = json!({
        "modelType": "tts", "epochs": 1_000, "batchSize": 2, "validationSplit": 0, "learningRate": 0.01, "baseModelId": null,
        "checkpointEvery": 30, "sampleRate": 16_000, "precision": "fp32"
    });
    let training = user.post("/api/training", order).await;
    let path = format!("/api/training/{}", id(&training));
    // More than anybody may ask for: at this rate the KL loss is infinite after some four steps.
    sqlx::query("UPDATE training_jobs SET config = jsonb_set(config, '{learningRate}', '0.05')")
        .execute(&stack.db)
        .await
        .unwrap();
    let _worker = stack.worker().await;
    eventually("a divergence", 3 * LIMIT, || async {
        let row = user.get(&path).await;
        assert!(
            row["status"] == "queued" || row["status"] == "running",
            "{row}"
        );
        (row["divergences"].as_i64().unwrap() > 0).then_some(())
    })
    .await;
    let went_back = log(&user, &training).await;
    let went_back = of_code(&went_back, "wentBack")[0]["params"].clone();
    assert_eq!(went_back["learningRate"], 0.025);
    let step = went_back["step"].as_i64().unwrap();
    let from = went_back["checkpointStep"].as_i64().unwrap_or(0);
    assert!(from < step);
    // It learns beyond the step at which it diverged, without another attempt.
    eventually("steps beyond", 3 * LIMIT, || async {
        let row = user.get(&path).await;
        (row["metrics"]["step"].as_i64().unwrap_or(0) > step).then_some(())
    })
    .await;
    let outcomes = stack.outcomes().await;
    assert_eq!(outcomes[0].as_deref(), Some("handed_back"), "{outcomes:?}");
    let (status, _) = user.send(Method::DELETE, &path, None).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    stack.quiet(LIMIT).await;
}
