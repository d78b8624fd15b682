//! The acting user of a request to the Hub.

use std::{
    future::Future,
    net::{IpAddr, Ipv4Addr},
    pin::Pin,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode, web};
use domain::ids::UserId;
use hub::Token;

use crate::{
    app::App,
    auth_user::{AuthUser, access_token},
    problem::{ApiResult, Problem},
};

/// Who asks the Hub: somebody signed in, with their token or the service token, or anybody, with none and not too often.
pub struct HubCaller {
    /// Who, if we know them.
    pub user: Option<UserId>,
    pub token: Option<Token>,
}

impl FromRequest for HubCaller {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = ApiResult<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let signed_in = access_token(&request).map(|_| AuthUser::from_request(&request, payload));
        Box::pin(async move {
            let app = request
                .app_data::<web::Data<App>>()
                .ok_or_else(|| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "no application"))?;
            let Some(signed_in) = signed_in else {
                let address = request
                    .peer_addr()
                    .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
                app.hub
                    .let_in(address)
                    .map_err(|problem| problem.at(&request))?;
                return Ok(Self {
                    user: None,
                    token: None,
                });
            };
            let user = signed_in.await?.user.id;
            Ok(Self {
                user: Some(user),
                token: app.hub.token(&app.db, user).await?,
            })
        })
    }
}
