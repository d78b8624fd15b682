//! What can go wrong with the Hub, with messages that say what to do.

use std::{path::PathBuf, time::Duration};

use crate::{cache::CacheError, digest::DigestMismatch, names::BadName};

/// The crate's results.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `HF_HUB_OFFLINE` is set.
    #[error("no request is sent to the Hub: HF_HUB_OFFLINE is set")]
    Offline,
    /// The Hub doesn't know the token (any more).
    #[error(
        "the Hub does not accept the token: it is wrong, expired or revoked; save a new one in the settings"
    )]
    InvalidToken,
    /// There is none, or it is private: the Hub sends the same response for both.
    #[error(
        "there is no repository «{repo}» on the Hub, or it is private: check the name, or save a token that may read it"
    )]
    RepoNotFound {
        /// As it was requested.
        repo: String,
    },
    /// No such branch, tag or commit.
    #[error("«{repo}» has no revision «{revision}»")]
    RevisionNotFound {
        /// As it was requested.
        repo: String,
        /// As it was requested.
        revision: String,
    },
    /// No such file in that commit.
    #[error("«{repo}» has no file «{path}» in that commit")]
    FileNotFound {
        /// As it was requested.
        repo: String,
        /// As it was requested.
        path: String,
    },
    /// The terms have to be accepted in a browser first.
    #[error(
        "«{repo}» is gated: accept its terms at {page} with the account of your token, then try again"
    )]
    Gated {
        /// As it was requested.
        repo: String,
        /// Where to accept.
        page: String,
    },
    /// The account lacks the permission.
    #[error("the Hub refuses this to the token's account: {message}")]
    Forbidden {
        /// The Hub's own message.
        message: String,
    },
    /// Taken down by the Hub.
    #[error("the Hub has disabled «{repo}»")]
    Disabled {
        /// As it was requested.
        repo: String,
    },
    /// 429.
    #[error("the Hub asks to wait {} s: too many requests", wait.as_secs())]
    RateLimited {
        /// Until requests are accepted again.
        wait: Duration,
    },
    /// 408 or 5xx.
    #[error("the Hub is unavailable (status {status}); trying again may help")]
    Unavailable {
        /// The HTTP status.
        status: u16,
        /// Its `Retry-After`.
        wait: Option<Duration>,
    },
    /// No connection, or one that broke.
    #[error("the Hub can't be reached: {0}")]
    Network(String),
    /// No response began within the limit.
    #[error("the Hub did not respond within {} s", .0.as_secs())]
    Timeout(Duration),
    /// A response that the Hub's API doesn't have.
    #[error("unexpected response from the Hub: {0}")]
    UnexpectedResponse(String),
    /// A redirect to where nothing may be fetched from.
    #[error("the Hub redirects to a place that is not allowed: {0}")]
    Redirect(String),
    /// A name on the Hub that is not valid here.
    #[error(transparent)]
    InvalidName(#[from] BadName),
    /// The signed URL of a file's bytes has expired.
    #[error("the signed URL of the file has expired")]
    UrlExpired,
    /// The server sends files from their first byte only.
    #[error("the server does not support range requests")]
    RangesUnsupported,
    /// The file on the Hub is another one than when the download began.
    #[error("«{path}» changed on the Hub while it was fetched")]
    Changed {
        /// Which one.
        path: String,
    },
    /// All bytes came, and their hash is wrong.
    #[error("«{path}» is corrupt: {source}")]
    ChecksumMismatch {
        /// Which one.
        path: String,
        /// Expected and got.
        source: DigestMismatch,
    },
    /// There is too little free space for the download, found before its first byte.
    #[error(
        "not enough free space in the model cache: {} MB are needed, {} MB are free; make room, then resume the download",
        needed.div_ceil(1_000_000),
        free / 1_000_000
    )]
    InsufficientStorage {
        /// In bytes.
        needed: u64,
        /// In bytes.
        free: u64,
    },
    /// The disk ran full while it was written to.
    #[error(
        "the disk of the model cache is full ({}): make room, then resume the download; what was fetched is kept",
        .0.display()
    )]
    DiskFull(PathBuf),
    /// Another error of the cache's files.
    #[error("the Hub's cache: {0}")]
    Cache(CacheError),
}

impl From<CacheError> for Error {
    fn from(error: CacheError) -> Self {
        use std::io::ErrorKind as E;
        match error.source.kind() {
            E::StorageFull | E::QuotaExceeded => Self::DiskFull(error.path),
            _ => Self::Cache(error),
        }
    }
}

impl Error {
    /// Whether the same may succeed later, without anybody doing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::RateLimited { .. }
            | Self::Unavailable { .. }
            | Self::Network(_)
            | Self::Timeout(_)
            | Self::UrlExpired
            | Self::ChecksumMismatch { .. } => true,
            // Somebody has to make room: the message says so, and the download can be resumed.
            Self::Cache(_)
            | Self::InsufficientStorage { .. }
            | Self::DiskFull(_)
            | Self::Offline
            | Self::InvalidToken
            | Self::RepoNotFound { .. }
            | Self::RevisionNotFound { .. }
            | Self::FileNotFound { .. }
            | Self::Gated { .. }
            | Self::Forbidden { .. }
            | Self::Disabled { .. }
            | Self::UnexpectedResponse(_)
            | Self::RangesUnsupported
            | Self::Redirect(_)
            | Self::InvalidName(_)
            | Self::Changed { .. } => false,
        }
    }

    /// Whether the Hub, or the network, is down: it may be for hours, and no attempt should be charged for it.
    pub fn is_unavailable(&self) -> bool {
        self.is_transient() && !matches!(self, Self::ChecksumMismatch { .. })
    }

    /// How long the Hub asked to wait before the next attempt.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { wait } => Some(*wait),
            Self::Unavailable { wait, .. } => *wait,
            _ => None,
        }
    }
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        // The URL may be a signed one, which must not be shown.
        let error = error.without_url();
        if error.is_timeout() {
            return Self::Network("the connection timed out".into());
        }
        let mut message = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            message = format!("{message}: {inner}");
            cause = inner.source();
        }
        Self::Network(message)
    }
}
