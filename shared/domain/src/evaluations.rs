//! Evaluations of a training's voice: losses on held-out clips, and samples that it synthesizes.

use chrono::{DateTime, Utc};
use jobs::{JobState, Run};
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Error, Result,
    events::{self, Event},
    ids::{SampleId, TrainingId, UserId},
    measurements::{Recognition, Spoken, ValidationLosses},
    paging::{Items, Page},
    training::{self, Training},
};

/// How good a voice was at one step.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Evaluation {
    /// The last trained step; 0 before the first.
    pub step: i64,
    pub epoch: i32,
    /// On the clips that it is evaluated on.
    pub losses: ValidationLosses,
    /// How near what it said was to these clips; null of evaluations from before this was measured, and where it couldn't say
    /// one of them.
    pub spoken: Option<Spoken>,
    pub at: DateTime<Utc>,
}

/// A sentence that a voice said while it was trained.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SampleRow)]
pub struct Sample {
    pub id: SampleId,
    /// The last trained step; 0 before the first.
    pub step: i64,
    /// The clip that says the same.
    pub clip: String,
    pub text: String,
    /// Length of what was said.
    pub seconds: f64,
    /// Length of the clip.
    pub recorded_seconds: f64,
    /// Where its files lie in the storage.
    #[serde(skip)]
    pub file_path: String,
}

/// What belongs to a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleFile {
    Audio,
    /// The clip and what was said.
    Spectrogram,
    /// Letters and frames.
    Alignment,
}

impl SampleFile {
    const ALL: [Self; 3] = [Self::Audio, Self::Spectrogram, Self::Alignment];

    /// Its name in the folder and in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Audio => "speech.wav",
            Self::Spectrogram => "spectrogram.png",
            Self::Alignment => "alignment.png",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|file| file.name() == name)
    }

    /// Its media type.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Audio => "audio/wav",
            Self::Spectrogram | Self::Alignment => "image/png",
        }
    }
}

/// An evaluation whose samples are stored.
#[derive(Debug)]
pub struct NewEvaluation {
    /// The last trained step.
    pub step: i64,
    pub epoch: i32,
    /// On the clips that it is evaluated on.
    pub losses: ValidationLosses,
    /// How near what it said was to these clips.
    pub spoken: Option<Spoken>,
    /// Whether no earlier one was nearer in what it said.
    pub best: bool,
    /// What it said, in order.
    pub samples: Vec<NewSample>,
}

/// A sample whose files are stored.
#[derive(Debug)]
pub struct NewSample {
    /// The clip that says the same.
    pub clip: String,
    pub text: String,
    /// Length of what was said.
    pub seconds: f64,
    /// Length of the clip.
    pub recorded_seconds: f64,
    /// Where its files lie in the storage.
    pub file_path: String,
}

/// The newest `most` evaluations of a user's training, in order.
pub async fn list(
    db: &PgPool,
    user: UserId,
    training: TrainingId,
    most: i64,
) -> Result<Vec<Evaluation>> {
    training::find(db, user, training).await?;
    let mut rows: Vec<Evaluation> = sqlx::query!(
        "SELECT step, epoch, mel, kl, duration, mel_distance, duration_error, character_error_rate,
                recordings_character_error_rate, at
         FROM evaluations WHERE training_job_id = $1 ORDER BY step DESC LIMIT $2",
        training.0,
        most
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(|row| Evaluation {
        step: row.step,
        epoch: row.epoch,
        losses: ValidationLosses {
            mel: row.mel,
            kl: row.kl,
            duration: row.duration,
        },
        spoken: (row.mel_distance.zip(row.duration_error)).map(|(mel_distance, duration_error)| {
            Spoken {
                mel_distance,
                duration_error,
                recognition: (row.character_error_rate)
                    .zip(row.recordings_character_error_rate)
                    .map(|(of_voice, of_recordings)| Recognition {
                        character_error_rate: of_voice,
                        recordings_character_error_rate: of_recordings,
                    }),
            }
        }),
        at: row.at,
    })
    .collect();
    rows.reverse();
    Ok(rows)
}

/// The samples of a user's training, the newest first.
pub async fn samples(
    db: &PgPool,
    user: UserId,
    training: TrainingId,
    page: Page,
) -> Result<Items<Sample>> {
    training::find(db, user, training).await?;
    let rows = sqlx::query_as!(
        Sample,
        r#"SELECT id AS "id: SampleId", step, clip, text, seconds, recorded_seconds, file_path
           FROM samples
           WHERE training_job_id = $1
             AND ($2::uuid IS NULL OR (step, -number) < (SELECT step, -number FROM samples WHERE id = $2))
           ORDER BY step DESC, number LIMIT $3"#,
        training.0,
        page.cursor,
        page.limit + 1
    )
    .fetch_all(db)
    .await?;
    Ok(Items::from_probe(rows, page, |sample| sample.id.0))
}

/// One of them.
pub async fn sample(
    db: &PgPool,
    user: UserId,
    training: TrainingId,
    id: SampleId,
) -> Result<Sample> {
    training::find(db, user, training).await?;
    sqlx::query_as!(
        Sample,
        r#"SELECT id AS "id: SampleId", step, clip, text, seconds, recorded_seconds, file_path
           FROM samples WHERE id = $1 AND training_job_id = $2"#,
        id.0,
        training.0
    )
    .fetch_optional(db)
    .await?
    .ok_or(Error::NotFound("sample"))
}

/// The folders of the samples that this training has recorded.
pub async fn sample_folders(run: &Run<Training>) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        "SELECT file_path FROM samples WHERE training_job_id = $1",
        run.job.0
    )
    .fetch_all(run.db())
    .await?)
}

/// Records an evaluation whose samples are stored, and publishes an event. One that was made before at the same step is
/// replaced.
pub async fn record(run: &Run<Training>, new: &NewEvaluation) -> Result<()> {
    let mut tx = run.begin().await?;
    let recognition = new.spoken.and_then(|spoken| spoken.recognition);
    sqlx::query!(
        "DELETE FROM evaluations WHERE training_job_id = $1 AND step = $2",
        run.job.0,
        new.step
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT INTO evaluations (training_job_id, step, epoch, mel, kl, duration, mel_distance, duration_error,
                                  character_error_rate, recordings_character_error_rate)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        run.job.0,
        new.step,
        new.epoch,
        new.losses.mel,
        new.losses.kl,
        new.losses.duration,
        new.spoken.map(|spoken| spoken.mel_distance),
        new.spoken.map(|spoken| spoken.duration_error),
        recognition.map(|it| it.character_error_rate),
        recognition.map(|it| it.recordings_character_error_rate)
    )
    .execute(&mut *tx)
    .await?;
    let mut ids = Vec::with_capacity(new.samples.len());
    for (number, sample) in (0..).zip(&new.samples) {
        let id = SampleId(Uuid::new_v4());
        sqlx::query!(
            "INSERT INTO samples (id, training_job_id, step, number, clip, text, seconds, recorded_seconds, file_path)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            id.0,
            run.job.0,
            new.step,
            number,
            sample.clip,
            sample.text,
            sample.seconds,
            sample.recorded_seconds,
            sample.file_path
        )
        .execute(&mut *tx)
        .await?;
        ids.push(id);
    }
    let event = Event::TrainingSample {
        training_id: run.job,
        status: JobState::Running,
        epoch: new.epoch,
        step: new.step,
        losses: new.losses,
        spoken: new.spoken,
        best: new.best,
        sample_ids: ids,
    };
    events::publish(&mut tx, UserId::of(run), &event).await?;
    Ok(tx.commit().await?)
}
