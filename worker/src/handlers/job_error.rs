//! Why a job could not be done, and whether another attempt can help.

use domain::{exclusion::Exclusion, failure::WorkFailure};
use jobs::{Outcome, Reason};

use super::transcripts::TranscriptError;
use crate::archive;

/// Why a job could not be done.
#[derive(Debug, thiserror::Error)]
pub(super) enum JobError {
    /// Row or storage.
    #[error(transparent)]
    Domain(#[from] domain::Error),
    /// The engine.
    #[error(transparent)]
    Jobs(#[from] jobs::Error),
    /// Recordings, network or voice.
    #[error(transparent)]
    Vits(#[from] vits::Error),
    /// An archive that is refused.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// Transcripts that are refused.
    #[error(transparent)]
    Transcripts(#[from] TranscriptError),
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// Work on another thread broke off.
    #[error("the work broke off: {0}")]
    Thread(#[from] tokio::task::JoinError),
    /// The archive of a dataset was deleted.
    #[error("the uploaded archive is gone; upload it again")]
    UploadGone,
    /// All clips of a dataset are left out.
    #[error("none of the {total} clips can be used{}", first.as_ref().map_or_else(String::new, |first| format!("; the first: {first}")))]
    NoUsableClips {
        total: usize,
        /// Why the first one is left out.
        first: Option<Exclusion>,
    },
    /// Stored bytes differ from what their row says.
    #[error(
        "{key}: its bytes were altered in the storage (expected SHA-256 {expected}, got {got})"
    )]
    Altered {
        /// Where they lie.
        key: String,
        /// What the row says.
        expected: String,
        got: String,
    },
    /// The model that a training begins from is gone.
    #[error(
        "the model {repo} that it begins from is not installed any more; install it again and start a new training"
    )]
    BaseGone { repo: String },
    /// It lies on another machine, which has not put it into the storage yet.
    #[error(
        "the model {repo} that it begins from lies on another machine ({there}); the training begins when a worker or downloader there has put it into the storage"
    )]
    BaseElsewhere {
        repo: String,
        /// Host and folder of the cache that has it.
        there: String,
    },
    /// It had failed, so nothing kept it from being deleted.
    #[error("the voice or checkpoint that it begins from was deleted; start a new training")]
    OriginGone,
    #[error(
        "none of its {0} checkpoints is whole, so it can't go on from where it was; put their files back and resume it, or start a new training"
    )]
    NoWholeCheckpoint(usize),
}

impl JobError {
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Domain(error) => error.is_transient(),
            Self::Jobs(error) => error.is_transient(),
            Self::Vits(error) => !error.is_permanent(),
            Self::Archive(error) => error.is_transient(),
            Self::File(_) | Self::Thread(_) | Self::BaseElsewhere { .. } => true,
            Self::Transcripts(_)
            | Self::UploadGone
            | Self::NoUsableClips { .. }
            | Self::Altered { .. }
            | Self::BaseGone { .. }
            | Self::OriginGone
            | Self::NoWholeCheckpoint(_) => false,
        }
    }

    pub(super) fn outcome<T>(self) -> Outcome<T> {
        let reason = Reason::new(&self, &self.details());
        if matches!(self, Self::BaseElsewhere { .. }) {
            Outcome::Snooze {
                after: None,
                reason,
            }
        } else if self.is_transient() {
            Outcome::Retry {
                after: None,
                reason,
            }
        } else {
            Outcome::Failed { reason }
        }
    }

    fn details(&self) -> WorkFailure {
        match self {
            Self::Domain(error) => error.into(),
            Self::Jobs(error) if error.is_transient() => WorkFailure::StorageUnavailable,
            Self::Jobs(_) | Self::Thread(_) => WorkFailure::Internal,
            Self::Vits(error) => of_vits(error),
            Self::Archive(error) => of_archive(error),
            Self::Transcripts(error) => error.into(),
            Self::File(error) => of_file(error),
            Self::UploadGone => WorkFailure::UploadGone,
            Self::NoUsableClips { total, first } => WorkFailure::NoUsableClips {
                total: *total as u64,
                first: first.clone(),
            },
            Self::Altered { key, .. } => WorkFailure::FileAltered { key: key.clone() },
            Self::BaseGone { repo } => WorkFailure::BaseModelGone { repo: repo.clone() },
            Self::OriginGone => WorkFailure::OriginGone,
            Self::BaseElsewhere { repo, there } => WorkFailure::BaseModelElsewhere {
                repo: repo.clone(),
                location: there.clone(),
            },
            Self::NoWholeCheckpoint(count) => WorkFailure::NoWholeCheckpoint {
                count: *count as u64,
            },
        }
    }
}

