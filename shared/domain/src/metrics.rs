//! What every trained step measured, and the way a run writes it; [`curve`] reads it.

mod curve;

use jobs::{JobState, Run};
use sqlx::PgConnection;

pub use self::curve::{Measured, MetricPoint, curve};
use crate::{
    Result,
    events::{self, Event},
    ids::{TrainingId, UserId},
    measurements::{GradientNorms, Losses, StepMetrics},
    training::Training,
};

/// Steps of a row of `training_metric_blocks`.
const BLOCK_STEPS: i64 = 64;

/// Forgets steps that were trained after the checkpoint at `step`, and evaluations: they will be made again.
pub async fn rewind(run: &Run<Training>, step: i64) -> Result<()> {
    let mut tx = run.begin().await?;
    sqlx::query!(
        "WITH blocks AS (DELETE FROM training_metric_blocks WHERE training_job_id = $1 AND step > $2)
         DELETE FROM training_metrics WHERE training_job_id = $1 AND step > $2",
        run.job.0,
        step
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "DELETE FROM evaluations WHERE training_job_id = $1 AND step > $2",
        run.job.0,
        step
    )
    .execute(&mut *tx)
    .await?;
    Ok(tx.commit().await?)
}

/// Records trained steps, in order, and publishes the last one: curves, row, event and NOTIFY in one transaction.
pub async fn record(run: &Run<Training>, steps: &[StepMetrics]) -> Result<()> {
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else {
        return Ok(());
    };
    let progress = (last.step as f64 / last.total_steps.max(1) as f64).clamp(0.0, 1.0);
    let mut tx = run.begin().await?;
    write_steps(&mut tx, run.job, steps).await?;
    let before = first.step - 1;
    if before / BLOCK_STEPS < last.step / BLOCK_STEPS {
        sqlx::query!(
            "SELECT write_training_metric_blocks($1, $2, $3)",
            run.job.0,
            before,
            last.step
        )
        .execute(&mut *tx)
        .await?;
    }
    sqlx::query!(
        "UPDATE training_jobs SET progress = $2, metrics = $3 WHERE id = $1",
        run.job.0,
        progress,
        serde_json::to_value(last)?
    )
    .execute(&mut *tx)
    .await?;
    let event = Event::TrainingProgress {
        training_id: run.job,
        status: JobState::Running,
        progress,
        metrics: Some(last.clone()),
    };
    events::publish(&mut tx, UserId::of(run), &event).await?;
    Ok(tx.commit().await?)
}

async fn write_steps(db: &mut PgConnection, id: TrainingId, steps: &[StepMetrics]) -> Result<()> {
    let losses = |term: fn(&Losses) -> f32| -> Vec<f32> {
        steps.iter().map(|step| term(&step.losses)).collect()
    };
    let norms = |network: fn(GradientNorms) -> f32| -> Vec<Option<f32>> {
        steps
            .iter()
            .map(|step| step.gradient_norms.map(network))
            .collect()
    };
    sqlx::query!(
        "INSERT INTO training_metrics
             (training_job_id, step, epoch, learning_rate, steps_per_second, generator, discriminator, mel, kl, duration,
              adversarial, feature_matching, generator_gradient_norm, discriminator_gradient_norm)
         SELECT $1, * FROM unnest($2::bigint[], $3::int[], $4::double precision[], $5::double precision[], $6::real[],
                                  $7::real[], $8::real[], $9::real[], $10::real[], $11::real[], $12::real[], $13::real[],
                                  $14::real[])
         ON CONFLICT (training_job_id, step) DO UPDATE
             SET epoch = EXCLUDED.epoch, learning_rate = EXCLUDED.learning_rate,
                 steps_per_second = EXCLUDED.steps_per_second, at = now(), generator = EXCLUDED.generator,
                 discriminator = EXCLUDED.discriminator, mel = EXCLUDED.mel, kl = EXCLUDED.kl,
                 duration = EXCLUDED.duration, adversarial = EXCLUDED.adversarial,
                 feature_matching = EXCLUDED.feature_matching,
                 generator_gradient_norm = EXCLUDED.generator_gradient_norm,
                 discriminator_gradient_norm = EXCLUDED.discriminator_gradient_norm",
        id.0,
        &steps.iter().map(|step| step.step).collect::<Vec<_>>(),
        &steps.iter().map(|step| step.epoch).collect::<Vec<_>>(),
        &steps
            .iter()
            .map(|step| step.learning_rate)
            .collect::<Vec<_>>(),
        &steps
            .iter()
            .map(|step| step.steps_per_second)
            .collect::<Vec<_>>(),
        &losses(|losses| losses.generator),
        &losses(|losses| losses.discriminator),
        &losses(|losses| losses.mel),
        &losses(|losses| losses.kl),
        &losses(|losses| losses.duration),
        &losses(|losses| losses.adversarial),
        &losses(|losses| losses.feature_matching),
        &norms(|norms| norms.generator) as &[Option<f32>],
        &norms(|norms| norms.discriminator) as &[Option<f32>],
    )
    .execute(db)
    .await?;
    Ok(())
}
