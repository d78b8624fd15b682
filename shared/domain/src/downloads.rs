//! Downloads: jobs that install a model. docs/jobs.md draws their states.
//! Commit and files are chosen when a download is asked for, so however long it takes, what comes is what was seen.

use chrono::{DateTime, Utc};
use hub::{
    download::DownloadRequest,
    names::{Commit, RepoId, Revision},
    progress::ProgressSnapshot,
    responses::{ModelInfo, RepoFile},
};
use jobs::{Change, JobKind, JobState, Reason, Run, signal};
use serde::Serialize;
use sqlx::{PgConnection, PgPool, types::Json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Error, Result, columns,
    conflict::Conflict,
    events::{self, Event},
    failure::Failure,
    idempotency::{self, IdempotencyKey},
    ids::{DownloadId, ModelId, UserId},
    model_kind::ModelKind,
    model_snapshots::{self, Snapshot},
    models::{self, ModelAbout},
    paging::{Items, Page},
    preferences,
    queue::Queue,
};

/// A download, as its owner sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Download {
    pub id: DownloadId,
    pub status: JobState,
    pub model_id: ModelId,
    /// From which repository.
    pub repo_id: String,
    /// The branch, tag or commit that was asked for.
    pub revision: String,
    pub commit: String,
    /// Fraction done, 0 to 1.
    pub progress: f64,
    /// Bytes that are here.
    pub bytes_downloaded: i64,
    /// Bytes of all files.
    pub bytes_total: i64,
    /// Files that are here, checked.
    pub files_done: i32,
    pub files_total: i32,
    /// Speed of the last seconds; null where nothing is being fetched.
    pub bytes_per_second: Option<f64>,
    /// How long it will take at that speed.
    pub eta_seconds: Option<f64>,
    /// The file that was begun last.
    pub current_file: Option<String>,
    /// Runs since it last got further.
    pub attempts: i32,
    /// Why it failed, or what it waits for.
    pub error_message: Option<String>,
    /// Why it failed, or what it waits for, for programs.
    #[schema(value_type = Option<Failure>)]
    pub error_details: Option<serde_json::Value>,
    /// Where it waits, when it is tried again at the earliest.
    pub ready_at: DateTime<Utc>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When its first run began.
    pub started_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
}

/// What a download is to fetch.
#[derive(Debug)]
pub struct NewDownload<'a> {
    /// What the Hub says of the commit.
    pub info: &'a ModelInfo,
    pub revision: &'a Revision,
    /// The chosen files; not none.
    pub files: Vec<RepoFile>,
}

/// What became of a download that has just changed.
struct Changed {
    progress: f64,
    bytes_downloaded: i64,
    bytes_total: i64,
    files_done: i32,
    files_total: i32,
    current_file: Option<String>,
}

impl Changed {
    fn event(self, id: DownloadId, status: JobState, reason: Option<&Reason>) -> Event {
        Event::DownloadProgress {
            download_id: id,
            status,
            progress: self.progress,
            bytes_downloaded: self.bytes_downloaded,
            bytes_total: self.bytes_total,
            files_done: self.files_done,
            files_total: self.files_total,
            bytes_per_second: None,
            eta_seconds: None,
            current_file: self.current_file,
            message: reason.map(|reason| reason.message().into()),
            details: reason.and_then(Reason::details).cloned(),
        }
    }
}

