//! For operators: alive, ready, status.

use actix_web::{HttpResponse, get, web};
use domain::system::{self, QueueStatus, RunStatus, WorkerStatus};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{app::App, auth_user::AuthUser, problem::ApiResult};

/// The process answers.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    status: &'static str,
}

/// What runs where.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Of this program.
    version: &'static str,
    /// Every queue's depth and age.
    queues: Vec<QueueStatus>,
    /// How the runs of the last day ended.
    ended_runs: Vec<RunStatus>,
    /// Worker processes heard of in the last minute.
    workers: Vec<WorkerStatus>,
}

/// Whether the process answers.
#[utoipa::path(tag = "system", operation_id = "showHealth", responses((status = 200, body = Health)), security(()))]
#[get("/health")]
pub async fn health() -> web::Json<Health> {
    web::Json(Health { status: "ok" })
}

/// Whether it can do its work: the database answers.
#[utoipa::path(tag = "system", operation_id = "showReadiness", responses((status = 200, body = Health)), security(()))]
#[get("/health/ready")]
pub async fn ready(app: web::Data<App>) -> ApiResult<HttpResponse> {
    system::ping(&app.db).await?;
    Ok(HttpResponse::Ok().json(Health { status: "ok" }))
}

/// Queues, runs and workers.
#[utoipa::path(tag = "system", operation_id = "showStatus", responses((status = 200, body = Status)))]
#[get("/system/status")]
pub async fn status(app: web::Data<App>, _auth: AuthUser) -> ApiResult<web::Json<Status>> {
    Ok(web::Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        queues: system::queues(&app.db).await?,
        ended_runs: system::ended_runs(&app.db).await?,
        workers: system::workers(&app.db).await?,
    }))
}
