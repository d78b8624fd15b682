//! How long it takes from the commit of an event to a WebSocket on loopback:
//!
//!     cargo run --release -p tests --example latency -- [events]

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "the figures are this program's output"
)]

use std::time::{Duration, Instant};

use tests::{client::Client, stack::Stack};

#[tokio::main]
async fn main() {
    let events: usize = std::env::args()
        .nth(1)
        .map_or(500, |count| count.parse().unwrap());
    let stack = Stack::start().await;
    let person = Client::register(&stack.url, "sara").await;
    let user = person.get("/api/auth/me").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut socket = person.listen(None).await;
    let mut latencies = Vec::with_capacity(events);
    for _ in 0..events {
        let mut transaction = stack.db.begin().await.unwrap();
        sqlx::query("SELECT publish_event($1::uuid, 'test:event', '{}')")
            .bind(&user)
            .execute(&mut *transaction)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        let committed = Instant::now();
        socket.next().await.unwrap();
        latencies.push(committed.elapsed());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    latencies.sort();
    let at = |fraction: f64| latencies[((events - 1) as f64 * fraction) as usize];
    println!(
        "{events} events, commit to socket: median {:?}, 99 % {:?}, slowest {:?}",
        at(0.5),
        at(0.99),
        at(1.0)
    );
}
