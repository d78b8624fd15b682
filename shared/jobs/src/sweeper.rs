//! The only net under the queue: it pushes what is due and has no task, whatever became of it. Safe to run in every worker
//! at once, and cheap where there is nothing to do.

use std::time::Duration;

use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    Result,
    admission::{Event, give_tasks, settle},
    task::{self, Pushed},
};

/// Users whose jobs are admitted by one call at most.
const MAX_SHARES: i64 = 200;
/// Jobs at the head of each queue whose tasks are looked for. Only the head can be wanting: tasks are handed out in the
/// order of the start tags, so a job without a task comes to the head as soon as its turn is over.
const HEAD: i64 = 100;

/// Admits jobs that have backed off and are due now.
pub async fn admit_due(db: &PgPool) -> Result<usize> {
    let shares = sqlx::query!(
        r#"SELECT DISTINCT queue AS "queue!", user_id AS "owner!" FROM (
               SELECT queue, user_id FROM jobs
               WHERE status = 'queued' AND task_id IS NULL AND NOT parked AND ready_at <= now()
               ORDER BY ready_at LIMIT $1
           ) AS due"#,
        MAX_SHARES
    )
    .fetch_all(db)
    .await?;
    let count = shares.len();
    for share in shares {
        settle_alone(db, &share.queue, share.owner).await?;
    }
    Ok(count)
}

/// Admits parked jobs whose users have a place free. Whoever frees a place admits by itself, so this finds something only
/// where a queue's limit was raised, or much was parked at once.
pub async fn admit_parked(db: &PgPool) -> Result<usize> {
    let shares = sqlx::query!(
        r#"SELECT share.queue, share.user_id AS owner FROM queue_shares AS share
           LEFT JOIN queues ON queues.name = share.queue
           WHERE EXISTS (SELECT FROM jobs WHERE jobs.queue = share.queue AND jobs.user_id = share.user_id AND parked)
             AND (SELECT count(*) FROM (
                      SELECT FROM jobs WHERE jobs.queue = share.queue AND jobs.user_id = share.user_id
                        AND start_tag IS NOT NULL AND (task_id IS NOT NULL OR status = 'running')
                      LIMIT coalesce(least(nullif(share.max_jobs, 0), nullif(queues.max_jobs_per_user, 0)), 1)
                  ) AS admitted)
                 < coalesce(least(nullif(share.max_jobs, 0), nullif(queues.max_jobs_per_user, 0)), 2)
           LIMIT $1"#,
        MAX_SHARES
    )
    .fetch_all(db)
    .await?;
    let count = shares.len();
    for share in shares {
        settle_alone(db, &share.queue, share.owner).await?;
    }
    Ok(count)
}

async fn settle_alone(db: &PgPool, queue: &str, owner: Uuid) -> Result<()> {
    let mut tx = db.begin().await?;
    settle(&mut tx, queue, owner, Event::Arrived).await?;
    Ok(tx.commit().await?)
}

/// Pushes new tasks for jobs at the heads of these queues whose tasks are gone, or held for `stale_after` by a worker that
/// has not claimed them.
pub async fn restore_tasks(db: &PgPool, queues: &[&str], stale_after: Duration) -> Result<usize> {
    let mut restored = 0;
    for queue in queues {
        loop {
            let wanting = restore_head(db, queue, stale_after).await?;
            restored += wanting;
            // A head without one task may have more behind it.
            if i64::try_from(wanting).unwrap_or(HEAD) < HEAD {
                break;
            }
        }
    }
    Ok(restored)
}

/// A subquery for each job looks its task up: as a join, the planner may read all tasks instead of a hundred.
async fn restore_head(db: &PgPool, queue: &str, stale_after: Duration) -> Result<usize> {
    let wanting = sqlx::query_scalar!(
        r#"SELECT head.id FROM (
               SELECT id, task_id FROM jobs WHERE queue = $1 AND task_id IS NOT NULL ORDER BY start_tag, id LIMIT $2
           ) AS head
           WHERE (SELECT status IN ('Pending', 'Queued', 'Running')
                         AND coalesce(lock_at >= now() - make_interval(secs => $3), true)
                  FROM apalis.jobs AS task WHERE task.id = head.task_id) IS NOT TRUE"#,
        queue,
        HEAD,
        stale_after.as_secs_f64()
    )
    .fetch_all(db)
    .await?;
    if wanting.is_empty() {
        return Ok(0);
    }
    let mut tx = db.begin().await?;
    // Again under the lock: some may have been claimed, paused or restored meanwhile.
    let jobs = sqlx::query!(
        r#"SELECT jobs.id, jobs.kind, jobs.task_id, jobs.start_tag AS "start_tag!",
                  floor(extract(epoch FROM clock_timestamp()))::bigint AS "now!"
           FROM jobs
           WHERE jobs.id = ANY($1) AND jobs.task_id IS NOT NULL
             AND (SELECT status IN ('Pending', 'Queued', 'Running')
                         AND coalesce(lock_at >= now() - make_interval(secs => $2), true)
                  FROM apalis.jobs AS task WHERE task.id = jobs.task_id) IS NOT TRUE
           FOR NO KEY UPDATE SKIP LOCKED"#,
        &wanting,
        stale_after.as_secs_f64()
    )
    .fetch_all(&mut *tx)
    .await?;
    let Some(now) = jobs.first().map(|job| job.now) else {
        return Ok(0);
    };
    let old: Vec<String> = jobs.iter().filter_map(|job| job.task_id.clone()).collect();
    let pushed: Vec<Pushed> = jobs
        .into_iter()
        .map(|job| Pushed::new(job.kind, job.id, job.start_tag))
        .collect();
    task::push(&mut tx, queue, &pushed, now).await?;
    give_tasks(&mut tx, &pushed).await?;
    sqlx::query!("DELETE FROM apalis.jobs WHERE id = ANY($1)", &old)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    tracing::warn!(
        event = "task.restored",
        queue,
        count = pushed.len(),
        "jobs whose tasks were lost have new ones"
    );
    Ok(pushed.len())
}
