//! Invalid requests are refused early, with their reason, and leave nothing behind.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{client::Client, stack::Stack};

/// The id of nothing.
const MISSING: &str = "00000000-0000-4000-8000-000000000000";
const REGISTER: &str = "/api/auth/register";
const LOGIN: &str = "/api/auth/login";
const TRAINING: &str = "/api/training";
const SYNTHESIZE: &str = "/api/voices/00000000-0000-4000-8000-000000000000/synthesize";

/// A request that is refused.
struct Case {
    path: &'static str,
    body: Value,
    status: u16,
    signed_in: bool,
    /// The JSON pointer of the first error, if it is checked.
    pointer: Option<String>,
}

impl Case {
    /// Sent by a user who is signed in.
    fn new(path: &'static str, body: Value, status: u16) -> Self {
        Self {
            path,
            body,
            status,
            signed_in: true,
            pointer: None,
        }
    }

    /// Sent by somebody who is not signed in.
    fn anonymous(path: &'static str, body: Value, status: u16) -> Self {
        Self {
            signed_in: false,
            ..Self::new(path, body, status)
        }
    }

    fn at(self, pointer: &str) -> Self {
        Self {
            pointer: Some(pointer.into()),
            ..self
        }
    }
}

async fn assert_refused(user: &Client, cases: Vec<Case>) {
    let anonymous = user.with_token("");
    for case in cases {
        let client = if case.signed_in { user } else { &anonymous };
        let body = Some(case.body.clone());
        let (status, problem) = client.send(Method::POST, case.path, body).await;
        let sent = format!("{} {}: {problem}", case.path, case.body);
        assert_eq!(status, case.status, "{sent}");
        if let Some(pointer) = case.pointer {
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{sent}");
        }
        let detail = problem["detail"].as_str();
        assert!(detail.is_some_and(|detail| detail.len() > 5), "{sent}");
    }
}

fn refused_accounts() -> Vec<Case> {
    let account = |email: &str, password: &str, status: u16| {
        let account = json!({ "email": email, "username": "x", "password": password });
        Case::anonymous(REGISTER, account, status)
    };
    vec![
        account("sara@example.org", "correct horse", 409),
        account("SARA@example.org", "correct horse", 409),
        account("no address", "correct horse", 422).at("/email"),
        account("b@example.org", "short", 422).at("/password"),
        Case::anonymous(REGISTER, json!({ "email": "b@example.org" }), 422).at(""),
    ]
}

fn refused_logins() -> Vec<Case> {
    let login = |email: &str| {
        let login = json!({ "email": email, "password": "wrong horse" });
        Case::anonymous(LOGIN, login, 401)
    };
    vec![login("sara@example.org"), login("nobody@example.org")]
}

fn training(changes: &[(&str, Value)]) -> Value {
    let mut training = json!({ "modelType": "tts", "epochs": 1, "batchSize": 4 });
    for (field, value) in changes {
        training[*field] = value.clone();
    }
    training
}

fn refused_trainings() -> Vec<Case> {
    let invalid_fields = [
        ("validationSplit", json!(0.6)),
        ("optimizer", json!("sgd")),
        ("precision", json!("fp8")),
        ("segments", json!(0)),
        ("segments", json!(17)),
        ("accumulate", json!(0)),
        ("accumulate", json!(65)),
        ("epochs", json!(0)),
        ("epochs", json!(-1)),
        ("epochs", json!("many")),
        ("batchSize", json!(100_000)),
        ("learningRate", json!(9.0)),
        ("preset", json!("huge")),
        ("speed", json!(3)),
        ("datasetId", json!(MISSING)),
        ("modelType", json!("stt")),
    ]
    .map(|(field, value)| {
        Case::new(TRAINING, training(&[(field, value)]), 422).at(&format!("/{field}"))
    });
    let without_validation = [("validationSplit", json!(0)), ("earlyStopping", json!(3))];
    let mut cases = vec![
        Case::anonymous(TRAINING, training(&[]), 401),
        Case::new(TRAINING, training(&without_validation), 422).at("/earlyStopping"),
        Case::new("/api/training/nonsense/pause", json!({}), 404),
    ];
    cases.extend(invalid_fields);
    cases
}

