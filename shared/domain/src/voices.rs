//! What a finished training gives: a model people can listen to and take away.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{PgConnection, PgPool, types::Json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Error, Result, columns,
    conflict::Conflict,
    folders,
    ids::{SynthesisId, TrainingId, UserId, VoiceId},
    models::BaseModel,
    paging::{Items, Page},
    storage::StoredFile,
    text_analysis::TextMode,
};

/// A voice, as its owner sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Voice {
    pub id: VoiceId,
    pub name: String,
    /// The training that gave it.
    pub training_id: Option<TrainingId>,
    /// ISO 639 code.
    pub language: String,
    /// Of what it says, in hertz.
    pub sample_rate: i32,
    pub size_bytes: i64,
    /// What it was taught and is given to speak; null for voices from before there was a choice, which take characters as
    /// they are.
    #[schema(value_type = Option<TextMode>)]
    pub text: Option<Json<TextMode>>,
    /// Its files, in transformers' `VitsModel` layout.
    #[schema(value_type = Vec<StoredFile>)]
    pub files: Json<Vec<StoredFile>>,
    /// The model that its training began from, whose licence it inherits; null where it began from nothing.
    #[schema(value_type = Option<BaseModel>)]
    pub base: Option<Json<BaseModel>>,
    pub created_at: DateTime<Utc>,
    /// Where its files lie in the storage.
    #[serde(skip)]
    pub file_path: String,
}

/// A voice whose files are stored.
#[derive(Debug, Clone)]
pub struct NewVoice {
    /// Chosen before the files were stored, since their keys hold it.
    pub id: VoiceId,
    pub name: String,
    /// ISO 639 code.
    pub language: String,
    /// Of what it says, in hertz.
    pub sample_rate: u32,
    /// What it was taught; `None` by a training from before there was a choice.
    pub text: Option<TextMode>,
    /// The model that its training began from.
    pub base: Option<BaseModel>,
    pub files: Vec<StoredFile>,
}

/// The columns of [`Voice`], read by the rest of the statement.
macro_rules! query_voices {
    ($rest:literal, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            Voice,
            r#"SELECT id AS "id: VoiceId", name, training_job_id AS "training_id: TrainingId", language, sample_rate,
                  size_bytes, metadata -> 'files' AS "files!: Json<Vec<StoredFile>>",
                  nullif(metadata -> 'base', 'null') AS "base: Json<BaseModel>",
                  nullif(metadata -> 'text', 'null') AS "text: Json<TextMode>", created_at, file_path
           FROM voices
"# + $rest,
            $($argument),+
        )
    };
}

/// One of the user's voices.
pub async fn find(db: &PgPool, user: UserId, id: VoiceId) -> Result<Voice> {
    query_voices!(r#"           WHERE id = $1 AND user_id = $2"#, id.0, user.0)
        .fetch_optional(db)
        .await?
        .ok_or(Error::NotFound("voice"))
}

/// One of the user's voices, which nobody can delete before `tx` ends; `None` where there is none.
pub(crate) async fn find_kept(
    tx: &mut PgConnection,
    user: UserId,
    id: VoiceId,
) -> Result<Option<Voice>> {
    Ok(query_voices!(
        r#"           WHERE id = $1 AND user_id = $2 FOR SHARE"#,
        id.0,
        user.0
    )
    .fetch_optional(tx)
    .await?)
}

/// The user's voices, newest first.
pub async fn list(db: &PgPool, user: UserId, page: Page) -> Result<Items<Voice>> {
    let rows = query_voices!(
        r#"           WHERE user_id = $1
             AND ($2::uuid IS NULL OR (created_at, id) < (SELECT created_at, id FROM voices WHERE id = $2))
           ORDER BY created_at DESC, id DESC LIMIT $3"#,
        user.0,
        page.cursor,
        page.limit + 1
    )
    .fetch_all(db)
    .await?;
    Ok(Items::from_probe(rows, page, |row| row.id.0))
}

/// Deletes a voice's row and its syntheses; returns the storage folders to delete after it.
pub async fn delete(db: &PgPool, user: UserId, id: VoiceId) -> Result<Vec<String>> {
    let mut tx = db.begin().await?;
    let voice = sqlx::query_scalar!(
        "SELECT file_path FROM voices WHERE id = $1 AND user_id = $2 FOR UPDATE",
        id.0,
        user.0
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(Error::NotFound("voice"))?;
    let needed = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM training_jobs
                          WHERE from_voice_id = $1 AND status IN ('queued', 'running', 'paused')) AS "needed!""#,
        id.0
    )
    .fetch_one(&mut *tx)
    .await?;
    if needed {
        return Err(Conflict::VoiceInUse.into());
    }
    let syntheses = sqlx::query_scalar!(
        r#"SELECT id AS "id: SynthesisId" FROM syntheses WHERE voice_id = $1"#,
        id.0
    )
    .fetch_all(&mut *tx)
    .await?;
    let jobs: Vec<Uuid> = syntheses.iter().map(|id| id.0).collect();
    jobs::control::delete(&mut tx, &jobs).await?;
    sqlx::query!("DELETE FROM voices WHERE id = $1", id.0)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    let folders = syntheses.into_iter().map(folders::synthesis);
    Ok(folders.chain([voice]).collect())
}

pub(crate) async fn insert(
    tx: &mut PgConnection,
    user: UserId,
    training: TrainingId,
    new: &NewVoice,
) -> Result<()> {
    let size: u64 = new.files.iter().map(|file| file.size_bytes).sum();
    sqlx::query!(
        "INSERT INTO voices (id, user_id, training_job_id, name, language, sample_rate, file_path, size_bytes, metadata)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, jsonb_build_object('files', $9::jsonb, 'base', $10::jsonb, 'text', $11::jsonb))",
        new.id.0,
        user.0,
        training.0,
        new.name,
        new.language,
        columns::integer(new.sample_rate, "sample rate of the voice")?,
        folders::voice(new.id),
        columns::bigint(size, "bytes of the voice")?,
        serde_json::to_value(&new.files)?,
        serde_json::to_value(&new.base)?,
        serde_json::to_value(new.text)?
    )
    .execute(tx)
    .await?;
    Ok(())
}
