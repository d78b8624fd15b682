//! What a finished training gives: a model people can listen to and take away. A voice without an owner is shipped with Avagar:
//! everybody hears it, and new trainings begin from it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
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
    /// Whether it is the one that is shipped with Avagar.
    pub shipped: bool,
    /// The training that gave it.
    pub training_id: Option<TrainingId>,
    /// ISO 639 code.
    pub language: String,
    /// Of what it says, in hertz.
    pub sample_rate: i32,
    /// The names of its speakers, of whom the first speaks unless another is asked to; none where it has one.
    #[schema(value_type = Vec<String>)]
    pub speakers: Json<Vec<String>>,
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
    /// The names of its speakers; none where it has one.
    pub speakers: Vec<String>,
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
            r#"SELECT id AS "id: VoiceId", name, user_id IS NULL AS "shipped!", training_job_id AS "training_id: TrainingId", language, sample_rate,
                  coalesce(metadata -> 'speakers', '[]') AS "speakers!: Json<Vec<String>>", size_bytes, metadata -> 'files' AS "files!: Json<Vec<StoredFile>>",
                  nullif(metadata -> 'base', 'null') AS "base: Json<BaseModel>",
                  nullif(metadata -> 'text', 'null') AS "text: Json<TextMode>", created_at, file_path
           FROM voices
"# + $rest,
            $($argument),+
        )
    };
}

/// One of the user's voices, or the shipped one.
pub async fn find(db: &PgPool, user: UserId, id: VoiceId) -> Result<Voice> {
    query_voices!(
        r#"           WHERE id = $1 AND (user_id = $2 OR user_id IS NULL)"#,
        id.0,
        user.0
    )
    .fetch_optional(db)
    .await?
    .ok_or(Error::NotFound("voice"))
}

/// The same, which nobody can delete before `tx` ends; `None` where there is none.
pub(crate) async fn find_kept(
    tx: &mut PgConnection,
    user: UserId,
    id: VoiceId,
) -> Result<Option<Voice>> {
    Ok(query_voices!(
        r#"           WHERE id = $1 AND (user_id = $2 OR user_id IS NULL) FOR SHARE"#,
        id.0,
        user.0
    )
    .fetch_optional(tx)
    .await?)
}

/// The user's voices, newest first; on the first page the shipped one follows.
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
    let mut items = Items::from_probe(rows, page, |row| row.id.0);
    if page.cursor.is_none() {
        match find(db, user, SHIPPED_ID).await {
            Ok(shipped) => items.items.push(shipped),
            Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(items)
}

/// The fixed id of the shipped voice, the same in every installation.
pub const SHIPPED_ID: VoiceId = VoiceId(Uuid::from_u128(0x5a3f_1e00_0000_4000_8000_0000_0000_0002));

/// Whether the shipped voice is in the catalogue.
pub async fn is_shipped(db: &PgPool) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM voices WHERE id = $1) AS "there!""#,
        SHIPPED_ID.0
    )
    .fetch_one(db)
    .await?)
}

/// Puts the shipped voice into the catalogue, or brings it up to date. Its bytes are stored already.
pub async fn install_shipped(db: &PgPool, shipped: &NewVoice) -> Result<()> {
    let size: u64 = shipped.files.iter().map(|file| file.size_bytes).sum();
    sqlx::query!(
        "INSERT INTO voices (id, name, language, sample_rate, file_path, size_bytes, metadata)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, language = EXCLUDED.language, sample_rate = EXCLUDED.sample_rate,
             file_path = EXCLUDED.file_path, size_bytes = EXCLUDED.size_bytes, metadata = EXCLUDED.metadata",
        shipped.id.0,
        shipped.name,
        shipped.language,
        columns::integer(shipped.sample_rate, "sample rate of the voice")?,
        folders::voice(shipped.id),
        columns::bigint(size, "bytes of the voice")?,
        metadata(shipped)
    )
    .execute(db)
    .await?;
    Ok(())
}

fn metadata(voice: &NewVoice) -> serde_json::Value {
    json!({ "files": voice.files, "base": voice.base, "text": voice.text, "speakers": voice.speakers })
}

/// Deletes a voice's row and its syntheses; returns the storage folders to delete after it.
pub async fn delete(db: &PgPool, user: UserId, id: VoiceId) -> Result<Vec<String>> {
    if id == SHIPPED_ID {
        return Err(Conflict::ShippedVoice.into());
    }
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
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.id.0,
        user.0,
        training.0,
        new.name,
        new.language,
        columns::integer(new.sample_rate, "sample rate of the voice")?,
        folders::voice(new.id),
        columns::bigint(size, "bytes of the voice")?,
        metadata(new)
    )
    .execute(tx)
    .await?;
    Ok(())
}
