//! Recordings with transcripts. An uploaded archive is `preparing` until a worker has checked and normalised it, then
//! `ready` or `failed`. A dataset without an owner is the shipped sample, which everybody sees and nobody deletes.

use chrono::{DateTime, Utc};
use jobs::{Change, JobKind, JobState, Run};
use serde::Serialize;
use sqlx::{PgConnection, PgPool, types::Json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Error, Result, columns,
    conflict::{Conflict, InvalidValue},
    events::{self, Event},
    exclusion::Exclusion,
    failure::Failure,
    folders,
    idempotency::{self, IdempotencyKey},
    ids::{DatasetId, UserId},
    paging::{Items, Page},
    queue::Queue,
    states::DatasetState,
};

/// A dataset, as its owner sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dataset {
    pub id: DatasetId,
    pub name: String,
    /// `speech`.
    pub r#type: String,
    pub status: DatasetState,
    pub size_bytes: i64,
    /// Clips that can be trained from.
    pub record_count: i32,
    /// Their length together.
    pub duration_seconds: f64,
    /// ISO 639 code.
    pub language: String,
    /// Whether it is the shipped sample dataset.
    pub sample: bool,
    /// What the check found, once it is done.
    #[schema(value_type = Object)]
    pub report: serde_json::Value,
    /// Why it was refused.
    pub error_message: Option<String>,
    /// Why it was refused, for programs.
    #[schema(value_type = Option<Failure>)]
    pub error_details: Option<serde_json::Value>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Where its files lie in the storage.
    #[serde(skip)]
    pub file_path: String,
    /// Where the uploaded archive lies, while it is prepared.
    #[serde(skip)]
    pub upload_path: Option<String>,
}

/// One recording with its transcript.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Clip {
    /// Its name, unique in the dataset.
    pub id: String,
    pub text: String,
    /// Its phonemes, where the dataset brings them: what a voice of phonemes is taught.
    pub phonemes: Option<String>,
    /// Who speaks, where the dataset says so.
    pub speaker: Option<String>,
    /// How long it is; null where there is no readable audio.
    pub duration_seconds: Option<f64>,
    /// Why it isn't trained from; null where it is.
    pub excluded_reason: Option<String>,
    /// Why it isn't trained from, for programs.
    #[schema(value_type = Option<Exclusion>)]
    pub excluded_details: Option<Json<Exclusion>>,
    /// Where its audio lies in the storage.
    #[serde(skip)]
    pub file_path: Option<String>,
}

impl Clip {
    /// Leaves it out.
    pub fn exclude(&mut self, reason: Exclusion) {
        self.excluded_reason = Some(reason.to_string());
        self.excluded_details = Some(Json(reason));
    }
}

/// What preparing a dataset gives.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Every clip of the archive, also those left out.
    pub clips: Vec<Clip>,
    /// Bytes stored.
    pub size_bytes: u64,
    /// The report for people.
    pub report: serde_json::Value,
}

/// An archive that was received and stored.
#[derive(Debug)]
pub struct NewDataset {
    /// Chosen before the upload, since the storage key holds it.
    pub id: DatasetId,
    pub name: String,
    /// Where the archive lies in the storage.
    pub upload_path: String,
    pub size_bytes: i64,
}

/// Writes the row of an uploaded archive and wakes a worker, in one transaction.
pub async fn create(
    db: &PgPool,
    user: UserId,
    new: NewDataset,
    key: Option<&IdempotencyKey>,
) -> Result<Dataset> {
    let mut tx = db.begin().await?;
    if let Some(key) = key
        && let Some(first) = idempotency::claim(&mut tx, user, key, new.id.0).await?
    {
        // Nobody holds one connection while waiting for another.
        drop(tx);
        return find(db, user, DatasetId(first)).await;
    }
    sqlx::query!(
        "INSERT INTO datasets (id, user_id, name, status, file_path, upload_path, size_bytes)
         VALUES ($1, $2, $3, 'preparing', $4, $5, $6)",
        new.id.0,
        user.0,
        new.name,
        folders::dataset(new.id),
        new.upload_path,
        new.size_bytes
    )
    .execute(&mut *tx)
    .await?;
    jobs::admission::enqueue::<Dataset>(&mut tx, new.id, user.0).await?;
    tx.commit().await?;
    find(db, user, new.id).await
}

/// Puts the shipped dataset into the catalogue, or brings it up to date. Its bytes are stored already.
pub async fn install_sample(
    db: &PgPool,
    id: DatasetId,
    name: &str,
    prepared: Prepared,
) -> Result<()> {
    let mut tx = db.begin().await?;
    sqlx::query!(
        "INSERT INTO datasets (id, name, status, file_path) VALUES ($1, $2, 'ready', $3)
         ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name",
        id.0,
        name,
        folders::dataset(id)
    )
    .execute(&mut *tx)
    .await?;
    write_clips(&mut tx, id, &prepared).await?;
    tx.commit().await?;
    Ok(())
}

