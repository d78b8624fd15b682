//! Runs: one at most, fenced, rescued, counted; and whose turn it is.

use std::time::Duration;

use domain::{
    Error,
    checkpoints::{self, NewCheckpoint},
    ids::TrainingId,
    kinds::kinds,
    log_message::LogMessage,
    measurements::{Losses, StepMetrics},
    metrics,
    queue::Queue,
    states::LogLevel,
    training::Training,
    training_log,
};
use jobs::{Outcome, Run, admission, rescue::rescue};
use serde_json::json;
use sqlx::PgPool;
use tests::{
    claims::{claim_next, sweep},
    client::Client,
    eventually,
    stack::Stack,
};

/// Longest wait for a state.
const LIMIT: Duration = Duration::from_secs(60);

async fn take(stack: &Stack, worker: &str) -> Option<Run<Training>> {
    claim_next(&stack.db, worker).await
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
        gradient_norms: None,
        learning_rate: 1e-4,
        steps_per_second: 1.0,
        eta_seconds: 1.0,
    }
}

async fn order(user: &Client) -> TrainingId {
    let asked = json!({ "modelType": "tts", "validationSplit": 0, "epochs": 1, "batchSize": 4 });
    let training = user.post("/api/training", asked).await;
    TrainingId(training["id"].as_str().unwrap().parse().unwrap())
}

async fn queued(stack: &Stack) -> (Client, TrainingId) {
    let user = Client::register(&stack.url, "sara").await;
    let id = order(&user).await;
    (user, id)
}

async fn grow_silent(db: &PgPool) {
    // Nobody is taken for lost who could not be heard because the server was not there.
    eventually("a server that has run for a while", LIMIT, || async {
        let up: bool =
            sqlx::query_scalar("SELECT now() - pg_postmaster_start_time() > interval '16 seconds'")
                .fetch_one(db)
                .await
                .unwrap();
        up.then_some(())
    })
    .await;
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
    let (user, id) = queued(&stack).await;
    let frozen = take(&stack, "frozen").await.unwrap();
    assert!(
        take(&stack, "second").await.is_none(),
        "one live run at most"
    );
    metrics::record(&frozen, &[step(1)]).await.unwrap();

    grow_silent(&stack.db).await;
    assert_eq!(
        rescue(&stack.db, &kinds(), Duration::from_secs(15), 5)
            .await
            .unwrap(),
        1
    );
    let next = take(&stack, "next").await.unwrap();
    assert!(next.id > frozen.id);
    metrics::record(&next, &[step(2)]).await.unwrap();

    let events: i64 = sqlx::query_scalar("SELECT count(*) FROM events")
        .fetch_one(&stack.db)
        .await
        .unwrap();
    assert!(matches!(
        metrics::record(&frozen, &[step(3)]).await,
        Err(Error::LostRun(_))
    ));
    assert!(matches!(
        metrics::rewind(&frozen, 0).await,
        Err(Error::LostRun(_))
    ));
    let checkpoint = NewCheckpoint {
        epoch: 1,
        step: 3,
        loss: 1.0,
        file_path: "checkpoints/stale".into(),
        files: vec![],
    };
    assert!(matches!(
        checkpoints::record(&frozen, &checkpoint).await,
        Err(Error::LostRun(_))
    ));
    assert!(matches!(
        checkpoints::prune(&frozen).await,
        Err(Error::LostRun(_))
    ));
    assert!(matches!(
        training_log::record(&frozen, LogLevel::Info, &LogMessage::Resumed { step: 1 }).await,
        Err(Error::LostRun(_))
    ));
    assert!(matches!(
        frozen.heartbeat().await,
        Err(jobs::Error::LostRun(_))
    ));
    assert!(matches!(
        frozen.control().await,
        Err(jobs::Error::LostRun(_))
    ));
    assert!(matches!(
        frozen.finish(&Outcome::HandedBack, 5).await,
        Err(jobs::Error::LostRun(_))
    ));
    let after: i64 = sqlx::query_scalar("SELECT count(*) FROM events")
        .fetch_one(&stack.db)
        .await
        .unwrap();
    assert_eq!(events, after);
    assert_eq!(
        user.get(&format!("/api/training/{id}")).await["metrics"]["step"],
        2
    );
}

