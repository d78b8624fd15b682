//! When apalis is to fetch: at once where a task was pushed, and now and then by itself.
//!
//! apalis' own listener holds one connection a queue and loses a signal that arrives while a fetch is on its way: that
//! fetch has not seen the task, and nothing wakes the worker for another one. This one is woken by the process's one LISTEN
//! connection, and fetches once more a moment after each signal.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use apalis_core::backend::ext::poll_strategy::{PollSnapshot, PollStrategy};
use futures::task::AtomicWaker;
use tokio::time::{Instant, Interval, MissedTickBehavior, Sleep, interval, sleep};

/// A queue is looked at this often by itself: a signal can be lost with the connection.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// A fetch that was on its way when a signal came has ended by then.
const SECOND_LOOK: Duration = Duration::from_millis(10);

/// Wakes the apalis worker of one queue.
#[derive(Default)]
pub(super) struct WakeUp {
    signalled: AtomicBool,
    waker: AtomicWaker,
}

impl WakeUp {
    /// There may be a task.
    pub(super) fn wake(&self) {
        self.signalled.store(true, Ordering::Release);
        self.waker.wake();
    }
}

/// apalis' view of a [`WakeUp`].
pub(super) struct WakeUpStrategy {
    wake_up: Arc<WakeUp>,
    ticks: Interval,
    second_look: Pin<Box<Sleep>>,
    second_look_due: bool,
}

impl WakeUpStrategy {
    pub(super) fn new(wake_up: Arc<WakeUp>) -> Self {
        let mut ticks = interval(POLL_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            wake_up,
            ticks,
            second_look: Box::pin(sleep(SECOND_LOOK)),
            second_look_due: false,
        }
    }
}

impl PollStrategy for WakeUpStrategy {
    /// apalis fetches whenever its worker is polled, whatever the answer: what counts is that all wakers are registered.
    fn poll_drive(&mut self, cx: &mut Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        self.wake_up.waker.register(cx.waker());
        let mut due = false;
        while self.ticks.poll_tick(cx).is_ready() {
            due = true;
        }
        if self.wake_up.signalled.swap(false, Ordering::AcqRel) {
            due = true;
            self.second_look_due = true;
            self.second_look
                .as_mut()
                .reset(Instant::now() + SECOND_LOOK);
        }
        if self.second_look_due && self.second_look.as_mut().poll(cx).is_ready() {
            due = true;
            self.second_look_due = false;
        }
        if due {
            Poll::Ready(Some(()))
        } else {
            Poll::Pending
        }
    }
}
