//! Why a job failed or waits, for programs: a code with parameters, beside the English sentence of `errorMessage`.
//!
//! What the engine itself says of a job of any kind is [`jobs::JobFailure`]; what a job's code says is [`WorkFailure`].

use serde::Serialize;
use utoipa::ToSchema;

use crate::exclusion::Exclusion;

/// Why a job failed or waits.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Failure {
    /// What the engine says.
    Job(jobs::JobFailure),
    /// What the job's own code says.
    Work(WorkFailure),
}

/// Why the code of a job could not do it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(tag = "code", content = "params", rename_all = "camelCase")]
pub enum WorkFailure {
    // Of any job.
    /// The database or the storage is away.
    StorageUnavailable,
    /// A file of the worker's machine can't be read or written.
    FileUnavailable,
    /// A file's bytes in the storage differ from what was written there.
    FileAltered {
        /// Its key in the storage.
        key: String,
    },
    /// The disk of the worker has too little room.
    #[serde(rename_all = "camelCase")]
    InsufficientStorage {
        /// What it takes; `None` where only the disk knows.
        needed_bytes: Option<u64>,
        free_bytes: Option<u64>,
    },
    /// An assumption of the code doesn't hold.
    Internal,

    // Of datasets.
    /// The uploaded archive was deleted.
    UploadGone,
    /// The archive is torn, or none.
    ArchiveUnreadable,
    /// The archive has an entry that is never unpacked.
    ArchiveRefused { path: String },
    /// The archive unpacks to too much.
    #[serde(rename_all = "camelCase")]
    ArchiveTooLarge {
        /// Bytes that it may unpack to.
        max_bytes: u64,
        /// Files that it may have.
        max_files: u64,
    },
    /// The archive has no `metadata.csv`.
    MetadataMissing,
    /// The archive has the same name twice.
    DuplicateFile { name: String },
    /// `metadata.csv` is not UTF-8.
    MetadataNotUtf8 {
        /// The first line that isn't.
        line: u64,
    },
    /// `metadata.csv` has no lines.
    MetadataEmpty,
    /// A line of `metadata.csv` is not `id|text`.
    MetadataLine {
        /// Which one, from 1.
        line: u64,
        /// What is wrong with it.
        problem: MetadataProblem,
    },
    /// All clips are left out.
    NoUsableClips {
        total: u64,
        /// Why the first of them is.
        first: Option<Exclusion>,
    },

    // Of trainings.
    /// The voice has unlearned everything, or the losses are no numbers any more.
    Diverged { step: u64 },
    /// The machine has too little memory.
    #[serde(rename_all = "camelCase")]
    OutOfMemory {
        needed_bytes: u64,
        available_bytes: u64,
        /// The largest batch that would fit; `None` where not even a single clip would.
        fitting_batch_size: Option<u64>,
    },
    /// The GPU has too little memory.
    GpuOutOfMemory,
    /// The files of a model or checkpoint don't fit together.
    ModelUnreadable {
        /// Everything that differs.
        differences: Vec<String>,
    },
    /// The configuration of a model or training can't be run.
    Unsupported,
    /// An option is out of its range.
    InvalidOption { name: String },
    /// The model that the training begins from is not installed any more.
    BaseModelGone { repo: String },
    /// The voice or checkpoint that the training begins from was deleted.
    OriginGone,
    /// It lies on another machine, from where it has not come into the storage yet.
    BaseModelElsewhere {
        repo: String,
        /// Host and folder that have it.
        location: String,
    },
    /// Of all checkpoints none is whole.
    NoWholeCheckpoint { count: u64 },

    // Of trainings and syntheses.
    /// The worker has no Persian language files, or they are damaged.
    LanguageFilesMissing,

    // Of syntheses.
    /// The voice can speak nothing of the text.
    NothingToSpeak,

