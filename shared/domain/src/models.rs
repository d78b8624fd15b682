//! Models of the Hub: those that are here, in the Hub's cache of a worker's machine, and whose they are. A user sees
//! the models that they have installed; one that another program has installed is everybody's. When it belongs to nobody any
//! more, it is removed.

use chrono::{DateTime, Utc};
use hub::names::{Commit, RepoId, Revision};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool, types::Json};
use utoipa::ToSchema;

use crate::{
    Error, Result,
    conflict::{InvalidValue, NotTrainable},
    ids::{ModelId, UserId},
    model_kind::ModelKind,
};

/// A model that a training begins from. What comes out inherits its licence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BaseModel {
    pub model_id: ModelId,
    pub repo_id: String,
    pub commit: String,
    /// As the Hub spells it, such as `cc-by-nc-4.0`; null where it names none.
    pub licence: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelFile {
    /// Its path in the repository.
    pub path: String,
    pub size_bytes: u64,
}

/// What is known of a model besides its name; kept as `metadata`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ModelAbout {
    /// As the Hub spells it, such as `apache-2.0`.
    pub licence: Option<String>,
    /// The task, as the Hub names it.
    pub pipeline_tag: Option<String>,
    /// The kind of network, such as `vits`.
    pub network: Option<String>,
    /// The branch or tag that it was when it was fetched; null where a commit was asked for.
    pub branch: Option<String>,
    /// The files that are here.
    pub files: Vec<ModelFile>,
}

/// A model that is here.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Model {
    pub id: ModelId,
    pub repo_id: String,
    pub commit: String,
    /// What it is for.
    pub r#type: ModelKind,
    /// Bytes of all its files.
    pub size_bytes: i64,
    /// What is known of it.
    #[serde(flatten)]
    pub about: ModelAbout,
    /// Whether a training can begin from it.
    pub trainable: bool,
    pub not_trainable_because: Option<String>,
    /// Why not, for programs.
    pub not_trainable_details: Option<NotTrainable>,
    /// Whether another program installed it.
    pub found: bool,
    /// The folder of its files, on the worker's machine.
    pub folder: String,
    /// When it came, or last changed here.
    pub updated_at: DateTime<Utc>,
}

/// Why no training can begin from a model with these files; `None` where one can.
pub fn why_not_trainable<'a>(
    network: Option<&str>,
    files: impl Iterator<Item = &'a str>,
) -> Option<NotTrainable> {
    const NEEDED: [&str; 3] = ["config.json", "model.safetensors", "vocab.json"];
    match network {
        Some("vits") => {}
        Some(other) => {
            return Some(NotTrainable::OtherArchitecture {
                architecture: other.into(),
            });
        }
        None => return Some(NotTrainable::UnknownArchitecture),
    }
    let files: Vec<&str> = files.collect();
    let missing: Vec<&str> = NEEDED
        .into_iter()
        .filter(|needed| !files.contains(needed))
        .collect();
    if missing.contains(&"model.safetensors")
        && files
            .iter()
            .any(|file| file.ends_with(".bin") || file.ends_with(".pth"))
    {
        return Some(NotTrainable::PickledWeights);
    }
    (!missing.is_empty()).then(|| NotTrainable::FilesMissing {
        files: missing.into_iter().map(str::to_owned).collect(),
    })
}

struct Row {
    id: ModelId,
    repo_id: String,
    commit: String,
    kind: ModelKind,
    size_bytes: i64,
    about: Json<ModelAbout>,
    found: bool,
    folder: String,
    updated_at: DateTime<Utc>,
}

impl From<Row> for Model {
    fn from(row: Row) -> Self {
        let files = row.about.files.iter().map(|file| file.path.as_str());
        let not_trainable = why_not_trainable(row.about.network.as_deref(), files);
        Self {
            id: row.id,
            repo_id: row.repo_id,
            commit: row.commit,
            r#type: row.kind,
            size_bytes: row.size_bytes,
            trainable: not_trainable.is_none(),
            not_trainable_because: not_trainable.as_ref().map(ToString::to_string),
            not_trainable_details: not_trainable,
            found: row.found,
            folder: row.folder,
            updated_at: row.updated_at,
            about: row.about.0,
        }
    }
}

/// The columns of [`Row`], read by the rest of the statement.
macro_rules! query_models {
    ($rest:literal, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"SELECT id AS "id: ModelId", repo_id, revision AS commit, type AS "kind: ModelKind", size_bytes,
                  metadata AS "about: Json<ModelAbout>", found, file_path AS "folder!", updated_at
           FROM models
"# + $rest,
            $($argument),+
        )
    };
}

/// The models that are here and that this user may see, by name.
pub async fn list(db: &PgPool, user: UserId) -> Result<Vec<Model>> {
    let rows = query_models!(
        r#"           WHERE status = 'installed'
             AND (found OR EXISTS (SELECT FROM model_owners WHERE model_id = models.id AND user_id = $1))
           ORDER BY repo_id, updated_at DESC"#,
        user.0
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Model::from).collect())
}

