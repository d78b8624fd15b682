//! Why a run ended as it did: a sentence for people, and beside it a code with parameters, by which a program can say the
//! same in another language.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;
use utoipa::ToSchema;

/// Why a run ended, or a job was cancelled by somebody else than its owner.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    message: String,
    details: Option<Value>,
}

impl Reason {
    /// A sentence in English, and the same as `{"code", "params"}`.
    pub fn new(message: impl fmt::Display, details: &impl Serialize) -> Self {
        let details = serde_json::to_value(details).unwrap_or_else(|error| {
            tracing::error!("the details of «{message}» can't be written as JSON: {error}");
            Value::Null
        });
        Self {
            details: (!details.is_null()).then(|| value_without_nul(details)),
            ..Self::from(message.to_string())
        }
    }

    /// As they stand in a row.
    pub(crate) fn of_row(message: Option<String>, details: Option<Value>) -> Option<Self> {
        message.map(|message| Self { message, details })
    }

    /// A sentence in English that a person can act on.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// `{"code", "params"}`; `None` where there is only the sentence.
    pub const fn details(&self) -> Option<&Value> {
        self.details.as_ref()
    }
}

impl From<String> for Reason {
    fn from(message: String) -> Self {
        Self {
            message: without_nul(&message),
            details: None,
        }
    }
}

impl From<&str> for Reason {
    fn from(message: &str) -> Self {
        message.to_owned().into()
    }
}

impl From<JobFailure> for Reason {
    fn from(failure: JobFailure) -> Self {
        Self::new(&failure, &failure)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.details.serialize(serializer)
    }
}

/// What the engine itself says of a job, of whatever kind it is.
#[derive(Debug, Clone, thiserror::Error, Serialize, ToSchema)]
#[serde(tag = "code", content = "params", rename_all = "camelCase")]
pub enum JobFailure {
    /// It failed in every attempt.
    #[error("gave up after {attempts} attempts; the last one: {last}")]
    AttemptsExhausted {
        /// How many there were.
        attempts: u32,
        /// Why the last one failed.
        #[schema(value_type = Option<Object>)]
        last: Reason,
    },
    /// What it waits for has been away for days.
    #[error("gave up after {days} days; the last time: {last}")]
    SnoozedTooLong {
        /// How many.
        days: u64,
        /// What it was waiting for at last.
        #[schema(value_type = Option<Object>)]
        last: Reason,
    },
    /// No heartbeat of its worker came any more.
    #[error("worker {worker} stopped answering")]
    WorkerLost {
        /// The worker's name.
        worker: String,
    },
    /// Its run has ended, and its row was not told.
    #[error("its run ended without it")]
    RunEnded,
    /// Its code panicked.
    #[error("the job panicked: {cause}")]
    Panicked {
        /// What the panic said.
        cause: String,
    },
    /// It showed no progress for too long.
    #[error("it hung: no progress for {seconds} s")]
    NoProgress {
        /// How long.
        seconds: u64,
    },
    /// The database refused its result.
    #[error("the result could not be recorded: {cause}")]
    NotRecorded {
        /// What the database said.
        cause: String,
    },
    /// An operator cancelled it.
    #[error("{reason}")]
    CancelledByOperator {
        /// As the operator put it.
        reason: String,
    },
}

/// PostgreSQL's text can't hold NUL.
pub fn without_nul(text: &str) -> String {
    text.replace('\0', "␀")
}

/// Neither can its JSON.
fn value_without_nul(value: Value) -> Value {
    match value {
        Value::String(text) => without_nul(&text).into(),
        Value::Array(values) => values.into_iter().map(value_without_nul).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (without_nul(&name), value_without_nul(value)))
            .collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_last_of_many_attempts_is_told_with_its_own_code() {
        let last = Reason::new("it broke\0", &json!({ "code": "broke", "params": ["\0"] }));
        let failure = JobFailure::AttemptsExhausted { attempts: 5, last };
        let reason = Reason::from(failure);
        assert_eq!(
            reason.message(),
            "gave up after 5 attempts; the last one: it broke␀"
        );
        assert_eq!(
            reason.details(),
            Some(&json!({
                "code": "attemptsExhausted",
                "params": { "attempts": 5, "last": { "code": "broke", "params": ["␀"] } }
            }))
        );
    }

    #[test]
    fn a_sentence_alone_has_no_details() {
        let failure = JobFailure::SnoozedTooLong {
            days: 7,
            last: "the Hub is away".into(),
        };
        let details = Reason::from(failure).details().cloned();
        assert_eq!(details.unwrap()["params"]["last"], json!(null));
        assert_eq!(Reason::from("x").details(), None);
    }
}
