//! A limit of bytes a second, for everything of a process that shares it, or for a part of that.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, sleep};

/// The limit. Bytes wait until those before them have had their time.
#[derive(Debug)]
pub struct RateLimiter {
    /// 0 is no limit.
    bytes_per_second: AtomicU64,
    /// When all bytes that were let through so far have had their time.
    free_at: Mutex<Instant>,
    /// A limit that holds besides, for others too.
    outer: Option<Arc<RateLimiter>>,
}

/// So much may come at once after a rest.
const BURST: Duration = Duration::from_millis(100);

impl RateLimiter {
    /// At most so many bytes a second; 0 is no limit.
    pub fn new(bytes_per_second: u64) -> Self {
        Self {
            bytes_per_second: AtomicU64::new(bytes_per_second),
            free_at: Mutex::new(Instant::now()),
            outer: None,
        }
    }

    /// A part of what `outer` lets through, without a limit of its own yet.
    pub fn within(outer: Arc<Self>) -> Self {
        Self {
            outer: Some(outer),
            ..Self::new(0)
        }
    }

    /// From now on at most so many bytes a second; 0 is no limit.
    pub fn limit_to(&self, bytes_per_second: u64) {
        self.bytes_per_second
            .store(bytes_per_second, Ordering::Relaxed);
    }

    /// Waits until so many bytes may be received.
    pub async fn acquire(&self, bytes: usize) {
        let mut until = None;
        let mut rate_limiter = Some(self);
        while let Some(this) = rate_limiter {
            until = until.max(this.reserve(bytes));
            rate_limiter = this.outer.as_deref();
        }
        if let Some(until) = until {
            sleep(until.saturating_duration_since(Instant::now())).await;
        }
    }

    /// When these bytes will have had their time under this limit alone; `None` where there is none.
    fn reserve(&self, bytes: usize) -> Option<Instant> {
        let limit = self.bytes_per_second.load(Ordering::Relaxed);
        if limit == 0 {
            return None;
        }
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let from = (*free_at).max(now.checked_sub(BURST).unwrap_or(now));
        *free_at = from + Duration::from_secs_f64(bytes as f64 / limit as f64);
        Some(*free_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn bytes_come_no_faster_than_the_limit_however_many_fetch_at_once() {
        let rate_limiter = Arc::new(RateLimiter::new(1_000_000));
        let seconds = fetch(&vec![rate_limiter; 4]).await;
        assert!((9.8..10.1).contains(&seconds), "{seconds}");
    }

    #[tokio::test(start_paused = true)]
    async fn of_two_limits_the_narrower_holds() {
        let outer = Arc::new(RateLimiter::new(1_000_000));
        let narrow = Arc::new(RateLimiter::within(outer.clone()));
        narrow.limit_to(100_000);
        let seconds = fetch(&[narrow]).await;
        assert!((24.8..25.1).contains(&seconds), "{seconds}");

        let wide = Arc::new(RateLimiter::within(outer));
        wide.limit_to(9_000_000);
        let unlimited = Arc::new(RateLimiter::within(wide.outer.clone().unwrap()));
        let seconds = fetch(&[wide, unlimited]).await;
        assert!((4.8..5.1).contains(&seconds), "{seconds}");
    }

    /// Seconds until everybody has fetched 2.5 MB.
    async fn fetch(rate_limiters: &[Arc<RateLimiter>]) -> f64 {
        let begun = Instant::now();
        let fetchers: Vec<_> = rate_limiters
            .iter()
            .cloned()
            .map(|rate_limiter| {
                tokio::spawn(async move {
                    for _ in 0..50 {
                        rate_limiter.acquire(50_000).await;
                    }
                })
            })
            .collect();
        for fetcher in fetchers {
            fetcher.await.unwrap();
        }
        begun.elapsed().as_secs_f64()
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_nothing_waits() {
        let begun = Instant::now();
        RateLimiter::new(0).acquire(usize::MAX).await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }
}
