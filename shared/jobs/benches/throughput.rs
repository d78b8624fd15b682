//! Jobs a second that do nothing, ten at a time, beside graphile-worker without its local queue, by turns on the same
//! PostgreSQL. `scripts/benchmark.sh` runs it.
//!
//! Both begin with a queue full of jobs. The clock runs from the first job's start to the last one's, so that neither the
//! start of a process nor its end counts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "the figures are this program's output"
)]

#[path = "../tests/backlog/mod.rs"]
mod backlog;
#[path = "graphile-worker/mod.rs"]
mod graphile_worker;
#[path = "../tests/own_database/mod.rs"]
mod own_database;

use std::{collections::BTreeMap, time::Duration};

use jobs::{Handler, JobKind, Kinds, Outcome, RunContext, Worker, WorkerConfig};
use sqlx::PgPool;
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{
    backlog::{Backlog, Nothing},
    own_database::OwnDatabase,
};

const ROUNDS: usize = 5;
const JOBS: usize = 5_000;
const AT_A_TIME: u32 = 10;

struct Count(mpsc::UnboundedSender<Instant>);

impl Handler<Nothing> for Count {
    async fn run(&self, _: RunContext<Nothing>) -> Outcome<()> {
        self.0.send(Instant::now()).unwrap();
        Outcome::Completed(())
    }
}

#[tokio::main]
async fn main() {
    println!("| round | ours, jobs/s | graphile-worker, jobs/s | ratio |");
    println!("|---|---|---|---|");
    let mut ratios = Vec::new();
    for round in 1..=ROUNDS {
        let database = OwnDatabase::create(1).await;
        let pool = database.program_pool().await;
        let ours = ours(&pool).await;
        let peer = peer(&database.url());
        pool.close().await;
        database.close().await;
        println!("| {round} | {ours:.0} | {peer:.0} | {:.2} |", ours / peer);
        ratios.push(ours / peer);
    }
    ratios.sort_by(f64::total_cmp);
    let (least, median, most) = (ratios[0], ratios[ROUNDS / 2], ratios[ROUNDS - 1]);
    println!("| median | | | {median:.2} ({least:.2} to {most:.2}) |");
}

async fn ours(db: &PgPool) -> f64 {
    let backlog = Backlog {
        of_one: JOBS as i64,
        others: 0,
        of_each: 0,
        backing_off: 0,
        old_runs: 0,
    };
    backlog.fill(db).await;
    let scratch = tempfile::tempdir().unwrap();
    let config = WorkerConfig {
        slots: BTreeMap::from([(Nothing::QUEUE, AT_A_TIME)]),
        scratch_dir: scratch.path().to_owned(),
        heartbeat_interval: Duration::from_secs(5),
        lost_after: Duration::from_secs(15),
        stalled_after: Duration::from_secs(60),
        max_attempts: 5,
    };
    let (started, mut starts) = mpsc::unbounded_channel();
    let shutdown = CancellationToken::new();
    let kinds = Kinds::default().with::<Nothing>();
    let worker = Worker::new(config, db.clone(), kinds, shutdown.clone());
    let serving = tokio::spawn(worker.register(Count(started)).serve());
    let first = starts.recv().await.unwrap();
    let mut last = first;
    for _ in 1..JOBS {
        last = starts.recv().await.unwrap();
    }
    shutdown.cancel();
    serving.await.unwrap().unwrap();
    rate(last - first)
}

fn peer(database_url: &str) -> f64 {
    let arguments = [JOBS.to_string(), AT_A_TIME.to_string()];
    let seconds = graphile_worker::run("throughput.mjs", &arguments, database_url);
    rate(Duration::from_secs_f64(seconds))
}

fn rate(duration: Duration) -> f64 {
    (JOBS - 1) as f64 / duration.as_secs_f64()
}
