//! Many short jobs, many workers, and much killing.

use std::{collections::HashMap, time::Duration};

use serde_json::json;
use tests::{
    client::Client,
    eventually,
    process::Process,
    random_up_to,
    stack::{QUICK_RESCUE, Stack},
};
use tokio::time::sleep;

const SENTENCES: usize = 200;
const WORKERS: usize = 4;
/// Every other one at a random moment, the rest as soon as the worker is seen to speak: how fast a machine is must not
/// decide how many meet it in the middle.
const KILLS: usize = 30;
/// Ordered before each kill of the second kind, so that there is something to say.
const SENTENCES_MORE: usize = 2 * WORKERS;

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_sentences_are_each_said_once_while_workers_are_killed() {
    let mut environment = QUICK_RESCUE.to_vec();
    environment.push(("AVAGAR__WORKER__MAX_ATTEMPTS", "100"));
    let stack = Stack::with(&environment).await;
    let user = Client::register(&stack.url, "sara").await;
    let voice = stack.voice(&user).await;
    let path = format!("/api/voices/{voice}/synthesize");
    // Long enough to be killed in the middle of.
    let text = "باران که بند آمد، همه از خانه بیرون رفتند و در کوچه قدم زدند. ".repeat(2);
    let order = async |sentences: usize| {
        let mut ids = Vec::new();
        for _ in 0..sentences {
            let said = user.post(&path, json!({ "text": text })).await;
            ids.push(said["id"].as_str().unwrap().to_owned());
        }
        ids
    };
    let mut ids = order(SENTENCES - KILLS / 2 * SENTENCES_MORE).await;
    let mut workers: Vec<_> = (0..WORKERS).map(|_| stack.start_worker(&[])).collect();
    let mut in_the_middle = 0;
    for kill in 0..KILLS {
        let victim = &mut workers[kill % WORKERS];
        if kill % 2 == 0 {
            sleep(random_up_to(Duration::from_secs(3))).await;
        } else {
            victim.line("ready").await;
            ids.extend(order(SENTENCES_MORE).await);
            eventually(
                "a sentence to kill a worker in",
                Duration::from_secs(60),
                || async { speaks(victim).then_some(()) },
            )
            .await;
        }
        victim.signal("KILL");
        in_the_middle += usize::from(speaks(victim));
        *victim = stack.start_worker(&[]);
    }
    println!("{KILLS} workers killed, {in_the_middle} of them in the middle of a sentence");
    assert!(in_the_middle >= KILLS / 3);
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

/// Whether this worker has begun a sentence that it hasn't ended.
fn speaks(worker: &Process) -> bool {
    let log = worker.log();
    let lines_with = |word| log.iter().filter(|line| line.contains(word)).count();
    lines_with("started") > lines_with("ended:")
}
