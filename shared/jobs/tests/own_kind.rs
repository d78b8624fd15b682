//! A kind of job of a test's own, in the 60 lines of `echo/mod.rs` (schema, code and registration; a test counts them),
//! has all that the product's kinds have: the fence, pause, cancel, retry, rescue and fair turns.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that can't go on must stop"
)]

mod echo;
mod own_database;

use std::{collections::BTreeMap, time::Duration};

use jobs::{
    Error, JobKind, Outcome, WorkerConfig, admission,
    control::{cancel, pause, resume},
};
use tests::{claims::claim_next, eventually};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    echo::Echo,
    own_database::{OwnDatabase, add_user},
};

/// Longest wait for a state.
const LIMIT: Duration = Duration::from_secs(60);
/// So often does a job say its word that it isn't done before the test ends.
const FOREVER: i32 = 1_000_000;
const MAX_ATTEMPTS: u32 = 2;

#[derive(Debug, sqlx::FromRow)]
struct Row {
    status: String,
    attempts: i32,
    error_message: Option<String>,
    done: i32,
    output: Option<String>,
}

struct TestApp {
    database: OwnDatabase,
    scratch: tempfile::TempDir,
    shutdown: CancellationToken,
    serving: Option<JoinHandle<jobs::Result<()>>>,
}

impl TestApp {
    async fn start() -> Self {
        let database = OwnDatabase::create(10).await;
        sqlx::query(echo::TABLE)
            .execute(&database.pool)
            .await
            .unwrap();
        Self {
            database,
            scratch: tempfile::tempdir().unwrap(),
            shutdown: CancellationToken::new(),
            serving: None,
        }
    }

    async fn user(&self) -> Uuid {
        let id = Uuid::new_v4();
        add_user(&self.database.pool, id).await;
        id
    }

    fn serve(&mut self) {
        let config = WorkerConfig {
            slots: BTreeMap::from([(Echo::QUEUE, 1)]),
            scratch_dir: self.scratch.path().to_owned(),
            heartbeat_interval: Duration::from_millis(200),
            lost_after: Duration::from_secs(4),
            stalled_after: Duration::from_secs(30),
            max_attempts: MAX_ATTEMPTS,
        };
        let worker = echo::worker(config, self.database.pool.clone(), self.shutdown.clone());
        self.serving = Some(tokio::spawn(worker.serve()));
    }

