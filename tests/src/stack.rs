//! A whole Avagar for one test.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use chrono::{DateTime, Utc};
use domain::{
    db::{self, Program},
    settings,
    storage::Storage,
};
use serde_json::json;
use sqlx::{Connection, PgConnection, PgPool};
use tempfile::TempDir;
use test_s3::TestS3;

use crate::{
    client::Client,
    process::{self, Process},
    root,
};

/// Worker settings under which a killed worker is noticed soon, for tests that kill many.
pub const QUICK_RESCUE: [(&str, &str); 2] = [
    ("AVAGAR__WORKER__HEARTBEAT_INTERVAL_SECONDS", "1"),
    ("AVAGAR__WORKER__LOST_AFTER_SECONDS", "4"),
];

/// What no process starts without.
pub const SECRETS: [(&str, &str); 2] = [
    (
        "AVAGAR__AUTH__JWT_SECRET",
        "a secret of the tests, long enough to be taken",
    ),
    (
        "AVAGAR__AUTH__SEALING_SECRET",
        "another secret of the tests, just as long",
    ),
];

/// Database, storage, API; workers as the test wants them.
pub struct Stack {
    /// `http://127.0.0.1:port`.
    pub url: String,
    pub db: PgPool,
    pub api: Process,
    pub database_url: String,
    folder: TempDir,
    storage: PathBuf,
    environment: Vec<(String, String)>,
}

impl Stack {
    /// Migrates a fresh database, installs the sample dataset, starts the API.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// The same, with settings by their environment variables.
    pub async fn with(environment: &[(&str, &str)]) -> Self {
        let server = std::env::var("DATABASE_URL").expect(
            "run ./test.sh, which starts PostgreSQL, or set DATABASE_URL to a server of your own",
        );
        Self::on(&server, environment).await
    }

    /// The same, with its storage in the server's bucket, of which [`Stack::storage`] is the folder.
    pub async fn on_bucket(server: &TestS3, environment: &[(&str, &str)]) -> Self {
        let url = format!("s3://{}/avagar", test_s3::BUCKET);
        let bucket = server.environment();
        let mut all = environment.to_vec();
        all.push(("AVAGAR__STORAGE__URL", &url));
        all.extend(bucket.iter().map(|(name, value)| (*name, value.as_str())));
        let storage = server.objects().join("avagar");
        Self::with(&all).await.with_storage(storage)
    }

    /// The same, on another PostgreSQL.
    pub async fn on(server_url: &str, environment: &[(&str, &str)]) -> Self {
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        let mut connection = PgConnection::connect(server_url)
            .await
            .expect("PostgreSQL answers at DATABASE_URL");
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .execute(&mut connection)
            .await
            .unwrap();
        let database_url = database_on(server_url, &name);
        let folder = tempfile::tempdir().unwrap();
        let storage = folder.path().join("storage");
        let environment: Vec<(String, String)> = environment
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect();
        let common = Common {
            folder: folder.path(),
            storage: &storage,
            database_url: &database_url,
            environment: &environment,
        };
        let migrated = common.command("api").arg("migrate").output().unwrap();
        assert!(
            migrated.status.success(),
            "migrate: {}",
            String::from_utf8_lossy(&migrated.stderr)
        );
        let (api, url) = common.api().await;
        let db = connect(&database_url, Program::Worker).await;
        Self {
            url,
            db,
            api,
            database_url,
            folder,
            storage,
            environment,
        }
    }

    /// One more pool, as an API process has it.
    pub async fn api_pool(&self) -> PgPool {
        connect(&self.database_url, Program::Api).await
    }

    pub async fn worker(&self) -> Process {
        self.worker_with(&[]).await
    }

    /// Starts a worker with more settings.
    pub async fn worker_with(&self, environment: &[(&str, &str)]) -> Process {
        let mut worker = self.start_worker(environment);
        worker.line("ready").await;
        worker
    }

    /// Starts the program that does downloads alone.
    pub async fn downloader(&self) -> Process {
        self.downloader_with(&[]).await
    }

    /// The same, with more settings.
    pub async fn downloader_with(&self, environment: &[(&str, &str)]) -> Process {
        let mut command = self.command("downloader");
        command.envs(environment.iter().copied());
        let mut downloader = Process::start("downloader", &mut command);
        downloader.line("ready").await;
        downloader
    }

