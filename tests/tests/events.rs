//! Events: every one once, in order, whatever commits late or breaks off.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that can't go on must stop"
)]

use std::time::Duration;

use serde_json::Value;
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
