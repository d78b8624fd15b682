//! How good a training's voice is while it learns: evaluations and samples.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::{
    evaluations::{self, Evaluation, Sample, SampleFile},
    ids::{SampleId, TrainingId},
    paging::Items,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App, auth_user::AuthUser, files, paging::PageQuery, problem::ApiResult, query::Query, urls,
};

/// Evaluations that are answered: the newest.
const EVALUATIONS: i64 = 5_000;

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Sample)]
pub struct SampleWithFiles {
    #[serde(flatten)]
    sample: Sample,
    /// What was said, as WAV.
    audio_url: String,
    /// Log mel bands as PNG: the clip above, what was said below.
    spectrogram_url: String,
    /// Which letter each frame of the clip belongs to, as PNG: letters upwards, time to the right.
    alignment_url: String,
}

impl SampleWithFiles {
    fn new(training: TrainingId, sample: Sample) -> Self {
        let url = |file| urls::sample_file(training, sample.id, file);
        Self {
            audio_url: url(SampleFile::Audio),
            spectrogram_url: url(SampleFile::Spectrogram),
            alignment_url: url(SampleFile::Alignment),
            sample,
        }
    }
}

/// How good a training's voice was on the clips that it doesn't learn from: the newest 5000 evaluations, in order.
#[utoipa::path(tag = "training", operation_id = "listEvaluations", params(("id" = TrainingId, Path)), responses((status = 200, body = Items<Evaluation>)))]
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
#[utoipa::path(tag = "training", operation_id = "listSamples", params(("id" = TrainingId, Path), PageQuery), responses((status = 200, body = Items<SampleWithFiles>)))]
#[get("/training/{id}/samples")]
pub async fn list_samples(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<TrainingId>,
    query: Query<PageQuery>,
) -> ApiResult<web::Json<Items<SampleWithFiles>>> {
    Ok(web::Json(
        evaluations::samples(&app.db, auth.user.id, *id, query.0.page())
            .await?
            .map(|sample| SampleWithFiles::new(*id, sample)),
    ))
}

/// A file of a sample: `speech.wav`, `spectrogram.png` or `alignment.png`.
#[utoipa::path(tag = "training", operation_id = "fetchSampleFile", params(("id" = TrainingId, Path), ("sample" = SampleId, Path), ("file" = String, Path)),
    responses((status = 200, description = "WAV or PNG", content(("audio/wav"), ("image/png"))), (status = 206, description = "a range of it")))]
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
