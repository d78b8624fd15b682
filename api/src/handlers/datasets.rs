//! Datasets: upload, browse, listen, delete.

use actix_multipart::{Field, Multipart};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, delete, get, http::StatusCode, post, web};
use domain::{
    datasets::{self, Clip, Dataset, NewDataset},
    folders,
    ids::DatasetId,
    paging::Items,
    storage::StoredFile,
};
use futures::{StreamExt, TryStreamExt};
use serde_json::json;
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::{
    app::App,
    auth_user::AuthUser,
    files,
    idempotency::{IdempotencyHeader, idempotency_key},
    limits::violations,
    paging::PageQuery,
    problem::{ApiResult, FieldProblem, Problem},
    query::Query,
    urls,
};

/// More bytes than the longest name has.
const NAME_BYTES: usize = 4 * 200;
/// Enough of an archive to see what it is.
const MAGIC_BYTES: usize = 512;

/// The form of an upload.
#[derive(ToSchema)]
#[allow(dead_code, reason = "it only describes the form")]
pub struct Upload {
    /// What to call it; the file's name if omitted. Before `file`.
    #[schema(max_length = 200)]
    name: Option<String>,
    /// zip, tar.gz or tar of LJSpeech layout.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Receives an archive of recordings; a worker then checks, decodes and normalises them.
#[utoipa::path(tag = "datasets", operation_id = "createDataset", request_body(content = Upload, content_type = "multipart/form-data"),
    params(IdempotencyHeader),
    responses((status = 202, body = Dataset)))]
#[post("/datasets")]
pub async fn create(
    app: web::Data<App>,
    auth: AuthUser,
    request: HttpRequest,
    form: Multipart,
) -> ApiResult<HttpResponse> {
    let id = DatasetId(Uuid::new_v4());
    if request.content_type() != "multipart/form-data" {
        let got = request.content_type();
        let detail = format!("expected Content-Type multipart/form-data, got {got:?}");
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let created = receive_form(&app, &auth, &request, id, form).await;
    // Where the row is another one (the same key came twice) or none, nobody needs the bytes.
    if !matches!(&created, Ok(dataset) if dataset.id == id) {
        app.storage.delete_folder(&folders::upload(id)).await?;
    }
    let dataset = created?;
    Ok(HttpResponse::Accepted()
        .insert_header(("Location", urls::dataset(dataset.id)))
        .json(dataset))
}

async fn receive_form(
    app: &App,
    auth: &AuthUser,
    request: &HttpRequest,
    id: DatasetId,
    mut form: Multipart,
) -> ApiResult<Dataset> {
    let upload_path = format!("{}/archive", folders::upload(id));
    let mut name = None;
    let mut archive = None;
    while let Some(field) = form.try_next().await.map_err(|error| broken(&error))? {
        match field.name() {
            Some("name") if archive.is_none() => name = Some(read_name(field).await?),
            Some("file") if archive.is_none() => {
                let file_name = field
                    .content_disposition()
                    .and_then(|part| part.get_filename())
                    .map(str::to_owned);
                archive = Some((receive(app, field, &upload_path).await?, file_name));
            }
            other => {
                let other = other.unwrap_or_default();
                return Err(Problem::field(
                    "/",
                    format!("expected the fields `name` and then `file`, each once, got {other:?}"),
                ));
            }
        }
    }
    let Some((stored, file_name)) = archive else {
        return Err(Problem::field_of(
            "/file",
            FieldProblem::NotAnArchive,
            "is missing: expected a zip, tar.gz or tar archive",
        ));
    };
    let name = name
        .or(file_name)
        .filter(|name| !name.trim().is_empty())
        .unwrap_or_else(|| "recordings".into());
    let key = idempotency_key(request, stored.sha256.as_bytes())?;
    let new = NewDataset {
        id,
        name: name
            .trim()
            .chars()
            .filter(|character| !character.is_control())
            .take(200)
            .collect(),
        upload_path,
        size_bytes: i64::try_from(stored.size_bytes).unwrap_or(i64::MAX),
    };
    Ok(datasets::create(&app.db, auth.user.id, new, key.as_ref()).await?)
}

async fn read_name(mut field: Field) -> ApiResult<String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.try_next().await.map_err(|error| broken(&error))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > NAME_BYTES {
            return Err(Problem::field(
                "/name",
                format!("expected at most {NAME_BYTES} bytes"),
            ));
        }
    }
    let name = String::from_utf8(bytes).map_err(|_| Problem::field("/name", "expected UTF-8"))?;
    let errors = violations(&Upload::schema(), &json!({ "name": name }), "");
    if errors.is_empty() {
        Ok(name)
    } else {
        Err(Problem::invalid(errors))
    }
}

