//! What a benchmark says of many durations.

use std::{fmt, time::Duration};

/// Median and 99th percentile.
#[derive(Debug, Clone, Copy)]
pub struct Percentiles {
    /// Half took at most this long.
    pub median: Duration,
    /// 99 of 100 took at most this long.
    pub p99: Duration,
}

impl Percentiles {
    /// By the nearest rank; fails where there are no durations.
    pub fn of(durations: &[Duration]) -> Self {
        let mut sorted = durations.to_vec();
        sorted.sort_unstable();
        let rank = |fraction: f64| sorted[(sorted.len() as f64 * fraction).ceil() as usize - 1];
        Self {
            median: rank(0.5),
            p99: rank(0.99),
        }
    }
}

impl fmt::Display for Percentiles {
    /// As two cells of a table, in milliseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = |duration: Duration| duration.as_secs_f64() * 1000.0;
        write!(
            f,
            "{:.1} ms | {:.1} ms",
            milliseconds(self.median),
            milliseconds(self.p99)
        )
    }
}
