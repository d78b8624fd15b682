//! Training jobs: create, look, pause, resume, cancel, curves, checkpoints.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use domain::{
    checkpoints::{self, Checkpoint},
    evaluations::{self, Evaluation, Sample, SampleFile},
    ids::{DatasetId, ModelId, SampleId, TrainingId},
    metrics::{self, MetricPoint},
    paging::Items,
    training::{self, ModelType, Optimizer, Precision, Preset, Training, TrainingConfig},
    training_log::{self, LogEntry},
};
use garde::Validate;
use jobs::control;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    auth_user::AuthUser,
    body::Body,
    files,
    paging::PageQuery,
    problem::{ApiResult, Problem},
};

/// Most clips that may be held out.
const MAX_VALIDATION_SPLIT: f64 = 0.5;
/// What is held out where it isn't said.
const VALIDATION_SPLIT: f64 = 0.05;
/// Evaluations that are answered: the newest.
const EVALUATIONS: i64 = 5_000;
/// Most points of a curve.
const MAX_CURVE: i64 = 5_000;
/// Sentences of a log that are answered: the newest.
const LOG_LENGTH: i64 = 500;

/// What to train. Only model type, epochs and batch size are needed.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewTraining {
    /// `tts`.
    #[garde(skip)]
    model_type: ModelType,
    /// Passes over the dataset, 1 to 100000.
    #[garde(range(min = 1, max = 100_000))]
    epochs: u32,
    /// Clips a step, 1 to 256.
    #[garde(range(min = 1, max = 256))]
    batch_size: u32,
    /// AdamW's, up to 0.01; where it isn't given 0.0002, and 0.00002 with a base.
    #[garde(inner(range(min = 1e-7, max = 1e-2)))]
    learning_rate: Option<f64>,
    /// The shipped sample where it isn't given.
    #[garde(skip)]
    dataset_id: Option<DatasetId>,
    /// The network. Where it isn't given: the base's own, and `tiny` without a base.
    #[garde(skip)]
    preset: Option<Preset>,
    /// An installed model to begin from: what fits is taken, what doesn't is listed in the training's log. Where it isn't
    /// given, the training begins from nothing.
    #[garde(skip)]
    base_model_id: Option<ModelId>,
    /// Fraction of the clips that the voice is judged by and doesn't learn from, 0 to 0.5: one clip at least, 100 at most;
    /// 0.05 where it isn't given, and none at 0.
    #[garde(inner(range(min = 0.0, max = MAX_VALIDATION_SPLIT)))]
    validation_split: Option<f64>,
    /// Ends the training after so many evaluations in a row that found the validation's mel loss no lower, 1 to 1000.
    #[garde(inner(range(min = 1, max = 1_000)))]
    early_stopping: Option<u32>,
    /// `adamw`.
    #[garde(skip)]
    #[serde(default)]
    optimizer: Optimizer,
    /// `auto` where it isn't given: bfloat16 on GPUs that multiply it by themselves, else single precision.
    #[garde(skip)]
    #[serde(default)]
    precision: Precision,
    /// Of all randomness: the same seed gives the same numbers; 1 where it isn't given.
    #[garde(inner(range(max = 9_007_199_254_740_991)))]
    seed: Option<u64>,
    /// Steps between checkpoints, before each of which the voice is judged, 1 to 100000; 250 where it isn't given.
    #[garde(inner(range(min = 1, max = 100_000)))]
    checkpoint_every: Option<u32>,
}

/// Which part of the curves.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CurveQuery {
    /// Only steps after this one.
    #[serde(default)]
    since: i64,
    /// At most this many points, 1 to 5000; 1000 where it isn't given.
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

