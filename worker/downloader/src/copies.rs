//! Puts models of this machine into the storage, for workers of other machines that need them.

use std::{path::Path, sync::Arc, time::Duration};

use domain::{
    Result, db::PgPool, folders, ids::ModelCopyId, model_copies, session_lock::SessionLock,
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
    for copy in model_copies::requested(db, home.name()).await? {
        // Another process of this machine may be at it.
        let Some(lock) = SessionLock::try_take(db, lock_key(copy.id)).await? else {
            continue;
        };
        let folder = folders::model_copy(copy.id);
        let files = storage.put_folder(&folder, Path::new(&copy.folder)).await?;
        model_copies::record(db, copy.id, &files).await?;
        tracing::info!(model = %copy.repo, "copied into the storage");
        lock.release().await?;
    }
    model_copies::prune(db).await?;
    Ok(())
}

/// Ids are random, so half of one is as good as the whole.
fn lock_key(id: ModelCopyId) -> i64 {
    let (high, _) = id.0.as_u64_pair();
    high.cast_signed()
}
