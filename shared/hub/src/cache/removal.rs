//! Deletes what nobody wants any more, and nothing that somebody uses.

use std::{collections::BTreeSet, fs, io};

use super::{CachedFile, RepoCache};
use crate::{
    digest::Digest,
    files::{Result, at, entries, remove_file, remove_folder, remove_measured},
    names::Commit,
    partial,
};

impl RepoCache {
    /// Deletes a commit's files, the blobs that no other commit has, and the notes that named it. Answers how many bytes
    /// that freed; `None` where somebody uses the repository, so that nothing was deleted. A repository of which nothing
    /// is left goes as a whole.
    ///
    /// # Errors
    /// Where something can't be deleted; what is left then can be deleted again.
    pub fn remove_snapshot(&self, commit: &Commit) -> Result<Option<u64>> {
        let Some(_alone) = self.try_hold_alone()? else {
            return Ok(None);
        };
        let mut snapshots = self.snapshots()?;
        let removed = snapshots.remove(commit).unwrap_or_default();
        let kept = digests(snapshots.values().flatten());

        // The notes first: a branch must not name what is not there.
        for (revision, named) in self.refs()? {
            if named == *commit {
                remove_file(&self.folder.join("refs").join(revision.as_str()))?;
            }
        }
        // Hidden by one rename, then deleted: nobody sees half a snapshot.
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
            freed += remove_measured(&self.blob(*digest))?;
        }
        self.remove_if_empty(snapshots.is_empty())?;
        Ok(Some(freed))
    }

    /// Deletes what a download has left that nobody wants any more: of these blobs, those that are on their way, and
    /// those that no commit has. Answers how many bytes that freed; `None` where somebody uses the repository.
    ///
    /// # Errors
    /// Where something can't be deleted; what is left then can be deleted again.
    pub fn remove_leftovers(&self, left: &BTreeSet<Digest>) -> Result<Option<u64>> {
        if !self.folder.exists() {
            return Ok(Some(0));
        }
        let Some(_alone) = self.try_hold_alone()? else {
            return Ok(None);
        };
        let snapshots = self.snapshots()?;
        let kept = digests(snapshots.values().flatten());
        let mut freed = 0;
        for digest in left {
            let blob = self.blob(*digest);
            freed += partial::remove(&blob)?;
            if !kept.contains(digest) {
                freed += remove_measured(&blob)?;
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
