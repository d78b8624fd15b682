//! Events: every one once, in order, whatever commits late or breaks off.

use std::time::Duration;

use serde_json::Value;
use tests::{client::Client, stack::Stack};

async fn publish(connection: &mut sqlx::PgConnection, user_id: &str, number: i64) {
    sqlx::query("SELECT publish_event($1::uuid, 'test:event', jsonb_build_object('number', $2))")
        .bind(user_id)
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
    let user = Client::register(&stack.url, "sara").await;
    let user_id = user.get("/api/auth/me").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut socket = user.listen(None).await;

    // The first has its id and does not commit; the second must not get ahead of it.
    let mut slow = stack.db.begin().await.unwrap();
    publish(&mut slow, &user_id, 1).await;
    let (db, second_user) = (stack.db.clone(), user_id.clone());
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
    let user = Client::register(&stack.url, "sara").await;
    let user_id = user.get("/api/auth/me").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut connection = stack.db.acquire().await.unwrap();
    let mut socket = user.listen(Some(0)).await;
    let mut seen = Vec::new();

    publish(&mut connection, &user_id, 1).await;
    seen.push(socket.next().await.unwrap());
    // The LISTEN connection is cut: the process must find the way back by itself.
    sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()")
        .execute(&mut *connection)
        .await
        .unwrap();
    publish(&mut connection, &user_id, 2).await;
    seen.push(socket.next().await.unwrap());

    // The whole process goes; what happens meanwhile is replayed.
    stack.api.signal("KILL");
    stack.api.ended(Duration::from_secs(5)).await;
    for number in 3..=700 {
        publish(&mut connection, &user_id, number).await;
    }
    stack.restart_api().await;
    let last = seen.last().unwrap()["id"].as_i64();
    let mut socket = user.at(&stack.url).listen(last).await;
    publish(&mut connection, &user_id, 701).await;
    while seen.len() < 701 {
        seen.push(socket.next().await.unwrap());
    }
    assert_eq!(numbers(&seen), (1..=701).collect::<Vec<_>>());
}

#[tokio::test]
async fn every_api_process_tells_everything() {
    let stack = Stack::start().await;
    let (_other, other_url) = stack.another_api().await;
    let user = Client::register(&stack.url, "sara").await;
    let user_id = user.get("/api/auth/me").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut here = user.listen(None).await;
    let mut there = user.at(&other_url).listen(None).await;
    let mut connection = stack.db.acquire().await.unwrap();
    for number in 1..=50 {
        publish(&mut connection, &user_id, number).await;
    }
    for socket in [&mut here, &mut there] {
        let mut frames = Vec::new();
        while frames.len() < 50 {
            frames.push(socket.next().await.unwrap());
        }
        assert_eq!(numbers(&frames), (1..=50).collect::<Vec<_>>());
    }
}

/// A thousand events of a kilobyte in one transaction, so many times: every thousandth is a checkpoint's, the others are
/// called `name`.
async fn flood(stack: &Stack, user_id: &str, thousands: i64, name: &str) {
    for round in 1..=thousands {
        sqlx::query(
            "SELECT publish_event($1::uuid,
                 CASE WHEN number = 1000 THEN 'training:checkpoint' ELSE $3 END,
                 jsonb_build_object('trainingId', $1, 'number', ($2 - 1) * 1000 + number, 'pad', repeat('x', 1000)))
             FROM generate_series(1, 1000) AS number ORDER BY number",
        )
        .bind(user_id)
        .bind(round)
        .bind(name)
        .execute(&stack.db)
        .await
        .unwrap();
    }
}

