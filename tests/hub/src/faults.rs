//! Faults that tests inject.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// What goes wrong with one response.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The connection is cut after so many bytes of the body; before the last one where the body is no longer.
    Cut(usize),
    /// After so many bytes nothing is sent for so long.
    Stall(usize, Duration),
    /// As many bytes as there should be, of which one is wrong.
    WrongByte,
    /// `Range` is ignored: the whole body is sent.
    NoRanges,
    /// A status with a header or none, and no body.
    Status(u16, Option<(&'static str, &'static str)>),
    /// The signed URL has expired.
    Expired,
    /// The file's ETag is another one than the model's listing has.
    ChangedEtag,
}

/// Where a fault happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// Requests below `/api`.
    Api,
    /// `resolve`, at the endpoint.
    Resolve,
    /// The other host, where large files lie.
    Files,
}

/// Faults that have not happened yet.
#[derive(Default)]
pub(crate) struct Faults(Mutex<HashMap<Place, Vec<(Fault, u32)>>>);

impl Faults {
    pub(crate) fn add(&self, place: Place, fault: Fault, times: u32) {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        faults.entry(place).or_default().push((fault, times));
    }

    /// The fault of the current response at that place.
    pub(crate) fn take(&self, place: Place) -> Option<Fault> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = faults.get_mut(&place)?;
        let (fault, times) = waiting.first_mut()?;
        let taken = fault.clone();
        *times -= 1;
        if *times == 0 {
            waiting.remove(0);
        }
        Some(taken)
    }

    pub(crate) fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}
