//! Training jobs: create, look, pause, resume, cancel, curves, checkpoints.

use actix_web::{HttpResponse, delete, get, post, web};
use domain::{
    checkpoints::{self, Checkpoint},
    ids::{CheckpointId, DatasetId, ModelId, TrainingId, UserId, VoiceId},
    metrics::{self, MetricPoint},
    paging::Items,
    text_analysis::TextMode,
    training::{
        self, Base, Continuation, Forecast, ModelType, Optimizer, Precision, Preset, Training,
        TrainingConfig,
    },
    training_log::{self, LogEntry},
    voices,
};
use garde::Validate;
use jobs::control;
use serde::{Deserialize, Deserializer};
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    auth_user::AuthUser,
    body::Body,
    idempotency::IdempotencyHeader,
    paging::PageQuery,
    problem::{ApiResult, FieldProblem, Problem},
    query::Query,
    urls,
};

/// What is held out where it isn't said.
const VALIDATION_SPLIT: f64 = 0.05;
/// Points of a curve that doesn't say how many.
const CURVE_POINTS: i64 = 1_000;
/// Sentences of a log that are answered: the newest.
const LOG_LENGTH: i64 = 500;

/// What to train. Only model type, epochs and batch size are needed.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct NewTraining {
    /// `tts`.
    model_type: ModelType,
    /// Passes over the dataset.
    #[schema(minimum = 1, maximum = 100000)]
    epochs: u32,
    /// Clips a batch. A CPU computes at most eight of them at once, so beyond that memory grows no more; a GPU computes all.
    #[schema(minimum = 1, maximum = 256)]
    batch_size: u32,
    /// AdamW's. If omitted: 0.00002 from an installed model, 0.0005 for `tiny` from nothing, and else 0.0002.
    #[schema(minimum = 0.0000001, maximum = 0.01)]
    learning_rate: Option<f64>,
    /// The shipped sample if omitted.
    dataset_id: Option<DatasetId>,
    /// The network. If omitted: the base's own, and `tiny` without a base.
    preset: Option<Preset>,
    /// An installed model to begin from: what fits is taken, what doesn't is listed in the training's log. Null begins from
    /// nothing. If omitted, `tiny` begins from the shipped voice, where it is to teach phonemes, and everything else from nothing.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<ModelId>)]
    base_model_id: Option<Option<ModelId>>,
    /// A voice to begin from, instead of a model; with its discriminators, as long as its training is kept.
    base_voice_id: Option<VoiceId>,
    /// What the voice is taught: `phonemes`, with the vowels and the ezafe that Persian doesn't write, or `characters`, as the
    /// voices of MMS. If omitted: what the base voice was taught, characters with a model, and else phonemes, where the
    /// server has the language files.
    #[schema(inline)]
    text: Option<TextMode>,
    /// Fraction of the clips that the voice is evaluated on and doesn't learn from: one clip at least, 100 at most;
    /// 0.05 if omitted, and none at 0.
    #[schema(minimum = 0, maximum = 0.5)]
    validation_split: Option<f64>,
    /// Ends the training after so many evaluations in a row in which what the voice said came no nearer to the recordings.
    #[schema(minimum = 1, maximum = 1000)]
    early_stopping: Option<u32>,
    /// `adamw`.
    #[serde(default)]
    optimizer: Optimizer,
    /// `auto` if omitted: bfloat16 on GPUs and processors that multiply it by themselves, else single precision.
    #[serde(default)]
    precision: Precision,
    /// Batches a step: their gradients are added up before the weights are updated, so that a step learns from
    /// `accumulate` times `batchSize` clips in the memory of one batch; 1 if omitted.
    #[schema(minimum = 1, maximum = 64)]
    accumulate: Option<u32>,
    /// Segments of each clip, of 8192 samples, that the decoder learns from in a step; if omitted, 2 of `tiny` and 1 of others.
    #[schema(minimum = 1, maximum = 16)]
    segments: Option<u32>,
    /// Of the voice, in hertz; recordings are resampled to it. If omitted: the base's, and from nothing 22,050, of `mms` 16,000.
    #[schema(minimum = 8000, maximum = 48000)]
    sample_rate: Option<u32>,
    /// Of all randomness: the same seed gives the same numbers; 1 if omitted.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    seed: Option<u64>,
    /// Steps between checkpoints, before each of which the voice is evaluated; 250 if omitted.
    #[schema(minimum = 1, maximum = 100000)]
    checkpoint_every: Option<u32>,
}

