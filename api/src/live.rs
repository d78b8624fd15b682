//! The WebSocket. One LISTEN connection a process hurries one feed a user along; a feed reads its user's new events
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

use actix_web::{HttpRequest, HttpResponse, get, rt, web};
use actix_ws::{AggregatedMessage, CloseCode, CloseReason, Session};
use futures::StreamExt;
use serde::Deserialize;
use shared::{
    Result,
    db::PgPool,
    events::{self, Heard, Listener, Published},
    ids::{SessionId, UserId},
    sessions,
};
use tokio::{
    sync::{Notify, broadcast, watch},
    time::{Instant, interval_at, sleep, timeout},
};
use utoipa::IntoParams;

use crate::{
    auth::SignedIn,
    problem::{Answer, Problem},
    server::{App, check_origin},
};

/// A feed looks for news this often by itself.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// Time between pings; two missed pongs close the socket.
const PING_INTERVAL: Duration = Duration::from_secs(20);
/// A reader that takes no frame for this long is closed with 1013; it comes back by `since`.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// Events that a feed keeps for slow sockets; those further behind read the database.
const FEED_CAPACITY: usize = 256;
/// Events read at a time.
const BATCH: i64 = 500;

/// All feeds of this process.
#[derive(Clone)]
pub struct Live {
    db: PgPool,
    feeds: Arc<Mutex<HashMap<UserId, Feed>>>,
    ended: broadcast::Sender<SessionId>,
}

#[derive(Clone)]
struct Feed {
    wake: Arc<Notify>,
    news: broadcast::Sender<Arc<News>>,
    /// True once the feed has found its place: events after it are broadcast, those before it must be read.
    placed: watch::Receiver<bool>,
}

struct News {
    after: i64,
    event: Published,
}

impl Live {
    /// Starts listening.
    pub fn start(db: PgPool) -> Self {
        let live = Self {
            db,
            feeds: Arc::default(),
            ended: broadcast::channel(FEED_CAPACITY).0,
        };
        tokio::spawn(live.clone().listen());
        live
    }

    async fn listen(self) {
        loop {
            if let Err(error) = self.hear().await {
                tracing::warn!("the LISTEN connection is gone ({error}); connecting again");
            }
            sleep(Duration::from_secs(1)).await;
        }
    }

