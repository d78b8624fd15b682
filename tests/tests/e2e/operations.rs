//! The operators' view: status, metrics, and the command line.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tests::{client::Client, eventually, stack::Stack};

const LIMIT: Duration = Duration::from_secs(60);
const TOKEN: &str = "the token of Prometheus";

async fn start_training(user: &Client) -> String {
    let request =
        json!({ "modelType": "tts", "validationSplit": 0, "epochs": 100, "batchSize": 4 });
    let training = user.post("/api/training", request).await;
    training["id"].as_str().unwrap().to_owned()
}

async fn scrape(client: &Client) -> String {
    String::from_utf8(client.bytes("/api/metrics").await).unwrap()
}

#[tokio::test]
async fn operators_see_queues_runs_and_workers() {
    let stack = Stack::with(&[("AVAGAR__SERVER__METRICS_TOKEN", TOKEN)]).await;
    let admin = Client::register(&stack.url, "sara").await;
    let member = Client::register(&stack.url, "babak").await;
    let mut socket = admin.listen(Some(0)).await;
    for _ in 0..3 {
        start_training(&admin).await;
    }
    let mut worker = stack.worker().await;
    socket.until("training:progress").await;

    let status = admin.get("/api/system/status").await;
    let training = status["queues"].as_array().unwrap().iter();
    let training = training
        .clone()
        .find(|queue| queue["name"] == "training")
        .unwrap();
    assert_eq!(
        (&training["waiting"], &training["running"]),
        (&json!(2), &json!(1))
    );
    assert!(training["oldestAgeSeconds"].as_f64().unwrap() > 0.0);
    let workers = status["workers"].as_array().unwrap();
    assert_eq!(workers.len(), 1);
    assert_eq!(
        (&workers[0]["slots"]["training"], &workers[0]["running"]),
        (&json!(1), &json!(1))
    );

    // For administrators and the token; nobody else.
    assert_eq!(member.send(Method::GET, "/api/metrics", None).await.0, 403);
    for token in ["", "another one"] {
        let stranger = admin.with_token(token);
        assert_eq!(
            stranger.send(Method::GET, "/api/metrics", None).await.0,
            401
        );
    }
    for reader in [admin.clone(), admin.with_token(TOKEN)] {
        let text = scrape(&reader).await;
        for line in [
            "avagar_jobs_waiting{queue=\"training\"} 2",
            "avagar_jobs_running{queue=\"training\"} 1",
            "avagar_websockets 1",
            "avagar_worker_last_heartbeat_timestamp_seconds{worker=",
            "avagar_event_lag_seconds_count ",
            "avagar_jobs_oldest_age_seconds{queue=\"training\"} ",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }

    worker.signal("TERM");
    assert!(worker.ended(Duration::from_secs(25)).await.success());
    let status = admin.get("/api/system/status").await;
    assert_eq!(status["workers"], json!([]), "it deregistered");
    assert_eq!(
        status["endedRuns"],
        json!([{ "kind": "training", "outcome": "handed_back", "count": 1 }])
    );
}

#[tokio::test]
async fn operators_list_retry_cancel_and_purge_on_the_command_line() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let (first, second) = (start_training(&user).await, start_training(&user).await);
    lists_jobs_by_state_and_queue(&stack, [&first, &second]).await;
    cancels_a_queued_job(&stack, &user, &first).await;
    retries_a_failed_job(&stack, &user, &second).await;
    let _worker = stack.worker().await;
    cancels_a_running_job(&stack, &user, &second).await;
    purges_only_old_rows_and_no_jobs(&stack, &user).await;
    refuses_invalid_arguments(&stack).await;
}

async fn lists_jobs_by_state_and_queue(stack: &Stack, queued: [&str; 2]) {
    let listed = stack.operate(&["list", "--state", "queued"]).await.unwrap();
    for id in queued {
        let line = listed.lines().find(|line| line.starts_with(id)).unwrap();
        assert!(
            line.contains("sara@example.org") && line.contains("queued"),
            "{line}"
        );
    }
    // With the header.
    assert_eq!(listed.lines().count(), 3);
    let listed = stack.operate(&["list", "--queue", "speech"]).await.unwrap();
    assert_eq!(listed.lines().count(), 1);
}

async fn cancels_a_queued_job(stack: &Stack, user: &Client, id: &str) {
    stack.operate(&["cancel", id]).await.unwrap();
    let training = user.get(&format!("/api/training/{id}")).await;
    assert_eq!(training["status"], "cancelled");
    let refused = stack.operate(&["retry", id]).await.unwrap_err();
    assert!(
        refused.contains("only a failed job can be tried again"),
        "{refused}"
    );
}

