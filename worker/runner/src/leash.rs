//! What holds a running job: it hears here when it has to stop, shows here that it gets on, and asks here whether it may
//! still write.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use domain::{
    Error, Result,
    runs::{Outcome, Run},
};
use tokio::{sync::watch, time::sleep};

/// Pause between attempts to ask whether the run still owns its job, where the database is away.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Why a job has to stop before it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// A person wants it to rest.
    Pause,
    /// A person wants it gone.
    Cancel,
    /// This worker is going away.
    HandBack,
    /// Another run owns the job: nothing may be written any more.
    Lost,
}

impl StopReason {
    /// What stopping for this reason is called.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Pause => Outcome::Paused,
            Self::Cancel => Outcome::Cancelled,
            // A lost run's end is written by nobody: finishing it is refused.
            Self::HandBack | Self::Lost => Outcome::HandedBack,
        }
    }

    /// Which of two reasons counts: what is lost stays lost, and what is cancelled is not just paused.
    const fn weight(self) -> u8 {
        match self {
            Self::HandBack => 0,
            Self::Pause => 1,
            Self::Cancel => 2,
            Self::Lost => 3,
        }
    }
}

/// The job's end of the leash; the wrapper in [`crate::run`] holds the other. Clones are the same leash.
#[derive(Debug, Clone)]
pub struct Leash {
    run: Run,
    stop: watch::Sender<Option<StopReason>>,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug)]
struct Seen {
    /// When the job last showed that it gets on.
    pulse: Instant,
    /// When the database last said that the run owns its job.
    confirmed: Instant,
}

impl Leash {
    /// The leash of a run that was taken just now.
    pub fn new(run: Run) -> Self {
        let now = Instant::now();
        let seen = Seen {
            pulse: now,
            confirmed: now,
        };
        Self {
            run,
            stop: watch::Sender::new(None),
            seen: Arc::new(Mutex::new(seen)),
        }
    }

    /// Why to stop, if at all; a job looks whenever it can stop cleanly.
    pub fn reason(&self) -> Option<StopReason> {
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

    /// Shows that the job gets on. One that doesn't for long is taken for hanging.
    pub fn pulse(&self) {
        self.seen().pulse = Instant::now();
    }

    /// To be asked before bytes are written, whose storage knows no fence: waits until the database has said within the
    /// last `fresh` that the run owns its job.
    ///
    /// # Errors
    /// [`Error::LostRun`] where it doesn't any more.
    pub async fn confirm(&self, fresh: Duration) -> Result<()> {
        loop {
            if self.reason() == Some(StopReason::Lost) {
                return Err(Error::LostRun(self.run.id));
            }
            if self.seen().confirmed.elapsed() < fresh {
                return Ok(());
            }
            match self.heartbeat().await {
                Err(error) if error.is_transient() => {
                    // The job waits for the database, and does not hang.
                    self.pulse();
                    sleep(ASK_AGAIN).await;
                }
                answered => return answered,
            }
        }
    }

    /// Says that the run lives, and learns whether it owns its job.
    pub(crate) async fn heartbeat(&self) -> Result<()> {
        let asked = Instant::now();
        self.run.heartbeat().await?;
        self.seen().confirmed = asked;
        Ok(())
    }

    /// Tells the job to stop; a weightier reason is not replaced.
    pub(crate) fn pull(&self, reason: StopReason) {
        self.stop.send_if_modified(|stop| {
            let weightier = stop.is_none_or(|before| before.weight() < reason.weight());
            if weightier {
                *stop = Some(reason);
            }
            weightier
        });
    }

    /// Takes back a wish to pause that was withdrawn before the job stopped.
    pub(crate) fn loosen(&self) {
        self.stop.send_if_modified(|stop| {
            stop.take_if(|reason| *reason == StopReason::Pause)
                .is_some()
        });
    }

    /// For how long the job has not shown that it gets on.
    pub(crate) fn silence(&self) -> Duration {
        self.seen().pulse.elapsed()
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
