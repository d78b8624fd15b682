//! The Hub's own Python client, in its pinned version (`scripts/huggingface-client.sh`): the hub of our tests is like the
//! real one because this client works against it, and our cache is the Hub's because this client reads and fills it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on must stop"
)]

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, LazyLock},
    time::Duration,
};

use bytes::Bytes;
use hub::{
    Config, Hub,
    cache::{HubCache, RepoCache},
    download::{Downloader, Finished, Order},
    names::{Commit, Revision},
    progress::Progress,
    rate_limiter::RateLimiter,
};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use test_hub::{Asked, Fault, Place, Repository, TOKEN, TRUSTED_TOKEN, TestHub, noise};
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

const REPO: &str = "avagar/voice";
const LARGE: &str = "model.safetensors";
/// Whatever Python does here takes a second or two.
const MAX_CALL_SECONDS: &str = "120";

/// The folder of the programs `python` and `hf`.
static CLIENT: LazyLock<PathBuf> = LazyLock::new(|| {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../scripts/huggingface-client.sh"
    );
    let answered = Command::new(script).output().unwrap();
    assert!(
        answered.status.success(),
        "these tests need the Hub's own Python client, which could not be installed:\n{}",
        String::from_utf8_lossy(&answered.stderr)
    );
    String::from_utf8(answered.stdout).unwrap().trim().into()
});

type Files = BTreeMap<&'static str, Bytes>;

/// A hub with one model, and an empty cache that Python and we share.
struct Given {
    server: TestHub,
    hub: Hub,
    folder: TempDir,
    files: Files,
    stop: CancellationToken,
}

fn given() -> Given {
    hub::choose_cryptography();
    let server = TestHub::start();
    let files = files(3 << 20);
    server.put(commit(Repository::new(REPO), &files));
    let config = Config {
        endpoint: server.url.parse().unwrap(),
        offline: false,
        answer_timeout: Duration::from_secs(10),
        read_timeout: Duration::from_secs(10),
    };
    Given {
        hub: Hub::new(config).unwrap(),
        server,
        folder: tempfile::tempdir().unwrap(),
        files,
        stop: CancellationToken::new(),
    }
}

/// Small files and large ones, at the top and below folders; two with the same bytes, and an empty one.
fn files(large_bytes: usize) -> Files {
    BTreeMap::from([
        (
            "config.json",
            Bytes::from_static(br#"{"model_type": "vits"}"#),
        ),
        ("README.md", Bytes::from("آوا ".repeat(1_000))),
        ("empty.txt", Bytes::new()),
        ("tokenizer/vocab.json", Bytes::from_static(b"{}")),
        (
            "tokenizer/added tokens/vocab.json",
            Bytes::from_static(b"{}"),
        ),
        ("onnx/int8/model.onnx", noise(2, 70_000)),
        (LARGE, noise(1, large_bytes)),
    ])
}

fn commit(repository: Repository, files: &Files) -> Repository {
    let files: Vec<_> = files
        .iter()
        .map(|(path, bytes)| (*path, bytes.clone()))
        .collect();
    repository.commit(&files)
}

impl Given {
    fn cache(&self) -> HubCache {
        HubCache::at(self.folder.path().join("huggingface/hub"))
    }

    fn repo(&self) -> RepoCache {
        self.cache().repo(&REPO.parse().unwrap())
    }

    /// The commit that `given` put there.
    fn head(&self) -> String {
        commit(Repository::new(REPO), &self.files).head().to_owned()
    }

    /// One of the client's programs, in an environment that knows nothing but this hub and this cache.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new("timeout");
        command
            .arg(MAX_CALL_SECONDS)
            .arg(CLIENT.join(name))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LANG", "C.UTF-8")
            .env("HOME", self.folder.path())
            .env("HF_HOME", self.folder.path().join("huggingface"))
            .env("HF_ENDPOINT", &self.server.url)
            .env("HF_HUB_DISABLE_TELEMETRY", "1")
            .env("HF_HUB_DISABLE_UPDATE_CHECK", "1")
            .env("HF_HUB_DISABLE_PROGRESS_BARS", "1");
        command
    }

    fn call(&self, call: &str, arguments: &Value) -> Command {
        let mut command = self.program("python");
        command
            .arg(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/python_client.py"
            ))
            .args([call, &arguments.to_string()]);
        command
    }

    /// What a function of `python_client.py` answers.
    fn python(&self, call: &str, arguments: &Value) -> Value {
        read(&run(&mut self.call(call, arguments)))
    }

    /// Python's own look at the cache, which has to find nothing wrong.
    fn scan(&self) -> Value {
        let found = self.python("scan", &json!({}));
        assert_eq!(found["warnings"], json!([]), "{found:#}");
        found
    }

    async fn order(&self, revision: &str) -> Order {
        let (repo, revision): (_, Revision) = (REPO.parse().unwrap(), revision.parse().unwrap());
        let info = self.hub.model_now(&repo, &revision, None).await.unwrap();
        Order {
            repo,
            revision,
            commit: info.commit,
            files: info.files,
        }
    }

    async fn fetch(&self, revision: &str) -> Finished {
        let downloader = Downloader {
            hub: self.hub.clone(),
            cache: self.repo(),
            token: None,
            progress: Arc::new(Progress::default()),
            rate_limiter: Arc::new(RateLimiter::new(0)),
            stop: self.stop.clone(),
        };
        downloader.fetch(&self.order(revision).await).await.unwrap()
    }

    /// What was asked since there were `before` questions, other than about files and whether they have changed.
    fn fetched_since(&self, before: usize) -> Vec<Asked> {
        let mut asked = self.server.asked().split_off(before);
        asked.retain(|asked| asked.place != Place::Api && !asked.what.starts_with("HEAD "));
        asked
    }

    async fn wait_for_a_large_file(&self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !self.asked_of_files().any(|_| true) {
            assert!(Instant::now() < deadline, "nobody asks for the large file");
            sleep(Duration::from_millis(10)).await;
        }
    }

    fn asked_of_files(&self) -> impl Iterator<Item = Asked> {
        let asked = self.server.asked().into_iter();
        asked.filter(|asked| asked.place == Place::Files)
    }
}

