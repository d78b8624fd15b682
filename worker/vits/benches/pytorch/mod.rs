//! The other side of a benchmark: a program in Python with the PyTorch and the transformers that
//! `scripts/transformers-client.sh` installs. It prints «ready», then reads a request a line and writes a line of JSON.

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::Value;
use vits::config::Preset;

/// Threads of either side's tensor operations.
pub const THREADS: usize = 2;

/// The program, running; dropping it ends it.
pub struct Peer {
    /// None once it is to end.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    process: Child,
}

impl Peer {
    /// Starts a script of this folder with a folder and settings, and waits until it is ready.
    pub fn start(script: &str, folder: &Path, settings: &Value) -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut process = Command::new(python(here))
            .arg(here.join("benches/pytorch").join(script))
            .arg(folder)
            .arg(settings.to_string())
            .env("HF_HUB_OFFLINE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let output = process.stdout.take().expect("a pipe");
        let mut peer = Self {
            input: process.stdin.take(),
            output: BufReader::new(output),
            process,
        };
        assert_eq!(peer.line(), "ready\n", "{script} is not ready");
        peer
    }

    /// Sends a request and waits for the response.
    pub fn request(&mut self, request: &Value) -> Value {
        let input = self.input.as_mut().expect("it was not dropped");
        writeln!(input, "{request}").expect("the peer listens");
        input.flush().expect("the peer listens");
        serde_json::from_str(&self.line()).expect("the peer writes JSON")
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the peer responds");
        line
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ended = self.process.wait();
    }
}

/// The one that PEER_PYTHON names, as on a machine with a GPU: what is installed otherwise computes on CPUs alone.
fn python(here: &Path) -> PathBuf {
    if let Some(python) = std::env::var_os("PEER_PYTHON") {
        return python.into();
    }
    let installed = Command::new(here.join("../../scripts/transformers-client.sh"))
        .stderr(Stdio::inherit())
        .output()
        .expect("scripts/transformers-client.sh starts");
    let folder = String::from_utf8(installed.stdout).expect("a path");
    Path::new(folder.trim()).join("python")
}

/// Those of these presets that are named on the command line, or the `usual` ones.
pub fn presets(usual: &[Preset]) -> Vec<Preset> {
    let named: Vec<Preset> = [Preset::Tiny, Preset::Small, Preset::Mms]
        .into_iter()
        .filter(|preset| std::env::args().any(|word| word == format!("{preset:?}").to_lowercase()))
        .collect();
    match named.is_empty() {
        true => usual.to_vec(),
        false => named,
    }
}

/// The middle one, or the upper of the two.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
