//! A child process whose output is kept, and which never outlives its test.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use crate::freshness;

/// A program of ours: it lies beside the test's own. Fails where it is not of today's sources.
pub fn binary(name: &str) -> PathBuf {
    static CHECKED: Mutex<BTreeMap<PathBuf, Result<(), String>>> = Mutex::new(BTreeMap::new());
    let own = std::env::current_exe().expect("a test knows where it is");
    let program = own
        .parent()
        .and_then(|deps| deps.parent())
        .expect("tests lie in target/debug/deps")
        .join(name);
    // Once: what is edited while the tests run makes none of them fail.
    let checked = CHECKED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .entry(program.clone())
        .or_insert_with(|| freshness::check(&program))
        .clone();
    if let Err(refused) = checked {
        panic!("{refused}");
    }
    program
}

/// A running program.
pub struct Process {
    name: &'static str,
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Process {
    pub fn start(name: &'static str, command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} could not be started: {error}"));
        let lines = Arc::new(Mutex::new(Vec::new()));
        let stderr = child.stderr.take().expect("stderr is piped");
        let keep = lines.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                keep.lock().expect("nobody panics while logging").push(line);
            }
        });
        Self { name, child, lines }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The first line of its log that holds `text`; fails where none comes in two minutes: a busy machine takes its time.
    pub async fn line(&mut self, text: &str) -> String {
        let end = Instant::now() + Duration::from_secs(120);
        loop {
            if let Some(line) = self.log().into_iter().find(|line| line.contains(text)) {
                return line;
            }
            if let Some(status) = self.child.try_wait().expect("a child can be asked") {
                panic!(
                    "{} ended with {status} before it said {text:?}:\n{}",
                    self.name,
                    self.log().join("\n")
                );
            }
            assert!(
                Instant::now() < end,
                "{} did not say {text:?}:\n{}",
                self.name,
                self.log().join("\n")
            );
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Everything it has said, without colours.
    pub fn log(&self) -> Vec<String> {
        let plain = |line: &String| {
            let mut plain = String::new();
            let mut rest = line.as_str();
            while let Some(start) = rest.find('\u{1b}') {
                plain.push_str(&rest[..start]);
                rest = rest[start..].split_once('m').map_or("", |(_, rest)| rest);
            }
            plain + rest
        };
        self.lines
            .lock()
            .expect("nobody panics while logging")
            .iter()
            .map(plain)
            .collect()
    }

    /// Sends a signal by its number.
    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &self.id().to_string()])
            .status();
        assert!(
            sent.expect("kill is there").success(),
            "{} was gone before {signal}",
            self.name
        );
    }

    /// Stops it where it stands, and waits until every thread of it does: on a busy machine they go on for a while.
    pub async fn freeze(&self) {
        self.signal("STOP");
        let threads = format!("/proc/{}/task", self.id());
        let stands = |thread: std::io::Result<std::fs::DirEntry>| {
            let stat = std::fs::read_to_string(thread.expect("it is listed").path().join("stat"));
            // The state follows the name, which stands in brackets and may hold any character.
            stat.is_ok_and(|stat| {
                stat.rsplit(") ")
                    .next()
                    .is_some_and(|rest| rest.starts_with('T'))
            })
        };
        while !std::fs::read_dir(&threads)
            .expect("it is there")
            .all(stands)
        {
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Whether it still runs.
    pub fn is_alive(&mut self) -> bool {
        self.child
            .try_wait()
            .expect("a child can be asked")
            .is_none()
    }

    /// Waits until it ends.
    pub async fn ended(&mut self, limit: Duration) -> ExitStatus {
        let end = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be asked") {
                return status;
            }
            assert!(
                Instant::now() < end,
                "{} still runs after {limit:?}:\n{}",
                self.name,
                self.log().join("\n")
            );
            sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _reaped = self.child.wait();
        if std::thread::panicking() {
            eprintln!("── log of {}:\n{}", self.name, self.log().join("\n"));
        }
    }
}