/// Streams the archive into the storage; nothing is left there where anything is wrong.
async fn receive(app: &App, field: Field, key: &str) -> ApiResult<StoredFile> {
    let limit = app.settings.server.max_upload_bytes;
    // A field must not be asked again after its end: actix-multipart panics.
    let mut field = field.fuse();
    let mut head = Vec::new();
    while head.len() < MAGIC_BYTES {
        let Some(chunk) = field.try_next().await.map_err(|error| broken(&error))? else {
            break;
        };
        head.extend_from_slice(&chunk);
    }
    if !is_archive(&head) {
        return Err(Problem::field_of(
            "/file",
            FieldProblem::NotAnArchive,
            "expected a zip, tar.gz or tar archive; these bytes begin like none of them",
        ));
    }
    let mut upload = app.storage.upload(key).await?;
    let received = async {
        upload.write(&head).await?;
        while let Some(chunk) = field.try_next().await.map_err(|error| broken(&error))? {
            if upload.size_bytes() + chunk.len() as u64 > limit {
                let detail = format!("an archive may have {limit} bytes (server.max_upload_bytes)");
                return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
            }
            upload.write(&chunk).await?;
        }
        Ok(())
    }
    .await;
    match received {
        Ok(()) => Ok(upload.finish("archive".into()).await?),
        Err(problem) => {
            upload.abort().await?;
            Err(problem)
        }
    }
}

fn is_archive(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04")
        || head.starts_with(&[0x1f, 0x8b])
        || head.get(257..262) == Some(b"ustar")
}

fn broken(error: &actix_multipart::MultipartError) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        format!("the upload is not a whole multipart form: {error}"),
    )
}

/// The user's datasets and the sample, newest first.
#[utoipa::path(tag = "datasets", operation_id = "listDatasets", params(PageQuery), responses((status = 200, body = Items<Dataset>)))]
#[get("/datasets")]
pub async fn list(
    app: web::Data<App>,
    auth: AuthUser,
    query: Query<PageQuery>,
) -> ApiResult<web::Json<Items<Dataset>>> {
    Ok(web::Json(
        datasets::list(&app.db, auth.user.id, query.0.page()).await?,
    ))
}

/// One dataset, with its report.
#[utoipa::path(tag = "datasets", operation_id = "showDataset", params(("id" = DatasetId, Path)), responses((status = 200, body = Dataset)))]
#[get("/datasets/{id}")]
pub async fn show(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<DatasetId>,
) -> ApiResult<web::Json<Dataset>> {
    Ok(web::Json(datasets::find(&app.db, auth.user.id, *id).await?))
}

/// Deletes a dataset that no training uses; one that is still being prepared is stopped.
#[utoipa::path(tag = "datasets", operation_id = "deleteDataset", params(("id" = DatasetId, Path)), responses((status = 204), (status = 409, body = Problem)))]
#[delete("/datasets/{id}")]
pub async fn remove(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<DatasetId>,
) -> ApiResult<HttpResponse> {
    for folder in datasets::delete(&app.db, auth.user.id, *id).await? {
        app.storage.delete_folder(&folder).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// Every clip of a dataset, also those left out and why.
#[utoipa::path(tag = "datasets", operation_id = "listClips", params(("id" = DatasetId, Path)), responses((status = 200, body = Items<Clip>)))]
#[get("/datasets/{id}/clips")]
pub async fn clips(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<DatasetId>,
) -> ApiResult<web::Json<Items<Clip>>> {
    Ok(web::Json(Items::all(
        datasets::clips(&app.db, auth.user.id, *id).await?,
    )))
}

/// A clip's audio.
#[utoipa::path(tag = "datasets", operation_id = "fetchClipAudio", params(("id" = DatasetId, Path), ("clip" = String, Path)),
    responses((status = 200, description = "the audio", content(("audio/flac"), ("audio/wav"))), (status = 206, description = "a range of it")))]
#[get("/datasets/{id}/clips/{clip}/audio")]
pub async fn clip_audio(
    app: web::Data<App>,
    auth: AuthUser,
    request: HttpRequest,
    path: web::Path<(DatasetId, String)>,
) -> ApiResult<HttpResponse> {
    let (id, clip) = path.into_inner();
    let key = datasets::clip_path(&app.db, auth.user.id, id, &clip).await?;
    let content_type = if key.ends_with(".flac") {
        "audio/flac"
    } else {
        "audio/wav"
    };
    files::serve(&app.storage, &request, &key, content_type).await
}
