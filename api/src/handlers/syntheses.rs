//! Sentences that voices say: ask, look, fetch.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use domain::{
    ids::{SynthesisId, VoiceId},
    paging::Items,
    syntheses::{self, SpeechOptions, Synthesis},
};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth_user::AuthUser,
    body::Body,
    files,
    paging::PageQuery,
    problem::{ApiResult, Problem},
};

/// What to say, and how.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSynthesis {
    /// 1 to 2000 characters, not all of them blank.
    #[garde(length(chars, min = 1, max = 2000), custom(says_something))]
    text: String,
    /// Speaking rate, 0.25 to 4; 1 as trained.
    #[garde(inner(range(min = 0.25, max = 4.0)))]
    speed: Option<f64>,
    /// Scale of the noise, 0 to 2; 0.667 as trained, 0 always says it the same way.
    #[garde(inner(range(min = 0.0, max = 2.0)))]
    noise: Option<f64>,
    /// Seed of the noise; 1 where it isn't given.
    #[garde(inner(range(max = 9_007_199_254_740_991)))]
    seed: Option<u64>,
}

/// Asks a voice to say something.
#[utoipa::path(tag = "voices", params(("id" = VoiceId, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = NewSynthesis,
    responses((status = 202, body = Synthesis), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[post("/voices/{id}/synthesize")]
pub async fn create(
    app: web::Data<App>,
    auth: AuthUser,
    voice: web::Path<VoiceId>,
    body: Body<NewSynthesis>,
) -> ApiResult<HttpResponse> {
    let new = body.value;
    let options = SpeechOptions {
        speed: new.speed.unwrap_or(1.0),
        noise: new.noise.unwrap_or(0.667),
        seed: new.seed.unwrap_or(1),
    };
    let synthesis = syntheses::create(
        &app.db,
        auth.user.id,
        *voice,
        &new.text,
        options,
        body.key.as_ref(),
    )
    .await?;
    Ok(HttpResponse::Accepted()
        .insert_header(("Location", format!("/api/syntheses/{}", synthesis.id)))
        .json(synthesis))
}

/// What a voice was asked to say, newest first.
#[utoipa::path(tag = "voices", params(("id" = VoiceId, Path), PageQuery), responses((status = 200, body = Items<Synthesis>), (status = 404, body = Problem)))]
#[get("/voices/{id}/syntheses")]
pub async fn list(
    app: web::Data<App>,
    auth: AuthUser,
    voice: web::Path<VoiceId>,
    query: web::Query<PageQuery>,
) -> ApiResult<web::Json<Items<Synthesis>>> {
    Ok(web::Json(
        syntheses::list(&app.db, auth.user.id, *voice, query.page()?).await?,
    ))
}

/// One synthesis.
#[utoipa::path(tag = "voices", params(("id" = SynthesisId, Path)), responses((status = 200, body = Synthesis), (status = 404, body = Problem)))]
#[get("/syntheses/{id}")]
pub async fn show(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<SynthesisId>,
) -> ApiResult<web::Json<Synthesis>> {
    Ok(web::Json(
        syntheses::find(&app.db, auth.user.id, *id).await?,
    ))
}

/// A synthesis' audio, once it is completed.
#[utoipa::path(tag = "voices", params(("id" = SynthesisId, Path)),
    responses((status = 200, description = "WAV", content_type = "audio/wav"), (status = 206, description = "a range of it"), (status = 404, body = Problem)))]
#[get("/syntheses/{id}/audio")]
pub async fn audio(
    app: web::Data<App>,
    auth: AuthUser,
    request: HttpRequest,
    id: web::Path<SynthesisId>,
) -> ApiResult<HttpResponse> {
    let synthesis = syntheses::find(&app.db, auth.user.id, *id).await?;
    let key = synthesis
        .file_path
        .ok_or(domain::Error::NotFound("audio yet for a synthesis"))?;
    files::serve(&app.storage, &request, &key, "audio/wav").await
}

fn says_something(text: &str, (): &()) -> garde::Result {
    if text.trim().is_empty() || text.contains('\0') {
        return Err(garde::Error::new(
            "expected something to say, and no NUL character",
        ));
    }
    Ok(())
}
