//! How often an address may ask without signing in.

use std::{
    future::Future,
    net::{IpAddr, Ipv4Addr},
    num::NonZeroU32,
    pin::Pin,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode, web};
use domain::ids::UserId;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock};

use crate::{
    app::App,
    auth_user::{AuthUser, access_token},
    problem::{ApiResult, Problem},
};

/// Addresses that are remembered before those are forgotten that have not asked for a while.
const MAX_ADDRESSES: usize = 10_000;

/// Counts by address.
pub struct AnonymousLimit {
    by_address: DefaultKeyedRateLimiter<IpAddr>,
}

impl AnonymousLimit {
    pub fn per_minute(most: u32) -> Self {
        let most = NonZeroU32::new(most).unwrap_or(NonZeroU32::MIN);
        Self {
            by_address: RateLimiter::keyed(Quota::per_minute(most)),
        }
    }

    /// Refuses addresses that ask too often.
    fn let_in(&self, address: IpAddr) -> ApiResult<()> {
        if self.by_address.len() > MAX_ADDRESSES {
            self.by_address.retain_recent();
        }
        self.by_address.check_key(&address).map_err(|until| {
            let wait = until.wait_time_from(governor::clock::DefaultClock::default().now());
            let seconds = wait.as_secs() + 1;
            let detail =
                format!("too many questions without signing in; wait {seconds} s, or sign in");
            Problem::new(StatusCode::TOO_MANY_REQUESTS, detail).retry_after(seconds)
        })
    }
}

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
