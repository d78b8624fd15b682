//! What each step of a job takes where more than a million wait: a million of one user, a hundred thousand of others, a
//! hundred thousand that back off, and a million old runs. `scripts/benchmark.sh` runs it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "the figures are this program's output"
)]

#[path = "../tests/backlog/mod.rs"]
mod backlog;
#[path = "../tests/own_database/mod.rs"]
mod own_database;

use std::time::Duration;

use jobs::{JobKind, Outcome, Run, admission, claim, control, retention, sweeper};
use sqlx::{Connection, PgConnection, PgPool};
use tests::{claims, percentiles::Percentiles};
use tokio::time::Instant;
use uuid::Uuid;

use crate::{
    backlog::{Backlog, Nothing, order},
    own_database::{OwnDatabase, add_user},
};

const BACKLOG: Backlog = Backlog {
    of_one: 1_000_000,
    others: 1_000,
    of_each: 100,
    backing_off: 100_000,
    old_runs: 1_000_000,
};
const WORKER: &str = "worker";
const TIMES: usize = 1_200;
/// Jobs that run to their end beside an open transaction, which keeps every row that they leave behind.
const CHURN: usize = 10_000;

#[tokio::main]
async fn main() {
    let database = OwnDatabase::create(1).await;
    let filled = Instant::now();
    let one = BACKLOG.fill(&database.pool).await;
    sqlx::query("ANALYZE")
        .execute(&database.pool)
        .await
        .unwrap();
    println!("{BACKLOG:?}, written in {:.0?}\n", filled.elapsed());
    let pool = database.program_pool().await;
    let db = pool.clone();
    // In a task, as a program's: the main thread would be woken by another one for every answer of the database.
    tokio::spawn(async move { measure(&db, one).await })
        .await
        .unwrap();
    println!("\nBeside a transaction that stays open:\n");
    let mut bystander = PgConnection::connect(&database.url()).await.unwrap();
    let mut open = bystander.begin().await.unwrap();
    // Its snapshot is what keeps the rows.
    for statement in [
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "SELECT count(*) FROM users",
    ] {
        sqlx::query(statement).execute(&mut *open).await.unwrap();
    }
    let db = pool.clone();
    println!("| step | median | 99 % | most |");
    println!("|---|---|---|---|");
    tokio::spawn(async move { serve(&db, CHURN).await })
        .await
        .unwrap();
    open.rollback().await.unwrap();
    pool.close().await;
    database.close().await;
}

async fn measure(db: &PgPool, one: Uuid) {
    println!("| step | median | 99 % | most |");
    println!("|---|---|---|---|");
    claims::register(db, Nothing::QUEUE, WORKER).await;
    let newcomer = Uuid::new_v4();
    add_user(db, newcomer).await;
    let mut waiting = Vec::new();
    let mut orders = Vec::new();
    let mut pauses = Vec::new();
    for _ in 0..TIMES {
        orders.push(time(order(db, one)).await.0);
        let (took, id) = time(order(db, newcomer)).await;
        orders.push(took);
        waiting.push(id);
    }
    row("enqueue", &orders);
    // The first is left where it is, to be served.
    for id in &waiting[1..] {
        let paused = time(control::pause::<Nothing>(db, newcomer, *id)).await;
        paused.1.unwrap();
        pauses.push(paused.0);
    }
    row("pause of a queued job", &pauses);
    let owners = serve(db, TIMES).await;
    let mut polls = Vec::new();
    let mut sweeps = Vec::new();
    for _ in 0..TIMES {
        let (took, nothing) = time(claims::fetch(db, "empty", WORKER)).await;
        assert!(nothing.is_none());
        polls.push(took);
    }
    row("an idle worker's poll", &polls);
    for _ in 0..TIMES / 10 {
        let swept = time(async {
            sweeper::admit_due(db).await.unwrap();
            sweeper::restore_tasks(db, &["nothing"], Duration::from_secs(15))
                .await
                .unwrap();
        });
        sweeps.push(swept.await.0);
    }
    row("a sweep of the due and of the tasks", &sweeps);
    let parked = time(sweeper::admit_parked(db)).await.0;
    row("a sweep of the parked", &[parked]);
    let mut batches = Vec::new();
    loop {
        let (took, deleted) = time(retention::batch_of_runs(db, Duration::from_secs(60))).await;
        batches.push(took);
        if deleted.unwrap() == 0 {
            break;
        }
    }
    row("a statement of the retention, 5,000 runs", &batches);
    let before = owners.iter().position(|owner| *owner == newcomer);
    println!(
        "\nBefore the newcomer's first job ran {} jobs of {} others.",
        before.unwrap(),
        BACKLOG.others + 1
    );
}

/// Fetches, claims and ends `count` jobs; answers whose they were.
async fn serve(db: &PgPool, count: usize) -> Vec<Uuid> {
    let (mut fetches, mut claimed_in, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    let mut owners = Vec::new();
    for _ in 0..count {
        let (took, task) = time(claims::fetch(db, Nothing::QUEUE, WORKER)).await;
        fetches.push(took);
        let (task_id, task) = task.unwrap();
        let (took, claimed) = time(claim::claim(db, &task_id, &task, WORKER)).await;
        claimed_in.push(took);
        let claimed = claimed.unwrap().unwrap();
        admission::raise_virtual_time(db, Nothing::QUEUE, claimed.start_tag)
            .await
            .unwrap();
        owners.push(claimed.owner);
        let run = Run::<Nothing>::new(db, &claimed);
        let (took, ended) = time(run.finish(&Outcome::Completed(()), 5)).await;
        ended.unwrap();
        ends.push(took);
    }
    row("fetch", &fetches);
    row("claim", &claimed_in);
    row("the end of a run", &ends);
    owners
}

async fn time<T>(work: impl Future<Output = T>) -> (Duration, T) {
    let begun = Instant::now();
    let done = work.await;
    (begun.elapsed(), done)
}

fn row(step: &str, times: &[Duration]) {
    let most = times.iter().max().unwrap().as_secs_f64() * 1000.0;
    println!("| {step} | {} | {most:.1} ms |", Percentiles::of(times));
}
