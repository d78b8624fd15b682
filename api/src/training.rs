//! Training jobs: create, look, pause, resume, cancel, curves, checkpoints.

use actix_web::{HttpResponse, delete, get, post, web};
use garde::Validate;
use serde::Deserialize;
use shared::{
    checkpoints::{self, Checkpoint},
    ids::{DatasetId, TrainingId},
    job_control,
    metrics::{self, MetricPoint},
    paging::Items,
    queue::Job,
    training::{self, ModelType, Preset, Training, TrainingConfig},
    training_log::{self, LogEntry},
};
use utoipa::{IntoParams, ToSchema};

use crate::{
    auth::SignedIn,
    body::Body,
    paging::PageQuery,
    problem::{Answer, Problem},
    server::App,
};

/// Most points of a curve.
const LARGEST_CURVE: i64 = 5_000;
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
    /// AdamW's, up to 0.01; the preset's where it isn't given.
    #[garde(inner(range(min = 1e-7, max = 1e-2)))]
    learning_rate: Option<f64>,
    /// The shipped sample where it isn't given.
    #[garde(skip)]
    dataset_id: Option<DatasetId>,
    /// `tiny` where it isn't given.
    #[garde(skip)]
    #[serde(default)]
    preset: Preset,
    /// Of all randomness: the same seed gives the same numbers; 1 where it isn't given.
    #[garde(inner(range(max = 9_007_199_254_740_991)))]
    seed: Option<u64>,
    /// Steps between checkpoints, 1 to 100000.
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
    /// At most about this many points, 1 to 5000; 1000 where it isn't given.
    points: Option<i64>,
}

/// Starts a training.
#[utoipa::path(tag = "training", request_body = NewTraining,
    params(("Idempotency-Key" = Option<String>, Header, description = "the same key gives the same training")),
    responses((status = 202, body = Training), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/training")]
pub async fn create(
    app: web::Data<App>,
    who: SignedIn,
    body: Body<NewTraining>,
) -> Answer<HttpResponse> {
    let new = body.value;
    let config = TrainingConfig {
        epochs: new.epochs,
        batch_size: new.batch_size,
        learning_rate: new.learning_rate,
        preset: new.preset,
        seed: new.seed.unwrap_or(1),
        checkpoint_every: new.checkpoint_every,
    };
    let training = training::create(
        &app.db,
        who.user.id,
        new.model_type,
        new.dataset_id,
        &config,
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
    who: SignedIn,
    query: web::Query<PageQuery>,
) -> Answer<web::Json<Items<Training>>> {
    Ok(web::Json(
        training::list(&app.db, who.user.id, query.page()?).await?,
    ))
}

/// One training.
#[utoipa::path(tag = "training", params(("id" = TrainingId, Path)), responses((status = 200, body = Training), (status = 404, body = Problem)))]
#[get("/training/{id}")]
pub async fn show(
    app: web::Data<App>,
    who: SignedIn,
    id: web::Path<TrainingId>,
) -> Answer<web::Json<Training>> {
    Ok(web::Json(training::find(&app.db, who.user.id, *id).await?))
}

/// Stops a training for good. A running one stops at the end of its step.
#[utoipa::path(tag = "training", params(("id" = TrainingId, Path)), responses((status = 202, body = Training), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[delete("/training/{id}")]
pub async fn cancel(
    app: web::Data<App>,
    who: SignedIn,
    id: web::Path<TrainingId>,
) -> Answer<HttpResponse> {
    job_control::cancel(&app.db, who.user.id, Job::Training(*id)).await?;
    Ok(accepted(&training::find(&app.db, who.user.id, *id).await?))
}

/// Pauses a training. A running one writes a checkpoint first.
#[utoipa::path(tag = "training", params(("id" = TrainingId, Path)), responses((status = 202, body = Training), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/training/{id}/pause")]
pub async fn pause(
    app: web::Data<App>,
    who: SignedIn,
    id: web::Path<TrainingId>,
) -> Answer<HttpResponse> {
    job_control::pause(&app.db, who.user.id, Job::Training(*id)).await?;
    Ok(accepted(&training::find(&app.db, who.user.id, *id).await?))
}

/// Lets a paused or failed training go on from its last checkpoint.
#[utoipa::path(tag = "training", params(("id" = TrainingId, Path)), responses((status = 202, body = Training), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/training/{id}/resume")]
pub async fn resume(
    app: web::Data<App>,
    who: SignedIn,
    id: web::Path<TrainingId>,
) -> Answer<HttpResponse> {
    job_control::resume(&app.db, who.user.id, Job::Training(*id)).await?;
    Ok(accepted(&training::find(&app.db, who.user.id, *id).await?))
}

/// A training's checkpoints, newest first.
#[utoipa::path(tag = "training", params(("id" = TrainingId, Path)), responses((status = 200, body = Items<Checkpoint>), (status = 404, body = Problem)))]
#[get("/training/{id}/checkpoints")]
pub async fn list_checkpoints(
    app: web::Data<App>,
    who: SignedIn,
    id: web::Path<TrainingId>,
) -> Answer<web::Json<Items<Checkpoint>>> {
    Ok(web::Json(Items::all(
        checkpoints::list(&app.db, who.user.id, *id).await?,
    )))
}

/// A training's curves, thinned out evenly.
#[utoipa::path(tag = "training", params(("id" = TrainingId, Path), CurveQuery), responses((status = 200, body = Items<MetricPoint>), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[get("/training/{id}/metrics")]
pub async fn curve(
    app: web::Data<App>,
    who: SignedIn,
    id: web::Path<TrainingId>,
    query: web::Query<CurveQuery>,
) -> Answer<web::Json<Items<MetricPoint>>> {
    let points = query.points.unwrap_or(1_000);
    if !(1..=LARGEST_CURVE).contains(&points) {
        return Err(Problem::field(
            "/points",
            format!("expected 1 to {LARGEST_CURVE}, got {points}"),
        ));
    }
    Ok(web::Json(Items::all(
        metrics::curve(&app.db, who.user.id, *id, query.since, points).await?,
    )))
}

/// What happened to a training besides its steps: its newest 500 sentences, in order.
#[utoipa::path(tag = "training", params(("id" = TrainingId, Path)), responses((status = 200, body = Items<LogEntry>), (status = 404, body = Problem)))]
#[get("/training/{id}/log")]
pub async fn log(
    app: web::Data<App>,
    who: SignedIn,
    id: web::Path<TrainingId>,
) -> Answer<web::Json<Items<LogEntry>>> {
    Ok(web::Json(Items::all(
        training_log::list(&app.db, who.user.id, *id, LOG_LENGTH).await?,
    )))
}

fn accepted(training: &Training) -> HttpResponse {
    HttpResponse::Accepted()
        .insert_header(("Location", format!("/api/training/{}", training.id)))
        .json(training)
}
