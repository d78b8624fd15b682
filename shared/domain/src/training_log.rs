//! What happened to a training besides its steps, in sentences for its owner: a checkpoint that was torn, a disk that was
//! full, a worker that was lost.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::ToSchema;

use crate::{
    Result,
    events::{self, Event},
    ids::{TrainingId, UserId},
    jobs::JobState,
    runs::{Run, without_nul},
    training,
};

/// Longest sentence that is kept.
const MESSAGE_CHARACTERS: usize = 4_000;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum LogLevel {
    /// Good to know.
    Info,
    /// Something went wrong, and the training goes on.
    Warning,
    /// Something is lost.
    Error,
}

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

impl Run {
    /// Adds a sentence to the training's log, and tells of it.
    pub async fn log(&self, id: TrainingId, level: LogLevel, message: &str) -> Result<()> {
        let message: String = without_nul(message)
            .chars()
            .take(MESSAGE_CHARACTERS)
            .collect();
        let mut tx = self.begin().await?;
        sqlx::query!(
            "INSERT INTO training_log (training_job_id, level, message) VALUES ($1, $2, $3)",
            id.0,
            level as LogLevel,
            message
        )
        .execute(&mut *tx)
        .await?;
        let event = Event::TrainingLog {
            training_id: id,
            status: JobState::Running,
            level,
            message,
        };
        events::publish(&mut tx, self.user, &event).await?;
        Ok(tx.commit().await?)
    }
}
