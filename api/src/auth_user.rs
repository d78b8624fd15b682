//! Who a request comes from.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::AUTHORIZATION, web};
use domain::{ids::SessionId, sessions, users::User};

use crate::{app::App, problem::Problem};

/// The cookie in which a browser keeps its access token.
pub const ACCESS_COOKIE: &str = "avagar_access";
/// The cookie in which a browser keeps its refresh token.
pub const REFRESH_COOKIE: &str = "avagar_refresh";

/// Extracts the account behind a request, by Bearer token or by cookie; 401 where there is none.
pub struct AuthUser {
    pub user: User,
    /// On which device.
    pub session: SessionId,
}

impl FromRequest for AuthUser {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let refuse = || {
                Problem::unauthorized(
                    "sign in first: the access token is missing, wrong or expired",
                )
                .at(&request)
            };
            let app = request.app_data::<web::Data<App>>().ok_or_else(refuse)?;
            let session = access_token(&request)
                .and_then(|token| app.tokens.session(&token))
                .ok_or_else(refuse)?;
            let user = sessions::user(&app.db, session).await?.ok_or_else(refuse)?;
            Ok(Self { user, session })
        })
    }
}

/// What a request says for itself: a bearer token, else the cookie.
pub fn access_token(request: &HttpRequest) -> Option<String> {
    if request.headers().contains_key(AUTHORIZATION) {
        return bearer_token(request).map(str::to_owned);
    }
    request
        .cookie(ACCESS_COOKIE)
        .map(|cookie| cookie.value().to_owned())
}

/// The token of the header `Authorization`. The scheme's name may be in any case (RFC 9110, section 11.1).
pub fn bearer_token(request: &HttpRequest) -> Option<&str> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then_some(token)
}
