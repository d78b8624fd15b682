//! What travels to the storage beside the recording.

use std::path::PathBuf;

use domain::{checkpoints::NewCheckpoint, evaluations::NewEvaluation, storage::FolderUpload};
use vits::training::trainer::Evaluation;

use crate::tensorboard::Extent;

/// Something for the storage to do.
pub(super) enum Transfer {
    Evaluation(Evaluation),
    Checkpoint(WrittenCheckpoint),
    /// Of a checkpoint that a newer one has replaced.
    Discard(FolderUpload),
    /// Of this folder.
    Deletion(String),
}

/// What has arrived there, and waits for its row.
pub(super) enum Stored {
    Evaluation(NewEvaluation),
    Checkpoint(NewCheckpoint),
}

/// A checkpoint that lies on this machine's disk.
pub(super) struct WrittenCheckpoint {
    pub(super) folder: PathBuf,
    pub(super) step: u64,
    pub(super) epoch: u64,
    pub(super) mel_loss: f64,
    /// TensorBoard's files up to its step: what comes after it may be trained again.
    pub(super) event_files: Vec<Extent>,
    /// How far it has come; none before the first try.
    pub(super) upload: Option<FolderUpload>,
    /// Whether the log says already that it can't be stored yet.
    pub(super) reported_as_waiting: bool,
}
