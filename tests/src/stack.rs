//! A whole Avagar for one test.

use std::{path::PathBuf, process::Command};

use sqlx::{Connection, PgConnection, PgPool};
use tempfile::TempDir;

use crate::{process::Process, root};

/// Database, storage, API; workers as the test wants them.
pub struct Stack {
    /// `http://127.0.0.1:port`.
    pub url: String,
    /// The test's own database.
    pub db: PgPool,
    /// The API's process.
    pub api: Process,
    folder: TempDir,
    database_url: String,
}

impl Stack {
    /// Migrates a fresh database, installs the sample dataset, starts the API.
    pub async fn start() -> Self {
        let admin = std::env::var("DATABASE_URL").expect(
            "set DATABASE_URL: export DATABASE_URL=$(scripts/postgres.sh start --data /tmp/avagar-tests)",
        );
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        let mut connection = PgConnection::connect(&admin)
            .await
            .expect("PostgreSQL answers at DATABASE_URL");
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .execute(&mut connection)
            .await
            .unwrap();
        let (server, _) = admin
            .rsplit_once('/')
            .expect("DATABASE_URL names a database");
        let database_url = format!("{server}/{name}");
        let folder = tempfile::tempdir().unwrap();

        let migrated = command("api", &folder, &database_url)
            .arg("migrate")
            .output()
            .unwrap();
        assert!(
            migrated.status.success(),
            "migrate: {}",
            String::from_utf8_lossy(&migrated.stderr)
        );
        let mut api = Process::start("api", command("api", &folder, &database_url).arg("serve"));
        let line = api.line("listening on").await;
        let port: u16 = line
            .rsplit(':')
            .next()
            .and_then(|port| port.trim().parse().ok())
            .expect("a port");
        let db = PgPool::connect(&database_url).await.unwrap();
        Self {
            url: format!("http://127.0.0.1:{port}"),
            db,
            api,
            folder,
            database_url,
        }
    }

    /// Starts a worker.
    pub async fn worker(&self) -> Process {
        let mut worker = Process::start(
            "worker",
            command("worker", &self.folder, &self.database_url).arg("run"),
        );
        worker.line("ready").await;
        worker
    }

    /// Starts the API again, on another port.
    pub async fn restart_api(&mut self) {
        self.api = Process::start(
            "api",
            command("api", &self.folder, &self.database_url).arg("serve"),
        );
        let line = self.api.line("listening on").await;
        let port: u16 = line
            .rsplit(':')
            .next()
            .and_then(|port| port.trim().parse().ok())
            .expect("a port");
        self.url = format!("http://127.0.0.1:{port}");
    }

    /// The folder of the storage.
    pub fn storage(&self) -> PathBuf {
        self.folder.path().join("storage")
    }
}

fn command(binary: &str, folder: &TempDir, database_url: &str) -> Command {
    let own = std::env::current_exe().expect("a test knows where it is");
    let release = own
        .parent()
        .and_then(|deps| deps.parent())
        .expect("tests lie in target/release/deps");
    let mut command = Command::new(release.join(binary));
    command
        .current_dir(root())
        .env("DATABASE_URL", database_url)
        .env("PORT", "0")
        .env(
            "AVAGAR__STORAGE__URL",
            format!("file:{}", folder.path().join("storage").display()),
        )
        .env("AVAGAR__WORKER__SCRATCH_DIR", folder.path().join("scratch"))
        .env("AVAGAR__SERVER__HOST", "127.0.0.1")
        .env("AVAGAR__DATABASE__MAX_CONNECTIONS", "8")
        .env(
            "AVAGAR__AUTH__JWT_SECRET",
            "a secret of the tests, long enough to be taken",
        );
    command
}
