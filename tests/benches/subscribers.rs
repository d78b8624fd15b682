//! A thousand WebSockets on one API process while 200 progress rows are committed a second: how long from the commit to
//! the sockets, and what a socket costs in memory. Everything, the sockets' readers too, on this machine's cores.
//! `scripts/benchmark.sh` runs it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "the figures are this program's output"
)]

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use domain::{
    events::{self, Event},
    ids::{TrainingId, UserId},
    measurements::{Losses, StepMetrics},
};
use futures::future::join_all;
use jobs::JobState;
use tests::{
    client::{Client, Socket},
    percentiles::Percentiles,
    stack::Stack,
};
use tokio::{
    sync::Barrier,
    time::{MissedTickBehavior, interval, timeout},
};
use uuid::Uuid;

/// People, each with a training that commits a row a second, and with that many pages open.
const PEOPLE: usize = 200;
const PAGES: usize = 5;
const SECONDS: usize = 30;
/// Of registering at a time: hashing passwords takes both cores.
const AT_ONCE: usize = 4;
/// A socket to which nothing comes for so long has missed something.
const SILENCE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() {
    let stack = Stack::start().await;
    let people = users(&stack.url).await;

    // What the first sockets cost is the process's own warming up.
    let mut warm = Vec::new();
    for (_, user) in people.iter().take(10) {
        warm.push(user.listen(None).await);
    }
    drop(warm);
    let before = resident_bytes(stack.api.id());
    let mut sockets = Vec::new();
    for (_, user) in &people {
        for _ in 0..PAGES {
            sockets.push(user.listen(None).await);
        }
    }
    let opened = resident_bytes(stack.api.id());

    let commits: Arc<Vec<Mutex<Vec<Instant>>>> =
        Arc::new((0..PEOPLE).map(|_| Mutex::default()).collect());
    let readers: Vec<_> = sockets
        .into_iter()
        .enumerate()
        .map(|(number, socket)| tokio::spawn(read(socket, number / PAGES, commits.clone())))
        .collect();
    let together = Arc::new(Barrier::new(PEOPLE));
    let writers = people.iter().enumerate().map(|(number, (user_id, _))| {
        let (db, together, commits) = (stack.db.clone(), together.clone(), commits.clone());
        let user_id = *user_id;
        tokio::spawn(async move {
            together.wait().await;
            // Spread over the second.
            tokio::time::sleep(Duration::from_secs(1).mul_f64(number as f64 / PEOPLE as f64)).await;
            let mut ticks = interval(Duration::from_secs(1));
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let training = TrainingId(Uuid::new_v4());
            for step in 0..SECONDS {
                ticks.tick().await;
                let mut tx = db.begin().await.unwrap();
                events::publish(&mut tx, user_id, &progress(training, step))
                    .await
                    .unwrap();
                // Before the commit: the sockets may have the row before this program hears that it is written.
                commits[number].lock().unwrap().push(Instant::now());
                tx.commit().await.unwrap();
            }
        })
    });
    for writer in join_all(writers).await {
        writer.unwrap();
    }
    let mut delays = Vec::new();
    for reader in readers {
        delays.extend(reader.await.unwrap());
    }
    let loaded = resident_bytes(stack.api.id());
    let sockets = PEOPLE * PAGES;
    let each = |after: u64| after.saturating_sub(before) as f64 / sockets as f64 / 1000.0;
    println!(
        "| sockets | rows a second | frames | commit to socket, median | 99 % | memory each, open | under load |"
    );
    println!("|---|---|---|---|---|---|---|");
    println!(
        "| {sockets} | {PEOPLE} | {} | {} | {:.1} kB | {:.1} kB |",
        delays.len(),
        Percentiles::of(&delays),
        each(opened),
        each(loaded)
    );
}

async fn users(url: &str) -> Vec<(UserId, Client)> {
    let mut people = Vec::new();
    for numbers in (0..PEOPLE).collect::<Vec<_>>().chunks(AT_ONCE) {
        people.extend(
            join_all(numbers.iter().map(|number| async move {
                let user = Client::register(url, &format!("reader{number}")).await;
                let id = user.get("/api/auth/me").await["id"]
                    .as_str()
                    .unwrap()
                    .parse()
                    .unwrap();
                (UserId(id), user)
            }))
            .await,
        );
    }
    people
}

/// Reads every row of one user; answers how long after their commits they came.
async fn read(
    mut socket: Socket,
    user: usize,
    commits: Arc<Vec<Mutex<Vec<Instant>>>>,
) -> Vec<Duration> {
    let mut delays = Vec::with_capacity(SECONDS);
    while delays.len() < SECONDS {
        let frame = timeout(SILENCE + Duration::from_secs(SECONDS as u64), socket.next())
            .await
            .unwrap_or_else(|_| panic!("a row did not come"))
            .unwrap();
        let arrived = Instant::now();
        let step = frame["data"]["step"].as_u64().unwrap() as usize;
        assert_eq!(step, delays.len(), "a row was left out");
        delays.push(arrived - commits[user].lock().unwrap()[step]);
    }
    delays
}

fn progress(training_id: TrainingId, step: usize) -> Event {
    Event::TrainingProgress {
        training_id,
        status: JobState::Running,
        progress: step as f64 / SECONDS as f64,
        metrics: Some(StepMetrics {
            epoch: 1,
            step: step as i64,
            total_steps: SECONDS as i64,
            losses: Losses {
                generator: 41.25,
                discriminator: 2.71,
                mel: 0.87,
                kl: 1.93,
                duration: 1.12,
                adversarial: 2.05,
                feature_matching: 1.44,
            },
            gradient_norms: None,
            learning_rate: 2e-4,
            steps_per_second: 1.0,
            eta_seconds: 60.0,
        }),
    }
}

/// What a process holds in memory, by the kernel's `VmRSS`.
fn resident_bytes(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes * 1024
}
