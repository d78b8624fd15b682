//! Lists what is in the cache, whichever program fetched it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    time::Duration,
};

use super::{CachedFile, CachedRepo, HubCache, RepoCache};
use crate::{
    digest::Digest,
    files::{Result, entries, files_below},
    names::{Commit, RepoId, Revision},
    partial,
};

impl HubCache {
    /// Every model of which at least one commit is there. Folders of data sets and others are skipped.
    ///
    /// # Errors
    /// Where a folder can't be read.
    pub fn scan(&self) -> Result<Vec<CachedRepo>> {
        let mut repos = Vec::new();
        for (repo, _) in self.repos()? {
            let cache = self.repo(&repo);
            let found = CachedRepo {
                snapshots: cache.snapshots()?,
                refs: cache.refs()?,
                repo,
            };
            if !found.snapshots.is_empty() {
                repos.push(found);
            }
        }
        repos.sort_by(|one, other| one.repo.cmp(&other.repo));
        Ok(repos)
    }

    /// Partial blobs that were last written to at least so long ago.
    ///
    /// # Errors
    /// Where a folder can't be read.
    pub fn abandoned(&self, untouched_for: Duration) -> Result<Vec<(RepoId, BTreeSet<Digest>)>> {
        let mut abandoned = Vec::new();
        for (repo, folder) in self.repos()? {
            let mut blobs = BTreeSet::new();
            for (name, path) in entries(&folder.join("blobs"))? {
                if let Some(digest) = partial::digest_of(&name)
                    && let Ok(written) =
                        fs::metadata(&path).and_then(|metadata| metadata.modified())
                    && written.elapsed().is_ok_and(|ago| ago >= untouched_for)
                {
                    blobs.insert(digest);
                }
            }
            if !blobs.is_empty() {
                abandoned.push((repo, blobs));
            }
        }
        Ok(abandoned)
    }
}

impl RepoCache {
    /// The files of each commit that are there.
    ///
    /// # Errors
    /// Where a folder can't be read.
    pub fn snapshots(&self) -> Result<BTreeMap<Commit, Vec<CachedFile>>> {
        let mut snapshots = BTreeMap::new();
        for (name, path) in entries(&self.folder.join("snapshots"))? {
            let Ok(commit) = name.parse::<Commit>() else {
                continue;
            };
            let mut files = Vec::new();
            for (relative, file) in files_below(&path)? {
                // A link to a missing blob is not listed.
                if let (Ok(metadata), Ok(path)) = (fs::metadata(&file), relative.parse())
                    && metadata.is_file()
                {
                    let target = fs::read_link(&file).ok();
                    let name = target
                        .as_deref()
                        .and_then(Path::file_name)
                        .and_then(|name| name.to_str());
                    let digest = name.and_then(|name| name.parse().ok());
                    files.push(CachedFile {
                        path,
                        digest,
                        size: metadata.len(),
                    });
                }
            }
            files.sort_by(|one, other| one.path.cmp(&other.path));
            snapshots.insert(commit, files);
        }
        Ok(snapshots)
    }

    /// The commits of branches and tags.
    ///
    /// # Errors
    /// Where a folder can't be read.
    pub fn refs(&self) -> Result<BTreeMap<Revision, Commit>> {
        let mut refs = BTreeMap::new();
        for (relative, file) in files_below(&self.folder.join("refs"))? {
            let commit = fs::read_to_string(file)
                .ok()
                .and_then(|commit| commit.trim().parse().ok());
            if let (Ok(revision), Some(commit)) = (relative.parse(), commit) {
                refs.insert(revision, commit);
            }
        }
        Ok(refs)
    }
}