/// Asks for a model: row and wake-up in one transaction. Where the user has asked for the same commit and it is on its way,
/// that download is answered.
pub async fn create(
    db: &PgPool,
    user: UserId,
    new: NewDownload<'_>,
    key: Option<&IdempotencyKey>,
) -> Result<Download> {
    let NewDownload {
        info,
        revision,
        files,
    } = new;
    let about = ModelAbout {
        licence: info.model.licence.clone(),
        pipeline_tag: info.model.pipeline_tag.clone(),
        network: info.model_type.clone(),
        branch: revision.as_commit().is_none().then(|| revision.to_string()),
        files: Vec::new(),
    };
    let kind = ModelKind::of_task(info.model.pipeline_tag.as_deref());
    let mut tx = db.begin().await?;
    // Locks the model's row: who asks for the same at the same moment sees this download.
    let model = models::upsert(&mut tx, &info.model.repo_id, &info.commit, kind, &about).await?;
    let open = sqlx::query!(
        r#"SELECT id AS "id: DownloadId", files AS "files: Json<Vec<RepoFile>>" FROM download_queue
           WHERE user_id = $1 AND model_id = $2 AND status IN ('queued', 'running', 'paused')"#,
        user.0,
        model.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    let id = open
        .as_ref()
        .map_or_else(|| DownloadId(Uuid::new_v4()), |open| open.id);
    if let Some(key) = key
        && let Some(first) = idempotency::claim(&mut tx, user, key, id.0).await?
    {
        // Nobody holds one connection while waiting for another.
        drop(tx);
        return find(db, user, DownloadId(first)).await;
    }
    match open {
        Some(open) if open.files.0 == files => {}
        Some(_) => {
            return Err(Conflict::DownloadInProgress.into());
        }
        None => {
            let bytes: u64 = files.iter().map(|file| file.size_bytes).sum();
            sqlx::query!(
                "INSERT INTO download_queue (id, user_id, model_id, asked_revision, files, files_total, bytes_total)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                id.0,
                user.0,
                model.0,
                revision.as_str(),
                serde_json::to_value(&files)?,
                columns::integer(files.len(), "files of the download")?,
                columns::bigint(bytes, "bytes of the download")?
            )
            .execute(&mut *tx)
            .await?;
            let limit = preferences::max_concurrent_downloads(&mut tx, user).await?;
            jobs::admission::set_user_limit(&mut tx, Download::QUEUE, user.0, limit).await?;
            jobs::admission::enqueue::<Download>(&mut tx, id, user.0).await?;
        }
    }
    tx.commit().await?;
    find(db, user, id).await
}

/// The columns of [`Download`] and the tables that they stand in, read by the rest of the statement.
macro_rules! query_downloads {
    ($rest:literal, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            Download,
            r#"SELECT job.id AS "id: DownloadId", job.status AS "status: JobState", job.model_id AS "model_id: ModelId",
                  models.repo_id, job.asked_revision AS revision, models.revision AS commit, job.progress,
                  job.bytes_downloaded, job.bytes_total, job.files_done, job.files_total, job.bytes_per_second,
                  (job.bytes_total - job.bytes_downloaded) / nullif(job.bytes_per_second, 0) AS eta_seconds,
                  job.current_file, jobs.attempts, job.error_message, jobs.error_details, jobs.ready_at, job.created_at, job.started_at,
                  job.completed_at, job.updated_at
           FROM download_queue AS job JOIN jobs USING (id) JOIN models ON models.id = job.model_id
"# + $rest,
            $($argument),+
        )
    };
}

/// One of the user's downloads.
pub async fn find(db: &PgPool, user: UserId, id: DownloadId) -> Result<Download> {
    query_downloads!(
        r#"           WHERE job.id = $1 AND job.user_id = $2"#,
        id.0,
        user.0
    )
    .fetch_optional(db)
    .await?
    .ok_or(Error::NotFound("download"))
}

/// The user's downloads, newest first.
pub async fn list(db: &PgPool, user: UserId, page: Page) -> Result<Items<Download>> {
    let rows = query_downloads!(
        r#"           WHERE job.user_id = $1
             AND ($2::uuid IS NULL OR (job.created_at, job.id) < (SELECT created_at, id FROM download_queue WHERE id = $2))
           ORDER BY job.created_at DESC, job.id DESC LIMIT $3"#,
        user.0,
        page.cursor,
        page.limit + 1
    )
    .fetch_all(db)
    .await?;
    Ok(Items::from_probe(rows, page, |row| row.id.0))
}

impl JobKind for Download {
    const KIND: &'static str = "download";
    const QUEUE: &'static str = Queue::Downloads.name();
    /// It keeps what came for another attempt; cancelled, it gives that up.
    const CANCELLABLE_WHEN_FAILED: bool = true;
    type Id = DownloadId;
    type Output = Snapshot;

    async fn record_output(
        tx: &mut PgConnection,
        id: DownloadId,
        owner: Uuid,
        snapshot: Snapshot,
    ) -> jobs::Result<()> {
        let user = UserId(owner);
        let model = sqlx::query_scalar!(
            r#"UPDATE download_queue
               SET cache = NULL, progress = 1, bytes_downloaded = bytes_total, files_done = files_total,
                   bytes_per_second = NULL, current_file = NULL
               WHERE id = $1 RETURNING model_id AS "model: ModelId""#,
            id.0
        )
        .fetch_one(&mut *tx)
        .await?;
        model_snapshots::install(tx, model, user, &snapshot).await?;
        let event = Event::DownloadComplete {
            download_id: id,
            status: JobState::Completed,
            model_id: model,
        };
        Ok(events::publish(tx, user, &event).await?)
    }