/// What a program said on stdout.
fn run(command: &mut Command) -> String {
    let ended = command.output().unwrap();
    assert!(
        ended.status.success(),
        "{command:?}: {}\n{}",
        ended.status,
        String::from_utf8_lossy(&ended.stderr)
    );
    String::from_utf8(ended.stdout).unwrap()
}

fn read(said: &str) -> Value {
    serde_json::from_str(said.lines().next_back().unwrap()).unwrap()
}

/// Asserts that a snapshot's folder holds these files and no others.
fn assert_holds(folder: &Path, files: &Files) {
    for (path, bytes) in files {
        let here = fs::read(folder.join(path)).unwrap();
        assert!(here == *bytes, "{path} has other bytes");
    }
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    assert_eq!(found.len(), files.len(), "{found:?}");
}

fn sizes(files: &Files) -> Value {
    files
        .iter()
        .map(|(path, bytes)| ((*path).to_owned(), json!(bytes.len())))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn path(answer: &Value) -> PathBuf {
    answer.as_str().unwrap().into()
}

// The hub of our tests.

#[test]
fn a_whole_repository_comes_byte_for_byte_and_the_token_stays_at_the_endpoint() {
    let given = given();
    let mut command = given.program("hf");
    command.args(["download", REPO]).env("HF_TOKEN", TOKEN);
    let said = run(&mut command);
    let head = given.head();
    assert!(said.contains(&head), "{said}");
    assert_holds(&given.repo().snapshot(&head.parse().unwrap()), &given.files);
    assert_eq!(given.asked_of_files().count(), 2);
    for asked in given.server.asked() {
        let about_repo = asked.what.contains(REPO);
        assert_eq!(asked.with_token, about_repo, "{asked:?}");
    }
}

#[test]
fn a_download_that_is_cut_goes_on_where_it_was() {
    let given = given_a_large_file();
    given.server.fail(Place::Files, 1, Fault::Cut(15 << 20));
    let folder = path(&given.python("snapshot", &json!({ "repo": REPO })));
    assert_holds(&folder, &given.files);
    // Python writes down what has come after every 10 MiB.
    let ranges: Vec<_> = given.asked_of_files().map(|asked| asked.range).collect();
    assert_eq!(ranges, [None, Some(format!("bytes={}-", 10 << 20))]);
}

#[test]
fn a_model_is_told_with_every_file_its_size_and_its_hashes() {
    let given = given();
    let told = given.python("model_info", &json!({ "repo": REPO }));
    let files: serde_json::Map<_, _> = given
        .files
        .iter()
        .map(|(path, bytes)| {
            let mut git = Sha1::new();
            git.update(format!("blob {}\0", bytes.len()));
            git.update(bytes);
            let sha256 = matches!(*path, LARGE | "onnx/int8/model.onnx")
                .then(|| hex::encode(Sha256::digest(bytes)));
            let about = json!([bytes.len(), hex::encode(git.finalize()), sha256]);
            ((*path).to_owned(), about)
        })
        .collect();
    let expected = json!({
        "sha": given.head(), "private": false, "gated": false, "downloads": 100, "task": "text-to-speech",
        "tags": ["transformers", "safetensors", "vits", "fa", "license:cc-by-nc-4.0"], "files": files,
    });
    assert_eq!(told, expected);
}

#[test]
fn a_tree_is_told_by_folder_and_by_page() {
    let given = given();
    let tree = |arguments: Value| given.python("list_repo_tree", &arguments);
    assert_eq!(
        tree(json!({ "repo_id": REPO })),
        json!({
            "config.json": 22, "README.md": 7_000, "empty.txt": 0, "tokenizer": null, "onnx": null,
            LARGE: given.files[LARGE].len(),
        })
    );
    assert_eq!(
        tree(json!({ "repo_id": REPO, "path_in_repo": "tokenizer/added tokens", "expand": true })),
        json!({ "tokenizer/added tokens/vocab.json": 2 })
    );
    let mut all = sizes(&given.files);
    for folder in ["tokenizer", "tokenizer/added tokens", "onnx", "onnx/int8"] {
        all[folder] = Value::Null;
    }
    assert_eq!(tree(json!({ "repo_id": REPO, "recursive": true })), all);

    let names: Vec<String> = (0..120).map(|number| format!("{number}.json")).collect();
    let many: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), Bytes::from_static(b"{}")))
        .collect();
    given
        .server
        .put(Repository::new("avagar/many").commit(&many));
    let before = given.server.asked().len();
    let told = tree(json!({ "repo_id": "avagar/many", "recursive": true, "expand": true }));
    assert_eq!(told.as_object().unwrap().len(), 120);
    assert_eq!(given.server.asked().len() - before, 3);
}

