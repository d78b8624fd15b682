//! Copies of installed models in the storage, so that a training may begin from a model wherever it runs. A model lies in the Hub
//! cache of the machine that installed it; one that a worker of another machine needs is copied into the storage, once.

use std::time::Duration;

use hub::names::{Commit, RepoId, Revision};
use jobs::{Run, signal};
use sqlx::{PgPool, types::Json};
use uuid::Uuid;

use crate::{
    Result, folders,
    ids::{ModelCopyId, ModelId, UserId},
    models::{self, ModelAbout},
    storage::StoredFile,
    training::Training,
};

/// A copy that is needed by no open training is kept this many seconds longer.
const UNUSED_TTL_SECONDS: f64 = 86_400.0;

/// A model in the storage.
#[derive(Debug, Clone)]
pub struct ModelCopy {
    pub id: ModelCopyId,
    pub files: Vec<StoredFile>,
}

impl ModelCopy {
    /// Where its files lie in the storage.
    pub fn folder(&self) -> String {
        folders::model_copy(self.id)
    }
}

/// A copy that is needed, of a model of this machine.
#[derive(Debug, Clone)]
pub struct RequestedCopy {
    pub id: ModelCopyId,
    pub repo: String,
    /// The folder of the model's files on this machine.
    pub folder: String,
}

impl ModelCopyId {
    /// Of the lock under which a copy is made. Ids are random, so half of one is as good as the whole.
    pub fn lock_key(self) -> i64 {
        let (high, _) = self.0.as_u64_pair();
        high.cast_signed()
    }
}

/// The copy of a model; `None` where there is none yet.
pub async fn find(db: &PgPool, model: ModelId) -> Result<Option<ModelCopy>> {
    let row = sqlx::query!(
        r#"SELECT id AS "id: ModelCopyId", files AS "files!: Json<Vec<StoredFile>>" FROM model_copies
           WHERE model_id = $1 AND files IS NOT NULL"#,
        model.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| ModelCopy {
        id: row.id,
        files: row.files.0,
    }))
}

/// Asks the machine that has the model for a copy, on behalf of a training.
pub async fn request(run: &Run<Training>, model: ModelId) -> Result<()> {
    let mut tx = run.begin().await?;
    sqlx::query!(
        "INSERT INTO model_copies (id, model_id) VALUES ($1, $2) ON CONFLICT (model_id) DO NOTHING",
        Uuid::new_v4(),
        model.0
    )
    .execute(&mut *tx)
    .await?;
    signal::notify(&mut tx, model.0).await?;
    Ok(tx.commit().await?)
}

/// The copies that are needed of models in this cache.
pub async fn requested(db: &PgPool, cache: &str) -> Result<Vec<RequestedCopy>> {
    Ok(sqlx::query_as!(
        RequestedCopy,
        r#"SELECT model_copies.id AS "id: ModelCopyId", models.repo_id AS repo, models.file_path AS "folder!"
           FROM model_copies JOIN models ON models.id = model_copies.model_id
           WHERE model_copies.files IS NULL AND models.cache = $1 AND models.status = 'installed'
           ORDER BY model_copies.created_at"#,
        cache
    )
    .fetch_all(db)
    .await?)
}

/// A copy that is needed, and that the machine which has the model has not made: it may never come back.
#[derive(Debug, Clone)]
pub struct OverdueCopy {
    pub id: ModelCopyId,
    pub model: ModelId,
    pub repo: RepoId,
    pub commit: Commit,
    /// Its branch or tag when it was installed, else the commit.
    pub revision: Revision,
    /// The files of the commit that were installed.
    pub paths: Vec<String>,
    /// Whose training needs it.
    pub user: UserId,
}

/// The copies that were requested from another cache than this one more than `patience` ago, for trainings that are open.
pub async fn overdue(db: &PgPool, cache: &str, patience: Duration) -> Result<Vec<OverdueCopy>> {
    let rows = sqlx::query!(
        r#"SELECT DISTINCT ON (model_copies.id) model_copies.id, models.id AS model, models.repo_id, models.revision,
                  models.metadata AS "about: Json<ModelAbout>", training_jobs.user_id
           FROM model_copies
                JOIN models ON models.id = model_copies.model_id
                JOIN training_jobs ON training_jobs.model_id = models.id
           WHERE model_copies.files IS NULL AND model_copies.created_at < now() - make_interval(secs => $2)
             AND models.cache <> $1 AND models.status = 'installed'
             AND training_jobs.status IN ('queued', 'running', 'paused')
           ORDER BY model_copies.id, training_jobs.created_at"#,
        cache,
        patience.as_secs_f64()
    )
    .fetch_all(db)
    .await?;
    let copies = rows.into_iter().map(|row| {
        let (repo, commit) = models::parse_commit(&row.repo_id, &row.revision)?;
        let about = row.about.0;
        Ok(OverdueCopy {
            id: ModelCopyId(row.id),
            model: ModelId(row.model),
            repo,
            commit,
            revision: models::parse_revision(about.branch.as_ref().unwrap_or(&row.revision))?,
            paths: about.files.into_iter().map(|file| file.path).collect(),
            user: UserId(row.user_id),
        })
    });
    copies.collect()
}

/// The files of a copy have arrived.
pub async fn record(db: &PgPool, id: ModelCopyId, files: &[StoredFile]) -> Result<()> {
    sqlx::query!(
        "UPDATE model_copies SET files = $2 WHERE id = $1",
        id.0,
        serde_json::to_value(files)?
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets the copies that no open training needs; their folders go as those of other rows that are gone.
pub async fn prune(db: &PgPool) -> Result<u64> {
    let pruned = sqlx::query!(
        "DELETE FROM model_copies
         WHERE created_at < now() - make_interval(secs => $1)
           AND NOT EXISTS (SELECT FROM training_jobs WHERE training_jobs.model_id = model_copies.model_id
                             AND status IN ('queued', 'running', 'paused'))",
        UNUSED_TTL_SECONDS
    )
    .execute(db)
    .await?;
    Ok(pruned.rows_affected())
}
