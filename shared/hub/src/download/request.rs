//! A download, and what it is done with.

use std::{collections::BTreeSet, sync::Arc};

use tokio_util::sync::CancellationToken;

use crate::{
    Hub, Token,
    cache::RepoCache,
    digest::Digest,
    names::{Commit, RepoId, Revision},
    progress::Progress,
    rate_limiter::RateLimiter,
    responses::RepoFile,
};

/// Files to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadRequest {
    /// Their repository.
    pub repo: RepoId,
    /// The branch or tag that was at this commit when the download was requested.
    pub revision: Revision,
    /// This commit is fetched, wherever the branch moves meanwhile.
    pub commit: Commit,
    /// Files of the commit.
    pub files: Vec<RepoFile>,
}

/// How a download ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finished {
    /// Every file is in the cache, checked.
    Completed,
    /// It was told to stop; complete chunks are kept.
    Stopped,
}

/// Fetches a [`DownloadRequest`].
#[derive(Debug, Clone)]
pub struct Downloader {
    /// Where the files come from.
    pub hub: Hub,
    /// Where they go.
    pub cache: RepoCache,
    /// The acting user's; without one, only public files are served.
    pub token: Option<Token>,
    /// Counted while it runs.
    pub progress: Arc<Progress>,
    /// Limits its bytes a second.
    pub rate_limiter: Arc<RateLimiter>,
    /// Cancelled to stop it; then [`Finished::Stopped`].
    pub stop: CancellationToken,
}

impl DownloadRequest {
    /// Bytes of all files. What several files share is counted for each of them.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size_bytes).sum()
    }

    /// The hashes of all files.
    pub fn digests(&self) -> BTreeSet<Digest> {
        self.files.iter().map(|file| file.digest).collect()
    }
}
