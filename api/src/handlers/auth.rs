//! Accounts: register, log in, refresh, who am I, log out.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite, time::Duration},
    get, post, web,
};
use domain::{
    ids::SessionId,
    sessions::{self, Refreshed},
    users::{self, User},
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    auth_user::{ACCESS_COOKIE, AuthUser, REFRESH_COOKIE},
    body::Body,
    problem::{ApiResult, Problem, RequestProblem},
    tokens::{RefreshToken, hash_secret},
};

const REFRESH_PATH: &str = "/api/auth";

/// A new account.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// Signs in with it.
    #[garde(email)]
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// What to call the person.
    #[garde(custom(visible))]
    #[schema(
        min_length = 1,
        max_length = 64,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    username: String,
    /// Of the user's choice.
    #[garde(skip)]
    #[schema(format = Password, min_length = 10, max_length = 200)]
    password: String,
}

/// Who signs in.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// The account's address.
    #[garde(skip)]
    #[schema(max_length = 254)]
    email: String,
    #[garde(skip)]
    #[schema(format = Password, max_length = 200)]
    password: String,
}

/// A session just begun or renewed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignedInAnswer {
    /// For `Authorization: Bearer`; browsers get it as a cookie.
    access_token: String,
    /// Its life in seconds.
    expires_in: u64,
    user: User,
}

/// Makes an account and signs it in; the first account becomes admin.
#[utoipa::path(tag = "accounts", operation_id = "register", request_body = Registration, responses(
    (status = 201, body = SignedInAnswer), (status = 409, body = Problem, description = "the address is taken, or registration is closed")), security(()))]
#[post("/auth/register")]
pub async fn register(
    app: web::Data<App>,
    request: HttpRequest,
    body: Body<Registration>,
) -> ApiResult<HttpResponse> {
    let Registration {
        email,
        username,
        password,
    } = body.value;
    let hash = app.tokens.hash(password).await?;
    let open = app.settings.auth.registration_open;
    let user = users::register(&app.db, &email, username.trim(), &hash, open)
        .await
        .map_err(|error| Problem::from(error).at(&request))?;
    sign_in(&app, user, HttpResponse::Created()).await
}

/// Signs in.
#[utoipa::path(tag = "accounts", operation_id = "signIn", request_body = Credentials, responses(
    (status = 200, body = SignedInAnswer), (status = 401, body = Problem, description = "the e-mail address or the password is wrong")), security(()))]
#[post("/auth/login")]
pub async fn login(
    app: web::Data<App>,
    request: HttpRequest,
    body: Body<Credentials>,
) -> ApiResult<HttpResponse> {
    let Credentials { email, password } = body.value;
    let (user, hash) = users::by_email(&app.db, &email).await?.unzip();
    if !app.tokens.verify(password, hash).await? {
        return Err(wrong_credentials().at(&request));
    }
    let user = user.ok_or_else(wrong_credentials)?;
    sign_in(&app, user, HttpResponse::Ok()).await
}

fn wrong_credentials() -> Problem {
    Problem::unauthorized("e-mail address or password is wrong")
        .of(RequestProblem::WrongCredentials.into())
}

/// Exchanges the refresh cookie for a new access token. The refresh token rotates; its second use ends the session.
#[utoipa::path(tag = "accounts", operation_id = "refreshSession", responses((status = 200, body = SignedInAnswer)), security(("refresh" = [])))]
#[post("/auth/refresh")]
pub async fn refresh(app: web::Data<App>, request: HttpRequest) -> ApiResult<HttpResponse> {
    let refuse = || {
        Problem::unauthorized("the session has ended: sign in again")
            .of(RequestProblem::SessionEnded.into())
            .at(&request)
    };
    let cookie = request.cookie(REFRESH_COOKIE).ok_or_else(refuse)?;
    let old = RefreshToken::parse(cookie.value()).ok_or_else(refuse)?;
    let secret = RefreshToken::secret();
    let days = app.settings.auth.session_days;
    let session = old.session();
    match sessions::refresh(&app.db, session, &old.hash(), &hash_secret(&secret), days).await? {
        Refreshed::Rotated(user) => {
            let token = RefreshToken::of(session, secret);
            answer(&app, user, session, Some(&token), HttpResponse::Ok())
        }
        Refreshed::Concurrent(user) => answer(&app, user, session, None, HttpResponse::Ok()),
        Refreshed::Refused => Err(refuse()),
    }
}

/// Signs this device out; its access token and its sockets end at once.
#[utoipa::path(tag = "accounts", operation_id = "signOut", responses((status = 204)))]
#[post("/auth/logout")]
pub async fn logout(app: web::Data<App>, auth: AuthUser) -> ApiResult<HttpResponse> {
    sessions::end(&app.db, auth.session).await?;
    let mut response = HttpResponse::NoContent().finish();
    for (name, path) in [(ACCESS_COOKIE, "/api"), (REFRESH_COOKIE, REFRESH_PATH)] {
        let mut cookie = Cookie::build(name, "").path(path).finish();
        cookie.make_removal();
        let _only_fails_on_bad_characters = response.add_cookie(&cookie);
    }
    Ok(response)
}

/// Who is signed in.
#[utoipa::path(tag = "accounts", operation_id = "showAccount", responses((status = 200, body = User)))]
#[get("/auth/me")]
pub async fn me(auth: AuthUser) -> web::Json<User> {
    web::Json(auth.user)
}

async fn sign_in(
    app: &App,
    user: User,
    response: actix_web::HttpResponseBuilder,
) -> ApiResult<HttpResponse> {
    let secret = RefreshToken::secret();
    let session = sessions::start(
        &app.db,
        user.id,
        &hash_secret(&secret),
        app.settings.auth.session_days,
    )
    .await?;
    answer(
        app,
        user,
        session,
        Some(&RefreshToken::of(session, secret)),
        response,
    )
}

fn answer(
    app: &App,
    user: User,
    session: SessionId,
    rotated: Option<&RefreshToken>,
    mut response: actix_web::HttpResponseBuilder,
) -> ApiResult<HttpResponse> {
    let access_token = app.tokens.access(user.id, session)?;
    let expires_in = app.tokens.access_seconds();
    let secure = app.settings.auth.secure_cookies;
    let cookie = |name: &'static str, value: String, path: &'static str, seconds: i64| {
        Cookie::build(name, value)
            .path(path)
            .http_only(true)
            .secure(secure)
            .same_site(SameSite::Strict)
            .max_age(Duration::seconds(seconds))
            .finish()
    };
    let seconds = i64::try_from(expires_in).unwrap_or(i64::MAX);
    response.cookie(cookie(ACCESS_COOKIE, access_token.clone(), "/api", seconds));
    if let Some(token) = rotated {
        let seconds = i64::from(app.settings.auth.session_days) * 24 * 3600;
        response.cookie(cookie(
            REFRESH_COOKIE,
            token.to_string(),
            REFRESH_PATH,
            seconds,
        ));
    }
    Ok(response.json(SignedInAnswer {
        access_token,
        expires_in,
        user,
    }))
}

/// A name must show something.
fn visible(name: &str, (): &()) -> garde::Result {
    if name.trim().is_empty() || name.chars().any(char::is_control) {
        return Err(garde::Error::new(
            "expected at least one visible character and no control characters",
        ));
    }
    Ok(())
}
