//! Trainings that diverge: they go back to a good checkpoint and halve the learning rate, until they have done so too often.

use jobs::Run;

use crate::{Result, log_message::LogMessage, states::LogLevel, training::Training, training_log};

/// So often a training goes back.
pub const MAX_DIVERGENCES: i32 = 3;

/// Lets a training that diverged go back: its next run goes on from the newest checkpoint that is good, or from the start,
/// at half the learning rate. Checkpoints from after the divergence began are given up. `false` where it has gone back
/// too often already.
pub async fn go_back(run: &Run<Training>, training: &Training, step: u64) -> Result<bool> {
    let mut tx = run.begin().await?;
    let divergences = sqlx::query_scalar!(
        "UPDATE training_jobs SET divergences = divergences + 1 WHERE id = $1 AND divergences < $2 RETURNING divergences",
        run.job.0,
        MAX_DIVERGENCES
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(divergences) = divergences else {
        return Ok(false);
    };
    // Those are bad whose mel loss is that of a voice that knows nothing, and twice that of the best.
    sqlx::query!(
        "DELETE FROM checkpoints WHERE training_job_id = $1 AND step >
             (SELECT max(step) FROM checkpoints WHERE training_job_id = $1
              AND loss <= greatest(1.5, 2 * (SELECT min(loss) FROM checkpoints WHERE training_job_id = $1)))",
        run.job.0
    )
    .execute(&mut *tx)
    .await?;
    let checkpoint = sqlx::query_scalar!(
        "SELECT max(step) FROM checkpoints WHERE training_job_id = $1",
        run.job.0
    )
    .fetch_one(&mut *tx)
    .await?;
    let line = LogMessage::WentBack {
        step,
        checkpoint_step: checkpoint,
        learning_rate: training.config.learning_rate_after(divergences),
    };
    training_log::write(&mut tx, run, LogLevel::Warning, &line).await?;
    tx.commit().await?;
    Ok(true)
}