#[test]
fn models_are_found_by_words_tags_and_task_over_several_pages() {
    let given = given();
    for number in 0..2_050 {
        let task = if number % 2 == 0 {
            "automatic-speech-recognition"
        } else {
            "text-generation"
        };
        let tags = if number % 41 == 0 {
            &["fa", "whisper"][..]
        } else {
            &["en"]
        };
        given
            .server
            .put(Repository::new(&format!("others/number-{number:04}")).tagged(task, tags));
    }
    given
        .server
        .put(Repository::new("avagar/closed").gated().commit(&[]));
    given
        .server
        .put(Repository::new("avagar/hidden").private().commit(&[]));
    let found = |arguments: Value| -> Vec<String> {
        serde_json::from_value(given.python("list_models", &arguments)).unwrap()
    };

    let before = given.server.asked().len();
    let mut all = found(json!({}));
    assert_eq!(given.server.asked().len() - before, 3);
    assert_eq!(all.len(), 2_052);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 2_052);

    let task = "automatic-speech-recognition";
    assert_eq!(found(json!({ "filter": ["fa", "whisper"] })).len(), 50);
    assert_eq!(
        found(json!({ "filter": "fa", "pipeline_tag": task })).len(),
        25
    );
    assert_eq!(
        found(json!({ "search": "NUMBER-204", "limit": 3 })),
        [
            "others/number-2040",
            "others/number-2041",
            "others/number-2042"
        ]
    );
    assert_eq!(found(json!({ "author": "avagar", "gated": false })), [REPO]);
    let files = given.python("list_files_of_models", &json!({ "search": "voice" }));
    assert_eq!(files[REPO].as_array().unwrap().len(), given.files.len());
}

#[test]
fn a_limit_is_understood_and_waited_for() {
    let given = given();
    let limit = Fault::Status(429, Some(("RateLimit", "\"api\";r=0;t=1")));
    given.server.fail(Place::Api, 1, limit);
    assert_eq!(given.python("list_models", &json!({})), json!([REPO]));
    assert_eq!(given.server.asked().len(), 2);
}

