//! The state of a test hub.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::{
    faults::{Faults, Place},
    repository::Repository,
};

/// A token that is known, of the account `negar`.
pub const TOKEN: &str = "hf_thisIsATokenOfTheTests0000";
/// A token of an account that has accepted all terms.
pub const TRUSTED_TOKEN: &str = "hf_thisAccountAcceptedTerms01";

/// A request that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedRequest {
    /// Which part of the hub it went to.
    pub place: Place,
    /// Method and path.
    pub request_line: String,
    /// Whether it had an `Authorization`.
    pub with_token: bool,
    /// Its `Range`.
    pub range: Option<String>,
}

pub(crate) struct State {
    /// Shared rather than cloned: every response reads one, and some have thousands of files.
    pub(crate) repositories: Mutex<HashMap<String, Arc<Repository>>>,
    pub(crate) tokens: Mutex<HashMap<String, &'static str>>,
    pub(crate) requests: Mutex<Vec<RecordedRequest>>,
    /// Signatures of URLs that have not expired.
    pub(crate) signatures: Mutex<HashSet<u64>>,
    pub(crate) next_signature: AtomicU64,
    pub(crate) faults: Faults,
    pub(crate) files_url: String,
    pub(crate) endpoint: String,
}

impl State {
    pub(crate) fn repository(&self, id: &str) -> Option<Arc<Repository>> {
        lock(&self.repositories).get(id).cloned()
    }

    pub(crate) fn repositories(&self) -> Vec<Arc<Repository>> {
        lock(&self.repositories).values().cloned().collect()
    }

    pub(crate) fn account(&self, token: &str) -> Option<&'static str> {
        lock(&self.tokens).get(token).copied()
    }

    pub(crate) fn sign(&self) -> u64 {
        let signature = self.next_signature.fetch_add(1, Ordering::SeqCst);
        lock(&self.signatures).insert(signature);
        signature
    }

    pub(crate) fn is_valid(&self, signature: u64) -> bool {
        lock(&self.signatures).contains(&signature)
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
