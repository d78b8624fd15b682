//! What is wrong is refused early, clearly, and leaves nothing behind.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{client::Client, eventually, stack::Stack};

#[tokio::test]
async fn what_is_wrong_is_refused_with_its_reason_and_leaves_no_rows() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let nobody = user.with_token("");
    let synthesize = "/api/voices/00000000-0000-4000-8000-000000000000/synthesize";

    let account = |email: &str, password: &str| json!({ "email": email, "username": "x", "password": password });
    let training = |more: Value| {
        let mut training = json!({ "modelType": "tts", "epochs": 1, "batchSize": 4 });
        training
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        training
    };
    let refused: Vec<(&Client, &str, Value, u16, Option<&str>)> = vec![
        (
            &nobody,
            "/api/auth/register",
            account("sara@example.org", "correct horse"),
            409,
            None,
        ),
        (
            &nobody,
            "/api/auth/register",
            account("SARA@example.org", "correct horse"),
            409,
            None,
        ),
        (
            &nobody,
            "/api/auth/register",
            account("no address", "correct horse"),
            422,
            Some("/email"),
        ),
        (
            &nobody,
            "/api/auth/register",
            account("b@example.org", "short"),
            422,
            Some("/password"),
        ),
        (
            &nobody,
            "/api/auth/register",
            json!({ "email": "b@example.org" }),
            422,
            Some(""),
        ),
        (
            &nobody,
            "/api/auth/login",
            json!({ "email": "sara@example.org", "password": "wrong horse" }),
            401,
            None,
        ),
        (
            &nobody,
            "/api/auth/login",
            json!({ "email": "nobody@example.org", "password": "wrong horse" }),
            401,
            None,
        ),
        (&nobody, "/api/training", training(json!({})), 401, None),
        (
            &user,
            "/api/training",
            training(json!({ "validationSplit": 0.6 })),
            422,
            Some("/validationSplit"),
        ),
        (
            &user,
            "/api/training",
            training(json!({ "validationSplit": 0, "earlyStopping": 3 })),
            422,
            Some("/earlyStopping"),
        ),
        (
            &user,
            "/api/training",
            training(json!({ "optimizer": "sgd" })),
            422,
            Some("/optimizer"),
        ),
        (
            &user,
            "/api/training",
            training(json!({ "precision": "fp8" })),
            422,
            Some("/precision"),
        ),
        (
            &user,
            "/api/training",
            training(json!({ "epochs": 0 })),
            422,
            Some("/epochs"),
        ),
        (
            &user,
            "/api/training",
            training(json!({ "epochs": -1 })),
            422,
            Some("/epochs"),
        ),
        (
            &user,
            "/api/training",
            training(json!({ "epochs": "many" })),
            422,
            Some("/epochs"),
        ),
        (
            &user,
            "/api/training",
            training(json!({ "batchSize": 100_000 })),
            422,
            Some("/batchSize"),
        ),
        (
            &user,
            "/api/training",
            training(json!({ "learningRate": 9.0 })),
            422,
            Some("/learningRate"),
        ),
        (
            &user,
            "/api/training",
            training(json!({ "preset": "huge" })),
            422,
            Some("/preset"),
        ),
        (
            &user,
            "/api/training",
            training(json!({ "speed": 3 })),
            422,
            Some("/speed"),
        ),
        (
            &user,
            "/api/training",
            training(json!({ "datasetId": "00000000-0000-4000-8000-000000000000" })),
            422,
            Some("/datasetId"),
        ),
        (
            &user,
            "/api/training",
            json!({ "modelType": "stt", "epochs": 1, "batchSize": 4 }),
            422,
            Some("/modelType"),
        ),
        (&user, synthesize, json!({ "text": "سلام" }), 404, None),
        (
            &user,
            synthesize,
            json!({ "text": "  " }),
            422,
            Some("/text"),
        ),
        (
            &user,
            synthesize,
            json!({ "text": "آ".repeat(2001) }),
            422,
            Some("/text"),
        ),
        (
            &user,
            synthesize,
            json!({ "text": "سلام", "speed": 99 }),
            422,
            Some("/speed"),
        ),
        (&user, "/api/training/nonsense/pause", json!({}), 404, None),
        (&user, "/api/nothing", json!({}), 404, None),
    ];
    for (client, path, body, status, pointer) in refused {
        let (got, problem) = client.send(Method::POST, path, Some(body.clone())).await;
        assert_eq!(got, status, "{path} {body}: {problem}");
        if let Some(pointer) = pointer {
            assert_eq!(
                problem["errors"][0]["pointer"], pointer,
                "{path} {body}: {problem}"
            );
        }
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|detail| detail.len() > 5),
            "{problem}"
        );
    }
    for (content_type, body, status) in [
        ("application/json", "{".to_owned(), 400),
        ("application/json", "\u{0}".to_owned(), 400),
        ("text/plain", "{}".to_owned(), 415),
        (
            "application/json",
            format!("\"{}\"", "x".repeat(10_000_000)),
            413,
        ),
    ] {
        let (got, problem) = user.send_raw("/api/training", content_type, body).await;
        assert_eq!(got, status, "{problem}");
    }
    for path in [
        "/api/training?limit=0",
        "/api/training?limit=x",
        "/api/training?page=2",
    ] {
        assert_eq!(user.send(Method::GET, path, None).await.0, 422, "{path}");
    }
    for table in [
        "training_jobs",
        "syntheses",
        "idempotency_keys",
        "apalis.jobs",
    ] {
        let query = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let rows: i64 = sqlx::query_scalar(query)
            .fetch_one(&stack.db)
            .await
            .unwrap();
        assert_eq!(rows, 0, "{table}");
    }
    let users: i64 = sqlx::query_scalar("SELECT count(*) FROM users")
        .fetch_one(&stack.db)
        .await
        .unwrap();
    assert_eq!(users, 1);
}

