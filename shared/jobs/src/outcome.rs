//! How a run ends, and what becomes of its job: one enum, and one function that turns it into the next state.

use std::time::Duration;

use crate::{
    reason::{JobFailure, Reason},
    state::{Control, JobState},
};

/// For so long a job is snoozed without making progress before it fails.
const SNOOZE_LIMIT: Duration = Duration::from_secs(7 * 86_400);
/// Shortest and longest snooze; in between it grows with the time that it has lasted.
const SNOOZE: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(300));
/// Longest wait between two attempts, in seconds.
const MAX_BACKOFF_SECONDS: f64 = 300.0;

/// How a run ended.
#[derive(Debug, Clone)]
pub enum Outcome<T> {
    /// The job is done, and this is its output.
    Completed(T),
    /// Something passing went wrong: try again later, if attempts are left.
    Retry {
        /// Wait this long; if omitted, longer with every attempt.
        after: Option<Duration>,
        /// What went wrong, for people.
        reason: Reason,
    },
    /// The other side is away: try again for days, without using up attempts.
    Snooze {
        /// Wait this long; if omitted, longer the longer it has lasted.
        after: Option<Duration>,
        /// What the matter is, for people.
        reason: Reason,
    },
    /// Trying again would not help.
    Failed {
        /// A sentence a person can act on.
        reason: Reason,
    },
    /// Stopped because its owner paused it.
    Paused,
    /// Stopped because its owner cancelled it.
    Cancelled,
    /// The worker is going away: the next one goes on. Costs no attempt.
    HandedBack,
    /// The worker stopped answering; only the rescue says so.
    Lost {
        /// Which one.
        reason: Reason,
    },
}

impl<T> Outcome<T> {
    /// As `runs.outcome` spells it.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Completed(_) => "completed",
            Self::Retry { .. } => "retry",
            Self::Snooze { .. } => "snoozed",
            Self::Failed { .. } => "failed",
            Self::Paused => "paused",
            Self::Cancelled => "cancelled",
            Self::HandedBack => "handed_back",
            Self::Lost { .. } => "lost",
        }
    }

    pub(crate) const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Retry { reason, .. }
            | Self::Snooze { reason, .. }
            | Self::Failed { reason }
            | Self::Lost { reason } => Some(reason),
            Self::Completed(_) | Self::Paused | Self::Cancelled | Self::HandedBack => None,
        }
    }
}

/// What the transition depends on besides the outcome, read under the job's lock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Situation {
    /// What the owner has asked of the run.
    pub control: Option<Control>,
    /// Runs since the job last made progress, this one included.
    pub attempts: u32,
    /// How many there may be.
    pub max_attempts: u32,
    /// For how long every run was snoozed, this one included.
    pub failing_for: Duration,
}

/// What becomes of a job when a run ends.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Transition {
    pub state: JobState,
    /// Whether the attempt is given back that the run cost.
    pub refund_attempt: bool,
    /// How long it waits at least.
    pub delay: Duration,
    /// Why it failed, or what it waits for.
    pub reason: Option<Reason>,
    /// Whether not even a retry by hand could help.
    pub permanent: bool,
    /// Whether the job counts as failing since its first snooze.
    pub snoozed: bool,
}

impl Transition {
    const fn to(state: JobState) -> Self {
        Self {
            state,
            refund_attempt: false,
            delay: Duration::ZERO,
            reason: None,
            permanent: false,
            snoozed: false,
        }
    }
}

/// The next state of a job whose run ended with `outcome`.
///
/// What the owner asked for meanwhile holds, though the run did not live to answer it: cancel beats pause, and both beat
/// going back to the queue. An owner who resumed a job before its pause was written wins over the pause.
pub(crate) fn transition<T>(outcome: &Outcome<T>, situation: &Situation) -> Transition {
    let own = own_transition(outcome, situation);
    match (own.state, situation.control) {
        (JobState::Queued | JobState::Paused, Some(Control::Cancel)) => {
            Transition::to(JobState::Cancelled)
        }
        (JobState::Queued, Some(Control::Pause)) => Transition::to(JobState::Paused),
        (JobState::Paused, None) => Transition {
            refund_attempt: true,
            ..Transition::to(JobState::Queued)
        },
        _ => own,
    }
}

