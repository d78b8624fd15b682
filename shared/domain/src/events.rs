//! Progress that people see: one row an event, published in the transaction of the change it tells of, delivered in
//! order and replayable. Ids of one user become visible in their order (see `publish_event` in the migrations).

use chrono::{DateTime, Utc};
use jobs::JobState;
use serde::Serialize;
use sqlx::{PgConnection, PgPool};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Result,
    failure::Failure,
    ids::{
        CheckpointId, DatasetId, DownloadId, ModelId, SampleId, SynthesisId, TrainingId, UserId,
        VoiceId,
    },
    log_message::LogMessage,
    measurements::{Spoken, StepMetrics, ValidationLosses},
    states::{DatasetState, LogLevel, SynthesisState},
};

/// The channel of NOTIFYs; a payload is `{user}:{event id}`, or `session:{session}` when that one ended.
pub(crate) const CHANNEL: &str = "avagar_events";

/// Everything that is told, as it stands on the wire.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "event", content = "data")]
pub enum Event {
    /// A training got further, or changed to a state in which it goes on.
    #[serde(rename = "training:progress", rename_all = "camelCase")]
    TrainingProgress {
        training_id: TrainingId,
        /// `queued` or `running`.
        status: JobState,
        /// Fraction done, 0 to 1.
        progress: f64,
        /// The last step, once there is one.
        #[serde(flatten)]
        metrics: Option<StepMetrics>,
    },
    /// A checkpoint is safe.
    #[serde(rename = "training:checkpoint", rename_all = "camelCase")]
    TrainingCheckpoint {
        training_id: TrainingId,
        status: JobState,
        checkpoint_id: CheckpointId,
        /// Epoch of the last trained step.
        epoch: i32,
        /// The last trained step.
        step: i64,
        /// Mel loss at that step.
        loss: f64,
    },
    /// A voice was evaluated, and samples of it were synthesized.
    #[serde(rename = "training:sample", rename_all = "camelCase")]
    TrainingSample {
        training_id: TrainingId,
        status: JobState,
        /// Epoch of the last trained step.
        epoch: i32,
        /// The last trained step.
        step: i64,
        /// On the clips that it is evaluated on.
        losses: ValidationLosses,
        /// How near what it said was to these clips; null where it couldn't say one of them.
        spoken: Option<Spoken>,
        /// Whether no earlier one was nearer in what it said.
        best: bool,
        /// What it said.
        sample_ids: Vec<SampleId>,
    },
    /// A training is done.
    #[serde(rename = "training:complete", rename_all = "camelCase")]
    TrainingComplete {
        training_id: TrainingId,
        /// `completed`.
        status: JobState,
        voice_id: VoiceId,
    },
    /// A training failed.
    #[serde(rename = "training:error", rename_all = "camelCase")]
    TrainingError {
        training_id: TrainingId,
        /// `failed`.
        status: JobState,
        /// A sentence a person can act on.
        message: String,
        /// The same, for programs.
        #[schema(value_type = Option<Failure>)]
        details: Option<serde_json::Value>,
    },
    /// A training was paused by its owner and can go on.
    #[serde(rename = "training:paused", rename_all = "camelCase")]
    TrainingPaused {
        training_id: TrainingId,
        /// `paused`.
        status: JobState,
    },
    /// A training was stopped permanently.
    #[serde(rename = "training:cancelled", rename_all = "camelCase")]
    TrainingCancelled {
        training_id: TrainingId,
        /// `cancelled`.
        status: JobState,
    },
    /// Something happened to a training that its owner should know.
    #[serde(rename = "training:log", rename_all = "camelCase")]
    TrainingLog {
        training_id: TrainingId,
        /// `running`.
        status: JobState,
        level: LogLevel,
        message: String,
        /// The same, for programs.
        #[schema(value_type = Option<LogMessage>)]
        details: Option<serde_json::Value>,
    },
    /// A dataset is being checked.
    #[serde(rename = "dataset:progress", rename_all = "camelCase")]
    DatasetProgress {
        dataset_id: DatasetId,
        /// `preparing`.
        status: DatasetState,
        /// Clips looked at.
        clips_done: i32,
        clips_total: i32,
    },
    /// A dataset can be trained from.
    #[serde(rename = "dataset:complete", rename_all = "camelCase")]
    DatasetComplete {
        dataset_id: DatasetId,
        /// `ready`.
        status: DatasetState,
    },
    /// A dataset was refused.
    #[serde(rename = "dataset:error", rename_all = "camelCase")]
    DatasetError {
        dataset_id: DatasetId,
        /// `failed`.
        status: DatasetState,
        /// A sentence a person can act on.
        message: String,
        /// The same, for programs.
        #[schema(value_type = Option<Failure>)]
        details: Option<serde_json::Value>,
    },
    /// A dataset was stopped before it was ready.
    #[serde(rename = "dataset:cancelled", rename_all = "camelCase")]
    DatasetCancelled {
        dataset_id: DatasetId,
        /// `cancelled`.
        status: DatasetState,
    },
    /// A download got further, or changed to a state in which it goes on.
    #[serde(rename = "download:progress", rename_all = "camelCase")]
    DownloadProgress {
        download_id: DownloadId,
        /// `queued` or `running`.
        status: JobState,
        /// Fraction done, 0 to 1.
        progress: f64,
        /// Bytes that are here.
        bytes_downloaded: i64,
        /// Bytes of all files.
        bytes_total: i64,
        /// Files that are here, checked.
        files_done: i32,
        files_total: i32,
        /// Speed of the last seconds.
        bytes_per_second: Option<f64>,
        /// How long it will take at that speed.
        eta_seconds: Option<f64>,
        /// The file that was begun last.
        current_file: Option<String>,
        /// What it waits for, where something is the matter.
        message: Option<String>,
        /// The same, for programs.
        #[schema(value_type = Option<Failure>)]
        details: Option<serde_json::Value>,
    },
    /// A model is here.
    #[serde(rename = "download:complete", rename_all = "camelCase")]
    DownloadComplete {
        download_id: DownloadId,
        /// `completed`.
        status: JobState,
        model_id: ModelId,
    },
    /// A download failed.
    #[serde(rename = "download:error", rename_all = "camelCase")]
    DownloadError {
        download_id: DownloadId,
        /// `failed`.
        status: JobState,
        /// A sentence a person can act on.
        message: String,
        /// The same, for programs.
        #[schema(value_type = Option<Failure>)]
        details: Option<serde_json::Value>,
    },
    /// A download was paused by its owner and can go on.
    #[serde(rename = "download:paused", rename_all = "camelCase")]
    DownloadPaused {
        download_id: DownloadId,
        /// `paused`.
        status: JobState,
    },
    /// A download was stopped permanently.
    #[serde(rename = "download:cancelled", rename_all = "camelCase")]
    DownloadCancelled {
        download_id: DownloadId,
        /// `cancelled`.
        status: JobState,
    },
    /// A long text is spoken sentence by sentence.
    #[serde(rename = "voice:progress", rename_all = "camelCase")]
    VoiceProgress {
        voice_id: VoiceId,
        synthesis_id: SynthesisId,
        /// `running`.
        status: SynthesisState,
        /// Fraction of the text that is spoken, 0 to 1.
        progress: f64,
    },
    /// A synthesis is done.
    #[serde(rename = "voice:complete", rename_all = "camelCase")]
    VoiceComplete {
        voice_id: VoiceId,
        synthesis_id: SynthesisId,
        /// `completed`.
        status: SynthesisState,
        duration_seconds: f64,
    },
    /// A synthesis failed.
    #[serde(rename = "voice:error", rename_all = "camelCase")]
    VoiceError {
        voice_id: VoiceId,
        synthesis_id: SynthesisId,
        /// `failed`.
        status: SynthesisState,
        /// A sentence a person can act on.
        message: String,
        /// The same, for programs.
        #[schema(value_type = Option<Failure>)]
        details: Option<serde_json::Value>,
    },
    /// The reader was away for longer than events are kept: those up to `through` are gone.
    #[serde(rename = "events:expired", rename_all = "camelCase")]
    EventsExpired {
        /// The id of the last one that is gone.
        through: i64,
    },
}