    async fn order(&self, owner: Uuid, word: &str, times: i32) -> Uuid {
        let id = Uuid::new_v4();
        let mut tx = self.database.pool.begin().await.unwrap();
        sqlx::query("INSERT INTO echoes (id, word, times) VALUES ($1, $2, $3)")
            .bind(id)
            .bind(word)
            .bind(times)
            .execute(&mut *tx)
            .await
            .unwrap();
        admission::enqueue::<Echo>(&mut tx, id, owner)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn row(&self, id: Uuid) -> Row {
        sqlx::query_as(
            "SELECT status, attempts, error_message, done, output FROM jobs JOIN echoes USING (id) WHERE id = $1",
        )
        .bind(id)
        .fetch_one(&self.database.pool)
        .await
        .unwrap()
    }

    async fn until(&self, what: &str, id: Uuid, holds: impl Fn(&Row) -> bool) -> Row {
        eventually(what, LIMIT, || async {
            let row = self.row(id).await;
            holds(&row).then_some(row)
        })
        .await
    }

    async fn until_status(&self, id: Uuid, status: &str) -> Row {
        self.until(status, id, |row| row.status == status).await
    }

    async fn outcomes(&self) -> Vec<Option<String>> {
        sqlx::query_scalar("SELECT outcome FROM runs ORDER BY id")
            .fetch_all(&self.database.pool)
            .await
            .unwrap()
    }

    async fn close(self) {
        self.shutdown.cancel();
        if let Some(serving) = self.serving {
            serving.await.unwrap().unwrap();
        }
        self.database.close().await;
    }
}

#[test]
fn a_kind_takes_sixty_lines_at_most_and_nothing_of_the_product() {
    let definition = include_str!("echo/mod.rs");
    assert!(definition.lines().count() <= 60);
    assert!(!definition.contains("domain"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_completes_and_its_output_is_recorded() {
    let mut app = TestApp::start().await;
    app.serve();
    let user = app.user().await;
    let id = app.order(user, "echo", 3).await;
    let row = app.until_status(id, "completed").await;
    assert_eq!((row.done, row.output.as_deref()), (3, Some("echo")));
    assert_eq!(app.outcomes().await, [Some("completed".to_owned())]);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_job_keeps_what_is_done_and_goes_on_from_there() {
    let mut app = TestApp::start().await;
    app.serve();
    let user = app.user().await;
    let id = app.order(user, "echo", FOREVER).await;
    app.until("some work", id, |row| row.done >= 3).await;
    pause::<Echo>(&app.database.pool, user, id).await.unwrap();
    let paused = app.until_status(id, "paused").await;
    // The slot is free meanwhile.
    let next = app.order(user, "next", 1).await;
    app.until_status(next, "completed").await;
    assert_eq!(app.row(id).await.done, paused.done);

    resume::<Echo>(&app.database.pool, user, id).await.unwrap();
    app.until("more work", id, |row| row.done > paused.done)
        .await;
    assert_eq!(app.row(id).await.status, "running");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_stops_and_another_user_can_not_cancel_it() {
    let mut app = TestApp::start().await;
    app.serve();
    let (user, stranger) = (app.user().await, app.user().await);
    let id = app.order(user, "echo", FOREVER).await;
    app.until("some work", id, |row| row.done >= 1).await;
    let refused = cancel::<Echo>(&app.database.pool, stranger, id).await;
    assert!(matches!(refused, Err(Error::NotFound(_))), "{refused:?}");
    cancel::<Echo>(&app.database.pool, user, id).await.unwrap();
    let row = app.until_status(id, "cancelled").await;
    assert_eq!(row.output, None);
    assert_eq!(app.outcomes().await, [Some("cancelled".to_owned())]);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_breaks_is_tried_again_and_fails_when_its_attempts_are_used_up() {
    let mut app = TestApp::start().await;
    app.serve();
    let user = app.user().await;
    let id = app.order(user, "", FOREVER).await;
    let row = app.until_status(id, "failed").await;
    assert_eq!((row.done, row.attempts), (2, 2));
    assert_eq!(
        row.error_message.as_deref(),
        Some("gave up after 2 attempts; the last one: internal error: nothing to say")
    );
    let retried = Some("retry".to_owned());
    assert_eq!(app.outcomes().await, [retried.clone(), retried]);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_run_is_rescued_and_its_late_writes_are_refused() {
    let mut app = TestApp::start().await;
    let user = app.user().await;
    let id = app.order(user, "echo", FOREVER).await;
    // A worker that is frozen after its claim.
    let lost = claim_next::<Echo>(&app.database.pool, "frozen")
        .await
        .unwrap();
    sqlx::query("UPDATE runs SET heartbeat_at = now() - interval '1 hour'")
        .execute(&app.database.pool)
        .await
        .unwrap();
    app.serve();
    let row = app
        .until("work of the second run", id, |row| row.done >= 1)
        .await;
    assert_eq!((row.status.as_str(), row.attempts), ("running", 2));

    assert!(matches!(lost.begin().await, Err(Error::LostRun(_))));
    assert!(matches!(lost.heartbeat().await, Err(Error::LostRun(_))));
    let late = Outcome::Completed("too late".into());
    let finished = lost.finish(&late, MAX_ATTEMPTS).await;
    assert!(matches!(finished, Err(Error::LostRun(_))), "{finished:?}");
    assert_eq!(app.row(id).await.output, None);
    assert_eq!(app.outcomes().await, [Some("lost".to_owned()), None]);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_take_fair_turns() {
    let mut app = TestApp::start().await;
    let (first, second) = (app.user().await, app.user().await);
    for _ in 0..6 {
        app.order(first, "first", 1).await;
    }
    let mut seconds = Vec::new();
    for _ in 0..2 {
        seconds.push(app.order(second, "second", 1).await);
    }
    app.serve();
    eventually("all runs", LIMIT, || async {
        let outcomes = app.outcomes().await;
        (outcomes.iter().flatten().count() == 8).then_some(())
    })
    .await;
    let order: Vec<Uuid> = sqlx::query_scalar("SELECT job_id FROM runs ORDER BY id")
        .fetch_all(&app.database.pool)
        .await
        .unwrap();
    // One of each in turn; whose is first is open.
    let turn = |id| order.iter().position(|served| *served == id).unwrap() / 2;
    assert_eq!(
        seconds.into_iter().map(turn).collect::<Vec<_>>(),
        [0, 1],
        "{order:?}"
    );
    app.close().await;
}
