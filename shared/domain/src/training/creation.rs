//! How trainings come to be.

use jobs::JobState;
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

use super::{
    ModelType, Training,
    config::{BaseVoice, Preset, TrainingConfig},
    find,
    forecast::{Estimate, Forecast, StartingPoint, Warning, foresee},
};
use crate::{
    Error, Result,
    conflict::InvalidValue,
    datasets,
    idempotency::{self, IdempotencyKey},
    ids::{CheckpointId, DatasetId, ModelId, TrainingId, UserId, VoiceId},
    models,
    text_analysis::TextMode,
    training_dictionary,
    voices::{self, Voice},
};

/// What a training begins from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    Nothing,
    /// An installed model.
    Model(ModelId),
    /// One of the user's voices.
    Voice(VoiceId),
}

/// What to train.
#[derive(Debug, Clone)]
pub struct NewTraining {
    pub model_type: ModelType,
    /// The shipped sample if `None`.
    pub dataset: Option<DatasetId>,
    pub base: Base,
    pub config: TrainingConfig,
}

/// Creates a training: row and wake-up in one transaction.
pub async fn create(
    db: &PgPool,
    user: UserId,
    new: NewTraining,
    key: Option<&IdempotencyKey>,
) -> Result<Training> {
    let dataset = new.dataset;
    let mut tx = db.begin().await?;
    let id = match claim(&mut tx, user, key).await? {
        Claimed::New(id) => id,
        Claimed::Before(first) => {
            // Nobody holds one connection while waiting for another.
            drop(tx);
            return find(db, user, first).await;
        }
    };
    let Some(prepared) = prepare(&mut tx, user, new).await? else {
        drop(tx);
        return Err(datasets::why_not_ready(db, user, dataset).await);
    };
    let training = insert(&mut tx, user, id, prepared).await?;
    if training.config.text == Some(TextMode::Phonemes) {
        training_dictionary::keep(&mut tx, user, id).await?;
    }
    jobs::admission::enqueue::<Training>(&mut tx, id, user.0).await?;
    tx.commit().await?;
    Ok(training)
}

/// What such a training would take and give; nothing is created.
pub async fn forecast_of(db: &PgPool, user: UserId, new: NewTraining) -> Result<Forecast> {
    let dataset = new.dataset;
    let mut tx = db.begin().await?;
    let prepared = prepare(&mut tx, user, new).await?;
    drop(tx);
    match prepared {
        Some(prepared) => Ok(prepared.forecast),
        None => Err(datasets::why_not_ready(db, user, dataset).await),
    }
}

pub(super) enum Claimed {
    New(TrainingId),
    /// The key came before: with this one.
    Before(TrainingId),
}

pub(super) async fn claim(
    tx: &mut PgConnection,
    user: UserId,
    key: Option<&IdempotencyKey>,
) -> Result<Claimed> {
    let id = TrainingId(Uuid::new_v4());
    let before = match key {
        Some(key) => idempotency::claim(tx, user, key, id.0).await?,
        None => None,
    };
    Ok(match before {
        Some(first) => Claimed::Before(TrainingId(first)),
        None => Claimed::New(id),
    })
}

/// A training that can be created: all that it names is there, and stays until the transaction ends.
pub(super) struct Prepared {
    pub(super) model_type: ModelType,
    pub(super) dataset: ReadyDataset,
    pub(super) config: TrainingConfig,
    pub(super) origin: Needed,
    pub(super) forecast: Forecast,
}

/// What a training needs until its first checkpoint.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Needed {
    pub(super) model: Option<ModelId>,
    pub(super) voice: Option<VoiceId>,
    pub(super) checkpoint: Option<CheckpointId>,
}

/// `None` where the dataset isn't ready.
async fn prepare(
    tx: &mut PgConnection,
    user: UserId,
    new: NewTraining,
) -> Result<Option<Prepared>> {
    let mut config = new.config;
    let mut origin = Needed::default();
    let starting_point = match new.base {
        Base::Nothing => StartingPoint {
            preset: config.preset.unwrap_or_default(),
            first_step: 0,
            experience: Some(0),
        },
        Base::Model(model) => {
            config.base = Some(models::base(tx, user, model).await?);
            origin.model = Some(model);
            StartingPoint {
                preset: config.preset.unwrap_or(Preset::Mms),
                first_step: 0,
                experience: None,
            }
        }
        Base::Voice(voice) => {
            let voice = base_voice(tx, user, voice).await?;
            origin.voice = Some(voice.id);
            // It has the discriminators, too.
            let newest = match voice.training_id {
                Some(training) => newest_checkpoint(tx, training).await?,
                None => None,
            };
            origin.checkpoint = newest.as_ref().map(|newest| newest.id);
            config.base = voice.base.map(|base| base.0);
            // Its own, which the trainer would take, too: so it is said, and counts in the forecast.
            config.sample_rate = config.sample_rate.or(u32::try_from(voice.sample_rate).ok());
            config.base_voice = Some(BaseVoice {
                voice_id: voice.id,
                name: voice.name,
            });
            let own = Preset::of_voice(voice.size_bytes);
            StartingPoint {
                preset: config.preset.unwrap_or(own),
                first_step: 0,
                experience: newest
                    .filter(|newest| !newest.from_base)
                    .map(|newest| newest.step),
            }
        }
    };
    let Some(dataset) = ready_dataset(tx, user, new.dataset).await? else {
        return Ok(None);
    };
    let usual = starting_point.preset.segments();
    config.segments = config.segments.or(Some(usual));
    let forecast = foresee(tx, dataset.id, &config, starting_point).await?;
    Ok(Some(Prepared {
        model_type: new.model_type,
        dataset,
        config,
        origin,
        forecast,
    }))
}

