//! The Hub's cache on this machine, in the layout of the Hub's own clients, which other programs use at the same time:
//!
//! ```text
//! models--{organisation}--{name}/
//!     blobs/{hash}                     the bytes of a file, once for all commits
//!     refs/{branch or tag}             the commit that it was, last time somebody asked
//!     snapshots/{commit}/{path}        a relative link to the blob
//! .locks/models--{organisation}--{name}/{hash}.lock
//! ```
//!
//! A blob comes by rename, so one that is there is whole; whoever writes one holds its lock.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::MetadataExt,
    path::{Component, Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use crate::{
    digest::Digest,
    names::{Commit, RepoId, RepoPath, Revision},
    partial,
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
    hold: PathBuf,
}

/// The right to write one blob, among all programs of this machine, until it is dropped.
#[derive(Debug)]
pub struct BlobLock {
    _file: File,
}

/// Says, among Avagar's processes of this machine, that a repository's files are in use, or being deleted; until it is
/// dropped.
#[derive(Debug)]
pub struct RepoHold {
    _file: File,
}

/// What is there of one repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedRepo {
    /// Which one.
    pub repo: RepoId,
    /// Its commits, of which some files at least are there.
    pub snapshots: BTreeMap<Commit, Vec<CachedFile>>,
    /// The commits of branches and tags.
    pub refs: BTreeMap<Revision, Commit>,
}

/// A file of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedFile {
    /// Its path.
    pub path: RepoPath,
    /// Its bytes' hash; `None` where somebody put a plain file into the snapshot.
    pub digest: Option<Digest>,
    /// Its size.
    pub size: u64,
}

/// What went wrong in the cache, and where.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct CacheError {
    /// The file or folder.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

type Result<T> = std::result::Result<T, CacheError>;

pub(crate) fn at<T>(path: &Path, result: io::Result<T>) -> Result<T> {
    result.map_err(|source| CacheError {
        path: path.to_owned(),
        source,
    })
}

fn refuse<T>(path: &Path, why: &str) -> Result<T> {
    at(path, Err(io::Error::other(why.to_owned())))
}

impl HubCache {
    /// The cache in this folder, which need not be there yet.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// One repository's part of it.
    pub fn repo(&self, repo: &RepoId) -> RepoCache {
        let name = format!("models--{}", repo.as_str().replace('/', "--"));
        let locks = self.root.join(".locks").join(&name);
        RepoCache {
            folder: self.root.join(&name),
            // Not among the blobs' locks, which go with the repository.
            hold: locks.with_added_extension("avagar.lock"),
            locks,
        }
    }

    /// Everything that is whole enough to be listed, whoever fetched it. What is no model's folder is passed over.
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

