//! What is to be fetched, and what fetches it with.

use std::{collections::BTreeSet, sync::Arc};

use tokio_util::sync::CancellationToken;

use crate::{
    Hub, Token,
    answers::RepoFile,
    cache::RepoCache,
    digest::Digest,
    names::{Commit, RepoId, Revision},
    progress::Progress,
    rate_limiter::RateLimiter,
};

/// What is to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// From where.
    pub repo: RepoId,
    /// The branch or tag that this commit was when the download was asked for.
    pub revision: Revision,
    /// The commit: whatever happens to the branch, this is fetched.
    pub commit: Commit,
    /// Which files of it.
    pub files: Vec<RepoFile>,
}

/// How an order ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finished {
    /// Every file is in the cache, checked.
    Completed,
    /// It was told to stop; what came so far is kept.
    Stopped,
}

/// What fetches orders.
#[derive(Debug, Clone)]
pub struct Downloader {
    /// From here.
    pub hub: Hub,
    /// To here.
    pub cache: RepoCache,
    /// As whom.
    pub token: Option<Token>,
    /// How far it is.
    pub progress: Arc<Progress>,
    /// How fast it may be.
    pub rate_limiter: Arc<RateLimiter>,
    /// When to stop.
    pub stop: CancellationToken,
}

impl Order {
    /// Bytes of all files. What several files share is counted for each of them.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size_bytes).sum()
    }

    /// The blobs that its files are.
    pub fn digests(&self) -> BTreeSet<Digest> {
        self.files.iter().map(|file| file.digest).collect()
    }
}