#[tokio::test]
async fn a_slow_reader_gets_progress_merged_and_everything_else_whole() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let user_id = user.get("/api/auth/me").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut socket = user.listen(None).await;
    flood(&stack, &user_id, 20, "training:progress").await;
    let mut frames = Vec::new();
    while frames
        .last()
        .is_none_or(|frame: &Value| frame["data"]["number"] != 20_000)
    {
        frames.push(socket.next().await.unwrap());
    }
    let ids: Vec<i64> = frames
        .iter()
        .map(|frame| frame["id"].as_i64().unwrap())
        .collect();
    assert!(ids.is_sorted_by(|a, b| a < b));
    let (checkpoints, progress): (Vec<_>, Vec<_>) = frames
        .iter()
        .partition(|frame| frame["event"] == "training:checkpoint");
    println!("{} of 19980 progress frames", progress.len());
    let told: Vec<i64> = checkpoints
        .iter()
        .map(|frame| frame["data"]["number"].as_i64().unwrap())
        .collect();
    assert_eq!(told, (1..=20).map(|round| round * 1000).collect::<Vec<_>>());
    assert!(progress.len() < 19_000, "nothing was merged");
    assert_eq!(progress.last().unwrap()["data"]["number"], 19_999);
}

#[tokio::test]
async fn a_reader_that_takes_nothing_is_closed_and_comes_back_by_since() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let user_id = user.get("/api/auth/me").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut socket = user.listen(None).await;
    flood(&stack, &user_id, 20, "training:sample").await;
    tokio::time::sleep(Duration::from_secs(13)).await;
    let mut last = 0;
    let code = loop {
        match socket.next().await {
            Ok(frame) => last = frame["id"].as_i64().unwrap(),
            Err(code) => break code,
        }
    };
    assert!(code == 1013 || code == 1006, "{code}");
    let newest: i64 = sqlx::query_scalar("SELECT max(id) FROM events")
        .fetch_one(&stack.db)
        .await
        .unwrap();
    assert!(last < newest, "it was not slow");
    let expected: Vec<i64> = sqlx::query_scalar("SELECT id FROM events WHERE id > $1 ORDER BY id")
        .bind(last)
        .fetch_all(&stack.db)
        .await
        .unwrap();
    let mut again = user.listen(Some(last)).await;
    for id in expected {
        assert_eq!(again.next().await.unwrap()["id"], id);
    }
}

#[tokio::test]
async fn a_reader_that_was_away_for_longer_than_events_are_kept_is_told() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let user_id = user.get("/api/auth/me").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut connection = stack.db.acquire().await.unwrap();
    for number in 1..=10 {
        publish(&mut connection, &user_id, number).await;
    }
    let ids: Vec<i64> = sqlx::query_scalar("SELECT id FROM events ORDER BY id")
        .fetch_all(&stack.db)
        .await
        .unwrap();
    sqlx::query("UPDATE events SET at = at - interval '40 days' WHERE id <= $1")
        .bind(ids[5])
        .execute(&stack.db)
        .await
        .unwrap();
    let answer = stack.operate(&["purge"]).await.unwrap();
    assert!(answer.starts_with("deleted 6 events"), "{answer}");

    let mut away = user.listen(Some(ids[2])).await;
    let told = away.next().await.unwrap();
    assert_eq!(
        (&told["event"], &told["data"]["through"], &told["id"]),
        (&"events:expired".into(), &ids[5].into(), &ids[5].into())
    );
    let mut rest = Vec::new();
    for _ in 0..4 {
        rest.push(away.next().await.unwrap());
    }
    assert_eq!(numbers(&rest), [7, 8, 9, 10]);
    // Who has seen them is told nothing of it; nor is who begins now.
    let mut in_time = user.listen(Some(ids[5])).await;
    assert_eq!(in_time.next().await.unwrap()["id"], ids[6]);
    // Even where none is left, a new reader begins after all that was.
    sqlx::query("UPDATE events SET at = at - interval '40 days'")
        .execute(&stack.db)
        .await
        .unwrap();
    stack.operate(&["purge"]).await.unwrap();
    let mut late = user.listen(Some(ids[7])).await;
    assert_eq!(late.next().await.unwrap()["id"], ids[9]);
    let mut fresh = user.listen(None).await;
    publish(&mut connection, &user_id, 11).await;
    assert_eq!(numbers(&[fresh.next().await.unwrap()]), [11]);
}
