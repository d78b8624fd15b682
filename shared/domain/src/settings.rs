//! Configuration: `config/default.toml`, then `config/{environment}.toml`, then environment variables
//! (`AVAGAR__SECTION__KEY`, and the conventional `DATABASE_URL`, `PORT` and `HF_…`). Unknown keys and bad values stop the start
//! with a message that names the key.

mod check;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use config::{Config, Environment, File, FileFormat};
use jobs::WorkerConfig;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;

use crate::{Error, Result, columns, queue::Queue};

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub server: Server,
    pub database: Database,
    /// Where the bytes lie.
    pub storage: Storage,
    pub auth: Auth,
    pub hub: HubSettings,
    pub text: Text,
    /// How jobs are run and watched.
    pub worker: Worker,
    /// How long things are kept that nobody looks at in the end.
    pub retention: Retention,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Address to listen on; `::` takes IPv4 as well.
    pub host: String,
    /// TCP port; 0 takes a free one and logs it.
    pub port: u16,
    /// Threads that answer requests.
    pub threads: usize,
    /// The built page.
    pub ui_dir: PathBuf,
    /// The shipped sample dataset; `migrate` puts it into the storage.
    pub sample_dataset_dir: PathBuf,
    /// The shipped voice; `migrate` puts it into the storage.
    pub shipped_voice_dir: PathBuf,
    /// Largest dataset archive that may be uploaded, in bytes.
    pub max_upload_bytes: u64,
    /// Lets Prometheus read `/api/metrics`, as a bearer token; while it is empty only administrators can.
    pub metrics_token: SecretString,
    /// Origins besides the server's own from which a browser may open the WebSocket and send changes.
    pub allowed_origins: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `postgres://user:password@host:port/name`.
    pub url: SecretString,
    /// Connections a process may hold.
    pub max_connections: u32,
}

/// Where the bytes lie.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// `file:` and a folder, relative to the working directory or absolute; or a bucket: `s3://bucket/prefix`, `gs://…`,
    /// `az://…`.
    pub url: String,
    /// While everything moves there or from there: files that `url` hasn't got are looked for in it, and folders are deleted from
    /// both. Empty: there is none.
    pub also_read_url: String,
    /// Minutes for which a bucket's URL of a large file is good, to which a download is redirected; 0: all bytes go through the
    /// API.
    pub signed_url_minutes: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// Signs access tokens; at least 32 bytes.
    pub jwt_secret: SecretString,
    /// Seals the Hub tokens that people save; at least 32 bytes, the same for API and workers.
    pub sealing_secret: SecretString,
    /// Life of an access token.
    pub access_minutes: u32,
    /// Life of a session that is not used.
    pub session_days: u16,
    /// Whether anybody may sign up. The first account can always be made.
    pub registration_open: bool,
    /// Send cookies over HTTPS only.
    pub secure_cookies: bool,
}

/// The Hugging Face Hub. Its own clients' environment variables go before.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubSettings {
    /// Where it is (`HF_ENDPOINT`).
    pub endpoint: String,
    /// The token of those who are signed in and have saved none (`HF_TOKEN`); may be empty.
    pub token: SecretString,
    /// Its cache on this machine (`HF_HUB_CACHE`, or `hub` below `HF_HOME`); empty: `~/.cache/huggingface/hub`.
    pub cache_dir: PathBuf,
    /// Ask nobody (`HF_HUB_OFFLINE`).
    pub offline: bool,
    /// Longest wait for an answer to begin (`HF_HUB_ETAG_TIMEOUT`).
    pub answer_timeout_seconds: u64,
    /// Longest silence within an answer (`HF_HUB_DOWNLOAD_TIMEOUT`).
    pub read_timeout_seconds: u64,
    /// Of all downloads of a worker process together; 0 is no limit.
    pub bytes_per_second: u64,
    /// What one address may ask of the Hub through us in a minute without being signed in.
    pub anonymous_questions_per_minute: u32,
}