/// More at once than the API has connections: none of them may hold one while it waits for another.
#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_that_is_wrong_at_once_is_refused_with_its_reason_too() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let users = (0..64).map(|_| {
        let wrong = json!({
            "modelType": "tts", "epochs": 1, "batchSize": 4, "datasetId": "00000000-0000-4000-8000-000000000000",
        });
        user.send(Method::POST, "/api/training", Some(wrong))
    });
    for (status, problem) in futures::future::join_all(users).await {
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    }
}

#[tokio::test]
async fn a_forged_expired_or_ended_token_opens_nothing() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    assert_eq!(user.get("/api/auth/me").await["role"], "admin");
    let mut altered = user.token.clone();
    altered.pop();
    for token in [
        "x",
        "a.b.c",
        &altered,
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiIwIn0.",
    ] {
        assert_eq!(
            user.with_token(token)
                .send(Method::GET, "/api/auth/me", None)
                .await
                .0,
            401,
            "{token}"
        );
        assert_eq!(
            user.with_token(token).try_listen(None, None).await.err(),
            Some(401),
            "{token}"
        );
    }
    assert_eq!(
        user.try_listen(None, Some("https://elsewhere.example"))
            .await
            .err(),
        Some(403)
    );

    // Signing out closes the socket and ends the access token, though that has not expired.
    let mut socket = user.listen(None).await;
    assert_eq!(
        user.send(Method::POST, "/api/auth/logout", None).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(socket.next().await.err(), Some(1008));
    assert_eq!(user.send(Method::GET, "/api/auth/me", None).await.0, 401);
}

