//! A limit of bytes a second, for everything of a process that shares it.

use std::{sync::Mutex, time::Duration};

use tokio::time::{Instant, sleep};

/// The limit. Each piece of bytes waits until those before it have had their time.
#[derive(Debug)]
pub struct Pace {
    bytes_per_second: Option<u64>,
    /// When all bytes that were let through so far have had their time.
    free_at: Mutex<Instant>,
}

/// So much may come at once after a rest.
const BURST: Duration = Duration::from_millis(100);

impl Pace {
    /// At most so many bytes a second; as fast as can be where there is no limit.
    pub fn new(bytes_per_second: Option<u64>) -> Self {
        Self {
            bytes_per_second: bytes_per_second.filter(|bytes| *bytes > 0),
            free_at: Mutex::new(Instant::now()),
        }
    }

    /// Waits until so many bytes may have come.
    pub async fn take(&self, bytes: usize) {
        let Some(limit) = self.bytes_per_second else {
            return;
        };
        let until = {
            let mut free_at = self
                .free_at
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            let now = Instant::now();
            let from = (*free_at).max(now.checked_sub(BURST).unwrap_or(now));
            *free_at = from + Duration::from_secs_f64(bytes as f64 / limit as f64);
            *free_at
        };
        sleep(until.saturating_duration_since(Instant::now())).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn bytes_come_no_faster_than_the_limit_however_many_fetch_at_once() {
        let pace = std::sync::Arc::new(Pace::new(Some(1_000_000)));
        let begun = Instant::now();
        let fetchers: Vec<_> = (0..4)
            .map(|_| {
                let pace = pace.clone();
                tokio::spawn(async move {
                    for _ in 0..50 {
                        pace.take(50_000).await;
                    }
                })
            })
            .collect();
        for fetcher in fetchers {
            fetcher.await.unwrap();
        }
        let seconds = begun.elapsed().as_secs_f64();
        assert!((9.8..10.1).contains(&seconds), "{seconds}");
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_nothing_waits() {
        let begun = Instant::now();
        Pace::new(None).take(usize::MAX).await;
        Pace::new(Some(0)).take(usize::MAX).await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }
}
