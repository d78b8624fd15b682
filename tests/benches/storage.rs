//! The storage: a checkpoint to a bucket beside a folder, the memory that a large file takes on its way, and that of a bucket with
//! very many files. The bucket is that of `s3s-fs` on loopback, in a process of its own. `scripts/benchmark.sh` runs it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "the figures are this program's output"
)]

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use domain::{settings, storage::Storage};
use futures::TryStreamExt;
use test_s3::{BUCKET, TestS3};

const ROUNDS: usize = 5;
/// Bytes of the files of a checkpoint of the preset `small`: weights, discriminator, and both optimizers' moments.
const CHECKPOINT: [(&str, usize); 3] = [
    ("model.safetensors", 40 << 20),
    ("discriminator.safetensors", 45 << 20),
    ("optimizer.safetensors", 170 << 20),
];
const LARGE_BYTES: u64 = 4 << 30;
const MANY_FOLDERS: usize = 200;
const FILES_A_FOLDER: usize = 100;

#[tokio::main]
async fn main() {
    if std::env::args().any(|argument| argument == "serve") {
        serve();
    }
    let scratch = tempfile::tempdir().unwrap();
    let server = Server::start();
    let folder = open(
        format!("file:{}", scratch.path().join("storage").display()),
        &[],
    );
    let bucket = open(format!("s3://{BUCKET}"), &server.environment);
    checkpoints(scratch.path(), &folder, &bucket).await;
    large_file(scratch.path(), &bucket).await;
    many_files(&server, &bucket).await;
}

async fn checkpoints(scratch: &Path, folder: &Storage, bucket: &Storage) {
    let local = scratch.join("checkpoint");
    fs::create_dir(&local).unwrap();
    for (number, (name, size)) in CHECKPOINT.into_iter().enumerate() {
        fs::write(local.join(name), test_hub::noise(number as u64, size)).unwrap();
    }
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        for (times, storage) in times.iter_mut().zip([folder, bucket]) {
            let key = format!("checkpoints/{round}");
            let begun = Instant::now();
            storage.put_folder(&key, &local).await.unwrap();
            times.push(begun.elapsed());
            storage.delete_folder(&key).await.unwrap();
        }
    }
    let [folder, bucket] = times.map(median);
    println!(
        "a checkpoint of {} MB: folder {folder:.2?}, bucket {bucket:.2?}, ratio {:.2}",
        CHECKPOINT.iter().map(|file| file.1).sum::<usize>() >> 20,
        bucket.as_secs_f64() / folder.as_secs_f64()
    );
}

async fn large_file(scratch: &Path, bucket: &Storage) {
    let local = scratch.join("large");
    fs::create_dir(&local).unwrap();
    // A hole: the disk has nothing to read.
    fs::File::create(local.join("file"))
        .unwrap()
        .set_len(LARGE_BYTES)
        .unwrap();
    let rest = reset_peak();
    bucket.put_folder("large", &local).await.unwrap();
    println!(
        "4 GB up: {} MB above {} MB",
        (peak() - rest) >> 20,
        rest >> 20
    );
    let rest = reset_peak();
    let back = scratch.join("back");
    bucket.get_file("large/file", &back).await.unwrap();
    println!(
        "4 GB down: {} MB above {} MB",
        (peak() - rest) >> 20,
        rest >> 20
    );
    assert_eq!(fs::metadata(&back).unwrap().len(), LARGE_BYTES);
    fs::remove_file(back).unwrap();
    bucket.delete_folder("large").await.unwrap();
}

async fn many_files(server: &Server, bucket: &Storage) {
    for folder in 0..MANY_FOLDERS {
        let folder = server.objects.join(format!("samples/{folder:06}"));
        fs::create_dir_all(&folder).unwrap();
        for file in 0..FILES_A_FOLDER {
            fs::write(folder.join(file.to_string()), "").unwrap();
        }
    }
    let rest = reset_peak();
    let begun = Instant::now();
    let folders = bucket.subfolders("samples").await.unwrap();
    let count = folders.try_fold(0, |count, _| async move { Ok(count + 1) });
    assert_eq!(count.await.unwrap(), MANY_FOLDERS);
    println!(
        "listing 20,000 files: {:.1?}, {} MB above {} MB",
        begun.elapsed(),
        (peak() - rest) >> 20,
        rest >> 20
    );
    let rest = reset_peak();
    let begun = Instant::now();
    bucket.delete_folder("samples").await.unwrap();
    println!(
        "deleting 20,000 files: {:.1?}, {} MB above {} MB",
        begun.elapsed(),
        (peak() - rest) >> 20,
        rest >> 20
    );
    assert_eq!(bucket.files("samples").await.unwrap(), []);
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn open(url: String, environment: &[(String, String)]) -> Storage {
    let settings = settings::Storage {
        url,
        also_read_url: String::new(),
        signed_url_minutes: 0,
    };
    Storage::open_with(&settings, environment.to_vec()).unwrap()
}

/// The server, as a process: its memory is not ours.
struct Server {
    process: Child,
    environment: Vec<(String, String)>,
    objects: PathBuf,
}

impl Server {
    fn start() -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut pairs: Vec<(String, String)> = lines
            .map_while(Result::ok)
            .take_while(|line| !line.is_empty())
            .map(|line| {
                line.split_once('=')
                    .map(|(name, value)| (name.into(), value.into()))
                    .unwrap()
            })
            .collect();
        let (_, objects) = pairs.remove(0);
        Self {
            process,
            environment: pairs,
            objects: objects.into(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its folder is deleted when its input ends.
        drop(self.process.stdin.take());
        self.process.wait().unwrap();
    }
}

/// Serves until the standard input ends.
fn serve() -> ! {
    let server = TestS3::start();
    println!("objects={}", server.objects().display());
    for (name, value) in server.environment() {
        println!("{name}={value}");
    }
    println!();
    let _ended = std::io::stdin().lines().count();
    drop(server);
    std::process::exit(0);
}

/// Forgets the peak of this process's memory; returns what it has now, in bytes.
fn reset_peak() -> u64 {
    fs::write("/proc/self/clear_refs", "5").unwrap();
    peak()
}

/// Most bytes of memory that this process has had.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    let kilobytes = line.split_whitespace().nth(1).unwrap();
    kilobytes.parse::<u64>().unwrap() << 10
}
