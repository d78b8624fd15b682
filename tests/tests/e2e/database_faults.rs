//! PostgreSQL crashes, is away, and cuts connections.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{Connection, PgPool, Postgres, Transaction};
use tests::{
    client::Client,
    eventually,
    postgres::OwnPostgres,
    process::Process,
    stack::{QUICK_RESCUE, Stack},
};
use tokio::time::sleep;

const LIMIT: Duration = Duration::from_secs(240);

/// Requests one synthesis after the other until `stop` is set, each as often as it takes to be accepted once.
async fn request_syntheses(user: Client, voice: String, stop: Arc<AtomicBool>) -> Vec<String> {
    let path = format!("/api/voices/{voice}/synthesize");
    let mut accepted = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let key = uuid::Uuid::new_v4().to_string();
        let synthesis = loop {
            let response = user
                .send_with(
                    &path,
                    ("Idempotency-Key", &key),
                    json!({ "text": "سلام دنیا" }),
                )
                .await;
            match response {
                (StatusCode::ACCEPTED, row) => break row,
                (StatusCode::SERVICE_UNAVAILABLE, _) => sleep(Duration::from_millis(100)).await,
                (status, problem) => panic!("{status}: {problem}"),
            }
        };
        accepted.push(synthesis["id"].as_str().unwrap().to_owned());
        sleep(Duration::from_millis(50)).await;
    }
    accepted
}

