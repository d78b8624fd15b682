//! What a worker does before it runs a job, step by step: for tests that want to stand in between.

use domain::kinds::kinds;
use jobs::{
    JobKind, Run, admission,
    claim::{self, Claimed},
    sweeper,
    task::Task,
};
use sqlx::PgPool;

/// Fetches the next task of a kind's queue as apalis does, by apalis' own function, and claims its job. Tasks that stand for
/// no job any more are consumed on the way. `None` where no task is left.
pub async fn claim_next<K: JobKind>(db: &PgPool, worker: &str) -> Option<Run<K>> {
    let claimed = claim_any(db, K::QUEUE, worker).await?;
    assert_eq!(claimed.kind, K::KIND);
    Some(Run::new(db, &claimed))
}

/// The same, of whatever kind the job is.
pub async fn claim_any(db: &PgPool, queue: &str, worker: &str) -> Option<Claimed> {
    register(db, queue, worker).await;
    loop {
        let (task_id, task) = fetch(db, queue, worker).await?;
        if let Some(claimed) = claim::claim(db, &task_id, &task, worker).await.unwrap() {
            admission::raise_virtual_time(db, queue, claimed.start_tag)
                .await
                .unwrap();
            return Some(claimed);
        }
    }
}

/// Tells apalis of a worker, which may fetch from then on.
pub async fn register(db: &PgPool, queue: &str, worker: &str) {
    sqlx::query(
        "INSERT INTO apalis.workers (id, worker_type, storage_name, layers) VALUES ($1, $2, 'test', '')
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(worker)
    .bind(queue)
    .execute(db)
    .await
    .unwrap();
}

/// Fetches the next task of a queue by apalis' own function: its id and what it holds.
pub async fn fetch(db: &PgPool, queue: &str, worker: &str) -> Option<(String, Task)> {
    let (task_id, payload): (String, Vec<u8>) =
        sqlx::query_as("SELECT id, job FROM apalis.get_jobs($1, $2, 1)")
            .bind(worker)
            .bind(queue)
            .fetch_optional(db)
            .await
            .unwrap()?;
    Some((task_id, serde_json::from_slice(&payload).unwrap()))
}

/// What every worker does once a second.
pub async fn sweep(db: &PgPool) {
    let stale_after = std::time::Duration::from_secs(15);
    sweeper::admit_due(db).await.unwrap();
    sweeper::admit_parked(db).await.unwrap();
    sweeper::restore_tasks(db, &kinds().queues(), stale_after)
        .await
        .unwrap();
}
