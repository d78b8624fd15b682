//! What a person has chosen, and their Hub token: written, never read out.

use actix_web::{delete, get, post, put, web};
use domain::preferences::{self, Preferences};
use garde::Validate;
use hub::answers::Account;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth_user::AuthUser,
    body::Body,
    hub_token::TokenBody,
    problem::{ApiResult, Problem},
};

/// What to change; what isn't given stays.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Change {
    /// Downloads at a time, 1 to 16.
    #[garde(inner(range(min = 1, max = 16)))]
    max_concurrent_downloads: Option<u32>,
    /// Of all downloads of a worker process together, 10000 or more; 0 is no limit.
    #[garde(inner(custom(is_a_speed)))]
    max_bytes_per_second: Option<u64>,
}

/// Slower than this, a download is no use: connections fall silent for too long.
const SLOWEST_BYTES_PER_SECOND: u64 = 10_000;
/// As much as the page can count exactly.
const FASTEST_BYTES_PER_SECOND: u64 = 1 << 53;

fn is_a_speed(bytes_per_second: &u64, (): &()) -> garde::Result {
    match *bytes_per_second {
        0 | SLOWEST_BYTES_PER_SECOND..=FASTEST_BYTES_PER_SECOND => Ok(()),
        _ => Err(garde::Error::new(format!(
            "must be 0, or from {SLOWEST_BYTES_PER_SECOND} to {FASTEST_BYTES_PER_SECOND}"
        ))),
    }
}

/// What the user has chosen.
#[utoipa::path(tag = "settings", responses((status = 200, body = Preferences)))]
#[get("/settings")]
pub async fn show(app: web::Data<App>, auth: AuthUser) -> ApiResult<web::Json<Preferences>> {
    Ok(web::Json(preferences::find(&app.db, auth.user.id).await?))
}

/// Changes it.
#[utoipa::path(tag = "settings", request_body = Change, responses((status = 200, body = Preferences), (status = 422, body = Problem)))]
#[post("/settings")]
pub async fn change(
    app: web::Data<App>,
    auth: AuthUser,
    body: Body<Change>,
) -> ApiResult<web::Json<Preferences>> {
    let change = preferences::Change {
        max_concurrent_downloads: body.value.max_concurrent_downloads,
        max_bytes_per_second: body.value.max_bytes_per_second,
    };
    preferences::change(&app.db, auth.user.id, change).await?;
    Ok(web::Json(preferences::find(&app.db, auth.user.id).await?))
}

/// Asks the Hub whether it still accepts the saved token.
#[utoipa::path(tag = "settings", responses((status = 200, body = Account), (status = 403, body = Problem), (status = 404, body = Problem),
    (status = 429, body = Problem), (status = 502, body = Problem)))]
#[put("/settings/huggingface/validate")]
pub async fn validate_saved(app: web::Data<App>, auth: AuthUser) -> ApiResult<web::Json<Account>> {
    let token = preferences::token(&app.db, &app.hub.cipher, auth.user.id)
        .await?
        .ok_or(domain::Error::NotFound("saved token"))?;
    Ok(web::Json(app.hub.hub.whoami(&token).await?))
}

/// Saves a token that the Hub accepts, encrypted.
#[utoipa::path(tag = "settings", request_body = TokenBody, responses((status = 200, body = Preferences), (status = 422, body = Problem),
    (status = 429, body = Problem), (status = 502, body = Problem)))]
#[put("/settings/huggingface/token")]
pub async fn save_token(
    app: web::Data<App>,
    auth: AuthUser,
    body: Body<TokenBody>,
) -> ApiResult<web::Json<Preferences>> {
    let token = body.value.token()?;
    let account = app.hub.whose(&token).await?;
    preferences::save_token(
        &app.db,
        &app.hub.cipher,
        auth.user.id,
        &token,
        &account.name,
    )
    .await?;
    Ok(web::Json(preferences::find(&app.db, auth.user.id).await?))
}

/// Forgets the token.
#[utoipa::path(tag = "settings", responses((status = 200, body = Preferences)))]
#[delete("/settings/huggingface/token")]
pub async fn delete_token(
    app: web::Data<App>,
    auth: AuthUser,
) -> ApiResult<web::Json<Preferences>> {
    preferences::delete_token(&app.db, auth.user.id).await?;
    Ok(web::Json(preferences::find(&app.db, auth.user.id).await?))
}
