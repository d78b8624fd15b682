//! Many short jobs, many workers, and a minute of killing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that can't go on must stop"
)]

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use serde_json::json;
use tests::{
    client::Client,
    eventually, some_of,
    stack::{QUICK_RESCUE, Stack},
};
use tokio::time::sleep;

const SENTENCES: usize = 200;
const WORKERS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_sentences_are_each_said_once_while_workers_are_killed() {
    let mut environment = QUICK_RESCUE.to_vec();
    environment.push(("AVAGAR__WORKER__MAX_ATTEMPTS", "100"));
    let stack = Stack::with(&environment).await;
    let person = Client::register(&stack.url, "sara").await;
    let voice = stack.voice(&person).await;
    // Long enough to be killed in the middle of.
    let text = "باران که بند آمد، همه از خانه بیرون رفتند و در کوچه قدم زدند. ".repeat(2);
    let mut ids = Vec::new();
    for _ in 0..SENTENCES {
        let path = format!("/api/voices/{voice}/synthesize");
        let said = person.post(&path, json!({ "text": text })).await;
        ids.push(said["id"].as_str().unwrap().to_owned());
    }
    let mut workers: Vec<_> = (0..WORKERS).map(|_| stack.start_worker(&[])).collect();
    let begun = Instant::now();
    let (mut killed, mut in_the_middle) = (0, 0);
    while begun.elapsed() < Duration::from_secs(60) {
        sleep(Duration::from_millis(500) + some_of(Duration::from_millis(2500))).await;
        let victim = killed % WORKERS;
        let before = stack.runs().await;
        workers[victim].signal("KILL");
        killed += 1;
        let log = workers[victim].log();
        let started = log.iter().filter(|line| line.contains("started")).count();
        let ended = log.iter().filter(|line| line.contains("ended:")).count();
        in_the_middle += usize::from(started > ended);
        assert!(!before.is_empty() || killed < 3, "nothing runs");
        workers[victim] = stack.start_worker(&[]);
    }
    println!("{killed} workers killed, {in_the_middle} of them in the middle of a sentence");
    assert!(in_the_middle >= 10);
    eventually("the last sentence", Duration::from_secs(240), || async {
        let open: i64 =
            sqlx::query_scalar("SELECT count(*) FROM syntheses WHERE status <> 'completed'")
                .fetch_one(&stack.db)
                .await
                .unwrap();
        (open == 0).then_some(())
    })
    .await;

    // One success each, by the history of events and by the runs; none at the same time.
    let told: Vec<String> = sqlx::query_scalar(
        "SELECT data ->> 'synthesisId' FROM events WHERE event IN ('voice:complete', 'voice:error') ORDER BY id",
    )
    .fetch_all(&stack.db)
    .await
    .unwrap();
    let mut sorted = (told.clone(), ids.clone());
    sorted.0.sort();
    sorted.1.sort();
    assert_eq!(sorted.0, sorted.1);
    let mut successes: HashMap<String, usize> = HashMap::new();
    for run in stack.runs().await {
        if run.outcome.as_deref() == Some("completed") {
            *successes.entry(run.job_id.to_string()).or_default() += 1;
        }
    }
    assert!(ids.iter().all(|id| successes.get(id) == Some(&1)));
    stack.assert_no_job_ran_twice_at_once().await;
}
