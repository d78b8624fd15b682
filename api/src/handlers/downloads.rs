//! Downloads: ask for a model, look, pause, resume, cancel.

use actix_web::{HttpResponse, delete, get, post, web};
use domain::{
    downloads::{self, Download, NewDownload},
    ids::DownloadId,
    paging::Items,
};
use garde::Validate;
use hub::{
    names::{RepoId, Revision},
    selection::{BadPattern, MAX_PATTERN, MAX_PATTERNS, Selection},
};
use jobs::control;
use serde::Deserialize;
use utoipa::{
    ToSchema,
    openapi::{Array, ArrayBuilder, Object, Type},
};

use crate::{
    app::App,
    auth_user::AuthUser,
    body::Body,
    hub_access::choose,
    idempotency::IdempotencyHeader,
    paging::PageQuery,
    problem::{ApiResult, FieldProblem, Problem},
    query::Query,
    refusals::HubRefusals,
    urls,
};

/// What to download. Only the repository is needed.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct DownloadOrder {
    /// `name` or `organisation/name`.
    repo_id: RepoId,
    /// A branch, a tag or a commit; `main` if omitted.
    revision: Option<Revision>,
    #[serde(default)]
    #[schema(schema_with = included)]
    include: Vec<String>,
    #[serde(default)]
    #[schema(schema_with = excluded)]
    exclude: Vec<String>,
}

fn included() -> Array {
    patterns(
        "Only files that match one of these patterns (`*`, `?`, `[…]`; `*` also matches `/`); if omitted, all but weights \
         that are there as safetensors too.",
    )
}

fn excluded() -> Array {
    patterns("Not those that match one of these.")
}

fn patterns(description: &str) -> Array {
    let pattern = Object::builder().schema_type(Type::String);
    let pattern = pattern.min_length(Some(1)).max_length(Some(MAX_PATTERN));
    ArrayBuilder::new()
        .items(pattern)
        .max_items(Some(MAX_PATTERNS))
        .description(Some(description))
        .build()
}

impl DownloadOrder {
    fn selection(&self) -> ApiResult<Selection> {
        let bad = |pointer: &'static str| {
            move |error: BadPattern| Problem::field(pointer, error.to_string())
        };
        Selection::new(&self.include, &[]).map_err(bad("/include"))?;
        Selection::new(&self.include, &self.exclude).map_err(bad("/exclude"))
    }
}

/// Starts a download. The commit and the files are chosen now; whoever may not have them is told at once.
#[utoipa::path(tag = "sources", operation_id = "createDownload", request_body = DownloadOrder,
    params(IdempotencyHeader),
    responses((status = 202, body = Download), (status = 403, body = Problem, description = "the terms are not accepted, or the token lacks rights"),
    (status = 404, body = Problem), (status = 409, body = Problem), HubRefusals))]
#[post("/sources/download")]
pub async fn create(
    app: web::Data<App>,
    auth: AuthUser,
    body: Body<DownloadOrder>,
) -> ApiResult<HttpResponse> {
    let order = body.value;
    let selection = order.selection()?;
    let revision = order.revision.unwrap_or_else(Revision::main);
    let token = app.hub.token(&app.db, auth.user.id).await?;
    // Asked anew: what was told before may be an older commit.
    let info = app
        .hub
        .hub
        .model_now(&order.repo_id, &revision, token.as_ref())
        .await?;
    let files = choose(&info.files, &selection);
    let Some(first) = files.first() else {
        let detail = format!("none of its {} files is chosen", info.files.len());
        return Err(Problem::field_of("/include", FieldProblem::NoFiles, detail));
    };
    app.hub.check_access(&info, first, token.as_ref()).await?;
    let new = NewDownload {
        info: &info,
        revision: &revision,
        files,
    };
    let download = downloads::create(&app.db, auth.user.id, new, body.key.as_ref()).await?;
    Ok(accepted(&download))
}

/// The user's downloads, newest first.
#[utoipa::path(tag = "sources", operation_id = "listDownloads", params(PageQuery), responses((status = 200, body = Items<Download>)))]
#[get("/sources/downloads")]
pub async fn list(
    app: web::Data<App>,
    auth: AuthUser,
    query: Query<PageQuery>,
) -> ApiResult<web::Json<Items<Download>>> {
    Ok(web::Json(
        downloads::list(&app.db, auth.user.id, query.0.page()).await?,
    ))
}

/// One download.
#[utoipa::path(tag = "sources", operation_id = "showDownload", params(("id" = DownloadId, Path)), responses((status = 200, body = Download)))]
#[get("/sources/download/{id}")]
pub async fn show(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<DownloadId>,
) -> ApiResult<web::Json<Download>> {
    Ok(web::Json(
        downloads::find(&app.db, auth.user.id, *id).await?,
    ))
}

/// Stops a download until it is resumed; what has come is kept.
#[utoipa::path(tag = "sources", operation_id = "pauseDownload", params(("id" = DownloadId, Path)), responses((status = 202, body = Download), (status = 409, body = Problem)))]
#[post("/sources/download/{id}/pause")]
pub async fn pause(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<DownloadId>,
) -> ApiResult<HttpResponse> {
    control::pause::<Download>(&app.db, auth.user.id.0, *id).await?;
    Ok(accepted(
        &downloads::find(&app.db, auth.user.id, *id).await?,
    ))
}

/// Lets a paused or failed download go on from its last byte.
#[utoipa::path(tag = "sources", operation_id = "resumeDownload", params(("id" = DownloadId, Path)), responses((status = 202, body = Download), (status = 409, body = Problem)))]
#[post("/sources/download/{id}/resume")]
pub async fn resume(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<DownloadId>,
) -> ApiResult<HttpResponse> {
    control::resume::<Download>(&app.db, auth.user.id.0, *id).await?;
    Ok(accepted(
        &downloads::find(&app.db, auth.user.id, *id).await?,
    ))
}

/// Stops a download permanently; what no other download needs is deleted.
#[utoipa::path(tag = "sources", operation_id = "cancelDownload", params(("id" = DownloadId, Path)), responses((status = 202, body = Download), (status = 409, body = Problem)))]
#[delete("/sources/download/{id}")]
pub async fn cancel(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<DownloadId>,
) -> ApiResult<HttpResponse> {
    control::cancel::<Download>(&app.db, auth.user.id.0, *id).await?;
    Ok(accepted(
        &downloads::find(&app.db, auth.user.id, *id).await?,
    ))
}

fn accepted(download: &Download) -> HttpResponse {
    HttpResponse::Accepted()
        .insert_header(("Location", urls::download(download.id)))
        .json(download)
}
