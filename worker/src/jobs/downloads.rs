//! Brings a model home: fetches what is missing, tells how far it is, and hands over what lies in the cache in the end.
//! What is written is named by its hash and locked, so a run that has lost its job does no harm with it.

use std::{sync::Arc, time::Duration};

use hub::{
    download::{Downloader, Finished},
    meter::{Meter, Speed},
};
use shared::{
    Error,
    ids::DownloadId,
    runs::{Outcome, Product, Run},
};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::{Fault, Jobs};
use crate::leash::{Leash, StopReason};

/// Progress is told at most this often.
const TOLD_EVERY: Duration = Duration::from_millis(200);

pub(crate) async fn perform(
    jobs: &Jobs,
    run: &Run,
    id: DownloadId,
    leash: &Leash,
) -> Result<Outcome, Fault> {
    let home = &jobs.hub;
    let order = run.download(id, &home.name).await?;
    let downloader = Downloader {
        hub: home.hub.clone(),
        cache: home.cache.repo(&order.repo),
        token: home.token(run).await?,
        meter: Arc::new(Meter::default()),
        pace: home.pace.clone(),
        stop: CancellationToken::new(),
    };
    let fetching = downloader.fetch(&order);
    tokio::pin!(fetching);
    let fetched = tokio::select! {
        fetched = &mut fetching => fetched,
        lost = tell(run, id, leash, &downloader.meter) => return Err(lost.into()),
        _reason = leash.stopped() => {
            downloader.stop.cancel();
            fetching.await
        }
    };
    match fetched? {
        Finished::Completed => {
            let (home, repo, commit) = (home.clone(), order.repo.clone(), order.commit.clone());
            let snapshot = tokio::task::spawn_blocking(move || home.snapshot(&repo, &commit));
            let snapshot = snapshot.await?.map_err(hub::Error::from)?;
            Ok(Outcome::Completed(Product::Model(snapshot)))
        }
        Finished::Stopped => Ok(leash.reason().unwrap_or(StopReason::HandBack).outcome()),
    }
}

/// Tells how far it is, as long as the run owns its job. A database that is away doesn't stop a download.
async fn tell(run: &Run, id: DownloadId, leash: &Leash, meter: &Meter) -> Error {
    let mut speed = Speed::default();
    let mut told = None;
    let mut ticks = interval(TOLD_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let reading = meter.read();
        let bytes_per_second = speed.now(reading.bytes);
        if told.as_ref() == Some(&reading) {
            continue;
        }
        leash.pulse();
        match run.download_progress(id, &reading, bytes_per_second).await {
            Ok(()) => told = Some(reading),
            Err(error) if error.is_transient() => {
                tracing::warn!(run = run.id.0, "progress can't be told: {error}");
            }
            Err(error) => return error,
        }
    }
}
