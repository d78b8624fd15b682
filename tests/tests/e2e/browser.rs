//! The page in a real browser: `tests/browser/` drives it, against a server and a worker of its own.

use std::process::Command;

use test_hub::{Repository, TOKEN, TestHub, noise};
use tests::{root, stack::Stack};

#[tokio::test]
async fn a_user_signs_up_trains_a_voice_and_installs_a_model() {
    assert!(
        root().join("api/ui/dist/index.html").exists(),
        "build the page first: npm run build --prefix api/ui"
    );
    let server = TestHub::start();
    let model = |id: &str, megabytes: usize| {
        Repository::new(id).commit(&[
            ("README.md", "# آوا\n".into()),
            ("config.json", r#"{"model_type": "vits"}"#.into()),
            ("vocab.json", "{}".into()),
            ("model.safetensors", noise(1, megabytes << 20)),
        ])
    };
    server.put(model("facebook/mms-tts-fas", 145));
    server.put(model("avagar/gated-voice", 1).gated());
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().display().to_string();
    let environment = [
        ("HF_ENDPOINT", server.url.as_str()),
        ("HF_HUB_CACHE", cache.as_str()),
        // Slow enough that a user sees it come.
        ("AVAGAR__HUB__BYTES_PER_SECOND", "30000000"),
    ];
    let stack = Stack::with(&environment).await;
    let _worker = stack.worker().await;
    let mut playwright = Command::new("npm");
    playwright
        .args(["run", "--silent", "browser"])
        .current_dir(root().join("api/ui"))
        .env("AVAGAR_URL", &stack.url)
        .env("AVAGAR_STORAGE", stack.storage())
        .env("HUB_TOKEN", TOKEN);
    let ended = tokio::task::spawn_blocking(move || playwright.output())
        .await
        .unwrap()
        .expect("npm is there");
    let output = format!(
        "{}{}",
        String::from_utf8_lossy(&ended.stdout),
        String::from_utf8_lossy(&ended.stderr)
    );
    println!("{output}");
    assert!(ended.status.success(), "the browser tests failed");
}
