//! The curves of a training at bounded size, with every spike.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use crate::{
    Result,
    ids::{TrainingId, UserId},
    measurements::{GradientNorms, Losses},
    training,
};

/// A point of the curves: a run of consecutive steps. A single step is itself: mean, least and greatest are the same.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricPoint {
    /// The last of its steps; from 1, over all epochs.
    pub step: i64,
    /// How many steps it stands for.
    pub steps: i64,
    /// Of the last step; from 1.
    pub epoch: i32,
    /// The mean over its steps: the line that one would draw through all of them by hand.
    pub losses: Losses,
    /// The mean over those of its steps that have any.
    pub gradient_norms: Option<GradientNorms>,
    /// The least of each.
    pub min: Measured,
    /// The greatest of each.
    pub max: Measured,
    /// At the last step.
    pub learning_rate: f64,
    /// Smoothed, at the last step.
    pub steps_per_second: f64,
    /// When the last step was trained.
    pub at: DateTime<Utc>,
}

/// All that is measured at a step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Measured {
    /// The terms of the loss.
    pub losses: Losses,
    /// Of the gradients; `null` where no step has any.
    pub gradient_norms: Option<GradientNorms>,
}

/// The curves of a user's training after step `since`: at most `points` points, the newest step always the last of them.
///
/// The steps of a point are a power of two, and points begin at its multiples: requested again with the last step as `since`,
/// the next response continues where the last one ended. From 64 steps a point, blocks stand for the steps.
pub async fn curve(
    db: &PgPool,
    user: UserId,
    id: TrainingId,
    since: i64,
    points: i64,
) -> Result<Vec<MetricPoint>> {
    training::find(db, user, id).await?;
    let rows = sqlx::query!(
        r#"WITH newest AS (
               SELECT step AS last FROM training_metrics
               WHERE training_job_id = $1 AND step > $2 ORDER BY step DESC LIMIT 1
           ), grid AS (
               SELECT last, (SELECT min(1::bigint << bits) FROM generate_series(0, 62) AS bits
                             WHERE (last - 1) / (1::bigint << bits) - $2 / (1::bigint << bits) < $3) AS stride
               FROM newest
           ), blocks AS (
               SELECT CASE WHEN worthwhile THEN first ELSE $2 END AS after,
                      CASE WHEN worthwhile THEN final ELSE $2 END AS until
               FROM grid,
                    LATERAL (SELECT ($2 + 63) / 64 * 64, last / 64 * 64) AS whole (first, final),
                    LATERAL (SELECT stride >= 64 AND first < final) AS decision (worthwhile)
           ), parts AS (
               SELECT * FROM training_metric_parts
               WHERE steps = 1 AND training_job_id = $1 AND step > $2 AND step <= (SELECT after FROM blocks)
               UNION ALL
               SELECT * FROM training_metric_parts
               WHERE steps = 64 AND training_job_id = $1
                 AND step > (SELECT after FROM blocks) AND step <= (SELECT until FROM blocks)
               UNION ALL
               SELECT * FROM training_metric_parts
               WHERE steps = 1 AND training_job_id = $1 AND step > (SELECT until FROM blocks)
           ), points AS (
               SELECT max(step) AS step, sum(steps) AS steps,
                      ARRAY[sum(mean[1] * steps) / sum(steps), sum(mean[2] * steps) / sum(steps),
                            sum(mean[3] * steps) / sum(steps), sum(mean[4] * steps) / sum(steps),
                            sum(mean[5] * steps) / sum(steps), sum(mean[6] * steps) / sum(steps),
                            sum(mean[7] * steps) / sum(steps),
                            sum(mean[8] * steps) / sum(steps) FILTER (WHERE mean[8] IS NOT NULL),
                            sum(mean[9] * steps) / sum(steps) FILTER (WHERE mean[9] IS NOT NULL)]::real[] AS mean,
                      ARRAY[min(lowest[1]), min(lowest[2]), min(lowest[3]), min(lowest[4]), min(lowest[5]),
                            min(lowest[6]), min(lowest[7]), min(lowest[8]), min(lowest[9])] AS lowest,
                      ARRAY[max(highest[1]), max(highest[2]), max(highest[3]), max(highest[4]), max(highest[5]),
                            max(highest[6]), max(highest[7]), max(highest[8]), max(highest[9])] AS highest
               FROM parts GROUP BY (step - 1) / (SELECT stride FROM grid)
           )
           SELECT step AS "step!", steps AS "steps!", epoch, mean AS "mean!: Vec<Option<f32>>",
                  lowest AS "lowest!: Vec<Option<f32>>", highest AS "highest!: Vec<Option<f32>>",
                  learning_rate, steps_per_second, at
           FROM points JOIN training_metrics USING (step) WHERE training_job_id = $1 ORDER BY step"#,
        id.0,
        since.max(0),
        points
    )
    .fetch_all(db)
    .await?;
    let points = rows.into_iter().map(|row| {
        let mean = Measured::from_columns(&row.mean);
        MetricPoint {
            step: row.step,
            steps: row.steps,
            epoch: row.epoch,
            losses: mean.losses,
            gradient_norms: mean.gradient_norms,
            min: Measured::from_columns(&row.lowest),
            max: Measured::from_columns(&row.highest),
            learning_rate: row.learning_rate,
            steps_per_second: row.steps_per_second,
            at: row.at,
        }
    });
    Ok(points.collect())
}

impl Measured {
    /// From the arrays of `training_metric_parts`, which have the order of the columns of `training_metrics`.
    fn from_columns(columns: &[Option<f32>]) -> Self {
        let column = |index: usize| columns.get(index).copied().flatten();
        // Losses are NOT NULL.
        let loss = |index| column(index).unwrap_or(f32::NAN);
        let norms = column(7).zip(column(8));
        Self {
            losses: Losses {
                generator: loss(0),
                discriminator: loss(1),
                mel: loss(2),
                kl: loss(3),
                duration: loss(4),
                adversarial: loss(5),
                feature_matching: loss(6),
            },
            gradient_norms: norms.map(|(generator, discriminator)| GradientNorms {
                generator,
                discriminator,
            }),
        }
    }
}