#[test]
fn a_tokens_account_is_told() {
    let given = given();
    assert_eq!(
        given.python("whoami", &json!({ "token": TOKEN })),
        json!(["negar", ["avagar"], "read"])
    );
}

#[test]
fn refusals_are_those_of_the_real_hub() {
    let given = given();
    for (id, kind) in [
        ("avagar/gated", Repository::gated as fn(_) -> _),
        ("avagar/private", Repository::private),
    ] {
        given
            .server
            .put(kind(commit(Repository::new(id), &given.files)));
    }
    let refused = |call: &str, arguments: Value, class: &str, status: u16| {
        let mut arguments = arguments;
        arguments["call"] = call.into();
        let error = given.python("refusal", &arguments);
        let classes = error[0].as_array().unwrap();
        assert!(
            classes.contains(&json!(class)) && error[1] == status,
            "{call} {arguments} ended with {error:#}"
        );
        // Anything more special is another error.
        classes[0].as_str().unwrap().to_owned()
    };
    let gated = json!({ "repo": "avagar/gated" });
    refused("snapshot", gated.clone(), "GatedRepoError", 401);
    let mut known = gated.clone();
    known["token"] = TOKEN.into();
    refused("snapshot", known.clone(), "GatedRepoError", 403);
    assert_eq!(given.python("model_info", &gated)["gated"], "auto");
    known["token"] = TRUSTED_TOKEN.into();
    assert_holds(&path(&given.python("snapshot", &known)), &given.files);

    let private = json!({ "repo": "avagar/private" });
    let missing = json!({ "repo": "avagar/missing" });
    for hidden in [&private, &missing] {
        for call in ["model_info", "snapshot"] {
            refused(call, hidden.clone(), "RepositoryNotFoundError", 401);
        }
    }
    let mut known = private;
    known["token"] = TOKEN.into();
    assert_eq!(given.python("model_info", &known)["private"], true);
    assert_holds(&path(&given.python("snapshot", &known)), &given.files);
    let mut known = missing;
    known["token"] = TOKEN.into();
    refused("model_info", known, "RepositoryNotFoundError", 404);

    for call in ["snapshot", "file"] {
        let mut wrong = json!({ "repo": REPO, "revision": "other" });
        if call == "file" {
            wrong["path"] = "config.json".into();
        }
        refused(call, wrong, "RevisionNotFoundError", 404);
    }
    let wrong = json!({ "repo": REPO, "path": "none.json" });
    refused("file", wrong, "EntryNotFoundError", 404);

    let token = "hf_thisTokenIsNobodys00000000";
    let bad = refused("whoami", json!({ "token": token }), "HfHubHTTPError", 401);
    assert_eq!(bad, "HfHubHTTPError");
    let wrong = json!({ "repo": REPO, "token": token });
    for call in ["model_info", "snapshot"] {
        let bad = refused(call, wrong.clone(), "HfHubHTTPError", 401);
        assert_eq!(bad, "HfHubHTTPError");
    }
}

// Our cache.

#[tokio::test(flavor = "multi_thread")]
async fn python_finds_whole_what_we_fetched_and_fetches_none_of_it_again() {
    let given = given();
    let old = given.head();
    given.fetch(&old).await;
    let mut files = given.files.clone();
    files.insert("config.json", Bytes::from_static(b"{\"changed\": true}"));
    let repository = commit(commit(Repository::new(REPO), &given.files), &files);
    let new = repository.head().to_owned();
    given.server.put(repository);
    given.fetch("main").await;

    let size = |files: &Files| -> usize {
        // `{}` is there twice, and one blob.
        files.values().map(Bytes::len).sum::<usize>() - 2
    };
    let found = given.scan();
    let expected = json!({
        &old: { "refs": [], "size": size(&given.files), "files": sizes(&given.files) },
        &new: { "refs": ["main"], "size": size(&files), "files": sizes(&files) },
    });
    assert_eq!(found["repos"], json!({ REPO: expected }));
    let changed = files["config.json"].len();
    assert_eq!(found["size"], json!(size(&given.files) + changed));
    assert_eq!(found["incomplete"], 0);

    let before = given.server.asked().len();
    for (revision, commit, files) in [("main", &new, &files), (old.as_str(), &old, &given.files)] {
        for local in [true, false] {
            let arguments =
                json!({ "repo": REPO, "revision": revision, "local_files_only": local });
            let folder = path(&given.python("snapshot", &arguments));
            assert_eq!(folder, given.repo().snapshot(&commit.parse().unwrap()));
            assert_holds(&folder, files);
        }
    }
    for (name, bytes) in &files {
        let arguments = json!({ "repo": REPO, "path": name });
        let file = path(&given.python("file", &arguments));
        assert!(fs::read(file).unwrap() == *bytes, "{name} has other bytes");
    }
    let names: Vec<_> = files.keys().collect();
    let cached = given.python("cached", &json!({ "repo": REPO, "paths": names }));
    for name in names {
        let file = given.repo().snapshot(&new.parse().unwrap()).join(name);
        assert_eq!(path(&cached[name]), file);
    }
    assert_eq!(given.fetched_since(before), []);
    given.scan();
}

