//! A worker in this process whose jobs do what is wanted of them, beside a real API.

#![allow(
    dead_code,
    reason = "tests and benchmarks share it, and not all use all of it"
)]

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::{
    queue::Job,
    runs::{Outcome, Run},
    settings::{Queues, Retention, Worker as WorkerSettings},
};
use futures::future::BoxFuture;
use runner::{Worker, leash::Leash, run::Perform};
use serde_json::{Value, json};
use tests::{client::Client, eventually, stack::Stack};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Longest wait for a state.
pub const LIMIT: Duration = Duration::from_secs(60);
/// Silence after which the worker takes a run for lost.
pub const LOST_AFTER: Duration = Duration::from_secs(4);

/// Does with every job what the test says.
pub struct Unruly<F> {
    does: F,
    cleared_up: Arc<AtomicUsize>,
}

impl<F, Fut> Perform for Unruly<F>
where
    F: Fn(Run, Leash) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Outcome> + Send + 'static,
{
    fn perform(self: Arc<Self>, run: Run, leash: Leash) -> BoxFuture<'static, Outcome> {
        Box::pin((self.does)(run, leash))
    }

    fn clear_up(&self, _: Job) -> BoxFuture<'_, domain::Result<()>> {
        self.cleared_up.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Ok(()) })
    }
}

/// A worker in this process, and somebody whose trainings are the jobs.
pub struct House {
    pub stack: Stack,
    pub person: Client,
    pub shutdown: CancellationToken,
    pub serving: JoinHandle<domain::Result<()>>,
    pub cleared_up: Arc<AtomicUsize>,
}

impl House {
    pub async fn with<F, Fut>(does: F) -> Self
    where
        F: Fn(Run, Leash) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Outcome> + Send + 'static,
    {
        let stack = Stack::start().await;
        let person = Client::register(&stack.url, "sara").await;
        let shutdown = CancellationToken::new();
        let cleared_up = Arc::new(AtomicUsize::new(0));
        let (one, none) = (
            Queues {
                datasets: 0,
                downloads: 0,
                training: 1,
                speech: 0,
            },
            Queues {
                datasets: 0,
                downloads: 0,
                training: 0,
                speech: 0,
            },
        );
        std::fs::create_dir_all(stack.scratch()).unwrap();
        let settings = WorkerSettings {
            queues: one,
            user_limits: none,
            threads: 1,
            memory_limit_mb: 0,
            scratch_dir: stack.scratch(),
            heartbeat_interval_seconds: 1,
            lost_after_seconds: LOST_AFTER.as_secs() as u32,
            stalled_after_seconds: 3,
            max_attempts: 2,
        };
        let retention = Retention {
            events_days: 1,
            runs_days: 1,
            idempotency_keys_days: 1,
            queue_days: 1,
        };
        let jobs = Arc::new(Unruly {
            does,
            cleared_up: cleared_up.clone(),
        });
        let worker = Worker::new(
            settings,
            retention,
            stack.db.clone(),
            jobs,
            shutdown.clone(),
        );
        let serving = tokio::spawn(worker.serve());
        Self {
            stack,
            person,
            shutdown,
            serving,
            cleared_up,
        }
    }

    pub async fn order(&self) -> String {
        let asked =
            json!({ "modelType": "tts", "validationSplit": 0, "epochs": 1, "batchSize": 4 });
        let training = self.person.post("/api/training", asked).await;
        format!("/api/training/{}", training["id"].as_str().unwrap())
    }

    pub async fn until(&self, path: &str, status: &str) -> Value {
        eventually(status, LIMIT, || async {
            let row = self.person.get(path).await;
            (row["status"] == status).then_some(row)
        })
        .await
    }

    pub async fn reasons(&self) -> Vec<String> {
        sqlx::query_scalar("SELECT reason FROM runs WHERE reason IS NOT NULL ORDER BY id")
            .fetch_all(&self.stack.db)
            .await
            .unwrap()
    }
}
