//! Where the files of every noun lie in the storage.

use crate::ids::{DatasetId, ModelCopyId, SynthesisId, TrainingId, VoiceId};

/// Of a dataset's clips.
pub fn dataset(id: DatasetId) -> String {
    format!("datasets/{id}")
}

/// Of a dataset's archive until it is prepared.
pub fn upload(id: DatasetId) -> String {
    format!("uploads/{id}")
}

/// Of a training's checkpoints.
pub fn checkpoints(id: TrainingId) -> String {
    format!("checkpoints/{id}")
}

/// Of the samples of a training's evaluations.
pub fn samples(id: TrainingId) -> String {
    format!("samples/{id}")
}

/// Of a training's event files for TensorBoard.
pub fn tensorboard(id: TrainingId) -> String {
    format!("tensorboard/{id}")
}

pub fn voice(id: VoiceId) -> String {
    format!("voices/{id}")
}

/// Of the audio of a sentence.
pub fn synthesis(id: SynthesisId) -> String {
    format!("syntheses/{id}")
}

/// Of an installed model, for the workers of other machines.
pub fn model_copy(id: ModelCopyId) -> String {
    format!("models/{id}")
}
