//! The WebSocket: one reader of a user's feed.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, get, http::StatusCode, rt, web};
use actix_ws::{AggregatedMessage, CloseCode, CloseReason, Session};
use domain::{
    events::{self, Published},
    ids::{SessionId, UserId},
    sessions,
};
use futures::StreamExt;
use serde::Deserialize;
use tokio::{
    sync::broadcast,
    time::{Instant, interval_at, timeout},
};
use utoipa::IntoParams;

use crate::{
    app::App,
    auth_user::AuthUser,
    live::{BATCH, Live},
    live_frames::Frame,
    problem::{ApiResult, Problem},
    query::Query,
};

/// Time between pings; two missed pongs close the socket.
const PING_INTERVAL: Duration = Duration::from_secs(20);
/// A reader that takes no frame for this long is closed with 1013; it comes back by `since`.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// Where to begin.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SinceQuery {
    /// The id of the last event seen; from now on if omitted.
    #[param(minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    since: Option<i64>,
}

/// Progress, live: a WebSocket of `{"id", "event", "data", "at"}` frames. Browsers come with the session cookie from an
/// allowed origin, other clients with `Authorization: Bearer`.
#[utoipa::path(tag = "live", operation_id = "listen", params(SinceQuery), responses((status = 101, description = "Switching protocols. Every frame is one event", body = Frame), (status = 400, body = Problem, description = "Not the handshake of a WebSocket"), (status = 403, body = Problem, description = "A page of another origin (`server.allowed_origins`)")))]
#[get("/ws")]
pub async fn socket(
    app: web::Data<App>,
    auth: AuthUser,
    request: HttpRequest,
    query: Query<SinceQuery>,
    body: web::Payload,
) -> ApiResult<HttpResponse> {
    // Before the handshake is answered: whoever has the answer misses nothing that is committed from then on.
    let since = match query.0.since {
        Some(id) => id,
        None => events::newest(&app.db, auth.user.id).await?,
    };
    let (response, session, messages) = actix_ws::handle(&request, body).map_err(|error| {
        let detail = format!("not a WebSocket handshake: {error}");
        Problem::new(StatusCode::BAD_REQUEST, detail).at(&request)
    })?;
    let messages = messages.max_frame_size(4 * 1024).aggregate_continuations();
    let socket = Socket {
        live: app.live.clone(),
        user: auth.user.id,
        device: auth.session,
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

/// How to catch up with what was missed.
#[derive(Clone, Copy)]
enum Detail {
    /// Every event: the reader was away, or the feed began after it.
    Whole,
    /// Progress merged, the latest wins: the reader is too slow for all of it.
    Merged,
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
        let mut ended = self.live.sessions_ending();
        let (mut events, mut ready) = self.live.join(self.user);
        if ready.wait_for(|ready| *ready).await.is_err() {
            return End::DatabaseAway;
        }
        if let Err(end) = self.catch_up(Detail::Whole).await {
            return end;
        }
        let mut ping = interval_at(Instant::now() + PING_INTERVAL, PING_INTERVAL);
        let mut unanswered_pings = 0;
        loop {
            tokio::select! {
                got = events.recv() => {
                    let sent = match got {
                        Ok(item) if item.event.id <= self.last => Ok(()),
                        Ok(item) if item.after <= self.last => self.send(&item.event).await,
                        Ok(_) => self.catch_up(Detail::Whole).await,
                        Err(broadcast::error::RecvError::Lagged(_)) => self.catch_up(Detail::Merged).await,
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
            // The next ping asks again; events can't come while the database is away.
            Err(_) => Ok(()),
        }
    }

    async fn catch_up(&mut self, detail: Detail) -> std::result::Result<(), End> {
        loop {
            let batch = events::replay(&self.live.db, self.user, self.last, BATCH)
                .await
                .map_err(|_| End::DatabaseAway)?
                .into_frames();
            if batch.is_empty() {
                return Ok(());
            }
            let batch = match detail {
                Detail::Whole => batch,
                Detail::Merged => events::merge(batch),
            };
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
