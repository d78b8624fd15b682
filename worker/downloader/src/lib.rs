//! Installs models from the Hub. A worker does that beside its other jobs; the program `downloader` does nothing else,
//! and is not linked to libtorch.
//!
//! | module | does |
//! |---|---|
//! | [`copies`] | puts models into the storage for the workers of other machines |
//! | [`job`] | one download |
//! | [`hub_home`] | the Hub and its cache on this machine |
//! | [`overdue_models`] | downloads models again whose machine doesn't answer |
//! | [`reconciler`] | that rows and cache agree |

mod copies;
mod hub_home;
mod job;
mod overdue_models;
mod reconciler;

use std::sync::Arc;

use domain::{downloads::Download, model_snapshots::Snapshot, storage::Storage};
use jobs::{Handler, Outcome, RunContext, worker::Background};

pub use crate::hub_home::HubHome;

/// Runs downloads.
pub struct Downloads {
    home: Arc<HubHome>,
}

impl Downloads {
    /// Downloads into this cache.
    pub const fn new(home: Arc<HubHome>) -> Self {
        Self { home }
    }
}

impl Handler<Download> for Downloads {
    async fn run(&self, context: RunContext<Download>) -> Outcome<Snapshot> {
        job::run(&self.home, &context).await
    }
}

/// Keeps rows and cache together, as long as a worker lives.
pub async fn reconcile(home: Arc<HubHome>, given: Background) {
    reconciler::run(home, given).await;
}

/// Downloads models again that trainings need and whose machine doesn't answer, as long as a worker lives.
pub async fn restore_overdue_models(home: Arc<HubHome>, given: Background) {
    overdue_models::run(home, given).await;
}

/// Puts models of this machine into the storage where workers of other machines need them, as long as a worker lives.
pub async fn copy_requested_models(home: Arc<HubHome>, storage: Storage, given: Background) {
    copies::run(home, storage, given).await;
}
