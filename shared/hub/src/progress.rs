//! The progress of a download: counted while it is fetched, read by whoever reports it.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::names::RepoPath;

/// The speed is that of the last so many seconds.
const WINDOW: Duration = Duration::from_secs(5);

/// The counts.
#[derive(Debug, Default)]
pub struct Progress {
    bytes: AtomicU64,
    files: AtomicU32,
    file: Mutex<Option<RepoPath>>,
}

/// What it is at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgressSnapshot {
    /// Bytes that are here, those of chunks in flight too.
    pub bytes: u64,
    /// Files that are here, checked.
    pub files: u32,
    /// The file that was begun last.
    pub file: Option<RepoPath>,
}

/// Bytes a second, smoothed.
#[derive(Debug, Default)]
pub struct Speed(VecDeque<(Instant, u64)>);

impl Progress {
    /// More bytes are here.
    pub fn add_bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Bytes that were counted have been discarded.
    pub fn remove_bytes(&self, bytes: u64) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// A file's download begins.
    pub fn start_file(&self, path: &RepoPath) {
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = Some(path.clone());
    }

    /// So many more files are here.
    pub fn add_files(&self, files: u32) {
        self.files.fetch_add(files, Ordering::Relaxed);
    }

    /// The current counts.
    pub fn read(&self) -> ProgressSnapshot {
        ProgressSnapshot {
            bytes: self.bytes.load(Ordering::Relaxed),
            files: self.files.load(Ordering::Relaxed),
            file: self
                .file
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        }
    }
}

impl Speed {
    /// Bytes a second, now that so many are here.
    pub fn now(&mut self, bytes: u64) -> f64 {
        self.at(Instant::now(), bytes)
    }

    fn at(&mut self, now: Instant, bytes: u64) -> f64 {
        self.0.push_back((now, bytes));
        // One that is older than the window stays, so that it is full.
        while self
            .0
            .get(1)
            .is_some_and(|(then, _)| now.duration_since(*then) >= WINDOW)
        {
            self.0.pop_front();
        }
        let Some((then, before)) = self.0.front() else {
            return 0.0;
        };
        let seconds = now.duration_since(*then).as_secs_f64();
        if seconds > 0.0 {
            bytes.saturating_sub(*before) as f64 / seconds
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_speed_is_that_of_the_last_seconds() {
        let (mut speed, begun) = (Speed::default(), Instant::now());
        let mut at = |second: u64, bytes| speed.at(begun + Duration::from_secs(second), bytes);
        assert_eq!(at(0, 1_000), 0.0);
        assert_eq!(at(1, 1_500), 500.0);
        assert_eq!(at(5, 6_000), 1_000.0);
        assert_eq!(at(10, 6_000), 0.0);
        // Discarded bytes make no negative speed.
        assert_eq!(at(11, 5_000), 0.0);
    }
}
