//! How a process learns that there are new events: NOTIFY of the transactions that publish them.

use sqlx::{PgPool, postgres::PgListener};
use uuid::Uuid;

use crate::{
    Result,
    events::CHANNEL,
    ids::{SessionId, UserId},
};

/// One LISTEN connection of a process.
pub struct Listener(PgListener);

/// What a [`Listener`] receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notification {
    /// This user has new events.
    Published(UserId),
    /// This session ended: its sockets must close.
    SessionEnded(SessionId),
    /// The connection was lost and is back: any notification may have been missed.
    Reconnected,
}

impl Listener {
    /// Connects and listens.
    pub async fn connect(db: &PgPool) -> Result<Self> {
        let mut listener = PgListener::connect_with(db).await?;
        listener.listen(CHANNEL).await?;
        Ok(Self(listener))
    }

    /// Waits for a notification. After an error the listener is of no use any more: connect a new one.
    pub async fn next(&mut self) -> Result<Notification> {
        loop {
            let Some(notification) = self.0.try_recv().await? else {
                return Ok(Notification::Reconnected);
            };
            let parsed = match notification.payload().split_once(':') {
                Some(("session", id)) => {
                    Uuid::parse_str(id).map(|id| Notification::SessionEnded(SessionId(id)))
                }
                Some((user, _)) => {
                    Uuid::parse_str(user).map(|user| Notification::Published(UserId(user)))
                }
                None => continue,
            };
            if let Ok(received) = parsed {
                return Ok(received);
            }
        }
    }
}
