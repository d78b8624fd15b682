//! One execution of one job by one worker: the right to write.
//!
//! Claiming a job writes a `runs` row, whose id is the fence token, and names it in the job's row. Every write of a worker
//! happens in a transaction of [`Run::begin`], which locks the job's row and holds only where it still names the run;
//! elsewhere the answer is [`Error::LostRun`] and nothing was written. So a worker that was frozen and comes back can do no
//! harm.

use std::{fmt, marker::PhantomData, time::Duration};

use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use uuid::Uuid;

use crate::{
    Error, Result,
    admission::{Event, settle},
    claim::Claimed,
    ids::RunId,
    kind::{AnyKind, Change, JobKind, Typed},
    outcome::{Outcome, Situation, Transition, transition},
    reason::Reason,
    state::{Control, JobState},
};

/// A live run of a job of the kind `K`.
pub struct Run<K: JobKind> {
    /// The fence token.
    pub id: RunId,
    /// What is being run.
    pub job: K::Id,
    /// Whose job it is.
    pub owner: Uuid,
    db: PgPool,
    kind: PhantomData<fn() -> K>,
}

impl<K: JobKind> Clone for Run<K> {
    fn clone(&self) -> Self {
        Self {
            db: self.db.clone(),
            ..*self
        }
    }
}

impl<K: JobKind> fmt::Debug for Run<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "run {} of {} {}", self.id, K::KIND, self.job)
    }
}

impl<K: JobKind> Run<K> {
    /// The run of a job that was claimed just now.
    pub fn new(db: &PgPool, claimed: &Claimed) -> Self {
        Self {
            id: claimed.run,
            job: claimed.id.into(),
            owner: claimed.owner,
            db: db.clone(),
            kind: PhantomData,
        }
    }

    /// For what is only read: it needs no fence.
    pub const fn db(&self) -> &PgPool {
        &self.db
    }

    /// A transaction that has locked the job's row and found that it still names this run.
    ///
    /// # Errors
    /// [`Error::LostRun`] where it doesn't.
    pub async fn begin(&self) -> Result<Transaction<'static, Postgres>> {
        let mut tx = self.db.begin().await?;
        sqlx::query_scalar!(
            "SELECT id FROM jobs WHERE id = $1 AND run_id = $2 FOR NO KEY UPDATE",
            self.job.into(),
            self.id.0
        )
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(Error::LostRun(self.id))?;
        Ok(tx)
    }

    /// Says that the run lives.
    ///
    /// # Errors
    /// [`Error::LostRun`] where it has been ended.
    pub async fn heartbeat(&self) -> Result<()> {
        let beat = sqlx::query!(
            "UPDATE runs SET heartbeat_at = now() WHERE id = $1 AND ended_at IS NULL",
            self.id.0
        )
        .execute(&self.db)
        .await?;
        if beat.rows_affected() == 0 {
            return Err(Error::LostRun(self.id));
        }
        Ok(())
    }

    /// What the owner asks of it, if anything.
    ///
    /// # Errors
    /// [`Error::LostRun`] where the job has another run by now, or none.
    pub async fn control(&self) -> Result<Option<Control>> {
        sqlx::query_scalar!(
            r#"SELECT control AS "control: Control" FROM jobs WHERE id = $1 AND run_id = $2"#,
            self.job.into(),
            self.id.0
        )
        .fetch_optional(&self.db)
        .await?
        .ok_or(Error::LostRun(self.id))
    }

    /// The job has proved that it isn't what kills its workers: its attempts count anew. In a transaction of
    /// [`Self::begin`].
    pub async fn made_progress(&self, tx: &mut PgConnection) -> Result<()> {
        sqlx::query!(
            "UPDATE jobs SET attempts = 1, failing_since = NULL
             WHERE id = $1 AND (attempts > 1 OR failing_since IS NOT NULL)",
            self.job.into()
        )
        .execute(tx)
        .await?;
        Ok(())
    }

    /// Ends the run: output, rows, event and, where the job is to go on, its next task, in one transaction.
    ///
    /// # Errors
    /// [`Error::LostRun`] where the job has another run by now, or none; then nothing was written.
    pub async fn finish(&self, outcome: &Outcome<K::Output>, max_attempts: u32) -> Result<()> {
        let mut tx = self.db.begin().await?;
        let locked = sqlx::query_as!(
            Locked,
            r#"WITH job AS MATERIALIZED (
                   SELECT queue, user_id, control, attempts, failing_since, error_message, error_details, start_tag
                   FROM jobs WHERE id = $1 AND run_id = $2 FOR NO KEY UPDATE
               ), ended AS (
                   UPDATE runs SET ended_at = now(), outcome = $3, reason = $4
                   WHERE id = $2 AND ended_at IS NULL AND EXISTS (SELECT FROM job) RETURNING id
               )
               SELECT queue, user_id AS owner, control AS "control: Control", attempts,
                      extract(epoch FROM now() - coalesce(failing_since, now()))::double precision AS "failing_seconds!",
                      error_message, error_details, start_tag AS "start_tag!"
               FROM job, ended"#,
            self.job.into(),
            self.id.0,
            outcome.name(),
            outcome.reason().map(Reason::message)
        )
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(Error::LostRun(self.id))?;
        let next = transition(outcome, &locked.situation(max_attempts));
        if let Outcome::Completed(output) = outcome {
            K::record_output(&mut tx, self.job, self.owner, output.clone()).await?;
        }
        apply(&mut tx, &Typed::<K>::new(), self.job.into(), &locked, next).await?;
        Ok(tx.commit().await?)
    }
}