/// How jobs are run and watched.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Worker {
    /// Jobs at a time, by queue; 0 leaves a queue to other workers.
    pub queues: Queues,
    /// Jobs of one user at a time, by queue, over all workers; 0 is no limit.
    pub user_limits: Queues,
    /// Threads of one training or synthesis; 0 leaves one core for the rest of the machine.
    pub threads: usize,
    /// MiB that one training may take on a CPU: more than it will need is refused before it begins. 0: what is available
    /// then, by the machine or the control group.
    pub memory_limit_mb: u64,
    /// A Python with a recognizer of Persian speech (`AVAGAR_RECOGNIZER`; `scripts/recognizer-client.sh` installs one), which says of every evaluation how well the voice
    /// is understood; empty: none.
    pub recognizer_python: PathBuf,
    /// MiB of recordings and copied models that stay in `scratch_dir` between trainings; what was used longest ago goes first.
    pub cache_limit_mb: u64,
    /// Scratch space for runs; what is in it may be lost.
    pub scratch_dir: PathBuf,
    /// A run says this often that it lives.
    pub heartbeat_interval_seconds: u32,
    /// A run that has not been heard of for this long is given to another worker.
    pub lost_after_seconds: u32,
    /// A job that shows no sign of progress for this long is taken for hanging.
    pub stalled_after_seconds: u32,
    /// Runs in a row that a job may lose or fail without getting further.
    pub max_attempts: u32,
}

/// A number for each queue.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Queues {
    /// Uploaded archives to check and normalise.
    pub datasets: u32,
    /// Models to install.
    pub downloads: u32,
    pub training: u32,
    pub speech: u32,
}

impl Worker {
    /// Of one training or synthesis.
    pub fn threads(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism()
                .map_or(1, |cores| cores.get().saturating_sub(1).max(1)),
            threads => threads,
        }
    }

    /// Lets the queues admit as many jobs of one user as is set.
    pub async fn limit_users(&self, db: &PgPool) -> Result<()> {
        for queue in Queue::ALL {
            let limit =
                columns::integer(self.user_limits.of(queue), "a limit of worker.user_limits")?;
            jobs::admission::set_queue_limit(db, queue.name(), limit).await?;
        }
        Ok(())
    }

    /// How the engine runs jobs.
    pub fn config(&self) -> WorkerConfig {
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        WorkerConfig {
            slots: Queue::ALL
                .map(|queue| (queue.name(), self.queues.of(queue)))
                .into(),
            scratch_dir: self.scratch_dir.clone(),
            heartbeat_interval: seconds(self.heartbeat_interval_seconds),
            lost_after: seconds(self.lost_after_seconds),
            stalled_after: seconds(self.stalled_after_seconds),
            max_attempts: self.max_attempts,
        }
    }
}

impl Queues {
    /// The number for this queue.
    pub fn of(&self, queue: Queue) -> u32 {
        match queue {
            Queue::Datasets => self.datasets,
            Queue::Downloads => self.downloads,
            Queue::Training => self.training,
            Queue::Speech => self.speech,
        }
    }
}

/// Days after which things are forgotten; rows that people see are kept until they delete them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Events: a reader that was away for longer is told that it has missed some.
    pub events_days: u32,
    /// Runs that ended: the history of attempts.
    pub runs_days: u32,
    pub idempotency_keys_days: u32,
    /// Folders of the storage that no row names; 0 keeps them. Only where no other database has its files in the same storage.
    pub orphaned_folders_days: u32,
    /// The queue's own finished entries, and workers that are gone.
    pub queue_days: u32,
}

/// How Persian is read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// The language files (`AVAGAR_LANGUAGE`); empty: where `pack-language` puts them, `~/.cache/avagar/language-1`.
    pub language_dir: PathBuf,
    /// Analyses of one address, without signing in.
    pub anonymous_analyses_per_minute: u32,
}

impl Text {
    /// The folder of the language files.
    pub fn language_folder(&self) -> PathBuf {
        if self.language_dir.as_os_str().is_empty() {
            default_language_folder()
        } else {
            self.language_dir.clone()
        }
    }
}

/// The folder of the language files where no settings are read.
pub fn default_language_folder() -> PathBuf {
    path_from("AVAGAR_LANGUAGE").unwrap_or_else(|| home_cache().join("avagar/language-1"))
}

