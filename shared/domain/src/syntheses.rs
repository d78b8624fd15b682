//! Texts that voices were asked to say.

use chrono::{DateTime, Utc};
use jobs::{Change, JobKind, JobState, Reason, Run};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool, types::Json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Error, Result,
    conflict::InvalidValue,
    dropped::DroppedSummary,
    events::{self, Event},
    failure::Failure,
    idempotency::{self, IdempotencyKey},
    ids::{SynthesisId, UserId, VoiceId},
    paging::{Items, Page},
    queue::Queue,
    states::SynthesisState,
    voices::{self, Voice},
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SpeechOptions {
    /// How many times as fast as the voice speaks by itself.
    pub speed: f64,
    /// Scale of the prior's noise: 0 always says it the same way.
    pub noise: f64,
    /// Seed of the noise.
    pub seed: u64,
    /// Who speaks, where the voice has several speakers; the first if null.
    #[serde(default)]
    pub speaker: Option<String>,
}

/// A synthesis, as its owner sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SynthesisRow)]
pub struct Synthesis {
    pub id: SynthesisId,
    pub voice_id: VoiceId,
    pub text: String,
    #[schema(value_type = SpeechOptions)]
    pub options: Json<SpeechOptions>,
    pub status: SynthesisState,
    /// Fraction of the text that is spoken, 0 to 1.
    pub progress: f64,
    pub duration_seconds: Option<f64>,
    /// What of the text isn't spoken.
    #[schema(value_type = DroppedSummary)]
    pub dropped: Json<DroppedSummary>,
    /// Why it could not be spoken.
    pub error_message: Option<String>,
    /// Why it could not be spoken, for programs.
    #[schema(value_type = Option<Failure>)]
    pub error_details: Option<serde_json::Value>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    pub completed_at: Option<DateTime<Utc>>,
    /// Where its audio lies in the storage.
    #[serde(skip)]
    pub file_path: Option<String>,
}

/// What a synthesis gives; the audio is stored.
#[derive(Debug, Clone)]
pub struct Speech {
    /// Where the WAV lies in the storage.
    pub file_path: String,
    pub duration_seconds: f64,
    /// What of the text isn't spoken.
    pub dropped: DroppedSummary,
}

/// Asks a voice to say something: row and wake-up in one transaction.
pub async fn create(
    db: &PgPool,
    user: UserId,
    voice: VoiceId,
    text: &str,
    options: &SpeechOptions,
    key: Option<&IdempotencyKey>,
) -> Result<Synthesis> {
    let row = voices::find(db, user, voice).await?;
    if let Some(speaker) = &options.speaker
        && !row.speakers.contains(speaker)
    {
        return Err(Error::Invalid {
            pointer: "/speaker",
            reason: InvalidValue::UnknownSpeaker {
                speakers: row.speakers.0,
            },
        });
    }
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
    jobs::admission::enqueue::<Synthesis>(&mut tx, id, user.0).await?;
    tx.commit().await?;
    find(db, user, id).await
}

/// The columns of [`Synthesis`], read by the rest of the statement.
macro_rules! query_syntheses {
    ($rest:literal, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            Synthesis,
            r#"SELECT id AS "id: SynthesisId", voice_id AS "voice_id: VoiceId", text,
                  options AS "options: Json<SpeechOptions>", status AS "status: SynthesisState",
                  progress, duration_seconds, dropped AS "dropped: Json<DroppedSummary>", error_message,
                  (SELECT error_details FROM jobs WHERE jobs.id = syntheses.id) AS error_details, created_at, completed_at, file_path
           FROM syntheses"# + $rest,
            $($argument),+
        )
    };
}