    /// Blobs that were on their way and that nobody has written to for so long.
    ///
    /// # Errors
    /// Where a folder can't be read.
    pub fn abandoned(&self, untouched_for: Duration) -> Result<Vec<(RepoId, BTreeSet<Digest>)>> {
        let mut abandoned = Vec::new();
        for (repo, folder) in self.repos()? {
            let mut blobs = BTreeSet::new();
            for (name, path) in entries(&folder.join("blobs"))? {
                let digest = partial::digest_of(&name);
                let written = fs::metadata(&path).and_then(|about| about.modified());
                if let (Some(digest), Ok(written)) = (digest, written)
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
    /// Its folder.
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

    /// Makes the folders that blobs and their locks are written into, and that of the snapshots, without which Python takes
    /// the repository for a broken one.
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

    /// The right to write this blob; `None` where another program or task has it.
    ///
    /// # Errors
    /// Where the lock file can't be made or locked.
    pub fn try_lock(&self, digest: Digest) -> Result<Option<BlobLock>> {
        let path = self.locks.join(format!("{digest}.lock"));
        let file = open_lock(&path)?;
        let locked = taken(&path, file.try_lock())?;
        Ok(locked.then_some(BlobLock { _file: file }))
    }

    /// Keeps the repository's files from being deleted; `None` where that is being done.
    ///
    /// # Errors
    /// Where the lock file can't be made or locked.
    pub fn try_hold(&self) -> Result<Option<RepoHold>> {
        let file = open_lock(&self.hold)?;
        let held = taken(&self.hold, file.try_lock_shared())?;
        Ok(held.then_some(RepoHold { _file: file }))
    }

    fn try_hold_alone(&self) -> Result<Option<RepoHold>> {
        let file = open_lock(&self.hold)?;
        let held = taken(&self.hold, file.try_lock())?;
        Ok(held.then_some(RepoHold { _file: file }))
    }

    /// Lets a commit's file be the blob with this hash, which has to be there.
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

    /// Notes that a branch or tag is this commit now. A commit needs no note.
    ///
    /// # Errors
    /// Where the note can't be written.
    pub fn note(&self, revision: &Revision, commit: &Commit) -> Result<()> {
        if revision.as_commit().is_some() {
            return Ok(());
        }
        let note = self.folder.join("refs").join(revision.as_str());
        if let Some(folder) = note.parent() {
            at(folder, fs::create_dir_all(folder))?;
        }
        self.replace(&note, |new| fs::write(new, commit.as_str()))
    }

    /// Makes `path` anew under another name, which takes its place at once: nobody sees it missing or half-written.
    fn replace(&self, path: &Path, make: impl FnOnce(&Path) -> io::Result<()>) -> Result<()> {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        // Beside the blobs: a snapshot's folder holds nothing that is not the repository's.
        let new = self.folder.join(format!(".new-{}-{number}", process::id()));
        at(&new, make(&new))?;
        at(path, fs::rename(&new, path)).inspect_err(|_| drop(fs::remove_file(&new)))
    }

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
            walk(&path, "", &mut |relative, file| {
                // Without its blob it is not there.
                if let (Ok(about), Ok(path)) = (fs::metadata(file), relative.parse())
                    && about.is_file()
                {
                    let target = fs::read_link(file).ok();
                    let name = target
                        .as_deref()
                        .and_then(Path::file_name)
                        .and_then(|name| name.to_str());
                    let digest = name.and_then(|name| name.parse().ok());
                    files.push(CachedFile {
                        path,
                        digest,
                        size: about.len(),
                    });
                }
            })?;
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
        walk(&self.folder.join("refs"), "", &mut |relative, file| {
            let commit = fs::read_to_string(file)
                .ok()
                .and_then(|commit| commit.trim().parse().ok());
            if let (Ok(revision), Some(commit)) = (relative.parse(), commit) {
                refs.insert(revision, commit);
            }
        })?;
        Ok(refs)
    }

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

/// Whether a lock was given.
fn taken(path: &Path, tried: std::result::Result<(), TryLockError>) -> Result<bool> {
    match tried {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => at(path, Err(error)),
    }
}

/// Names and paths in a folder, in order; none where there is no such folder. Names that are no Unicode are nobody's here.
fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let listing = match fs::read_dir(folder) {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(Vec::new());
        }
        listing => at(folder, listing)?,
    };
    let mut found = Vec::new();
    for entry in listing {
        let entry = at(folder, entry)?;
        if let Ok(name) = entry.file_name().into_string() {
            found.push((name, entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

/// Calls `visit` with each file below `folder`, links included, by its path in there. Folders that are links are not
/// entered: they could lead anywhere, and round in circles.
fn walk(folder: &Path, prefix: &str, visit: &mut impl FnMut(&str, &Path)) -> Result<()> {
    for (name, path) in entries(folder)? {
        let relative = if prefix.is_empty() {
            name
        } else {
            format!("{prefix}/{name}")
        };
        if at(&path, fs::symlink_metadata(&path))?.is_dir() {
            walk(&path, &relative, visit)?;
        } else {
            visit(&relative, &path);
        }
    }
    Ok(())
}

pub(crate) fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => at(path, removed),
    }
}

/// Deletes a file, if it is there. Answers how many bytes it took on the disk.
pub(crate) fn remove_measured(path: &Path) -> Result<u64> {
    // A file on its way is as long as it will be, and takes what has come.
    let taken = fs::metadata(path).map_or(0, |about| about.blocks() * 512);
    remove_file(path)?;
    Ok(taken)
}

fn remove_folder(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => at(path, removed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARED: &str = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
    const ONCE: &str = "ce013625030ba8dba906f756967f9e9ca394464a";

    struct Given {
        cache: HubCache,
        repo: RepoCache,
        _folder: tempfile::TempDir,
    }

    fn given() -> Given {
        let folder = tempfile::tempdir().unwrap();
        let cache = HubCache::at(folder.path().join("hub"));
        let repo = cache.repo(&"facebook/mms-tts-fas".parse().unwrap());
        repo.prepare().unwrap();
        Given {
            cache,
            repo,
            _folder: folder,
        }
    }

    fn commit(digit: char) -> Commit {
        digit.to_string().repeat(40).parse().unwrap()
    }

    impl Given {
        fn file(&self, commit: &Commit, path: &str, digest: &str, bytes: &[u8]) {
            let digest = digest.parse().unwrap();
            fs::write(self.repo.blob(digest), bytes).unwrap();
            self.repo
                .link(commit, &path.parse().unwrap(), digest)
                .unwrap();
        }
    }

    #[test]
    fn a_file_is_a_relative_link_to_its_blob_however_deep_it_lies() {
        let given = given();
        for path in ["config.json", "a/b/c.json"] {
            given.file(&commit('1'), path, ONCE, b"hello\n");
            let link = given.repo.snapshot(&commit('1')).join(path);
            assert!(fs::read_link(&link).unwrap().is_relative());
            assert_eq!(fs::read(&link).unwrap(), b"hello\n");
        }
        // Another blob takes its place, and the same one leaves it.
        given.file(&commit('1'), "config.json", SHARED, b"new");
        given.file(&commit('1'), "config.json", SHARED, b"new");
        assert_eq!(
            fs::read(given.repo.snapshot(&commit('1')).join("config.json")).unwrap(),
            b"new"
        );
        assert!(
            entries(given.repo.folder())
                .unwrap()
                .iter()
                .all(|(name, _)| !name.starts_with('.'))
        );
    }

    #[test]
    fn a_folder_that_is_a_link_is_not_written_through() {
        let given = given();
        given.file(&commit('1'), "config.json", ONCE, b"hello\n");
        let outside = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(
            outside.path(),
            given.repo.snapshot(&commit('1')).join("weights"),
        )
        .unwrap();
        let path = "weights/model.safetensors".parse().unwrap();
        let error = given
            .repo
            .link(&commit('1'), &path, ONCE.parse().unwrap())
            .unwrap_err();
        assert!(error.to_string().contains("expected a folder"), "{error}");
        assert!(entries(outside.path()).unwrap().is_empty());
    }

    #[test]
    fn what_is_there_is_listed_and_what_is_not_is_not() {
        let given = given();
        given.file(&commit('1'), "config.json", ONCE, b"hello\n");
        given.file(&commit('1'), "gone.bin", SHARED, b"gone");
        fs::remove_file(given.repo.blob(SHARED.parse().unwrap())).unwrap();
        given.repo.note(&Revision::main(), &commit('1')).unwrap();
        given
            .repo
            .note(&"refs/pr/1".parse().unwrap(), &commit('1'))
            .unwrap();
        // Other programs' folders, and none of ours.
        for other in [
            "datasets--a--b",
            "models--a--b--c--d",
            "version.txt",
            "models--empty",
        ] {
            fs::create_dir(given.cache.root().join(other)).unwrap();
        }
        let found = given.cache.scan().unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].repo.as_str(), "facebook/mms-tts-fas");
        let digest = Some(ONCE.parse().unwrap());
        assert_eq!(
            found[0].snapshots[&commit('1')],
            [CachedFile {
                path: "config.json".parse().unwrap(),
                digest,
                size: 6
            }]
        );
        assert_eq!(found[0].refs.len(), 2);
    }

    #[test]
    fn nothing_there_is_an_empty_list() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(HubCache::at(folder.path().join("none")).scan().unwrap(), []);
    }

    #[test]
    fn removing_a_commit_frees_only_what_no_other_commit_has() {
        let given = given();
        given.file(&commit('1'), "model.safetensors", SHARED, b"shared");
        given.file(&commit('1'), "config.json", ONCE, b"hello\n");
        given.file(&commit('2'), "model.safetensors", SHARED, b"shared");
        given.repo.note(&Revision::main(), &commit('2')).unwrap();
        given
            .repo
            .note(&"old".parse().unwrap(), &commit('1'))
            .unwrap();

        let held = given.repo.try_hold().unwrap();
        assert_eq!(given.repo.remove_snapshot(&commit('1')).unwrap(), None);
        drop(held);
        assert!(given.repo.remove_snapshot(&commit('1')).unwrap().unwrap() >= 6);
        assert!(!given.repo.blob(ONCE.parse().unwrap()).exists());
        assert_eq!(
            fs::read(given.repo.snapshot(&commit('2')).join("model.safetensors")).unwrap(),
            b"shared"
        );
        assert_eq!(
            given.repo.refs().unwrap().into_keys().collect::<Vec<_>>(),
            [Revision::main()]
        );
        assert_eq!(given.repo.remove_snapshot(&commit('1')).unwrap(), Some(0));

        assert!(given.repo.remove_snapshot(&commit('2')).unwrap().unwrap() >= 6);
        assert!(!given.repo.folder().exists());
    }

    #[test]
    fn leftovers_are_what_no_commit_has() {
        let given = given();
        given.file(&commit('1'), "config.json", ONCE, b"hello\n");
        let (once, shared) = (ONCE.parse().unwrap(), SHARED.parse().unwrap());
        for left in ["", ".avagar.incomplete", ".avagar.json"] {
            fs::write(
                given
                    .repo
                    .folder()
                    .join("blobs")
                    .join(format!("{SHARED}{left}")),
                b"x",
            )
            .unwrap();
        }
        let abandoned = given.cache.abandoned(Duration::ZERO).unwrap();
        assert_eq!(
            abandoned,
            [(
                "facebook/mms-tts-fas".parse().unwrap(),
                BTreeSet::from([shared])
            )]
        );
        let an_hour = Duration::from_secs(3600);
        assert_eq!(given.cache.abandoned(an_hour).unwrap(), []);
        let freed = given.repo.remove_leftovers(&[once, shared].into()).unwrap();
        assert!(freed.unwrap() > 0);
        let blobs = entries(&given.repo.folder().join("blobs")).unwrap();
        assert_eq!(blobs.len(), 1, "{blobs:?}");
        assert!(given.repo.blob(once).exists());
    }

    #[test]
    fn one_program_at_a_time_writes_a_blob() {
        let given = given();
        let digest = ONCE.parse().unwrap();
        let held = given.repo.try_lock(digest).unwrap();
        assert!(held.is_some());
        assert!(given.repo.try_lock(digest).unwrap().is_none());
        assert!(
            given
                .repo
                .try_lock(SHARED.parse().unwrap())
                .unwrap()
                .is_some()
        );
        drop(held);
        assert!(given.repo.try_lock(digest).unwrap().is_some());
    }
}
