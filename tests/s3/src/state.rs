//! What the server knows.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{faults::Faults, operation::Operation};

/// The only bucket at the start.
pub const BUCKET: &str = "avagar";
pub const ACCESS_KEY_ID: &str = "test-key";
pub const SECRET_ACCESS_KEY: &str = "a secret of the tests";

#[derive(Default)]
pub(crate) struct State {
    pub(crate) faults: Mutex<Faults>,
    pub(crate) requests: Mutex<Vec<Operation>>,
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
