//! Training jobs. docs/jobs.md draws their states.

mod config;
mod continuation;
mod creation;
mod forecast;

pub use config::{BaseVoice, Continues, Optimizer, Precision, Preset, TrainingConfig};
pub use continuation::{Continuation, continue_from};
pub use creation::{Base, NewTraining, create, forecast_of};
pub use forecast::{Estimate, Forecast, Warning};

use chrono::{DateTime, Utc};
use jobs::{Change, JobKind, JobState, Run};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool, types::Json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Error, Result,
    conflict::Conflict,
    datasets,
    events::{self, Event},
    failure::Failure,
    folders,
    ids::{DatasetId, TrainingId, UserId, VoiceId},
    measurements::StepMetrics,
    paging::{Items, Page},
    queue::Queue,
    voices::{self, NewVoice},
};

/// What kind of model is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum ModelType {
    /// Text to speech.
    Tts,
}

/// A training job, as its owner sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Training {
    pub id: TrainingId,
    pub status: JobState,
    pub model_type: ModelType,
    /// From which recordings.
    pub dataset_id: DatasetId,
    pub dataset_name: String,
    /// As it was asked for.
    #[schema(value_type = TrainingConfig)]
    pub config: Json<TrainingConfig>,
    /// Steps in all, as far as they are known: while it runs, by its worker. Null of trainings from before they were counted.
    pub steps: Option<i64>,
    /// What it takes, as far as that was known before.
    #[schema(value_type = Option<Estimate>)]
    pub estimate: Option<Json<Estimate>>,
    /// What is likely to disappoint.
    #[schema(value_type = Vec<Warning>)]
    pub warnings: Json<Vec<Warning>>,
    /// Fraction done, 0 to 1.
    pub progress: f64,
    /// The last trained step; null before the first.
    #[schema(value_type = Option<StepMetrics>)]
    pub metrics: Option<Json<StepMetrics>>,
    /// Runs since the last checkpoint.
    pub attempts: i32,
    /// How often it has diverged, gone back to a good checkpoint and halved the learning rate.
    pub divergences: i32,
    /// Why it failed.
    pub error_message: Option<String>,
    /// Why it failed, for programs.
    #[schema(value_type = Option<Failure>)]
    pub error_details: Option<serde_json::Value>,
    pub voice_id: Option<VoiceId>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When its first run began.
    pub started_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
}

/// The columns of [`Training`] and the tables that they stand in, read by the rest of the statement.
macro_rules! query_trainings {
    ($rest:literal, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            Training,
            r#"SELECT job.id AS "id: TrainingId", job.status AS "status: JobState",
                  job.model_type AS "model_type: ModelType", job.dataset_id AS "dataset_id: DatasetId",
                  datasets.name AS dataset_name, job.config AS "config: Json<TrainingConfig>",
                  coalesce((job.metrics ->> 'totalSteps')::bigint, job.steps) AS steps,
                  job.estimate AS "estimate: Json<Estimate>", job.warnings AS "warnings: Json<Vec<Warning>>", job.progress,
                  job.metrics AS "metrics: Json<StepMetrics>", jobs.attempts, job.divergences, job.error_message,
                  jobs.error_details,
                  voices.id AS "voice_id?: VoiceId", job.created_at, job.started_at, job.completed_at, job.updated_at
           FROM training_jobs AS job
           JOIN jobs USING (id)
           JOIN datasets ON datasets.id = job.dataset_id
           LEFT JOIN voices ON voices.training_job_id = job.id
"# + $rest,
            $($argument),+
        )
    };
}

/// One of the user's trainings.
pub async fn find(db: &PgPool, user: UserId, id: TrainingId) -> Result<Training> {
    query_trainings!(
        r#"           WHERE job.id = $1 AND job.user_id = $2"#,
        id.0,
        user.0
    )
    .fetch_optional(db)
    .await?
    .ok_or(Error::NotFound("training"))
}

/// The user's trainings, newest first.
pub async fn list(db: &PgPool, user: UserId, page: Page) -> Result<Items<Training>> {
    let rows = query_trainings!(
        r#"           WHERE job.user_id = $1
             AND ($2::uuid IS NULL OR (job.created_at, job.id) < (SELECT created_at, id FROM training_jobs WHERE id = $2))
           ORDER BY job.created_at DESC, job.id DESC LIMIT $3"#,
        user.0,
        page.cursor,
        page.limit + 1
    )
    .fetch_all(db)
    .await?;
    Ok(Items::from_probe(rows, page, |row| row.id.0))
}