#[tokio::test]
async fn a_control_request_that_a_run_did_not_live_to_answer_holds() {
    let stack = Stack::start().await;
    let (user, id) = queued(&stack).await;
    let run = take(&stack, "draining").await.unwrap();
    user.post(&format!("/api/training/{id}/pause"), json!({}))
        .await;
    run.finish(&Outcome::HandedBack, 5).await.unwrap();
    assert_eq!(
        user.get(&format!("/api/training/{id}")).await["status"],
        "paused"
    );

    user.post(&format!("/api/training/{id}/resume"), json!({}))
        .await;
    take(&stack, "killed").await.unwrap();
    user.send(
        reqwest::Method::DELETE,
        &format!("/api/training/{id}"),
        None,
    )
    .await;
    grow_silent(&stack.db).await;
    rescue(&stack.db, &kinds(), Duration::from_secs(15), 5)
        .await
        .unwrap();
    assert_eq!(
        user.get(&format!("/api/training/{id}")).await["status"],
        "cancelled"
    );
}

#[tokio::test]
async fn a_job_that_kills_its_workers_ends_as_failed() {
    let stack = Stack::start().await;
    let (user, id) = queued(&stack).await;
    for _ in 0..3 {
        take(&stack, "doomed").await.unwrap();
        grow_silent(&stack.db).await;
        rescue(&stack.db, &kinds(), Duration::from_secs(15), 3)
            .await
            .unwrap();
    }
    let failed = user.get(&format!("/api/training/{id}")).await;
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
async fn a_row_whose_run_ended_without_it_is_found_and_queued_again() {
    let stack = Stack::start().await;
    let (user, id) = queued(&stack).await;
    take(&stack, "half").await.unwrap();
    sqlx::query("UPDATE runs SET ended_at = now(), outcome = 'completed'")
        .execute(&stack.db)
        .await
        .unwrap();
    assert_eq!(
        rescue(&stack.db, &kinds(), Duration::from_secs(15), 5)
            .await
            .unwrap(),
        1
    );
    let path = format!("/api/training/{id}");
    assert_eq!(user.get(&path).await["status"], "queued");
    assert!(take(&stack, "whole").await.is_some());
    assert_eq!(
        rescue(&stack.db, &kinds(), Duration::from_secs(15), 5)
            .await
            .unwrap(),
        0
    );
}

#[tokio::test]
async fn a_job_that_was_told_when_to_come_back_is_not_claimed_before() {
    let stack = Stack::start().await;
    let (user, id) = queued(&stack).await;
    let run = take(&stack, "limited").await.unwrap();
    let outcome = Outcome::Retry {
        after: Some(Duration::from_secs(2)),
        reason: "429: Retry-After: 2".into(),
    };
    run.finish(&outcome, 5).await.unwrap();
    // The sweeper comes too early: nothing is due.
    sweep(&stack.db).await;
    assert!(take(&stack, "early").await.is_none());
    tokio::time::sleep(Duration::from_millis(2100)).await;
    sweep(&stack.db).await;
    assert!(take(&stack, "in time").await.is_some());
    assert_eq!(
        user.get(&format!("/api/training/{id}")).await["attempts"],
        2
    );
}

#[tokio::test]
async fn a_hundred_jobs_of_one_user_delay_another_users_first_by_one_at_most() {
    let stack = Stack::start().await;
    let sara = Client::register(&stack.url, "sara").await;
    let babak = Client::register(&stack.url, "babak").await;
    for _ in 0..100 {
        order(&sara).await;
    }
    let running = take(&stack, "one").await.unwrap();
    let babaks = [order(&babak).await, order(&babak).await];
    running.finish(&Outcome::Cancelled, 5).await.unwrap();
    let mut turns = Vec::new();
    for _ in 0..6 {
        let run = take(&stack, "one").await.unwrap();
        run.finish(&Outcome::Cancelled, 5).await.unwrap();
        turns.push(babaks.iter().any(|id| id.0 == run.job.0));
    }
    // His second has the tag of her second: which of the two is first is open, and neither waits for her third.
    assert!(turns[0], "{turns:?}");
    assert_eq!(
        turns[1..3].iter().filter(|babak| **babak).count(),
        1,
        "{turns:?}"
    );
    assert_eq!(turns[3..], [false, false, false]);
}

#[tokio::test]
async fn one_user_never_has_more_running_than_the_limit_however_many_workers_take_at_once() {
    let stack = Stack::start().await;
    let sara = Client::register(&stack.url, "sara").await;
    let babak = Client::register(&stack.url, "babak").await;
    admission::set_queue_limit(&stack.db, Queue::Training.name(), 2)
        .await
        .unwrap();
    for _ in 0..8 {
        order(&sara).await;
    }
    order(&babak).await;
    let takers = (0..6).map(|_| {
        let db = stack.db.clone();
        tokio::spawn(async move { claim_next::<Training>(&db, "worker").await })
    });
    let mut taken = Vec::new();
    for taker in takers.collect::<Vec<_>>() {
        taken.extend(taker.await.unwrap());
    }
    assert_eq!(taken.len(), 3, "two of sara's and one of babak's");
    let hers = taken
        .iter()
        .find(|run| {
            taken
                .iter()
                .filter(|other| other.owner == run.owner)
                .count()
                == 2
        })
        .expect("two of one user's");
    hers.finish(&Outcome::Cancelled, 5).await.unwrap();
    assert!(
        take(&stack, "worker").await.is_some(),
        "a place that gets free is taken"
    );
}

#[tokio::test]
async fn control_requests_sent_together_end_in_one_state() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    for round in 0..10 {
        let id = order(&user).await;
        let run = if round % 2 == 0 {
            take(&stack, "pressed").await
        } else {
            None
        };
        let path = format!("/api/training/{id}");
        let mut pressed = Vec::new();
        for action in ["pause", "resume", "cancel", "pause", "cancel", "resume"] {
            let (user, path) = (user.clone(), path.clone());
            pressed.push(tokio::spawn(async move {
                let (method, path) = match action {
                    "cancel" => (reqwest::Method::DELETE, path),
                    action => (reqwest::Method::POST, format!("{path}/{action}")),
                };
                user.send(method, &path, None).await.0.as_u16()
            }));
        }
        for answer in pressed {
            let status = answer.await.unwrap();
            assert!(status == 202 || status == 409, "{status}");
        }
        if let Some(run) = run {
            // Whatever else was pressed: cancelled is what holds.
            run.finish(&Outcome::HandedBack, 5).await.unwrap();
        }
        assert_eq!(user.get(&path).await["status"], "cancelled");
        let ended: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM events WHERE event = 'training:cancelled' AND data ->> 'trainingId' = $1",
        )
        .bind(id.to_string())
        .fetch_one(&stack.db)
        .await
        .unwrap();
        assert_eq!(ended, 1);
        assert!(take(&stack, "afterwards").await.is_none());
    }
}

