//! Pause, resume, cancel: each ends in one state, however often and together with whatever else it is pressed.

use std::time::Duration;

use sqlx::{PgConnection, PgPool};

use crate::{
    Error, Result,
    control::{self, Control},
    ids::{RunId, TrainingId, UserId},
    queue::{self, Job},
    runs::Release,
    training::{Training, TrainingState, find, release},
};

/// Asks a training to pause. One that waits pauses at once; a running one writes a checkpoint first.
pub async fn pause(db: &PgPool, user: UserId, id: TrainingId) -> Result<Training> {
    ask(db, user, id, Control::Pause).await
}

/// Asks a training to stop for good.
pub async fn cancel(db: &PgPool, user: UserId, id: TrainingId) -> Result<Training> {
    ask(db, user, id, Control::Cancel).await
}

async fn ask(db: &PgPool, user: UserId, id: TrainingId, wish: Control) -> Result<Training> {
    let mut tx = db.begin().await?;
    let status = lock(&mut tx, user, id).await?;
    match (status, wish) {
        (TrainingState::Running, _) => {
            // Cancelling outweighs pausing, whichever is pressed first.
            sqlx::query!(
                "UPDATE training_jobs SET control = CASE WHEN control = 'cancel' THEN control ELSE $2 END WHERE id = $1",
                id.0,
                wish.name()
            )
            .execute(&mut *tx)
            .await?;
            control::call(&mut tx, Job::Training(id)).await?;
        }
        (TrainingState::Queued, Control::Pause) => {
            release(&mut tx, id, user, Release::Pause).await?;
        }
        (TrainingState::Queued | TrainingState::Paused, Control::Cancel) => {
            release(&mut tx, id, user, Release::Cancel).await?;
        }
        (TrainingState::Paused, Control::Pause) | (TrainingState::Cancelled, Control::Cancel) => {}
        (TrainingState::Completed | TrainingState::Failed | TrainingState::Cancelled, _) => {
            return Err(Error::Conflict("this training has ended".into()));
        }
    }
    tx.commit().await?;
    find(db, user, id).await
}

/// Lets a paused or failed training go on from its last checkpoint, with all its attempts.
pub async fn resume(db: &PgPool, user: UserId, id: TrainingId) -> Result<Training> {
    let mut tx = db.begin().await?;
    match lock(&mut tx, user, id).await? {
        TrainingState::Paused | TrainingState::Failed => {
            sqlx::query!("UPDATE training_jobs SET attempts = 0 WHERE id = $1", id.0)
                .execute(&mut *tx)
                .await?;
            let (refund, after) = (false, Duration::ZERO);
            queue::enqueue(&mut tx, Job::Training(id), after).await?;
            release(&mut tx, id, user, Release::Queue { refund, after }).await?;
        }
        TrainingState::Running => {
            // Asked to pause, and resumed before the worker heard of it.
            sqlx::query!(
                "UPDATE training_jobs SET control = NULL WHERE id = $1 AND control = 'pause'",
                id.0
            )
            .execute(&mut *tx)
            .await?;
            control::call(&mut tx, Job::Training(id)).await?;
        }
        TrainingState::Queued => {}
        TrainingState::Completed | TrainingState::Cancelled => {
            return Err(Error::Conflict("this training has ended".into()));
        }
    }
    tx.commit().await?;
    find(db, user, id).await
}

async fn lock(tx: &mut PgConnection, user: UserId, id: TrainingId) -> Result<TrainingState> {
    sqlx::query_scalar!(
        r#"SELECT status AS "status: TrainingState" FROM training_jobs WHERE id = $1 AND user_id = $2
           FOR NO KEY UPDATE"#,
        id.0,
        user.0
    )
    .fetch_optional(tx)
    .await?
    .ok_or(Error::NotFound("training"))
}

/// What is asked of the training that `run` carries out.
pub(crate) async fn wish(db: &PgPool, id: TrainingId, run: RunId) -> Result<Option<Control>> {
    let row = sqlx::query!(
        "SELECT control FROM training_jobs WHERE id = $1 AND run_id = $2",
        id.0,
        run.0
    )
    .fetch_optional(db)
    .await?
    .ok_or(Error::LostRun(run))?;
    Ok(row.control.as_deref().map(Control::from_name))
}
