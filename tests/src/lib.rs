//! The harness: the real API and real workers as processes, each test with a database, a storage and a port of its own.
//!
//! `./test.sh` starts PostgreSQL and builds the programs that are tested. They are those beside the test's own, and are
//! refused where they are older than their sources.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on must stop"
)]

pub mod archive;
pub mod claims;
pub mod client;
pub mod disk;
pub mod freshness;
pub mod percentiles;
pub mod postgres;
pub mod process;
pub mod stack;
pub mod with_hub;

use std::{future::Future, path::PathBuf, process::Command, time::Duration};

use tokio::time::{Instant, sleep};

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests have a parent")
        .to_owned()
}

/// The folder with the programs of a Python environment, which `scripts/<name>-client.sh` installs where it isn't yet.
pub fn python_client(name: &str) -> PathBuf {
    let script = root().join(format!("scripts/{name}-client.sh"));
    let answered = Command::new(script).output().unwrap();
    assert!(
        answered.status.success(),
        "this test needs {name}, which could not be installed:\n{}",
        String::from_utf8_lossy(&answered.stderr)
    );
    PathBuf::from(String::from_utf8(answered.stdout).unwrap().trim())
}

/// Waits until `look` finds something; fails after `limit` with what was waited for.
pub async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    limit: Duration,
    mut look: impl FnMut() -> F,
) -> T {
    let end = Instant::now() + limit;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "waited {limit:?} for: {what}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// A duration between nothing and `most`, another one each time.
pub fn random_up_to(most: Duration) -> Duration {
    most.mul_f64((uuid::Uuid::new_v4().as_u128() % 10_000) as f64 / 10_000.0)
}
