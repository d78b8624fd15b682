//! An S3-compatible server on loopback: that of `s3s-fs`, which keeps its objects in a folder and checks every signature, behind
//! a service that injects faults where a test asks for them. boto3 works against it, which `tests/tests/e2e/s3.rs` checks.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on must stop"
)]

mod faults;
mod operation;
mod server;
mod state;

use std::{net::TcpListener, path::PathBuf, sync::Arc};

use tempfile::TempDir;
use tokio::runtime::Runtime;

pub use faults::Fault;
pub use operation::Operation;
pub use state::{ACCESS_KEY_ID, BUCKET, SECRET_ACCESS_KEY};
use state::{State, lock};

/// A running server; its objects are gone with it.
pub struct TestS3 {
    /// Its endpoint, `http://127.0.0.1:port`.
    pub url: String,
    root: TempDir,
    state: Arc<State>,
    runtime: Option<Runtime>,
}

impl TestS3 {
    /// Starts one with an empty bucket.
    pub fn start() -> Self {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join(BUCKET)).unwrap();
        let state = Arc::new(State::default());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(server::serve(
            listener,
            root.path().to_owned(),
            state.clone(),
        ));
        Self {
            url,
            root,
            state,
            runtime: Some(runtime),
        }
    }

    /// What a client's environment needs to find it.
    pub fn environment(&self) -> [(&'static str, String); 5] {
        [
            ("AWS_ENDPOINT_URL", self.url.clone()),
            ("AWS_ALLOW_HTTP", "true".into()),
            ("AWS_REGION", "us-east-1".into()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID.into()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY.into()),
        ]
    }

    /// The folder in which the bucket's objects lie by their keys.
    pub fn objects(&self) -> PathBuf {
        self.root.path().join(BUCKET)
    }

    /// The parts of uploads that are neither completed nor aborted.
    pub fn unfinished_parts(&self) -> usize {
        let entries = std::fs::read_dir(self.root.path()).unwrap();
        entries
            .filter(|entry| {
                let name = entry.as_ref().unwrap().file_name();
                name.to_string_lossy().contains(".part-")
            })
            .count()
    }

    /// Injects a fault into the next `times` requests of this operation.
    pub fn fail(&self, operation: Operation, times: u32, fault: Fault) {
        self.faults().add(operation, fault, times);
    }

    /// Injects a fault into about one request in `one_in`, whatever it is for; which ones, and which faults, follows from the
    /// seed and the order of the requests.
    pub fn fail_randomly(&self, seed: u64, one_in: u32) {
        self.faults().randomly(seed, one_in);
    }

    /// Drops the faults that have not happened yet, and the random ones.
    pub fn clear_faults(&self) {
        self.faults().clear();
    }

    /// The number of faults that have happened.
    pub fn faults_happened(&self) -> usize {
        self.faults().happened()
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Operation> {
        lock(&self.state.requests).clone()
    }

    fn faults(&self) -> std::sync::MutexGuard<'_, faults::Faults> {
        lock(&self.state.faults)
    }
}

impl Drop for TestS3 {
    fn drop(&mut self) {
        // Tests are asynchronous themselves, where a runtime must not wait for its tasks.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
