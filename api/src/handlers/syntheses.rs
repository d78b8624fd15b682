//! Texts that voices say: ask, look, fetch.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use domain::{
    ids::{SynthesisId, VoiceId},
    paging::Items,
    states::SynthesisState,
    syntheses::{self, SpeechOptions, Synthesis},
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App, auth_user::AuthUser, body::Body, files, idempotency::IdempotencyHeader,
    paging::PageQuery, problem::ApiResult, query::Query, urls,
};

/// What to say, and how.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSynthesis {
    /// Not only blanks. It is spoken sentence by sentence, with pauses by its punctuation.
    #[garde(custom(says_something))]
    #[schema(
        min_length = 1,
        max_length = 20000,
        pattern = r"^[^\x00]*[^\s\x00][^\x00]*$"
    )]
    text: String,
    /// How many times as fast as the voice speaks by itself; 1 if omitted.
    #[garde(skip)]
    #[schema(minimum = 0.25, maximum = 4)]
    speed: Option<f64>,
    /// Scale of the noise; 0.667 as trained, 0 always says it the same way.
    #[garde(skip)]
    #[schema(minimum = 0, maximum = 2)]
    noise: Option<f64>,
    /// Seed of the noise; 1 if omitted.
    #[garde(skip)]
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    seed: Option<u64>,
    /// Who speaks, one of the voice's `speakers`; the first if omitted.
    #[garde(skip)]
    speaker: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Synthesis)]
pub struct SynthesisWithAudio {
    #[serde(flatten)]
    synthesis: Synthesis,
    /// Where to fetch the WAV, once it is completed.
    audio_url: Option<String>,
}

impl From<Synthesis> for SynthesisWithAudio {
    fn from(synthesis: Synthesis) -> Self {
        let is_completed = synthesis.status == SynthesisState::Completed;
        Self {
            audio_url: is_completed.then(|| urls::synthesis_audio(synthesis.id)),
            synthesis,
        }
    }
}

/// Asks a voice to say something.
#[utoipa::path(tag = "voices", operation_id = "createSynthesis", params(("id" = VoiceId, Path), IdempotencyHeader), request_body = NewSynthesis,
    responses((status = 202, body = SynthesisWithAudio)))]
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
        speaker: new.speaker,
    };
    let synthesis = syntheses::create(
        &app.db,
        auth.user.id,
        *voice,
        &new.text,
        &options,
        body.key.as_ref(),
    )
    .await?;
    Ok(HttpResponse::Accepted()
        .insert_header(("Location", urls::synthesis(synthesis.id)))
        .json(SynthesisWithAudio::from(synthesis)))
}

/// What a voice was asked to say, newest first.
#[utoipa::path(tag = "voices", operation_id = "listSyntheses", params(("id" = VoiceId, Path), PageQuery), responses((status = 200, body = Items<SynthesisWithAudio>)))]
#[get("/voices/{id}/syntheses")]
pub async fn list(
    app: web::Data<App>,
    auth: AuthUser,
    voice: web::Path<VoiceId>,
    query: Query<PageQuery>,
) -> ApiResult<web::Json<Items<SynthesisWithAudio>>> {
    Ok(web::Json(
        syntheses::list(&app.db, auth.user.id, *voice, query.0.page())
            .await?
            .map(SynthesisWithAudio::from),
    ))
}

/// One synthesis.
#[utoipa::path(tag = "voices", operation_id = "showSynthesis", params(("id" = SynthesisId, Path)), responses((status = 200, body = SynthesisWithAudio)))]
#[get("/syntheses/{id}")]
pub async fn show(
    app: web::Data<App>,
    auth: AuthUser,
    id: web::Path<SynthesisId>,
) -> ApiResult<web::Json<SynthesisWithAudio>> {
    Ok(web::Json(
        syntheses::find(&app.db, auth.user.id, *id).await?.into(),
    ))
}

/// A synthesis' audio, once it is completed.
#[utoipa::path(tag = "voices", operation_id = "fetchSynthesisAudio", params(("id" = SynthesisId, Path)),
    responses((status = 200, description = "WAV", content_type = "audio/wav"), (status = 206, description = "a range of it")))]
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
    if text.trim().is_empty() {
        return Err(garde::Error::new("expected something to say"));
    }
    Ok(())
}
