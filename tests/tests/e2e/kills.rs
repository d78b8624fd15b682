//! Workers that are killed, frozen and told to go in the middle of a training.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tests::{
    client::Client,
    eventually, random_up_to,
    stack::{QUICK_RESCUE, Stack},
};
use tokio::time::{sleep, timeout};

const LIMIT: Duration = Duration::from_secs(300);

async fn order(user: &Client, epochs: u32, checkpoint_every: u32) -> String {
    let asked = json!({
        "modelType": "tts", "validationSplit": 0, "epochs": epochs, "batchSize": 4, "checkpointEvery": checkpoint_every
    });
    let training = user.post("/api/training", asked).await;
    training["id"].as_str().unwrap().to_owned()
}

async fn completed(stack: &Stack, user: &Client, id: &str) -> Value {
    let path = format!("/api/training/{id}");
    let row = eventually("the training's end", LIMIT, || async {
        let row = user.get(&path).await;
        let open = row["status"] == "queued" || row["status"] == "running";
        (!open).then_some(row)
    })
    .await;
    assert_eq!(
        row["status"],
        "completed",
        "{row}, {:?}",
        stack.runs().await
    );
    row
}

/// The user's whole history, as it stands in the database.
async fn history(stack: &Stack) -> Vec<(String, Value)> {
    sqlx::query_as("SELECT event, data FROM events ORDER BY id")
        .fetch_all(&stack.db)
        .await
        .unwrap()
}