/// A published event.
#[derive(Debug, Clone)]
pub struct Published {
    /// Its place in its user's order.
    pub id: i64,
    /// When it happened, by the database's clock.
    pub at: DateTime<Utc>,
    /// The frame that goes out: `{"id", "event", "data", "at"}`.
    pub frame: String,
    /// The row whose progress it tells, where a later progress of that row says all that it says.
    pub progress_of: Option<Uuid>,
}

/// What a reader gets that asks for everything after an id.
#[derive(Debug)]
pub struct Replay {
    /// The events, in order.
    pub events: Vec<Published>,
    /// Where events after that id have been deleted because of their age: the frame that says so.
    pub expired: Option<Published>,
}

impl Replay {
    /// Everything that goes out, in order.
    pub fn into_frames(self) -> Vec<Published> {
        self.expired.into_iter().chain(self.events).collect()
    }
}

/// Publishes in the caller's transaction. It locks the user's order until commit, so let it be the last statement.
pub async fn publish(tx: &mut PgConnection, user: UserId, event: &Event) -> Result<()> {
    let value = serde_json::to_value(event)?;
    let (name, data) = parts(&value);
    sqlx::query_scalar!(
        r#"SELECT publish_event($1, $2, $3) AS "id!""#,
        user.0,
        name,
        data
    )
    .fetch_one(tx)
    .await?;
    Ok(())
}

