//! What can go wrong with the Hub, in sentences a person can act on.

use std::{path::PathBuf, time::Duration};

use crate::{cache::CacheError, digest::WrongBytes, names::BadName};

/// The crate's results.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `HF_HUB_OFFLINE` is set.
    #[error("the Hub is not asked: HF_HUB_OFFLINE is set")]
    Offline,
    /// The Hub doesn't know the token (any more).
    #[error(
        "the Hub does not accept the token: it is wrong, expired or revoked; save a new one in the settings"
    )]
    BadToken,
    /// The Hub hides private repositories behind the same answer.
    #[error(
        "there is no repository «{repo}» on the Hub, or it is private: check the name, or save a token that may read it"
    )]
    NoRepo {
        /// As it was asked for.
        repo: String,
    },
    /// No such branch, tag or commit.
    #[error("«{repo}» has no revision «{revision}»")]
    NoRevision {
        /// As it was asked for.
        repo: String,
        /// As it was asked for.
        revision: String,
    },
    /// No such file in that commit.
    #[error("«{repo}» has no file «{path}» in that commit")]
    NoFile {
        /// As it was asked for.
        repo: String,
        /// As it was asked for.
        path: String,
    },
    /// The terms have to be accepted in a browser first.
    #[error(
        "«{repo}» is gated: accept its terms at {page} with the account of your token, then try again"
    )]
    Gated {
        /// As it was asked for.
        repo: String,
        /// Where to accept.
        page: String,
    },
    /// The account may not.
    #[error("the Hub refuses this to the token's account: {message}")]
    Forbidden {
        /// What the Hub said.
        message: String,
    },
    /// Taken down.
    #[error("the Hub has disabled «{repo}»")]
    Disabled {
        /// As it was asked for.
        repo: String,
    },
    /// Asked too often.
    #[error("the Hub asks to wait {} s: too many requests", wait.as_secs())]
    TooMany {
        /// Until the Hub answers again.
        wait: Duration,
    },
    /// Something passing at the Hub's side.
    #[error("the Hub is not well ({status}); trying again may help")]
    Unwell {
        /// The HTTP status.
        status: u16,
        /// What it asked to wait.
        wait: Option<Duration>,
    },
    /// No connection, or one that broke.
    #[error("the Hub can't be reached: {0}")]
    Network(String),
    /// Nothing came for so long.
    #[error("the Hub did not answer for {} s", .0.as_secs())]
    Silent(Duration),
    /// An answer that this protocol doesn't have.
    #[error("the Hub answered what it should not: {0}")]
    Answer(String),
    /// A redirect to where nothing may be fetched from.
    #[error("the Hub led to a place that is not allowed: {0}")]
    Redirect(String),
    /// A name on the Hub that can't be one here.
    #[error(transparent)]
    Name(#[from] BadName),
    /// The address of a file's bytes has expired.
    #[error("the address of the file has expired")]
    Expired,
    /// A server that can tell a file from its beginning only.
    #[error("the server knows no ranges")]
    NoRanges,
    /// The file on the Hub is another one than when the download began.
    #[error("«{path}» changed on the Hub while it was fetched")]
    Changed {
        /// Which one.
        path: String,
    },
    /// All bytes came, and they are wrong.
    #[error("«{path}» came damaged: {source}")]
    Damaged {
        /// Which one.
        path: String,
        /// What differs.
        source: WrongBytes,
    },
    /// Not enough room.
    #[error(
        "not enough room where the models lie: {} MB are needed, {} MB are free; make room, then let the download go on",
        needed.div_ceil(1_000_000),
        free / 1_000_000
    )]
    NoRoom {
        /// In bytes.
        needed: u64,
        /// In bytes.
        free: u64,
    },
    /// The disk ran full.
    #[error(
        "the disk is full where the models lie ({}): make room, then let the download go on; what has come is kept",
        .0.display()
    )]
    DiskFull(PathBuf),
    /// The cache on disk.
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
            Self::TooMany { .. }
            | Self::Unwell { .. }
            | Self::Network(_)
            | Self::Silent(_)
            | Self::Expired
            | Self::Damaged { .. } => true,
            // Room may be made, but by somebody: they are told and can try again.
            Self::Cache(_)
            | Self::NoRoom { .. }
            | Self::DiskFull(_)
            | Self::Offline
            | Self::BadToken
            | Self::NoRepo { .. }
            | Self::NoRevision { .. }
            | Self::NoFile { .. }
            | Self::Gated { .. }
            | Self::Forbidden { .. }
            | Self::Disabled { .. }
            | Self::Answer(_)
            | Self::NoRanges
            | Self::Redirect(_)
            | Self::Name(_)
            | Self::Changed { .. } => false,
        }
    }

    /// Whether the Hub, or the way to it, is away: it may be for hours, and that is nobody's fault.
    pub fn is_away(&self) -> bool {
        self.is_transient() && !matches!(self, Self::Damaged { .. })
    }

    /// What the Hub asked to wait before the next attempt.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::TooMany { wait } => Some(*wait),
            Self::Unwell { wait, .. } => *wait,
            _ => None,
        }
    }
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        // Its address may be a signed one: it is nobody's to read.
        let error = error.without_url();
        if error.is_timeout() {
            return Self::Network("it does not answer in time".into());
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
