//! Voices: list, look, take the files away, delete.

use actix_web::{HttpRequest, HttpResponse, delete, get, web};
use domain::{
    ids::VoiceId,
    paging::Items,
    voices::{self, Voice},
};

use crate::{
    app::App, auth_user::AuthUser, files, paging::PageQuery, problem::ApiResult, query::Query,
};

/// The user's voices, newest first; on the first page the shipped one follows, beyond the limit.
#[utoipa::path(tag = "voices", operation_id = "listVoices", params(PageQuery), responses((status = 200, body = Items<Voice>)))]
#[get("/voices")]
pub async fn list(
    app: web::Data<App>,
    auth: AuthUser,
    query: Query<PageQuery>,
) -> ApiResult<web::Json<Items<Voice>>> {
    Ok(web::Json(
        voices::list(&app.db, auth.user.id, query.0.page()).await?,
    ))
}

/// One voice.
#[utoipa::path(tag = "voices", operation_id = "showVoice", params(("id" = VoiceId, Path)), responses((status = 200, body = Voice)))]
#[get("/voices/{id}")]
pub async fn show(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<VoiceId>,
) -> ApiResult<web::Json<Voice>> {
    Ok(web::Json(voices::find(&app.db, auth.user.id, *id).await?))
}

/// One of a voice's files.
#[utoipa::path(tag = "voices", operation_id = "fetchVoiceFile", params(("id" = VoiceId, Path), ("path" = String, Path)),
    responses((status = 200, description = "the bytes", content(("application/octet-stream"), ("application/json"))), (status = 206, description = "a range of them"),
        (status = 307, description = "where the storage is a bucket: a URL there, good for some minutes", headers(("Location" = String)))))]
#[get("/voices/{id}/files/{path:.*}")]
pub async fn file(
    app: web::Data<App>,
    auth: AuthUser,
    request: HttpRequest,
    path: web::Path<(VoiceId, String)>,
) -> ApiResult<HttpResponse> {
    let (id, path) = path.into_inner();
    let voice = voices::find(&app.db, auth.user.id, id).await?;
    // Only what the row lists: a path from outside never reaches the storage.
    let file = voice
        .files
        .0
        .iter()
        .find(|file| file.path == path)
        .ok_or(domain::Error::NotFound("file"))?;
    let key = format!("{}/{}", voice.file_path, file.path);
    if file.size_bytes >= files::LARGE_FILE_BYTES
        && let Some(redirect) = files::redirect(&app.storage, &key).await?
    {
        return Ok(redirect);
    }
    let content_type = if file.path.ends_with(".json") {
        "application/json"
    } else {
        "application/octet-stream"
    };
    files::serve(&app.storage, &request, &key, content_type).await
}

/// Deletes a voice and what it said.
#[utoipa::path(tag = "voices", operation_id = "deleteVoice", params(("id" = VoiceId, Path)), responses((status = 204)))]
#[delete("/voices/{id}")]
pub async fn remove(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<VoiceId>,
) -> ApiResult<HttpResponse> {
    for folder in voices::delete(&app.db, auth.user.id, *id).await? {
        app.storage.delete_folder(&folder).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}