    async fn hear(&self) -> Result<()> {
        let mut listener = Listener::connect(&self.db).await?;
        self.wake_all();
        loop {
            match listener.next().await? {
                Heard::News(user) => {
                    if let Some(feed) = self.feeds().get(&user) {
                        feed.wake.notify_one();
                    }
                }
                Heard::SessionEnded(session) => {
                    let _nobody_there = self.ended.send(session);
                }
                Heard::Reconnected => self.wake_all(),
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

    /// Joins the user's feed, starting it where nobody listens yet.
    fn join(&self, user: UserId) -> (broadcast::Receiver<Arc<News>>, watch::Receiver<bool>) {
        let mut feeds = self.feeds();
        if let Some(feed) = feeds.get(&user) {
            return (feed.news.subscribe(), feed.placed.clone());
        }
        let (news, receiver) = broadcast::channel(FEED_CAPACITY);
        let (place, placed) = watch::channel(false);
        let feed = Feed {
            wake: Arc::new(Notify::new()),
            news,
            placed: placed.clone(),
        };
        feeds.insert(user, feed.clone());
        tokio::spawn(self.clone().feed(user, feed, place));
        (receiver, placed)
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
                    let whole = i64::try_from(batch.len()).unwrap_or(i64::MAX) == BATCH;
                    for event in batch {
                        let after = std::mem::replace(&mut last, event.id);
                        let _nobody_there = feed.news.send(Arc::new(News { after, event }));
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
            if feed.news.receiver_count() == 0 {
                feeds.remove(&user);
                return;
            }
        }
    }
}

/// Where to begin.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SinceQuery {
    /// The id of the last event seen; from now on where it isn't given.
    since: Option<i64>,
}

/// Progress, live: a WebSocket of `{"id", "event", "data", "at"}` frames. Browsers come with the session cookie from an
/// allowed origin, other clients with `Authorization: Bearer`.
#[utoipa::path(tag = "live", params(SinceQuery), responses((status = 101, description = "switching protocols"), (status = 401, body = Problem), (status = 403, body = Problem)))]
#[get("/ws")]
pub async fn socket(
    app: web::Data<App>,
    who: SignedIn,
    request: HttpRequest,
    query: web::Query<SinceQuery>,
    body: web::Payload,
) -> Answer<HttpResponse> {
    check_origin(&request, &app.settings.server.allowed_origins)?;
    // Before the handshake is answered: whoever has the answer misses nothing that is committed from then on.
    let since = match query.since {
        Some(id) => id,
        None => events::newest(&app.db, who.user.id).await?,
    };
    let (response, session, messages) = actix_ws::handle(&request, body).map_err(|error| {
        Problem::new(
            error.as_response_error().status_code(),
            format!("not a WebSocket handshake: {error}"),
        )
    })?;
    let messages = messages.max_frame_size(4 * 1024).aggregate_continuations();
    let socket = Socket {
        live: app.live.clone(),
        user: who.user.id,
        device: who.session,
        session,
        last: since,
    };
    rt::spawn(socket.run(messages));
    Ok(response)
}

struct Socket {
    live: Live,
    user: UserId,
    device: SessionId,
    session: Session,
    /// The id of the last event sent.
    last: i64,
}

/// Why a socket ends.
enum End {
    Gone,
    TooSlow,
    SignedOut,
    DatabaseAway,
}

impl Socket {
    async fn run(mut self, messages: actix_ws::AggregatedMessageStream) {
        let end = self.serve(messages).await;
        let reason = |code, description: &str| {
            Some(CloseReason {
                code,
                description: Some(description.into()),
            })
        };
        let reason = match end {
            End::Gone => None,
            End::TooSlow => reason(CloseCode::Again, "too slow: come back with since"),
            End::SignedOut => reason(CloseCode::Policy, "the session has ended"),
            End::DatabaseAway => reason(
                CloseCode::Again,
                "the database is away: come back with since",
            ),
        };
        let _already_closed = self.session.close(reason).await;
    }

    async fn serve(&mut self, mut messages: actix_ws::AggregatedMessageStream) -> End {
        let mut ended = self.live.ended.subscribe();
        let (mut news, mut placed) = self.live.join(self.user);
        if placed.wait_for(|placed| *placed).await.is_err() {
            return End::DatabaseAway;
        }
        if let Err(end) = self.catch_up().await {
            return end;
        }
        let mut ping = interval_at(Instant::now() + PING_INTERVAL, PING_INTERVAL);
        let mut unanswered_pings = 0;
        loop {
            tokio::select! {
                got = news.recv() => {
                    let sent = match got {
                        Ok(item) if item.event.id <= self.last => Ok(()),
                        Ok(item) if item.after <= self.last => self.send(&item.event).await,
                        Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => self.catch_up().await,
                        Err(broadcast::error::RecvError::Closed) => Err(End::DatabaseAway),
                    };
                    if let Err(end) = sent {
                        return end;
                    }
                }
                message = messages.next() => match message {
                    Some(Ok(AggregatedMessage::Ping(bytes))) => {
                        if self.session.pong(&bytes).await.is_err() {
                            return End::Gone;
                        }
                    }
                    Some(Ok(AggregatedMessage::Pong(_))) => unanswered_pings = 0,
                    Some(Ok(AggregatedMessage::Text(_) | AggregatedMessage::Binary(_))) => {}
                    Some(Ok(AggregatedMessage::Close(_)) | Err(_)) | None => return End::Gone,
                },
                device = ended.recv() => match device {
                    Ok(device) if device == self.device => return End::SignedOut,
                    Ok(_) => {}
                    Err(_) => if let Err(end) = self.check_session().await { return end },
                },
                _ = ping.tick() => {
                    if unanswered_pings >= 2 {
                        return End::Gone;
                    }
                    unanswered_pings += 1;
                    if self.session.ping(b"").await.is_err() {
                        return End::Gone;
                    }
                    if let Err(end) = self.check_session().await {
                        return end;
                    }
                }
            }
        }
    }

    async fn check_session(&self) -> std::result::Result<(), End> {
        match sessions::user(&self.live.db, self.device).await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(End::SignedOut),
            // The next ping asks again; news can't come while the database is away.
            Err(_) => Ok(()),
        }
    }

    async fn catch_up(&mut self) -> std::result::Result<(), End> {
        loop {
            let batch = events::replay(&self.live.db, self.user, self.last, BATCH)
                .await
                .map_err(|_| End::DatabaseAway)?;
            if batch.is_empty() {
                return Ok(());
            }
            for event in &batch {
                self.send(event).await?;
            }
        }
    }

    async fn send(&mut self, event: &Published) -> std::result::Result<(), End> {
        match timeout(SEND_TIMEOUT, self.session.text(event.frame.clone())).await {
            Ok(Ok(())) => {
                self.last = event.id;
                Ok(())
            }
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::TooSlow),
        }
    }
}