/// How to go on. An empty object trains as many epochs more as the earlier training had.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct NewContinuation {
    /// Passes over the dataset from there on; as many as the earlier training had if omitted.
    #[schema(minimum = 1, maximum = 100000)]
    epochs: Option<u32>,
    /// AdamW's; the earlier training's last one if omitted.
    #[schema(minimum = 0.0000001, maximum = 0.01)]
    learning_rate: Option<f64>,
    /// Which of the earlier training's checkpoints; the newest if omitted.
    checkpoint_id: Option<CheckpointId>,
    /// The earlier training's if omitted. From the clips of another one, steps and epochs are counted anew.
    dataset_id: Option<DatasetId>,
}

/// Which part of the curves.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CurveQuery {
    /// Only steps after this one.
    #[serde(default)]
    #[param(minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    since: i64,
    /// At most this many points; 1000 if omitted.
    #[param(minimum = 1, maximum = 5000)]
    points: Option<i64>,
}

/// What is to end.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CancelQuery {
    /// Deletes a training that has ended.
    #[serde(default)]
    purge: bool,
}

/// Starts a training. Its row says how many steps it has, what they take, and what of it is likely to disappoint.
#[utoipa::path(tag = "training", operation_id = "createTraining", request_body = NewTraining,
    params(IdempotencyHeader),
    responses((status = 202, body = Training), (status = 409, body = Problem)))]
#[post("/training")]
pub async fn create(
    app: web::Data<App>,
    auth: AuthUser,
    body: Body<NewTraining>,
) -> ApiResult<HttpResponse> {
    let user = auth.user.id;
    let new = checked(&app, user, body.value).await?;
    let training = training::create(&app.db, user, new, body.key.as_ref()).await?;
    Ok(accepted(&training))
}

/// Says of a training what its row would say, without starting it.
#[utoipa::path(tag = "training", operation_id = "forecastTraining", request_body = NewTraining,
    responses((status = 200, body = Forecast), (status = 409, body = Problem)))]
#[post("/forecast")]
pub async fn forecast(
    app: web::Data<App>,
    auth: AuthUser,
    body: Body<NewTraining>,
) -> ApiResult<web::Json<Forecast>> {
    let user = auth.user.id;
    let new = checked(&app, user, body.value).await?;
    Ok(web::Json(training::forecast_of(&app.db, user, new).await?))
}

/// What is to be trained, with all defaults.
async fn checked(app: &App, user: UserId, new: NewTraining) -> ApiResult<training::NewTraining> {
    let validation_split = new.validation_split.unwrap_or(VALIDATION_SPLIT);
    if new.early_stopping.is_some() && validation_split == 0.0 {
        return Err(Problem::field_of(
            "/earlyStopping",
            FieldProblem::NeedsValidationSplit,
            "early stopping needs clips to evaluate the voice on: expected a validationSplit above 0",
        ));
    }
    let base = match (new.base_model_id, new.base_voice_id) {
        (None, None) => default_base(app, &new).await?,
        (Some(None), None) => Base::Nothing,
        (Some(Some(model)), None) => Base::Model(model),
        (None | Some(None), Some(voice)) => Base::Voice(voice),
        (Some(Some(_)), Some(_)) => {
            return Err(Problem::field_of(
                "/baseVoiceId",
                FieldProblem::SecondBase,
                "a training begins from a model or from a voice: expected only one of baseModelId and baseVoiceId",
            ));
        }
    };
    let text = text_mode(app, user, new.text, base).await?;
    let is_tiny = matches!(base, Base::Nothing | Base::Voice(voices::SHIPPED_ID));
    Ok(training::NewTraining {
        model_type: new.model_type,
        dataset: new.dataset_id,
        base,
        config: TrainingConfig {
            epochs: new.epochs,
            batch_size: new.batch_size,
            learning_rate: new.learning_rate,
            preset: new.preset.or(is_tiny.then_some(Preset::Tiny)),
            seed: new.seed.unwrap_or(1),
            checkpoint_every: new.checkpoint_every,
            validation_split,
            early_stopping: new.early_stopping,
            accumulate: new.accumulate,
            segments: new.segments,
            sample_rate: new.sample_rate,
            optimizer: new.optimizer,
            precision: new.precision,
            base: None,
            base_voice: None,
            continues: None,
            text,
        },
    })
}

