//! One execution of one job by one worker.
//!
//! Taking a job writes a `runs` row, whose id is the fence token, and names it in the job's row. Every write of a worker
//! is a method of [`Run`] and carries the condition "the job's row still names me"; where it doesn't, the answer is
//! [`Error::LostRun`] and nothing was written. So a worker that was frozen and comes back can do no harm, and an unfenced
//! write can't be spelled.

use std::time::Duration;

use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use uuid::Uuid;

use crate::{
    Error, Result,
    control::Control,
    datasets, downloads,
    ids::{RunId, UserId},
    job_control,
    jobs::JobState,
    queue::{self, Job, Queue},
    syntheses, training,
};

/// For so long a job is postponed without getting further before it fails.
const PATIENCE: Duration = Duration::from_secs(7 * 86_400);
/// Shortest and longest pause of a job that is postponed; in between it doubles.
const POSTPONED_FOR: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(300));

/// A live run: the right to write a job's progress and result.
#[derive(Debug, Clone)]
pub struct Run {
    /// The fence token.
    pub id: RunId,
    /// What is being run.
    pub job: Job,
    /// Whose job it is.
    pub user: UserId,
    pub(crate) db: PgPool,
}

/// How a run ended. Only [`Run::finish`] turns it into states.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The job is done, and this is what it made.
    Completed(Product),
    /// Something passing went wrong: try again later, if attempts are left.
    Retry {
        /// Wait this long; where it isn't given, longer with every attempt.
        after: Option<Duration>,
        /// What went wrong, for people.
        reason: String,
    },
    /// The other side is away: try again for days, without using up attempts.
    Postponed {
        /// Wait this long; where it isn't given, longer the longer it has lasted.
        after: Option<Duration>,
        /// What is the matter, for people.
        reason: String,
    },
    /// Trying again would not help.
    Failed {
        /// A sentence a person can act on.
        reason: String,
    },
    /// Stopped at a person's wish; can be resumed.
    Paused,
    /// Stopped at a person's wish, for good.
    Cancelled,
    /// The worker is going away: the next one goes on. Costs no attempt.
    HandedBack,
}

/// What a completed job made.
#[derive(Debug, Clone)]
pub enum Product {
    /// A training's voice.
    Voice(crate::voices::NewVoice),
    /// A spoken sentence.
    Speech(syntheses::Speech),
    /// A dataset that is ready to train from.
    Dataset(datasets::Prepared),
    /// A model that is here.
    Model(crate::models::Snapshot),
}

/// What becomes of a job's row when a run ends without a product.
#[derive(Debug, Clone)]
pub(crate) enum Release {
    /// Wait for the next run, at least for `after`; `refund` gives back the attempt that this one cost.
    Queue { refund: bool, after: Duration },
    /// Ended; `for_good` where not even an operator's retry could help.
    Fail { reason: String, for_good: bool },
    /// Wait until resumed.
    Pause,
    /// Ended at a person's wish.
    Cancel,
}

impl Run {
    /// Takes the job of `queue` whose turn it is: of the user who has the fewest running there, then of the one who was
    /// served longest ago, the oldest. `user_limit` is how many of one user's may run at a time; 0 is no limit. `None`
    /// where nothing may be taken now.
    pub async fn take_next(
        db: &PgPool,
        queue: Queue,
        user_limit: u32,
        worker: &str,
    ) -> Result<Option<Self>> {
        let taken = sqlx::query!(
            r#"SELECT run AS "run!: RunId", job_kind AS "kind!", job AS "job!", owner AS "owner!: UserId"
               FROM take_next_job($1, $2, $3)"#,
            queue.name(),
            i64::from(user_limit),
            worker
        )
        .fetch_optional(db)
        .await?;
        Ok(taken.and_then(|taken| {
            Some(Self {
                id: taken.run,
                job: Job::from_row(&taken.kind, taken.job)?,
                user: taken.owner,
                db: db.clone(),
            })
        }))
    }

    /// Says that the run lives.
    pub async fn heartbeat(&self) -> Result<()> {
        let beat = sqlx::query!(
            "UPDATE runs SET heartbeat_at = now() WHERE id = $1 AND ended_at IS NULL",
            self.id.0
        )
        .execute(&self.db)
        .await?;
        if beat.rows_affected() == 0 {
            Err(Error::LostRun(self.id))
        } else {
            Ok(())
        }
    }

    /// What a person asks of it, if anything.
    pub async fn control(&self) -> Result<Option<Control>> {
        job_control::wish(&self.db, self.job, self.id).await
    }

