//! Sentences that voices were asked to say.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool, types::Json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Error, Result,
    events::{self, Event},
    idempotency::{self, IdempotencyKey},
    ids::{SynthesisId, UserId, VoiceId},
    paging::{Items, Page},
    queue::{self, Job},
    runs::{Release, Run},
    voices,
};

/// Where a sentence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum SynthesisState {
    /// Waits for a worker.
    Queued,
    /// Is being spoken.
    Running,
    /// Can be fetched.
    Completed,
    /// Could not be spoken; the message says why.
    Failed,
}

/// How to say it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SpeechOptions {
    /// Speaking rate, 1 as trained; higher is faster.
    pub speed: f64,
    /// Scale of the prior's noise: 0 always says it the same way.
    pub noise: f64,
    /// Seed of the noise.
    pub seed: u64,
}

/// A sentence, as its owner sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Synthesis {
    /// Its id.
    pub id: SynthesisId,
    /// Who says it.
    pub voice_id: VoiceId,
    /// What to say.
    pub text: String,
    /// How to say it.
    #[schema(value_type = SpeechOptions)]
    pub options: Json<SpeechOptions>,
    /// Where it stands.
    pub status: SynthesisState,
    /// Where to fetch the WAV, once it is completed.
    pub audio_url: Option<String>,
    /// How long it is.
    pub duration_seconds: Option<f64>,
    /// Characters of the text that the voice has no sound for.
    pub dropped_characters: Vec<String>,
    /// Why it could not be spoken.
    pub error_message: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it was done.
    pub completed_at: Option<DateTime<Utc>>,
    /// Where its audio lies in the storage.
    #[serde(skip)]
    pub file_path: Option<String>,
}

/// What speaking a sentence gives; the audio is stored.
#[derive(Debug, Clone)]
pub struct Speech {
    /// Where the WAV lies in the storage.
    pub file_path: String,
    /// How long it is.
    pub duration_seconds: f64,
    /// Characters of the text that the voice has no sound for.
    pub dropped_characters: Vec<String>,
}

/// Where the audio of a sentence lies.
pub fn folder(id: SynthesisId) -> String {
    format!("syntheses/{id}")
}

/// Where people fetch it.
pub fn audio_url(id: SynthesisId) -> String {
    format!("/api/syntheses/{id}/audio")
}

/// Asks a voice of the user's to say something: row and wake-up in one transaction.
pub async fn create(
    db: &PgPool,
    user: UserId,
    voice: VoiceId,
    text: &str,
    options: SpeechOptions,
    key: Option<&IdempotencyKey>,
) -> Result<Synthesis> {
    voices::find(db, user, voice).await?;
    let id = SynthesisId(Uuid::new_v4());
    let mut tx = db.begin().await?;
    if let Some(key) = key
        && let Some(first) = idempotency::claim(&mut tx, user, key, id.0).await?
    {
        // Nobody holds one connection while waiting for another.
        drop(tx);
        return find(db, user, SynthesisId(first)).await;
    }
    sqlx::query!(
        "INSERT INTO syntheses (id, user_id, voice_id, text, options) VALUES ($1, $2, $3, $4, $5)",
        id.0,
        user.0,
        voice.0,
        text,
        serde_json::to_value(options)?
    )
    .execute(&mut *tx)
    .await?;
    queue::enqueue(&mut tx, Job::Synthesis(id), Duration::ZERO).await?;
    tx.commit().await?;
    find(db, user, id).await
}

/// One of the user's sentences.
pub async fn find(db: &PgPool, user: UserId, id: SynthesisId) -> Result<Synthesis> {
    sqlx::query_as!(
        Synthesis,
        r#"SELECT id AS "id: SynthesisId", voice_id AS "voice_id: VoiceId", text,
                  options AS "options: Json<SpeechOptions>", status AS "status: SynthesisState",
                  CASE WHEN status = 'completed' THEN '/api/syntheses/' || id || '/audio' END AS audio_url,
                  duration_seconds, dropped_characters, error_message, created_at, completed_at, file_path
           FROM syntheses WHERE id = $1 AND user_id = $2"#,
        id.0,
        user.0
    )
    .fetch_optional(db)
    .await?
    .ok_or(Error::NotFound("synthesis"))
}

