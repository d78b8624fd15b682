//! A user's dictionary: words with the pronunciation that they want.

use actix_web::{HttpResponse, delete, get, put, web};
use domain::{
    dictionary::{self, DictionaryEntry},
    paging::Items,
};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    app::App, auth_user::AuthUser, body::Body, paging::PageQuery, problem::ApiResult, query::Query,
};

/// A pronunciation.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Pronunciation {
    /// Symbols of the inventory one after the other, such as `salɑm`; without ezafe.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[aɑeoiubptdkɡʔfvszʃʒxqmnlrhjw]+$"
    )]
    phonemes: String,
}

/// The user's words, the newest first.
#[utoipa::path(tag = "text", operation_id = "listDictionary", params(PageQuery), responses((status = 200, body = Items<DictionaryEntry>)))]
#[get("/dictionary")]
pub async fn list(
    app: web::Data<App>,
    auth: AuthUser,
    query: Query<PageQuery>,
) -> ApiResult<web::Json<Items<DictionaryEntry>>> {
    Ok(web::Json(
        dictionary::list(&app.db, auth.user.id, query.0.page()).await?,
    ))
}

/// One word.
#[utoipa::path(tag = "text", operation_id = "showDictionaryEntry", params(("word" = String, Path, max_length = 60, pattern = "^[آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی]+$")), responses((status = 200, body = DictionaryEntry)))]
#[get("/dictionary/{word}")]
pub async fn show(
    app: web::Data<App>,
    auth: AuthUser,
    word: web::Path<String>,
) -> ApiResult<web::Json<DictionaryEntry>> {
    Ok(web::Json(
        dictionary::find(&app.db, auth.user.id, &word).await?,
    ))
}

/// Adds a word, or changes its pronunciation.
#[utoipa::path(tag = "text", operation_id = "saveDictionaryEntry", params(("word" = String, Path, max_length = 60, pattern = "^[آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی]+$")), request_body = Pronunciation,
    responses((status = 200, body = DictionaryEntry)))]
#[put("/dictionary/{word}")]
pub async fn save(
    app: web::Data<App>,
    auth: AuthUser,
    word: web::Path<String>,
    body: Body<Pronunciation>,
) -> ApiResult<web::Json<DictionaryEntry>> {
    let phonemes = &body.value.phonemes;
    Ok(web::Json(
        dictionary::save(&app.db, auth.user.id, &word, phonemes).await?,
    ))
}

/// Removes a word.
#[utoipa::path(tag = "text", operation_id = "deleteDictionaryEntry", params(("word" = String, Path, max_length = 60, pattern = "^[آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی]+$")), responses((status = 204)))]
#[delete("/dictionary/{word}")]
pub async fn remove(
    app: web::Data<App>,
    auth: AuthUser,
    word: web::Path<String>,
) -> ApiResult<HttpResponse> {
    dictionary::delete(&app.db, auth.user.id, &word).await?;
    Ok(HttpResponse::NoContent().finish())
}
