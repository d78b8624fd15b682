//! A database of the test's own, with the schema and nothing else.

use std::{str::FromStr, time::Duration};

use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use uuid::Uuid;

pub struct OwnDatabase {
    pub pool: PgPool,
    server: String,
    name: String,
}

impl OwnDatabase {
    pub async fn create(max_connections: u32) -> Self {
        let server = std::env::var("DATABASE_URL").expect(
            "run ./test.sh, which starts PostgreSQL, or set DATABASE_URL to a server of your own",
        );
        let name = format!("test_{}", Uuid::new_v4().simple());
        run(&server, format!("CREATE DATABASE {name}")).await;
        let options = PgConnectOptions::from_str(&server)
            .unwrap()
            .database(&name)
            // Nobody crashes this server, and a commit must not wait for its disk.
            .options([
                ("synchronous_commit", "off"),
                ("lock_timeout", "20s"),
                ("statement_timeout", "30s"),
            ]);
        let pool = PgPoolOptions::new()
            .max_connections(max_connections)
            .acquire_timeout(Duration::from_secs(20))
            .test_before_acquire(false)
            .connect_with(options)
            .await
            .unwrap();
        migrations::run(&pool).await.unwrap();
        Self { pool, server, name }
    }

    /// Where it is.
    #[allow(dead_code, reason = "only benchmarks need it")]
    pub fn url(&self) -> String {
        let (server, _) = self.server.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }

    /// A pool as the programs have it: its commits wait for the disk.
    #[allow(dead_code, reason = "only benchmarks need it")]
    pub async fn program_pool(&self) -> PgPool {
        let settings = domain::settings::Database {
            url: self.url().into(),
            max_connections: 20,
        };
        let program = domain::db::Program::Worker;
        domain::db::connect(&settings, program).await.unwrap()
    }

    /// Waits until the server has run for longer than `time`.
    #[allow(dead_code, reason = "only one of the tests that share this needs it")]
    pub async fn wait_until_up_for(&self, time: Duration) {
        loop {
            let up_for: f64 = sqlx::query_scalar(
                "SELECT extract(epoch FROM now() - pg_postmaster_start_time())::double precision",
            )
            .fetch_one(&self.pool)
            .await
            .unwrap();
            if up_for > time.as_secs_f64() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Drops it. One of a test that failed is kept, to be looked at.
    pub async fn close(self) {
        self.pool.close().await;
        run(
            &self.server,
            format!("DROP DATABASE {} WITH (FORCE)", self.name),
        )
        .await;
    }
}

pub async fn add_user(db: &PgPool, id: Uuid) {
    sqlx::query(
        "INSERT INTO users (id, email, username, password_hash) VALUES ($1, $1 || '@example.org', $1, '$argon2id$none')",
    )
    .bind(id)
    .execute(db)
    .await
    .unwrap();
}

async fn run(server: &str, statement: String) {
    let mut connection = PgConnection::connect(server).await.unwrap();
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(statement)))
        .await
        .unwrap();
}
