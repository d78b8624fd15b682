//! Deletes snapshots and leftovers, never files that are in use.

use std::{collections::BTreeSet, fs, io};

use super::{CachedFile, RepoCache};
use crate::{
    digest::Digest,
    files::{Result, at, entries, remove_and_measure, remove_file, remove_folder},
    names::Commit,
    partial,
};

impl RepoCache {
    /// Deletes a commit's files, the blobs that no other commit has, and the refs to it; the whole repository where nothing
    /// else is left. Returns how many bytes that freed; `None`, with nothing deleted, where the repository is in use.
    ///
    /// # Errors
    /// Where something can't be deleted; what is left then can be deleted again.
    pub fn remove_snapshot(&self, commit: &Commit) -> Result<Option<u64>> {
        let Some(_lock) = self.try_lock_exclusive()? else {
            return Ok(None);
        };
        let mut snapshots = self.snapshots()?;
        let removed = snapshots.remove(commit).unwrap_or_default();
        let kept = digests(snapshots.values().flatten());

        // Refs first: a branch must not point to a commit that is not there.
        for (revision, target) in self.refs()? {
            if target == *commit {
                remove_file(&self.folder.join("refs").join(revision.as_str()))?;
            }
        }
        // Renamed, then deleted: nobody sees half a snapshot.
        let (folder, hidden) = (
            self.snapshot(commit),
            self.folder.join(format!(".old-{commit}")),
        );
        match fs::rename(&folder, &hidden) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            renamed => at(&folder, renamed)?,
        }
        remove_folder(&hidden)?;
        let mut freed = removed
            .iter()
            .filter(|file| file.digest.is_none())
            .map(|file| file.size)
            .sum();
        for digest in digests(removed.iter()).difference(&kept) {
            freed += remove_and_measure(&self.blob(*digest))?;
        }
        self.remove_if_empty(snapshots.is_empty())?;
        Ok(Some(freed))
    }

    /// Deletes what a cancelled or failed download has left: of these blobs, the partial ones and those that no commit has.
    /// Returns how many bytes that freed; `None`, with nothing deleted, where the repository is in use.
    ///
    /// # Errors
    /// Where something can't be deleted; what is left then can be deleted again.
    pub fn remove_leftovers(&self, left: &BTreeSet<Digest>) -> Result<Option<u64>> {
        if !self.folder.exists() {
            return Ok(Some(0));
        }
        let Some(_lock) = self.try_lock_exclusive()? else {
            return Ok(None);
        };
        let snapshots = self.snapshots()?;
        let kept = digests(snapshots.values().flatten());
        let mut freed = 0;
        for digest in left {
            let blob = self.blob(*digest);
            freed += partial::remove(&blob)?;
            if !kept.contains(digest) {
                freed += remove_and_measure(&blob)?;
            }
        }
        self.remove_if_empty(snapshots.is_empty())?;
        Ok(Some(freed))
    }

    fn remove_if_empty(&self, no_snapshots: bool) -> Result<()> {
        if no_snapshots && entries(&self.folder.join("blobs"))?.is_empty() {
            remove_folder(&self.folder)?;
            remove_folder(&self.locks)?;
        }
        Ok(())
    }
}

fn digests<'a>(files: impl Iterator<Item = &'a CachedFile>) -> BTreeSet<Digest> {
    files.filter_map(|file| file.digest).collect()
}