/// A variable that isn't empty, as a path.
fn path_from(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

/// Where programs keep what can be made again.
fn home_cache() -> PathBuf {
    path_from("XDG_CACHE_HOME")
        .unwrap_or_else(|| path_from("HOME").unwrap_or_default().join(".cache"))
}

/// Environment variables that everybody knows, and the keys that they set.
const CONVENTIONAL: [(&str, &str); 10] = [
    ("DATABASE_URL", "database.url"),
    ("PORT", "server.port"),
    ("AVAGAR_LANGUAGE", "text.language_dir"),
    ("AVAGAR_RECOGNIZER", "worker.recognizer_python"),
    ("HF_ENDPOINT", "hub.endpoint"),
    ("HF_TOKEN", "hub.token"),
    ("HF_HUB_CACHE", "hub.cache_dir"),
    ("HF_HUB_OFFLINE", "hub.offline"),
    ("HF_HUB_ETAG_TIMEOUT", "hub.answer_timeout_seconds"),
    ("HF_HUB_DOWNLOAD_TIMEOUT", "hub.read_timeout_seconds"),
];

/// Parses a switch as the Hub's own clients do.
fn is_true(value: &str) -> bool {
    matches!(value.to_uppercase().as_str(), "1" | "ON" | "YES" | "TRUE")
}

impl HubSettings {
    /// How the Hub is reached.
    ///
    /// # Errors
    /// [`Error::Settings`] where the endpoint is no address.
    pub fn config(&self) -> Result<hub::Config> {
        let endpoint: url::Url = self
            .endpoint
            .parse()
            .map_err(|error| Error::Settings(format!("hub.endpoint: {error}")))?;
        if !matches!(endpoint.scheme(), "http" | "https") {
            let why = "hub.endpoint: expected an address that begins with https:// or http://";
            return Err(Error::Settings(why.into()));
        }
        Ok(hub::Config {
            endpoint,
            offline: self.offline,
            response_timeout: Duration::from_secs(self.answer_timeout_seconds),
            read_timeout: Duration::from_secs(self.read_timeout_seconds),
        })
    }

    /// The token of users who have saved none.
    pub fn token(&self) -> Option<hub::Token> {
        hub::Token::new(self.token.expose_secret())
    }

    /// The Hub's cache on this machine.
    pub fn cache(&self) -> hub::cache::HubCache {
        let folder = if self.cache_dir.as_os_str().is_empty() {
            let home = path_from("HF_HOME").unwrap_or_else(|| home_cache().join("huggingface"));
            home.join("hub")
        } else {
            self.cache_dir.clone()
        };
        hub::cache::HubCache::at(std::path::absolute(&folder).unwrap_or(folder))
    }
}

impl Settings {
    /// Reads the folder `config` of the working directory, or `AVAGAR_CONFIG_DIR`, and the environment.
    pub fn load() -> Result<Self> {
        let dir = std::env::var_os("AVAGAR_CONFIG_DIR")
            .map_or_else(|| PathBuf::from("config"), PathBuf::from);
        let environment =
            std::env::var("AVAGAR_ENVIRONMENT").unwrap_or_else(|_| "development".into());
        Self::read(&dir, &environment)
    }

    fn read(dir: &Path, environment: &str) -> Result<Self> {
        let mut builder = Config::builder()
            .add_source(File::from(dir.join("default.toml")).format(FileFormat::Toml))
            .add_source(
                File::from(dir.join(format!("{environment}.toml")))
                    .format(FileFormat::Toml)
                    .required(false),
            )
            .add_source(
                Environment::with_prefix("AVAGAR")
                    .prefix_separator("__")
                    .separator("__")
                    .try_parsing(true)
                    .ignore_empty(true),
            );
        for (variable, key) in CONVENTIONAL {
            if let Ok(value) = std::env::var(variable)
                && !value.is_empty()
            {
                let value = if key == "hub.offline" {
                    is_true(&value).to_string()
                } else {
                    value
                };
                builder = builder
                    .set_override(key, value)
                    .map_err(|error| Error::Settings(format!("{variable}: {error}")))?;
            }
        }
        let settings: Self =
            builder
                .build()
                .and_then(Config::try_deserialize)
                .map_err(|error| {
                    Error::Settings(format!(
                        "configuration ({}, {environment}): {error}",
                        dir.display()
                    ))
                })?;
        settings.check()?;
        Ok(settings)
    }
}
