//! A training that can't fit into memory: told before it begins, instead of killing its worker again and again.

use serde_json::json;
use tests::{client::Client, stack::Stack};

#[tokio::test]
async fn a_training_that_cannot_fit_fails_at_once_and_says_what_would() {
    let stack = Stack::with(&[("AVAGAR__WORKER__MEMORY_LIMIT_MB", "700")]).await;
    let user = Client::register(&stack.url, "sara").await;
    let mut socket = user.listen(None).await;
    let _worker = stack.worker().await;
    let asked = json!({ "modelType": "tts", "epochs": 1, "batchSize": 40, "validationSplit": 0 });
    let training = user.post("/api/training", asked).await;
    socket.until("training:error").await;
    let failed = user
        .get(&format!(
            "/api/training/{}",
            training["id"].as_str().unwrap()
        ))
        .await;
    assert_eq!(
        (&failed["status"], &failed["attempts"], &failed["metrics"]),
        (&json!("failed"), &json!(1), &json!(null))
    );
    let sentence = failed["errorMessage"].as_str().unwrap();
    assert!(
        sentence.contains("MiB of memory, and 700 MiB are available"),
        "{sentence}"
    );
    let details = &failed["errorDetails"];
    assert_eq!(details["code"], "outOfMemory");
    let fitting = details["params"]["fittingBatchSize"].as_u64().unwrap();
    assert!((2..40).contains(&fitting), "{sentence}");

    // What it says would fit is taken, and does.
    let asked =
        json!({ "modelType": "tts", "epochs": 1, "batchSize": fitting, "validationSplit": 0 });
    user.post("/api/training", asked).await;
    let told = socket.until("training:progress").await.pop().unwrap();
    assert_eq!(told["data"]["status"], "running");
    socket.until("training:complete").await;
}
