//! The acting user of a request to the Hub.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use domain::ids::UserId;
use hub::Token;

use crate::{
    caller::identify,
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
        let identified = identify(request.clone(), payload.take(), |app| &app.hub.anonymous);
        Box::pin(async move {
            let (app, user) = identified.await?;
            let token = match user {
                Some(user) => app.hub.token(&app.db, user).await?,
                None => None,
            };
            Ok(Self { user, token })
        })
    }
}