/// A job's row as it was when it was locked.
pub(crate) struct Locked {
    pub queue: String,
    pub owner: Uuid,
    pub control: Option<Control>,
    pub attempts: i32,
    pub failing_seconds: f64,
    /// Why somebody else than its owner has cancelled it.
    pub error_message: Option<String>,
    pub error_details: Option<serde_json::Value>,
    pub start_tag: i64,
}

impl Locked {
    pub(crate) fn situation(&self, max_attempts: u32) -> Situation {
        Situation {
            control: self.control,
            attempts: self.attempts.unsigned_abs(),
            max_attempts,
            failing_for: Duration::from_secs_f64(self.failing_seconds.max(0.0)),
        }
    }
}

/// Writes what becomes of a job whose run has ended, tells its owner, and lets the next one take the place.
pub(crate) async fn apply(
    tx: &mut PgConnection,
    kind: &dyn AnyKind,
    id: Uuid,
    locked: &Locked,
    next: Transition,
) -> Result<()> {
    let reason = match next.state {
        JobState::Cancelled => {
            Reason::of_row(locked.error_message.clone(), locked.error_details.clone())
        }
        _ => next.reason,
    };
    // One that goes on at once keeps its turn: what it was charged has not been done.
    let keeps_turn = next.state == JobState::Queued && next.delay.is_zero();
    sqlx::query!(
        "UPDATE jobs SET status = $2, run_id = NULL, control = NULL, error_message = $3, error_details = $8,
                         attempts = greatest(attempts - $4::int, 0),
                         ready_at = CASE WHEN $5 THEN ready_at ELSE now() + make_interval(secs => $6) END,
                         start_tag = CASE WHEN $5 THEN start_tag END,
                         failing_since = CASE WHEN $7 THEN coalesce(failing_since, now()) ELSE failing_since END,
                         completed_at = CASE WHEN $2 IN ('completed', 'failed', 'cancelled') THEN now() END
         WHERE id = $1",
        id,
        next.state as JobState,
        reason.as_ref().map(Reason::message),
        i32::from(next.refund_attempt),
        keeps_turn,
        next.delay.as_secs_f64(),
        next.snoozed,
        reason.as_ref().and_then(Reason::details)
    )
    .execute(&mut *tx)
    .await?;
    if next.state != JobState::Completed {
        let change = Change {
            state: next.state,
            reason,
            permanent: next.permanent,
        };
        kind.changed(tx, id, locked.owner, &change).await?;
    }
    let event = if keeps_turn {
        Event::Arrived
    } else {
        Event::Served(locked.start_tag)
    };
    settle(tx, &locked.queue, locked.owner, event).await
}

/// Every run that has not ended, as far as the database knows.
pub async fn live(db: &PgPool) -> Result<Vec<RunId>> {
    Ok(
        sqlx::query_scalar!(r#"SELECT id AS "id: RunId" FROM runs WHERE ended_at IS NULL"#)
            .fetch_all(db)
            .await?,
    )
}
