//! The one error of this crate.

use std::path::{Path, PathBuf};

/// What every function of this crate answers.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that can go wrong between recordings and a voice.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The disk has no room for a checkpoint.
    #[error(
        "{path}: a checkpoint takes {needed_bytes} bytes, and {free_bytes} are free: make room there"
    )]
    NoSpace {
        /// Where it was to be written.
        path: PathBuf,
        /// What it takes.
        needed_bytes: u64,
        /// What there is.
        free_bytes: u64,
    },
    /// A recording could not be decoded.
    #[error("{path}: not readable as audio: {reason}")]
    Audio {
        /// The file.
        path: PathBuf,
        /// What the decoder said.
        reason: String,
    },
    /// Nothing is left to train from.
    #[error("none of {total} recordings can be used; the first: {first}")]
    NoData {
        /// Recordings given.
        total: usize,
        /// Why the first one can't be used.
        first: String,
    },
    /// A text has nothing that the voice can say.
    #[error("the text has nothing that this voice can say: {0}")]
    NothingToSay(String),
    /// A loss or a gradient is no number any more.
    #[error(
        "step {step}: {what} is {value}; the training diverged. Start again with a lower learning rate"
    )]
    Diverged {
        /// The step at which it happened; nothing of it was kept.
        step: u64,
        /// Which quantity.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A file of weights or a checkpoint isn't what it has to be.
    #[error("{path}: {}", differences.join("; "))]
    Mismatch {
        /// The file or folder.
        path: PathBuf,
        /// Everything that differs.
        differences: Vec<String>,
    },
    /// It would take more memory than there is.
    #[error(
        "with batches of {batch} clips of up to {seconds:.1} s, this training needs about {} MiB of memory, and \
         {} MiB are available: {remedy} a smaller preset, or shorter clips",
        needed >> 20, available >> 20
    )]
    Memory {
        /// Bytes.
        needed: u64,
        /// Bytes.
        available: u64,
        /// Clips a step.
        batch: u64,
        /// Length of the longest clip.
        seconds: f64,
        /// What to do, up to where the smaller preset is named.
        remedy: String,
    },
    /// A configuration that this program can't run.
    #[error("{0}")]
    Unsupported(String),
    /// A wish that can't be fulfilled.
    #[error("{name}: expected {expected}, got {got}")]
    Option {
        /// What was wished about.
        name: &'static str,
        /// What is possible.
        expected: String,
        /// What was wished for.
        got: String,
    },
    /// libtorch refused.
    #[error("libtorch: {0}")]
    Torch(#[from] tch::TchError),
    /// Code broke an assumption; the message says which.
    #[error("internal fault: {0}")]
    Fault(String),
}

impl Error {
    /// True where trying again can't help.
    pub fn is_permanent(&self) -> bool {
        !matches!(
            self,
            Self::File { .. } | Self::NoSpace { .. } | Self::Torch(_) | Self::Fault(_)
        )
    }

    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    pub(crate) fn json(path: &Path) -> impl FnOnce(serde_json::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Mismatch {
            path,
            differences: vec![error.to_string()],
        }
    }
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| {
            panic
                .downcast_ref::<&str>()
                .map(|message| (*message).to_owned())
        })
        .unwrap_or_else(|| "a panic without a message".into())
}
