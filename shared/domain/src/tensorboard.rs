//! TensorBoard's event files of trainings: the storage has them and no row, since nothing is computed from them.

use crate::{
    Result, folders,
    ids::{TrainingId, UserId},
    storage::{Listed, Storage},
    training,
};
use sqlx::PgPool;

/// The event files of a user's training, in the order in which TensorBoard reads them.
pub async fn list(
    db: &PgPool,
    storage: &Storage,
    user: UserId,
    id: TrainingId,
) -> Result<Vec<Listed>> {
    training::find(db, user, id).await?;
    storage.files(&folders::tensorboard(id)).await
}
