//! Installs a model: fetches what is missing, tells how far it is, and hands over what lies in the cache in the end.
//! What is written is named by its hash and locked, so a run that has lost its job does no harm with it.

use std::{sync::Arc, time::Duration};

use domain::{
    Error,
    downloads::{self, Download},
    failure::WorkFailure,
    ids::UserId,
    model_snapshots::Snapshot,
};
use hub::{
    download::{Downloader, Finished},
    progress::{Progress, Speed},
};
use jobs::{Outcome, Reason, RunContext, StopReason};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::hub_home::HubHome;

/// Progress is told at most this often.
const TOLD_EVERY: Duration = Duration::from_millis(200);

/// Why a download could not be done.
#[derive(Debug, thiserror::Error)]
enum JobError {
    #[error(transparent)]
    Domain(#[from] domain::Error),
    /// The Hub, or its cache.
    #[error(transparent)]
    Hub(#[from] hub::Error),
    /// Work on another thread broke off.
    #[error("the work broke off: {0}")]
    Thread(#[from] tokio::task::JoinError),
}

impl JobError {
    fn outcome<T>(self) -> Outcome<T> {
        let reason = Reason::new(&self, &self.details());
        let is_transient = match &self {
            Self::Hub(error) if error.is_unavailable() => {
                return Outcome::Snooze {
                    after: error.retry_after(),
                    reason,
                };
            }
            Self::Hub(error) => error.is_transient(),
            Self::Domain(error) => error.is_transient(),
            Self::Thread(_) => true,
        };
        if is_transient {
            Outcome::Retry {
                after: None,
                reason,
            }
        } else {
            Outcome::Failed { reason }
        }
    }

    fn details(&self) -> WorkFailure {
        match self {
            Self::Domain(error) => error.into(),
            Self::Hub(error) => error.into(),
            Self::Thread(_) => WorkFailure::Internal,
        }
    }
}

pub(crate) async fn run(home: &Arc<HubHome>, context: &RunContext<Download>) -> Outcome<Snapshot> {
    let ended = install(home, context).await;
    ended.unwrap_or_else(JobError::outcome)
}

async fn install(
    home: &Arc<HubHome>,
    context: &RunContext<Download>,
) -> Result<Outcome<Snapshot>, JobError> {
    let run = context.run();
    let order = downloads::begin(run, &home.name).await?;
    let downloader = Downloader {
        hub: home.hub.clone(),
        cache: home.cache.repo(&order.repo),
        token: home.token(run.db(), UserId::of(run)).await?,
        progress: Arc::new(Progress::default()),
        rate_limiter: home.rate_limiter(UserId::of(run)),
        stop: CancellationToken::new(),
    };
    // Before the first byte; a change arrives whenever progress is reported.
    let limit = downloads::max_bytes_per_second(run).await?;
    downloader.rate_limiter.limit_to(limit);
    let fetching = downloader.fetch(&order);
    tokio::pin!(fetching);
    let fetched = tokio::select! {
        fetched = &mut fetching => fetched,
        lost = report(context, &downloader) => return Err(lost.into()),
        _reason = context.stopped() => {
            downloader.stop.cancel();
            fetching.await
        }
    };
    match fetched? {
        Finished::Completed => {
            let (home, repo, commit) = (home.clone(), order.repo.clone(), order.commit.clone());
            let snapshot = tokio::task::spawn_blocking(move || home.snapshot(&repo, &commit));
            let snapshot = snapshot.await?.map_err(hub::Error::from)?;
            Ok(Outcome::Completed(snapshot))
        }
        Finished::Stopped => Ok(context
            .stop_requested()
            .unwrap_or(StopReason::HandBack)
            .outcome()),
    }
}

/// Reports progress, as long as the run owns its job, and learns its speed limit. A database that is away doesn't stop
/// a download.
async fn report(context: &RunContext<Download>, downloader: &Downloader) -> Error {
    let run = context.run();
    let mut speed = Speed::default();
    let mut told = None;
    let mut ticks = interval(TOLD_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let snapshot = downloader.progress.read();
        let bytes_per_second = speed.now(snapshot.bytes);
        if told.as_ref() == Some(&snapshot) {
            continue;
        }
        context.touch();
        match downloads::progress(run, &snapshot, bytes_per_second).await {
            Ok(limit) => {
                downloader.rate_limiter.limit_to(limit);
                told = Some(snapshot);
            }
            Err(error) if error.is_transient() => {
                tracing::warn!(run = run.id.0, "progress can't be told: {error}");
            }
            Err(error) => return error,
        }
    }
}
