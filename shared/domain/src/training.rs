//! Training jobs. docs/jobs.md draws their states.

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
    idempotency::{self, IdempotencyKey},
    ids::{DatasetId, ModelId, TrainingId, UserId, VoiceId},
    measurements::StepMetrics,
    models::{self, BaseModel},
    paging::{Items, Page},
    queue::Queue,
    text_analysis::TextMode,
    training_dictionary,
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

/// How large the network is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// For a laptop's CPU.
    #[default]
    Tiny,
    /// For a night on a CPU, or a small GPU.
    Small,
    /// The size of the MMS voices, for a GPU.
    Mms,
}

/// What changes the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Optimizer {
    /// AdamW (Loshchilov & Hutter 2019).
    #[default]
    AdamW,
}

/// What the wide convolutions are computed in; all else is in single precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// bfloat16 on GPUs that multiply it by themselves (from Ampere on), else single precision.
    #[default]
    Auto,
    /// Single precision.
    Fp32,
    /// bfloat16: on a CPU it is quicker where the processor has AMX, and slower elsewhere.
    Bf16,
}

/// What to train, as it was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrainingConfig {
    /// Passes over the dataset.
    pub epochs: u32,
    /// Clips a step.
    pub batch_size: u32,
    /// AdamW's; null takes the preset's.
    pub learning_rate: Option<f64>,
    /// The network; null takes the base's own.
    pub preset: Option<Preset>,
    /// Of all randomness: the same seed gives the same numbers.
    pub seed: u64,
    /// Steps between checkpoints, before each of which the voice is evaluated; null takes the worker's default.
    pub checkpoint_every: Option<u32>,
    /// Fraction of the clips that the voice is evaluated on and doesn't learn from; 0 for none.
    #[serde(default)]
    pub validation_split: f64,
    /// Ends the training after so many evaluations in a row without a lower mel loss; null never does.
    #[serde(default)]
    pub early_stopping: Option<u32>,
    #[serde(default)]
    pub optimizer: Optimizer,
    /// What it is computed in.
    #[serde(default)]
    pub precision: Precision,
    /// The model that it begins from; null begins from nothing.
    #[serde(default)]
    pub base: Option<BaseModel>,
    /// What the voice is taught; null of trainings from before there was a choice, which teach characters as they are.
    #[serde(default)]
    pub text: Option<TextMode>,
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
    /// Fraction done, 0 to 1.
    pub progress: f64,
    /// The last trained step; null before the first.
    #[schema(value_type = Option<StepMetrics>)]
    pub metrics: Option<Json<StepMetrics>>,
    /// Runs since the last checkpoint.
    pub attempts: i32,
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

/// Creates a training: row and wake-up in one transaction. Without a dataset it takes the shipped sample; `base` is an
/// installed model to begin from.
pub async fn create(
    db: &PgPool,
    user: UserId,
    model_type: ModelType,
    dataset: Option<DatasetId>,
    base: Option<ModelId>,
    mut config: TrainingConfig,
    key: Option<&IdempotencyKey>,
) -> Result<Training> {
    let id = TrainingId(Uuid::new_v4());
    let mut tx = db.begin().await?;
    if let Some(key) = key
        && let Some(first) = idempotency::claim(&mut tx, user, key, id.0).await?
    {
        // Nobody holds one connection while waiting for another.
        drop(tx);
        return find(db, user, TrainingId(first)).await;
    }
    if let Some(base) = base {
        config.base = Some(models::base(&mut tx, user, base).await?);
    }
    let written = sqlx::query!(
        r#"INSERT INTO training_jobs (id, user_id, dataset_id, model_type, config, model_id)
         SELECT $1, $2, id, $4, $5, $6 FROM datasets
         WHERE status = 'ready' AND CASE WHEN $3::uuid IS NULL THEN user_id IS NULL
                                         ELSE id = $3 AND (user_id = $2 OR user_id IS NULL) END
         LIMIT 1
         RETURNING dataset_id AS "dataset_id: DatasetId", created_at, updated_at,
                   (SELECT name FROM datasets WHERE datasets.id = dataset_id) AS "dataset_name!""#,
        id.0,
        user.0,
        dataset.map(|id| id.0),
        model_type as ModelType,
        serde_json::to_value(&config)?,
        base.map(|id| id.0)
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(written) = written else {
        // Nobody holds one connection while waiting for another.
        drop(tx);
        return Err(datasets::why_not_ready(db, user, dataset).await);
    };
    if config.text == Some(TextMode::Phonemes) {
        training_dictionary::keep(&mut tx, user, id).await?;
    }
    jobs::admission::enqueue::<Training>(&mut tx, id, user.0).await?;
    tx.commit().await?;
    // As it was written: it may run by now, and looking again would only delay its start.
    Ok(Training {
        id,
        status: JobState::Queued,
        model_type,
        dataset_id: written.dataset_id,
        dataset_name: written.dataset_name,
        config: Json(config),
        progress: 0.0,
        metrics: None,
        attempts: 0,
        error_message: None,
        error_details: None,
        voice_id: None,
        created_at: written.created_at,
        started_at: None,
        completed_at: None,
        updated_at: written.updated_at,
    })
}

/// The columns of [`Training`] and the tables that they stand in, read by the rest of the statement.
macro_rules! query_trainings {
    ($rest:literal, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            Training,
            r#"SELECT job.id AS "id: TrainingId", job.status AS "status: JobState",
                  job.model_type AS "model_type: ModelType", job.dataset_id AS "dataset_id: DatasetId",
                  datasets.name AS dataset_name, job.config AS "config: Json<TrainingConfig>", job.progress,
                  job.metrics AS "metrics: Json<StepMetrics>", jobs.attempts, job.error_message,
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
