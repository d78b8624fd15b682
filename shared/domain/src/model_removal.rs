//! Models that go: taken from their owners, and deleted when they are nobody's any more.

use hub::names::{Commit, RepoId};
use sqlx::{PgPool, Postgres, Transaction};

use jobs::signal;

use crate::{
    Error, Result,
    conflict::Conflict,
    ids::ModelId,
    models::parse_commit,
    users::{Role, User},
};

/// Takes a model from its owner. Its files go when it is nobody's any more; one that another program installed, only an
/// administrator can delete.
pub async fn delete(db: &PgPool, user: &User, id: ModelId) -> Result<()> {
    let mut tx = db.begin().await?;
    let model = sqlx::query!(
        r#"SELECT found, EXISTS (SELECT FROM model_owners WHERE model_id = $1 AND user_id = $2) AS "owned!",
                  EXISTS (SELECT FROM training_jobs
                          WHERE model_id = $1 AND status IN ('queued', 'running', 'paused')) AS "trained!"
           FROM models WHERE id = $1 AND status = 'installed' FOR UPDATE"#,
        id.0,
        user.id.0
    )
    .fetch_optional(&mut *tx)
    .await?
    .filter(|model| model.found || model.owned)
    .ok_or(Error::NotFound("model"))?;
    if model.trained {
        return Err(Conflict::ModelInUse.into());
    }
    if !model.owned && user.role != Role::Admin {
        return Err(Conflict::ModelNotOurs.into());
    }
    sqlx::query!(
        "DELETE FROM model_owners WHERE model_id = $1 AND user_id = $2",
        id.0,
        user.id.0
    )
    .execute(&mut *tx)
    .await?;
    let removed = sqlx::query!(
        "UPDATE models SET found = found AND NOT $2::bool,
                           status = CASE WHEN (found AND NOT $2::bool)
                                              OR EXISTS (SELECT FROM model_owners WHERE model_id = $1)
                                         THEN status ELSE 'removing' END
         WHERE id = $1 RETURNING status",
        id.0,
        user.role == Role::Admin
    )
    .fetch_one(&mut *tx)
    .await?;
    if removed.status == "removing" {
        signal::notify(&mut tx, id.0).await?;
    }
    Ok(tx.commit().await?)
}

/// The models whose files are to be deleted from `cache`: those that are nobody's any more, also where somebody has requested
/// one again and given that up.
pub async fn to_remove(db: &PgPool, cache: &str) -> Result<Vec<ModelId>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT id AS "id: ModelId" FROM models
           WHERE cache = $1
             AND (status = 'removing'
                  OR (status = 'installed' AND NOT found
                      AND NOT EXISTS (SELECT FROM model_owners WHERE model_id = models.id)
                      AND NOT EXISTS (SELECT FROM download_queue
                                      WHERE model_id = models.id AND status IN ('queued', 'running', 'paused'))))"#,
        cache
    )
    .fetch_all(db)
    .await?)
}

/// While files are deleted, the transaction that keeps others away does nothing for longer than transactions may.
const DELETING_TIMEOUT: &str = "SET LOCAL idle_in_transaction_session_timeout = '10min'";

/// The right to delete a model's files: until it is dropped nobody can ask for the model.
pub struct Removal {
    tx: Transaction<'static, Postgres>,
    id: ModelId,
    pub repo: RepoId,
    pub commit: Commit,
}

impl Removal {
    /// `None` where somebody requested the model again, or another worker is at it.
    pub async fn begin(db: &PgPool, id: ModelId) -> Result<Option<Self>> {
        let mut tx = db.begin().await?;
        sqlx::query(DELETING_TIMEOUT).execute(&mut *tx).await?;
        let row = sqlx::query!(
            "SELECT repo_id, revision FROM models
             WHERE id = $1
               AND (status = 'removing'
                    OR (status = 'installed' AND NOT found
                        AND NOT EXISTS (SELECT FROM model_owners WHERE model_id = models.id)
                        AND NOT EXISTS (SELECT FROM download_queue
                                        WHERE model_id = models.id AND status IN ('queued', 'running', 'paused'))))
             FOR UPDATE SKIP LOCKED",
            id.0
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let (repo, commit) = parse_commit(&row.repo_id, &row.revision)?;
        Ok(Some(Self {
            tx,
            id,
            repo,
            commit,
        }))
    }

    /// The files are gone.
    pub async fn done(mut self) -> Result<()> {
        sqlx::query!(
            "UPDATE models SET status = 'available', cache = NULL, file_path = NULL, size_bytes = 0 WHERE id = $1",
            self.id.0
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(self.tx.commit().await?)
    }
}
