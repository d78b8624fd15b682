//! Brings models home from the Hub. A worker does that beside its other jobs; the program `downloader` does nothing else,
//! and is not linked to libtorch.
//!
//! | module | does |
//! |---|---|
//! | [`job`] | one download |
//! | [`hub_home`] | the Hub and its cache on this machine |
//! | [`cache_keeper`] | that rows and cache agree |

mod cache_keeper;
mod hub_home;
mod job;

use std::sync::Arc;

use domain::{
    control::Call,
    db::PgPool,
    queue::Job,
    runs::{Outcome, Run},
    settings::Settings,
};
use futures::future::BoxFuture;
use runner::{leash::Leash, run::Perform};
use tokio::sync::broadcast;

use crate::hub_home::HubHome;

/// Downloads, and the cache that they fill.
pub struct Downloads {
    home: Arc<HubHome>,
}

impl Downloads {
    /// Downloads by these settings.
    ///
    /// # Errors
    /// Where the Hub's client can't be made.
    pub fn new(settings: &Settings) -> domain::Result<Self> {
        Ok(Self {
            home: Arc::new(HubHome::open(settings)?),
        })
    }
}

impl Downloads {
    /// The name of this machine's cache among those of all machines, as models have it.
    pub fn cache(&self) -> &str {
        &self.home.name
    }
}

impl Perform for Downloads {
    fn perform(self: Arc<Self>, run: Run, leash: Leash) -> BoxFuture<'static, Outcome> {
        Box::pin(async move {
            match run.job {
                Job::Download(id) => job::perform(&self.home, &run, id, &leash).await,
                // Of a queue that the program's settings leave to others.
                Job::Dataset(_) | Job::Training(_) | Job::Synthesis(_) => Outcome::HandedBack,
            }
        })
    }

    fn clear_up(&self, _: Job) -> BoxFuture<'_, domain::Result<()>> {
        // What a download leaves is the cache keeper's.
        Box::pin(std::future::ready(Ok(())))
    }

    fn attend(
        self: Arc<Self>,
        db: PgPool,
        calls: broadcast::Receiver<Call>,
    ) -> BoxFuture<'static, ()> {
        Box::pin(cache_keeper::keep(self.home.clone(), db, calls))
    }
}
