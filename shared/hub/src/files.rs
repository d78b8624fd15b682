//! Files and folders of the cache: a missing one is no error, and every error names its path.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use walkdir::WalkDir;

/// An error of the cache's files.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct CacheError {
    /// The file or folder.
    pub path: PathBuf,
    /// The system's error.
    pub source: io::Error,
}

pub(crate) type Result<T> = std::result::Result<T, CacheError>;

/// Adds the path to an error of the system.
pub(crate) fn at<T>(path: &Path, result: io::Result<T>) -> Result<T> {
    result.map_err(|source| CacheError {
        path: path.to_owned(),
        source,
    })
}

/// Names and paths in a folder, sorted; none where there is no such folder. Names that are not UTF-8 are skipped.
pub(crate) fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
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
    let mut entries = Vec::new();
    for entry in listing {
        let entry = at(folder, entry)?;
        if let Ok(name) = entry.file_name().into_string() {
            entries.push((name, entry.path()));
        }
    }
    entries.sort();
    Ok(entries)
}

/// Each file below `folder`, links included, with its relative path, in order; none where there is no such folder. Links to
/// folders are not followed: they could lead out of the cache. Paths that are not UTF-8 are skipped.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = match entry
            .map_err(|error| (error.path().map(Path::to_owned), io::Error::from(error)))
        {
            Ok(entry) => entry,
            Err((_, error)) if error.kind() == io::ErrorKind::NotFound => continue,
            Err((path, error)) => return at(path.as_deref().unwrap_or(folder), Err(error)),
        };
        let relative = entry
            .path()
            .strip_prefix(folder)
            .ok()
            .and_then(Path::to_str);
        if let Some(relative) = relative
            && !entry.file_type().is_dir()
        {
            files.push((relative.to_owned(), entry.into_path()));
        }
    }
    Ok(files)
}

/// Deletes a file, if it is there.
pub(crate) fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => at(path, removed),
    }
}

/// Deletes a file, if it is there. Returns how many bytes it took on the disk.
pub(crate) fn remove_and_measure(path: &Path) -> Result<u64> {
    // Not its length: a partial file is sparse.
    let taken = fs::metadata(path).map_or(0, |metadata| metadata.blocks() * 512);
    remove_file(path)?;
    Ok(taken)
}

/// Deletes a folder with all that is in it, if it is there.
pub(crate) fn remove_folder(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => at(path, removed),
    }
}
