//! The model that a training begins from, whichever machine installed it.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use domain::{
    model_copies::{self, ModelCopy},
    models::{self, BaseModel},
    storage::StoredFile,
    training::Training,
};
use jobs::RunContext;
use tokio::time::{Instant, sleep};

use super::{Handlers, job_error::JobError};
use crate::local_cache::CachedFolder;

/// How long a run waits for a copy before it gives its place to another job.
const COPY_PATIENCE: Duration = Duration::from_secs(60);
const COPY_INTERVAL: Duration = Duration::from_millis(500);

/// Its files on this machine, as long as this is kept.
pub(super) enum BaseFolder {
    /// In the Hub's cache.
    Installed(PathBuf),
    /// A copy, from the storage.
    Cached(CachedFolder),
}

impl BaseFolder {
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Installed(path) => path,
            Self::Cached(folder) => folder.folder(),
        }
    }
}

/// Where this machine has not installed it, it is taken from the storage, where the machine that has it puts it.
pub(super) async fn folder(
    handlers: &Handlers,
    context: &RunContext<Training>,
    base: &BaseModel,
) -> Result<BaseFolder, JobError> {
    let run = context.run();
    let repo = || base.repo_id.clone();
    let Some((cache, folder)) = models::folder(run.db(), base.model_id).await? else {
        return Err(JobError::BaseGone { repo: repo() });
    };
    if cache == handlers.hub.name() {
        return Ok(BaseFolder::Installed(folder.into()));
    }
    model_copies::request(run, base.model_id).await?;
    let patience = Instant::now() + COPY_PATIENCE;
    loop {
        if let Some(copy) = model_copies::find(run.db(), base.model_id).await? {
            return Ok(BaseFolder::Cached(fetch(handlers, context, &copy).await?));
        }
        if Instant::now() >= patience || context.stop_requested().is_some() {
            return Err(JobError::BaseElsewhere {
                repo: repo(),
                there: cache,
            });
        }
        context.touch();
        sleep(COPY_INTERVAL).await;
    }
}

/// Fetches what this machine lacks of a copy.
async fn fetch(
    handlers: &Handlers,
    context: &RunContext<Training>,
    copy: &ModelCopy,
) -> Result<CachedFolder, JobError> {
    let (cache, name) = (handlers.cache.clone(), copy.id.to_string());
    let cached = tokio::task::spawn_blocking(move || cache.open(&name)).await??;
    let missing: Vec<StoredFile> = copy
        .files
        .iter()
        .filter(|file| {
            let here = std::fs::metadata(cached.folder().join(&file.path));
            !here.is_ok_and(|here| here.len() == file.size_bytes)
        })
        .cloned()
        .collect();
    // Other runs may be at it in the same folder: each file appears when it is whole.
    let arriving = cached
        .folder()
        .join(format!("run-{}.tmp", context.run().id));
    handlers
        .fetch(context, &copy.folder(), &missing, &arriving)
        .await?;
    for file in &missing {
        let to = cached.folder().join(&file.path);
        if let Some(folder) = to.parent() {
            tokio::fs::create_dir_all(folder).await?;
        }
        let arrived = arriving.join(&file.path);
        // What is found there after a power cut is taken by its size.
        tokio::fs::File::open(&arrived).await?.sync_all().await?;
        tokio::fs::rename(arrived, to).await?;
    }
    if !missing.is_empty() {
        tokio::fs::remove_dir_all(&arriving).await?;
    }
    Ok(cached)
}
