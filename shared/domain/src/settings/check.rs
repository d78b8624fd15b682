//! Which values the settings may have. The first that is out of range is refused, by its key.

use std::fmt::Display;

use secrecy::{ExposeSecret, SecretString};

use super::{Auth, Database, HubSettings, Retention, Server, Settings, Worker};
use crate::{Error, Result, queue::Queue};

/// Shortest secret, in bytes.
const MIN_SECRET_BYTES: usize = 32;

impl Settings {
    /// # Errors
    /// [`Error::Settings`], which names the key, what was expected and what it is.
    pub(super) fn check(&self) -> Result<()> {
        self.database.check()?;
        self.auth.check()?;
        self.hub.check()?;
        at_least_1(
            "text.anonymous_analyses_per_minute",
            self.text.anonymous_analyses_per_minute,
        )?;
        self.server.check()?;
        self.worker.check()?;
        self.retention.check()
    }
}

impl Database {
    fn check(&self) -> Result<()> {
        if self.url.expose_secret().is_empty() {
            return refuse(
                "database.url",
                "is empty; set DATABASE_URL to postgres://user:password@host:port/name",
            );
        }
        if self.max_connections < 2 {
            return refuse("database.max_connections", "must be at least 2");
        }
        Ok(())
    }
}

impl Auth {
    fn check(&self) -> Result<()> {
        let secret = |key: &str, variable: &str, secret: &SecretString| {
            let bytes = secret.expose_secret().len();
            if bytes >= MIN_SECRET_BYTES {
                return Ok(());
            }
            refuse(
                key,
                format!(
                    "must have at least {MIN_SECRET_BYTES} bytes, has {bytes}; set {variable} (start.sh makes one)"
                ),
            )
        };
        secret(
            "auth.jwt_secret",
            "AVAGAR__AUTH__JWT_SECRET",
            &self.jwt_secret,
        )?;
        secret(
            "auth.sealing_secret",
            "AVAGAR__AUTH__SEALING_SECRET",
            &self.sealing_secret,
        )
    }
}

impl HubSettings {
    fn check(&self) -> Result<()> {
        self.config()?;
        at_least_1("hub.answer_timeout_seconds", self.answer_timeout_seconds)?;
        at_least_1("hub.read_timeout_seconds", self.read_timeout_seconds)?;
        at_least_1(
            "hub.anonymous_questions_per_minute",
            self.anonymous_questions_per_minute,
        )
    }
}

impl Server {
    fn check(&self) -> Result<()> {
        if self.threads == 0 {
            return refuse("server.threads", "must be at least 1");
        }
        Ok(())
    }
}

impl Worker {
    fn check(&self) -> Result<()> {
        let heartbeat = self.heartbeat_interval_seconds;
        if heartbeat == 0 || self.lost_after_seconds < 3 * heartbeat {
            return refuse(
                "worker.lost_after_seconds",
                format!(
                    "must be at least three heartbeats ({heartbeat} s each, and not 0), is {}",
                    self.lost_after_seconds
                ),
            );
        }
        if self.stalled_after_seconds < self.lost_after_seconds {
            return refuse(
                "worker.stalled_after_seconds",
                format!(
                    "must be at least worker.lost_after_seconds ({}), is {}",
                    self.lost_after_seconds, self.stalled_after_seconds
                ),
            );
        }
        for queue in Queue::ALL {
            let limit = self.user_limits.of(queue);
            if i32::try_from(limit).is_err() {
                let key = format!("worker.user_limits.{}", queue.name());
                return refuse(&key, format!("must be at most {}, is {limit}", i32::MAX));
            }
        }
        // They are counted in bytes.
        if self.cache_limit_mb > u64::MAX >> 20 {
            return refuse("worker.cache_limit_mb", "is more than any disk has");
        }
        at_least_1("worker.max_attempts", self.max_attempts)
    }
}

impl Retention {
    fn check(&self) -> Result<()> {
        at_least_1("retention.events_days", self.events_days)?;
        at_least_1("retention.runs_days", self.runs_days)?;
        at_least_1(
            "retention.idempotency_keys_days",
            self.idempotency_keys_days,
        )?;
        at_least_1("retention.queue_days", self.queue_days)
    }
}

fn at_least_1(key: &str, number: impl Into<u64>) -> Result<()> {
    if number.into() == 0 {
        return refuse(key, "must be at least 1");
    }
    Ok(())
}

fn refuse(key: &str, why: impl Display) -> Result<()> {
    Err(Error::Settings(format!("{key}: {why}")))
}
