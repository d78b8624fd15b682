//! Events: every one once, in order, whatever commits late or breaks off; and the fence that keeps stale runs from
//! writing any.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that can't go on must stop"
)]

use std::time::Duration;

use serde_json::{Value, json};
use shared::{
    Error,
    ids::TrainingId,
    metrics::{Losses, StepMetrics},
    queue::Job,
    runs::{Outcome, Run, rescue},
};
use sqlx::PgPool;
use tests::{client::Client, stack::Stack};

async fn publish(connection: &mut sqlx::PgConnection, user: &str, number: i64) {
    sqlx::query("SELECT publish_event($1::uuid, 'test:event', jsonb_build_object('number', $2))")
        .bind(user)
        .bind(number)
        .execute(connection)
        .await
        .unwrap();
}

fn numbers(frames: &[Value]) -> Vec<i64> {
    frames
        .iter()
        .map(|frame| frame["data"]["number"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn a_transaction_that_commits_late_keeps_its_place() {
    let stack = Stack::start().await;
    let person = Client::register(&stack.url, "sara").await;
    let user = person.get("/api/auth/me").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut socket = person.listen(None).await;

    // The first has its id and does not commit; the second must not get ahead of it.
    let mut slow = stack.db.begin().await.unwrap();
    publish(&mut slow, &user, 1).await;
    let (db, second_user) = (stack.db.clone(), user.clone());
    let second = tokio::spawn(async move {
        let mut quick = db.begin().await.unwrap();
        publish(&mut quick, &second_user, 2).await;
        quick.commit().await.unwrap();
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!second.is_finished());
    slow.commit().await.unwrap();
    second.await.unwrap();
    let frames = [socket.next().await.unwrap(), socket.next().await.unwrap()];
    assert_eq!(numbers(&frames), [1, 2]);
    assert!(frames[0]["id"].as_i64() < frames[1]["id"].as_i64());
}

#[tokio::test]
async fn a_reader_that_comes_back_misses_nothing_and_sees_nothing_twice() {
    let mut stack = Stack::start().await;
    let person = Client::register(&stack.url, "sara").await;
    let user = person.get("/api/auth/me").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut connection = stack.db.acquire().await.unwrap();
    let mut socket = person.listen(Some(0)).await;
    let mut seen = Vec::new();

    publish(&mut connection, &user, 1).await;
    seen.push(socket.next().await.unwrap());
    // The LISTEN connection is cut: the process must find the way back by itself.
    sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()")
        .execute(&mut *connection)
        .await
        .unwrap();
    publish(&mut connection, &user, 2).await;
    seen.push(socket.next().await.unwrap());

    // The whole process goes; what happens meanwhile is replayed.
    stack.api.signal("KILL");
    stack.api.ended(Duration::from_secs(5)).await;
    for number in 3..=700 {
        publish(&mut connection, &user, number).await;
    }
    stack.restart_api().await;
    let last = seen.last().unwrap()["id"].as_i64();
    let mut socket = person.at(&stack.url).listen(last).await;
    publish(&mut connection, &user, 701).await;
    while seen.len() < 701 {
        seen.push(socket.next().await.unwrap());
    }
    assert_eq!(numbers(&seen), (1..=701).collect::<Vec<_>>());
}

fn step(number: i64) -> StepMetrics {
    let losses = Losses {
        generator: 1.0,
        discriminator: 1.0,
        mel: 1.0,
        kl: 1.0,
        duration: 1.0,
        adversarial: 1.0,
        feature_matching: 1.0,
    };
    StepMetrics {
        epoch: 1,
        step: number,
        total_steps: 9,
        losses,
        learning_rate: 1e-4,
        steps_per_second: 1.0,
        eta_seconds: 1.0,
    }
}

async fn queued(stack: &Stack) -> (Client, TrainingId) {
    let person = Client::register(&stack.url, "sara").await;
    let training = person
        .post(
            "/api/training",
            json!({ "modelType": "tts", "epochs": 1, "batchSize": 4 }),
        )
        .await;
    let id = TrainingId(training["id"].as_str().unwrap().parse().unwrap());
    (person, id)
}

async fn grow_silent(db: &PgPool) {
    sqlx::query(
        "UPDATE runs SET heartbeat_at = now() - interval '1 minute' WHERE ended_at IS NULL",
    )
    .execute(db)
    .await
    .unwrap();
}

#[tokio::test]
async fn a_run_that_lost_its_job_writes_nothing() {
    let stack = Stack::start().await;
    let (person, id) = queued(&stack).await;
    let frozen = Run::take(&stack.db, Job::Training(id), "frozen")
        .await
        .unwrap()
        .unwrap();
    assert!(
        Run::take(&stack.db, Job::Training(id), "second")
            .await
            .unwrap()
            .is_none(),
        "one live run at most"
    );
    frozen.progress(id, &[step(1)]).await.unwrap();

    grow_silent(&stack.db).await;
    assert_eq!(
        rescue(&stack.db, Duration::from_secs(15), 5).await.unwrap(),
        1
    );
    let next = Run::take(&stack.db, Job::Training(id), "next")
        .await
        .unwrap()
        .unwrap();
    assert!(next.id > frozen.id);
    next.progress(id, &[step(2)]).await.unwrap();

    let events: i64 = sqlx::query_scalar("SELECT count(*) FROM events")
        .fetch_one(&stack.db)
        .await
        .unwrap();
    assert!(matches!(
        frozen.progress(id, &[step(3)]).await,
        Err(Error::LostRun(_))
    ));
    assert!(matches!(frozen.rewind(id, 0).await, Err(Error::LostRun(_))));
    assert!(matches!(frozen.heartbeat().await, Err(Error::LostRun(_))));
    assert!(matches!(frozen.control().await, Err(Error::LostRun(_))));
    assert!(matches!(
        frozen.finish(&Outcome::HandedBack, 5).await,
        Err(Error::LostRun(_))
    ));
    let after: i64 = sqlx::query_scalar("SELECT count(*) FROM events")
        .fetch_one(&stack.db)
        .await
        .unwrap();
    assert_eq!(events, after);
    assert_eq!(
        person.get(&format!("/api/training/{id}")).await["metrics"]["step"],
        2
    );
}

#[tokio::test]
async fn a_wish_that_a_run_did_not_live_to_answer_holds() {
    let stack = Stack::start().await;
    let (person, id) = queued(&stack).await;
    let run = Run::take(&stack.db, Job::Training(id), "draining")
        .await
        .unwrap()
        .unwrap();
    person
        .post(&format!("/api/training/{id}/pause"), json!({}))
        .await;
    run.finish(&Outcome::HandedBack, 5).await.unwrap();
    assert_eq!(
        person.get(&format!("/api/training/{id}")).await["status"],
        "paused"
    );

    person
        .post(&format!("/api/training/{id}/resume"), json!({}))
        .await;
    Run::take(&stack.db, Job::Training(id), "killed")
        .await
        .unwrap()
        .unwrap();
    person
        .send(
            reqwest::Method::DELETE,
            &format!("/api/training/{id}"),
            None,
        )
        .await;
    grow_silent(&stack.db).await;
    rescue(&stack.db, Duration::from_secs(15), 5).await.unwrap();
    assert_eq!(
        person.get(&format!("/api/training/{id}")).await["status"],
        "cancelled"
    );
}

#[tokio::test]
async fn a_job_that_kills_its_workers_ends_as_failed() {
    let stack = Stack::start().await;
    let (person, id) = queued(&stack).await;
    for _ in 0..3 {
        Run::take(&stack.db, Job::Training(id), "doomed")
            .await
            .unwrap()
            .unwrap();
        grow_silent(&stack.db).await;
        rescue(&stack.db, Duration::from_secs(15), 3).await.unwrap();
    }
    let failed = person.get(&format!("/api/training/{id}")).await;
    assert_eq!(failed["status"], "failed");
    assert!(
        failed["errorMessage"]
            .as_str()
            .unwrap()
            .contains("gave up after 3 attempts"),
        "{failed}"
    );
}

#[tokio::test]
async fn a_wake_up_that_was_lost_is_written_again() {
    let stack = Stack::start().await;
    let (_, id) = queued(&stack).await;
    sqlx::query("DELETE FROM apalis.jobs")
        .execute(&stack.db)
        .await
        .unwrap();
    sqlx::query("ALTER TABLE training_jobs DISABLE TRIGGER USER")
        .execute(&stack.db)
        .await
        .unwrap();
    sqlx::query("UPDATE training_jobs SET updated_at = now() - interval '1 minute'")
        .execute(&stack.db)
        .await
        .unwrap();
    for _ in 0..2 {
        rescue(&stack.db, Duration::from_secs(15), 5).await.unwrap();
        let jobs: Vec<Vec<u8>> = sqlx::query_scalar("SELECT job FROM apalis.jobs")
            .fetch_all(&stack.db)
            .await
            .unwrap();
        assert_eq!(
            jobs,
            [format!(r#"{{"kind":"training","id":"{id}"}}"#).into_bytes()]
        );
    }
}
