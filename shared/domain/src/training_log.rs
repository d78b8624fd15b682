//! What happened to a training besides its steps, line by line for its owner: a checkpoint that was torn, a disk that was
//! full, a worker that was lost.

use chrono::{DateTime, Utc};
use jobs::{JobState, Reason, Run};
use serde::Serialize;
use sqlx::{PgConnection, PgPool};
use utoipa::ToSchema;

use crate::{
    Result,
    events::{self, Event},
    ids::{TrainingId, UserId},
    log_message::LogMessage,
    states::LogLevel,
    training::{self, Training},
};

/// Longest message that is kept.
const MESSAGE_CHARACTERS: usize = 4_000;

/// One line.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogEntry {
    /// Its place in the order.
    pub id: i64,
    pub at: DateTime<Utc>,
    pub level: LogLevel,
    pub message: String,
    /// What happened, for programs; null in lines of earlier versions.
    #[schema(value_type = Option<LogMessage>)]
    pub details: Option<serde_json::Value>,
}

/// The newest lines of a user's training, at most `limit`, in the order in which they happened.
pub async fn list(db: &PgPool, user: UserId, id: TrainingId, limit: i64) -> Result<Vec<LogEntry>> {
    training::find(db, user, id).await?;
    let mut entries = sqlx::query_as!(
        LogEntry,
        r#"SELECT id, at, level AS "level: LogLevel", message, details FROM training_log
           WHERE training_job_id = $1 ORDER BY id DESC LIMIT $2"#,
        id.0,
        limit
    )
    .fetch_all(db)
    .await?;
    entries.reverse();
    Ok(entries)
}

/// Adds a line to the training's log, and publishes it.
pub async fn record(run: &Run<Training>, level: LogLevel, line: &LogMessage) -> Result<()> {
    let mut tx = run.begin().await?;
    write(&mut tx, run, level, line).await?;
    Ok(tx.commit().await?)
}

/// The same within a transaction of the run.
pub(crate) async fn write(
    tx: &mut PgConnection,
    run: &Run<Training>,
    level: LogLevel,
    line: &LogMessage,
) -> Result<()> {
    let reason = Reason::new(line, line);
    let message: String = reason.message().chars().take(MESSAGE_CHARACTERS).collect();
    sqlx::query!(
        "INSERT INTO training_log (training_job_id, level, message, details) VALUES ($1, $2, $3, $4)",
        run.job.0,
        level as LogLevel,
        message,
        reason.details()
    )
    .execute(&mut *tx)
    .await?;
    let event = Event::TrainingLog {
        training_id: run.job,
        status: JobState::Running,
        level,
        message,
        details: reason.details().cloned(),
    };
    events::publish(tx, UserId::of(run), &event).await
}