/// One of them.
pub async fn find(db: &PgPool, user: UserId, id: ModelId) -> Result<Model> {
    let row = query_models!(
        r#"           WHERE id = $1 AND status = 'installed'
             AND (found OR EXISTS (SELECT FROM model_owners WHERE model_id = models.id AND user_id = $2))"#,
        id.0,
        user.0
    )
    .fetch_optional(db)
    .await?;
    row.map(Model::from).ok_or(Error::NotFound("model"))
}

/// A model to begin a training from, which nobody can delete before `tx` ends.
pub(crate) async fn base(tx: &mut PgConnection, user: UserId, id: ModelId) -> Result<BaseModel> {
    let row = query_models!(
        r#"           WHERE id = $1 AND status = 'installed'
             AND (found OR EXISTS (SELECT FROM model_owners WHERE model_id = models.id AND user_id = $2))
           FOR SHARE OF models"#,
        id.0,
        user.0
    )
    .fetch_optional(tx)
    .await?;
    let refuse = |reason| Error::Invalid {
        pointer: "/baseModelId",
        reason,
    };
    let model = row
        .map(Model::from)
        .ok_or_else(|| refuse(InvalidValue::ModelNotFound))?;
    if let Some(because) = model.not_trainable_details {
        return Err(refuse(InvalidValue::ModelNotTrainable {
            repo: model.repo_id,
            because,
        }));
    }
    Ok(BaseModel {
        model_id: id,
        repo_id: model.repo_id,
        commit: model.commit,
        licence: model.about.licence,
    })
}

/// Where a model lies: host and folder of the cache, and the folder of its files in it. `None` where it is installed no
/// more.
pub async fn folder(db: &PgPool, id: ModelId) -> Result<Option<(String, String)>> {
    let row = sqlx::query!(
        r#"SELECT cache AS "cache!", file_path AS "folder!" FROM models WHERE id = $1 AND status = 'installed'"#,
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.cache, row.folder)))
}

/// Which commits of a repository this user has here.
pub async fn commits_here(db: &PgPool, user: UserId, repo: &RepoId) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        "SELECT revision FROM models
         WHERE repo_id = $1 AND status = 'installed'
           AND (found OR EXISTS (SELECT FROM model_owners WHERE model_id = models.id AND user_id = $2))",
        repo.as_str(),
        user.0
    )
    .fetch_all(db)
    .await?)
}

/// The row of a commit that is to be installed; inserted where there is none.
pub(crate) async fn upsert(
    tx: &mut PgConnection,
    repo: &RepoId,
    commit: &Commit,
    kind: ModelKind,
    about: &ModelAbout,
) -> Result<ModelId> {
    // One that waits to be removed stays.
    Ok(sqlx::query_scalar!(
        r#"INSERT INTO models (name, type, repo_id, revision, metadata) VALUES ($1, $2, $1, $3, $4)
           ON CONFLICT (repo_id, revision) DO UPDATE
               SET status = CASE WHEN models.status = 'removing' THEN 'installed' ELSE models.status END
           RETURNING id AS "id: ModelId""#,
        repo.as_str(),
        kind as ModelKind,
        commit.as_str(),
        serde_json::to_value(about)?
    )
    .fetch_one(tx)
    .await?)
}

/// The names in a row, which were checked when it was written.
pub(crate) fn parse_commit(repo: &str, commit: &str) -> Result<(RepoId, Commit)> {
    let wrong = |error: hub::names::BadName| Error::Internal(format!("a model's row: {error}"));
    Ok((repo.parse().map_err(wrong)?, commit.parse().map_err(wrong)?))
}

/// The branch or tag in a row.
pub(crate) fn parse_revision(revision: &str) -> Result<Revision> {
    revision
        .parse()
        .map_err(|error| Error::Internal(format!("a download's row: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trainings_begin_from_vits_in_safetensors() {
        let why = |network, files: &[&str]| why_not_trainable(network, files.iter().copied());
        let whole = [
            "config.json",
            "model.safetensors",
            "vocab.json",
            "README.md",
        ];
        assert_eq!(why(Some("vits"), &whole), None);
        let architecture = "whisper".into();
        assert_eq!(
            why(Some("whisper"), &whole),
            Some(NotTrainable::OtherArchitecture { architecture })
        );
        assert!(why(None, &whole).is_some());
        let pickled = ["config.json", "pytorch_model.bin", "vocab.json"];
        assert_eq!(
            why(Some("vits"), &pickled),
            Some(NotTrainable::PickledWeights)
        );
        assert_eq!(
            why(Some("vits"), &["model.safetensors"]).unwrap(),
            NotTrainable::FilesMissing {
                files: vec!["config.json".into(), "vocab.json".into()],
            }
        );
    }
}
