//! The state that all handlers share.

use domain::{db::PgPool, settings::Settings, storage::Storage};

use crate::{hub_access::HubAccess, live::Live, tokens::Tokens};

/// What every handler may use.
pub struct App {
    /// Configuration.
    pub settings: Settings,
    /// PostgreSQL.
    pub db: PgPool,
    /// Bytes.
    pub storage: Storage,
    /// Passwords and tokens.
    pub tokens: Tokens,
    /// Feeds of events.
    pub live: Live,
    /// The Hugging Face Hub.
    pub hub: HubAccess,
}