/// Starts a training.
#[utoipa::path(tag = "training", request_body = NewTraining,
    params(("Idempotency-Key" = Option<String>, Header, description = "the same key gives the same training")),
    responses((status = 202, body = Training), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/training")]
pub async fn create(
    app: web::Data<App>,
    auth: AuthUser,
    body: Body<NewTraining>,
) -> ApiResult<HttpResponse> {
    let new = body.value;
    let validation_split = new.validation_split.unwrap_or(VALIDATION_SPLIT);
    if new.early_stopping.is_some() && validation_split == 0.0 {
        return Err(Problem::field(
            "/earlyStopping",
            "stopping early needs clips to judge the voice by: expected a validationSplit above 0",
        ));
    }
    let of_nothing = new.base_model_id.is_none().then_some(Preset::Tiny);
    let config = TrainingConfig {
        epochs: new.epochs,
        batch_size: new.batch_size,
        learning_rate: new.learning_rate,
        preset: new.preset.or(of_nothing),
        seed: new.seed.unwrap_or(1),
        checkpoint_every: new.checkpoint_every,
        validation_split,
        early_stopping: new.early_stopping,
        optimizer: new.optimizer,
        precision: new.precision,
        base: None,
    };
    let training = training::create(
        &app.db,
        auth.user.id,
        new.model_type,
        new.dataset_id,
        new.base_model_id,
        config,
        body.key.as_ref(),
    )
    .await?;
    Ok(accepted(&training))
}

/// The user's trainings, newest first.
#[utoipa::path(tag = "training", params(PageQuery), responses((status = 200, body = Items<Training>)))]
#[get("/training")]
pub async fn list(
    app: web::Data<App>,
    auth: AuthUser,
    query: web::Query<PageQuery>,
) -> ApiResult<web::Json<Items<Training>>> {
    Ok(web::Json(
        training::list(&app.db, auth.user.id, query.page()?).await?,
    ))
}

/// One training.
#[utoipa::path(tag = "training", params(("id" = TrainingId, Path)), responses((status = 200, body = Training), (status = 404, body = Problem)))]
#[get("/training/{id}")]
pub async fn show(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<TrainingId>,
) -> ApiResult<web::Json<Training>> {
    Ok(web::Json(training::find(&app.db, auth.user.id, *id).await?))
}

/// Stops a training for good; a running one stops at the end of its step. With `purge`, one that has ended is deleted, with its
/// curves, samples, checkpoints and log. Its voice stays.
#[utoipa::path(tag = "training", params(("id" = TrainingId, Path), CancelQuery),
    responses((status = 202, body = Training), (status = 204, description = "deleted"), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[delete("/training/{id}")]
pub async fn cancel(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<TrainingId>,
    query: web::Query<CancelQuery>,
) -> ApiResult<HttpResponse> {
    if query.purge {
        for folder in training::delete(&app.db, auth.user.id, *id).await? {
            app.storage.delete_folder(&folder).await?;
        }
        return Ok(HttpResponse::NoContent().finish());
    }
    control::cancel::<Training>(&app.db, auth.user.id.0, *id).await?;
    Ok(accepted(&training::find(&app.db, auth.user.id, *id).await?))
}

/// Pauses a training. A running one writes a checkpoint first.
#[utoipa::path(tag = "training", params(("id" = TrainingId, Path)), responses((status = 202, body = Training), (status = 404, body = Problem), (status = 409, body = Problem)))]
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
#[utoipa::path(tag = "training", params(("id" = TrainingId, Path)), responses((status = 202, body = Training), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/training/{id}/resume")]
pub async fn resume(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<TrainingId>,
) -> ApiResult<HttpResponse> {
    control::resume::<Training>(&app.db, auth.user.id.0, *id).await?;
    Ok(accepted(&training::find(&app.db, auth.user.id, *id).await?))
}

/// A training's checkpoints, newest first.
#[utoipa::path(tag = "training", params(("id" = TrainingId, Path)), responses((status = 200, body = Items<Checkpoint>), (status = 404, body = Problem)))]
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
#[utoipa::path(tag = "training", params(("id" = TrainingId, Path), CurveQuery), responses((status = 200, body = Items<MetricPoint>), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[get("/training/{id}/metrics")]
pub async fn curve(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<TrainingId>,
    query: web::Query<CurveQuery>,
) -> ApiResult<web::Json<Items<MetricPoint>>> {
    let points = query.points.unwrap_or(1_000);
    if !(1..=MAX_CURVE).contains(&points) {
        return Err(Problem::field(
            "/points",
            format!("expected 1 to {MAX_CURVE}, got {points}"),
        ));
    }
    Ok(web::Json(Items::all(
        metrics::curve(&app.db, auth.user.id, *id, query.since, points).await?,
    )))
}

/// How good a training's voice was on the clips that it doesn't learn from: the newest 5000 evaluations, in order.
#[utoipa::path(tag = "training", params(("id" = TrainingId, Path)), responses((status = 200, body = Items<Evaluation>), (status = 404, body = Problem)))]
#[get("/training/{id}/evaluations")]
pub async fn list_evaluations(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<TrainingId>,
) -> ApiResult<web::Json<Items<Evaluation>>> {
    Ok(web::Json(Items::all(
        evaluations::list(&app.db, auth.user.id, *id, EVALUATIONS).await?,
    )))
}

/// What a training's voice has said while it was trained, the newest first: three sentences at every evaluation.
#[utoipa::path(tag = "training", params(("id" = TrainingId, Path), PageQuery), responses((status = 200, body = Items<Sample>), (status = 404, body = Problem)))]
#[get("/training/{id}/samples")]
pub async fn list_samples(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<TrainingId>,
    query: web::Query<PageQuery>,
) -> ApiResult<web::Json<Items<Sample>>> {
    Ok(web::Json(
        evaluations::samples(&app.db, auth.user.id, *id, query.page()?).await?,
    ))
}

/// A file of a sample: `speech.wav`, `spectrogram.png` or `alignment.png`.
#[utoipa::path(tag = "training", params(("id" = TrainingId, Path), ("sample" = SampleId, Path), ("file" = String, Path)),
    responses((status = 200, description = "WAV or PNG"), (status = 206, description = "a range of it"), (status = 404, body = Problem)))]
#[get("/training/{id}/samples/{sample}/{file}")]
pub async fn sample_file(
    app: web::Data<App>,
    auth: AuthUser,
    request: HttpRequest,
    path: web::Path<(TrainingId, SampleId, String)>,
) -> ApiResult<HttpResponse> {
    let (id, sample, name) = path.into_inner();
    let file = SampleFile::named(&name).ok_or(domain::Error::NotFound("file of a sample"))?;
    let sample = evaluations::sample(&app.db, auth.user.id, id, sample).await?;
    let key = format!("{}/{}", sample.file_path, file.name());
    files::serve(&app.storage, &request, &key, file.content_type()).await
}

/// What happened to a training besides its steps: its newest 500 sentences, in order.
#[utoipa::path(tag = "training", params(("id" = TrainingId, Path)), responses((status = 200, body = Items<LogEntry>), (status = 404, body = Problem)))]
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
        .insert_header(("Location", format!("/api/training/{}", training.id)))
        .json(training)
}
