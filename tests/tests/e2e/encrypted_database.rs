//! PostgreSQL over TLS, as hosts offer it: every connection of every process is encrypted and knows whom it speaks to.

use std::{process::Command, time::Duration};

use serde_json::json;
use tests::{
    client::Client,
    postgres::OwnPostgres,
    process::{self, Process},
    root,
    stack::{SECRETS, Stack},
};

const LIMIT: Duration = Duration::from_secs(120);

/// The connections of Avagar's processes: how many are encrypted, and how many are not.
async fn connections(stack: &Stack) -> (i64, i64) {
    sqlx::query_as(
        "SELECT count(*) FILTER (WHERE ssl), count(*) FILTER (WHERE NOT ssl)
         FROM pg_stat_activity JOIN pg_stat_ssl USING (pid)
         WHERE datname = current_database()",
    )
    .fetch_one(&stack.db)
    .await
    .unwrap()
}

#[tokio::test]
async fn every_connection_of_every_process_is_encrypted() {
    let postgres = OwnPostgres::start().await;
    let authority = postgres.encrypt("localhost").await;
    let url = postgres.verified_url("localhost", Some(&authority));
    let stack = Stack::on(&url, &[]).await;
    let user = Client::register(&stack.url, "sara").await;
    let mut socket = user.listen(Some(0)).await;
    let _worker = stack.worker().await;
    let _downloader = stack.downloader().await;
    let training = json!({ "modelType": "tts", "epochs": 1, "batchSize": 4, "validationSplit": 0 });
    user.post("/api/training", training).await;
    socket.until("training:progress").await;
    let (encrypted, plain) = connections(&stack).await;
    assert_eq!(plain, 0);
    // At least a pool and a listener of each process, and the fetches of apalis.
    assert!(encrypted > 6, "{encrypted}");
    socket.until("training:complete").await;
}

#[tokio::test]
async fn a_server_that_cannot_prove_who_it_is_is_refused() {
    let postgres = OwnPostgres::start().await;
    let authority = postgres.encrypt("localhost").await;
    let by_another_name = postgres.verified_url("127.0.0.1", Some(&authority));
    let by_nobody_known = postgres.verified_url("localhost", None);
    for (url, reason) in [
        (by_another_name, "not valid for name"),
        (by_nobody_known, "UnknownIssuer"),
    ] {
        let mut migrate = Command::new(process::binary("api"));
        migrate.arg("migrate").current_dir(root()).envs(SECRETS);
        let mut api = Process::start("api", migrate.env("DATABASE_URL", url));
        assert!(!api.ended(LIMIT).await.success());
        let log = api.log().join("\n");
        assert!(log.contains(reason), "{log}");
    }
}
