//! Writes what other programs find fetched files by: a commit's links, and refs of branches and tags.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use super::RepoCache;
use crate::{
    digest::Digest,
    files::{Result, at},
    names::{Commit, RepoPath, Revision},
};

impl RepoCache {
    /// Links a commit's file to the blob with this hash, which has to be there.
    ///
    /// # Errors
    /// Where a folder on the way is a link, which could lead out of the cache, or the system refuses.
    pub fn link(&self, commit: &Commit, path: &RepoPath, digest: Digest) -> Result<()> {
        let snapshot = self.snapshot(commit);
        let mut folder = snapshot.clone();
        at(&folder, fs::create_dir_all(&folder))?;
        for part in Path::new(path.folder()).components() {
            folder.push(part);
            match fs::create_dir(&folder) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if !at(&folder, fs::symlink_metadata(&folder))?.is_dir() {
                        return refuse(&folder, "expected a folder; it is a file or a link");
                    }
                }
                made => at(&folder, made)?,
            }
        }
        let link = folder.join(path.file_name());
        // Up from the file's folder to the repository's, and down to the blob.
        let mut target = PathBuf::new();
        for _ in 0..2 + Path::new(path.folder()).components().count() {
            target.push(Component::ParentDir);
        }
        target.extend(["blobs", &digest.to_string()]);
        if fs::read_link(&link).is_ok_and(|old| old == target) {
            return Ok(());
        }
        self.replace(&link, |new| std::os::unix::fs::symlink(&target, new))
    }

    /// Writes the ref of a branch or tag: it is at this commit now. A commit needs none.
    ///
    /// # Errors
    /// Where it can't be written.
    pub fn write_ref(&self, revision: &Revision, commit: &Commit) -> Result<()> {
        if revision.as_commit().is_some() {
            return Ok(());
        }
        let path = self.folder.join("refs").join(revision.as_str());
        if let Some(folder) = path.parent() {
            at(folder, fs::create_dir_all(folder))?;
        }
        self.replace(&path, |new| fs::write(new, commit.as_str()))
    }

    /// Makes a file or link under another name and renames it to `path`: nobody sees it missing or half-written.
    fn replace(&self, path: &Path, make: impl FnOnce(&Path) -> io::Result<()>) -> Result<()> {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        // Beside the blobs: a snapshot's folder holds nothing that is not the repository's.
        let new = self.folder.join(format!(".new-{}-{number}", process::id()));
        at(&new, make(&new))?;
        at(path, fs::rename(&new, path)).inspect_err(|_| drop(fs::remove_file(&new)))
    }
}

fn refuse<T>(path: &Path, why: &str) -> Result<T> {
    at(path, Err(io::Error::other(why.to_owned())))
}