/// One of the user's syntheses.
pub async fn find(db: &PgPool, user: UserId, id: SynthesisId) -> Result<Synthesis> {
    query_syntheses!(r#" WHERE id = $1 AND user_id = $2"#, id.0, user.0)
        .fetch_optional(db)
        .await?
        .ok_or(Error::NotFound("synthesis"))
}

/// What a voice was asked to say by the user, newest first.
pub async fn list(
    db: &PgPool,
    user: UserId,
    voice: VoiceId,
    page: Page,
) -> Result<Items<Synthesis>> {
    voices::find(db, user, voice).await?;
    let rows = query_syntheses!(
        r#" WHERE voice_id = $1 AND user_id = $4
             AND ($2::uuid IS NULL OR (created_at, id) < (SELECT created_at, id FROM syntheses WHERE id = $2))
           ORDER BY created_at DESC, id DESC LIMIT $3"#,
        voice.0,
        page.cursor,
        page.limit + 1,
        user.0
    )
    .fetch_all(db)
    .await?;
    Ok(Items::from_probe(rows, page, |row| row.id.0))
}

impl JobKind for Synthesis {
    const KIND: &'static str = "synthesis";
    const QUEUE: &'static str = Queue::Speech.name();
    const PAUSABLE: bool = false;
    type Id = SynthesisId;
    type Output = Speech;

    async fn record_output(
        tx: &mut PgConnection,
        id: SynthesisId,
        owner: Uuid,
        speech: Speech,
    ) -> jobs::Result<()> {
        let voice = sqlx::query_scalar!(
            r#"UPDATE syntheses SET file_path = $2, duration_seconds = $3, dropped = $4, progress = 1
               WHERE id = $1 RETURNING voice_id AS "voice: VoiceId""#,
            id.0,
            speech.file_path,
            speech.duration_seconds,
            serde_json::to_value(&speech.dropped).map_err(Error::from)?
        )
        .fetch_one(&mut *tx)
        .await?;
        let event = Event::VoiceComplete {
            voice_id: voice,
            synthesis_id: id,
            status: SynthesisState::Completed,
            duration_seconds: speech.duration_seconds,
        };
        Ok(events::publish(tx, UserId(owner), &event).await?)
    }

    async fn changed(
        tx: &mut PgConnection,
        id: SynthesisId,
        owner: Uuid,
        change: &Change,
    ) -> jobs::Result<()> {
        // A synthesis that is cancelled has failed, as people see it.
        if !matches!(change.state, JobState::Failed | JobState::Cancelled) {
            return Ok(());
        }
        let voice = sqlx::query_scalar!(
            r#"SELECT voice_id AS "voice: VoiceId" FROM syntheses WHERE id = $1"#,
            id.0
        )
        .fetch_one(&mut *tx)
        .await?;
        let reason = change.reason.as_ref();
        let event = Event::VoiceError {
            voice_id: voice,
            synthesis_id: id,
            status: SynthesisState::Failed,
            message: reason.map_or_else(String::new, |reason| reason.message().into()),
            details: reason.and_then(Reason::details).cloned(),
        };
        Ok(events::publish(tx, UserId(owner), &event).await?)
    }
}

/// Records how much of the text is spoken.
pub async fn progress(run: &Run<Synthesis>, voice: VoiceId, progress: f64) -> Result<()> {
    let mut tx = run.begin().await?;
    sqlx::query!(
        "UPDATE syntheses SET progress = $2 WHERE id = $1",
        run.job.0,
        progress
    )
    .execute(&mut *tx)
    .await?;
    let event = Event::VoiceProgress {
        voice_id: voice,
        synthesis_id: run.job,
        status: SynthesisState::Running,
        progress,
    };
    events::publish(&mut tx, UserId::of(run), &event).await?;
    Ok(tx.commit().await?)
}

pub async fn of_run(run: &Run<Synthesis>) -> Result<Synthesis> {
    find(run.db(), UserId::of(run), run.job).await
}

/// The voice that a run speaks with.
pub async fn voice(run: &Run<Synthesis>, id: VoiceId) -> Result<Voice> {
    voices::find(run.db(), UserId::of(run), id).await
}
