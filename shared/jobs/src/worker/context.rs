//! What a running job is given: here it learns when it has to stop, shows that it makes progress, and checks whether it may
//! still write.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tokio::{sync::watch, time::sleep};

use crate::{Error, Result, ids::RunId, kind::JobKind, outcome::Outcome, run::Run};

/// Pause between checks whether the run still owns its job, while the database is down.
const CONFIRM_RETRY: Duration = Duration::from_secs(1);

/// Why a job has to stop before it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// Its owner pauses it.
    Pause,
    /// Its owner cancels it.
    Cancel,
    /// This worker is going away.
    HandBack,
    /// Another run owns the job: nothing may be written any more.
    Lost,
}

impl StopReason {
    /// How a run ends that stops for this reason.
    pub fn outcome<T>(self) -> Outcome<T> {
        match self {
            Self::Pause => Outcome::Paused,
            Self::Cancel => Outcome::Cancelled,
            // A lost run's end is written by nobody: finishing it is refused.
            Self::HandBack | Self::Lost => Outcome::HandedBack,
        }
    }

    /// Which of two reasons counts: what is lost stays lost, and what is cancelled is not just paused.
    const fn precedence(self) -> u8 {
        match self {
            Self::HandBack => 0,
            Self::Pause => 1,
            Self::Cancel => 2,
            Self::Lost => 3,
        }
    }
}

/// A running job's view of its run. Clones are the same.
pub struct RunContext<K: JobKind> {
    run: Run<K>,
    stop: watch::Sender<Option<StopReason>>,
    seen: Arc<Mutex<Seen>>,
    /// The run's ownership must have been confirmed within this time before bytes are written.
    confirmed_within: Duration,
    scratch_dir: PathBuf,
}

impl<K: JobKind> Clone for RunContext<K> {
    fn clone(&self) -> Self {
        Self {
            run: self.run.clone(),
            stop: self.stop.clone(),
            seen: self.seen.clone(),
            confirmed_within: self.confirmed_within,
            scratch_dir: self.scratch_dir.clone(),
        }
    }
}

#[derive(Debug)]
struct Seen {
    /// When the job last showed that it makes progress.
    touched: Instant,
    /// When the database last confirmed that the run owns its job.
    confirmed: Instant,
}

impl<K: JobKind> RunContext<K> {
    /// The context of a run whose job was claimed just now. A run without a heartbeat for `lost_after` is given to
    /// another worker.
    pub fn new(run: Run<K>, lost_after: Duration, scratch_dir: &Path) -> Self {
        let now = Instant::now();
        Self {
            run,
            stop: watch::Sender::new(None),
            seen: Arc::new(Mutex::new(Seen {
                touched: now,
                confirmed: now,
            })),
            // Half of the time after which somebody else may own the job.
            confirmed_within: lost_after / 2,
            scratch_dir: scratch_dir.to_owned(),
        }
    }

    /// The run.
    pub const fn run(&self) -> &Run<K> {
        &self.run
    }

    /// A scratch folder of the run's own; its name lets the next start delete it, should this process be killed.
    ///
    /// # Errors
    /// Where the folder can't be made.
    pub fn scratch(&self) -> Result<TempDir> {
        tempfile::Builder::new()
            .prefix(&scratch_prefix(self.run.id))
            .tempdir_in(&self.scratch_dir)
            .map_err(|source| Error::File {
                path: self.scratch_dir.display().to_string(),
                source,
            })
    }

    /// Why to stop, if at all; a job looks whenever it can stop cleanly.
    pub fn stop_requested(&self) -> Option<StopReason> {
        *self.stop.borrow()
    }

    /// Waits until there is a reason to stop.
    pub async fn stopped(&self) -> StopReason {
        let mut stop = self.stop.subscribe();
        loop {
            if let Some(reason) = *stop.borrow_and_update() {
                return reason;
            }
            if stop.changed().await.is_err() {
                return StopReason::Lost;
            }
        }
    }

    /// Shows that the job makes progress. One that doesn't for long is taken for hanging.
    pub fn touch(&self) {
        self.seen().touched = Instant::now();
    }

    /// To be asked before bytes are written, whose storage knows no fence: waits until the database has lately confirmed that
    /// the run owns its job.
    ///
    /// # Errors
    /// [`Error::LostRun`] where it doesn't any more.
    pub async fn confirm_ownership(&self) -> Result<()> {
        loop {
            if self.stop_requested() == Some(StopReason::Lost) {
                return Err(Error::LostRun(self.run.id));
            }
            if self.seen().confirmed.elapsed() < self.confirmed_within {
                return Ok(());
            }
            match self.heartbeat().await {
                Err(error) if error.is_transient() => {
                    // The job waits for the database, and does not hang.
                    self.touch();
                    sleep(CONFIRM_RETRY).await;
                }
                checked => return checked,
            }
        }
    }

    /// Says that the run lives, and learns whether it owns its job.
    pub(crate) async fn heartbeat(&self) -> Result<()> {
        let checked_at = Instant::now();
        self.run.heartbeat().await?;
        self.seen().confirmed = checked_at;
        Ok(())
    }

    /// Tells the job to stop; a reason of higher precedence is not replaced.
    pub(crate) fn request_stop(&self, reason: StopReason) {
        self.stop.send_if_modified(|stop| {
            let outweighs = stop.is_none_or(|before| before.precedence() < reason.precedence());
            if outweighs {
                *stop = Some(reason);
            }
            outweighs
        });
    }

    /// The owner resumed the job before it had paused.
    pub(crate) fn clear_pause(&self) {
        self.stop.send_if_modified(|stop| {
            stop.take_if(|reason| *reason == StopReason::Pause)
                .is_some()
        });
    }

    /// For how long the job has not shown that it makes progress.
    pub(crate) fn idle_for(&self) -> Duration {
        self.seen().touched.elapsed()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn scratch_prefix(run: RunId) -> String {
    format!("run-{run}-")
}

/// The run whose scratch folder has this name.
pub(crate) fn run_of_scratch(name: &str) -> Option<RunId> {
    let number = name.strip_prefix("run-")?.split('-').next()?;
    number.parse().ok().map(RunId)
}