fn of_file(error: &std::io::Error) -> WorkFailure {
    use std::io::ErrorKind as E;
    match error.kind() {
        E::StorageFull | E::QuotaExceeded => WorkFailure::InsufficientStorage {
            needed_bytes: None,
            free_bytes: None,
        },
        _ => WorkFailure::FileUnavailable,
    }
}

fn of_archive(error: &archive::Error) -> WorkFailure {
    use archive::Error as E;
    match error {
        E::Unreadable(_) => WorkFailure::ArchiveUnreadable,
        E::Refused { path, .. } => WorkFailure::ArchiveRefused { path: path.clone() },
        E::TooLarge { limit } => WorkFailure::ArchiveTooLarge {
            max_bytes: *limit,
            max_files: archive::MAX_FILES as u64,
        },
        E::NoMetadata => WorkFailure::MetadataMissing,
        E::Twice(name) => WorkFailure::DuplicateFile { name: name.clone() },
        E::File(error) => of_file(error),
        E::Stopped => WorkFailure::Internal,
    }
}

fn of_vits(error: &vits::Error) -> WorkFailure {
    use vits::Error as E;
    match error {
        E::File { source, .. } => of_file(source),
        E::NoSpace {
            needed_bytes,
            free_bytes,
            ..
        } => WorkFailure::InsufficientStorage {
            needed_bytes: Some(*needed_bytes),
            free_bytes: Some(*free_bytes),
        },
        E::Audio { reason, .. } => WorkFailure::NoUsableClips {
            total: 1,
            first: Some(Exclusion::UnreadableAudio {
                cause: reason.clone(),
            }),
        },
        E::NoData { total, first } => WorkFailure::NoUsableClips {
            total: *total as u64,
            first: first.as_ref().map(|first| exclusion(&first.reason)),
        },
        E::NothingToSay(_) => WorkFailure::NothingToSpeak,
        E::Diverged { step, .. } => WorkFailure::Diverged { step: *step },
        E::Mismatch { differences, .. } => WorkFailure::ModelUnreadable {
            differences: differences.clone(),
        },
        E::Memory {
            needed,
            available,
            fitting_batch,
            ..
        } => WorkFailure::OutOfMemory {
            needed_bytes: *needed,
            available_bytes: *available,
            fitting_batch_size: *fitting_batch,
        },
        E::Unsupported(_) => WorkFailure::Unsupported,
        E::Option { name, .. } => WorkFailure::InvalidOption {
            name: (*name).into(),
        },
        E::GpuMemory(_) => WorkFailure::GpuOutOfMemory,
        E::Torch(_) | E::Internal(_) => WorkFailure::Internal,
    }
}

/// Why a training leaves a clip out.
pub(super) fn exclusion(reason: &vits::exclusion::Exclusion) -> Exclusion {
    use vits::exclusion::Exclusion as E;
    match reason.clone() {
        E::Unreadable { cause } => Exclusion::UnreadableAudio { cause },
        E::TooLong {
            seconds,
            max_seconds,
        } => Exclusion::TooLong {
            seconds,
            max_seconds,
        },
        E::NoLetters => Exclusion::NoLetters,
        E::TranscriptTooLong { tokens, frames } => Exclusion::TranscriptTooLong {
            tokens: tokens as u64,
            frames: frames as u64,
        },
        E::UnreadableTranscript { cause } => Exclusion::UnreadableTranscript { cause },
    }
}
