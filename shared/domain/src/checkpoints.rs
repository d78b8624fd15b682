//! Checkpoints of a training: rows over files that are stored already.

use chrono::{DateTime, Utc};
use jobs::{JobState, Run};
use serde::Serialize;
use sqlx::{PgPool, types::Json};
use utoipa::ToSchema;

use crate::{
    Result, columns,
    events::{self, Event},
    ids::{CheckpointId, TrainingId, UserId},
    storage::StoredFile,
    training::{self, Training},
};

/// Checkpoints that are kept: the newest, and those at which what the voice said was nearest to the recordings. The nearest comes
/// before the cleanest sound, so people need several to choose from.
const MAX_NEWEST: u32 = 3;
const MAX_BEST: u32 = 3;
/// So many are kept at most.
pub const MAX_KEPT: u32 = MAX_NEWEST + MAX_BEST;

/// A checkpoint, as people see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Checkpoint {
    pub id: CheckpointId,
    /// Epoch of the last trained step.
    pub epoch: i32,
    /// The last trained step.
    pub step: i64,
    /// Mel loss at that step.
    pub loss: f64,
    /// Mel loss on the clips that the voice is evaluated on; null where it was not evaluated then.
    pub validation_loss: Option<f64>,
    /// Whether what the voice said at no other checkpoint that is kept was nearer to the recordings.
    pub best: bool,
    pub size_bytes: i64,
    pub created_at: DateTime<Utc>,
    /// Where its files lie in the storage.
    #[serde(skip)]
    pub file_path: String,
    #[serde(skip)]
    pub files: Vec<StoredFile>,
}

/// A checkpoint whose files are stored.
#[derive(Debug)]
pub struct NewCheckpoint {
    /// Epoch of the last trained step.
    pub epoch: i32,
    /// The last trained step.
    pub step: i64,
    /// Mel loss at that step.
    pub loss: f64,
    /// Where its files lie in the storage.
    pub file_path: String,
    pub files: Vec<StoredFile>,
}

/// The checkpoints of a user's training, newest first.
pub async fn list(db: &PgPool, user: UserId, training: TrainingId) -> Result<Vec<Checkpoint>> {
    training::find(db, user, training).await?;
    of(db, training).await
}

async fn of(db: &PgPool, training: TrainingId) -> Result<Vec<Checkpoint>> {
    let rows = sqlx::query!(
        r#"SELECT checkpoints.id AS "id: CheckpointId", checkpoints.epoch, step, loss, size_bytes, created_at, file_path,
                  metadata -> 'files' AS "files!: Json<Vec<StoredFile>>", mel AS "mel?",
                  -- By the mel loss where it was evaluated before anything was said.
                  coalesce(CASE WHEN min(mel_distance) OVER () IS NULL THEN mel = min(mel) OVER ()
                                ELSE mel_distance = min(mel_distance) OVER () END, false) AS "best!"
           FROM checkpoints LEFT JOIN evaluations USING (training_job_id, step)
           WHERE training_job_id = $1 ORDER BY step DESC"#,
        training.0
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Checkpoint {
            id: row.id,
            epoch: row.epoch,
            step: row.step,
            loss: row.loss,
            validation_loss: row.mel,
            best: row.best,
            size_bytes: row.size_bytes,
            created_at: row.created_at,
            file_path: row.file_path,
            files: row.files.0,
        })
        .collect())
}

/// The checkpoints that this training can go on from, newest first.
pub async fn of_run(run: &Run<Training>) -> Result<Vec<Checkpoint>> {
    of(run.db(), run.job).await
}

/// Records a checkpoint whose files are stored, and publishes an event. A training that gets this far has proved that it
/// isn't what kills its workers: its attempts count anew.
pub async fn record(run: &Run<Training>, new: &NewCheckpoint) -> Result<CheckpointId> {
    let mut tx = run.begin().await?;
    let size: u64 = new.files.iter().map(|file| file.size_bytes).sum();
    let id = sqlx::query_scalar!(
        r#"INSERT INTO checkpoints (training_job_id, epoch, step, loss, file_path, size_bytes, metadata)
           VALUES ($1, $2, $3, $4, $5, $6, jsonb_build_object('files', $7::jsonb, 'run', $8::bigint))
           ON CONFLICT (training_job_id, step) DO UPDATE
               SET loss = EXCLUDED.loss, file_path = EXCLUDED.file_path, size_bytes = EXCLUDED.size_bytes,
                   metadata = EXCLUDED.metadata
           RETURNING id AS "id: CheckpointId""#,
        run.job.0,
        new.epoch,
        new.step,
        new.loss,
        new.file_path,
        columns::bigint(size, "bytes of the checkpoint")?,
        serde_json::to_value(&new.files)?,
        run.id.0
    )
    .fetch_one(&mut *tx)
    .await?;
    // With a checkpoint of its own it needs nothing else any more.
    sqlx::query!(
        "UPDATE training_jobs SET from_checkpoint_id = NULL, from_voice_id = NULL
         WHERE id = $1 AND (from_checkpoint_id IS NOT NULL OR from_voice_id IS NOT NULL)",
        run.job.0
    )
    .execute(&mut *tx)
    .await?;
    run.made_progress(&mut tx).await?;
    let event = Event::TrainingCheckpoint {
        training_id: run.job,
        status: JobState::Running,
        checkpoint_id: id,
        epoch: new.epoch,
        step: new.step,
        loss: new.loss,
    };
    events::publish(&mut tx, UserId::of(run), &event).await?;
    tx.commit().await?;
    Ok(id)
}

/// Deletes the rows of all checkpoints but the newest, those at which the voice was best and those that other trainings begin
/// from; answers the storage folders to delete after it.
pub async fn prune(run: &Run<Training>) -> Result<Vec<String>> {
    let mut tx = run.begin().await?;
    let folders = sqlx::query_scalar!(
        "DELETE FROM checkpoints
         WHERE training_job_id = $1
           AND NOT EXISTS (SELECT FROM training_jobs WHERE from_checkpoint_id = checkpoints.id)
           AND id NOT IN (SELECT id FROM checkpoints WHERE training_job_id = $1 ORDER BY step DESC LIMIT $2)
           AND id NOT IN (SELECT id FROM checkpoints JOIN evaluations USING (training_job_id, step)
                          WHERE training_job_id = $1 ORDER BY mel_distance, mel, step DESC LIMIT $3)
         RETURNING file_path",
        run.job.0,
        i64::from(MAX_NEWEST),
        i64::from(MAX_BEST)
    )
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(folders)
}