fn refused_syntheses() -> Vec<Case> {
    let text = |text: &str, status: u16| Case::new(SYNTHESIZE, json!({ "text": text }), status);
    let fast = json!({ "text": "سلام", "speed": 99 });
    vec![
        text("سلام", 404),
        text("  ", 422).at("/text"),
        text(&"آ".repeat(20_001), 422).at("/text"),
        Case::new(SYNTHESIZE, fast, 422).at("/speed"),
    ]
}

async fn refuses_malformed_bodies(user: &Client) {
    let long = format!("\"{}\"", "x".repeat(10_000_000));
    for (content_type, body, status) in [
        ("application/json", "{".to_owned(), 400),
        ("application/json", "\u{0}".to_owned(), 400),
        ("text/plain", "{}".to_owned(), 415),
        ("application/json", long, 413),
    ] {
        let (got, problem) = user.send_raw(TRAINING, content_type, body).await;
        assert_eq!(got, status, "{problem}");
    }
}

async fn refuses_invalid_pages(user: &Client) {
    for path in [
        "/api/training?limit=0",
        "/api/training?limit=x",
        "/api/training?page=2",
    ] {
        assert_eq!(user.send(Method::GET, path, None).await.0, 422, "{path}");
    }
}

#[tokio::test]
async fn invalid_requests_are_refused_with_their_reason_and_leave_no_rows() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    assert_refused(&user, refused_accounts()).await;
    assert_refused(&user, refused_logins()).await;
    assert_refused(&user, refused_trainings()).await;
    assert_refused(&user, refused_syntheses()).await;
    assert_refused(&user, vec![Case::new("/api/nothing", json!({}), 404)]).await;
    refuses_malformed_bodies(&user).await;
    refuses_invalid_pages(&user).await;
    for (table, expected) in [
        ("training_jobs", 0),
        ("syntheses", 0),
        ("idempotency_keys", 0),
        ("apalis.jobs", 0),
        ("users", 1),
    ] {
        let query = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let rows: i64 = sqlx::query_scalar(query)
            .fetch_one(&stack.db)
            .await
            .unwrap();
        assert_eq!(rows, expected, "{table}");
    }
}

/// More at once than the API has connections: none of them may hold one while it waits for another.
#[tokio::test(flavor = "multi_thread")]
async fn more_concurrent_invalid_requests_than_connections_are_refused_with_their_reason_too() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let requests = (0..64).map(|_| {
        let invalid = training(&[("datasetId", json!(MISSING))]);
        user.send(Method::POST, TRAINING, Some(invalid))
    });
    for (status, problem) in futures::future::join_all(requests).await {
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
    let request = json!({ "modelType": "tts", "epochs": 1, "batchSize": 4 });
    let (_, first) = user
        .send_with("/api/training", ("Idempotency-Key", "one"), request.clone())
        .await;
    let (status, second) = user
        .send_with("/api/training", ("Idempotency-Key", "one"), request)
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

/// PostgreSQL's text has no NUL: a request with one is invalid, and no sign that the database is unavailable.
#[tokio::test]
async fn a_nul_character_is_refused_at_the_edge() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let login = json!({ "email": "\u{0}", "password": "x" });
    let account =
        json!({ "email": "b@example.org", "username": "x", "password": "correct\u{0}horse" });
    let synthesis = json!({ "text": "سلام\u{0}" });
    let cases = vec![
        Case::anonymous(LOGIN, login, 422).at("/email"),
        Case::anonymous(REGISTER, account, 422).at("/password"),
        Case::new(SYNTHESIZE, synthesis, 422).at("/text"),
    ];
    assert_refused(&user, cases).await;
    let path = "/api/datasets/00000000-0000-4000-8000-000000000000/clips/a%00b/audio";
    let (status, problem) = user.send(Method::GET, path, None).await;
    assert_eq!((status.as_u16(), &problem["status"]), (404, &json!(404)));
    let path = "/api/sources/search?q=a%00b";
    let (status, problem) = user.send(Method::GET, path, None).await;
    assert_eq!(status, 422, "{problem}");
    assert_eq!(problem["errors"][0]["pointer"], "/q", "{problem}");
}
