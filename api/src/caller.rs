//! Who asks what may be asked without signing in, though not too often.

use std::{
    future::Future,
    net::{IpAddr, Ipv4Addr},
    pin::Pin,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode, web};
use domain::ids::UserId;

use crate::{
    anonymous_limit::AnonymousLimit,
    app::App,
    auth_user::{AuthUser, access_token},
    problem::{ApiResult, Problem},
};

/// The application, and who asks: somebody signed in, or anybody, within the limit that `of` names.
pub async fn identify(
    request: HttpRequest,
    mut payload: Payload,
    of: fn(&App) -> &AnonymousLimit,
) -> ApiResult<(web::Data<App>, Option<UserId>)> {
    let app = request
        .app_data::<web::Data<App>>()
        .ok_or_else(|| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "no application"))?
        .clone();
    if access_token(&request).is_some() {
        let auth = AuthUser::from_request(&request, &mut payload).await?;
        return Ok((app, Some(auth.user.id)));
    }
    let address = request
        .peer_addr()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    of(&app)
        .let_in(address)
        .map_err(|problem| problem.at(&request))?;
    Ok((app, None))
}

/// Who has a text analyzed: somebody signed in, or anybody, not too often.
pub struct TextCaller {
    /// Who, if we know them.
    pub user: Option<UserId>,
}

impl FromRequest for TextCaller {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = ApiResult<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let identified = identify(request.clone(), payload.take(), |app| {
            &app.anonymous_analyses
        });
        Box::pin(async move {
            let (_, user) = identified.await?;
            Ok(Self { user })
        })
    }
}
