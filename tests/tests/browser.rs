//! The page in a real browser: `tests/browser/` walks through it, against a server and a worker of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that can't go on must stop"
)]

use std::process::Command;

use tests::{root, stack::Stack};

#[tokio::test]
async fn a_person_walks_from_sign_up_to_a_voice_that_speaks() {
    assert!(
        root().join("api/ui/dist/index.html").exists(),
        "build the page first: npm run build --prefix api/ui"
    );
    let stack = Stack::start().await;
    let _worker = stack.worker().await;
    let mut walk = Command::new("npm");
    walk.args(["run", "--silent", "walk"])
        .current_dir(root().join("api/ui"))
        .env("AVAGAR_URL", &stack.url)
        .env("AVAGAR_STORAGE", stack.storage());
    let walked = tokio::task::spawn_blocking(move || walk.output())
        .await
        .unwrap()
        .expect("npm is there");
    let output = format!(
        "{}{}",
        String::from_utf8_lossy(&walked.stdout),
        String::from_utf8_lossy(&walked.stderr)
    );
    println!("{output}");
    assert!(walked.status.success(), "the walk failed:\n{output}");
}
