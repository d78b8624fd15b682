//! What a test hub does wrong, on order.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// What goes wrong with one answer.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The connection is cut after so many bytes of the body; before the last one where the body is no longer.
    Cut(usize),
    /// After so many bytes nothing comes for so long.
    Stall(usize, Duration),
    /// As many bytes as there should be, of which one is wrong.
    WrongByte,
    /// The body is told from its beginning, whatever range was asked for.
    NoRanges,
    /// A status with a header or none, and no body.
    Status(u16, Option<(&'static str, &'static str)>),
    /// The address of the file has expired.
    Expired,
    /// The file's ETag is another one.
    ChangedEtag,
}

/// Where a fault is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// Calls below `/api`.
    Api,
    /// `resolve`, at the endpoint.
    Resolve,
    /// The other host, where large files lie.
    Files,
}

/// Faults that wait for their answers.
#[derive(Default)]
pub(crate) struct Faults(Mutex<HashMap<Place, Vec<(Fault, u32)>>>);

impl Faults {
    pub(crate) fn order(&self, place: Place, fault: Fault, times: u32) {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        faults.entry(place).or_default().push((fault, times));
    }

    /// The next one at that place, which is met now.
    pub(crate) fn meet(&self, place: Place) -> Option<Fault> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = faults.get_mut(&place)?;
        let (fault, times) = waiting.first_mut()?;
        let met = fault.clone();
        *times -= 1;
        if *times == 0 {
            waiting.remove(0);
        }
        Some(met)
    }

    pub(crate) fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}
