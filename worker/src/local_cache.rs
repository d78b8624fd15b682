//! What this machine keeps of the storage: the recordings of datasets, what was decoded of them, and models that trainings begin
//! from. It may vanish; what was used longest ago goes when it takes too much room.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use walkdir::WalkDir;

/// Shared by all workers that have the same folder.
#[derive(Debug, Clone)]
pub struct LocalCache {
    folder: PathBuf,
    max_bytes: u64,
}

/// A folder of the cache, which stays as long as this lives.
#[derive(Debug)]
pub struct CachedFolder {
    folder: PathBuf,
    lock: File,
}

/// A folder of the cache, as it is found.
struct Entry {
    folder: PathBuf,
    size_bytes: u64,
    last_used_at: SystemTime,
}

impl LocalCache {
    /// In this folder, which need not exist.
    pub fn new(folder: PathBuf, max_bytes: u64) -> Self {
        Self { folder, max_bytes }
    }

    /// Makes room, and keeps the folder of this name from now on. It may be empty.
    ///
    /// # Errors
    /// The disk's.
    pub fn open(&self, name: &str) -> io::Result<CachedFolder> {
        let folder = self.folder.join(name);
        fs::create_dir_all(&self.folder)?;
        let lock = open_lock(&folder)?;
        lock.lock_shared()?;
        lock.set_modified(SystemTime::now())?;
        fs::create_dir_all(&folder)?;
        let opened = CachedFolder { folder, lock };
        self.evict()?;
        Ok(opened)
    }

    /// Deletes the folders that nobody uses, those that were used longest ago first, until the others fit.
    fn evict(&self) -> io::Result<()> {
        let mut entries = self.entries()?;
        entries.sort_by_key(|entry| entry.last_used_at);
        let mut total: u64 = entries.iter().map(|entry| entry.size_bytes).sum();
        for entry in entries {
            if total <= self.max_bytes {
                break;
            }
            if delete_unused(&entry.folder)? {
                tracing::info!("{}: deleted to make room", entry.folder.display());
                total -= entry.size_bytes;
            }
        }
        Ok(())
    }

    fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if !entry.file_type()?.is_dir() {
                continue;
            }
            let folder = entry.path();
            let lock = fs::metadata(lock_path(&folder));
            // Somebody may have deleted the lock's file by hand, or another process the folder since it was listed.
            let last_used = match lock.or_else(|_| entry.metadata()) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                last_used => last_used?,
            };
            entries.push(Entry {
                size_bytes: size_of(&folder),
                last_used_at: last_used.modified()?,
                folder,
            });
        }
        Ok(entries)
    }
}

impl CachedFolder {
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for CachedFolder {
    fn drop(&mut self) {
        // A process that is being started may have a copy of the open file; closing ours would not unlock it.
        if let Err(error) = self.lock.unlock() {
            tracing::warn!("{}: {error}", self.folder.display());
        }
    }
}

/// Beside the folder, and never deleted: whoever waits for it must not be left with another file of that name.
fn lock_path(folder: &Path) -> PathBuf {
    folder.with_extension("lock")
}

fn open_lock(folder: &Path) -> io::Result<File> {
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(lock_path(folder))
}

/// Deletes the folder if nobody uses it; answers whether it did.
fn delete_unused(folder: &Path) -> io::Result<bool> {
    let lock = open_lock(folder)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(false),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let deleted = fs::remove_dir_all(folder);
    lock.unlock()?;
    match deleted {
        // Another process has made room with it since it was listed.
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(true),
    }
}

/// Bytes of all its files. One that vanishes meanwhile counts nothing.
fn size_of(folder: &Path) -> u64 {
    let entries = WalkDir::new(folder).into_iter().flatten();
    let sizes = entries.filter_map(|entry| entry.metadata().ok());
    sizes
        .filter(|metadata| metadata.is_file())
        .map(|metadata| metadata.len())
        .sum()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Used this long ago, and a thousand bytes large.
    fn used(cache: &LocalCache, name: &str, ago: u64) -> CachedFolder {
        let opened = cache.open(name).unwrap();
        fs::create_dir_all(opened.folder().join("decoded")).unwrap();
        fs::write(opened.folder().join("decoded/a"), [0; 1000]).unwrap();
        let at = SystemTime::now() - Duration::from_secs(ago);
        opened.lock.set_modified(at).unwrap();
        opened
    }

    fn kept(cache: &LocalCache, names: &[&str]) -> Vec<bool> {
        let folders = names.iter().map(|name| cache.folder.join(name));
        folders.map(|folder| folder.exists()).collect()
    }

    #[test]
    fn what_was_used_longest_ago_makes_room() {
        let folder = tempfile::tempdir().unwrap();
        let cache = LocalCache::new(folder.path().join("cache"), 2500);
        for (name, ago) in [("a", 20), ("b", 30), ("c", 10)] {
            drop(used(&cache, name, ago));
        }
        drop(cache.open("d").unwrap());
        assert_eq!(
            kept(&cache, &["a", "b", "c", "d"]),
            [true, false, true, true]
        );
    }

    #[test]
    fn caches_that_make_room_at_once_do_not_disturb_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        std::thread::scope(|threads| {
            for thread in 0..4 {
                let cache = LocalCache::new(path.clone(), 0);
                threads.spawn(move || {
                    for round in 0..100 {
                        drop(used(&cache, &format!("{thread}-{round}"), 10));
                    }
                });
            }
        });
    }

    #[test]
    fn what_is_in_use_stays_however_little_room_there_is() {
        let folder = tempfile::tempdir().unwrap();
        let cache = LocalCache::new(folder.path().to_owned(), 0);
        let first = used(&cache, "a", 20);
        let second = used(&cache, "b", 10);
        let again = cache.open("a").unwrap();
        drop(first);
        assert_eq!(kept(&cache, &["a", "b"]), [true, true]);
        drop((second, again));
        drop(cache.open("c").unwrap());
        assert_eq!(kept(&cache, &["a", "b", "c"]), [false, false, true]);
    }
}
