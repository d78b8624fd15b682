//! What a person has chosen, and their Hub token: written, never read out.

use actix_web::{delete, get, post, put, web};
use domain::preferences::{self, Preferences};
use garde::Validate;
use hub::responses::Account;
use serde::Deserialize;
use utoipa::{
    ToSchema,
    openapi::{Object, OneOfBuilder, Schema, Type},
};

use crate::{
    app::App,
    auth_user::AuthUser,
    body::Body,
    hub_token::TokenBody,
    problem::{ApiResult, Problem},
    refusals::HubRefusals,
};

/// What to change; what isn't given stays.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Change {
    /// Downloads at a time.
    #[schema(minimum = 1, maximum = 16)]
    max_concurrent_downloads: Option<u32>,
    #[schema(schema_with = bytes_per_second)]
    max_bytes_per_second: Option<u64>,
}

/// Slower than 10000, a download is no use: connections fall silent for too long. At most as much as the page can count
/// exactly.
fn bytes_per_second() -> Schema {
    let integer = || Object::builder().schema_type(Type::Integer);
    OneOfBuilder::new()
        .description(Some(
            "Of all downloads of a worker process together; 0 is no limit.",
        ))
        .item(integer().enum_values(Some([0])))
        .item(
            integer()
                .minimum(Some(10_000))
                .maximum(Some((1_u64 << 53) - 1)),
        )
        .item(Object::builder().schema_type(Type::Null))
        .into()
}

/// What the user has chosen.
#[utoipa::path(tag = "settings", operation_id = "showPreferences", responses((status = 200, body = Preferences)))]
#[get("/settings")]
pub async fn show(app: web::Data<App>, auth: AuthUser) -> ApiResult<web::Json<Preferences>> {
    Ok(web::Json(preferences::find(&app.db, auth.user.id).await?))
}

/// Changes it.
#[utoipa::path(tag = "settings", operation_id = "changePreferences", request_body = Change, responses((status = 200, body = Preferences)))]
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
#[utoipa::path(tag = "settings", operation_id = "validateSavedToken", responses((status = 200, body = Account), (status = 404, body = Problem), HubRefusals))]
#[put("/settings/huggingface/validate")]
pub async fn validate_saved(app: web::Data<App>, auth: AuthUser) -> ApiResult<web::Json<Account>> {
    let token = preferences::token(&app.db, &app.hub.cipher, auth.user.id)
        .await?
        .ok_or(domain::Error::NotFound("saved token"))?;
    Ok(web::Json(app.hub.hub.whoami(&token).await?))
}

/// Saves a token that the Hub accepts, encrypted.
#[utoipa::path(tag = "settings", operation_id = "saveToken", request_body = TokenBody, responses((status = 200, body = Preferences), HubRefusals))]
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
#[utoipa::path(tag = "settings", operation_id = "deleteToken", responses((status = 200, body = Preferences)))]
#[delete("/settings/huggingface/token")]
pub async fn delete_token(
    app: web::Data<App>,
    auth: AuthUser,
) -> ApiResult<web::Json<Preferences>> {
    preferences::delete_token(&app.db, auth.user.id).await?;
    Ok(web::Json(preferences::find(&app.db, auth.user.id).await?))
}
