//! What happened to a training besides its steps, in sentences for its owner: a checkpoint that was torn, a disk that was
//! full, a worker that was lost.

use chrono::{DateTime, Utc};
use jobs::{JobState, Run, outcome::without_nul};
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use crate::{
    Result,
    events::{self, Event},
    ids::{TrainingId, UserId},
    states::LogLevel,
    training::{self, Training},
};

/// Longest sentence that is kept.
const MESSAGE_CHARACTERS: usize = 4_000;

/// One sentence.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogEntry {
    /// Its place in the order.
    pub id: i64,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// How much it matters.
    pub level: LogLevel,
    /// What happened.
    pub message: String,
}

/// The newest sentences of a user's training, at most `limit`, in the order in which they happened.
pub async fn list(db: &PgPool, user: UserId, id: TrainingId, limit: i64) -> Result<Vec<LogEntry>> {
    training::find(db, user, id).await?;
    let mut entries = sqlx::query_as!(
        LogEntry,
        r#"SELECT id, at, level AS "level: LogLevel", message FROM training_log
           WHERE training_job_id = $1 ORDER BY id DESC LIMIT $2"#,
        id.0,
        limit
    )
    .fetch_all(db)
    .await?;
    entries.reverse();
    Ok(entries)
}

/// Adds a sentence to the training's log, and tells of it.
pub async fn record(run: &Run<Training>, level: LogLevel, message: &str) -> Result<()> {
    let message: String = without_nul(message)
        .chars()
        .take(MESSAGE_CHARACTERS)
        .collect();
    let mut tx = run.begin().await?;
    sqlx::query!(
        "INSERT INTO training_log (training_job_id, level, message) VALUES ($1, $2, $3)",
        run.job.0,
        level as LogLevel,
        message
    )
    .execute(&mut *tx)
    .await?;
    let event = Event::TrainingLog {
        training_id: run.job,
        status: JobState::Running,
        level,
        message,
    };
    events::publish(&mut tx, UserId::of(run), &event).await?;
    Ok(tx.commit().await?)
}
