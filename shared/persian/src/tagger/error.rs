//! What can go wrong with a model's files.

use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum TaggerError {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{} isn't a packed tagger: it doesn't begin as one", path.display())]
    NotPacked { path: PathBuf },
    #[error("{} is a packed tagger of version {found}, expected {expected}: pack the model again", path.display())]
    Version {
        path: PathBuf,
        found: u32,
        expected: u32,
    },
    #[error("{} is damaged, pack the model again: {what}", path.display())]
    Damaged { path: PathBuf, what: String },
    #[error("{} isn't a Wapiti model that can be used, at byte {at}: {what}", path.display())]
    TextModel {
        path: PathBuf,
        at: u64,
        what: String,
    },
    #[error("{} can't be packed: {what}", path.display())]
    Unpackable { path: PathBuf, what: String },
}

impl TaggerError {
    /// For `map_err`: an error of the operating system, with the file that it is about.
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io {
            path: path.to_owned(),
            source,
        }
    }
}
