//! The dictionary that a training reads its dataset with: its owner's, as it was when the training was asked for. So every run
//! of it reads the same, whatever is changed meanwhile.

use std::collections::HashMap;

use sqlx::{PgConnection, PgPool, types::Json};

use crate::{
    Result,
    dictionary::Pronunciations,
    ids::{TrainingId, UserId},
};

/// Keeps the user's dictionary as it is now for a training.
pub(crate) async fn keep(tx: &mut PgConnection, user: UserId, training: TrainingId) -> Result<()> {
    sqlx::query!(
        "INSERT INTO training_dictionaries (training_job_id, entries)
         SELECT $1, coalesce(jsonb_object_agg(word, phonemes), '{}') FROM dictionary_entries WHERE user_id = $2",
        training.0,
        user.0
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Keeps for a training what was kept for another one.
pub(crate) async fn copy(
    tx: &mut PgConnection,
    from: TrainingId,
    training: TrainingId,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO training_dictionaries (training_job_id, entries)
         SELECT $1, entries FROM training_dictionaries WHERE training_job_id = $2",
        training.0,
        from.0
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The dictionary that was kept for a training.
pub async fn kept(db: &PgPool, training: TrainingId) -> Result<Pronunciations> {
    let entries = sqlx::query_scalar!(
        r#"SELECT entries AS "entries: Json<HashMap<String, String>>" FROM training_dictionaries WHERE training_job_id = $1"#,
        training.0
    )
    .fetch_optional(db)
    .await?;
    let entries = entries.map(|entries| entries.0);
    Ok(Pronunciations::of(entries.unwrap_or_default()))
}
