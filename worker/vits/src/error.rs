//! The one error of this crate.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use crate::exclusion::Excluded;

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
    #[error("none of {total} recordings can be used{}", first.as_ref().map_or_else(String::new, |first| format!("; the first, {}: {}", first.id, first.reason)))]
    NoData {
        /// Recordings given.
        total: usize,
        /// Why the first one can't be used.
        first: Option<Excluded>,
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
         {} MiB are available: {} a smaller preset, or shorter clips",
        needed >> 20, available >> 20,
        fitting_batch.map_or_else(
            || "not even single clips would fit; take".into(),
            |batch| format!("a batch size of {batch} would fit, and so may")
        )
    )]
    Memory {
        /// Bytes.
        needed: u64,
        /// Bytes.
        available: u64,
        /// Clips per step.
        batch: u64,
        /// Length of the longest clip.
        seconds: f64,
        /// The largest batch that would fit; `None` where not even a single clip would.
        fitting_batch: Option<u64>,
    },
    /// A configuration that this program can't run.
    #[error("{0}")]
    Unsupported(String),
    /// An option that is out of its range.
    #[error("{name}: expected {expected}, got {got}")]
    Option {
        /// Its name.
        name: &'static str,
        /// The range.
        expected: String,
        /// The value.
        got: String,
    },
    /// The GPU has no memory left.
    #[error(
        "the GPU's memory is not enough: a smaller batch size, a smaller preset, shorter clips or bf16 take less, unless \
         another program holds it ({0})"
    )]
    GpuMemory(String),
    /// libtorch refused.
    #[error("libtorch: {0}")]
    Torch(tch::TchError),
    /// Code broke an assumption; the message says which.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    /// True where trying again can't help.
    pub fn is_permanent(&self) -> bool {
        !matches!(
            self,
            Self::File { .. }
                | Self::NoSpace { .. }
                | Self::GpuMemory(_)
                | Self::Torch(_)
                | Self::Internal(_)
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

impl From<tch::TchError> for Error {
    fn from(error: tch::TchError) -> Self {
        gpu_memory(&error.to_string()).unwrap_or(Self::Torch(error))
    }
}

/// What work says that may panic: tch does so where libtorch refuses, and here that ends, as an error.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let message = panic_message(panic.as_ref());
        Err(gpu_memory(&message).unwrap_or(Error::Internal(message)))
    })
}

/// What libtorch says where a GPU has no memory left: a sentence of the device's, figures, and advice for Python.
fn gpu_memory(message: &str) -> Option<Error> {
    let found = message.find("CUDA out of memory")?;
    let figures = message[found..].split(" See documentation").next()?;
    let figures = figures.split(" If reserved").next()?;
    Some(Error::GpuMemory(figures.trim_end_matches('.').into()))
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

#[cfg(test)]
mod tests {
    use tch::TchError;

    use super::*;

    /// As libtorch 2.13 puts it.
    const FULL: &str = "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 7.79 GiB of which 1.02 GiB is free. Process 4711 has 6.71 GiB memory in use. Of the allocated memory 5.90 GiB is allocated by PyTorch, and 511.00 MiB is reserved by PyTorch but unallocated. If reserved but unallocated memory is large try setting PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True to avoid fragmentation.  See documentation for Memory Management";

    #[test]
    fn a_full_gpu_is_told_with_what_to_do_however_it_comes() {
        let answered = Error::from(TchError::Torch(FULL.into()));
        let panicked = guarded::<()>(|| std::panic::panic_any(format!("Torch(\"{FULL}\")")));
        for error in [answered, panicked.unwrap_err()] {
            assert!(!error.is_permanent(), "{error}");
            let sentence = error.to_string();
            assert!(sentence.contains("a smaller batch size"), "{sentence}");
            assert!(
                sentence.contains("Tried to allocate 2.00 GiB"),
                "{sentence}"
            );
            assert!(!sentence.contains("PYTORCH_CUDA"), "{sentence}");
        }
        let other = Error::from(TchError::Torch("sizes differ".into()));
        assert!(matches!(other, Error::Torch(_)), "{other}");
    }
}
