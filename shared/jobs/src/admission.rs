//! Into the queue: which jobs of a user have a task in apalis, in which order they are served, and which are parked.
//!
//! A user's admitted jobs in a queue, those with a task and those that run, are at most the limit. Whoever changes that
//! (enqueue, the end of a run, pause, cancel, a raised limit, the sweeper) calls [`settle`] at the end of the transaction,
//! which locks the user's share of the queue; so no free slot stays empty, whatever happens at the same time.

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{
    Result,
    kind::JobKind,
    task::{self, Pushed, Task},
};

/// Jobs that one call admits or parks at most; the sweeper comes back for the rest.
const BATCH: i64 = 500;

/// What a transaction did to a user's jobs in a queue, as far as the user's share depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// Jobs came, or go on with the turn that they have.
    Arrived,
    /// The run of a job with this start tag has ended, and it is charged.
    Served(i64),
    /// Jobs left before they were served (pause, cancel, delete), and are not charged; those that were being served when
    /// they were deleted are, up to this start tag.
    Left { served: Option<i64> },
}

/// Writes a job and lets it wait in its kind's queue, in the transaction that writes the noun's row.
///
/// Where nobody limits the user's jobs, none waits for a place: the job is charged by the statement that writes it, and
/// pushed at once.
pub async fn enqueue<K: JobKind>(tx: &mut PgConnection, id: K::Id, owner: Uuid) -> Result<()> {
    let task_id = task::new_id();
    let written = sqlx::query!(
        r#"WITH queue AS (
               SELECT coalesce(max(max_jobs_per_user), 0) AS max_jobs_per_user,
                      coalesce(max(virtual_time), 0) AS virtual_time
               FROM queues WHERE name = $3
           ), share AS (
               INSERT INTO queue_shares AS share (queue, user_id, finish_tag)
               SELECT $3, $4, CASE WHEN max_jobs_per_user = 0 THEN virtual_time + 1 ELSE 0 END FROM queue
               ON CONFLICT (queue, user_id) DO UPDATE SET finish_tag = (
                   SELECT CASE WHEN share.max_jobs = 0 AND max_jobs_per_user = 0
                               THEN greatest(share.finish_tag, virtual_time) + 1 ELSE share.finish_tag END
                   FROM queue)
               RETURNING finish_tag, max_jobs
           )
           INSERT INTO jobs (id, kind, queue, user_id, task_id, start_tag)
           SELECT $1, $2, $3, $4, CASE WHEN unlimited THEN $5 END, CASE WHEN unlimited THEN finish_tag - 1 END
           FROM (SELECT finish_tag, max_jobs = 0 AND max_jobs_per_user = 0 AS unlimited FROM share, queue) AS share
           RETURNING start_tag, floor(extract(epoch FROM clock_timestamp()))::bigint AS "now!""#,
        id.into(),
        K::KIND,
        K::QUEUE,
        owner,
        task_id
    )
    .fetch_one(&mut *tx)
    .await?;
    let Some(start_tag) = written.start_tag else {
        return settle(tx, K::QUEUE, owner, Event::Arrived).await;
    };
    let pushed = Pushed {
        task: Task {
            kind: K::KIND.into(),
            id: id.into(),
        },
        task_id,
        start_tag,
    };
    task::push(tx, K::QUEUE, &[pushed], written.now).await
}

/// How many jobs of `owner` may be admitted to `queue` from now on besides the queue's own limit; 0: any number.
pub async fn set_user_limit(
    tx: &mut PgConnection,
    queue: &str,
    owner: Uuid,
    max_jobs: i32,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO queue_shares (queue, user_id, max_jobs) VALUES ($1, $2, $3)
         ON CONFLICT (queue, user_id) DO UPDATE SET max_jobs = EXCLUDED.max_jobs",
        queue,
        owner,
        max_jobs
    )
    .execute(&mut *tx)
    .await?;
    settle(tx, queue, owner, Event::Arrived).await
}

