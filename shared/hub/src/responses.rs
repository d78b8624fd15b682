//! The Hub's responses: the JSON on the wire (`Wire…`), and the types that it is parsed into.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    Result,
    digest::Digest,
    names::{Commit, RepoId, RepoPath},
};

/// Whether a person has to accept terms first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Gated {
    /// Open to all.
    #[default]
    No,
    /// Whoever accepts the terms is let in.
    Auto,
    /// The owner decides.
    Manual,
}

impl<'de> Deserialize<'de> for Gated {
    /// `false`, `"auto"` or `"manual"` on the wire.
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        Ok(match Value::deserialize(from)? {
            Value::String(kind) if kind == "manual" => Self::Manual,
            Value::String(_) | Value::Bool(true) => Self::Auto,
            _ => Self::No,
        })
    }
}

/// Whose a token is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// User name.
    pub name: String,
    /// The organisations that the account belongs to.
    pub organisations: Vec<String>,
    /// What the token is called.
    pub token_name: Option<String>,
    /// `read`, `write` or `fineGrained`.
    pub token_role: Option<String>,
}

/// A model, as a search finds it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoundModel {
    /// Its repository.
    pub repo_id: RepoId,
    /// The task that it is for.
    pub pipeline_tag: Option<String>,
    /// The library that loads it.
    pub library: Option<String>,
    /// Languages, licence, data and more.
    pub tags: Vec<String>,
    /// Of the last 30 days.
    pub downloads: u64,
    /// Of all times.
    pub likes: u64,
    /// When it last changed.
    pub last_modified: Option<DateTime<Utc>>,
    /// Whether terms have to be accepted.
    pub gated: Gated,
    /// Whether only its owner and the owner's organisation see it.
    pub private: bool,
    /// From its tags.
    pub licence: Option<String>,
}

/// One commit of a model's repository.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelInfo {
    /// What a search tells of it as well.
    #[serde(flatten)]
    pub model: FoundModel,
    /// Which commit this is.
    #[schema(value_type = String)]
    pub commit: Commit,
    /// Taken down by the Hub.
    pub disabled: bool,
    /// Every file, in the Hub's order.
    pub files: Vec<RepoFile>,
    /// What kind of network it is by its configuration, such as `vits`.
    pub model_type: Option<String>,
    /// How many numbers the weights have, by their type (`F32`, `BF16`, …), where they are safetensors.
    pub parameters: BTreeMap<String, u64>,
}

/// A file of a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RepoFile {
    /// Its path.
    #[schema(value_type = String)]
    pub path: RepoPath,
    /// Its size.
    pub size_bytes: u64,
    /// What its bytes hash to: SHA-256, or git's SHA-1 for a small file.
    #[schema(value_type = String)]
    pub digest: Digest,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireAccount {
    name: String,
    #[serde(default)]
    orgs: Vec<WireOrganisation>,
    auth: Option<WireAuth>,
}