/// The name and the data of a serialized event.
fn parts(event: &serde_json::Value) -> (&str, &serde_json::Value) {
    (event["event"].as_str().unwrap_or_default(), &event["data"])
}

/// The user's events after `since`, in order, at most `limit`.
pub async fn replay(db: &PgPool, user: UserId, since: i64, limit: i64) -> Result<Replay> {
    let rows = sqlx::query!(
        "SELECT id, event, data, at FROM events WHERE user_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        user.0,
        since,
        limit
    )
    .fetch_all(db)
    .await?;
    // Asked after the rows were read: what was deleted before that is seen here.
    let horizon = sqlx::query_scalar!("SELECT id FROM event_horizons WHERE user_id = $1", user.0)
        .fetch_optional(db)
        .await?
        .unwrap_or(0);
    let events = rows
        .iter()
        .filter(|row| row.id > horizon)
        .map(|row| frame(row.id, &row.event, &row.data, row.at))
        .collect::<Result<_>>()?;
    let expired = (horizon > since).then(|| {
        let event = serde_json::to_value(Event::EventsExpired { through: horizon })?;
        let (name, data) = parts(&event);
        frame(horizon, name, data, Utc::now())
    });
    Ok(Replay {
        events,
        expired: expired.transpose()?,
    })
}

fn frame(id: i64, event: &str, data: &serde_json::Value, at: DateTime<Utc>) -> Result<Published> {
    #[derive(Serialize)]
    struct Frame<'a> {
        id: i64,
        event: &'a str,
        data: &'a serde_json::Value,
        at: DateTime<Utc>,
    }
    let row = event.strip_suffix(":progress").map(|noun| match noun {
        // A voice may be saying several things.
        "voice" => "synthesisId".to_owned(),
        noun => format!("{noun}Id"),
    });
    let progress_of = row
        .and_then(|row| data[row].as_str())
        .and_then(|row| Uuid::parse_str(row).ok());
    Ok(Published {
        id,
        at,
        frame: serde_json::to_string(&Frame {
            id,
            event,
            data,
            at,
        })?,
        progress_of,
    })
}

/// Leaves out every progress that a later one of the same row outdates: for readers that can't keep up.
pub fn merge(events: Vec<Published>) -> Vec<Published> {
    let mut told = std::collections::HashSet::new();
    let mut kept: Vec<Published> = events
        .into_iter()
        .rev()
        .filter(|event| event.progress_of.is_none_or(|row| told.insert(row)))
        .collect();
    kept.reverse();
    kept
}

/// The id of the user's newest event, 0 where there was none.
pub async fn newest(db: &PgPool, user: UserId) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"SELECT greatest((SELECT max(id) FROM events WHERE user_id = $1),
                           (SELECT id FROM event_horizons WHERE user_id = $1), 0) AS "id!""#,
        user.0
    )
    .fetch_one(db)
    .await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_keeps_the_last_progress_of_every_row_and_all_else_in_order() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let progress = |id, row: Uuid| {
            frame(
                id,
                "training:progress",
                &serde_json::json!({ "trainingId": row }),
                Utc::now(),
            )
            .unwrap()
        };
        let checkpoint = |id| {
            frame(
                id,
                "training:checkpoint",
                &serde_json::json!({ "trainingId": one }),
                Utc::now(),
            )
            .unwrap()
        };
        let events = vec![
            progress(1, one),
            checkpoint(2),
            progress(3, other),
            progress(4, one),
            checkpoint(5),
        ];
        let ids: Vec<i64> = merge(events).iter().map(|event| event.id).collect();
        assert_eq!(ids, [2, 3, 4, 5]);
    }
}
