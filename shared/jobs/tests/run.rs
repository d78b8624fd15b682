//! The wrapper around every job, with jobs that behave as badly as they can: the row ends in the right state, and the
//! worker goes on.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that can't go on must stop"
)]

mod app;

use std::{sync::atomic::Ordering, time::Duration};

use domain::{kinds::kinds, voices::NewVoice};
use jobs::{Outcome, rescue::rescue};
use serde_json::json;
use tests::eventually;
use tokio::time::{Instant, sleep};

use crate::app::{LIMIT, LOST_AFTER, TestApp};

fn failed(reason: &str) -> Outcome<NewVoice> {
    Outcome::Failed {
        reason: reason.into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_panics_is_tried_again_and_then_fails_with_what_it_said() {
    let app = TestApp::with(|_| async { panic!("the tape\0 broke") }).await;
    let path = app.order().await;
    let row = app.until(&path, "failed").await;
    assert_eq!(
        row["errorMessage"],
        "gave up after 2 attempts; the last one: the job panicked: the tape␀ broke"
    );
    assert_eq!(
        app.stack.outcomes().await,
        [Some("retry".to_owned()), Some("retry".to_owned())]
    );
    // The worker is none the worse for it.
    let next = app.order().await;
    app.until(&next, "failed").await;
    assert!(!app.serving.is_finished());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_hangs_is_given_up_and_its_slot_is_free_again() {
    let app = TestApp::with(|context| async move {
        let attempts = context.run().id.0;
        match attempts % 3 {
            // Without ever awaiting: nothing but a thread of its own could notice.
            1 => std::thread::sleep(Duration::from_secs(9)),
            2 => std::future::pending().await,
            _ => {}
        }
        failed("done")
    })
    .await;
    let hangs = app.order().await;
    let row = app.until(&hangs, "failed").await;
    assert!(
        row["errorMessage"]
            .as_str()
            .unwrap()
            .ends_with("it hung: no progress for 3 s"),
        "{row}"
    );
    let well = app.order().await;
    assert_eq!(app.until(&well, "failed").await["errorMessage"], "done");
    assert_eq!(app.reasons().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_shows_progress_is_not_taken_for_hanging() {
    let app = TestApp::with(|context| async move {
        for _ in 0..12 {
            sleep(Duration::from_millis(500)).await;
            context.touch();
        }
        failed("after six seconds")
    })
    .await;
    let path = app.order().await;
    let row = app.until(&path, "failed").await;
    assert_eq!(row["errorMessage"], "after six seconds");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_text_with_nul_and_of_a_megabyte_is_kept() {
    let app = TestApp::with(|_| async { failed(&"x\0".repeat(500_000)) }).await;
    let path = app.order().await;
    let row = app.until(&path, "failed").await;
    assert_eq!(row["errorMessage"], "x␀".repeat(500_000));
    assert_eq!(app.cleaned_up.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_does_not_stop_is_handed_back_in_time() {
    let app = TestApp::with(|context| async move {
        loop {
            sleep(Duration::from_millis(500)).await;
            context.touch();
        }
    })
    .await;
    let path = app.order().await;
    app.until(&path, "running").await;
    let told = Instant::now();
    app.shutdown.cancel();
    app.serving.await.unwrap().unwrap();
    assert!(
        told.elapsed() < Duration::from_secs(24),
        "{:?}",
        told.elapsed()
    );
    let row = app.user.get(&path).await;
    assert_eq!(
        (&row["status"], &row["attempts"]),
        (&json!("queued"), &json!(0))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_that_takes_longer_than_the_rescue_is_no_second_run() {
    let app = TestApp::with(|context| async move {
        let reason = context.stopped().await;
        // Longer than a silent run is left alone.
        for _ in 0..16 {
            sleep(Duration::from_millis(500)).await;
            context.touch();
        }
        reason.outcome()
    })
    .await;
    let path = app.order().await;
    app.until(&path, "running").await;
    app.shutdown.cancel();
    let told = Instant::now();
    while !app.serving.is_finished() {
        let lost = rescue(&app.stack.db, &kinds(), LOST_AFTER, 5)
            .await
            .unwrap();
        assert_eq!(lost, 0, "after {:?}", told.elapsed());
        sleep(Duration::from_millis(200)).await;
    }
    assert!(told.elapsed() > LOST_AFTER, "too short to prove anything");
    app.serving.await.unwrap().unwrap();
    let outcomes = app.stack.outcomes().await;
    assert_eq!(outcomes, [Some("handed_back".to_owned())]);
    assert_eq!(app.user.get(&path).await["status"], "queued");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_lost_its_job_is_stopped_and_cleans_nothing_up() {
    let app = TestApp::with(|context| async move {
        if context.run().id.0 > 1 {
            context.stopped().await;
            return Outcome::HandedBack;
        }
        context.stopped().await;
        assert!(context.confirm_ownership().await.is_err());
        // It believes to be done: nothing of it may count.
        failed("too late")
    })
    .await;
    let path = app.order().await;
    app.until(&path, "running").await;
    sqlx::query("UPDATE runs SET ended_at = now(), outcome = 'lost'")
        .execute(&app.stack.db)
        .await
        .unwrap();
    eventually("the second run", LIMIT, || async {
        (app.stack.outcomes().await.len() == 2).then_some(())
    })
    .await;
    assert_eq!(app.user.get(&path).await["status"], "running");
    assert_eq!(app.cleaned_up.load(Ordering::SeqCst), 0);
    app.shutdown.cancel();
    app.serving.await.unwrap().unwrap();
    assert_eq!(
        app.stack.outcomes().await,
        [Some("lost".to_owned()), Some("handed_back".to_owned())]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_reaches_a_job_that_is_asked_to_pause_and_outweighs_that() {
    let app = TestApp::with(|context| async move {
        let reason = context.stopped().await;
        sleep(Duration::from_secs(2)).await;
        context.stop_requested().unwrap_or(reason).outcome()
    })
    .await;
    let path = app.order().await;
    app.until(&path, "running").await;
    app.user.post(&format!("{path}/pause"), json!({})).await;
    app.until(&path, "paused").await;

    app.user.post(&format!("{path}/resume"), json!({})).await;
    app.until(&path, "running").await;
    app.user.post(&format!("{path}/pause"), json!({})).await;
    app.user.send(reqwest::Method::DELETE, &path, None).await;
    app.until(&path, "cancelled").await;
}
