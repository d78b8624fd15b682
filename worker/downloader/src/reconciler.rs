//! Keeps rows and cache together: lists what other programs have brought, deletes what is nobody's any more, and what
//! downloads left that were given up. Everything that is to be done stands in rows, so nothing depends on being called.

use std::{sync::Arc, time::Duration};

use domain::{db::PgPool, download_leftovers, model_removal, model_snapshots};
use hub::cache::CacheError;
use jobs::{signal::Signal, worker::Background};
use tokio::{
    sync::broadcast::{self, error::RecvError},
    task::spawn_blocking,
    time::timeout,
};

use crate::hub_home::HubHome;

/// The cache is looked through this often.
const INTERVAL: Duration = Duration::from_secs(30);
/// What could not be deleted because somebody uses it is tried again after this.
const RETRY_AFTER: Duration = Duration::from_secs(2);
/// What a failed download has fetched is kept this long for another attempt.
const FAILED_TTL: Duration = Duration::from_secs(7 * 86_400);

#[derive(Debug, thiserror::Error)]
enum ReconcileError {
    #[error(transparent)]
    Domain(#[from] domain::Error),
    #[error("the Hub's cache: {0}")]
    Cache(#[from] CacheError),
}

/// Works until it is dropped.
pub(crate) async fn run(home: Arc<HubHome>, given: Background) {
    let Background { db, mut signals } = given;
    loop {
        let pause = match reconcile(&home, &db).await {
            Ok(true) => INTERVAL,
            Ok(false) => RETRY_AFTER,
            Err(error) => {
                tracing::warn!("keeping the Hub's cache: {error}");
                INTERVAL
            }
        };
        // No signal: it is looked at all the same.
        let _signalled = timeout(pause, wait_for_signal(&mut signals)).await;
    }
}

/// Until a row has changed, or may have.
pub(crate) async fn wait_for_signal(signals: &mut broadcast::Receiver<Signal>) {
    loop {
        match signals.recv().await {
            Ok(Signal::Task(_)) => {}
            Ok(Signal::Row(_) | Signal::Reconnected) | Err(RecvError::Lagged(_)) => return,
            // The worker ends, and this with it.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Answers whether nothing is left to be done.
async fn reconcile(home: &Arc<HubHome>, db: &PgPool) -> Result<bool, ReconcileError> {
    let looked_at = model_snapshots::database_time(db).await?;
    let found = in_background(home, HubHome::look).await?;
    let changed = model_snapshots::sync(db, &home.name, &found, looked_at).await?;
    if changed > 0 {
        tracing::info!(changed, "the Hub's cache had changed");
    }
    let mut done = true;
    for id in model_removal::to_remove(db, &home.name).await? {
        let Some(removal) = model_removal::Removal::begin(db, id).await? else {
            continue;
        };
        let (repo, commit) = (removal.repo.clone(), removal.commit.clone());
        let removed = in_background(home, move |home| {
            home.cache.repo(&repo).remove_snapshot(&commit)
        });
        match removed.await? {
            Some(freed) => {
                tracing::info!(model = %removal.repo, freed, "removed");
                removal.done().await?;
            }
            None => done = false,
        }
    }
    for left in download_leftovers::list(db, &home.name, FAILED_TTL).await? {
        let (repo, blobs) = (left.repo.clone(), left.blobs);
        let removed = in_background(home, move |home| {
            home.cache.repo(&repo).remove_leftovers(&blobs)
        });
        match removed.await? {
            Some(freed) => {
                tracing::info!(download = %left.id, freed, "cleared up");
                download_leftovers::mark_deleted(db, left.id).await?;
            }
            None => done = false,
        }
    }
    // What no row of a download names any more: its user is gone, or the database is an older one.
    for (repo, blobs) in in_background(home, |home| home.cache.abandoned(FAILED_TTL)).await? {
        let unreferenced = download_leftovers::unreferenced(db, &repo, &blobs, FAILED_TTL).await?;
        if unreferenced.is_empty() {
            continue;
        }
        let removed = in_background(home, {
            let repo = repo.clone();
            move |home| home.cache.repo(&repo).remove_leftovers(&unreferenced)
        });
        match removed.await? {
            Some(freed) => tracing::info!(model = %repo, freed, "swept what nobody waits for"),
            None => done = false,
        }
    }
    Ok(done)
}

async fn in_background<T: Send + 'static>(
    home: &Arc<HubHome>,
    work: impl FnOnce(&HubHome) -> Result<T, CacheError> + Send + 'static,
) -> Result<T, ReconcileError> {
    let home = home.clone();
    let worked = spawn_blocking(move || work(&home)).await;
    Ok(worked.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?)
}
