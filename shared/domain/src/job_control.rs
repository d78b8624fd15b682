//! Pause, resume, cancel, of the jobs that go on for long: trainings and downloads. Each ends in one state, however often
//! and together with whatever else it is pressed.

use std::time::Duration;

use sqlx::{PgConnection, PgPool};

use crate::{
    Error, Result,
    control::{self, Control},
    ids::{RunId, UserId},
    jobs::JobState,
    queue::{self, Job},
    runs::{Release, release},
};

/// Asks a job to pause. One that waits pauses at once; a running one keeps first what it has done.
pub async fn pause(db: &PgPool, user: UserId, job: Job) -> Result<()> {
    ask(db, user, job, Control::Pause).await
}

/// Asks a job to stop for good.
pub async fn cancel(db: &PgPool, user: UserId, job: Job) -> Result<()> {
    ask(db, user, job, Control::Cancel).await
}

async fn ask(db: &PgPool, user: UserId, job: Job, wish: Control) -> Result<()> {
    let mut tx = db.begin().await?;
    let status = lock(&mut tx, user, job).await?;
    match (status, wish) {
        (JobState::Running, _) => {
            tell(&mut tx, job, wish).await?;
            control::call(&mut tx, job.row_id()).await?;
        }
        (JobState::Queued, Control::Pause) => release(&mut tx, job, user, Release::Pause).await?,
        (JobState::Queued | JobState::Paused, Control::Cancel) => {
            release(&mut tx, job, user, Release::Cancel).await?;
        }
        // A failed download keeps what came, for another attempt; cancelled, it gives that up.
        (JobState::Failed, Control::Cancel) if matches!(job, Job::Download(_)) => {
            release(&mut tx, job, user, Release::Cancel).await?;
        }
        (JobState::Paused, Control::Pause) | (JobState::Cancelled, Control::Cancel) => {}
        (JobState::Completed | JobState::Failed | JobState::Cancelled, _) => {
            return Err(ended(job));
        }
    }
    Ok(tx.commit().await?)
}

/// Lets a paused or failed job go on from where it was, with all its attempts.
pub async fn resume(db: &PgPool, user: UserId, job: Job) -> Result<()> {
    let mut tx = db.begin().await?;
    match lock(&mut tx, user, job).await? {
        JobState::Paused | JobState::Failed => {
            begin_anew(&mut tx, job).await?;
            let (refund, after) = (false, Duration::ZERO);
            queue::enqueue(&mut tx, job, after).await?;
            release(&mut tx, job, user, Release::Queue { refund, after }).await?;
        }
        JobState::Running => {
            // Asked to pause, and resumed before the worker heard of it.
            take_back(&mut tx, job).await?;
            control::call(&mut tx, job.row_id()).await?;
        }
        JobState::Queued => {}
        JobState::Completed | JobState::Cancelled => return Err(ended(job)),
    }
    Ok(tx.commit().await?)
}

fn ended(job: Job) -> Error {
    Error::Conflict(format!("this {} has ended", job.kind()))
}

async fn lock(tx: &mut PgConnection, user: UserId, job: Job) -> Result<JobState> {
    let status = match job {
        Job::Training(id) => {
            sqlx::query_scalar!(
                r#"SELECT status AS "status: JobState" FROM training_jobs WHERE id = $1 AND user_id = $2
                   FOR NO KEY UPDATE"#,
                id.0,
                user.0
            )
            .fetch_optional(tx)
            .await?
        }
        Job::Download(id) => {
            sqlx::query_scalar!(
                r#"SELECT status AS "status: JobState" FROM download_queue WHERE id = $1 AND user_id = $2
                   FOR NO KEY UPDATE"#,
                id.0,
                user.0
            )
            .fetch_optional(tx)
            .await?
        }
        Job::Dataset(_) | Job::Synthesis(_) => {
            return Err(Error::Conflict(format!("a {} is not steered", job.kind())));
        }
    };
    status.ok_or(Error::NotFound(job.kind()))
}

/// Writes what is asked of a running job. Cancelling outweighs pausing, whichever is pressed first.
async fn tell(tx: &mut PgConnection, job: Job, wish: Control) -> Result<()> {
    match job {
        Job::Training(id) => {
            sqlx::query!(
                "UPDATE training_jobs SET control = CASE WHEN control = 'cancel' THEN control ELSE $2 END WHERE id = $1",
                id.0,
                wish.name()
            )
            .execute(tx)
            .await?;
        }
        Job::Download(id) => {
            sqlx::query!(
                "UPDATE download_queue SET control = CASE WHEN control = 'cancel' THEN control ELSE $2 END WHERE id = $1",
                id.0,
                wish.name()
            )
            .execute(tx)
            .await?;
        }
        Job::Dataset(_) | Job::Synthesis(_) => {}
    }
    Ok(())
}

async fn take_back(tx: &mut PgConnection, job: Job) -> Result<()> {
    match job {
        Job::Training(id) => {
            sqlx::query!(
                "UPDATE training_jobs SET control = NULL WHERE id = $1 AND control = 'pause'",
                id.0
            )
            .execute(tx)
            .await?;
        }
        Job::Download(id) => {
            sqlx::query!(
                "UPDATE download_queue SET control = NULL WHERE id = $1 AND control = 'pause'",
                id.0
            )
            .execute(tx)
            .await?;
        }
        Job::Dataset(_) | Job::Synthesis(_) => {}
    }
    Ok(())
}

async fn begin_anew(tx: &mut PgConnection, job: Job) -> Result<()> {
    match job {
        Job::Training(id) => {
            sqlx::query!("UPDATE training_jobs SET attempts = 0 WHERE id = $1", id.0)
                .execute(tx)
                .await?;
        }
        Job::Download(id) => {
            sqlx::query!(
                "UPDATE download_queue SET attempts = 0, troubled_since = NULL WHERE id = $1",
                id.0
            )
            .execute(tx)
            .await?;
        }
        Job::Dataset(_) | Job::Synthesis(_) => {}
    }
    Ok(())
}

/// What is asked of the job that `run` carries out.
pub(crate) async fn wish(db: &PgPool, job: Job, run: RunId) -> Result<Option<Control>> {
    let row = match job {
        Job::Training(id) => {
            sqlx::query_scalar!(
                "SELECT control FROM training_jobs WHERE id = $1 AND run_id = $2",
                id.0,
                run.0
            )
            .fetch_optional(db)
            .await?
        }
        Job::Download(id) => {
            sqlx::query_scalar!(
                "SELECT control FROM download_queue WHERE id = $1 AND run_id = $2",
                id.0,
                run.0
            )
            .fetch_optional(db)
            .await?
        }
        Job::Dataset(_) | Job::Synthesis(_) => return Ok(None),
    };
    let control = row.ok_or(Error::LostRun(run))?;
    Ok(control.as_deref().map(Control::from_name))
}
