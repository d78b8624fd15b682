//! How often an address may ask without signing in.

use std::{net::IpAddr, num::NonZeroU32};

use actix_web::http::StatusCode;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock};

use crate::problem::{ApiResult, Problem};

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
    pub fn let_in(&self, address: IpAddr) -> ApiResult<()> {
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