    /// Starts a worker, and doesn't wait until it is ready.
    pub fn start_worker(&self, environment: &[(&str, &str)]) -> Process {
        let mut command = self.command("worker");
        command.arg("run").envs(environment.iter().copied());
        Process::start("worker", &mut command)
    }

    /// Runs `worker jobs …`; answers what it printed, or what it said against it.
    pub async fn operate(&self, arguments: &[&str]) -> Result<String, String> {
        self.execute_worker(&[&["jobs"], arguments].concat(), &[])
            .await
    }

    /// Runs a command of the worker's program, with more settings, to its end; answers as [`Stack::operate`].
    pub async fn execute_worker(
        &self,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Result<String, String> {
        let mut command = self.command("worker");
        command.args(arguments).envs(environment.iter().copied());
        let output = tokio::task::spawn_blocking(move || command.output())
            .await
            .unwrap()
            .unwrap();
        if output.status.success() {
            Ok(String::from_utf8(output.stdout).unwrap())
        } else {
            Err(String::from_utf8(output.stderr).unwrap())
        }
    }

    /// Starts the API again, on another port.
    pub async fn restart_api(&mut self) {
        (self.api, self.url) = self.common().api().await;
    }

    /// Starts one more API.
    pub async fn another_api(&self) -> (Process, String) {
        self.common().api().await
    }

    /// Starts one more API, with other settings.
    pub async fn another_api_with(&self, environment: &[(&str, &str)]) -> (Process, String) {
        let environment = environment
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()));
        let environment = [self.environment.clone(), environment.collect()].concat();
        let common = Common {
            environment: &environment,
            ..self.common()
        };
        common.api().await
    }

    /// The folder of the storage.
    pub fn storage(&self) -> &Path {
        &self.storage
    }

    /// Opens the storage as a program of this stack does.
    pub fn open_storage(&self) -> Storage {
        let url = self.environment.iter().rev();
        let mut url = url.filter(|(name, _)| name == "AVAGAR__STORAGE__URL");
        let url = match url.next() {
            Some((_, url)) => url.clone(),
            None => format!("file:{}", self.storage.display()),
        };
        let settings = settings::Storage {
            url,
            also_read_url: String::new(),
            signed_url_minutes: 0,
        };
        Storage::open_with(&settings, self.environment.clone()).unwrap()
    }

    /// The same stack, where its settings put the storage into another folder.
    pub fn with_storage(mut self, storage: PathBuf) -> Self {
        self.storage = storage;
        self
    }

    /// How many checkpoints' folders there are in the storage.
    pub fn checkpoint_folders(&self) -> usize {
        let trainings = std::fs::read_dir(self.storage.join("checkpoints")).unwrap();
        trainings
            .map(|training| std::fs::read_dir(training.unwrap().path()).unwrap().count())
            .sum()
    }

    /// Where workers keep what may be lost.
    pub fn scratch(&self) -> PathBuf {
        self.folder.path().join("scratch")
    }

    /// A voice of this user's, trained as shortly as can be.
    pub async fn voice(&self, user: &Client) -> String {
        let mut socket = user.listen(None).await;
        let _worker = self.worker().await;
        user.post(
            "/api/training",
            json!({ "modelType": "tts", "validationSplit": 0, "epochs": 1, "batchSize": 64 }),
        )
        .await;
        let done = socket.until("training:complete").await.pop().unwrap();
        done["data"]["voiceId"].as_str().unwrap().to_owned()
    }

    /// Every run that there was, in order.
    pub async fn runs(&self) -> Vec<RunRow> {
        sqlx::query_as("SELECT id, job_id, worker, started_at, ended_at, outcome, reason FROM runs ORDER BY id")
            .fetch_all(&self.db)
            .await
            .unwrap()
    }

    /// Fails where two runs of one job lived at the same time.
    pub async fn assert_no_job_ran_twice_at_once(&self) {
        let mut runs = self.runs().await;
        runs.sort_by_key(|run| (run.job_id, run.id));
        for pair in runs.windows(2) {
            let [first, second] = pair else { continue };
            assert!(
                first.job_id != second.job_id
                    || first.ended_at.is_some_and(|end| end <= second.started_at),
                "{first:?} and {second:?}"
            );
        }
    }

    /// The steps of a training's curve, without what depends on the time.
    pub async fn curve(&self, training: &str) -> Vec<(i64, serde_json::Value)> {
        sqlx::query_as(
            "SELECT step, to_jsonb(metrics) - '{training_job_id, at, steps_per_second}'::text[] FROM training_metrics AS metrics
             WHERE training_job_id = $1::uuid ORDER BY step",
        )
        .bind(training)
        .fetch_all(&self.db)
        .await
        .unwrap()
    }

    /// The curve, and the hashes of the newest checkpoint's files.
    pub async fn trained(
        &self,
        training: &str,
    ) -> (Vec<(i64, serde_json::Value)>, serde_json::Value) {
        let files: serde_json::Value = sqlx::query_scalar(
            "SELECT metadata -> 'files' FROM checkpoints WHERE training_job_id = $1::uuid ORDER BY step DESC LIMIT 1",
        )
        .bind(training)
        .fetch_one(&self.db)
        .await
        .unwrap();
        let weights = files.as_array().unwrap().iter();
        let weights = weights.filter(|file| file["path"] != "state.json").cloned();
        (self.curve(training).await, weights.collect())
    }

    /// How the runs ended, in order; those that live are `None`.
    pub async fn outcomes(&self) -> Vec<Option<String>> {
        sqlx::query_scalar("SELECT outcome FROM runs ORDER BY id")
            .fetch_all(&self.db)
            .await
            .unwrap()
    }

    /// Waits until no run lives; fails after `limit`.
    pub async fn quiet(&self, limit: Duration) {
        crate::eventually("no live run", limit, || async {
            let outcomes = self.outcomes().await;
            outcomes.iter().all(Option::is_some).then_some(())
        })
        .await;
    }

    fn command(&self, binary: &str) -> Command {
        self.common().command(binary)
    }

    fn common(&self) -> Common<'_> {
        Common {
            folder: self.folder.path(),
            storage: &self.storage,
            database_url: &self.database_url,
            environment: &self.environment,
        }
    }
}

