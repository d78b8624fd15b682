//! How long it takes from an order to the job's start in an idle worker: a POST to our API, the call behind that POST, and
//! graphile-worker's `addJob`, by turns on the same PostgreSQL. `scripts/benchmark.sh` runs it.
//!
//! The call does what `addJob` does not: it looks the dataset up and writes the training's own row beside the job's and
//! its task; claiming it writes the run with its fence token. The POST adds HTTP and the session.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "the figures are this program's output"
)]

#[path = "../tests/app/mod.rs"]
mod app;
#[path = "graphile-worker/mod.rs"]
mod graphile_worker;

use std::time::Duration;

use domain::{
    ids::UserId,
    training::{self, Base, ModelType, NewTraining, Optimizer, Precision, Preset, TrainingConfig},
};
use jobs::Outcome;
use tests::{percentiles::Percentiles, random_up_to};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};

use crate::app::TestApp;

/// What is ordered; nobody trains it.
const CONFIG: TrainingConfig = TrainingConfig {
    epochs: 1,
    batch_size: 4,
    accumulate: None,
    learning_rate: None,
    preset: Some(Preset::Tiny),
    seed: 1,
    checkpoint_every: None,
    validation_split: 0.0,
    early_stopping: None,
    segments: None,
    sample_rate: None,
    precision: Precision::Auto,
    optimizer: Optimizer::AdamW,
    base: None,
    base_voice: None,
    continues: None,
    text: None,
};
const ROUNDS: usize = 5;
const JOBS: usize = 200;
/// Pauses between a job's start and the next order: long enough to end the job, and never in step with a worker's polls.
const MIN_PAUSE: Duration = Duration::from_millis(20);
const MAX_PAUSE: Duration = Duration::from_millis(40);

#[tokio::main]
async fn main() {
    let (started, mut starts) = mpsc::unbounded_channel();
    let app = TestApp::with(move |_| {
        let told = started.send(Instant::now());
        async move {
            told.expect("the benchmark waits for every start");
            Outcome::Failed {
                reason: "it was only an order".into(),
            }
        }
    })
    .await;
    let user = app.user.get("/api/auth/me").await["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let by_request = async || drop(app.order().await);
    let pool = app.stack.api_pool().await;
    // In a task, as the API's: the main thread would be woken by another one for every answer of the database.
    let by_call = async || {
        let (db, user) = (pool.clone(), UserId(user));
        tokio::spawn(async move {
            let new = NewTraining {
                model_type: ModelType::Tts,
                dataset: None,
                base: Base::Nothing,
                config: CONFIG,
            };
            training::create(&db, user, new, None).await.unwrap();
        })
        .await
        .unwrap();
    };
    println!(
        "| round | our API, median | 99 % | our queue, median | 99 % | graphile-worker, median | 99 % |"
    );
    println!("|---|---|---|---|---|---|---|");
    let mut all = [const { Vec::new() }; 3];
    for round in 1..=ROUNDS {
        let waits = [
            measure(&by_request, &mut starts).await,
            measure(&by_call, &mut starts).await,
            peer(&app.stack.database_url),
        ];
        let [api, queue, peer] = waits.each_ref().map(|waits| Percentiles::of(waits));
        println!("| {round} | {api} | {queue} | {peer} |");
        for (all, waits) in all.iter_mut().zip(waits) {
            all.extend(waits);
        }
    }
    let [api, queue, peer] = all.each_ref().map(|waits| Percentiles::of(waits));
    println!("| all | {api} | {queue} | {peer} |");
}

/// The waits of [`JOBS`] jobs, one after the other.
async fn measure(
    order: &impl AsyncFn(),
    starts: &mut mpsc::UnboundedReceiver<Instant>,
) -> Vec<Duration> {
    let mut waits = Vec::with_capacity(JOBS);
    for _ in 0..JOBS {
        let asked = Instant::now();
        order().await;
        waits.push(starts.recv().await.unwrap() - asked);
        sleep(MIN_PAUSE + random_up_to(MAX_PAUSE - MIN_PAUSE)).await;
    }
    waits
}

/// The waits of as many jobs there.
fn peer(database_url: &str) -> Vec<Duration> {
    let pauses = [MIN_PAUSE, MAX_PAUSE].map(|pause| pause.as_millis().to_string());
    let arguments = [&[JOBS.to_string()], &pauses[..]].concat();
    let seconds: Vec<f64> = graphile_worker::run("enqueue_to_start.mjs", &arguments, database_url);
    seconds.into_iter().map(Duration::from_secs_f64).collect()
}