async fn retries_a_failed_job(stack: &Stack, user: &Client, id: &str) {
    sqlx::query(
        "UPDATE jobs SET status = 'failed', error_message = 'x', completed_at = now(), attempts = 5, task_id = NULL, start_tag = NULL
         WHERE id = $1::uuid",
    )
    .bind(id)
    .execute(&stack.db)
    .await
    .unwrap();
    stack.operate(&["retry", id]).await.unwrap();
    let row = user.get(&format!("/api/training/{id}")).await;
    assert_eq!(
        (&row["status"], &row["attempts"]),
        (&json!("queued"), &json!(0))
    );
    assert!(row["errorMessage"].is_null() && row["completedAt"].is_null());
}

/// It stops at a step's end.
async fn cancels_a_running_job(stack: &Stack, user: &Client, id: &str) {
    let path = format!("/api/training/{id}");
    eventually("the run", LIMIT, || async {
        (user.get(&path).await["status"] == "running").then_some(())
    })
    .await;
    stack.operate(&["cancel", id]).await.unwrap();
    eventually("the cancellation", LIMIT, || async {
        (user.get(&path).await["status"] == "cancelled").then_some(())
    })
    .await;
}

async fn purges_only_old_rows_and_no_jobs(stack: &Stack, user: &Client) {
    let purge = ["purge", "--older-than-days", "1"];
    let purged = stack.operate(&purge).await.unwrap();
    assert!(purged.starts_with("deleted 0 events, 0 runs"), "{purged}");
    sqlx::query("UPDATE runs SET ended_at = now() - interval '2 days'")
        .execute(&stack.db)
        .await
        .unwrap();
    let tasks: i64 = sqlx::query_scalar("SELECT count(*) FROM apalis.jobs")
        .fetch_one(&stack.db)
        .await
        .unwrap();
    assert_eq!(tasks, 0, "the claim and the cancellation delete them");
    let purged = stack.operate(&purge).await.unwrap();
    assert!(purged.contains(" 1 runs, 0 idempotency keys"), "{purged}");
    let trainings = user.get("/api/training").await;
    assert_eq!(trainings["items"].as_array().unwrap().len(), 2);
}

async fn refuses_invalid_arguments(stack: &Stack) {
    let missing = "00000000-0000-4000-8000-000000000000";
    let queues = "expected datasets, downloads, training, speech";
    for (arguments, reason) in [
        (&["retry", "no-id"][..], "invalid value"),
        (&["cancel", missing], "no job with this id"),
        (&["list", "--queue", "cake"], queues),
        (&["purge", "--older-than-days", "0"], "0 is not in"),
    ] {
        let refused = stack.operate(arguments).await.unwrap_err();
        assert!(refused.contains(reason), "{refused}");
    }
}

/// Statement by statement, so that none holds its locks for long, and however long it takes in all.
#[tokio::test]
async fn old_idempotency_keys_go_in_batches() {
    let stack = Stack::start().await;
    Client::register(&stack.url, "sara").await;
    sqlx::raw_sql(
        "INSERT INTO idempotency_keys (user_id, key, request_hash, row_id, created_at)
         SELECT users.id, 'key ' || number, decode(repeat('00', 32), 'hex'), gen_random_uuid(),
                now() - CASE WHEN number <= 25000 THEN interval '2 days' ELSE interval '0' END
         FROM users, generate_series(1, 25010) AS number;
         CREATE TABLE batches (size bigint NOT NULL);
         CREATE FUNCTION write_batch() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             INSERT INTO batches SELECT count(*) FROM gone;
             PERFORM pg_sleep(3);
             RETURN NULL;
         END;
         $$;
         CREATE TRIGGER write_batch AFTER DELETE ON idempotency_keys REFERENCING OLD TABLE AS gone
             FOR EACH STATEMENT EXECUTE FUNCTION write_batch();",
    )
    .execute(&stack.db)
    .await
    .unwrap();
    let purged = stack
        .operate(&["purge", "--older-than-days", "1"])
        .await
        .unwrap();
    assert!(purged.contains(" 25000 idempotency keys"), "{purged}");
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM idempotency_keys")
        .fetch_one(&stack.db)
        .await
        .unwrap();
    assert_eq!(left, 10);
    let batches: Vec<i64> = sqlx::query_scalar("SELECT size FROM batches ORDER BY size")
        .fetch_all(&stack.db)
        .await
        .unwrap();
    assert_eq!(batches, [5_000, 10_000, 10_000]);
}

#[tokio::test]
async fn logs_are_json_where_that_is_asked_for() {
    let stack = Stack::start().await;
    let worker = stack.worker_with(&[("LOG_FORMAT", "json")]).await;
    let log = worker.log();
    assert!(!log.is_empty());
    for line in log {
        let event: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert!(
            event["level"].is_string() && event["fields"]["message"].is_string(),
            "{line}"
        );
    }
}
