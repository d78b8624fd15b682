//! Trainings that go on where another one ended.

use sqlx::{PgConnection, PgPool};

use super::{
    Training,
    config::{Continues, MAX_EPOCHS, Preset, TrainingConfig},
    creation::{
        Claimed, FoundCheckpoint, Needed, Prepared, claim, insert, newest_checkpoint, ready_dataset,
    },
    find,
    forecast::{StartingPoint, foresee},
};
use crate::{
    Error, Result,
    conflict::{Conflict, InvalidValue},
    datasets,
    idempotency::IdempotencyKey,
    ids::{CheckpointId, DatasetId, TrainingId, UserId},
    text_analysis::TextMode,
    training_dictionary,
};

/// What of an ended training is to go on, and how.
#[derive(Debug, Clone, Copy)]
pub struct Continuation {
    /// Passes over the dataset from there on; as many as the earlier training had if `None`.
    pub epochs: Option<u32>,
    /// The earlier training's last one if `None`.
    pub learning_rate: Option<f64>,
    /// The newest if `None`.
    pub checkpoint: Option<CheckpointId>,
    /// The earlier training's if `None`.
    pub dataset: Option<DatasetId>,
}

/// Creates a training that goes on from a checkpoint of one that has ended, however it did.
pub async fn continue_from(
    db: &PgPool,
    user: UserId,
    earlier: TrainingId,
    continuation: Continuation,
    key: Option<&IdempotencyKey>,
) -> Result<Training> {
    let before = find(db, user, earlier).await?;
    let mut tx = db.begin().await?;
    let id = match claim(&mut tx, user, key).await? {
        Claimed::New(id) => id,
        Claimed::Before(first) => {
            drop(tx);
            return find(db, user, first).await;
        }
    };
    // As long as it is locked nobody resumes or deletes it.
    let state = jobs::control::lock::<Training>(&mut tx, user.0, earlier).await?;
    if !state.is_ended() {
        return Err(Conflict::TrainingNotEnded.into());
    }
    let Some(prepared) = prepare_continuation(&mut tx, user, &before, continuation).await? else {
        drop(tx);
        return Err(datasets::why_not_ready(db, user, continuation.dataset).await);
    };
    let training = insert(&mut tx, user, id, prepared).await?;
    if training.config.text == Some(TextMode::Phonemes) {
        if training.dataset_id == before.dataset_id {
            training_dictionary::copy(&mut tx, earlier, id).await?;
        } else {
            training_dictionary::keep(&mut tx, user, id).await?;
        }
    }
    jobs::admission::enqueue::<Training>(&mut tx, id, user.0).await?;
    tx.commit().await?;
    Ok(training)
}

/// `None` where the dataset isn't ready.
async fn prepare_continuation(
    tx: &mut PgConnection,
    user: UserId,
    before: &Training,
    continuation: Continuation,
) -> Result<Option<Prepared>> {
    let checkpoint = match continuation.checkpoint {
        Some(id) => checkpoint(tx, before.id, id).await?.ok_or(Error::Invalid {
            pointer: "/checkpointId",
            reason: InvalidValue::CheckpointNotFound,
        })?,
        None => newest_checkpoint(tx, before.id)
            .await?
            .ok_or(Conflict::NoCheckpoint)?,
    };
    let wanted = continuation.dataset.unwrap_or(before.dataset_id);
    let Some(dataset) = ready_dataset(tx, user, Some(wanted)).await? else {
        return Ok(None);
    };
    let same_dataset = dataset.id == before.dataset_id;
    let config = continued(before, &checkpoint, continuation, same_dataset)?;
    let starting_point = StartingPoint {
        preset: config
            .preset
            .unwrap_or(Preset::of_checkpoint(checkpoint.size_bytes)),
        first_step: if same_dataset { checkpoint.step } else { 0 },
        experience: (!checkpoint.from_base).then_some(checkpoint.step),
    };
    let forecast = foresee(tx, dataset.id, &config, starting_point).await?;
    Ok(Some(Prepared {
        model_type: before.model_type,
        dataset,
        config,
        origin: Needed {
            checkpoint: Some(checkpoint.id),
            ..Needed::default()
        },
        forecast,
    }))
}

/// What the earlier training was asked for, but for what is to change.
fn continued(
    before: &Training,
    checkpoint: &FoundCheckpoint,
    continuation: Continuation,
    same_dataset: bool,
) -> Result<TrainingConfig> {
    let earlier = &before.config.0;
    let more = continuation.epochs.unwrap_or(earlier.epochs);
    let done = if same_dataset { checkpoint.epoch } else { 0 };
    let done = u32::try_from(done).unwrap_or_default();
    let epochs = done + more;
    if epochs > MAX_EPOCHS {
        return Err(Error::Invalid {
            pointer: "/epochs",
            reason: InvalidValue::TooManyEpochs {
                done,
                max: MAX_EPOCHS,
            },
        });
    }
    let halved = before.divergences > 0;
    let rate_now = halved.then(|| earlier.learning_rate_after(before.divergences));
    Ok(TrainingConfig {
        epochs,
        learning_rate: continuation
            .learning_rate
            .or(rate_now)
            .or(earlier.learning_rate),
        continues: Some(Continues {
            training_id: before.id,
            checkpoint_id: checkpoint.id,
            step: checkpoint.step,
            same_dataset,
        }),
        ..earlier.clone()
    })
}

/// One of a training's; nobody can delete it before `tx` ends.
async fn checkpoint(
    tx: &mut PgConnection,
    training: TrainingId,
    id: CheckpointId,
) -> Result<Option<FoundCheckpoint>> {
    Ok(sqlx::query_as!(
        FoundCheckpoint,
        r#"SELECT checkpoints.id AS "id: CheckpointId", epoch, step, size_bytes,
                  coalesce(nullif(config -> 'base', 'null'), nullif(config -> 'baseVoice', 'null')) IS NOT NULL AS "from_base!"
           FROM checkpoints JOIN training_jobs ON training_jobs.id = training_job_id
           WHERE training_job_id = $1 AND checkpoints.id = $2 FOR SHARE OF checkpoints"#,
        training.0,
        id.0
    )
    .fetch_optional(tx)
    .await?)
}
