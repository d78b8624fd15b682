//! A training's event files for TensorBoard, as one archive.

use actix_web::{HttpResponse, get, http::StatusCode, web};
use bytes::Bytes;
use domain::{
    Result, folders,
    ids::TrainingId,
    storage::{Listed, Storage},
    tensorboard,
};
use futures::{Stream, StreamExt, TryStreamExt, stream};

use crate::{
    app::App,
    auth_user::AuthUser,
    problem::{ApiResult, Problem},
};

/// Files of a tar archive begin and end at multiples of this, in bytes; two empty blocks end it.
const TAR_BLOCK: u64 = 512;

/// A training's curves in TensorBoard's event files, up to its newest checkpoint: a tar archive with one folder, named
/// as the training. Unpack it and run `tensorboard --logdir .` there.
#[utoipa::path(tag = "training", operation_id = "fetchEventFiles", params(("id" = TrainingId, Path)),
    responses((status = 200, content_type = "application/x-tar", body = Vec<u8>)))]
#[get("/training/{id}/tensorboard")]
pub async fn event_files(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<TrainingId>,
) -> ApiResult<HttpResponse> {
    let files = tensorboard::list(&app.db, &app.storage, auth.user.id, *id).await?;
    if files.is_empty() {
        let detail =
            "this training has no event files yet; the first come with its first checkpoint";
        return Err(Problem::new(StatusCode::NOT_FOUND, detail));
    }
    let bytes = archive(app.storage.clone(), *id, files);
    Ok(HttpResponse::Ok()
        .content_type("application/x-tar")
        .insert_header((
            "Content-Disposition",
            format!("attachment; filename=\"{}-tensorboard.tar\"", *id),
        ))
        .streaming(bytes.map_err(|error| std::io::Error::other(error.to_string()))))
}

/// Of all files only what is under way is in memory.
fn archive(
    storage: Storage,
    id: TrainingId,
    files: Vec<Listed>,
) -> impl Stream<Item = Result<Bytes>> {
    let members = stream::iter(files).then(move |file| member(storage.clone(), id, file));
    let end = Bytes::from(vec![0; 2 * TAR_BLOCK as usize]);
    members
        .try_flatten()
        .chain(stream::once(async move { Ok(end) }))
}

async fn member(
    storage: Storage,
    id: TrainingId,
    file: Listed,
) -> Result<impl Stream<Item = Result<Bytes>>> {
    // The size of what is read now: a file may have grown since it was listed.
    let key = format!("{}/{}", folders::tensorboard(id), file.path);
    let (size, bytes) = storage.read(&key, None).await?;
    let mut header = tar::Header::new_ustar();
    header
        .set_path(format!("{id}/{}", file.path))
        .map_err(|source| domain::Error::File {
            path: file.path.clone(),
            source,
        })?;
    header.set_size(size);
    header.set_mode(0o644);
    header.set_mtime(u64::try_from(file.modified_at.timestamp()).unwrap_or(0));
    header.set_cksum();
    let header = Bytes::copy_from_slice(header.as_bytes());
    let padding = Bytes::from(vec![0; (size.next_multiple_of(TAR_BLOCK) - size) as usize]);
    Ok(stream::once(async move { Ok(header) })
        .chain(bytes)
        .chain(stream::once(async move { Ok(padding) })))
}
