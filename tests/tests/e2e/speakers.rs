//! A dataset of several speakers, from its archive to the voice that each of them is heard in.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    archive::tar_gz,
    client::{Client, Socket},
    root,
    stack::Stack,
};

async fn upload(user: &Client, metadata: &str) -> Value {
    let clip = std::fs::read(root().join("datasets/sample-fa/wavs/fa-001.flac")).unwrap();
    let archive = tar_gz(&[
        ("metadata.csv", metadata.as_bytes()),
        ("wavs/a.flac", &clip),
        ("wavs/b.flac", &clip),
    ]);
    user.upload("گفت‌وگو", archive).await.1
}

/// What a voice says, by this speaker or by the one that it takes by itself.
async fn audio(user: &Client, socket: &mut Socket, voice: &str, speaker: Option<&str>) -> Vec<u8> {
    let mut asked = json!({ "text": "سلام", "noise": 0 });
    if let Some(speaker) = speaker {
        asked["speaker"] = json!(speaker);
    }
    let path = format!("/api/voices/{voice}/synthesize");
    let said = user.post(&path, asked).await;
    assert_eq!(said["options"]["speaker"], json!(speaker));
    socket.until("voice:complete").await;
    let id = said["id"].as_str().unwrap();
    user.bytes(&format!("/api/syntheses/{id}/audio")).await
}

#[tokio::test]
async fn each_speaker_of_a_dataset_is_heard_in_its_voice() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let mut socket = user.listen(None).await;
    let _worker = stack.worker().await;

    let dataset = upload(&user, "id|text|speaker\na|سلام دنیا|سارا\nb|کتاب خوب|Omid\n").await;
    socket.until("dataset:complete").await;
    let path = format!("/api/datasets/{}", dataset["id"].as_str().unwrap());
    let report = user.get(&path).await["report"].clone();
    assert_eq!(report["speakers"], json!({ "سارا": 1, "Omid": 1 }));
    let clips = user.get(&format!("{path}/clips")).await;
    assert_eq!(clips["items"][0]["speaker"], "سارا");

    // The shipped voice has one speaker, as whom both begin.
    let request = json!({ "modelType": "tts", "datasetId": dataset["id"], "validationSplit": 0, "epochs": 3, "batchSize": 2 });
    let training = user.post("/api/training", request).await;
    socket.until("training:complete").await;
    let path = format!("/api/training/{}", training["id"].as_str().unwrap());
    let training = user.get(&path).await;
    let voice = training["voiceId"].as_str().unwrap();
    let row = user.get(&format!("/api/voices/{voice}")).await;
    assert_eq!(row["speakers"], json!(["Omid", "سارا"]));
    let config = user
        .bytes(&format!("/api/voices/{voice}/files/config.json"))
        .await;
    let config: Value = serde_json::from_slice(&config).unwrap();
    assert_eq!(config["num_speakers"], 2);
    assert_eq!(config["speaker_id_map"], json!({ "Omid": 0, "سارا": 1 }));

    let first = audio(&user, &mut socket, voice, None).await;
    assert_eq!(first, audio(&user, &mut socket, voice, Some("Omid")).await);
    assert_ne!(first, audio(&user, &mut socket, voice, Some("سارا")).await);
    let nobody = json!({ "text": "سلام", "speaker": "Mina" });
    let path = format!("/api/voices/{voice}/synthesize");
    let (status, problem) = user.send(Method::POST, &path, Some(nobody)).await;
    assert_eq!(status, 422, "{problem}");
    let error = &problem["errors"][0];
    assert_eq!(error["pointer"], "/speaker", "{problem}");
    assert_eq!(error["code"], "unknownSpeaker", "{problem}");
}

#[tokio::test]
async fn lines_without_a_speaker_beside_others_are_refused() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let mut socket = user.listen(None).await;
    let _worker = stack.worker().await;
    let dataset = upload(&user, "a|سلام دنیا||سارا\nb|کتاب خوب\n").await;
    let error = socket.until("dataset:error").await.pop().unwrap();
    assert_eq!(error["data"]["datasetId"], dataset["id"]);
    assert_eq!(
        error["data"]["details"],
        json!({ "code": "metadataLine", "params": { "line": 2, "problem": "missingSpeaker" } })
    );
}
