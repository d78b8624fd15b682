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
    Error, Result, datasets,
    ids::{RunId, UserId},
    queue::{self, Job},
    syntheses, training,
};

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

/// What a person asked of a running job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Write a checkpoint and stop until resumed.
    Pause,
    /// Stop for good.
    Cancel,
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
}

/// What becomes of a job's row when a run ends without a product.
#[derive(Debug)]
pub(crate) enum Release {
    /// Wait for the next run; `refund` gives back the attempt that this one cost.
    Queue {
        refund: bool,
    },
    Fail {
        reason: String,
    },
    Pause,
    Cancel,
}

impl Run {
    /// Takes a job that waits. `None` where there is nothing to do: the row is gone, finished, paused, or has a live run.
    pub async fn take(db: &PgPool, job: Job, worker: &str) -> Result<Option<Self>> {
        let mut tx = db.begin().await?;
        let id = sqlx::query_scalar!(
            r#"INSERT INTO runs (kind, job_id, worker) VALUES ($1, $2, $3)
               ON CONFLICT (kind, job_id) WHERE ended_at IS NULL DO NOTHING
               RETURNING id AS "id: RunId""#,
            job.kind(),
            job.row_id(),
            worker
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(id) = id else { return Ok(None) };
        let user = match job {
            Job::Dataset(dataset) => datasets::take(&mut tx, dataset, id).await?,
            Job::Training(training) => training::take(&mut tx, training, id).await?,
            Job::Synthesis(synthesis) => syntheses::take(&mut tx, synthesis, id).await?,
        };
        let Some(user) = user else { return Ok(None) };
        tx.commit().await?;
        Ok(Some(Self {
            id,
            job,
            user,
            db: db.clone(),
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
        match self.job {
            Job::Training(id) => training::control(&self.db, id, self.id).await,
            Job::Dataset(_) | Job::Synthesis(_) => Ok(None),
        }
    }

    /// Ends the run: product, row, event and, where the job is to go on, the next wake-up, in one transaction.
    pub async fn finish(&self, outcome: &Outcome, max_attempts: u32) -> Result<()> {
        let mut tx = self.begin().await?;
        let (name, reason) = match outcome {
            Outcome::Completed(_) => ("completed", None),
            Outcome::Retry { reason, .. } => ("retry", Some(reason.clone())),
            Outcome::Failed { reason } => ("failed", Some(reason.clone())),
            Outcome::Paused => ("paused", None),
            Outcome::Cancelled => ("cancelled", None),
            Outcome::HandedBack => ("handed_back", None),
        };
        end(&mut tx, self.id, name, reason.as_deref()).await?;
        match outcome.clone() {
            Outcome::Completed(product) => self.deliver(&mut tx, product).await?,
            Outcome::Retry { after, reason } => {
                self.requeue(&mut tx, after, &reason, max_attempts).await?
            }
            Outcome::Failed { reason } => self.release(&mut tx, Release::Fail { reason }).await?,
            Outcome::Paused => self.release(&mut tx, Release::Pause).await?,
            Outcome::Cancelled => self.release(&mut tx, Release::Cancel).await?,
            Outcome::HandedBack => {
                queue::enqueue(&mut tx, self.job, Duration::ZERO).await?;
                self.release(&mut tx, Release::Queue { refund: true })
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
            (job, product) => Err(Error::Conflict(format!(
                "a {} job can't deliver {product:?}",
                job.kind()
            ))),
        }
    }

    async fn requeue(
        &self,
        tx: &mut PgConnection,
        after: Option<Duration>,
        reason: &str,
        max_attempts: u32,
    ) -> Result<()> {
        let attempts = attempts(tx, self.job).await?;
        if attempts >= i64::from(max_attempts) {
            let reason = format!("gave up after {attempts} attempts; the last one: {reason}");
            return self.release(tx, Release::Fail { reason }).await;
        }
        let after = after.unwrap_or_else(|| backoff(attempts));
        queue::enqueue(tx, self.job, after).await?;
        self.release(tx, Release::Queue { refund: false }).await
    }

    async fn release(&self, tx: &mut PgConnection, release: Release) -> Result<()> {
        match self.job {
            Job::Dataset(id) => datasets::release(tx, id, self.user, release).await,
            Job::Training(id) => training::release(tx, id, self.user, release).await,
            Job::Synthesis(id) => syntheses::release(tx, id, self.user, release).await,
        }
    }
}

async fn end(tx: &mut PgConnection, run: RunId, outcome: &str, reason: Option<&str>) -> Result<()> {
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
    let jitter = (Uuid::new_v4().as_u128() % 1000) as f64 / 2000.0;
    Duration::from_secs_f64(seconds * (1.0 + jitter))
}

async fn attempts(tx: &mut PgConnection, job: Job) -> Result<i64> {
    let attempts = sqlx::query_scalar!(
        r#"SELECT CASE $1
             WHEN 'training' THEN (SELECT attempts FROM training_jobs WHERE id = $2)
             WHEN 'synthesis' THEN (SELECT attempts FROM syntheses WHERE id = $2)
             ELSE (SELECT attempts FROM datasets WHERE id = $2)
           END AS "attempts!""#,
        job.kind(),
        job.row_id()
    )
    .fetch_one(tx)
    .await?;
    Ok(attempts.into())
}

/// Every run that has not ended, as far as the database knows.
pub async fn live(db: &PgPool) -> Result<Vec<RunId>> {
    Ok(
        sqlx::query_scalar!(r#"SELECT id AS "id: RunId" FROM runs WHERE ended_at IS NULL"#)
            .fetch_all(db)
            .await?,
    )
}

/// Gives the jobs of runs that have not been heard of for `lost_after` to other workers, or fails them where their
/// attempts are used up, and writes missing wake-ups. Safe to call from every worker at once. Answers how many runs
/// were lost.
pub async fn rescue(db: &PgPool, lost_after: Duration, max_attempts: u32) -> Result<usize> {
    let mut rescued = 0;
    while rescue_one(db, lost_after, max_attempts).await? {
        rescued += 1;
    }
    let mut tx = db.begin().await?;
    let alone = sqlx::query_scalar!(r#"SELECT pg_try_advisory_xact_lock(7321) AS "alone!""#)
        .fetch_one(&mut *tx)
        .await?;
    if alone {
        let woken = queue::rewake(&mut tx).await?;
        if woken > 0 {
            tracing::warn!(woken, "wrote wake-ups that were missing");
        }
        tx.commit().await?;
    }
    Ok(rescued)
}

async fn rescue_one(db: &PgPool, lost_after: Duration, max_attempts: u32) -> Result<bool> {
    // The job's row is locked before its run, as every worker's write does it: the other order can deadlock.
    let lost = sqlx::query!(
        r#"SELECT id AS "id: RunId", kind, job_id, worker FROM runs
           WHERE ended_at IS NULL AND heartbeat_at < now() - make_interval(secs => $1)
           ORDER BY heartbeat_at LIMIT 1"#,
        lost_after.as_secs_f64()
    )
    .fetch_optional(db)
    .await?;
    let Some(lost) = lost else { return Ok(false) };
    let Some(job) = Job::from_row(&lost.kind, lost.job_id) else {
        return Ok(false);
    };
    let Some(user) = owner(db, job).await? else {
        // The row was deleted under the run: nothing is left to rescue.
        let mut connection = db.acquire().await?;
        end(
            &mut connection,
            lost.id,
            "lost",
            Some("the job's row is gone"),
        )
        .await?;
        return Ok(true);
    };
    let run = Run {
        id: lost.id,
        job,
        user,
        db: db.clone(),
    };
    let mut tx = match run.begin().await {
        Ok(tx) => tx,
        // Somebody else rescued or finished it meanwhile.
        Err(Error::LostRun(_)) => return Ok(true),
        Err(error) => return Err(error),
    };
    let still_lost = sqlx::query_scalar!(
        r#"SELECT id FROM runs WHERE id = $1 AND ended_at IS NULL AND heartbeat_at < now() - make_interval(secs => $2)
           FOR UPDATE"#,
        run.id.0,
        lost_after.as_secs_f64()
    )
    .fetch_optional(&mut *tx)
    .await?;
    if still_lost.is_none() {
        return Ok(true);
    }
    let reason = format!("worker {} stopped answering", lost.worker);
    end(&mut tx, run.id, "lost", Some(&reason)).await?;
    run.requeue(&mut tx, Some(Duration::ZERO), &reason, max_attempts)
        .await?;
    tx.commit().await?;
    tracing::warn!(run = run.id.0, job = ?run.job, worker = lost.worker, "rescued a lost run");
    Ok(true)
}

async fn owner(db: &PgPool, job: Job) -> Result<Option<UserId>> {
    let owner: Option<Uuid> = sqlx::query_scalar!(
        r#"SELECT CASE $1
             WHEN 'training' THEN (SELECT user_id FROM training_jobs WHERE id = $2)
             WHEN 'synthesis' THEN (SELECT user_id FROM syntheses WHERE id = $2)
             ELSE (SELECT user_id FROM datasets WHERE id = $2)
           END"#,
        job.kind(),
        job.row_id()
    )
    .fetch_one(db)
    .await?;
    Ok(owner.map(UserId))
}