    async fn changed(
        tx: &mut PgConnection,
        id: DownloadId,
        owner: Uuid,
        change: &Change,
    ) -> jobs::Result<()> {
        let changed = sqlx::query_as!(
            Changed,
            "UPDATE download_queue SET bytes_per_second = NULL WHERE id = $1
             RETURNING progress, bytes_downloaded, bytes_total, files_done, files_total, current_file",
            id.0
        )
        .fetch_one(&mut *tx)
        .await?;
        let status = change.state;
        let event = match (status, &change.reason) {
            (JobState::Paused, _) => Event::DownloadPaused {
                download_id: id,
                status,
            },
            (JobState::Cancelled, _) => {
                // Somebody has to delete what it has left.
                signal::notify(tx, id.0).await?;
                Event::DownloadCancelled {
                    download_id: id,
                    status,
                }
            }
            (JobState::Failed, Some(reason)) => Event::DownloadError {
                download_id: id,
                status,
                message: reason.message().into(),
                details: reason.details().cloned(),
            },
            (_, reason) => changed.event(id, status, reason.as_ref()),
        };
        Ok(events::publish(tx, UserId(owner), &event).await?)
    }
}

/// Begins this download in `cache`: what it is to fetch.
pub async fn begin(run: &Run<Download>, cache: &str) -> Result<DownloadRequest> {
    let mut tx = run.begin().await?;
    let row = sqlx::query!(
        r#"UPDATE download_queue AS job SET cache = $2 FROM models
           WHERE job.id = $1 AND models.id = job.model_id
           RETURNING models.repo_id, models.revision, job.asked_revision, job.files AS "files: Json<Vec<RepoFile>>""#,
        run.job.0,
        cache
    )
    .fetch_one(&mut *tx)
    .await?;
    tx.commit().await?;
    let (repo, commit): (RepoId, Commit) = models::parse_commit(&row.repo_id, &row.revision)?;
    Ok(DownloadRequest {
        repo,
        revision: models::parse_revision(&row.asked_revision)?,
        commit,
        files: row.files.0,
    })
}

/// Tells how far it is. One that has more than ever before has proved that it gets on: its attempts count anew.
/// Answers how many bytes a second its owner's downloads may be together; 0 is no limit.
pub async fn progress(
    run: &Run<Download>,
    snapshot: &ProgressSnapshot,
    bytes_per_second: f64,
) -> Result<u64> {
    let bytes = columns::bigint(snapshot.bytes, "bytes that are here")?;
    let mut tx = run.begin().await?;
    let further = sqlx::query_scalar!(
        r#"SELECT $2 > bytes_reached AS "further!" FROM download_queue WHERE id = $1"#,
        run.job.0,
        bytes
    )
    .fetch_one(&mut *tx)
    .await?;
    if further {
        run.made_progress(&mut tx).await?;
    }
    let changed = sqlx::query_as!(
        Changed,
        "UPDATE download_queue
         SET bytes_downloaded = least($2, bytes_total), files_done = least($3, files_total), current_file = $4,
             bytes_per_second = $5,
             progress = CASE WHEN bytes_total = 0 THEN files_done::double precision / files_total
                             ELSE least($2::double precision / bytes_total, 1) END,
             bytes_reached = greatest(bytes_reached, $2)
         WHERE id = $1
         RETURNING progress, bytes_downloaded, bytes_total, files_done, files_total, current_file",
        run.job.0,
        bytes,
        columns::integer(snapshot.files, "files that are here")?,
        snapshot.file.as_ref().map(|file| file.as_str()),
        bytes_per_second
    )
    .fetch_one(&mut *tx)
    .await?;
    let left = (changed.bytes_total - changed.bytes_downloaded) as f64;
    let mut event = changed.event(run.job, JobState::Running, None);
    if let Event::DownloadProgress {
        bytes_per_second: speed,
        eta_seconds,
        ..
    } = &mut event
    {
        *speed = Some(bytes_per_second);
        *eta_seconds = (bytes_per_second > 0.0).then(|| left / bytes_per_second);
    }
    events::publish(&mut tx, UserId::of(run), &event).await?;
    let limit = preferences::max_bytes_per_second(&mut tx, UserId::of(run)).await?;
    tx.commit().await?;
    Ok(limit)
}

/// How many bytes a second the downloads of a run's owner may be together; 0 is no limit.
pub async fn max_bytes_per_second(run: &Run<Download>) -> Result<u64> {
    let mut connection = run.db().acquire().await?;
    preferences::max_bytes_per_second(&mut connection, UserId::of(run)).await
}