/// Deletes one that has ended, with its curves, evaluations, checkpoints and log. Its voice stays. Answers the storage folders
/// to delete after it.
pub async fn delete(db: &PgPool, user: UserId, id: TrainingId) -> Result<[String; 3]> {
    let mut tx = db.begin().await?;
    if !jobs::control::lock::<Training>(&mut tx, user.0, id)
        .await?
        .is_ended()
    {
        return Err(Conflict::TrainingNotEnded.into());
    }
    if are_checkpoints_needed(&mut tx, id).await? {
        return Err(Conflict::CheckpointInUse.into());
    }
    jobs::control::delete(&mut tx, &[id.0]).await?;
    sqlx::query!("DELETE FROM training_jobs WHERE id = $1", id.0)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok([
        folders::checkpoints(id),
        folders::samples(id),
        folders::tensorboard(id),
    ])
}

/// Whether a training that hasn't ended begins from a checkpoint of this one. None can come before `tx` ends.
async fn are_checkpoints_needed(tx: &mut PgConnection, training: TrainingId) -> Result<bool> {
    // In a statement of its own: the next one sees what came while this one waited for a lock.
    sqlx::query!(
        "SELECT id FROM checkpoints WHERE training_job_id = $1 ORDER BY id FOR UPDATE",
        training.0
    )
    .fetch_all(&mut *tx)
    .await?;
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM training_jobs AS job JOIN checkpoints ON checkpoints.id = job.from_checkpoint_id
                          WHERE checkpoints.training_job_id = $1 AND job.status IN ('queued', 'running', 'paused')) AS "needed!""#,
        training.0
    )
    .fetch_one(tx)
    .await?)
}

impl JobKind for Training {
    const KIND: &'static str = "training";
    const QUEUE: &'static str = Queue::Training.name();
    type Id = TrainingId;
    type Output = NewVoice;

    async fn record_output(
        tx: &mut PgConnection,
        id: TrainingId,
        owner: Uuid,
        voice: NewVoice,
    ) -> jobs::Result<()> {
        let user = UserId(owner);
        voices::insert(tx, user, id, &voice).await?;
        sqlx::query!("UPDATE training_jobs SET progress = 1 WHERE id = $1", id.0)
            .execute(&mut *tx)
            .await?;
        let event = Event::TrainingComplete {
            training_id: id,
            status: JobState::Completed,
            voice_id: voice.id,
        };
        Ok(events::publish(tx, user, &event).await?)
    }

    async fn changed(
        tx: &mut PgConnection,
        id: TrainingId,
        owner: Uuid,
        change: &Change,
    ) -> jobs::Result<()> {
        let status = change.state;
        let event = match (status, &change.reason) {
            (JobState::Paused, _) => Event::TrainingPaused {
                training_id: id,
                status,
            },
            (JobState::Cancelled, _) => Event::TrainingCancelled {
                training_id: id,
                status,
            },
            (JobState::Failed, Some(reason)) => Event::TrainingError {
                training_id: id,
                status,
                message: reason.message().into(),
                details: reason.details().cloned(),
            },
            _ => {
                let row = sqlx::query!(
                    r#"SELECT progress, metrics AS "metrics: Json<StepMetrics>" FROM training_jobs WHERE id = $1"#,
                    id.0
                )
                .fetch_one(&mut *tx)
                .await?;
                Event::TrainingProgress {
                    training_id: id,
                    status,
                    progress: row.progress,
                    metrics: row.metrics.map(|metrics| metrics.0),
                }
            }
        };
        Ok(events::publish(tx, UserId(owner), &event).await?)
    }
}

/// The training that a run carries out.
pub async fn of_run(run: &Run<Training>) -> Result<Training> {
    find(run.db(), UserId::of(run), run.job).await
}

pub async fn clips(run: &Run<Training>, dataset: DatasetId) -> Result<Vec<datasets::Clip>> {
    let clips = datasets::clips(run.db(), UserId::of(run), dataset).await?;
    Ok(clips
        .into_iter()
        .filter(|clip| clip.excluded_reason.is_none())
        .collect())
}
