//! What every trained step measured: the curves, and the way a run writes them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{PgPool, types::Json};
use utoipa::ToSchema;

use crate::{
    Result,
    events::{self, Event},
    ids::{TrainingId, UserId},
    jobs::JobState,
    runs::Run,
    training,
};

/// The terms of the loss at one step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Losses {
    /// The generator's whole loss, weighted.
    pub generator: f64,
    /// The discriminators'.
    pub discriminator: f64,
    /// L1 of log-mel spectrograms, unweighted.
    pub mel: f64,
    /// Kullback-Leibler divergence of posterior and prior.
    pub kl: f64,
    /// Duration predictor's.
    pub duration: f64,
    /// Least-squares adversarial.
    pub adversarial: f64,
    /// Feature matching.
    pub feature_matching: f64,
}

/// One trained step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepMetrics {
    /// From 1.
    pub epoch: i32,
    /// From 1, over all epochs.
    pub step: i64,
    /// Steps in all.
    pub total_steps: i64,
    /// The terms of the loss.
    pub losses: Losses,
    /// At this step.
    pub learning_rate: f64,
    /// Smoothed.
    pub steps_per_second: f64,
    /// Until the last step, at this speed.
    pub eta_seconds: f64,
}

/// A point of the curves.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricPoint {
    /// From 1, over all epochs.
    pub step: i64,
    /// From 1.
    pub epoch: i32,
    /// The terms of the loss.
    #[schema(value_type = Losses)]
    pub losses: Json<Losses>,
    /// At this step.
    pub learning_rate: f64,
    /// Smoothed.
    pub steps_per_second: f64,
    /// When it was trained.
    pub at: DateTime<Utc>,
}

/// The curves of a user's training after step `since`: at most about `points` points, evenly spaced, the last one always.
pub async fn curve(
    db: &PgPool,
    user: UserId,
    id: TrainingId,
    since: i64,
    points: i64,
) -> Result<Vec<MetricPoint>> {
    training::find(db, user, id).await?;
    Ok(sqlx::query_as!(
        MetricPoint,
        r#"WITH span AS (
               SELECT greatest(1, ceil(count(*)::double precision / $3)::bigint) AS stride, max(step) AS last
               FROM training_metrics WHERE training_job_id = $1 AND step > $2
           )
           SELECT step, epoch, losses AS "losses: Json<Losses>", learning_rate, steps_per_second, at
           FROM training_metrics, span
           WHERE training_job_id = $1 AND step > $2 AND (step % stride = 0 OR step = last)
           ORDER BY step"#,
        id.0,
        since,
        points as f64
    )
    .fetch_all(db)
    .await?)
}

impl Run {
    /// Forgets steps that were trained after the checkpoint at `step`, and evaluations: they will be made again.
    pub async fn rewind(&self, id: TrainingId, step: i64) -> Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query!(
            "DELETE FROM training_metrics WHERE training_job_id = $1 AND step > $2",
            id.0,
            step
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "DELETE FROM evaluations WHERE training_job_id = $1 AND step > $2",
            id.0,
            step
        )
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Records trained steps, in order, and tells of the last one: curves, row, event and NOTIFY in one transaction.
    pub async fn progress(&self, id: TrainingId, steps: &[StepMetrics]) -> Result<()> {
        let Some(last) = steps.last() else {
            return Ok(());
        };
        let losses = steps
            .iter()
            .map(|step| serde_json::to_value(step.losses))
            .collect::<std::result::Result<Vec<_>, _>>()?;
        let progress = (last.step as f64 / last.total_steps.max(1) as f64).clamp(0.0, 1.0);
        let mut tx = self.begin().await?;
        sqlx::query!(
            "INSERT INTO training_metrics (training_job_id, step, epoch, losses, learning_rate, steps_per_second)
             SELECT $1, * FROM unnest($2::bigint[], $3::int[], $4::jsonb[], $5::double precision[], $6::double precision[])
             ON CONFLICT (training_job_id, step) DO UPDATE
                 SET epoch = EXCLUDED.epoch, losses = EXCLUDED.losses, learning_rate = EXCLUDED.learning_rate,
                     steps_per_second = EXCLUDED.steps_per_second, at = now()",
            id.0,
            &steps.iter().map(|step| step.step).collect::<Vec<_>>(),
            &steps.iter().map(|step| step.epoch).collect::<Vec<_>>(),
            &losses,
            &steps.iter().map(|step| step.learning_rate).collect::<Vec<_>>(),
            &steps.iter().map(|step| step.steps_per_second).collect::<Vec<_>>(),
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "UPDATE training_jobs SET progress = $2, metrics = $3 WHERE id = $1",
            id.0,
            progress,
            serde_json::to_value(last)?
        )
        .execute(&mut *tx)
        .await?;
        let event = Event::TrainingProgress {
            training_id: id,
            status: JobState::Running,
            progress,
            metrics: Some(last.clone()),
        };
        events::publish(&mut tx, self.user, &event).await?;
        Ok(tx.commit().await?)
    }
}