/// Fails where a step was trained again after a checkpoint that holds it was recorded.
fn assert_nothing_recorded_was_trained_again(history: &[(String, Value)]) {
    let mut recorded = 0;
    for (event, data) in history {
        match event.as_str() {
            "training:checkpoint" => recorded = data["step"].as_i64().unwrap(),
            "training:progress" if data["status"] == "running" => {
                let step = data["step"].as_i64().unwrap();
                assert!(
                    step > recorded,
                    "step {step} after the checkpoint at {recorded}"
                );
            }
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_at_random_moments_change_no_bit_of_what_is_learned() {
    let mut environment = QUICK_RESCUE.to_vec();
    // Killed before its first checkpoint again and again, it is meant to be tried further.
    environment.push(("AVAGAR__WORKER__MAX_ATTEMPTS", "100"));
    let stack = Stack::with(&environment).await;
    let user = Client::register(&stack.url, "sara").await;
    let id = order(&user, 10, 3).await;
    let mut resumed_from = Vec::new();
    let mut to_first_checkpoint = Duration::ZERO;
    for kill in 0..20 {
        let runs_before = stack.runs().await.len();
        let mut worker = stack.worker().await;
        eventually("the next run", LIMIT, || async {
            (stack.runs().await.len() > runs_before).then_some(())
        })
        .await;
        let begun = Instant::now();
        let soon_after_a_checkpoint = async {
            worker.line("INFO checkpoint").await;
            let reached = begun.elapsed();
            sleep(random_up_to(Duration::from_millis(500))).await;
            reached
        };
        // However slow the machine is, a run in three gets on; however quick, none gets far.
        if kill % 3 == 0 {
            to_first_checkpoint = soon_after_a_checkpoint.await;
        } else {
            let moment = random_up_to(to_first_checkpoint * 2);
            let _whichever_comes_first = timeout(moment, soon_after_a_checkpoint).await;
        }
        worker.signal("KILL");
        worker.ended(Duration::from_secs(5)).await;
        let log = worker.log();
        let line = log
            .iter()
            .find(|line| line.contains("goes on from a checkpoint"));
        resumed_from.push(line.map(|line| line.rsplit("step=").next().unwrap().trim().to_owned()));
        let status = user.get(&format!("/api/training/{id}")).await;
        assert_eq!(status["status"], "running", "killed too late: {status}");
    }
    let _worker = stack.worker().await;
    completed(&stack, &user, &id).await;
    println!("resumed from {resumed_from:?}");
    // All that waited for a checkpoint, but for the first, which has none to go on from.
    let every_third = resumed_from.iter().skip(3).step_by(3);
    assert!(every_third.clone().all(Option::is_some), "{resumed_from:?}");
    assert_eq!(every_third.count(), 6);
    assert_nothing_recorded_was_trained_again(&history(&stack).await);
    let outcomes = stack.outcomes().await;
    let lost = outcomes
        .iter()
        .filter(|outcome| outcome.as_deref() == Some("lost"));
    assert_eq!((lost.count(), outcomes.len()), (20, 21));
    stack.assert_no_job_ran_twice_at_once().await;

    let undisturbed = order(&user, 10, 3).await;
    completed(&stack, &user, &undisturbed).await;
    let (curve, weights) = stack.trained(&id).await;
    assert_eq!(curve.len(), 110);
    assert_eq!(weights.as_array().unwrap().len(), 3);
    assert_eq!((curve, weights), stack.trained(&undisturbed).await);
}

/// Steps 1 to 40: of 41 clips one is held out, and the voice is evaluated on it.
async fn order_of_forty_steps(user: &Client) -> String {
    let asked = json!({
        "modelType": "tts", "epochs": 4, "batchSize": 4, "checkpointEvery": 17, "validationSplit": 0.02
    });
    let training = user.post("/api/training", asked).await;
    training["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn seventeen_steps_a_kill_and_twenty_three_are_forty_steps_straight() {
    let stack = Stack::with(&QUICK_RESCUE).await;
    let user = Client::register(&stack.url, "sara").await;
    let id = order_of_forty_steps(&user).await;
    let mut socket = user.listen(Some(0)).await;
    let doomed = stack.worker().await;
    socket.until("training:checkpoint").await;
    doomed.signal("KILL");
    let mut worker = stack.worker().await;
    let line = worker.line("goes on from a checkpoint").await;
    assert!(line.ends_with("step=17"), "{line}");
    completed(&stack, &user, &id).await;

    let straight = order_of_forty_steps(&user).await;
    completed(&stack, &user, &straight).await;
    let (curve, weights) = stack.trained(&id).await;
    assert_eq!(curve.len(), 40);
    let names: Vec<&Value> = weights
        .as_array()
        .unwrap()
        .iter()
        .map(|file| &file["path"])
        .collect();
    let files = ["discriminator", "generator", "optimizer"];
    assert_eq!(
        names,
        files
            .map(|name| json!(format!("{name}.safetensors")))
            .each_ref()
    );
    assert_eq!((curve, weights), stack.trained(&straight).await);
    let evaluations = |id: &str| {
        let path = format!("/api/training/{id}/evaluations");
        let user = &user;
        async move {
            let found = user.get(&path).await["items"].take();
            let found = found.as_array().unwrap().clone();
            let evaluated = found
                .iter()
                .map(|found| (found["step"].clone(), found["losses"].clone()));
            evaluated.collect::<Vec<_>>()
        }
    };
    let evaluated = evaluations(&id).await;
    let steps: Vec<&Value> = evaluated.iter().map(|found| &found.0).collect();
    assert_eq!(steps, [0, 17, 34, 40]);
    assert_eq!(evaluated, evaluations(&straight).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_is_noticed_within_twenty_seconds_by_default() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let doomed = stack.worker().await;
    let id = order(&user, 1, 2).await;
    let mut socket = user.listen(Some(0)).await;
    socket.until("training:checkpoint").await;
    let _next = stack.worker().await;
    let killed = Instant::now();
    doomed.signal("KILL");
    eventually("the next run", Duration::from_secs(20), || async {
        (stack.runs().await.len() == 2).then_some(())
    })
    .await;
    println!("rescued after {:.1?}", killed.elapsed());
    completed(&stack, &user, &id).await;
    assert_eq!(stack.runs().await[0].outcome.as_deref(), Some("lost"));
}

/// Every file below a folder with its time of change.
fn files(folder: &Path) -> Vec<(String, std::time::SystemTime)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                open.push(entry.path());
            } else if let Ok(metadata) = entry.metadata() {
                found.push((
                    entry.path().display().to_string(),
                    metadata.modified().unwrap(),
                ));
            }
        }
    }
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_worker_that_wakes_up_writes_no_row_no_file_and_no_event() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let mut frozen = stack.worker().await;
    let id = order(&user, 60, 2).await;
    let mut socket = user.listen(Some(0)).await;
    socket.until("training:checkpoint").await;
    frozen.freeze().await;
    let stopped = Instant::now();
    let next = stack.worker().await;
    eventually("the next run", Duration::from_secs(20), || async {
        (stack.runs().await.len() == 2).then_some(())
    })
    .await;
    println!("rescued after {:.1?}", stopped.elapsed());
    let stale = stack.runs().await[0].id;
    sleep(Duration::from_secs(40).saturating_sub(stopped.elapsed())).await;

    let own = |files: Vec<(String, std::time::SystemTime)>| -> Vec<_> {
        let of_stale = format!("-run-{stale}/");
        files
            .into_iter()
            .filter(|file| file.0.contains(&of_stale))
            .collect()
    };
    let before = own(files(stack.storage()));
    frozen.signal("CONT");
    frozen.line("lost: another run owns the job").await;
    sleep(Duration::from_secs(5)).await;
    // The live run may prune a stale one's checkpoint; the stale one adds and changes none.
    let after = own(files(stack.storage()));
    assert!(
        after.iter().all(|file| before.contains(file)),
        "{before:?}\n{after:?}"
    );
    let history = history(&stack).await;
    assert_nothing_recorded_was_trained_again(&history);
    let steps: Vec<i64> = history
        .iter()
        .filter(|(event, data)| event == "training:progress" && data["status"] == "running")
        .map(|(_, data)| data["step"].as_i64().unwrap())
        .collect();
    let falls = steps.windows(2).filter(|pair| pair[1] <= pair[0]).count();
    assert!(falls <= 1, "two runs told of steps at once: {steps:?}");
    let runs = stack.runs().await;
    assert_eq!(
        runs.iter()
            .map(|run| run.outcome.as_deref())
            .collect::<Vec<_>>(),
        [Some("lost"), None]
    );
    // Who was frozen works on as ever.
    next.signal("TERM");
    eventually("the once frozen worker's run", LIMIT, || async {
        (stack.runs().await.len() == 3).then_some(())
    })
    .await;
    assert_eq!(stack.runs().await[2].worker, runs[0].worker);
    user.send(
        reqwest::Method::DELETE,
        &format!("/api/training/{id}"),
        None,
    )
    .await;
    stack.quiet(LIMIT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_restarts_in_a_row_lose_no_step_and_cost_no_attempt() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let id = order(&user, 6, 1000).await;
    let path = format!("/api/training/{id}");
    let step = || async {
        let row = user.get(&path).await;
        row["metrics"]["step"].as_i64().unwrap_or(0)
    };
    for _ in 0..10 {
        let before = step().await;
        let mut worker = stack.worker().await;
        eventually("a step", LIMIT, || async {
            (step().await > before).then_some(())
        })
        .await;
        sleep(random_up_to(Duration::from_millis(700))).await;
        let told = Instant::now();
        worker.signal("TERM");
        assert!(worker.ended(Duration::from_secs(25)).await.success());
        println!("gone after {:.1?}", told.elapsed());
        let row = user.get(&path).await;
        assert_eq!(
            (&row["status"], &row["attempts"]),
            (&json!("queued"), &json!(0))
        );
        let newest = user.get(&format!("{path}/checkpoints")).await["items"][0].clone();
        assert_eq!(newest["step"], row["metrics"]["step"]);
    }
    let _worker = stack.worker().await;
    completed(&stack, &user, &id).await;
    let steps: Vec<i64> = history(&stack)
        .await
        .iter()
        .filter(|(event, data)| event == "training:progress" && data["status"] == "running")
        .map(|(_, data)| data["step"].as_i64().unwrap())
        .collect();
    assert!(
        steps.is_sorted_by(|a, b| a < b),
        "a step was trained twice: {steps:?}"
    );
    let curve: Vec<i64> = stack
        .trained(&id)
        .await
        .0
        .into_iter()
        .map(|point| point.0)
        .collect();
    assert_eq!(curve, (1..=66).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_told_twice_is_gone_at_once() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let mut worker = stack.worker().await;
    // Steps of a hundred clips: seconds each.
    let asked = json!({ "modelType": "tts", "validationSplit": 0, "epochs": 50, "batchSize": 41, "preset": "small" });
    user.post("/api/training", asked).await;
    worker.line("started").await;
    sleep(Duration::from_secs(6)).await;
    worker.signal("TERM");
    sleep(Duration::from_millis(300)).await;
    let told = Instant::now();
    worker.signal("TERM");
    assert!(worker.ended(Duration::from_secs(3)).await.success());
    println!("gone after {:.1?}", told.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_begin_together_clear_up_after_a_killed_one_together() {
    let stack = Stack::start().await;
    let scratch = stack.scratch();
    for run in 0..2000 {
        let folder = scratch.join(format!("run-{}-left", 1_000_000 + run));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("piece"), "of a run").unwrap();
    }
    let mut workers: Vec<_> = (0..4).map(|_| stack.start_worker(&[])).collect();
    for worker in &mut workers {
        worker.line("ready").await;
    }
    assert_eq!(std::fs::read_dir(&scratch).unwrap().count(), 0);
}

/// A worker that was frozen while it cleared up, and thaws when another run has the job, finds that run's folders too.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_deletes_what_earlier_runs_left_and_nothing_of_later_ones() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let id = order(&user, 2, 1000).await;
    let plant = |folder: &str| {
        let folder = stack.storage().join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("state.json"), "{}").unwrap();
        folder
    };
    let of = |name: &str| {
        ["checkpoints", "samples"].map(|noun| plant(&format!("{noun}/{id}/step-00000001-{name}")))
    };
    let (earlier, later, nameless) = (of("run-0"), of("run-1000000"), of("left"));
    let _worker = stack.worker().await;
    completed(&stack, &user, &id).await;
    for gone in earlier.iter().chain(&nameless) {
        assert!(!gone.exists(), "{gone:?}");
    }
    for kept in &later {
        assert!(kept.exists(), "{kept:?}");
    }
}
