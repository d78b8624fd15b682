//! What apalis does that would hurt, and does not: each test fails without the guard it names.

use std::time::Duration;

use serde_json::json;
use tests::{client::Client, eventually, stack::Stack};
use tokio::time::{Instant, sleep};

const LIMIT: Duration = Duration::from_secs(120);

async fn order(user: &Client, epochs: u32) -> String {
    let asked =
        json!({ "modelType": "tts", "validationSplit": 0, "epochs": epochs, "batchSize": 4 });
    let training = user.post("/api/training", asked).await;
    format!("/api/training/{}", training["id"].as_str().unwrap())
}

async fn until(user: &Client, path: &str, status: &str, limit: Duration) {
    eventually(status, limit, || async {
        (user.get(path).await["status"] == status).then_some(())
    })
    .await;
}

/// Guard: the codec decodes whatever it is given, and the claim asks the jobs' rows.
#[tokio::test]
async fn tasks_that_nobody_can_read_are_consumed_and_the_queue_is_served_on() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let unreadable: [&[u8]; 5] = [
        b"\xff\xfe\x00\x01",
        b"",
        b"{\"kind\":\"training\",\"id\":\"not an id\"}",
        b"{\"kind\":\"cake\"}",
        b"\"\\u0000\"",
    ];
    for (number, payload) in unreadable.iter().enumerate() {
        sqlx::query(
            "INSERT INTO apalis.jobs (id, job_type, job, status, attempts, max_attempts, run_at, priority, metadata)
             VALUES ($1, 'training', $2, 'Pending', 0, 25, now(), 0, '')",
        )
        .bind(format!("01JD0000000000000000000{number:03}"))
        .bind(payload)
        .execute(&stack.db)
        .await
        .unwrap();
    }
    let worker = stack.worker().await;
    eventually("every task consumed", LIMIT, || async {
        let open = "SELECT count(*) FROM apalis.jobs";
        let open: i64 = sqlx::query_scalar(open).fetch_one(&stack.db).await.unwrap();
        (open == 0).then_some(())
    })
    .await;
    let path = order(&user, 1).await;
    until(&user, &path, "running", LIMIT).await;
    let broke_off = worker
        .log()
        .into_iter()
        .find(|line| line.contains("the queue's apalis worker ended"));
    assert_eq!(broke_off, None);
}

/// Guard: tasks are not fetched ahead.
#[tokio::test]
async fn a_busy_worker_holds_no_job_back_that_an_idle_one_could_do() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let _busy = stack.worker().await;
    let long = order(&user, 100).await;
    until(&user, &long, "running", LIMIT).await;
    let waiting = [order(&user, 100).await, order(&user, 100).await];
    sleep(Duration::from_secs(2)).await;
    for path in &waiting {
        assert_eq!(user.get(path).await["status"], "queued");
    }
    let mut idle = Vec::new();
    for path in &waiting {
        let started = Instant::now();
        idle.push(stack.worker().await);
        until(&user, path, "running", Duration::from_secs(4)).await;
        println!(
            "an idle worker took it {:.2?} after its start",
            started.elapsed()
        );
    }
}

/// Guard: the sweeper, and nothing else: apalis hands jobs out.
#[tokio::test]
async fn a_job_whose_task_was_lost_is_found_by_the_sweeper() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let path = order(&user, 1).await;
    sqlx::query("DELETE FROM apalis.jobs")
        .execute(&stack.db)
        .await
        .unwrap();
    let _worker = stack.worker().await;
    until(&user, &path, "running", Duration::from_secs(10)).await;
}

/// Guard: the rescue of a lost job pushes a task of its own, and does not wait for apalis to give one back.
#[tokio::test]
async fn a_worker_that_dies_while_apalis_believes_it_alive_holds_nobody_up() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let dead = stack.worker().await;
    let path = order(&user, 1).await;
    until(&user, &path, "running", LIMIT).await;
    dead.signal("KILL");
    // As if its name had come back and kept the heartbeat fresh.
    sqlx::query("UPDATE apalis.workers SET last_seen = now() + interval '1 day'")
        .execute(&stack.db)
        .await
        .unwrap();
    let _next = stack.worker().await;
    until(&user, &path, "completed", LIMIT).await;
}

/// Guard: a name of its own for every start, with us and with apalis.
#[tokio::test]
async fn no_worker_ever_has_the_name_of_an_earlier_one() {
    let stack = Stack::start().await;
    for _ in 0..3 {
        let mut worker = stack.worker().await;
        eventually("apalis to know it", LIMIT, || async {
            let names = "SELECT count(*) FROM apalis.workers WHERE last_seen > now() - interval '2 seconds'";
            let names: i64 = sqlx::query_scalar(names).fetch_one(&stack.db).await.unwrap();
            (names >= 4).then_some(())
        })
        .await;
        worker.signal("TERM");
        assert!(worker.ended(Duration::from_secs(25)).await.success());
        sleep(Duration::from_secs(2)).await;
    }
    let (ours, apalis): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM workers), (SELECT count(*) FROM apalis.workers)",
    )
    .fetch_one(&stack.db)
    .await
    .unwrap();
    // One of ours a process, and one of apalis for each of its four queues.
    assert_eq!((ours, apalis), (3, 12));
}