#[tokio::test]
async fn the_same_idempotency_key_starts_one_training() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let asked = json!({ "modelType": "tts", "epochs": 1, "batchSize": 4 });
    let (_, first) = user
        .send_with("/api/training", ("Idempotency-Key", "one"), asked.clone())
        .await;
    let (status, second) = user
        .send_with("/api/training", ("Idempotency-Key", "one"), asked)
        .await;
    assert_eq!((status.as_u16(), &first["id"]), (202, &second["id"]));
    let other = json!({ "modelType": "tts", "epochs": 2, "batchSize": 4 });
    assert_eq!(
        user.send_with("/api/training", ("Idempotency-Key", "one"), other)
            .await
            .0,
        409
    );
    assert_eq!(
        user.get("/api/training").await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn an_upload_is_checked_and_what_is_no_dataset_is_refused() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let mut socket = user.listen(None).await;
    let _worker = stack.worker().await;

    let (status, problem) = user.upload("no archive", b"hello".to_vec()).await;
    assert_eq!(
        (status.as_u16(), &problem["errors"][0]["pointer"]),
        (422, &json!("/file"))
    );
    let (status, _) = user
        .send_raw(
            "/api/datasets",
            "multipart/form-data; boundary=x",
            "--x\r\nbroken",
        )
        .await;
    assert_eq!(status, 400);
    assert_eq!(
        user.get("/api/datasets").await["items"]
            .as_array()
            .unwrap()
            .len(),
        1,
        "only the sample"
    );

    let sample = tests::root().join("datasets/sample-fa/wavs/fa-001.flac");
    let clip = std::fs::read(sample).unwrap();
    let metadata = "a|منت خدای را عزوجل\nb|بدون ضبط\nc|خراب\n";
    let archive = tar_gz(&[
        ("set/metadata.csv", metadata.as_bytes()),
        ("set/wavs/a.flac", &clip),
        ("set/wavs/c.wav", b"RIFF"),
        ("set/wavs/d.flac", &clip),
    ]);
    let (status, dataset) = user.upload("صدای من", archive).await;
    assert_eq!(
        (status.as_u16(), &dataset["status"]),
        (202, &json!("preparing")),
        "{dataset}"
    );
    socket.until("dataset:complete").await;
    let path = format!("/api/datasets/{}", dataset["id"].as_str().unwrap());
    let ready = user.get(&path).await;
    assert_eq!(
        (&ready["status"], &ready["recordCount"], &ready["name"]),
        (&json!("ready"), &json!(1), &json!("صدای من"))
    );
    assert_eq!(ready["report"]["withoutTranscript"], 1, "{ready}");
    let clips = user.get(&format!("{path}/clips")).await;
    let reasons: Vec<&Value> = clips["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|clip| &clip["excludedReason"])
        .collect();
    assert!(
        reasons[0].is_null() && reasons[1].is_string() && reasons[2].is_string(),
        "{clips}"
    );
    let codes = [1, 2].map(|clip: usize| &clips["items"][clip]["excludedDetails"]["code"]);
    assert_eq!(
        codes,
        [&json!("noRecording"), &json!("unreadableAudio")],
        "{clips}"
    );
    assert_eq!(
        &user.bytes(&format!("{path}/clips/a/audio")).await[..4],
        b"RIFF"
    );

    let hostile = tar_gz(&[("metadata.csv", b"a|x"), ("../../a.wav", b"RIFF")]);
    let (_, dataset) = user.upload("hostile", hostile).await;
    let refused = socket.until("dataset:error").await.pop().unwrap();
    assert_eq!(refused["data"]["datasetId"], dataset["id"]);
    assert!(
        refused["data"]["message"]
            .as_str()
            .unwrap()
            .contains("climbs out"),
        "{refused}"
    );

    eventually("the archives are gone", Duration::from_secs(5), || async {
        let left = files_below(&stack.storage().join("uploads"));
        (left == 0).then_some(())
    })
    .await;

    // What was uploaded can be deleted, with its bytes; the sample can't.
    assert_eq!(user.send(Method::DELETE, &path, None).await.0, 204);
    let folder = stack
        .storage()
        .join("datasets")
        .join(ready["id"].as_str().unwrap());
    eventually("the files are gone", Duration::from_secs(5), || async {
        let files = std::fs::read_dir(folder.join("wavs"))
            .map(|files| files.count())
            .unwrap_or(0);
        (files == 0).then_some(())
    })
    .await;
    let sample = user.get("/api/datasets").await["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["sample"] == true)
        .unwrap()["id"]
        .clone();
    assert_eq!(
        user.send(
            Method::DELETE,
            &format!("/api/datasets/{}", sample.as_str().unwrap()),
            None
        )
        .await
        .0,
        409
    );
}

fn files_below(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { files_below(&path) } else { 1 })
        .sum()
}

/// Paths as they are given, also those that no honest program writes.
fn tar_gz(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(
        Vec::new(),
        flate2::Compression::fast(),
    ));
    for (path, content) in files {
        let mut header = tar::Header::new_ustar();
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append(&header, *content).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

/// PostgreSQL's text has no NUL, so whoever sends one is wrong, and the database is not away.
#[tokio::test]
async fn a_nul_character_is_refused_at_the_edge() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let nobody = user.with_token("");
    for (client, path, body, pointer) in [
        (
            &nobody,
            "/api/auth/login",
            json!({ "email": "\u{0}", "password": "x" }),
            "/email",
        ),
        (
            &nobody,
            "/api/auth/register",
            json!({ "email": "b@example.org", "username": "x", "password": "correct\u{0}horse" }),
            "/password",
        ),
        (
            &user,
            "/api/voices/00000000-0000-4000-8000-000000000000/synthesize",
            json!({ "text": "سلام\u{0}" }),
            "/text",
        ),
    ] {
        let (status, problem) = client.send(Method::POST, path, Some(body)).await;
        assert_eq!(status, 422, "{path}: {problem}");
        assert_eq!(
            problem["errors"][0]["pointer"], pointer,
            "{path}: {problem}"
        );
    }
    let path = "/api/datasets/00000000-0000-4000-8000-000000000000/clips/a%00b/audio";
    let (status, problem) = user.send(Method::GET, path, None).await;
    assert_eq!((status.as_u16(), &problem["status"]), (404, &json!(404)));
    let path = "/api/sources/search?q=a%00b";
    let (status, problem) = user.send(Method::GET, path, None).await;
    assert_eq!(status, 422, "{problem}");
    assert_eq!(problem["errors"][0]["pointer"], "/q", "{problem}");
}

#[tokio::test]
async fn a_dataset_is_stopped_while_it_waits_and_while_it_is_prepared() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let sample = tests::root().join("datasets/sample-fa/wavs/fa-001.flac");
    let clip = std::fs::read(sample).unwrap();
    // Enough clips that a worker is in the middle of them when it is told.
    let names: Vec<String> = (0..2_000).map(|number| format!("{number:04}")).collect();
    let metadata: String = names
        .iter()
        .map(|name| format!("{name}|منت خدای را عزوجل\n"))
        .collect();
    let paths: Vec<String> = names
        .iter()
        .map(|name| format!("set/wavs/{name}.flac"))
        .collect();
    let mut files = vec![("set/metadata.csv", metadata.as_bytes())];
    files.extend(paths.iter().map(|path| (path.as_str(), clip.as_slice())));
    let archive = tar_gz(&files);
    let mut socket = user.listen(None).await;

    let (_, waiting) = user.upload("waits", archive.clone()).await;
    let waiting = waiting["id"].as_str().unwrap();
    let path = format!("/api/datasets/{waiting}");
    assert_eq!(user.send(Method::DELETE, &path, None).await.0, 204);
    let told = socket.until("dataset:cancelled").await.pop().unwrap();
    assert_eq!(told["data"]["datasetId"], waiting);

    let (_, running) = user.upload("runs", archive).await;
    let running = running["id"].as_str().unwrap();
    let _worker = stack.worker().await;
    socket.until("dataset:progress").await;
    stack.operate(&["cancel", running]).await.unwrap();
    let told = socket.until("dataset:cancelled").await.pop().unwrap();
    assert_eq!(told["data"]["datasetId"], running);
    let row = user.get(&format!("/api/datasets/{running}")).await;
    assert_eq!(
        (&row["status"], &row["errorMessage"]),
        (&json!("cancelled"), &json!("cancelled by an operator"))
    );
    let refused = stack.operate(&["retry", running]).await.unwrap_err();
    assert!(
        refused.contains("only a failed job can be tried again"),
        "{refused}"
    );
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM apalis.jobs")
        .fetch_one(&stack.db)
        .await
        .unwrap();
    assert_eq!(left, 0);
}