/// The shipped voice, where a training would have its network and teach what it was taught.
async fn default_base(app: &App, new: &NewTraining) -> ApiResult<Base> {
    let fits = matches!(new.preset, None | Some(Preset::Tiny))
        && matches!(new.text, None | Some(TextMode::Phonemes));
    let can_read = app.language.analyzer().await.is_ok();
    Ok(
        match fits && can_read && voices::is_shipped(&app.db).await? {
            true => Base::Voice(voices::SHIPPED_ID),
            false => Base::Nothing,
        },
    )
}

/// A value that may be null, told from one that isn't given.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    value: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// What is taught; phonemes only where this server can read them. `None` where the base is a voice from before there was a
/// choice.
async fn text_mode(
    app: &App,
    user: UserId,
    wanted: Option<TextMode>,
    base: Base,
) -> ApiResult<Option<TextMode>> {
    let of_base = match base {
        // One that isn't there is refused where it is looked for.
        Base::Voice(voice) if wanted.is_none() => match voices::find(&app.db, user, voice).await {
            Ok(voice) => voice.text.map(|text| text.0),
            Err(domain::Error::NotFound(_)) => None,
            Err(error) => return Err(error.into()),
        },
        Base::Model(_) => Some(TextMode::Characters),
        Base::Nothing | Base::Voice(_) => None,
    };
    match (wanted.or(of_base), base) {
        (Some(TextMode::Phonemes), _) => {
            app.language.analyzer().await?;
            Ok(Some(TextMode::Phonemes))
        }
        (Some(TextMode::Characters), _) => Ok(Some(TextMode::Characters)),
        (None, Base::Model(_) | Base::Voice(_)) => Ok(None),
        (None, Base::Nothing) => match app.language.analyzer().await {
            Ok(_) => Ok(Some(TextMode::Phonemes)),
            Err(domain::Error::Language(error)) => {
                tracing::warn!("a training teaches characters: {error}");
                Ok(Some(TextMode::Characters))
            }
            Err(error) => Err(error.into()),
        },
    }
}

/// The user's trainings, newest first.
#[utoipa::path(tag = "training", operation_id = "listTrainings", params(PageQuery), responses((status = 200, body = Items<Training>)))]
#[get("/training")]
pub async fn list(
    app: web::Data<App>,
    auth: AuthUser,
    query: Query<PageQuery>,
) -> ApiResult<web::Json<Items<Training>>> {
    Ok(web::Json(
        training::list(&app.db, auth.user.id, query.0.page()).await?,
    ))
}

/// One training.
#[utoipa::path(tag = "training", operation_id = "showTraining", params(("id" = TrainingId, Path)), responses((status = 200, body = Training)))]
#[get("/training/{id}")]
pub async fn show(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<TrainingId>,
) -> ApiResult<web::Json<Training>> {
    Ok(web::Json(training::find(&app.db, auth.user.id, *id).await?))
}

/// Stops a training permanently; a running one stops at the end of its step. With `purge`, one that has ended is deleted, with its
/// curves, samples, checkpoints and log. Its voice stays.
#[utoipa::path(tag = "training", operation_id = "cancelTraining", params(("id" = TrainingId, Path), CancelQuery),
    responses((status = 202, body = Training), (status = 204, description = "deleted"), (status = 409, body = Problem)))]
#[delete("/training/{id}")]
pub async fn cancel(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<TrainingId>,
    query: Query<CancelQuery>,
) -> ApiResult<HttpResponse> {
    if query.0.purge {
        for folder in training::delete(&app.db, auth.user.id, *id).await? {
            app.storage.delete_folder(&folder).await?;
        }
        return Ok(HttpResponse::NoContent().finish());
    }
    control::cancel::<Training>(&app.db, auth.user.id.0, *id).await?;
    Ok(accepted(&training::find(&app.db, auth.user.id, *id).await?))
}

