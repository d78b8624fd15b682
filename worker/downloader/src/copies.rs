//! Puts models of this machine into the storage, for workers of other machines that need them.

use std::{path::Path, sync::Arc, time::Duration};

use domain::{
    Result,
    db::PgPool,
    folders,
    model_copies::{self, RequestedCopy},
    session_lock::SessionLock,
    storage::Storage,
};
use jobs::worker::Background;
use tokio::time::timeout;

use crate::{hub_home::HubHome, reconciler::wait_for_signal};

/// What is needed is looked for this often, should no signal come.
const INTERVAL: Duration = Duration::from_secs(30);
/// Pause after the storage or the database refused.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Works until it is dropped.
pub(crate) async fn run(home: Arc<HubHome>, storage: Storage, given: Background) {
    let Background { db, mut signals } = given;
    loop {
        let pause = match copy_requested(&home, &storage, &db).await {
            Ok(()) => INTERVAL,
            Err(error) => {
                tracing::warn!("copying models into the storage: {error}");
                RETRY_AFTER
            }
        };
        // No signal: it is looked all the same.
        let _signalled = timeout(pause, wait_for_signal(&mut signals)).await;
    }
}

async fn copy_requested(home: &HubHome, storage: &Storage, db: &PgPool) -> Result<()> {
    let mut failed = None;
    for copy in model_copies::requested(db, home.name()).await? {
        // One that can't be copied must not keep others waiting.
        if let Err(error) = copy_one(home, storage, db, &copy).await {
            failed = Some(error);
        }
    }
    model_copies::prune(db).await?;
    failed.map_or(Ok(()), Err)
}

async fn copy_one(
    home: &HubHome,
    storage: &Storage,
    db: &PgPool,
    copy: &RequestedCopy,
) -> Result<()> {
    // Another process of this machine may be at it, or may have been until now.
    let Some(lock) = SessionLock::try_take(db, copy.id.lock_key()).await? else {
        return Ok(());
    };
    let requested = model_copies::requested(db, home.name()).await?;
    if requested.iter().any(|requested| requested.id == copy.id) {
        let folder = folders::model_copy(copy.id);
        let files = storage.put_folder(&folder, Path::new(&copy.folder)).await?;
        model_copies::record(db, copy.id, &files).await?;
        tracing::info!(model = %copy.repo, "copied into the storage");
    }
    lock.release().await
}