/// The columns of [`Dataset`], read by the rest of the statement.
macro_rules! query_datasets {
    ($rest:literal, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            Dataset,
            r#"SELECT id AS "id: DatasetId", name, type, status AS "status: DatasetState", size_bytes, record_count,
                  duration_seconds, language, user_id IS NULL AS "sample!", metadata AS report, error_message,
                  (SELECT error_details FROM jobs WHERE jobs.id = datasets.id) AS error_details,
                  created_at, updated_at, file_path, upload_path
           FROM datasets"# + $rest,
            $($argument),+
        )
    };
}

/// One dataset that the user may see.
pub async fn find(db: &PgPool, user: UserId, id: DatasetId) -> Result<Dataset> {
    query_datasets!(
        r#" WHERE id = $1 AND (user_id = $2 OR user_id IS NULL)"#,
        id.0,
        user.0
    )
    .fetch_optional(db)
    .await?
    .ok_or(Error::NotFound("dataset"))
}

/// The user's datasets and the sample, newest first.
pub async fn list(db: &PgPool, user: UserId, page: Page) -> Result<Items<Dataset>> {
    let rows = query_datasets!(
        r#" WHERE (user_id = $1 OR user_id IS NULL)
             AND ($2::uuid IS NULL OR (created_at, id) < (SELECT created_at, id FROM datasets WHERE id = $2))
           ORDER BY created_at DESC, id DESC LIMIT $3"#,
        user.0,
        page.cursor,
        page.limit + 1
    )
    .fetch_all(db)
    .await?;
    Ok(Items::from_probe(rows, page, |row| row.id.0))
}

/// Why this dataset can't be trained from; where none is named, the shipped sample.
pub(crate) async fn why_not_ready(db: &PgPool, user: UserId, id: Option<DatasetId>) -> Error {
    let Some(id) = id else {
        return Error::NotFound("sample dataset");
    };
    match find(db, user, id).await {
        Ok(found) => Error::Conflict(Conflict::DatasetNotReady {
            name: found.name,
            status: found.status,
        }),
        Err(Error::NotFound(_)) => Error::Invalid {
            pointer: "/datasetId",
            reason: InvalidValue::DatasetNotFound,
        },
        Err(error) => error,
    }
}

/// All clips of a dataset that the user may see, by name.
pub async fn clips(db: &PgPool, user: UserId, id: DatasetId) -> Result<Vec<Clip>> {
    find(db, user, id).await?;
    Ok(sqlx::query_as!(
        Clip,
        r#"SELECT name AS id, text, phonemes, speaker, duration_seconds, excluded_reason,
                  excluded_details AS "excluded_details: Json<Exclusion>", file_path FROM clips
         WHERE dataset_id = $1 ORDER BY name"#,
        id.0
    )
    .fetch_all(db)
    .await?)
}

/// Where a clip's audio lies in the storage.
pub async fn clip_path(db: &PgPool, user: UserId, id: DatasetId, clip: &str) -> Result<String> {
    find(db, user, id).await?;
    sqlx::query_scalar!(
        "SELECT file_path FROM clips WHERE dataset_id = $1 AND name = $2",
        id.0,
        clip
    )
    .fetch_optional(db)
    .await?
    .flatten()
    .ok_or(Error::NotFound("clip"))
}

/// Deletes the user's own dataset; answers the storage folders to delete after it. One that is still being prepared is
/// stopped.
pub async fn delete(db: &PgPool, user: UserId, id: DatasetId) -> Result<[String; 2]> {
    let dataset = find(db, user, id).await?;
    if dataset.sample {
        return Err(Conflict::SampleDataset.into());
    }
    let mut tx = db.begin().await?;
    if !jobs::control::lock::<Dataset>(&mut tx, user.0, id)
        .await?
        .is_ended()
    {
        let event = Event::DatasetCancelled {
            dataset_id: id,
            status: DatasetState::Cancelled,
        };
        events::publish(&mut tx, user, &event).await?;
    }
    jobs::control::delete(&mut tx, &[id.0]).await?;
    sqlx::query!("DELETE FROM datasets WHERE id = $1", id.0)
        .execute(&mut *tx)
        .await
        .map_err(Error::from)
        .map_err(|error| {
            if error.violates("training_jobs_dataset_id_fkey") {
                Conflict::DatasetInUse.into()
            } else {
                error
            }
        })?;
    tx.commit().await?;
    Ok([dataset.file_path, folders::upload(id)])
}

