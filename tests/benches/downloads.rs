//! One file of 2 GB, and 2,000 files of 20 kB, from one hub on loopback: by our `downloader` (order to complete, with its
//! rows, events and hashes), by the Hub's own Python client, and the large one by plain curl. All in one run, by turns,
//! each into an empty cache on the same disk, which has nothing else left to write when the clock begins. Ours says
//! «completed» when the disk has the bytes; of the others the time until then is measured besides. And all again into a
//! folder in memory, where no disk is waited for. `scripts/benchmark.sh` runs it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "the figures are this program's output"
)]

use std::{
    path::Path,
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

use serde_json::json;
use test_hub::{Repository, TestHub, noise};
use tests::{client::Client, python_client, root, stack::Stack};

const ROUNDS: usize = 3;
const LARGE_BYTES: usize = 2_000_000_000;
const SMALL_FILES: u64 = 2_000;
const SMALL_BYTES: usize = 20_000;
/// Searches, one after the other.
const SEARCHES: usize = 100;

#[tokio::main]
async fn main() {
    let server = TestHub::start();
    let large = Repository::new("a/large").commit(&[("model.safetensors", noise(1, LARGE_BYTES))]);
    let address = format!(
        "{}/a/large/resolve/{}/model.safetensors",
        server.url,
        large.head()
    );
    server.put(large);
    let files: Vec<_> = (0..SMALL_FILES)
        .map(|number| {
            (
                format!("part-{:02}/{number}.bin", number % 20),
                noise(number, SMALL_BYTES),
            )
        })
        .collect();
    let files: Vec<_> = files
        .iter()
        .map(|(path, bytes)| (path.as_str(), bytes.clone()))
        .collect();
    server.put(Repository::new("a/small").commit(&files));
    let hf = python_client("huggingface").join("hf");

    for (place, folder) in [
        ("disk", root()),
        ("memory", Path::new("/dev/shm").to_owned()),
    ] {
        for round in 1..=ROUNDS {
            for repo in ["a/large", "a/small"] {
                let ours = by_downloader(&server, &folder, repo).await;
                println!(
                    "{place}, round {round}, {repo}: downloader {:.2?} ({:.0} MB resident at most, {:.0} MB idle)",
                    ours.took,
                    ours.most as f64 / 1e6,
                    ours.idle as f64 / 1e6
                );
                compare("hf download", &ours, &by_hf(&server, &hf, &folder, repo));
                if repo == "a/large" {
                    compare("curl", &ours, &by_curl(&address, &folder));
                }
            }
        }
    }
    search(&server).await;
}

struct Ours {
    /// From the order to «completed».
    took: Duration,
    /// Resident bytes before the order.
    idle: u64,
    /// And the most until the end.
    most: u64,
}

struct Theirs {
    /// Until the program ended.
    ended: Duration,
    /// Until the disk had what it wrote.
    kept: Duration,
}

fn compare(name: &str, ours: &Ours, theirs: &Theirs) {
    let ratio = |theirs: Duration| theirs.as_secs_f64() / ours.took.as_secs_f64();
    println!(
        "    {name} {:.2?} (x {:.2}); until the disk has it {:.2?} (x {:.2})",
        theirs.ended,
        ratio(theirs.ended),
        theirs.kept,
        ratio(theirs.kept)
    );
}

async fn by_downloader(server: &TestHub, place: &Path, repo: &str) -> Ours {
    let folder = tempfile::tempdir_in(place).unwrap();
    let cache = folder.path().display().to_string();
    let environment = [
        ("HF_ENDPOINT", server.url.as_str()),
        ("HF_HUB_CACHE", cache.as_str()),
    ];
    let stack = Stack::with(&environment).await;
    let user = Client::register(&stack.url, "negar").await;
    let downloader = stack.downloader().await;
    let (id, idle) = (downloader.id(), resident_bytes(downloader.id()));
    let (most, over) = (AtomicU64::new(0), AtomicBool::new(false));
    let mut socket = user.listen(None).await;
    let mut took = Duration::ZERO;
    rustix::fs::sync();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                most.fetch_max(resident_bytes(id), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                let begun = Instant::now();
                user.post("/api/sources/download", json!({ "repoId": repo }))
                    .await;
                socket.until("download:complete").await;
                took = begun.elapsed();
                over.store(true, Ordering::Relaxed);
            });
        });
    });
    Ours {
        took,
        idle,
        most: most.into_inner(),
    }
}

fn by_hf(server: &TestHub, hf: &Path, place: &Path, repo: &str) -> Theirs {
    let folder = tempfile::tempdir_in(place).unwrap();
    let mut command = Command::new(hf);
    command
        .args(["download", repo])
        .env("HF_ENDPOINT", &server.url)
        .env("HF_HOME", folder.path())
        .env("HF_HUB_DISABLE_TELEMETRY", "1")
        .env("HF_HUB_DISABLE_UPDATE_CHECK", "1")
        .env("HF_HUB_DISABLE_PROGRESS_BARS", "1");
    time(&mut command)
}

fn by_curl(address: &str, place: &Path) -> Theirs {
    let folder = tempfile::tempdir_in(place).unwrap();
    let mut command = Command::new("curl");
    command.args(["--silent", "--fail", "--location", "--output"]);
    command.arg(folder.path().join("file")).arg(address);
    time(&mut command)
}

fn time(command: &mut Command) -> Theirs {
    rustix::fs::sync();
    let begun = Instant::now();
    let status = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    let ended = begun.elapsed();
    assert!(status.success(), "{command:?}");
    rustix::fs::sync();
    Theirs {
        ended,
        kept: begun.elapsed(),
    }
}

/// What our API adds to the Hub's own time of a search.
async fn search(server: &TestHub) {
    let environment = [("HF_ENDPOINT", server.url.as_str())];
    let stack = Stack::with(&environment).await;
    let user = Client::register(&stack.url, "negar").await;
    let mut added: Vec<Duration> = Vec::new();
    for number in 0..SEARCHES {
        let begun = Instant::now();
        user.get(&format!("/api/sources/search?q=a{number}")).await;
        let through_us = begun.elapsed();
        let begun = Instant::now();
        Client::anonymous(&server.url)
            .get(&format!("/api/models?search=b{number}&limit=20&full=true"))
            .await;
        added.push(through_us.saturating_sub(begun.elapsed()));
    }
    added.sort();
    println!(
        "a search through the API takes {:.1?} longer than the Hub's own answer (median), {:.1?} (p99)",
        added[SEARCHES / 2],
        added[SEARCHES * 99 / 100]
    );
}

fn resident_bytes(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok())
        .map_or(0, |kilobytes| kilobytes * 1024)
}
