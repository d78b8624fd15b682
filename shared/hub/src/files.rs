//! Files and folders of the cache: what is not there is not an error, and every error says where it happened.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// What went wrong in the cache, and where.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct CacheError {
    /// The file or folder.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

pub(crate) type Result<T> = std::result::Result<T, CacheError>;

/// An error of the system, with its place.
pub(crate) fn at<T>(path: &Path, result: io::Result<T>) -> Result<T> {
    result.map_err(|source| CacheError {
        path: path.to_owned(),
        source,
    })
}

/// Names and paths in a folder, in order; none where there is no such folder. Names that are no Unicode are nobody's here.
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
pub(crate) fn walk(folder: &Path, prefix: &str, visit: &mut impl FnMut(&str, &Path)) -> Result<()> {
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

/// Deletes a file, if it is there.
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

/// Deletes a folder with all that is in it, if it is there.
pub(crate) fn remove_folder(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => at(path, removed),
    }
}