#[derive(Deserialize)]
struct WireOrganisation {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireAuth {
    access_token: Option<WireToken>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireToken {
    display_name: Option<String>,
    role: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireModel {
    id: String,
    sha: Option<String>,
    #[serde(rename = "pipeline_tag")]
    pipeline_tag: Option<String>,
    #[serde(rename = "library_name")]
    library_name: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    downloads: u64,
    #[serde(default)]
    likes: u64,
    last_modified: Option<DateTime<Utc>>,
    #[serde(default)]
    gated: Gated,
    #[serde(default)]
    private: bool,
    #[serde(default)]
    disabled: bool,
    #[serde(default)]
    siblings: Vec<WireSibling>,
    safetensors: Option<WireSafetensors>,
    config: Option<WireConfig>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireSibling {
    rfilename: String,
    size: Option<u64>,
    blob_id: Option<String>,
    lfs: Option<WireLfs>,
}

#[derive(Deserialize)]
struct WireLfs {
    sha256: String,
    size: u64,
}

#[derive(Deserialize)]
struct WireSafetensors {
    #[serde(default)]
    parameters: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
struct WireConfig {
    #[serde(rename = "model_type")]
    model_type: Option<String>,
}

impl From<WireAccount> for Account {
    fn from(wire: WireAccount) -> Self {
        let token = wire.auth.and_then(|auth| auth.access_token);
        let (token_name, token_role) =
            token.map_or((None, None), |token| (token.display_name, token.role));
        Self {
            name: wire.name,
            organisations: wire
                .orgs
                .into_iter()
                .map(|organisation| organisation.name)
                .collect(),
            token_name,
            token_role,
        }
    }
}

impl WireModel {
    /// # Errors
    /// Where its name is none.
    pub(crate) fn into_found(self) -> Result<FoundModel> {
        let licence = self
            .tags
            .iter()
            .find_map(|tag| tag.strip_prefix("license:"))
            .map(str::to_owned);
        Ok(FoundModel {
            repo_id: self.id.parse()?,
            pipeline_tag: self.pipeline_tag,
            library: self.library_name,
            tags: self.tags,
            downloads: self.downloads,
            likes: self.likes,
            last_modified: self.last_modified,
            gated: self.gated,
            private: self.private,
            licence,
        })
    }

    /// # Errors
    /// Where a name is none, such as a path that climbs out of its folder, or a file lacks size or hash.
    pub(crate) fn into_info(mut self) -> Result<ModelInfo> {
        let files = std::mem::take(&mut self.siblings)
            .into_iter()
            .map(WireSibling::into_file)
            .collect::<Result<_>>()?;
        let missing = || crate::Error::UnexpectedResponse(format!("no commit of «{}»", self.id));
        let commit = self.sha.as_deref().ok_or_else(missing)?.parse()?;
        let model_type = self.config.take().and_then(|config| config.model_type);
        let parameters = self.safetensors.take().map(|weights| weights.parameters);
        Ok(ModelInfo {
            commit,
            disabled: self.disabled,
            files,
            model_type,
            parameters: parameters.unwrap_or_default(),
            model: self.into_found()?,
        })
    }
}

impl WireSibling {
    fn into_file(self) -> Result<RepoFile> {
        let path: RepoPath = self.rfilename.parse()?;
        let (size, hash) = match self.lfs {
            Some(lfs) => (Some(lfs.size), Some(lfs.sha256)),
            None => (self.size, self.blob_id),
        };
        match (size, hash.as_deref().map(str::parse)) {
            (Some(size_bytes), Some(Ok(digest))) => Ok(RepoFile {
                path,
                size_bytes,
                digest,
            }),
            _ => Err(crate::Error::UnexpectedResponse(format!(
                "no size or no hash of «{path}»"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    const SHA1: &str = "ce013625030ba8dba906f756967f9e9ca394464a";
    const SHA256: &str = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

    fn info(path: &str) -> Result<ModelInfo> {
        let wire = serde_json::json!({
            "_id": "x", "id": "facebook/mms-tts-fas", "modelId": "facebook/mms-tts-fas", "sha": SHA1, "private": false,
            "gated": "auto", "disabled": false, "downloads": 12, "likes": 3, "library_name": "transformers",
            "tags": ["transformers", "vits", "fa", "license:cc-by-nc-4.0"], "pipeline_tag": "text-to-speech",
            "lastModified": "2023-09-01T10:00:00.000Z", "safetensors": { "parameters": { "F32": 36 }, "total": 36 },
            "cardData": { "license": "cc-by-nc-4.0" }, "config": { "model_type": "vits" },
            "siblings": [
                { "rfilename": path, "size": 6, "blobId": SHA1 },
                { "rfilename": "model.safetensors", "size": 145, "blobId": SHA1,
                  "lfs": { "sha256": SHA256, "size": 145, "pointerSize": 134 } },
            ],
        });
        serde_json::from_value::<WireModel>(wire)
            .unwrap()
            .into_info()
    }

    #[test]
    fn a_models_answer_is_read() {
        let info = info("config.json").unwrap();
        assert_eq!(info.model.licence.as_deref(), Some("cc-by-nc-4.0"));
        assert_eq!(
            (info.model.gated, info.parameters["F32"]),
            (Gated::Auto, 36)
        );
        assert_eq!(info.model_type.as_deref(), Some("vits"));
        assert_eq!(info.files[0].digest.to_string(), SHA1);
        assert_eq!(
            (
                info.files[1].digest.to_string().as_str(),
                info.files[1].size_bytes
            ),
            (SHA256, 145)
        );
    }

    #[test]
    fn a_file_that_climbs_out_of_its_folder_makes_the_whole_answer_bad() {
        for path in ["../../etc/passwd", "/etc/passwd", "a/../../b", "a\0b"] {
            assert!(matches!(info(path), Err(Error::InvalidName(_))), "{path}");
        }
    }
}
