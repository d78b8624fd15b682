//! Pause, resume, cancel, delete: what owners and operators ask of jobs. Each ends in one state, however often and together
//! with whatever else it is asked.

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{
    Conflict, Error, JobFailure, Reason, Result,
    admission::{Event, settle},
    kind::{AnyKind, Change, JobKind, Kinds, Typed},
    signal,
    state::{Control, JobState},
};

/// Asks a job to pause. One that waits pauses at once; a running one keeps first what it has done.
pub async fn pause<K: JobKind>(db: &PgPool, owner: Uuid, id: K::Id) -> Result<()> {
    let kind = Typed::<K>::new();
    request(db, &kind, owner, id.into(), Control::Pause, None).await
}

/// Asks a job to stop permanently.
pub async fn cancel<K: JobKind>(db: &PgPool, owner: Uuid, id: K::Id) -> Result<()> {
    let kind = Typed::<K>::new();
    request(db, &kind, owner, id.into(), Control::Cancel, None).await
}

/// Lets a paused or failed job go on from where it was, with all its attempts.
pub async fn resume<K: JobKind>(db: &PgPool, owner: Uuid, id: K::Id) -> Result<()> {
    let kind = Typed::<K>::new();
    resume_any(db, &kind, owner, id.into()).await
}

/// Stops a job permanently, whosever it is; its owner reads the reason.
pub async fn cancel_by_id(db: &PgPool, kinds: &Kinds, id: Uuid, reason: &str) -> Result<()> {
    let (kind, owner, _) = find(db, kinds, id).await?;
    let reason = JobFailure::CancelledByOperator {
        reason: reason.to_owned(),
    };
    request(db, kind, owner, id, Control::Cancel, Some(reason.into())).await
}

/// Lets a failed job be tried again, with all its attempts, whosever it is.
pub async fn retry_by_id(db: &PgPool, kinds: &Kinds, id: Uuid) -> Result<()> {
    let (kind, owner, state) = find(db, kinds, id).await?;
    if state != JobState::Failed {
        return Err(Error::Conflict(Conflict::NotFailed {
            kind: kind.name(),
            id,
            status: state,
        }));
    }
    resume_any(db, kind, owner, id).await
}

/// Where the job of a user's row stands; its row is locked until the caller's transaction ends.
///
/// # Errors
/// [`Error::NotFound`] where there is none, or it is another user's.
pub async fn lock<K: JobKind>(tx: &mut PgConnection, owner: Uuid, id: K::Id) -> Result<JobState> {
    let (state, _) = lock_any(tx, &Typed::<K>::new(), owner, id.into()).await?;
    Ok(state)
}

/// Deletes jobs with their tasks, before the caller deletes their nouns' rows. A run that is at one of them is lost and
/// stops.
pub async fn delete(tx: &mut PgConnection, ids: &[Uuid]) -> Result<()> {
    // In a statement of its own: the next one sees the tasks that came while this one waited for a lock.
    sqlx::query!(
        "SELECT id FROM jobs WHERE id = ANY($1) ORDER BY id FOR UPDATE",
        ids
    )
    .fetch_all(&mut *tx)
    .await?;
    let shares = sqlx::query!(
        r#"WITH gone AS (
               DELETE FROM jobs WHERE id = ANY($1) RETURNING id, queue, user_id, task_id, run_id, start_tag
           ), tasks AS (
               DELETE FROM apalis.jobs AS task USING gone WHERE task.id = gone.task_id
           )
           SELECT queue, user_id AS owner, array_agg(id) FILTER (WHERE run_id IS NOT NULL) AS running,
                  max(start_tag) FILTER (WHERE run_id IS NOT NULL) AS served
           FROM gone GROUP BY queue, user_id ORDER BY queue, user_id"#,
        ids
    )
    .fetch_all(&mut *tx)
    .await?;
    for share in shares {
        for id in share.running.unwrap_or_default() {
            signal::notify(tx, id).await?;
        }
        let left = Event::Left {
            served: share.served,
        };
        settle(tx, &share.queue, share.owner, left).await?;
    }
    Ok(())
}

