//! How the Hub is asked: with which tokens, how often, and what its refusals mean over HTTP.

use std::{collections::HashSet, num::NonZeroU16};

use actix_web::http::StatusCode;
use domain::{
    Error, Result, db::PgPool, failure::WorkFailure, ids::UserId, preferences,
    preferences::TokenCipher, settings::Settings,
};
use hub::{
    Hub, Token,
    names::RepoPath,
    responses::{Account, Gated, ModelInfo, RepoFile},
    selection::Selection,
};

use crate::{
    anonymous_limit::AnonymousLimit,
    problem::{ApiResult, FieldProblem, Problem, ProblemKind},
};

/// The Hub, and the tokens with which it is asked.
pub struct HubAccess {
    /// Asks the Hub.
    pub hub: Hub,
    /// Opens people's tokens.
    pub cipher: TokenCipher,
    service_token: Option<Token>,
    pub anonymous: AnonymousLimit,
}

impl HubAccess {
    /// By these settings.
    ///
    /// # Errors
    /// Where the Hub's client can't be made.
    pub fn new(settings: &Settings) -> Result<Self> {
        hub::install_crypto_provider();
        let about = &settings.hub;
        Ok(Self {
            hub: Hub::new(about.config()?).map_err(|error| Error::Settings(error.to_string()))?,
            cipher: TokenCipher::new(&settings.auth.sealing_secret),
            service_token: about.token(),
            anonymous: AnonymousLimit::per_minute(about.anonymous_questions_per_minute),
        })
    }

    /// The token of somebody signed in: their own, else the service token.
    pub async fn token(&self, db: &PgPool, user: UserId) -> Result<Option<Token>> {
        let own = preferences::token(db, &self.cipher, user).await?;
        Ok(own.or_else(|| self.service_token.clone()))
    }

    /// Whose a token is that somebody has just given us.
    pub async fn whose(&self, token: &Token) -> ApiResult<Account> {
        match self.hub.whoami(token).await {
            Err(hub::Error::InvalidToken) => Err(Problem::field_of(
                "/token",
                FieldProblem::TokenRefused,
                "the Hub does not accept it: it is wrong, expired or revoked",
            )),
            answered => Ok(answered?),
        }
    }

    /// Whether the terms that stand before a model are accepted, asked of its first file.
    pub async fn check_access(
        &self,
        info: &ModelInfo,
        file: &RepoFile,
        token: Option<&Token>,
    ) -> ApiResult<()> {
        if info.disabled {
            let repo = info.model.repo_id.to_string();
            return Err(hub::Error::Disabled { repo }.into());
        }
        if info.model.gated != Gated::No {
            let (repo, commit) = (&info.model.repo_id, &info.commit);
            self.hub.locate(repo, commit, file, token).await?;
        }
        Ok(())
    }
}

/// The chosen of these files, in their order.
pub fn choose(files: &[RepoFile], selection: &Selection) -> Vec<RepoFile> {
    let paths: Vec<RepoPath> = files.iter().map(|file| file.path.clone()).collect();
    let chosen: HashSet<&RepoPath> = selection.choose(&paths).into_iter().collect();
    files
        .iter()
        .filter(|file| chosen.contains(&file.path))
        .cloned()
        .collect()
}

impl Problem {
    /// Says when to come again.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = NonZeroU16::new(u16::try_from(seconds).unwrap_or(u16::MAX));
        self
    }
}

impl From<hub::Error> for Problem {
    fn from(error: hub::Error) -> Self {
        use hub::Error as E;
        let status = match &error {
            E::RepoNotFound { .. } | E::RevisionNotFound { .. } | E::FileNotFound { .. } => {
                StatusCode::NOT_FOUND
            }
            // Not 401: it is the Hub that doesn't know the person, and not we.
            E::InvalidToken | E::Gated { .. } | E::Forbidden { .. } | E::Disabled { .. } => {
                StatusCode::FORBIDDEN
            }
            E::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            E::Offline | E::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            E::Timeout(_) => StatusCode::GATEWAY_TIMEOUT,
            E::Changed { .. } => StatusCode::CONFLICT,
            E::Network(_)
            | E::UnexpectedResponse(_)
            | E::Redirect(_)
            | E::InvalidName(_)
            | E::UrlExpired
            | E::RangesUnsupported
            | E::ChecksumMismatch { .. } => StatusCode::BAD_GATEWAY,
            E::InsufficientStorage { .. } | E::DiskFull(_) | E::Cache(_) => {
                StatusCode::INSUFFICIENT_STORAGE
            }
        };
        let problem =
            Self::new(status, error.to_string()).of(ProblemKind::Work(WorkFailure::from(&error)));
        match error.retry_after() {
            Some(wait) => problem.retry_after(wait.as_secs()),
            None => problem,
        }
    }
}