#[tokio::test(flavor = "multi_thread")]
async fn we_find_whole_what_python_fetched_and_fetch_none_of_it_again() {
    let given = given();
    let folder = path(&given.python("snapshot", &json!({ "repo": REPO })));
    // Python notes what is not there, too.
    let missing = json!({ "call": "file", "repo": REPO, "path": "none.json" });
    given.python("refusal", &missing);

    let order = given.order("main").await;
    let found = given.cache().scan().unwrap();
    let [repo] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(repo.repo.as_str(), REPO);
    assert_eq!(repo.refs, [(Revision::main(), order.commit.clone())].into());
    assert_eq!(given.repo().snapshot(&order.commit), folder);
    let mut expected: Vec<_> = order.files.iter().collect();
    expected.sort_by(|one, other| one.path.cmp(&other.path));
    let here = &repo.snapshots[&order.commit];
    assert_eq!(here.len(), expected.len());
    for (here, expected) in here.iter().zip(expected) {
        assert_eq!(
            (&here.path, here.digest, here.size),
            (&expected.path, Some(expected.digest), expected.size_bytes)
        );
    }

    let before = given.server.asked().len();
    assert_eq!(given.fetch("main").await, Finished::Completed);
    assert_eq!(given.server.asked().len(), before + 1);
    assert_holds(&folder, &given.files);
    given.scan();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_of_ours_that_was_stopped_gives_python_no_cause_to_warn() {
    let mut given = given_a_large_file();
    given.files.remove("config.json");
    given
        .server
        .put(commit(Repository::new(REPO), &given.files));
    given.server.fail(
        Place::Files,
        1_000,
        Fault::Stall(1 << 20, Duration::from_secs(60)),
    );
    let (finished, ()) = tokio::join!(given.fetch("main"), async {
        given.wait_for_a_large_file().await;
        given.scan();
        given.stop.cancel();
    });
    assert_eq!(finished, Finished::Stopped);
    given.scan();

    given.server.heal();
    let folder = path(&given.python("snapshot", &json!({ "repo": REPO })));
    assert_holds(&folder, &given.files);
    given.stop = CancellationToken::new();
    assert_eq!(given.fetch("main").await, Finished::Completed);
    assert_eq!(given.scan()["incomplete"], 0);
}

// Both at once.

/// Python, imported and waiting for the word to fetch the repository.
struct Waiting(Child);

impl Waiting {
    fn start(given: &Given) -> Self {
        let mut child = given
            .call("snapshot_when_told", &json!({ "repo": REPO }))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::with_capacity(1, child.stdout.as_mut().unwrap())
            .read_line(&mut said)
            .unwrap();
        assert_eq!(said, "ready\n");
        Self(child)
    }

    fn tell(&mut self) {
        self.0.stdin.take().unwrap().write_all(b"\n").unwrap();
    }

    /// The folder of the snapshot.
    async fn folder(self) -> PathBuf {
        let ended = spawn_blocking(|| self.0.wait_with_output().unwrap()).await;
        let ended = ended.unwrap();
        assert!(ended.status.success(), "{}", ended.status);
        path(&read(&String::from_utf8(ended.stdout).unwrap()))
    }
}

/// Six pieces, so that there is something to do at the same time.
fn given_a_large_file() -> Given {
    let mut given = given();
    given.files = BTreeMap::from([
        ("config.json", Bytes::from_static(b"{}")),
        (LARGE, noise(3, 48 << 20)),
    ]);
    given
        .server
        .put(commit(Repository::new(REPO), &given.files));
    given
}

#[tokio::test(flavor = "multi_thread")]
async fn we_wait_for_what_python_is_fetching() {
    let given = given_a_large_file();
    let stall = Fault::Stall(1 << 20, Duration::from_secs(3));
    given.server.fail(Place::Files, 1, stall);
    let mut python = Waiting::start(&given);
    python.tell();
    given.wait_for_a_large_file().await;
    assert_eq!(given.fetch("main").await, Finished::Completed);
    assert_holds(&python.folder().await, &given.files);
    assert_eq!(given.asked_of_files().count(), 1);
    given.scan();
}

#[tokio::test(flavor = "multi_thread")]
async fn python_waits_for_what_we_are_fetching() {
    let given = given_a_large_file();
    let stall = Fault::Stall(1 << 20, Duration::from_secs(3));
    given.server.fail(Place::Files, 1, stall);
    let mut python = Waiting::start(&given);
    let (finished, folder) = tokio::join!(given.fetch("main"), async {
        given.wait_for_a_large_file().await;
        python.tell();
        python.folder().await
    });
    assert_eq!(finished, Finished::Completed);
    assert_holds(&folder, &given.files);
    // Only we ask for ranges.
    assert!(given.asked_of_files().all(|asked| asked.range.is_some()));
    assert_eq!(given.asked_of_files().count(), 6);
    given.scan();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_first_both_end_with_the_same_files() {
    for _ in 0..4 {
        let given = given_a_large_file();
        let mut python = Waiting::start(&given);
        python.tell();
        let (finished, folder) = tokio::join!(given.fetch("main"), python.folder());
        assert_eq!(finished, Finished::Completed);
        assert_holds(&folder, &given.files);
        let asked = given.asked_of_files().count();
        assert!(matches!(asked, 1 | 6), "fetched more than once: {asked}");
        let found = given.scan();
        assert_eq!(found["incomplete"], 0);
        assert_eq!(found["repos"][REPO].as_object().unwrap().len(), 1);
        assert_eq!(given.cache().scan().unwrap().len(), 1);
    }
}

// Deleting.

#[tokio::test(flavor = "multi_thread")]
async fn what_we_delete_leaves_python_the_other_commits_whole() {
    let given = given();
    let mut files = given.files.clone();
    files.insert("config.json", Bytes::from_static(b"{\"changed\": true}"));
    files.insert("onnx/int8/model.onnx", noise(9, 70_000));
    let repository = commit(commit(Repository::new(REPO), &given.files), &files);
    let (old, new) = (given.head(), repository.head().to_owned());
    // One commit comes by Python, with what it notes beside the files, and the other by us.
    given.python("snapshot", &json!({ "repo": REPO }));
    given.server.put(repository);
    given.fetch("main").await;

    let repo = given.repo();
    let commit: Commit = old.parse().unwrap();
    repo.remove_snapshot(&commit).unwrap();
    let found = given.scan();
    let left = found["repos"][REPO].as_object().unwrap();
    assert_eq!(left.keys().collect::<Vec<_>>(), [&new]);
    assert_eq!(left[&new]["files"], sizes(&files));
    let blobs = fs::read_dir(repo.folder().join("blobs")).unwrap().count();
    assert_eq!(blobs, files.len() - 1);
    let local = json!({ "repo": REPO, "local_files_only": true });
    assert_holds(&path(&given.python("snapshot", &local)), &files);

    // What is gone can come again.
    let again = json!({ "repo": REPO, "revision": &old });
    assert_holds(&path(&given.python("snapshot", &again)), &given.files);
    for commit in [&old, &new] {
        repo.remove_snapshot(&commit.parse().unwrap()).unwrap();
    }
    assert_eq!(given.scan()["repos"], json!({}));
    assert!(!repo.folder().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_python_deletes_comes_again() {
    let given = given();
    given.fetch("main").await;
    given.python("delete", &json!({ "commit": given.head() }));
    assert_eq!(given.cache().scan().unwrap(), []);
    assert_eq!(given.fetch("main").await, Finished::Completed);
    let commit = given.head().parse().unwrap();
    assert_holds(&given.repo().snapshot(&commit), &given.files);
    given.scan();
}