async fn request(
    db: &PgPool,
    kind: &dyn AnyKind,
    owner: Uuid,
    id: Uuid,
    control: Control,
    reason: Option<Reason>,
) -> Result<()> {
    let mut tx = db.begin().await?;
    let (state, queue) = lock_any(&mut tx, kind, owner, id).await?;
    if control == Control::Pause && !kind.pausable() {
        return Err(Error::Conflict(Conflict::NotPausable { kind: kind.name() }));
    }
    let leave = |state| Leave {
        kind,
        owner,
        id,
        queue: &queue,
        state,
        reason: reason.clone(),
    };
    match (state, control) {
        (JobState::Running, _) => {
            // Cancelling outweighs pausing, whichever is asked first.
            sqlx::query!(
                "UPDATE jobs SET control = CASE WHEN control = 'cancel' THEN control ELSE $2 END,
                                 error_message = coalesce($3, error_message),
                                 error_details = CASE WHEN $3 IS NULL THEN error_details ELSE $4 END
                 WHERE id = $1",
                id,
                control as Control,
                reason.as_ref().map(Reason::message),
                reason.as_ref().and_then(Reason::details)
            )
            .execute(&mut *tx)
            .await?;
            signal::notify(&mut tx, id).await?;
        }
        (JobState::Queued, Control::Pause) => leave(JobState::Paused).execute(&mut tx).await?,
        (JobState::Queued | JobState::Paused, Control::Cancel) => {
            leave(JobState::Cancelled).execute(&mut tx).await?;
        }
        (JobState::Failed, Control::Cancel) if kind.cancellable_when_failed() => {
            leave(JobState::Cancelled).execute(&mut tx).await?;
        }
        (JobState::Paused, Control::Pause) | (JobState::Cancelled, Control::Cancel) => {}
        (JobState::Completed | JobState::Failed | JobState::Cancelled, _) => {
            return Err(ended(kind));
        }
    }
    Ok(tx.commit().await?)
}

async fn resume_any(db: &PgPool, kind: &dyn AnyKind, owner: Uuid, id: Uuid) -> Result<()> {
    let mut tx = db.begin().await?;
    let (state, queue) = lock_any(&mut tx, kind, owner, id).await?;
    match state {
        JobState::Paused | JobState::Failed => {
            kind.check_resumable(&mut tx, id).await?;
            sqlx::query!(
                "UPDATE jobs SET status = 'queued', attempts = 0, failing_since = NULL, error_message = NULL,
                                 error_details = NULL,
                                 ready_at = now(), start_tag = NULL, completed_at = NULL
                 WHERE id = $1",
                id
            )
            .execute(&mut *tx)
            .await?;
            let change = Change {
                state: JobState::Queued,
                reason: None,
                permanent: false,
            };
            kind.changed(&mut tx, id, owner, &change).await?;
            settle(&mut tx, &queue, owner, Event::Arrived).await?;
        }
        JobState::Running => {
            // Asked to pause, and resumed before the worker has answered.
            sqlx::query!(
                "UPDATE jobs SET control = NULL WHERE id = $1 AND control = 'pause'",
                id
            )
            .execute(&mut *tx)
            .await?;
            signal::notify(&mut tx, id).await?;
        }
        JobState::Queued => {}
        JobState::Completed | JobState::Cancelled => return Err(ended(kind)),
    }
    Ok(tx.commit().await?)
}

/// A job that leaves the queue, or what it has kept, without a run.
struct Leave<'a> {
    kind: &'a dyn AnyKind,
    owner: Uuid,
    id: Uuid,
    queue: &'a str,
    state: JobState,
    reason: Option<Reason>,
}

impl Leave<'_> {
    async fn execute(self, tx: &mut PgConnection) -> Result<()> {
        sqlx::query!(
            "WITH tasks AS (
                 DELETE FROM apalis.jobs AS task USING jobs AS job WHERE job.id = $1 AND task.id = job.task_id
             )
             UPDATE jobs SET status = $2, task_id = NULL, start_tag = NULL, parked = false, error_message = $3,
                             error_details = $4,
                             completed_at = CASE WHEN $2 = 'cancelled' THEN now() END
             WHERE id = $1",
            self.id,
            self.state as JobState,
            self.reason.as_ref().map(Reason::message),
            self.reason.as_ref().and_then(Reason::details)
        )
        .execute(&mut *tx)
        .await?;
        let change = Change {
            state: self.state,
            reason: self.reason,
            permanent: true,
        };
        self.kind.changed(tx, self.id, self.owner, &change).await?;
        settle(tx, self.queue, self.owner, Event::Left { served: None }).await
    }
}

fn ended(kind: &dyn AnyKind) -> Error {
    Error::Conflict(Conflict::Ended { kind: kind.name() })
}

async fn lock_any(
    tx: &mut PgConnection,
    kind: &dyn AnyKind,
    owner: Uuid,
    id: Uuid,
) -> Result<(JobState, String)> {
    let row = sqlx::query!(
        r#"SELECT status AS "status: JobState", queue FROM jobs
           WHERE id = $1 AND kind = $2 AND user_id = $3 FOR NO KEY UPDATE"#,
        id,
        kind.name(),
        owner
    )
    .fetch_optional(tx)
    .await?
    .ok_or(Error::NotFound(kind.name()))?;
    Ok((row.status, row.queue))
}

async fn find<'a>(
    db: &PgPool,
    kinds: &'a Kinds,
    id: Uuid,
) -> Result<(&'a dyn AnyKind, Uuid, JobState)> {
    let row = sqlx::query!(
        r#"SELECT kind, user_id, status AS "status: JobState" FROM jobs WHERE id = $1"#,
        id
    )
    .fetch_optional(db)
    .await?
    .ok_or(Error::NotFound("job"))?;
    Ok((kinds.find(&row.kind)?, row.user_id, row.status))
}