#[tokio::test]
async fn a_resume_that_comes_before_a_pause_is_written_wins_and_a_cancel_too() {
    let stack = Stack::start().await;
    let (user, id) = queued(&stack).await;
    let path = format!("/api/training/{id}");
    let run = take(&stack, "pausing").await.unwrap();
    user.post(&format!("{path}/pause"), json!({})).await;
    // Here the job has seen the request and stops; its end is not written yet.
    user.post(&format!("{path}/resume"), json!({})).await;
    run.finish(&Outcome::Paused, 5).await.unwrap();
    let row = user.get(&path).await;
    assert_eq!(
        (&row["status"], &row["attempts"]),
        (&json!("queued"), &json!(0))
    );

    let run = take(&stack, "pausing again").await.unwrap();
    user.post(&format!("{path}/pause"), json!({})).await;
    user.send(reqwest::Method::DELETE, &path, None).await;
    run.finish(&Outcome::Paused, 5).await.unwrap();
    assert_eq!(user.get(&path).await["status"], "cancelled");
}

#[tokio::test]
async fn nothing_but_the_engine_writes_the_state_of_a_job_into_its_noun() {
    let stack = Stack::start().await;
    let (user, id) = queued(&stack).await;
    let written = sqlx::query("UPDATE training_jobs SET status = 'paused' WHERE id = $1")
        .bind(id.0)
        .execute(&stack.db)
        .await;
    let refused = written.unwrap_err().to_string();
    assert!(refused.contains("kept in step with jobs"), "{refused}");
    assert_eq!(
        user.get(&format!("/api/training/{id}")).await["status"],
        "queued"
    );
}
