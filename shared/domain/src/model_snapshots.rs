//! Installed models: commits whose files lie in the cache of a worker's machine.

use chrono::{DateTime, Utc};
use hub::names::{Commit, RepoId};
use sqlx::{PgConnection, PgPool};

use crate::{
    Result, columns,
    ids::{ModelId, UserId},
    model_kind::ModelKind,
    models::ModelAbout,
};

/// A commit that lies in a cache.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub repo: RepoId,
    pub commit: Commit,
    /// The cache: host and folder.
    pub cache: String,
    /// The folder of its files.
    pub folder: String,
    /// What its own files say.
    pub about: ModelAbout,
}

impl Snapshot {
    fn size_bytes(&self) -> Result<i64> {
        let size: u64 = self.about.files.iter().map(|file| file.size_bytes).sum();
        columns::bigint(size, "bytes of the model")
    }
}

/// A download has installed a model, which is its owner's now.
pub(crate) async fn install(
    tx: &mut PgConnection,
    id: ModelId,
    owner: UserId,
    snapshot: &Snapshot,
) -> Result<()> {
    sqlx::query!(
        "UPDATE models SET status = 'installed', cache = $2, file_path = $3, size_bytes = $4,
                           metadata = metadata || jsonb_build_object('files', $5::jsonb, 'network', $6::text)
         WHERE id = $1",
        id.0,
        snapshot.cache,
        snapshot.folder,
        snapshot.size_bytes()?,
        serde_json::to_value(&snapshot.about.files)?,
        snapshot.about.network
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT INTO model_owners (model_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        id.0,
        owner.0
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// An installed model lies in another cache now than the one in which it was, and with it whoever answers for it.
pub async fn relocate(db: &PgPool, id: ModelId, snapshot: &Snapshot) -> Result<()> {
    sqlx::query!(
        "UPDATE models SET cache = $2, file_path = $3 WHERE id = $1 AND status = 'installed'",
        id.0,
        snapshot.cache,
        snapshot.folder
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The database's time, to be read before a cache is looked through.
pub async fn database_time(db: &PgPool) -> Result<DateTime<Utc>> {
    Ok(sqlx::query_scalar!(r#"SELECT now() AS "now!""#)
        .fetch_one(db)
        .await?)
}

/// Updates the rows to what was found in `cache` at `looked_at`: what other programs have installed is listed, what they
/// have deleted is not any more. What is being downloaded is left alone. Answers how many rows changed.
pub async fn sync(
    db: &PgPool,
    cache: &str,
    found: &[Snapshot],
    looked_at: DateTime<Utc>,
) -> Result<u64> {
    let mut changed = 0;
    for snapshot in found {
        let done = sqlx::query!(
            "INSERT INTO models (name, type, repo_id, revision, size_bytes, status, cache, file_path, metadata, found)
             VALUES ($1, $2, $1, $3, $4, 'installed', $5, $6, $7, true)
             ON CONFLICT (repo_id, revision) DO UPDATE
                 SET status = 'installed', cache = $5, file_path = $6, size_bytes = $4,
                     metadata = models.metadata || jsonb_strip_nulls($7),
                     found = models.found OR NOT EXISTS (SELECT FROM model_owners WHERE model_id = models.id)
                 WHERE models.updated_at < $8
                   AND NOT EXISTS (SELECT FROM download_queue AS open WHERE open.model_id = models.id
                                     AND (open.status IN ('queued', 'running', 'paused')
                                          OR (open.status <> 'completed' AND open.cache = $5)))
                   AND (models.status = 'available'
                        OR (models.status = 'installed' AND models.cache = $5
                            AND models.metadata -> 'files' IS DISTINCT FROM $7::jsonb -> 'files'))",
            snapshot.repo.as_str(),
            ModelKind::of_network(snapshot.about.network.as_deref()) as ModelKind,
            snapshot.commit.as_str(),
            snapshot.size_bytes()?,
            cache,
            snapshot.folder,
            serde_json::to_value(&snapshot.about)?,
            looked_at
        )
        .execute(db)
        .await?;
        changed += done.rows_affected();
    }
    let (repos, commits): (Vec<String>, Vec<String>) = found
        .iter()
        .map(|snapshot| (snapshot.repo.to_string(), snapshot.commit.to_string()))
        .unzip();
    let gone = sqlx::query!(
        "UPDATE models SET status = 'available', cache = NULL, file_path = NULL, found = false
         WHERE cache = $1 AND status = 'installed' AND updated_at < $4
           AND (repo_id, revision) NOT IN (SELECT * FROM unnest($2::text[], $3::text[]))",
        cache,
        &repos,
        &commits,
        looked_at
    )
    .execute(db)
    .await?;
    Ok(changed + gone.rows_affected())
}
