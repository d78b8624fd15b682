//! Downloads models again whose machine doesn't answer: trainings that begin from them must not wait for one that never returns.

use std::{collections::HashSet, sync::Arc, time::Duration};

use domain::{
    db::PgPool,
    model_copies::{self, OverdueCopy},
    model_snapshots,
    session_lock::SessionLock,
};
use hub::{
    download::{DownloadRequest, Downloader, Finished},
    names::Revision,
    progress::Progress,
};
use jobs::worker::Background;
use tokio::{
    task::spawn_blocking,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use crate::hub_home::HubHome;

/// How long the machine that has a model may take to begin with its copy.
const PATIENCE: Duration = Duration::from_secs(20);
/// What is overdue is looked for this often. A download that failed is tried again as soon.
const INTERVAL: Duration = Duration::from_secs(15);

#[derive(Debug, thiserror::Error)]
enum RestoreError {
    #[error(transparent)]
    Domain(#[from] domain::Error),
    #[error(transparent)]
    Hub(#[from] hub::Error),
    #[error("{0} of its files are not in the commit any more")]
    FilesGone(usize),
    #[error("the work broke off: {0}")]
    Thread(#[from] tokio::task::JoinError),
}

/// Works until it is dropped.
pub(crate) async fn run(home: Arc<HubHome>, given: Background) {
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let overdue = match model_copies::overdue(&given.db, home.name(), PATIENCE).await {
            Ok(overdue) => overdue,
            Err(error) => {
                tracing::warn!("looking for models whose machine doesn't answer: {error}");
                continue;
            }
        };
        for copy in overdue {
            if let Err(error) = restore(&home, &given.db, &copy).await {
                tracing::warn!(model = %copy.repo, "can't be downloaded again: {error}");
            }
        }
    }
}

/// Downloads one model into this machine's cache, which answers for it from then on: it makes the copy that was requested.
async fn restore(home: &Arc<HubHome>, db: &PgPool, copy: &OverdueCopy) -> Result<(), RestoreError> {
    // Who holds it is at the copy, or downloads the model.
    let Some(lock) = SessionLock::try_take(db, copy.id.lock_key()).await? else {
        return Ok(());
    };
    let still_overdue = model_copies::overdue(db, home.name(), PATIENCE).await?;
    if still_overdue.iter().any(|overdue| overdue.id == copy.id) {
        tracing::info!(model = %copy.repo, "its machine doesn't answer; downloading it again");
        download(home, db, copy).await?;
    }
    Ok(lock.release().await?)
}

async fn download(
    home: &Arc<HubHome>,
    db: &PgPool,
    copy: &OverdueCopy,
) -> Result<(), RestoreError> {
    let downloader = Downloader {
        hub: home.hub.clone(),
        cache: home.cache.repo(&copy.repo),
        token: home.token(db, copy.user).await?,
        progress: Arc::new(Progress::default()),
        rate_limiter: home.rate_limiter(copy.user),
        stop: CancellationToken::new(),
    };
    let commit: Revision = copy.commit.clone().into();
    let info = home
        .hub
        .model(&copy.repo, &commit, downloader.token.as_ref())
        .await?;
    let paths: HashSet<&str> = copy.paths.iter().map(String::as_str).collect();
    let installed = |file: &&hub::responses::RepoFile| paths.contains(file.path.as_str());
    let files: Vec<_> = info.files.iter().filter(installed).cloned().collect();
    if files.len() < paths.len() {
        return Err(RestoreError::FilesGone(paths.len() - files.len()));
    }
    let request = DownloadRequest {
        repo: copy.repo.clone(),
        revision: copy.revision.clone(),
        commit: copy.commit.clone(),
        files,
    };
    if downloader.fetch(&request).await? == Finished::Completed {
        let (home, repo, commit) = (home.clone(), copy.repo.clone(), copy.commit.clone());
        let snapshot = spawn_blocking(move || home.snapshot(&repo, &commit)).await?;
        let snapshot = snapshot.map_err(hub::Error::from)?;
        model_snapshots::relocate(db, copy.model, &snapshot).await?;
    }
    Ok(())
}
