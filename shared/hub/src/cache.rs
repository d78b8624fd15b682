//! The Hub's cache on this machine, in the layout of `huggingface_hub`, which other programs use at the same time:
//!
//! ```text
//! models--{organisation}--{name}/
//!     blobs/{hash}                     the bytes of a file, once for all commits
//!     refs/{branch or tag}             the commit that it was at when it was last fetched
//!     snapshots/{commit}/{path}        a relative link to the blob
//! .locks/models--{organisation}--{name}/{hash}.lock
//! ```
//!
//! A blob is renamed into place, so one that is there is complete; whoever writes it holds its lock.
//!
//! | module | does |
//! |---|---|
//! | `reading` | lists what is there |
//! | `writing` | writes links and refs |
//! | `removal` | deletes snapshots and leftovers |

mod reading;
mod removal;
mod writing;

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
};

pub use crate::files::CacheError;
use crate::{
    digest::Digest,
    files::{Result, at, entries},
    names::{Commit, RepoId, RepoPath, Revision},
};

/// A folder that holds the cache.
#[derive(Debug, Clone)]
pub struct HubCache {
    root: PathBuf,
}

/// One repository's folder in it.
#[derive(Debug, Clone)]
pub struct RepoCache {
    folder: PathBuf,
    locks: PathBuf,
    repo_lock: PathBuf,
}

/// An exclusive lock on writing one blob, among all programs of this machine, held until it is dropped.
#[derive(Debug)]
pub struct BlobLock {
    _locked: Locked,
}

/// A lock on a repository among Avagar's processes of this machine, held until it is dropped: shared while its files are in
/// use, exclusive while they are deleted.
#[derive(Debug)]
pub struct RepoLock {
    _locked: Locked,
}

/// A locked file. It is unlocked, not only closed: a process that is being started elsewhere in this one has copies of all
/// open files until its program begins, and they would keep the lock for so long.
#[derive(Debug)]
struct Locked(File);

impl Drop for Locked {
    fn drop(&mut self) {
        // If it fails, closing the file unlocks it all the same, only later.
        let _unlocked = self.0.unlock();
    }
}

/// What is there of one repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedRepo {
    /// Its name.
    pub repo: RepoId,
    /// The files of each commit that are there.
    pub snapshots: BTreeMap<Commit, Vec<CachedFile>>,
    /// The commits of branches and tags.
    pub refs: BTreeMap<Revision, Commit>,
}

/// A file of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedFile {
    /// Within the repository.
    pub path: RepoPath,
    /// `None` for a plain file that somebody put into the snapshot.
    pub digest: Option<Digest>,
    /// In bytes.
    pub size: u64,
}

impl HubCache {
    /// The cache in this folder, which need not be there yet.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// As in [`HubCache::at`].
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// One repository's folder, which need not be there yet.
    pub fn repo(&self, repo: &RepoId) -> RepoCache {
        let name = format!("models--{}", repo.as_str().replace('/', "--"));
        let locks = self.root.join(".locks").join(&name);
        RepoCache {
            folder: self.root.join(&name),
            // Not among the blobs' locks, which are deleted with the repository.
            repo_lock: locks.with_added_extension("avagar.lock"),
            locks,
        }
    }

    /// The folders of models' repositories.
    fn repos(&self) -> Result<Vec<(RepoId, PathBuf)>> {
        let mut repos = Vec::new();
        for (name, folder) in entries(&self.root)? {
            let Some(id) = name.strip_prefix("models--") else {
                continue;
            };
            // Names have no `--` inside of a part.
            if let Ok(repo) = id.replacen("--", "/", 1).parse() {
                repos.push((repo, folder));
            }
        }
        Ok(repos)
    }
}

impl RepoCache {
    /// `models--{organisation}--{name}`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a blob's bytes are, or will be.
    pub fn blob(&self, digest: Digest) -> PathBuf {
        self.folder.join("blobs").join(digest.to_string())
    }

    /// The folder of a commit's files.
    pub fn snapshot(&self, commit: &Commit) -> PathBuf {
        self.folder.join("snapshots").join(commit.as_str())
    }

    /// Makes the folders for blobs, locks and snapshots; `huggingface_hub` takes a repository without `snapshots` for corrupt.
    ///
    /// # Errors
    /// Where they can't be made.
    pub fn prepare(&self) -> Result<()> {
        let [blobs, snapshots] = ["blobs", "snapshots"].map(|name| self.folder.join(name));
        for folder in [blobs, snapshots, self.locks.clone()] {
            at(&folder, fs::create_dir_all(&folder))?;
        }
        Ok(())
    }

    /// Locks a blob for writing; `None` where another program or task holds its lock.
    ///
    /// # Errors
    /// Where the lock file can't be made or locked.
    pub fn try_lock(&self, digest: Digest) -> Result<Option<BlobLock>> {
        let path = self.locks.join(format!("{digest}.lock"));
        let file = open_lock(&path)?;
        let locked = acquired(&path, file.try_lock())?;
        Ok(locked.then(|| BlobLock {
            _locked: Locked(file),
        }))
    }

    /// Keeps the repository's files from being deleted; `None` while they are.
    ///
    /// # Errors
    /// Where the lock file can't be made or locked.
    pub fn try_lock_shared(&self) -> Result<Option<RepoLock>> {
        let file = open_lock(&self.repo_lock)?;
        let locked = acquired(&self.repo_lock, file.try_lock_shared())?;
        Ok(locked.then(|| RepoLock {
            _locked: Locked(file),
        }))
    }

    fn try_lock_exclusive(&self) -> Result<Option<RepoLock>> {
        let file = open_lock(&self.repo_lock)?;
        let locked = acquired(&self.repo_lock, file.try_lock())?;
        Ok(locked.then(|| RepoLock {
            _locked: Locked(file),
        }))
    }
}

fn open_lock(path: &Path) -> Result<File> {
    if let Some(folder) = path.parent() {
        at(folder, fs::create_dir_all(folder))?;
    }
    at(
        path,
        OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path),
    )
}

/// Whether the lock was acquired.
fn acquired(path: &Path, tried: std::result::Result<(), TryLockError>) -> Result<bool> {
    match tried {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => at(path, Err(error)),
    }
}

#[cfg(test)]
mod tests;
