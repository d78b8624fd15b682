//! What cancelled and failed downloads leave in a cache.

use std::{collections::BTreeSet, time::Duration};

use hub::{digest::Digest, names::RepoId, responses::RepoFile};
use sqlx::{PgPool, types::Json};

use crate::{Error, Result, ids::DownloadId};

/// What a download that was given up may have left on the disk.
#[derive(Debug)]
pub struct Leftovers {
    pub id: DownloadId,
    /// In whose part of the cache.
    pub repo: RepoId,
    /// Blobs that no other download needs.
    pub blobs: BTreeSet<Digest>,
}

/// What downloads that were cancelled, or failed `keep_failed` ago, may have left in `cache`.
pub async fn list(db: &PgPool, cache: &str, keep_failed: Duration) -> Result<Vec<Leftovers>> {
    let rows = sqlx::query!(
        r#"SELECT job.id AS "id: DownloadId", models.repo_id, job.files AS "files: Json<Vec<RepoFile>>",
                  (SELECT coalesce(jsonb_agg(file), '[]') FROM download_queue AS other
                   JOIN models AS its ON its.id = other.model_id, jsonb_array_elements(other.files) AS file
                   WHERE its.repo_id = models.repo_id AND other.id <> job.id
                     AND (other.status IN ('queued', 'running', 'paused')
                          OR (other.status = 'failed' AND other.completed_at > now() - make_interval(secs => $2)))
                  ) AS "wanted!: Json<Vec<RepoFile>>"
           FROM download_queue AS job JOIN models ON models.id = job.model_id
           WHERE job.cache = $1
             AND (job.status = 'cancelled'
                  OR (job.status = 'failed' AND job.completed_at <= now() - make_interval(secs => $2)))"#,
        cache,
        keep_failed.as_secs_f64()
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let digests = |files: &[RepoFile]| -> BTreeSet<Digest> {
                files.iter().map(|file| file.digest).collect()
            };
            let repo = row
                .repo_id
                .parse()
                .map_err(|error| Error::Internal(format!("a model's row: {error}")))?;
            Ok(Leftovers {
                id: row.id,
                repo,
                blobs: &digests(&row.files.0) - &digests(&row.wanted.0),
            })
        })
        .collect()
}

/// Those of these blobs that no download needs which is open, or failed less than `keep_failed` ago.
pub async fn unreferenced(
    db: &PgPool,
    repo: &RepoId,
    blobs: &BTreeSet<Digest>,
    keep_failed: Duration,
) -> Result<BTreeSet<Digest>> {
    let rows = sqlx::query_scalar!(
        r#"SELECT job.files AS "files: Json<Vec<RepoFile>>"
           FROM download_queue AS job JOIN models ON models.id = job.model_id
           WHERE models.repo_id = $1
             AND (job.status IN ('queued', 'running', 'paused')
                  OR (job.status = 'failed' AND job.completed_at > now() - make_interval(secs => $2)))"#,
        repo.as_str(),
        keep_failed.as_secs_f64()
    )
    .fetch_all(db)
    .await?;
    let wanted: BTreeSet<Digest> = rows
        .iter()
        .flat_map(|files| files.0.iter().map(|file| file.digest))
        .collect();
    Ok(blobs - &wanted)
}

/// Notes that what this download left was deleted.
pub async fn mark_deleted(db: &PgPool, id: DownloadId) -> Result<()> {
    sqlx::query!(
        "UPDATE download_queue SET cache = NULL
         WHERE id = $1 AND status IN ('cancelled', 'failed')",
        id.0
    )
    .execute(db)
    .await?;
    Ok(())
}
