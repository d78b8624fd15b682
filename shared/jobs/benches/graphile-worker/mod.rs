//! Runs a script beside this file, which measures graphile-worker.

use std::{path::Path, process::Command};

use serde::de::DeserializeOwned;

/// What the script prints as JSON.
pub fn run<T: DeserializeOwned>(script: &str, arguments: &[String], database_url: &str) -> T {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/graphile-worker");
    let output = Command::new("node")
        .arg(script)
        .args(arguments)
        .current_dir(folder)
        .env("DATABASE_URL", database_url)
        .output()
        .expect("node is there");
    assert!(
        output.status.success(),
        "npm ci in shared/jobs/benches/graphile-worker first: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}
