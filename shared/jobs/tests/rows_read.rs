//! What each step of a job reads of the tables does not grow with what waits in them; nor does what somebody waits for where
//! the planner knows nothing of the rows yet. Rows are counted, not milliseconds: a plan that scans shows on every machine.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on must stop"
)]

mod backlog;
mod own_database;

use std::{collections::BTreeMap, time::Duration};

use jobs::{Kinds, Outcome, Run, control, rescue, retention, sweeper};
use sqlx::PgPool;
use tests::claims::claim_next;
use uuid::Uuid;

use crate::{
    backlog::{Backlog, Nothing, order},
    own_database::{OwnDatabase, add_user},
};

const BACKLOG: Backlog = Backlog {
    of_one: 12_000,
    others: 3_000,
    of_each: 2,
    backing_off: 3_000,
    old_runs: 6_000,
};
/// Rows and index entries that a step may read.
const FEW: i64 = 60;
/// The same for a sweep, which looks at the heads of the queues: a hundred jobs and their tasks, by index.
const HEAD: i64 = 500;
/// The same for what deletes 5,000 rows.
const BATCH: i64 = 60_000;

#[tokio::test(flavor = "multi_thread")]
async fn no_step_reads_more_where_more_waits() {
    read_little(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_where_the_planner_knows_nothing_of_the_rows() {
    read_little(false).await;
}

/// Deleting a row asks every table that names it, one row after the other.
#[tokio::test(flavor = "multi_thread")]
async fn every_foreign_key_has_an_index() {
    let database = OwnDatabase::create(1).await;
    let without: Vec<(String, String)> = sqlx::query_as(
        "SELECT conrelid::regclass::text, attname::text
         FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
         WHERE contype = 'f' AND connamespace = 'public'::regnamespace
           AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = conrelid AND indkey[0] = conkey[1])",
    )
    .fetch_all(&database.pool)
    .await
    .unwrap();
    assert!(without.is_empty(), "{without:?}");
    database.close().await;
}

async fn read_little(analyzed: bool) {
    // One connection: the server counts by connection.
    let database = OwnDatabase::create(1).await;
    let db = &database.pool;
    let never = "SET (autovacuum_enabled = false)";
    for table in ["jobs", "apalis.jobs", "runs", "queue_shares"] {
        let statement = format!("ALTER TABLE {table} {never}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
            .execute(&mut *db.acquire().await.unwrap())
            .await
            .unwrap();
    }
    let one = BACKLOG.fill(db).await;
    if analyzed {
        sqlx::query("ANALYZE").execute(db).await.unwrap();
    }
    let newcomer = Uuid::new_v4();
    add_user(db, newcomer).await;
    let mut reads = Reads {
        db,
        totals: BTreeMap::new(),
        steps: Vec::new(),
    };
    // More often than the five times after which the server may settle for one plan for all parameters.
    for round in 0..8 {
        let waiting = order(db, newcomer).await;
        reads.count().await;
        order(db, one).await;
        reads.note("enqueue", FEW).await;
        control::pause::<Nothing>(db, newcomer, waiting)
            .await
            .unwrap();
        reads.note("pause of a queued job", FEW).await;
        control::resume::<Nothing>(db, newcomer, waiting)
            .await
            .unwrap();
        reads.note("resume", FEW).await;
        let run: Run<Nothing> = claim_next(db, "worker").await.unwrap();
        reads.note("fetch and claim", FEW).await;
        run.heartbeat().await.unwrap();
        reads.note("heartbeat", FEW).await;
        let tx = run.begin().await.unwrap();
        tx.commit().await.unwrap();
        reads.note("fenced write", FEW).await;
        let outcome = if round % 2 == 0 {
            Outcome::Completed(())
        } else {
            Outcome::Retry {
                after: None,
                reason: "busy".into(),
            }
        };
        run.finish(&outcome, 5).await.unwrap();
        reads.note("the end of a run", FEW).await;
        control::cancel::<Nothing>(db, newcomer, waiting)
            .await
            .unwrap();
        reads.note("cancel of a queued job", FEW).await;
        if analyzed {
            maintain(&mut reads).await;
        }
    }
    if analyzed {
        retention::runs(db, Duration::from_secs(60)).await.unwrap();
        reads.note("retention of 6,000 runs", BATCH).await;
    }
    let too_many: Vec<_> = reads
        .steps
        .iter()
        .filter(|read| read.tables.values().sum::<i64>() > read.limit)
        .map(|read| format!("{}: {:?}", read.step, read.tables))
        .collect();
    assert!(too_many.is_empty(), "{too_many:#?}");
    database.close().await;
}

/// What workers do now and then, and nobody waits for.
async fn maintain(reads: &mut Reads<'_>) {
    let (db, silence) = (reads.db, Duration::from_secs(15));
    sweeper::admit_due(db).await.unwrap();
    reads.note("sweep: due", FEW).await;
    sweeper::restore_tasks(db, &["nothing"], silence)
        .await
        .unwrap();
    reads.note("sweep: tasks", HEAD).await;
    let kinds = Kinds::default().with::<Nothing>();
    rescue::rescue(db, &kinds, silence, 5).await.unwrap();
    reads.note("rescue", FEW).await;
}

/// What a step has read.
struct Read {
    step: &'static str,
    /// Rows and index entries, by table.
    tables: BTreeMap<String, i64>,
    limit: i64,
}

/// Counts what the tables' readers have read.
struct Reads<'a> {
    db: &'a PgPool,
    totals: BTreeMap<String, i64>,
    steps: Vec<Read>,
}

impl Reads<'_> {
    /// Notes what was read since the last call as that of `step`.
    async fn note(&mut self, step: &'static str, limit: i64) {
        let tables = self.count().await;
        self.steps.push(Read {
            step,
            tables,
            limit,
        });
    }

    /// What was read since the last call.
    async fn count(&mut self) -> BTreeMap<String, i64> {
        // What this connection has counted is seen by all after the end of this statement.
        sqlx::query("SELECT pg_stat_force_next_flush()")
            .execute(self.db)
            .await
            .unwrap();
        let totals: Vec<(String, i64)> = sqlx::query_as(
            "SELECT relid::regclass::text,
                    (seq_tup_read + coalesce(idx_tup_fetch, 0) + (
                        SELECT coalesce(sum(idx_tup_read), 0) FROM pg_stat_user_indexes AS index
                        WHERE index.relid = tables.relid))::bigint
             FROM pg_stat_user_tables AS tables",
        )
        .fetch_all(self.db)
        .await
        .unwrap();
        let before = std::mem::replace(&mut self.totals, totals.into_iter().collect());
        let read = |(table, total): (&String, &i64)| {
            (
                table.clone(),
                total - before.get(table).copied().unwrap_or_default(),
            )
        };
        let since = self.totals.iter().map(read);
        since.filter(|(_, rows)| *rows > 0).collect()
    }
}