async fn write_clips(tx: &mut PgConnection, id: DatasetId, prepared: &Prepared) -> Result<()> {
    let clips = &prepared.clips;
    let usable = || clips.iter().filter(|clip| clip.excluded_reason.is_none());
    sqlx::query!("DELETE FROM clips WHERE dataset_id = $1", id.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        "INSERT INTO clips (dataset_id, name, text, phonemes, speaker, file_path, duration_seconds, excluded_reason, excluded_details)
         SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::double precision[], $8::text[], $9::jsonb[])",
        id.0,
        &clips.iter().map(|clip| clip.id.clone()).collect::<Vec<_>>(),
        &clips.iter().map(|clip| clip.text.clone()).collect::<Vec<_>>(),
        &clips.iter().map(|clip| clip.phonemes.clone()).collect::<Vec<_>>() as &[Option<String>],
        &clips.iter().map(|clip| clip.speaker.clone()).collect::<Vec<_>>() as &[Option<String>],
        &clips.iter().map(|clip| clip.file_path.clone()).collect::<Vec<_>>() as &[Option<String>],
        &clips.iter().map(|clip| clip.duration_seconds).collect::<Vec<_>>() as &[Option<f64>],
        &clips.iter().map(|clip| clip.excluded_reason.clone()).collect::<Vec<_>>() as &[Option<String>],
        &clips.iter().map(|clip| clip.excluded_details.clone()).collect::<Vec<_>>() as &[Option<Json<Exclusion>>],
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "UPDATE datasets SET upload_path = NULL, size_bytes = $2, record_count = $3,
                             duration_seconds = $4, metadata = $5
         WHERE id = $1",
        id.0,
        columns::bigint(prepared.size_bytes, "bytes of the dataset")?,
        columns::integer(usable().count(), "clips of the dataset")?,
        usable()
            .filter_map(|clip| clip.duration_seconds)
            .sum::<f64>(),
        prepared.report
    )
    .execute(tx)
    .await?;
    Ok(())
}

impl JobKind for Dataset {
    const KIND: &'static str = "dataset";
    const QUEUE: &'static str = Queue::Datasets.name();
    const PAUSABLE: bool = false;
    type Id = DatasetId;
    type Output = Prepared;

    async fn record_output(
        tx: &mut PgConnection,
        id: DatasetId,
        owner: Uuid,
        prepared: Prepared,
    ) -> jobs::Result<()> {
        write_clips(tx, id, &prepared).await?;
        let event = Event::DatasetComplete {
            dataset_id: id,
            status: DatasetState::Ready,
        };
        Ok(events::publish(tx, UserId(owner), &event).await?)
    }

    async fn changed(
        tx: &mut PgConnection,
        id: DatasetId,
        owner: Uuid,
        change: &Change,
    ) -> jobs::Result<()> {
        if change.permanent {
            // The archive goes with the end.
            sqlx::query!("UPDATE datasets SET upload_path = NULL WHERE id = $1", id.0)
                .execute(&mut *tx)
                .await?;
        }
        let event = match (change.state, &change.reason) {
            (JobState::Failed, Some(reason)) => Event::DatasetError {
                dataset_id: id,
                status: DatasetState::Failed,
                message: reason.message().into(),
                details: reason.details().cloned(),
            },
            (JobState::Cancelled, _) => Event::DatasetCancelled {
                dataset_id: id,
                status: DatasetState::Cancelled,
            },
            _ => return Ok(()),
        };
        Ok(events::publish(tx, UserId(owner), &event).await?)
    }

    async fn check_resumable(tx: &mut PgConnection, id: DatasetId) -> jobs::Result<()> {
        let kept = sqlx::query_scalar!(
            r#"SELECT upload_path IS NOT NULL AS "kept!" FROM datasets WHERE id = $1"#,
            id.0
        )
        .fetch_one(tx)
        .await?;
        if kept {
            return Ok(());
        }
        Err(Error::from(Conflict::UploadGone).into())
    }
}

/// The dataset that a run prepares.
pub async fn of_run(run: &Run<Dataset>) -> Result<Dataset> {
    find(run.db(), UserId::of(run), run.job).await
}

pub async fn progress(run: &Run<Dataset>, clips_done: usize, clips_total: usize) -> Result<()> {
    let mut tx = run.begin().await?;
    let event = Event::DatasetProgress {
        dataset_id: run.job,
        status: DatasetState::Preparing,
        clips_done: columns::integer(clips_done, "clips that are checked")?,
        clips_total: columns::integer(clips_total, "clips of the archive")?,
    };
    events::publish(&mut tx, UserId::of(run), &event).await?;
    Ok(tx.commit().await?)
}

/// The fixed id of the shipped sample dataset, the same in every installation.
pub const SAMPLE_ID: DatasetId =
    DatasetId(Uuid::from_u128(0x5a3f_1e00_0000_4000_8000_0000_0000_0001));