/// How many jobs of one user may be admitted to `queue` from now on; 0: any number. The sweeper admits what that allows.
pub async fn set_queue_limit(db: &PgPool, queue: &str, max_jobs_per_user: i32) -> Result<()> {
    sqlx::query!(
        "INSERT INTO queues (name, max_jobs_per_user) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET max_jobs_per_user = EXCLUDED.max_jobs_per_user
         WHERE queues.max_jobs_per_user <> EXCLUDED.max_jobs_per_user",
        queue,
        max_jobs_per_user
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The locked share, and its queue's limit.
struct Share {
    finish_tag: i64,
    served_tag: i64,
    max_jobs: i32,
    max_jobs_per_user: i32,
    virtual_time: i64,
    now: i64,
}

impl Share {
    /// How many jobs may be admitted; 0: any number.
    fn limit(&self) -> i32 {
        match (self.max_jobs, self.max_jobs_per_user) {
            (0, limit) | (limit, 0) => limit,
            (one, other) => one.min(other),
        }
    }
}

/// Admits as many jobs of `owner` to `queue` as the limits allow, and parks the others that are due.
pub(crate) async fn settle(
    tx: &mut PgConnection,
    queue: &str,
    owner: Uuid,
    event: Event,
) -> Result<()> {
    let served = match event {
        Event::Served(start_tag)
        | Event::Left {
            served: Some(start_tag),
        } => start_tag + 1,
        Event::Arrived | Event::Left { served: None } => 0,
    };
    let share = lock_share(tx, queue, owner, served).await?;
    let mut finish_tag = share.finish_tag;
    if matches!(event, Event::Left { .. }) {
        let remaining = remaining_tag(tx, queue, owner).await?;
        finish_tag = share.virtual_time.max(share.served_tag).max(remaining);
    }
    let limit = share.limit();
    if limit == 0 && matches!(event, Event::Served(_)) {
        // Nobody waits for a place: what backs off meanwhile is the sweeper's.
        return Ok(());
    }
    // A statement of its own: it sees what was committed before the share was locked.
    let candidates = sqlx::query!(
        r#"SELECT id, kind, start_tag FROM jobs
           WHERE queue = $1 AND user_id = $2 AND status = 'queued' AND task_id IS NULL
             AND ready_at <= (SELECT clock_timestamp())
           ORDER BY ready_at, id
           LIMIT CASE WHEN $3::bigint = 0 THEN $4::bigint
                      ELSE least($4, greatest($3 - (
                          SELECT count(*) FROM (
                              SELECT FROM jobs WHERE queue = $1 AND user_id = $2 AND start_tag IS NOT NULL
                                AND (task_id IS NOT NULL OR status = 'running') LIMIT $3
                          ) AS admitted), 0)) END
           FOR NO KEY UPDATE SKIP LOCKED"#,
        queue,
        owner,
        i64::from(limit),
        BATCH
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut pushed = Vec::with_capacity(candidates.len());
    for job in candidates {
        // One that goes on where it was, has its tag already: it is not charged twice.
        let start_tag = job.start_tag.unwrap_or_else(|| {
            let start_tag = finish_tag.max(share.virtual_time);
            finish_tag = start_tag + 1;
            start_tag
        });
        pushed.push(Pushed::new(job.kind, job.id, start_tag));
    }
    if !pushed.is_empty() {
        task::push(tx, queue, &pushed, share.now).await?;
        give_tasks(tx, &pushed).await?;
    }
    if limit > 0 {
        park(tx, queue, owner).await?;
    }
    if finish_tag != share.finish_tag {
        sqlx::query!(
            "UPDATE queue_shares SET finish_tag = $3 WHERE queue = $1 AND user_id = $2",
            queue,
            owner,
            finish_tag
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// `served` is the finish tag of a job that was served just now; 0 for none.
async fn lock_share(tx: &mut PgConnection, queue: &str, owner: Uuid, served: i64) -> Result<Share> {
    Ok(sqlx::query_as!(
        Share,
        r#"WITH share AS (
               INSERT INTO queue_shares (queue, user_id, served_tag) VALUES ($1, $2, $3)
               ON CONFLICT (queue, user_id) DO UPDATE
                   SET served_tag = greatest(queue_shares.served_tag, EXCLUDED.served_tag)
               RETURNING finish_tag, served_tag, max_jobs
           )
           SELECT finish_tag AS "finish_tag!", served_tag AS "served_tag!", max_jobs AS "max_jobs!",
                  coalesce(queues.max_jobs_per_user, 0) AS "max_jobs_per_user!",
                  coalesce(queues.virtual_time, 0) AS "virtual_time!",
                  floor(extract(epoch FROM clock_timestamp()))::bigint AS "now!"
           FROM share LEFT JOIN queues ON queues.name = $1"#,
        queue,
        owner,
        served
    )
    .fetch_one(tx)
    .await?)
}

/// The finish tag of the last of the user's jobs that are charged and not yet served: those with a task, those that run, and
/// those that go on with their turn as soon as there is a place.
async fn remaining_tag(tx: &mut PgConnection, queue: &str, owner: Uuid) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"SELECT coalesce(max(start_tag) + 1, 0) AS "tag!" FROM jobs
           WHERE queue = $1 AND user_id = $2 AND start_tag IS NOT NULL"#,
        queue,
        owner
    )
    .fetch_one(tx)
    .await?)
}

pub(crate) async fn give_tasks(tx: &mut PgConnection, pushed: &[Pushed]) -> Result<()> {
    sqlx::query!(
        "UPDATE jobs SET task_id = given.task_id, start_tag = given.start_tag, parked = false
         FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS given (id, task_id, start_tag)
         WHERE jobs.id = given.id",
        &pushed.iter().map(|push| push.task.id).collect::<Vec<_>>(),
        &pushed
            .iter()
            .map(|push| push.task_id.clone())
            .collect::<Vec<_>>(),
        &pushed.iter().map(|push| push.start_tag).collect::<Vec<_>>()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Marks what is due and found no place, so that the sweeper doesn't look at it again and again.
async fn park(tx: &mut PgConnection, queue: &str, owner: Uuid) -> Result<()> {
    sqlx::query!(
        "UPDATE jobs SET parked = true WHERE id IN (
             SELECT id FROM jobs
             WHERE queue = $1 AND user_id = $2 AND status = 'queued' AND task_id IS NULL AND NOT parked
               AND ready_at <= (SELECT clock_timestamp())
             LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED
         )",
        queue,
        owner,
        BATCH
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The greatest start tag that was ever claimed in `queue` is `start_tag` at least. Whoever enqueues the first job after a
/// pause starts from there, so being away earns nobody a share. In a statement of its own: a claim must not wait for it.
pub async fn raise_virtual_time(db: &PgPool, queue: &str, start_tag: i64) -> Result<()> {
    sqlx::query!(
        "INSERT INTO queues (name, virtual_time) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET virtual_time = EXCLUDED.virtual_time
         WHERE queues.virtual_time < EXCLUDED.virtual_time",
        queue,
        start_tag
    )
    .execute(db)
    .await?;
    Ok(())
}