    /// Ends the run: product, row, event and, where the job is to go on, the next ring, in one transaction.
    pub async fn finish(&self, outcome: &Outcome, max_attempts: u32) -> Result<()> {
        let mut tx = self.begin().await?;
        let (name, reason) = match outcome {
            Outcome::Completed(_) => ("completed", None),
            Outcome::Retry { reason, .. } | Outcome::Postponed { reason, .. } => {
                ("retry", Some(without_nul(reason)))
            }
            Outcome::Failed { reason } => ("failed", Some(without_nul(reason))),
            Outcome::Paused => ("paused", None),
            Outcome::Cancelled => ("cancelled", None),
            Outcome::HandedBack => ("handed_back", None),
        };
        end(&mut tx, self.id, name, reason.as_deref()).await?;
        match outcome.clone() {
            Outcome::Completed(product) => self.deliver(&mut tx, product).await?,
            Outcome::Retry { after, reason } => {
                self.requeue(&mut tx, after, &reason, max_attempts).await?;
            }
            Outcome::Postponed { after, reason } => {
                self.postpone(&mut tx, after, &reason).await?;
            }
            Outcome::Failed { reason } => {
                let for_good = true;
                self.release(&mut tx, Release::Fail { reason, for_good })
                    .await?;
            }
            Outcome::Paused => self.release(&mut tx, Release::Pause).await?,
            Outcome::Cancelled => self.release(&mut tx, Release::Cancel).await?,
            Outcome::HandedBack => {
                let (refund, after) = (true, Duration::ZERO);
                self.release(&mut tx, Release::Queue { refund, after })
                    .await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// A transaction that has locked the job's row and found that it still names this run.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Postgres>> {
        let mut tx = self.db.begin().await?;
        let owner = match self.job {
            Job::Dataset(id) => {
                sqlx::query_scalar!(
                    "SELECT run_id FROM datasets WHERE id = $1 FOR NO KEY UPDATE",
                    id.0
                )
                .fetch_optional(&mut *tx)
                .await?
            }
            Job::Training(id) => {
                sqlx::query_scalar!(
                    "SELECT run_id FROM training_jobs WHERE id = $1 FOR NO KEY UPDATE",
                    id.0
                )
                .fetch_optional(&mut *tx)
                .await?
            }
            Job::Synthesis(id) => {
                sqlx::query_scalar!(
                    "SELECT run_id FROM syntheses WHERE id = $1 FOR NO KEY UPDATE",
                    id.0
                )
                .fetch_optional(&mut *tx)
                .await?
            }
            Job::Download(id) => {
                sqlx::query_scalar!(
                    "SELECT run_id FROM download_queue WHERE id = $1 FOR NO KEY UPDATE",
                    id.0
                )
                .fetch_optional(&mut *tx)
                .await?
            }
        };
        if owner.flatten() == Some(self.id.0) {
            Ok(tx)
        } else {
            Err(Error::LostRun(self.id))
        }
    }

    async fn deliver(&self, tx: &mut PgConnection, product: Product) -> Result<()> {
        match (self.job, product) {
            (Job::Training(id), Product::Voice(voice)) => {
                training::complete(tx, id, self.user, voice).await
            }
            (Job::Synthesis(id), Product::Speech(speech)) => {
                syntheses::complete(tx, id, self.user, speech).await
            }
            (Job::Dataset(id), Product::Dataset(prepared)) => {
                datasets::complete(tx, id, self.user, prepared).await
            }
            (Job::Download(id), Product::Model(snapshot)) => {
                downloads::complete(tx, id, self.user, &snapshot).await
            }
            (job, product) => Err(Error::Conflict(format!(
                "a {} job can't deliver {product:?}",
                job.kind()
            ))),
        }
    }

    /// Lets the job wait for another attempt, or fails it where none is left.
    pub(crate) async fn requeue(
        &self,
        tx: &mut PgConnection,
        after: Option<Duration>,
        reason: &str,
        max_attempts: u32,
    ) -> Result<()> {
        let attempts: i64 = sqlx::query_scalar!(
            r#"SELECT attempts AS "attempts!" FROM jobs WHERE kind = $1 AND id = $2"#,
            self.job.kind(),
            self.job.row_id()
        )
        .fetch_one(&mut *tx)
        .await?
        .into();
        let release = if attempts >= i64::from(max_attempts) {
            Release::Fail {
                reason: format!("gave up after {attempts} attempts; the last one: {reason}"),
                for_good: false,
            }
        } else {
            Release::Queue {
                refund: false,
                after: after.unwrap_or_else(|| backoff(attempts)),
            }
        };
        self.release(tx, release).await
    }

    async fn postpone(
        &self,
        tx: &mut PgConnection,
        after: Option<Duration>,
        reason: &str,
    ) -> Result<()> {
        let lasted = match self.job {
            Job::Download(id) => downloads::troubled(tx, id).await?,
            Job::Dataset(_) | Job::Training(_) | Job::Synthesis(_) => Duration::ZERO,
        };
        let release = if lasted >= PATIENCE {
            let days = PATIENCE.as_secs() / 86_400;
            let reason = format!("gave up after {days} days; the last time: {reason}");
            let for_good = false;
            Release::Fail { reason, for_good }
        } else {
            let (shortest, longest) = POSTPONED_FOR;
            let after = after.unwrap_or_else(|| jittered(lasted.clamp(shortest, longest)));
            let refund = true;
            Release::Queue { refund, after }
        };
        let waits = matches!(release, Release::Queue { .. });
        self.release(tx, release).await?;
        match self.job {
            Job::Download(id) if waits => {
                downloads::explain(tx, id, self.user, &without_nul(reason)).await
            }
            _ => Ok(()),
        }
    }

    async fn release(&self, tx: &mut PgConnection, release: Release) -> Result<()> {
        let release = match release {
            Release::Fail { reason, for_good } => Release::Fail {
                reason: without_nul(&reason),
                for_good,
            },
            release => release,
        };
        if let Release::Queue { after, .. } = release {
            queue::enqueue(tx, self.job, after).await?;
        }
        self::release(tx, self.job, self.user, release).await
    }
}

/// Lets go of a job's row.
pub(crate) async fn release(
    tx: &mut PgConnection,
    job: Job,
    user: UserId,
    release: Release,
) -> Result<()> {
    match job {
        Job::Dataset(id) => datasets::release(tx, id, user, release).await,
        Job::Training(id) => training::release(tx, id, user, release).await,
        Job::Synthesis(id) => syntheses::release(tx, id, user, release).await,
        Job::Download(id) => downloads::release(tx, id, user, release).await,
    }
}

impl Release {
    /// What a person asked of a run that did not live to answer holds all the same.
    pub(crate) fn after_wish(self, wish: Option<&str>) -> Self {
        match (self, wish.map(Control::from_name)) {
            (Self::Queue { .. }, Some(Control::Pause)) => Self::Pause,
            (Self::Queue { .. }, Some(Control::Cancel)) => Self::Cancel,
            (release, _) => release,
        }
    }
}

/// The columns of a job that a person steers, once it is let go of.
pub(crate) struct Released {
    pub status: JobState,
    /// Whether the attempt is given back that the run cost.
    pub refund: bool,
    /// How long it waits at least.
    pub after: Duration,
    /// Why it failed.
    pub message: Option<String>,
}

impl From<Release> for Released {
    fn from(release: Release) -> Self {
        let (status, refund, after, message) = match release {
            Release::Queue { refund, after } => (JobState::Queued, refund, after, None),
            Release::Fail { reason, .. } => (JobState::Failed, false, Duration::ZERO, Some(reason)),
            Release::Pause => (JobState::Paused, true, Duration::ZERO, None),
            Release::Cancel => (JobState::Cancelled, true, Duration::ZERO, None),
        };
        Self {
            status,
            refund,
            after,
            message,
        }
    }
}

pub(crate) async fn end(
    tx: &mut PgConnection,
    run: RunId,
    outcome: &str,
    reason: Option<&str>,
) -> Result<()> {
    let ended = sqlx::query!(
        "UPDATE runs SET ended_at = now(), outcome = $2, reason = $3 WHERE id = $1 AND ended_at IS NULL",
        run.0,
        outcome,
        reason
    )
    .execute(tx)
    .await?;
    if ended.rows_affected() == 0 {
        Err(Error::LostRun(run))
    } else {
        Ok(())
    }
}

/// 2 s, 4 s, 8 s … at most 5 minutes, with up to a half more, so that jobs which failed together don't return together.
fn backoff(attempts: i64) -> Duration {
    let exponent = u32::try_from(attempts.clamp(1, 20)).unwrap_or(1);
    let seconds = 2f64.powi(exponent as i32).min(300.0);
    jittered(Duration::from_secs_f64(seconds))
}

/// Up to a half more.
fn jittered(pause: Duration) -> Duration {
    let jitter = (Uuid::new_v4().as_u128() % 1000) as f64 / 2000.0;
    pause.mul_f64(1.0 + jitter)
}

/// PostgreSQL's text can't hold NUL.
pub(crate) fn without_nul(text: &str) -> String {
    text.replace('\0', "␀")
}

/// Every run that has not ended, as far as the database knows.
pub async fn live(db: &PgPool) -> Result<Vec<RunId>> {
    Ok(
        sqlx::query_scalar!(r#"SELECT id AS "id: RunId" FROM runs WHERE ended_at IS NULL"#)
            .fetch_all(db)
            .await?,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_come_back_later_and_later_and_not_together() {
        for attempts in 1..40 {
            let floor = 2f64.powi(attempts.min(20) as i32).min(300.0);
            let pauses: Vec<f64> = (0..50).map(|_| backoff(attempts).as_secs_f64()).collect();
            assert!(
                pauses
                    .iter()
                    .all(|pause| (floor..=floor * 1.5).contains(pause))
            );
            assert!(pauses.iter().any(|pause| *pause != pauses[0]));
        }
    }
}
