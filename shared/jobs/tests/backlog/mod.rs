//! A queue in which very many jobs wait, of a kind that does nothing: for what is counted and measured beside them.

use jobs::{Change, JobKind, Result, admission};
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use uuid::Uuid;

use crate::own_database::add_user;

/// Jobs that do nothing.
pub struct Nothing;

impl JobKind for Nothing {
    const KIND: &'static str = "nothing";
    const QUEUE: &'static str = "nothing";
    type Id = Uuid;
    type Output = ();

    async fn record_output(_: &mut PgConnection, _: Uuid, _: Uuid, (): ()) -> Result<()> {
        Ok(())
    }

    async fn changed(_: &mut PgConnection, _: Uuid, _: Uuid, _: &Change) -> Result<()> {
        Ok(())
    }
}

/// How much there is.
#[derive(Debug, Clone, Copy)]
pub struct Backlog {
    /// Jobs of one user, each with a task.
    pub of_one: i64,
    /// Other users.
    pub others: i64,
    /// Jobs of each of them, each with a task.
    pub of_each: i64,
    /// Jobs of the first user that back off for an hour.
    pub backing_off: i64,
    /// Runs that ended an hour ago, of jobs that are gone.
    pub old_runs: i64,
}

impl Backlog {
    /// Writes it into an empty queue. Answers whose the many jobs are.
    pub async fn fill(self, db: &PgPool) -> Uuid {
        let one = Uuid::new_v4();
        add_user(db, one).await;
        let Self {
            of_one,
            others,
            of_each,
            backing_off,
            old_runs,
        } = self;
        // Nobody listens yet, and a million signals take memory.
        let fill = format!(
            "BEGIN;
             SET LOCAL statement_timeout = 0;
             ALTER TABLE apalis.jobs DISABLE TRIGGER notify_workers;
             INSERT INTO users (id, email, username, password_hash)
             SELECT id, id || '@example.org', id, '$argon2id$none'
             FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, {others})) AS new;
             INSERT INTO queue_shares (queue, user_id, finish_tag)
             SELECT 'nothing', id, CASE WHEN id = '{one}' THEN {of_one} ELSE {of_each} END FROM users;
             WITH waiting AS (
                 SELECT gen_random_uuid() AS id, users.id AS user_id, turn - 1 AS start_tag
                 FROM users, generate_series(1, CASE WHEN users.id = '{one}' THEN {of_one} ELSE {of_each} END) AS turn
             ), with_task AS (
                 -- A ULID's first digit is 7 at most.
                 SELECT *, '0' || left(upper(replace(id::text, '-', '')), 25) AS task_id FROM waiting
             ), pushed AS (
                 INSERT INTO apalis.jobs (id, job_type, job, status, attempts, max_attempts, run_at, priority, metadata)
                 SELECT task_id, 'nothing', convert_to(json_build_object('kind', 'nothing', 'id', id)::text, 'UTF8'),
                        'Pending', 0, 25, date_trunc('second', now()), 2147483647 - start_tag, ''
                 FROM with_task
             )
             INSERT INTO jobs (id, kind, queue, user_id, task_id, start_tag)
             SELECT id, 'nothing', 'nothing', user_id, task_id, start_tag FROM with_task;
             INSERT INTO jobs (id, kind, queue, user_id, attempts, ready_at)
             SELECT gen_random_uuid(), 'nothing', 'nothing', '{one}', 1, now() + interval '1 hour'
             FROM generate_series(1, {backing_off});
             INSERT INTO runs (kind, job_id, worker, started_at, heartbeat_at, ended_at, outcome)
             SELECT 'nothing', gen_random_uuid(), 'gone', ended, ended, ended, 'completed'
             FROM (SELECT now() - interval '1 hour' AS ended FROM generate_series(1, {old_runs})) AS old;
             ALTER TABLE apalis.jobs ENABLE TRIGGER notify_workers;
             COMMIT"
        );
        sqlx::raw_sql(AssertSqlSafe(fill))
            .execute(&mut *db.acquire().await.unwrap())
            .await
            .unwrap();
        one
    }
}

/// Enqueues a job of `owner`, as an order does.
#[allow(dead_code, reason = "not all that share this need it")]
pub async fn order(db: &PgPool, owner: Uuid) -> Uuid {
    let id = Uuid::new_v4();
    let mut tx = db.begin().await.unwrap();
    admission::enqueue::<Nothing>(&mut tx, id, owner)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}