/// Listens until `stop` is set, and continues by `since` whenever the socket ends.
async fn listen(user: Client, stop: Arc<AtomicBool>) -> Vec<i64> {
    let mut seen: Vec<i64> = Vec::new();
    let mut last_round = false;
    loop {
        let since = seen.last().copied().unwrap_or(0);
        if let Ok(mut socket) = user.try_listen(Some(since), None).await {
            while let Some(Ok(frame)) = socket.within(Duration::from_secs(2)).await {
                seen.push(frame["id"].as_i64().unwrap());
            }
        }
        if last_round {
            return seen;
        }
        last_round = stop.load(Ordering::SeqCst);
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_crashes_of_the_database_lose_no_job_and_no_event() {
    let postgres = OwnPostgres::start().await;
    let stack = Stack::on(&postgres.url, &QUICK_RESCUE).await;
    let user = Client::register(&stack.url, "sara").await;
    let voice = stack.voice(&user).await;
    let _workers = [stack.worker().await, stack.worker().await];
    let (stop_requests, stop_listening) =
        (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
    let requesting = tokio::spawn(request_syntheses(
        user.clone(),
        voice,
        stop_requests.clone(),
    ));
    let listening = tokio::spawn(listen(user.clone(), stop_listening.clone()));
    for _ in 0..10 {
        sleep(Duration::from_secs(3)).await;
        postgres.crash().await;
        postgres.up().await;
    }
    sleep(Duration::from_secs(1)).await;
    stop_requests.store(true, Ordering::SeqCst);
    let accepted = requesting.await.unwrap();
    eventually("the last synthesis", LIMIT, || async {
        let open = sqlx::query_scalar::<_, i64>(
            "SELECT count(*) FROM syntheses WHERE status IN ('queued', 'running')",
        );
        (open.fetch_one(&stack.db).await.ok()? == 0).then_some(())
    })
    .await;
    sleep(Duration::from_secs(1)).await;
    stop_listening.store(true, Ordering::SeqCst);
    let seen = listening.await.unwrap();

    let syntheses: Vec<(String, String)> = sqlx::query_as("SELECT id::text, status FROM syntheses")
        .fetch_all(&stack.db)
        .await
        .unwrap();
    println!("accepted {}, rows {}", accepted.len(), syntheses.len());
    assert!(
        syntheses.iter().all(|(_, status)| status == "completed"),
        "{syntheses:?}"
    );
    let rows: BTreeSet<_> = syntheses.into_iter().map(|(id, _)| id).collect();
    assert_eq!(rows, accepted.into_iter().collect(), "lost, or made twice");
    assert!(rows.len() >= 50);
    stack.assert_no_job_ran_twice_at_once().await;
    let events: Vec<i64> = sqlx::query_scalar("SELECT id FROM events ORDER BY id")
        .fetch_all(&stack.db)
        .await
        .unwrap();
    assert_eq!(seen, events);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_goes_on_while_the_database_is_away_for_a_minute() {
    let postgres = OwnPostgres::start().await;
    let stack = Stack::on(&postgres.url, &[]).await;
    let user = Client::register(&stack.url, "sara").await;
    let _workers = [stack.worker().await, stack.worker().await];
    let request = json!({ "modelType": "tts", "validationSplit": 0, "epochs": 60, "batchSize": 4, "checkpointEvery": 20 });
    let training = user.post("/api/training", request).await;
    let path = format!("/api/training/{}", training["id"].as_str().unwrap());
    let mut socket = user.listen(Some(0)).await;
    socket.until("training:progress").await;
    let step = |row: &Value| row["metrics"]["step"].as_i64().unwrap_or(0);
    eventually("a step", LIMIT, || async {
        (step(&user.get(&path).await) >= 3).then_some(())
    })
    .await;
    let before = step(&user.get(&path).await);

    postgres.down().await;
    let away = Instant::now();
    let mut refused = 0;
    while away.elapsed() < Duration::from_secs(60) {
        let sent = Instant::now();
        let (status, problem) = user.send(Method::GET, &path, None).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{problem}");
        assert!(
            sent.elapsed() < Duration::from_secs(10),
            "{:?}",
            sent.elapsed()
        );
        refused += 1;
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(
        user.send(Method::GET, "/api/health", None).await.0,
        StatusCode::OK
    );
    postgres.up().await;
    let up = Instant::now();
    let row = eventually("the API", LIMIT, || async {
        let (status, row) = user.send(Method::GET, &path, None).await;
        (status == StatusCode::OK).then_some(row)
    })
    .await;
    println!(
        "refused {refused} times; back {:.0?} after the database",
        up.elapsed()
    );
    assert_eq!(row["status"], "running");
    let after = eventually("the metrics of that minute", LIMIT, || async {
        let after = step(&user.get(&path).await);
        (after > before).then_some(after)
    })
    .await;
    println!("trained from step {before} to {after} meanwhile");
    // How many there are is a matter of the machine; a trainer that waits makes one.
    assert!(after >= before + 5, "stood still");
    // Nobody took the job away, and nobody does.
    sleep(Duration::from_secs(20)).await;
    let runs = stack.runs().await;
    assert_eq!(runs.len(), 1, "{runs:?}");
    let curve = stack.curve(training["id"].as_str().unwrap()).await;
    let steps: Vec<i64> = curve.into_iter().map(|point| point.0).collect();
    let last = *steps.last().unwrap();
    assert_eq!(steps, (1..=last).collect::<Vec<_>>(), "the curve has holes");
    user.send(Method::DELETE, &path, None).await;
    stack.quiet(LIMIT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_whose_connections_are_cut_twenty_times_goes_on() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let worker = stack.worker().await;
    let request = json!({ "modelType": "tts", "validationSplit": 0, "epochs": 3, "batchSize": 4, "checkpointEvery": 5 });
    let training = user.post("/api/training", request.clone()).await;
    let id = training["id"].as_str().unwrap();
    let path = format!("/api/training/{id}");
    // Before its first step a run that is cut off may begin again: it has nothing to lose yet.
    eventually("a step", LIMIT, || async {
        (user.get(&path).await["metrics"]["step"].as_i64() >= Some(1)).then_some(())
    })
    .await;
    for _ in 0..20 {
        // All of them: the worker's and the API's pools, and both LISTEN connections.
        sqlx::query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .execute(&stack.db)
        .await
        .unwrap();
        sleep(Duration::from_millis(500)).await;
    }
    eventually("the training's end", LIMIT, || async {
        (user.get(&path).await["status"] == "completed").then_some(())
    })
    .await;
    assert_eq!(stack.outcomes().await, [Some("completed".to_owned())]);
    let steps: Vec<i64> = stack
        .trained(id)
        .await
        .0
        .into_iter()
        .map(|point| point.0)
        .collect();
    assert_eq!(steps, (1..=33).collect::<Vec<_>>());

    // Its queues are served as before, and control requests arrive.
    let next = user.post("/api/training", request).await;
    let path = format!("/api/training/{}", next["id"].as_str().unwrap());
    eventually("the next run", Duration::from_secs(10), || async {
        (user.get(&path).await["status"] == "running").then_some(())
    })
    .await;
    user.send(Method::DELETE, &path, None).await;
    eventually("cancelled", LIMIT, || async {
        (user.get(&path).await["status"] == "cancelled").then_some(())
    })
    .await;
    drop(worker);
}

/// As a worker that is stopped in the middle of a transaction, or whose machine is gone.
#[tokio::test]
async fn a_transaction_that_does_nothing_is_ended_and_its_locks_are_free() {
    let stack = Stack::start().await;
    Client::register(&stack.url, "sara").await;
    let lock = "SELECT id::text FROM users FOR UPDATE";
    let mut other = sqlx::PgConnection::connect(&stack.database_url)
        .await
        .unwrap();
    // The pools of the workers and of the API.
    for pool in [stack.db.clone(), stack.api_pool().await] {
        let mut idle = pool.begin().await.unwrap();
        sqlx::query(lock).execute(&mut *idle).await.unwrap();
        let waited = Instant::now();
        tokio::time::timeout(
            Duration::from_secs(10),
            sqlx::query(lock).execute(&mut other),
        )
        .await
        .expect("the lock is free")
        .unwrap();
        println!("free after {:.1?}", waited.elapsed());
        let ended = sqlx::query(lock).execute(&mut *idle).await.unwrap_err();
        assert!(domain::Error::from(ended).is_transient());
    }
}

#[tokio::test]
async fn a_request_that_waits_for_a_lock_is_answered_within_two_seconds() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let request = json!({ "modelType": "tts", "epochs": 1, "batchSize": 4 });
    let training = user.post("/api/training", request).await;
    let pause = format!("/api/training/{}/pause", training["id"].as_str().unwrap());
    let mut other = sqlx::PgConnection::connect(&stack.database_url)
        .await
        .unwrap();
    let mut held = other.begin().await.unwrap();
    sqlx::query("SELECT FROM training_jobs FOR UPDATE")
        .execute(&mut *held)
        .await
        .unwrap();
    let waited = Instant::now();
    let response = tokio::time::timeout(
        Duration::from_secs(5),
        user.send(Method::POST, &pause, None),
    );
    let (status, problem) = response.await.expect("a response");
    assert!(
        waited.elapsed() < Duration::from_secs(2),
        "{:?}",
        waited.elapsed()
    );
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{problem}");
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("is changed by somebody else just now"),
        "{problem}"
    );
    held.rollback().await.unwrap();
    let (status, row) = user.send(Method::POST, &pause, None).await;
    assert!(status.is_success(), "{row}");
}

#[tokio::test]
async fn a_migration_is_cut_by_no_timeout() {
    let stack = Stack::start().await;
    let url = stack.database_url.as_str();
    let settings = domain::settings::Database {
        url: url.into(),
        max_connections: 8,
    };
    // Whoever migrates at the same time holds this lock for as long as it takes.
    let mut other = sqlx::PgConnection::connect(url).await.unwrap();
    let mut held = other.begin().await.unwrap();
    sqlx::query("LOCK TABLE _sqlx_migrations IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *held)
        .await
        .unwrap();
    let db = domain::db::connect_to_migrate(&settings).await.unwrap();
    let migrating = tokio::spawn(async move { domain::db::migrate(&db).await });
    sleep(Duration::from_secs(7)).await;
    assert!(!migrating.is_finished());
    held.rollback().await.unwrap();
    migrating.await.unwrap().unwrap();
}

/// A transaction that holds the lock of the user's events.
async fn hold_the_lock_of_events(db: &PgPool) -> Transaction<'static, Postgres> {
    let mut held = db.begin().await.unwrap();
    // The test's own transaction may be idle for as long as it takes.
    sqlx::query("SET LOCAL idle_in_transaction_session_timeout = 0")
        .execute(&mut *held)
        .await
        .unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended(id::text, 7)) FROM users")
        .execute(&mut *held)
        .await
        .unwrap();
    held
}

/// Whether a worker waits for that lock.
async fn is_waiting(db: &PgPool) -> bool {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
             AND application_name = 'avagar worker' AND state = 'active' AND wait_event = 'advisory')",
    )
    .fetch_one(db)
    .await
    .unwrap()
}

/// Whether a worker has a transaction in which it does nothing.
async fn is_idle_in_transaction(db: &PgPool) -> bool {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
             AND application_name = 'avagar worker' AND state LIKE 'idle in transaction%')",
    )
    .fetch_one(db)
    .await
    .unwrap()
}

