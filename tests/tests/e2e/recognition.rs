//! Evaluations say how well the voice is understood, where a recognizer of speech is installed.

use serde_json::{Value, json};
use tests::{client::Client, python_client, stack::Stack};

/// Trains from the shipped voice for two steps, with this python for the recognizer; answers what events and evaluations have of what was
/// said before and after.
async fn evaluated(python: &str) -> [Vec<Value>; 2] {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let mut socket = user.listen(None).await;
    let _worker = stack.worker_with(&[("AVAGAR_RECOGNIZER", python)]).await;
    // Of few sentences, a rate would be chance.
    let request =
        json!({ "modelType": "tts", "epochs": 1, "batchSize": 16, "validationSplit": 0.25 });
    let training = user.post("/api/training", request).await;
    let mut events = Vec::new();
    for _evaluation in 0..2 {
        let mut event = socket.until("training:sample").await.pop().unwrap();
        events.push(event["data"]["spoken"].take());
    }
    socket.until("training:complete").await;
    let path = format!(
        "/api/training/{}/evaluations",
        training["id"].as_str().unwrap()
    );
    let mut listed = user.get(&path).await;
    let listed = listed["items"].as_array_mut().unwrap();
    [
        events,
        listed.iter_mut().map(|it| it["spoken"].take()).collect(),
    ]
}

#[tokio::test]
async fn an_evaluation_tells_how_well_a_voice_is_understood_beside_its_recordings() {
    let python = python_client("recognizer").join("python");
    let [events, listed] = evaluated(python.to_str().unwrap()).await;
    assert_eq!(events, listed);
    let recognized: Vec<[f64; 2]> = listed
        .iter()
        .map(|spoken| {
            ["characterErrorRate", "recordingsCharacterErrorRate"]
                .map(|rate| spoken["recognition"][rate].as_f64().unwrap())
        })
        .collect();
    let [[before, of_recordings], [after, again]] = recognized[..] else {
        panic!("expected two evaluations, got {listed:?}");
    };
    assert_eq!(of_recordings, again, "the recordings are the same");
    // Of another sentence, nine letters of ten are wrong.
    for (what, rate) in [("shipped", before), ("trained", after), ("recorded", again)] {
        assert!(rate > 0.0 && rate < 0.9, "{what}: {recognized:?}");
    }
}

#[tokio::test]
async fn a_recognizer_that_cannot_be_started_keeps_nobody_from_learning() {
    let [_, listed] = evaluated("/nowhere/python").await;
    assert_eq!(listed.len(), 2);
    for spoken in listed {
        assert!(spoken["melDistance"].as_f64().unwrap() > 0.0);
        assert_eq!(spoken["recognition"], Value::Null);
    }
}