    // Of downloads, and of whatever else asks the Hub.
    /// The Hub must not be asked.
    HubOffline,
    /// The Hub does not accept the token.
    HubTokenRefused,
    /// There is no such repository, or it is private.
    RepoNotFound { repo: String },
    /// The repository has no such branch, tag or commit.
    RevisionNotFound {
        repo: String,
        /// Of it.
        revision: String,
    },
    /// The commit has no such file.
    RepoFileNotFound { repo: String, path: String },
    /// The model's terms have to be accepted first.
    RepoGated {
        repo: String,
        /// Where to accept them.
        page: String,
    },
    /// The token's account may not.
    HubForbidden,
    /// The Hub has disabled the repository.
    RepoDisabled { repo: String },
    /// Too many requests to the Hub.
    HubRateLimited {
        /// To wait so long.
        seconds: u64,
    },
    /// The Hub has a fault of its own.
    HubUnavailable {
        /// Its HTTP status.
        status: u16,
    },
    /// There is no connection to the Hub.
    HubUnreachable,
    /// The Hub answered against its protocol.
    HubProtocol,
    /// A file of the commit is another one than when the download began.
    RepoFileChanged { path: String },
    /// A file came with wrong bytes.
    RepoFileDamaged { path: String },
}

/// What is wrong with a line of `metadata.csv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum MetadataProblem {
    /// It has no `|`.
    NoSeparator,
    /// Its id is no file name.
    InvalidId,
    /// Its transcript has a NUL character.
    NulCharacter,
    /// Its id was there before.
    DuplicateId,
    /// Its phonemes are none.
    NotPhonemes,
    /// It names a column that there isn't.
    UnknownColumn,
    /// Its speaker's name is too long, or has control characters.
    InvalidSpeaker,
    /// It names no speaker, and other lines do.
    MissingSpeaker,
}

impl From<&crate::Error> for WorkFailure {
    fn from(error: &crate::Error) -> Self {
        use crate::Error as E;
        match error {
            error if error.is_storage_full() => Self::InsufficientStorage {
                needed_bytes: None,
                free_bytes: None,
            },
            E::File { .. } => Self::FileUnavailable,
            E::Language(_) => Self::LanguageFilesMissing,
            E::Storage(_) => Self::StorageUnavailable,
            error if error.is_transient() => Self::StorageUnavailable,
            _ => Self::Internal,
        }
    }
}

impl From<&hub::Error> for WorkFailure {
    fn from(error: &hub::Error) -> Self {
        use hub::Error as E;
        match error {
            E::Offline => Self::HubOffline,
            E::InvalidToken => Self::HubTokenRefused,
            E::RepoNotFound { repo } => Self::RepoNotFound { repo: repo.clone() },
            E::RevisionNotFound { repo, revision } => Self::RevisionNotFound {
                repo: repo.clone(),
                revision: revision.clone(),
            },
            E::FileNotFound { repo, path } => Self::RepoFileNotFound {
                repo: repo.clone(),
                path: path.clone(),
            },
            E::Gated { repo, page } => Self::RepoGated {
                repo: repo.clone(),
                page: page.clone(),
            },
            E::Forbidden { .. } => Self::HubForbidden,
            E::Disabled { repo } => Self::RepoDisabled { repo: repo.clone() },
            E::RateLimited { wait } => Self::HubRateLimited {
                seconds: wait.as_secs(),
            },
            E::Unavailable { status, .. } => Self::HubUnavailable { status: *status },
            E::Network(_) | E::Timeout(_) | E::UrlExpired => Self::HubUnreachable,
            E::UnexpectedResponse(_)
            | E::Redirect(_)
            | E::InvalidName(_)
            | E::RangesUnsupported => Self::HubProtocol,
            E::Changed { path } => Self::RepoFileChanged { path: path.clone() },
            E::ChecksumMismatch { path, .. } => Self::RepoFileDamaged { path: path.clone() },
            E::InsufficientStorage { needed, free } => Self::InsufficientStorage {
                needed_bytes: Some(*needed),
                free_bytes: Some(*free),
            },
            E::DiskFull(_) => Self::InsufficientStorage {
                needed_bytes: None,
                free_bytes: None,
            },
            E::Cache(_) => Self::FileUnavailable,
        }
    }
}