/// Another database of the server at `url`, asked for in the same manner.
fn database_on(url: &str, name: &str) -> String {
    let mut url = reqwest::Url::parse(url).expect("DATABASE_URL is a URL");
    url.set_path(name);
    url.into()
}

async fn connect(url: &str, program: Program) -> PgPool {
    let settings = settings::Database {
        url: url.into(),
        max_connections: 8,
    };
    db::connect(&settings, program).await.unwrap()
}

/// A row of `runs`.
#[derive(Debug, sqlx::FromRow)]
pub struct RunRow {
    /// The fence token.
    pub id: i64,
    pub job_id: uuid::Uuid,
    pub worker: String,
    /// When the job was taken.
    pub started_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    /// How.
    pub outcome: Option<String>,
    pub reason: Option<String>,
}

/// What all processes of a stack get.
struct Common<'a> {
    folder: &'a Path,
    storage: &'a Path,
    database_url: &'a str,
    environment: &'a [(String, String)],
}

impl Common<'_> {
    fn command(&self, binary: &str) -> Command {
        let mut command = Command::new(process::binary(binary));
        command
            .current_dir(root())
            .env("DATABASE_URL", self.database_url)
            .env("PORT", "0")
            .env(
                "AVAGAR__STORAGE__URL",
                format!("file:{}", self.storage.display()),
            )
            .env("AVAGAR__WORKER__SCRATCH_DIR", self.folder.join("scratch"))
            .env("AVAGAR__SERVER__HOST", "127.0.0.1")
            .env("AVAGAR__DATABASE__MAX_CONNECTIONS", "8")
            .envs(SECRETS)
            .env("HF_HUB_CACHE", self.folder.join("hub"))
            // Where a test has no hub of its own, nobody is asked.
            .env("HF_ENDPOINT", "http://127.0.0.1:9")
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    async fn api(&self) -> (Process, String) {
        let mut api = Process::start("api", self.command("api").arg("serve"));
        let line = api.line("listening on").await;
        let port: u16 = line
            .rsplit(':')
            .next()
            .and_then(|port| port.trim().parse().ok())
            .expect("a port");
        (api, format!("http://127.0.0.1:{port}"))
    }
}
