//! What every handler may use.

use domain::{Result, db::PgPool, language::Language, settings::Settings, storage::Storage};

use crate::{anonymous_limit::AnonymousLimit, hub_access::HubAccess, live::Live, tokens::Tokens};

/// The state that all handlers share.
pub struct App {
    pub settings: Settings,
    pub db: PgPool,
    pub storage: Storage,
    pub tokens: Tokens,
    pub live: Live,
    pub hub: HubAccess,
    pub language: Language,
    pub anonymous_analyses: AnonymousLimit,
}

impl App {
    /// Starts the feeds of events as well.
    ///
    /// # Errors
    /// If the Hub's client can't be made of these settings.
    pub fn start(settings: Settings, db: PgPool, storage: Storage) -> Result<Self> {
        Ok(Self {
            tokens: Tokens::new(&settings.auth),
            live: Live::start(db.clone()),
            hub: HubAccess::new(&settings)?,
            language: Language::new(settings.text.language_folder()),
            anonymous_analyses: AnonymousLimit::per_minute(
                settings.text.anonymous_analyses_per_minute,
            ),
            settings,
            db,
            storage,
        })
    }
}
