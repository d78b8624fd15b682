//! Feeds of events. One LISTEN connection a process hurries one feed a user along; a feed reads its user's new events
//! once and hands them to all of that user's sockets.
//!
//! Nothing depends on a NOTIFY arriving: a feed looks again by itself every few seconds. Nothing depends on a broadcast
//! arriving either: every event says which one came before it, so a socket that missed something (it was slow, the feed
//! began after it) sees the gap and reads from the database.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::{
    Result,
    db::PgPool,
    event_listener::{Listener, Notification},
    events::{self, Published},
    ids::{SessionId, UserId},
};
use prometheus_client::metrics::histogram::Histogram;
use tokio::{
    sync::{Notify, broadcast, watch},
    time::{sleep, timeout},
};

/// A feed polls for events this often.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// Events that a feed keeps for slow sockets; those further behind read the database.
const FEED_CAPACITY: usize = 256;
/// Events read at a time.
pub const BATCH: i64 = 500;

/// Upper bounds of the lag's buckets, in seconds.
const LAG_BUCKETS: [f64; 10] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.1, 0.5, 2.0, 10.0, 60.0];

/// All feeds of this process.
#[derive(Clone)]
pub struct Live {
    pub db: PgPool,
    feeds: Arc<Mutex<HashMap<UserId, Feed>>>,
    ended: broadcast::Sender<SessionId>,
    /// Seconds from an event to its relay, by the clocks of the database and of this machine.
    pub lag: Histogram,
}

#[derive(Clone)]
struct Feed {
    wake: Arc<Notify>,
    events: broadcast::Sender<Arc<BroadcastEvent>>,
    /// True once the feed has found its place: events after it are broadcast, those before it must be read.
    ready: watch::Receiver<bool>,
}

/// An event, as a feed broadcasts it.
pub struct BroadcastEvent {
    /// The id of the one before it.
    pub after: i64,
    pub event: Published,
}

impl Live {
    /// Starts listening.
    pub fn start(db: PgPool) -> Self {
        let live = Self {
            db,
            feeds: Arc::default(),
            ended: broadcast::channel(FEED_CAPACITY).0,
            lag: Histogram::new(LAG_BUCKETS),
        };
        tokio::spawn(live.clone().listen());
        live
    }

    async fn listen(self) {
        loop {
            if let Err(error) = self.relay().await {
                tracing::warn!("the LISTEN connection is gone ({error}); connecting again");
            }
            sleep(Duration::from_secs(1)).await;
        }
    }

    async fn relay(&self) -> Result<()> {
        let mut listener = Listener::connect(&self.db).await?;
        self.wake_all();
        loop {
            match listener.next().await? {
                Notification::Published(user) => {
                    if let Some(feed) = self.feeds().get(&user) {
                        feed.wake.notify_one();
                    }
                }
                Notification::SessionEnded(session) => {
                    let _nobody_there = self.ended.send(session);
                }
                Notification::Reconnected => self.wake_all(),
            }
        }
    }

    fn wake_all(&self) {
        for feed in self.feeds().values() {
            feed.wake.notify_one();
        }
    }

    fn feeds(&self) -> std::sync::MutexGuard<'_, HashMap<UserId, Feed>> {
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sockets that listen to this process.
    pub fn sockets(&self) -> usize {
        self.feeds()
            .values()
            .map(|feed| feed.events.receiver_count())
            .sum()
    }

    /// Receives the ids of sessions that end.
    pub fn sessions_ending(&self) -> broadcast::Receiver<SessionId> {
        self.ended.subscribe()
    }

    /// Joins the user's feed, starting it where nobody listens yet.
    pub fn join(
        &self,
        user: UserId,
    ) -> (
        broadcast::Receiver<Arc<BroadcastEvent>>,
        watch::Receiver<bool>,
    ) {
        let mut feeds = self.feeds();
        if let Some(feed) = feeds.get(&user) {
            return (feed.events.subscribe(), feed.ready.clone());
        }
        let (events, receiver) = broadcast::channel(FEED_CAPACITY);
        let (place, ready) = watch::channel(false);
        let feed = Feed {
            wake: Arc::new(Notify::new()),
            events,
            ready: ready.clone(),
        };
        feeds.insert(user, feed.clone());
        tokio::spawn(self.clone().feed(user, feed, place));
        (receiver, ready)
    }

    async fn feed(self, user: UserId, feed: Feed, place: watch::Sender<bool>) {
        let mut last = loop {
            match events::newest(&self.db, user).await {
                Ok(id) => break id,
                Err(error) => {
                    tracing::warn!("events of {user} can't be read: {error}");
                    sleep(Duration::from_secs(1)).await;
                }
            }
        };
        place.send_replace(true);
        loop {
            match events::replay(&self.db, user, last, BATCH).await {
                Ok(batch) => {
                    let whole = i64::try_from(batch.events.len()).unwrap_or(i64::MAX) == BATCH;
                    for event in batch.into_frames() {
                        self.lag.observe(lag_seconds(&event));
                        let after = std::mem::replace(&mut last, event.id);
                        let _nobody_there =
                            feed.events.send(Arc::new(BroadcastEvent { after, event }));
                    }
                    if whole {
                        continue;
                    }
                }
                Err(error) => tracing::warn!("events of {user} can't be read: {error}"),
            }
            let _timed_out = timeout(POLL_INTERVAL, feed.wake.notified()).await;
            let mut feeds = self.feeds();
            // Under the lock of `join`: nobody can join while the last one leaves.
            if feed.events.receiver_count() == 0 {
                feeds.remove(&user);
                return;
            }
        }
    }
}

fn lag_seconds(event: &Published) -> f64 {
    let lag = std::time::SystemTime::now().duration_since(event.at.into());
    lag.unwrap_or_default().as_secs_f64()
}
