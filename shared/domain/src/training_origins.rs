//! What a training begins with when it has no checkpoint of its own.

use jobs::Run;
use sqlx::types::Json;

use crate::{
    Error, Result,
    models::BaseModel,
    storage::StoredFile,
    training::{Continues, Training},
};

/// What a training begins with.
#[derive(Debug, Clone)]
pub enum Origin {
    Nothing,
    /// An installed model.
    Model(BaseModel),
    /// A voice.
    Voice(StoredOrigin),
    /// A checkpoint: what fits is taken from it, and steps are counted anew.
    Checkpoint(StoredOrigin),
    /// A checkpoint that is gone on from.
    Continued {
        /// Its last trained step.
        step: i64,
        checkpoint: StoredOrigin,
    },
    /// It was deleted after the training had failed.
    Gone,
}

/// A folder of the storage.
#[derive(Debug, Clone)]
pub struct StoredOrigin {
    pub folder: String,
    pub files: Vec<StoredFile>,
}

/// What a run begins with where its training has no checkpoint of its own.
pub async fn of_run(run: &Run<Training>, training: &Training) -> Result<Origin> {
    let row = sqlx::query!(
        r#"SELECT checkpoints.file_path AS "checkpoint?", checkpoints.metadata -> 'files' AS "checkpoint_files: Json<Vec<StoredFile>>",
                  voices.file_path AS "voice?", voices.metadata -> 'files' AS "voice_files: Json<Vec<StoredFile>>"
           FROM training_jobs AS job
           LEFT JOIN checkpoints ON checkpoints.id = job.from_checkpoint_id
           LEFT JOIN voices ON voices.id = job.from_voice_id
           WHERE job.id = $1"#,
        run.job.0
    )
    .fetch_optional(run.db())
    .await?
    .ok_or(Error::NotFound("training"))?;
    let stored = |folder: Option<String>, files: Option<Json<Vec<StoredFile>>>| {
        let (folder, files) = (folder?, files?.0);
        Some(StoredOrigin { folder, files })
    };
    let checkpoint = stored(row.checkpoint, row.checkpoint_files);
    let voice = stored(row.voice, row.voice_files);
    let config = &training.config.0;
    Ok(match (&config.continues, checkpoint) {
        (
            Some(Continues {
                same_dataset: true,
                step,
                ..
            }),
            Some(checkpoint),
        ) => Origin::Continued {
            step: *step,
            checkpoint,
        },
        (_, Some(checkpoint)) => Origin::Checkpoint(checkpoint),
        (Some(_), None) => Origin::Gone,
        (None, None) if config.base_voice.is_some() => voice.map_or(Origin::Gone, Origin::Voice),
        (None, None) => match &config.base {
            Some(base) => Origin::Model(base.clone()),
            None => Origin::Nothing,
        },
    })
}
