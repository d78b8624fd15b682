//! A voice from the Hub learns new recordings: installed, trained from, and its licence carried on.

use std::{fs, path::Path, time::Duration};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use test_hub::Repository;
use tests::with_hub::{Given, REPO, given};
use vits::{
    config::{Preset, VitsConfig},
    inference::synthesis::Synthesizer,
    text::tokenizer::Tokenizer,
};

/// As in the real one, id 0 is pad, blank and a letter; it lacks most letters of the recordings.
const VOCABULARY: &str = r#"{"ل": 0, "س": 1, "ا": 2, "م": 3, " ": 4, "د": 5, "ن": 6, "ی": 7}"#;
const RULES: &str =
    r#"{"phonemize": false, "language": "fas", "pad_token": "ل", "unk_token": "<unk>"}"#;
const SOON: Duration = Duration::from_secs(120);

/// A small voice of the MMS kind, as a repository of the Hub.
pub(crate) fn voice(folder: &Path, task: &str) -> Repository {
    fs::write(folder.join("vocab.json"), VOCABULARY).unwrap();
    fs::write(folder.join("tokenizer_config.json"), RULES).unwrap();
    let tokenizer = Tokenizer::load(folder).unwrap();
    let network = VitsConfig {
        use_stochastic_duration_prediction: true,
        ..Preset::Tiny.config(8)
    };
    let saved = folder.join("voice");
    Synthesizer::untrained(network, Some(tokenizer), 3)
        .unwrap()
        .save(&saved)
        .unwrap();
    let files: Vec<(String, Vec<u8>)> = fs::read_dir(&saved)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect();
    let files: Vec<(&str, _)> = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.clone().into()))
        .collect();
    Repository::new(REPO)
        .tagged(task, &["vits", "fa", "license:cc-by-nc-4.0"])
        .commit(&files)
}

async fn installed(given: &Given) -> Value {
    let id = given.request(&given.user).await;
    given.until(&id, "completed").await;
    given.installed(&given.user).await.remove(0)
}

fn order(model: &Value, epochs: u32) -> Value {
    json!({ "modelType": "tts", "epochs": epochs, "batchSize": 8, "checkpointEvery": 2, "baseModelId": model["id"] })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_from_an_installed_voice_keeps_its_licence() {
    let given = given().await;
    let folder = tempfile::tempdir().unwrap();
    given.server.put(voice(folder.path(), "text-to-speech"));
    let user = &given.user;
    let mut worker = given.stack.worker().await;
    let model = installed(&given).await;
    let mut socket = user.listen(None).await;
    let training = user.post("/api/training", order(&model, 1)).await;
    let path = format!("/api/training/{}", training["id"].as_str().unwrap());
    let base = &training["config"]["base"];
    assert_eq!(base["repoId"], REPO);
    assert_eq!(base["licence"], "cc-by-nc-4.0");
    assert_eq!(base["commit"], model["commit"]);

    // While it is needed, nobody can delete it.
    let installed = format!("/api/sources/installed/{}", model["id"].as_str().unwrap());
    let (status, problem) = user.send(Method::DELETE, &installed, None).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");

    socket.until("training:checkpoint").await;
    worker.signal("KILL");
    worker = given.stack.worker().await;
    worker.line("goes on from a checkpoint").await;
    socket.until("training:complete").await;

    let log = user.get(&format!("{path}/log")).await;
    let of_code = |code: &str| {
        let entries = log["items"].as_array().unwrap().iter();
        let of_code = entries.filter(|entry| entry["details"]["code"] == code);
        of_code.collect::<Vec<_>>()
    };
    let loaded = of_code("baseModelLoaded");
    assert_eq!(loaded.len(), 1, "{log}");
    assert_eq!(loaded[0]["details"]["params"]["characters"], 8, "{log}");
    assert_eq!(of_code("newCharacters").len(), 1, "{log}");
    let devices: Result<[&Value; 2], _> = of_code("device").try_into();
    let devices = devices.expect("one of each run");
    let of_runs = devices.map(|device| &device["details"]["params"]);
    // The same in both, whatever the processor is best at.
    assert_eq!(of_runs[0], of_runs[1], "{log}");
    assert_eq!(of_runs[0]["gpu"], json!(null));

    let done = user.get(&path).await;
    let curve = user.get(&format!("{path}/metrics")).await;
    assert_eq!(curve["items"][0]["learningRate"], 2e-5);
    let id = done["voiceId"].as_str().unwrap();
    let voice = user.get(&format!("/api/voices/{id}")).await;
    assert_eq!(voice["base"]["licence"], "cc-by-nc-4.0", "{voice}");
    let config = user
        .bytes(&format!("/api/voices/{id}/files/config.json"))
        .await;
    let config: Value = serde_json::from_slice(&config).unwrap();
    assert_eq!(config["use_stochastic_duration_prediction"], true);
    // Every letter has an id of its own now.
    let vocabulary = user
        .bytes(&format!("/api/voices/{id}/files/vocab.json"))
        .await;
    let vocabulary: Value = serde_json::from_slice(&vocabulary).unwrap();
    assert!(vocabulary["ل"].as_i64().unwrap() > 3);
    user.post(
        &format!("/api/voices/{id}/synthesize"),
        json!({ "text": "سلام" }),
    )
    .await;
    socket.until("voice:complete").await;

    let (status, _) = user.send(Method::DELETE, &installed, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base_that_is_not_there_can_not_be_begun_with_or_is_spoilt_is_refused_with_the_reason() {
    let given = given().await;
    let user = &given.user;
    let _worker = given.stack.worker().await;
    let missing = json!({ "id": "00000000-0000-4000-8000-000000000000" });
    let refused = |asked: Value, code: &'static str| async move {
        let sent = user.send(Method::POST, "/api/training", Some(asked)).await;
        let (status, problem) = sent;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        let error = &problem["errors"][0];
        assert_eq!(error["pointer"], "/baseModelId", "{problem}");
        assert_eq!(error["code"], code, "{problem}");
    };
    refused(order(&missing, 1), "modelNotFound").await;

    // Its weights are noise: that is found before a minute is spent.
    let model = installed(&given).await;
    let mut socket = user.listen(None).await;
    let training = user.post("/api/training", order(&model, 1)).await;
    let error = socket.until("training:error").await.pop().unwrap();
    assert_eq!(error["data"]["trainingId"], training["id"]);
    assert_eq!(error["data"]["status"], "failed", "{error}");

    sqlx::query("UPDATE models SET metadata = metadata || '{\"network\": \"whisper\"}'")
        .execute(&given.stack.db)
        .await
        .unwrap();
    refused(order(&model, 1), "modelNotTrainable").await;
    given.stack.quiet(SOON).await;
}