/// Pauses a training. A running one writes a checkpoint first.
#[utoipa::path(tag = "training", operation_id = "pauseTraining", params(("id" = TrainingId, Path)), responses((status = 202, body = Training), (status = 409, body = Problem)))]
#[post("/training/{id}/pause")]
pub async fn pause(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<TrainingId>,
) -> ApiResult<HttpResponse> {
    control::pause::<Training>(&app.db, auth.user.id.0, *id).await?;
    Ok(accepted(&training::find(&app.db, auth.user.id, *id).await?))
}

/// Lets a paused or failed training go on from its last checkpoint.
#[utoipa::path(tag = "training", operation_id = "resumeTraining", params(("id" = TrainingId, Path)), responses((status = 202, body = Training), (status = 409, body = Problem)))]
#[post("/training/{id}/resume")]
pub async fn resume(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<TrainingId>,
) -> ApiResult<HttpResponse> {
    control::resume::<Training>(&app.db, auth.user.id.0, *id).await?;
    Ok(accepted(&training::find(&app.db, auth.user.id, *id).await?))
}

/// Goes on from a checkpoint of a training that has ended, however it did: a new training, which inherits all that isn't
/// changed here. With more epochs it becomes, to the bit, what the earlier one would have been with them.
#[utoipa::path(tag = "training", operation_id = "continueTraining", request_body = NewContinuation,
    params(("id" = TrainingId, Path), IdempotencyHeader),
    responses((status = 202, body = Training), (status = 409, body = Problem)))]
#[post("/training/{id}/continue")]
pub async fn continue_from(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<TrainingId>,
    body: Body<NewContinuation>,
) -> ApiResult<HttpResponse> {
    let new = body.value;
    let continuation = Continuation {
        epochs: new.epochs,
        learning_rate: new.learning_rate,
        checkpoint: new.checkpoint_id,
        dataset: new.dataset_id,
    };
    let (user, key) = (auth.user.id, body.key.as_ref());
    let training = training::continue_from(&app.db, user, *id, continuation, key).await?;
    Ok(accepted(&training))
}

/// A training's checkpoints, newest first.
#[utoipa::path(tag = "training", operation_id = "listCheckpoints", params(("id" = TrainingId, Path)), responses((status = 200, body = Items<Checkpoint>)))]
#[get("/training/{id}/checkpoints")]
pub async fn list_checkpoints(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<TrainingId>,
) -> ApiResult<web::Json<Items<Checkpoint>>> {
    Ok(web::Json(Items::all(
        checkpoints::list(&app.db, auth.user.id, *id).await?,
    )))
}

/// A training's curves at bounded size: each point stands for a run of steps, with their means, minima and maxima.
#[utoipa::path(tag = "training", operation_id = "showTrainingCurve", params(("id" = TrainingId, Path), CurveQuery), responses((status = 200, body = Items<MetricPoint>)))]
#[get("/training/{id}/metrics")]
pub async fn curve(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<TrainingId>,
    query: Query<CurveQuery>,
) -> ApiResult<web::Json<Items<MetricPoint>>> {
    let points = query.0.points.unwrap_or(CURVE_POINTS);
    Ok(web::Json(Items::all(
        metrics::curve(&app.db, auth.user.id, *id, query.0.since, points).await?,
    )))
}

/// What happened to a training besides its steps: its newest 500 sentences, in order.
#[utoipa::path(tag = "training", operation_id = "showTrainingLog", params(("id" = TrainingId, Path)), responses((status = 200, body = Items<LogEntry>)))]
#[get("/training/{id}/log")]
pub async fn log(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<TrainingId>,
) -> ApiResult<web::Json<Items<LogEntry>>> {
    Ok(web::Json(Items::all(
        training_log::list(&app.db, auth.user.id, *id, LOG_LENGTH).await?,
    )))
}

fn accepted(training: &Training) -> HttpResponse {
    HttpResponse::Accepted()
        .insert_header(("Location", urls::training(training.id)))
        .json(training)
}
