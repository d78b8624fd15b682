//! Models that are here: list, look for a newer commit, delete.

use actix_web::{HttpResponse, delete, get, web};
use domain::{
    ids::ModelId,
    model_removal,
    models::{self, Model},
    paging::Items,
};
use hub::names::{RepoId, Revision};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth_user::AuthUser,
    problem::{ApiResult, Problem},
    refusals::HubRefusals,
};

/// Whether there is a newer commit.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Update {
    /// The branch that was asked; null where the model was fetched by its commit, which never changes.
    branch: Option<String>,
    /// The commit that is here.
    commit: String,
    /// The branch's commit now.
    newest: String,
    /// Whether they differ.
    available: bool,
}

/// The models that are here, also those that other programs have installed, by name.
#[utoipa::path(tag = "sources", operation_id = "listModels", responses((status = 200, body = Items<Model>)))]
#[get("/sources/installed")]
pub async fn list(app: web::Data<App>, auth: AuthUser) -> ApiResult<web::Json<Items<Model>>> {
    Ok(web::Json(Items::all(
        models::list(&app.db, auth.user.id).await?,
    )))
}

/// Asks the Hub whether there is a newer commit of a model that is here.
#[utoipa::path(tag = "sources", operation_id = "checkModelUpdate", params(("id" = ModelId, Path)), responses((status = 200, body = Update), HubRefusals))]
#[get("/sources/installed/{id}/update")]
pub async fn update(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<ModelId>,
) -> ApiResult<web::Json<Update>> {
    let model = models::find(&app.db, auth.user.id, *id).await?;
    let commit = model.commit;
    let Some(branch) = model.about.branch else {
        return Ok(web::Json(Update {
            branch: None,
            newest: commit.clone(),
            commit,
            available: false,
        }));
    };
    let bad = |error: hub::names::BadName| Problem::from(hub::Error::from(error));
    let repo: RepoId = model.repo_id.parse().map_err(bad)?;
    let revision: Revision = branch.parse().map_err(bad)?;
    let token = app.hub.token(&app.db, auth.user.id).await?;
    let info = app.hub.hub.model(&repo, &revision, token.as_ref()).await?;
    Ok(web::Json(Update {
        branch: Some(branch),
        available: info.commit.as_str() != commit,
        newest: info.commit.to_string(),
        commit,
    }))
}

/// Deletes a model. Its files go where nobody else has it, those that other commits share when the last of them goes.
#[utoipa::path(tag = "sources", operation_id = "deleteModel", params(("id" = ModelId, Path)), responses((status = 204),
    (status = 409, body = Problem, description = "a training begins from it, or another program installed it and this is no administrator")))]
#[delete("/sources/installed/{id}")]
pub async fn remove(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<ModelId>,
) -> ApiResult<HttpResponse> {
    model_removal::delete(&app.db, &auth.user, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}
