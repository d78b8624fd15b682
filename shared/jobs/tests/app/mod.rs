//! A worker in this process whose jobs do what the test wants of them, beside a real API.

#![allow(
    dead_code,
    reason = "tests and benchmarks share it, and not all use all of it"
)]

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::{ids::TrainingId, kinds::kinds, training::Training, voices::NewVoice};
use jobs::{Handler, JobKind, Outcome, RunContext, Worker, WorkerConfig};
use serde_json::{Value, json};
use tests::{client::Client, eventually, stack::Stack};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Longest wait for a state.
pub const LIMIT: Duration = Duration::from_secs(60);
/// Time without a heartbeat after which the worker takes a run for lost.
pub const LOST_AFTER: Duration = Duration::from_secs(4);

/// Does with every job what the test says.
pub struct Unruly<F> {
    does: F,
    cleaned_up: Arc<AtomicUsize>,
}

impl<F, Fut> Handler<Training> for Unruly<F>
where
    F: Fn(RunContext<Training>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Outcome<NewVoice>> + Send + 'static,
{
    fn run(&self, context: RunContext<Training>) -> impl Future<Output = Outcome<NewVoice>> + Send {
        (self.does)(context)
    }

    async fn cleanup(&self, _: TrainingId) -> jobs::Result<()> {
        self.cleaned_up.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

/// A worker in this process, and a user whose trainings are the jobs.
pub struct TestApp {
    pub stack: Stack,
    pub user: Client,
    pub shutdown: CancellationToken,
    pub serving: JoinHandle<jobs::Result<()>>,
    pub cleaned_up: Arc<AtomicUsize>,
}

impl TestApp {
    pub async fn with<F, Fut>(does: F) -> Self
    where
        F: Fn(RunContext<Training>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Outcome<NewVoice>> + Send + 'static,
    {
        let stack = Stack::start().await;
        let user = Client::register(&stack.url, "sara").await;
        let shutdown = CancellationToken::new();
        let cleaned_up = Arc::new(AtomicUsize::new(0));
        let config = WorkerConfig {
            slots: BTreeMap::from([(Training::QUEUE, 1)]),
            scratch_dir: stack.scratch(),
            heartbeat_interval: Duration::from_secs(1),
            lost_after: LOST_AFTER,
            stalled_after: Duration::from_secs(3),
            max_attempts: 2,
        };
        let handler = Unruly {
            does,
            cleaned_up: cleaned_up.clone(),
        };
        let worker = Worker::new(config, stack.db.clone(), kinds(), shutdown.clone());
        let serving = tokio::spawn(worker.register(handler).serve());
        Self {
            stack,
            user,
            shutdown,
            serving,
            cleaned_up,
        }
    }

    pub async fn order(&self) -> String {
        let asked =
            json!({ "modelType": "tts", "validationSplit": 0, "epochs": 1, "batchSize": 4 });
        let training = self.user.post("/api/training", asked).await;
        format!("/api/training/{}", training["id"].as_str().unwrap())
    }

    pub async fn until(&self, path: &str, status: &str) -> Value {
        eventually(status, LIMIT, || async {
            let row = self.user.get(path).await;
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
