//! What a row's state, or other rows, do not allow.

use serde::Serialize;
use utoipa::ToSchema;

use crate::states::DatasetState;

/// Why something can't be done as things stand. What jobs of any kind refuse is [`jobs::Conflict`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, ToSchema)]
#[serde(tag = "code", content = "params", rename_all = "camelCase")]
pub enum Conflict {
    /// Its clips are not checked yet, or it was refused.
    #[error("dataset «{name}» is not ready to train from: {status:?}")]
    DatasetNotReady { name: String, status: DatasetState },
    /// The sample dataset can't be deleted.
    #[error("the sample dataset belongs to everybody and can't be deleted")]
    SampleDataset,
    /// The shipped voice can't be deleted.
    #[error("the voice that is shipped with Avagar belongs to everybody and can't be deleted")]
    ShippedVoice,
    /// Trainings use the dataset.
    #[error("a training uses this dataset; delete the training first")]
    DatasetInUse,
    /// A refused archive is deleted, and can't be checked again.
    #[error("the archive of this dataset was refused and deleted; upload it again")]
    UploadGone,
    /// The training still waits, runs or is paused.
    #[error("the training has not ended: cancel it first")]
    TrainingNotEnded,
    /// It has kept no checkpoint.
    #[error("the training has no checkpoint to go on from")]
    NoCheckpoint,
    /// Another training begins from a checkpoint of it.
    #[error("another training begins from a checkpoint of this one; cancel that training first")]
    CheckpointInUse,
    /// A training begins from the voice.
    #[error("a training begins from this voice; cancel the training first")]
    VoiceInUse,
    /// The same commit is being downloaded with other files.
    #[error("other files of this commit are being downloaded already; cancel that first")]
    DownloadInProgress,
    /// A training begins from the model.
    #[error("a training begins from this model; cancel the training first")]
    ModelInUse,
    /// The model was not installed by Avagar.
    #[error("another program installed this model; only an administrator can delete it")]
    ModelNotOurs,
    /// The saved token was encrypted with another key.
    #[error("the saved Hugging Face token can't be opened any more: save it again in the settings")]
    TokenUnreadable,
    /// The key came with another request before.
    #[error("this Idempotency-Key was used for another request")]
    IdempotencyKeyReused,
    /// Nobody can register.
    #[error("registration is closed here; ask the administrator for an account")]
    RegistrationClosed,
    /// The e-mail address has an account.
    #[error("there is already an account with this e-mail address")]
    EmailTaken,
    /// Old rows are being deleted by another process.
    #[error("a worker is deleting old rows just now; try again")]
    RetentionRunning,
}

/// Why a value is refused that the schema allows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, ToSchema)]
#[serde(tag = "code", content = "params", rename_all = "camelCase")]
pub enum InvalidValue {
    /// The user has no such dataset.
    #[error("no dataset with this id")]
    DatasetNotFound,
    /// The user has no such model.
    #[error("no installed model with this id")]
    ModelNotFound,
    /// The user has no such voice.
    #[error("no voice with this id")]
    VoiceNotFound,
    /// The training has no such checkpoint.
    #[error("the training has no checkpoint with this id")]
    CheckpointNotFound,
    /// Together with those before, they are too many.
    #[error("it has had {done} epochs, and may have {max} in all")]
    TooManyEpochs { done: u32, max: u32 },
    /// No training can begin from the model.
    #[error("no training can begin from {repo}: {because}")]
    ModelNotTrainable { repo: String, because: NotTrainable },
    /// It is none, or several.
    #[error("expected one Persian word")]
    NotOneWord,
    /// They are written otherwise.
    #[error("{problem}")]
    NotPhonemes { problem: String },
    /// The word would be silent.
    #[error("expected at least one phoneme")]
    NoPhonemes,
    /// Words have to go before others come.
    #[error("a dictionary has at most {max} words")]
    DictionaryFull { max: i64 },
    /// The voice has no such speaker; `speakers` are none where it has one only.
    #[error("the voice has no such speaker; it has {}", speakers_of(speakers))]
    UnknownSpeaker { speakers: Vec<String> },
}

fn speakers_of(speakers: &[String]) -> String {
    match speakers {
        [] => "one, who needs no name".into(),
        several => several.join(", "),
    }
}

/// Why no training can begin from a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, ToSchema)]
#[serde(tag = "code", content = "params", rename_all = "camelCase")]
pub enum NotTrainable {
    /// It is no VITS.
    #[error("its architecture is «{architecture}»; trainings begin from «vits» only")]
    OtherArchitecture {
        /// As its configuration names it.
        architecture: String,
    },
    /// Its configuration doesn't name one.
    #[error("it doesn't say which architecture it has")]
    UnknownArchitecture,
    /// Its weights could run code when they are read.
    #[error("its weights are pickled, and pickles are never opened; only safetensors are")]
    PickledWeights,
    /// It has not all that a training needs.
    #[error("it lacks {}", files.join(", "))]
    FilesMissing { files: Vec<String> },
}