async fn freeze_while_it_waits(worker: &Process, db: &PgPool) {
    loop {
        eventually("the worker to wait for the lock", LIMIT, || async {
            is_waiting(db).await.then_some(())
        })
        .await;
        worker.freeze().await;
        // It may have given up waiting in between; stopped, it can't.
        if is_waiting(db).await {
            break;
        }
        worker.signal("CONT");
    }
}

/// A pause is answered though the training's row is locked.
async fn assert_a_pause_is_answered_soon(user: &Client, path: &str) {
    let sent = Instant::now();
    let (status, problem) = user
        .send(Method::POST, &format!("{path}/pause"), None)
        .await;
    let took = sent.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    // On a machine so slow that the server has ended the transaction by now, the pause is accepted.
    assert!(status == 503 || status == 202, "{status} {problem}");
    if status == 202 {
        user.post(&format!("{path}/resume"), json!({})).await;
    }
}

/// The worker is frozen in the middle of a transaction that has locked its job's row: it waits for the lock of its user's
/// events, which the test holds, is stopped there, and gets the lock.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_frozen_inside_a_transaction_holds_nobody_up() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let request =
        json!({ "modelType": "tts", "validationSplit": 0, "epochs": 1000, "batchSize": 4 });
    let training = user.post("/api/training", request).await;
    let path = format!("/api/training/{}", training["id"].as_str().unwrap());
    let mut frozen = stack.worker().await;
    eventually("the first steps", LIMIT, || async {
        (!user.get(&path).await["metrics"].is_null()).then_some(())
    })
    .await;

    let held = hold_the_lock_of_events(&stack.db).await;
    freeze_while_it_waits(&frozen, &stack.db).await;
    let stopped = Instant::now();
    held.rollback().await.unwrap();
    eventually("the worker's transaction to stand still", LIMIT, || async {
        is_idle_in_transaction(&stack.db).await.then_some(())
    })
    .await;
    assert_a_pause_is_answered_soon(&user, &path).await;

    let _other = stack.worker().await;
    eventually("a second run", LIMIT, || async {
        (stack.runs().await.len() == 2).then_some(())
    })
    .await;
    let took = stopped.elapsed();
    assert!(took < Duration::from_secs(30), "{took:?}");
    frozen.signal("CONT");
    frozen.line("lost: another run owns the job").await;
    stack.assert_no_job_ran_twice_at_once().await;
}