/// What a voice of the user's was asked to say, newest first.
pub async fn list(
    db: &PgPool,
    user: UserId,
    voice: VoiceId,
    page: Page,
) -> Result<Items<Synthesis>> {
    voices::find(db, user, voice).await?;
    let rows = sqlx::query_as!(
        Synthesis,
        r#"SELECT id AS "id: SynthesisId", voice_id AS "voice_id: VoiceId", text,
                  options AS "options: Json<SpeechOptions>", status AS "status: SynthesisState",
                  CASE WHEN status = 'completed' THEN '/api/syntheses/' || id || '/audio' END AS audio_url,
                  duration_seconds, dropped_characters, error_message, created_at, completed_at, file_path
           FROM syntheses
           WHERE voice_id = $1
             AND ($2::uuid IS NULL OR (created_at, id) < (SELECT created_at, id FROM syntheses WHERE id = $2))
           ORDER BY created_at DESC, id DESC LIMIT $3"#,
        voice.0,
        page.cursor,
        page.limit + 1
    )
    .fetch_all(db)
    .await?;
    Ok(Items::from_probe(rows, page, |row| row.id.0))
}

pub(crate) async fn complete(
    tx: &mut PgConnection,
    id: SynthesisId,
    user: UserId,
    speech: Speech,
) -> Result<()> {
    let voice = sqlx::query_scalar!(
        r#"UPDATE syntheses SET status = 'completed', run_id = NULL, completed_at = now(), file_path = $2,
                                duration_seconds = $3, dropped_characters = $4, error_message = NULL
           WHERE id = $1 RETURNING voice_id AS "voice: VoiceId""#,
        id.0,
        speech.file_path,
        speech.duration_seconds,
        &speech.dropped_characters
    )
    .fetch_one(&mut *tx)
    .await?;
    let event = Event::VoiceComplete {
        voice_id: voice,
        synthesis_id: id,
        status: SynthesisState::Completed,
        audio_url: audio_url(id),
        duration_seconds: speech.duration_seconds,
    };
    events::publish(tx, user, &event).await
}

pub(crate) async fn release(
    tx: &mut PgConnection,
    id: SynthesisId,
    user: UserId,
    release: Release,
) -> Result<()> {
    let (refund, after, message) = match release {
        Release::Queue { refund, after } => (refund, after, None),
        Release::Fail { reason, .. } => (false, Duration::ZERO, Some(reason)),
        // Nobody can ask this of a sentence: the next run says it.
        Release::Pause | Release::Cancel => (true, Duration::ZERO, None),
    };
    let voice = sqlx::query_scalar!(
        r#"UPDATE syntheses SET run_id = NULL, attempts = attempts - $2::int, error_message = $3,
                                ready_at = now() + make_interval(secs => $4),
                                status = CASE WHEN $3::text IS NULL THEN 'queued' ELSE 'failed' END,
                                completed_at = CASE WHEN $3::text IS NULL THEN NULL ELSE now() END
           WHERE id = $1 RETURNING voice_id AS "voice: VoiceId""#,
        id.0,
        i32::from(refund),
        message,
        after.as_secs_f64()
    )
    .fetch_one(&mut *tx)
    .await?;
    if let Some(message) = message {
        let event = Event::VoiceError {
            voice_id: voice,
            synthesis_id: id,
            status: SynthesisState::Failed,
            message,
        };
        events::publish(tx, user, &event).await?;
    }
    Ok(())
}

/// Lets a sentence that could not be spoken be tried again, with all its attempts.
pub(crate) async fn retry(db: &PgPool, id: SynthesisId) -> Result<()> {
    let mut tx = db.begin().await?;
    sqlx::query!(
        "UPDATE syntheses SET status = 'queued', attempts = 0, error_message = NULL, completed_at = NULL, ready_at = now()
         WHERE id = $1 AND status = 'failed'",
        id.0
    )
    .execute(&mut *tx)
    .await?;
    queue::enqueue(&mut tx, Job::Synthesis(id), Duration::ZERO).await?;
    Ok(tx.commit().await?)
}

/// Fails a sentence that still waits.
pub(crate) async fn give_up(
    db: &PgPool,
    user: UserId,
    id: SynthesisId,
    reason: &str,
) -> Result<()> {
    let mut tx = db.begin().await?;
    let waits = sqlx::query_scalar!(
        "SELECT id FROM syntheses WHERE id = $1 AND status = 'queued' FOR NO KEY UPDATE",
        id.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    if waits.is_none() {
        return Err(Error::Conflict(
            "this sentence does not wait any more".into(),
        ));
    }
    let (reason, for_good) = (reason.into(), false);
    release(&mut tx, id, user, Release::Fail { reason, for_good }).await?;
    Ok(tx.commit().await?)
}

impl Run {
    /// The sentence that this run says.
    pub async fn synthesis(&self, id: SynthesisId) -> Result<Synthesis> {
        find(&self.db, self.user, id).await
    }
}
