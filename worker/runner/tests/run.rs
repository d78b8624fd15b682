//! The wrapper around every job, with jobs that behave as badly as they can: the row ends in the right state, and the
//! worker goes on.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that can't go on must stop"
)]

mod house;

use std::{sync::atomic::Ordering, time::Duration};

use domain::{rescue::rescue, runs::Outcome};
use serde_json::json;
use tests::eventually;
use tokio::time::{Instant, sleep};

use crate::house::{House, LIMIT, LOST_AFTER};

fn failed(reason: &str) -> Outcome {
    Outcome::Failed {
        reason: reason.into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_panics_is_tried_again_and_then_fails_with_what_it_said() {
    let house = House::with(|_, _| async { panic!("the tape\0 broke") }).await;
    let path = house.order().await;
    let row = house.until(&path, "failed").await;
    assert_eq!(
        row["errorMessage"],
        "gave up after 2 attempts; the last one: the job panicked: the tape␀ broke"
    );
    assert_eq!(
        house.stack.outcomes().await,
        [Some("retry".to_owned()), Some("retry".to_owned())]
    );
    // The worker is none the worse for it.
    let next = house.order().await;
    house.until(&next, "failed").await;
    assert!(!house.serving.is_finished());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_hangs_is_given_up_and_its_slot_is_free_again() {
    let house = House::with(|run, _| async move {
        let attempts = run.id.0;
        match attempts % 3 {
            // Without ever awaiting: nothing but a thread of its own could notice.
            1 => std::thread::sleep(Duration::from_secs(9)),
            2 => std::future::pending().await,
            _ => {}
        }
        failed("done")
    })
    .await;
    let hangs = house.order().await;
    let row = house.until(&hangs, "failed").await;
    assert!(
        row["errorMessage"]
            .as_str()
            .unwrap()
            .ends_with("it hung: no progress for 3 s"),
        "{row}"
    );
    let well = house.order().await;
    assert_eq!(house.until(&well, "failed").await["errorMessage"], "done");
    assert_eq!(house.reasons().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_shows_that_it_gets_on_is_not_taken_for_hanging() {
    let house = House::with(|_, leash| async move {
        for _ in 0..12 {
            sleep(Duration::from_millis(500)).await;
            leash.pulse();
        }
        failed("after six seconds")
    })
    .await;
    let path = house.order().await;
    let row = house.until(&path, "failed").await;
    assert_eq!(row["errorMessage"], "after six seconds");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_text_with_nul_and_of_a_megabyte_is_kept() {
    let house = House::with(|_, _| async { failed(&"x\0".repeat(500_000)) }).await;
    let path = house.order().await;
    let row = house.until(&path, "failed").await;
    assert_eq!(row["errorMessage"], "x␀".repeat(500_000));
    assert_eq!(house.cleared_up.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_does_not_stop_is_handed_back_in_time() {
    let house = House::with(|_, leash| async move {
        loop {
            sleep(Duration::from_millis(500)).await;
            leash.pulse();
        }
    })
    .await;
    let path = house.order().await;
    house.until(&path, "running").await;
    let told = Instant::now();
    house.shutdown.cancel();
    house.serving.await.unwrap().unwrap();
    assert!(
        told.elapsed() < Duration::from_secs(24),
        "{:?}",
        told.elapsed()
    );
    let row = house.person.get(&path).await;
    assert_eq!(
        (&row["status"], &row["attempts"]),
        (&json!("queued"), &json!(0))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_that_takes_longer_than_the_rescue_is_no_second_run() {
    let house = House::with(|_, leash| async move {
        let reason = leash.stopped().await;
        // Longer than a silent run is left alone.
        for _ in 0..16 {
            sleep(Duration::from_millis(500)).await;
            leash.pulse();
        }
        reason.outcome()
    })
    .await;
    let path = house.order().await;
    house.until(&path, "running").await;
    house.shutdown.cancel();
    let told = Instant::now();
    while !house.serving.is_finished() {
        let lost = rescue(&house.stack.db, LOST_AFTER, 5).await.unwrap();
        assert_eq!(lost, 0, "after {:?}", told.elapsed());
        sleep(Duration::from_millis(200)).await;
    }
    assert!(told.elapsed() > LOST_AFTER, "too short to prove anything");
    house.serving.await.unwrap().unwrap();
    let outcomes = house.stack.outcomes().await;
    assert_eq!(outcomes, [Some("handed_back".to_owned())]);
    assert_eq!(house.person.get(&path).await["status"], "queued");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_lost_its_job_is_stopped_and_clears_nothing_up() {
    let house = House::with(|run, leash| async move {
        if run.id.0 > 1 {
            leash.stopped().await;
            return Outcome::HandedBack;
        }
        leash.stopped().await;
        assert!(leash.confirm(LIMIT).await.is_err());
        // It believes to be done: nothing of it may count.
        failed("too late")
    })
    .await;
    let path = house.order().await;
    house.until(&path, "running").await;
    sqlx::query("UPDATE runs SET ended_at = now(), outcome = 'lost'")
        .execute(&house.stack.db)
        .await
        .unwrap();
    eventually("the second run", LIMIT, || async {
        (house.stack.outcomes().await.len() == 2).then_some(())
    })
    .await;
    assert_eq!(house.person.get(&path).await["status"], "running");
    assert_eq!(house.cleared_up.load(Ordering::SeqCst), 0);
    house.shutdown.cancel();
    house.serving.await.unwrap().unwrap();
    assert_eq!(
        house.stack.outcomes().await,
        [Some("lost".to_owned()), Some("handed_back".to_owned())]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_reaches_a_running_job_within_a_second_and_outweighs_a_lesser_one() {
    let house = House::with(|_, leash| async move {
        let reason = leash.stopped().await;
        sleep(Duration::from_secs(2)).await;
        leash.reason().unwrap_or(reason).outcome()
    })
    .await;
    let path = house.order().await;
    house.until(&path, "running").await;
    house.person.post(&format!("{path}/pause"), json!({})).await;
    house.until(&path, "paused").await;

    house
        .person
        .post(&format!("{path}/resume"), json!({}))
        .await;
    house.until(&path, "running").await;
    house.person.post(&format!("{path}/pause"), json!({})).await;
    house
        .person
        .send(reqwest::Method::DELETE, &path, None)
        .await;
    house.until(&path, "cancelled").await;
}