fn own_transition<T>(outcome: &Outcome<T>, situation: &Situation) -> Transition {
    match outcome {
        Outcome::Completed(_) => Transition::to(JobState::Completed),
        Outcome::Failed { reason } => Transition {
            permanent: true,
            ..failed(reason.clone())
        },
        Outcome::Paused => Transition::to(JobState::Paused),
        Outcome::Cancelled => Transition::to(JobState::Cancelled),
        Outcome::HandedBack => Transition {
            refund_attempt: true,
            ..Transition::to(JobState::Queued)
        },
        Outcome::Retry { after, reason } => retry(*after, reason, situation),
        Outcome::Lost { reason } => retry(Some(Duration::ZERO), reason, situation),
        Outcome::Snooze { reason, .. } if situation.failing_for >= SNOOZE_LIMIT => {
            let days = SNOOZE_LIMIT.as_secs() / 86_400;
            failed(JobFailure::SnoozedTooLong {
                days,
                last: reason.clone(),
            })
        }
        Outcome::Snooze { after, reason } => Transition {
            refund_attempt: true,
            delay: after.unwrap_or_else(|| {
                let (shortest, longest) = SNOOZE;
                jittered(situation.failing_for.clamp(shortest, longest))
            }),
            reason: Some(reason.clone()),
            snoozed: true,
            ..Transition::to(JobState::Queued)
        },
    }
}

fn retry(after: Option<Duration>, reason: &Reason, situation: &Situation) -> Transition {
    let attempts = situation.attempts;
    if attempts >= situation.max_attempts {
        return failed(JobFailure::AttemptsExhausted {
            attempts,
            last: reason.clone(),
        });
    }
    Transition {
        delay: after.unwrap_or_else(|| backoff(attempts)),
        ..Transition::to(JobState::Queued)
    }
}

fn failed(reason: impl Into<Reason>) -> Transition {
    Transition {
        reason: Some(reason.into()),
        ..Transition::to(JobState::Failed)
    }
}

/// 2 s, 4 s, 8 s … at most 5 minutes, with up to a half more, so that jobs which failed together don't return together.
fn backoff(attempts: u32) -> Duration {
    let exponent = attempts.clamp(1, 20) as i32;
    jittered(Duration::from_secs_f64(
        2f64.powi(exponent).min(MAX_BACKOFF_SECONDS),
    ))
}

/// Up to a half more.
fn jittered(pause: Duration) -> Duration {
    let jitter = (uuid::Uuid::new_v4().as_u128() % 1000) as f64 / 2000.0;
    pause.mul_f64(1.0 + jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: Situation = Situation {
        control: None,
        attempts: 1,
        max_attempts: 5,
        failing_for: Duration::ZERO,
    };

    fn next(outcome: Outcome<()>, control: Option<Control>) -> JobState {
        transition(&outcome, &Situation { control, ..CALM }).state
    }

    fn retry(reason: &str) -> Outcome<()> {
        Outcome::Retry {
            after: None,
            reason: reason.into(),
        }
    }

    #[test]
    fn cancel_beats_pause_and_both_beat_the_queue() {
        for outcome in [
            retry("busy"),
            Outcome::HandedBack,
            Outcome::Lost { reason: "x".into() },
            Outcome::Snooze {
                after: None,
                reason: "x".into(),
            },
        ] {
            assert_eq!(next(outcome.clone(), None), JobState::Queued);
            assert_eq!(
                next(outcome.clone(), Some(Control::Pause)),
                JobState::Paused
            );
            assert_eq!(next(outcome, Some(Control::Cancel)), JobState::Cancelled);
        }
        assert_eq!(
            next(Outcome::Paused, Some(Control::Cancel)),
            JobState::Cancelled
        );
        assert_eq!(
            next(Outcome::Completed(()), Some(Control::Cancel)),
            JobState::Completed
        );
    }

    #[test]
    fn a_resume_that_comes_before_the_pause_is_written_wins() {
        assert_eq!(
            next(Outcome::Paused, Some(Control::Pause)),
            JobState::Paused
        );
        let resumed = transition(&Outcome::<()>::Paused, &CALM);
        assert_eq!(
            (resumed.state, resumed.refund_attempt),
            (JobState::Queued, true)
        );
    }

    #[test]
    fn attempts_run_out_and_snoozes_do_not_use_them_up() {
        let last = Situation {
            attempts: 5,
            ..CALM
        };
        let failed = transition(&retry("it broke\0"), &last);
        assert_eq!(failed.state, JobState::Failed);
        assert_eq!(
            failed.reason.as_ref().map(Reason::message),
            Some("gave up after 5 attempts; the last one: it broke␀")
        );
        let snooze = Outcome::<()>::Snooze {
            after: None,
            reason: "the Hub is away".into(),
        };
        assert_eq!(transition(&snooze, &last).state, JobState::Queued);
        let days = Situation {
            failing_for: SNOOZE_LIMIT,
            ..CALM
        };
        assert_eq!(transition(&snooze, &days).state, JobState::Failed);
    }

    #[test]
    fn attempts_come_back_later_and_later_and_not_together() {
        for attempts in 1..40 {
            let floor = 2f64.powi(attempts.min(20) as i32).min(300.0);
            let pauses: Vec<f64> = (0..50).map(|_| backoff(attempts).as_secs_f64()).collect();
            assert!(
                pauses
                    .iter()
                    .all(|pause| (floor..=floor * 1.5).contains(pause))
            );
            assert!(pauses.iter().any(|pause| *pause != pauses[0]));
        }
    }
}
