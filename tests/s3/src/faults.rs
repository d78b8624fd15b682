//! Faults that tests inject.

use std::{collections::HashMap, time::Duration};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::operation::Operation;

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// 500 InternalError; nothing is done.
    InternalError,
    /// 503 SlowDown; nothing is done.
    SlowDown,
    /// The connection is closed before the request is looked at.
    Disconnect,
    /// The request is carried out, and the connection is closed instead of a response.
    LoseResponse,
    /// The response comes this much later.
    Delay(Duration),
    /// The response's body ends after so many bytes, and the connection is closed.
    Truncate(usize),
}

/// Faults that have not happened yet.
#[derive(Default)]
pub(crate) struct Faults {
    ordered: HashMap<Operation, Vec<(Fault, u32)>>,
    random: Option<(ChaCha8Rng, u32)>,
    happened: usize,
}

impl Faults {
    pub(crate) fn add(&mut self, operation: Operation, fault: Fault, times: u32) {
        self.ordered
            .entry(operation)
            .or_default()
            .push((fault, times));
    }

    pub(crate) fn randomly(&mut self, seed: u64, one_in: u32) {
        self.random = Some((ChaCha8Rng::seed_from_u64(seed), one_in));
    }

    pub(crate) fn clear(&mut self) {
        self.ordered.clear();
        self.random = None;
    }

    pub(crate) const fn happened(&self) -> usize {
        self.happened
    }

    /// The fault of the current request.
    pub(crate) fn take(&mut self, operation: Operation) -> Option<Fault> {
        let fault = self.take_ordered(operation).or_else(|| self.draw())?;
        self.happened += 1;
        Some(fault)
    }

    fn take_ordered(&mut self, operation: Operation) -> Option<Fault> {
        let waiting = self.ordered.get_mut(&operation)?;
        let (fault, times) = waiting.first_mut()?;
        let taken = *fault;
        *times -= 1;
        if *times == 0 {
            waiting.remove(0);
        }
        Some(taken)
    }

    fn draw(&mut self) -> Option<Fault> {
        let (rng, one_in) = self.random.as_mut()?;
        if rng.random_range(0..*one_in) > 0 {
            return None;
        }
        Some(match rng.random_range(0..6) {
            0 => Fault::InternalError,
            1 => Fault::SlowDown,
            2 => Fault::Disconnect,
            3 => Fault::LoseResponse,
            4 => Fault::Delay(Duration::from_millis(rng.random_range(1..200))),
            _ => Fault::Truncate(rng.random_range(0..4096)),
        })
    }
}
