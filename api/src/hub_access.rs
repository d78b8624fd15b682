//! How requests ask the Hub: as whom, how often, and what its refusals mean over HTTP.

use std::{
    future::Future,
    net::{IpAddr, Ipv4Addr},
    num::{NonZeroU16, NonZeroU32},
    pin::Pin,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode, web};
use domain::{
    Error, Result, db::PgPool, ids::UserId, preferences, preferences::Seal, settings::Settings,
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock};
use hub::{Hub, Token};

use crate::{
    auth::{SignedIn, access_token},
    problem::{Answer, Problem},
    server::App,
};

/// Addresses that are remembered before those are forgotten that have not asked for a while.
const MOST_ADDRESSES: usize = 10_000;

/// The Hub, and the tokens with which it is asked.
pub struct HubAccess {
    /// Asks the Hub.
    pub hub: Hub,
    /// Opens people's tokens.
    pub seal: Seal,
    house_token: Option<Token>,
    anonymous: DefaultKeyedRateLimiter<IpAddr>,
}

/// Who asks the Hub: somebody signed in, with their token or the house's, or anybody, with none and not too often.
pub struct Asker {
    /// Who, if we know them.
    pub user: Option<UserId>,
    /// With which token.
    pub token: Option<Token>,
}

impl HubAccess {
    /// By these settings.
    ///
    /// # Errors
    /// Where the Hub's client can't be made.
    pub fn new(settings: &Settings) -> Result<Self> {
        hub::choose_cryptography();
        let about = &settings.hub;
        let most = NonZeroU32::new(about.anonymous_questions_per_minute).unwrap_or(NonZeroU32::MIN);
        Ok(Self {
            hub: Hub::new(about.config()?).map_err(|error| Error::Settings(error.to_string()))?,
            seal: Seal::new(&settings.auth.sealing_secret),
            house_token: about.token(),
            anonymous: RateLimiter::keyed(Quota::per_minute(most)),
        })
    }

    /// The token of somebody signed in: their own, else the house's.
    pub async fn token(&self, db: &PgPool, user: UserId) -> Result<Option<Token>> {
        let own = preferences::token(db, &self.seal, user).await?;
        Ok(own.or_else(|| self.house_token.clone()))
    }

    fn let_in(&self, address: IpAddr) -> Answer<()> {
        if self.anonymous.len() > MOST_ADDRESSES {
            self.anonymous.retain_recent();
        }
        self.anonymous.check_key(&address).map_err(|until| {
            let wait = until.wait_time_from(governor::clock::DefaultClock::default().now());
            let seconds = wait.as_secs() + 1;
            let detail =
                format!("too many questions without signing in; wait {seconds} s, or sign in");
            Problem::new(StatusCode::TOO_MANY_REQUESTS, detail).retry_after(seconds)
        })
    }
}

impl FromRequest for Asker {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Answer<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let signed_in = access_token(&request).map(|_| SignedIn::from_request(&request, payload));
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

impl Problem {
    /// Says when to come again.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = NonZeroU16::new(u16::try_from(seconds).unwrap_or(u16::MAX));
        self
    }
}

impl From<hub::Error> for Problem {
    fn from(error: hub::Error) -> Self {
        use hub::Error as E;
        let status = match &error {
            E::NoRepo { .. } | E::NoRevision { .. } | E::NoFile { .. } => StatusCode::NOT_FOUND,
            // Not 401: it is the Hub that doesn't know the person, and not we.
            E::BadToken | E::Gated { .. } | E::Forbidden { .. } | E::Disabled { .. } => {
                StatusCode::FORBIDDEN
            }
            E::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            E::Offline | E::Unwell { .. } => StatusCode::SERVICE_UNAVAILABLE,
            E::Silent(_) => StatusCode::GATEWAY_TIMEOUT,
            E::Changed { .. } => StatusCode::CONFLICT,
            E::Network(_)
            | E::Answer(_)
            | E::Redirect(_)
            | E::Name(_)
            | E::Expired
            | E::NoRanges
            | E::Damaged { .. } => StatusCode::BAD_GATEWAY,
            E::NoRoom { .. } | E::DiskFull(_) | E::Cache(_) => StatusCode::INSUFFICIENT_STORAGE,
        };
        let problem = Self::new(status, error.to_string());
        match error.wait() {
            Some(wait) => problem.retry_after(wait.as_secs()),
            None => problem,
        }
    }
}