/// The training is answered as it was written: it may run before anybody could look.
pub(super) async fn insert(
    tx: &mut PgConnection,
    user: UserId,
    id: TrainingId,
    prepared: Prepared,
) -> Result<Training> {
    let Prepared {
        model_type,
        dataset,
        config,
        origin,
        forecast,
    } = prepared;
    let written = sqlx::query!(
        "INSERT INTO training_jobs (id, user_id, dataset_id, model_type, config, model_id, from_voice_id, from_checkpoint_id,
                                    steps, estimate, warnings)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         RETURNING created_at, updated_at",
        id.0,
        user.0,
        dataset.id.0,
        model_type as ModelType,
        serde_json::to_value(&config)?,
        origin.model.map(|id| id.0),
        origin.voice.map(|id| id.0),
        origin.checkpoint.map(|id| id.0),
        forecast.steps,
        Json(forecast.estimate) as Json<Estimate>,
        Json(&forecast.warnings) as Json<&Vec<Warning>>
    )
    .fetch_one(tx)
    .await?;
    Ok(Training {
        id,
        status: JobState::Queued,
        model_type,
        dataset_id: dataset.id,
        dataset_name: dataset.name,
        config: Json(config),
        steps: Some(forecast.steps),
        estimate: Some(Json(forecast.estimate)),
        warnings: Json(forecast.warnings),
        progress: 0.0,
        metrics: None,
        attempts: 0,
        divergences: 0,
        error_message: None,
        error_details: None,
        voice_id: None,
        created_at: written.created_at,
        started_at: None,
        completed_at: None,
        updated_at: written.updated_at,
    })
}

pub(super) struct ReadyDataset {
    pub(super) id: DatasetId,
    pub(super) name: String,
}

/// One that nobody can delete before `tx` ends; the shipped sample if none is named.
pub(super) async fn ready_dataset(
    tx: &mut PgConnection,
    user: UserId,
    id: Option<DatasetId>,
) -> Result<Option<ReadyDataset>> {
    Ok(sqlx::query_as!(
        ReadyDataset,
        r#"SELECT id AS "id: DatasetId", name FROM datasets
           WHERE status = 'ready' AND CASE WHEN $2::uuid IS NULL THEN user_id IS NULL
                                           ELSE id = $2 AND (user_id = $1 OR user_id IS NULL) END
           LIMIT 1 FOR KEY SHARE"#,
        user.0,
        id.map(|id| id.0)
    )
    .fetch_optional(tx)
    .await?)
}

/// A voice that nobody can delete before `tx` ends.
async fn base_voice(tx: &mut PgConnection, user: UserId, id: VoiceId) -> Result<Voice> {
    let found = voices::find_kept(tx, user, id).await?;
    found.ok_or(Error::Invalid {
        pointer: "/baseVoiceId",
        reason: InvalidValue::VoiceNotFound,
    })
}

pub(super) struct FoundCheckpoint {
    pub(super) id: CheckpointId,
    pub(super) epoch: i32,
    pub(super) step: i64,
    pub(super) size_bytes: i64,
    /// Whether its training began from something that could speak.
    pub(super) from_base: bool,
}

/// That with which a training ended; nobody can delete it before `tx` ends.
pub(super) async fn newest_checkpoint(
    tx: &mut PgConnection,
    training: TrainingId,
) -> Result<Option<FoundCheckpoint>> {
    Ok(sqlx::query_as!(
        FoundCheckpoint,
        r#"SELECT checkpoints.id AS "id: CheckpointId", epoch, step, size_bytes,
                  coalesce(nullif(config -> 'base', 'null'), nullif(config -> 'baseVoice', 'null')) IS NOT NULL AS "from_base!"
           FROM checkpoints JOIN training_jobs ON training_jobs.id = training_job_id
           WHERE training_job_id = $1 ORDER BY step DESC LIMIT 1 FOR SHARE OF checkpoints"#,
        training.0
    )
    .fetch_optional(tx)
    .await?)
}
