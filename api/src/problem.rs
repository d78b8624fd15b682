//! RFC 9457 problem documents: the one shape of every error.

use std::num::NonZeroU16;

use actix_web::{HttpRequest, HttpResponse, ResponseError, http::StatusCode};
use domain::{
    conflict::{Conflict, InvalidValue},
    failure::WorkFailure,
};
use serde::Serialize;
use utoipa::ToSchema;

/// The answer of every handler.
pub type ApiResult<T> = std::result::Result<T, Problem>;

/// The media type of problem documents.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// A problem document.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: `title` is the status in words, and `code` says which problem it is.
    pub r#type: &'static str,
    /// The status, in words.
    pub title: &'static str,
    pub status: u16,
    /// What happened, to what, and the remedy.
    pub detail: String,
    /// The path that was asked for, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Every field that is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// When to come again, in seconds: the header `Retry-After`.
    #[serde(skip)]
    pub retry_after: Option<NonZeroU16>,
    /// Which problem it is, for programs: `code` and `params`.
    #[serde(flatten)]
    pub kind: Box<ProblemKind>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ProblemKind {
    /// Whatever the request was.
    Request(RequestProblem),
    /// The state of a row does not allow it.
    Conflict(Conflict),
    /// The state of a job does not allow it.
    Job(jobs::Conflict),
    /// The Hub did not give what was needed, or the disk has no room for it.
    Work(WorkFailure),
}

impl From<RequestProblem> for ProblemKind {
    fn from(problem: RequestProblem) -> Self {
        Self::Request(problem)
    }
}

/// What is wrong with a request of any kind.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "camelCase")]
pub enum RequestProblem {
    /// It can't be read.
    Malformed,
    /// Nobody is signed in.
    SignInRequired,
    /// No account has this e-mail address and password.
    WrongCredentials,
    /// The session has ended or expired.
    SessionEnded,
    /// The account may not.
    Forbidden,
    /// There is nothing of this address or id.
    NotFound,
    /// The state of what it concerns does not allow it.
    Conflict,
    /// It is larger than allowed.
    TooLarge,
    /// The body is of a type that is not read here.
    UnsupportedMediaType,
    /// The file is shorter than the range asked for.
    RangeNotSatisfiable,
    /// Some values were not accepted; `errors` names them.
    InvalidValues,
    /// Too many requests.
    RateLimited,
    /// The database or the storage is away, or what it concerns is locked.
    Unavailable,
    /// The Persian language files are not on this server, or not whole.
    LanguageFilesMissing,
    /// A fault of the server.
    Internal,
}

impl From<StatusCode> for RequestProblem {
    fn from(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::SignInRequired,
            StatusCode::FORBIDDEN => Self::Forbidden,
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::CONFLICT => Self::Conflict,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::UnsupportedMediaType,
            StatusCode::RANGE_NOT_SATISFIABLE => Self::RangeNotSatisfiable,
            StatusCode::UNPROCESSABLE_ENTITY => Self::InvalidValues,
            StatusCode::TOO_MANY_REQUESTS => Self::RateLimited,
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
            status if status.is_client_error() => Self::Malformed,
            _ => Self::Internal,
        }
    }
}

/// Why a field's value is not accepted.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum FieldErrorKind {
    /// By itself.
    Field(FieldProblem),
    /// As things stand.
    Value(InvalidValue),
}

/// What is wrong with a field's value by itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "camelCase")]
pub enum FieldProblem {
    /// It is missing, or not as the schema has it.
    Invalid,
    /// The Hub does not accept the token.
    TokenRefused,
    /// Evaluations need clips that the voice doesn't learn from.
    NeedsValidationSplit,
    /// A training begins from one.
    SecondBase,
    /// The file is no archive that is read here.
    NotAnArchive,
    /// None of the model's files are chosen.
    NoFiles,
}

/// One field that is wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// What is wrong with it, for programs: `code` and `params`.
    #[serde(flatten)]
    pub kind: FieldErrorKind,
    /// JSON pointer of the field.
    pub pointer: String,
    /// What was expected, and what was got.
    pub detail: String,
}

impl FieldError {
    /// A value that is wrong by itself.
    pub fn new(pointer: &str, problem: FieldProblem, detail: impl Into<String>) -> Self {
        Self {
            kind: FieldErrorKind::Field(problem),
            pointer: pointer.into(),
            detail: detail.into(),
        }
    }
}

impl Problem {
    /// A problem of this status.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            r#type: "about:blank",
            kind: Box::new(ProblemKind::Request(status.into())),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            instance: None,
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// 401: who are you?
    pub fn unauthorized(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, detail)
    }

    /// 422: fields that are wrong.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = errors
            .iter()
            .map(|error| format!("{}: {}", error.pointer, error.detail))
            .collect::<Vec<_>>();
        Self {
            errors,
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail.join("; "))
        }
    }

    /// 422: one field that is wrong.
    pub fn field(pointer: &str, detail: impl Into<String>) -> Self {
        Self::field_of(pointer, FieldProblem::Invalid, detail)
    }

    /// 422: one field that is wrong in this way.
    pub fn field_of(pointer: &str, problem: FieldProblem, detail: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(pointer, problem, detail)])
    }

    /// Says which problem it is, where the status alone doesn't.
    pub fn of(mut self, kind: ProblemKind) -> Self {
        self.kind = Box::new(kind);
        self
    }

    /// Names the path that was asked for.
    pub fn at(mut self, request: &HttpRequest) -> Self {
        self.instance = Some(request.path().into());
        self
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.status, self.title, self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if self.status == 401 {
            response.insert_header(("WWW-Authenticate", "Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            response.insert_header(("Retry-After", seconds.to_string()));
        } else if self.status == 503 {
            response.insert_header(("Retry-After", "2"));
        }
        response
            .content_type(CONTENT_TYPE)
            .body(serde_json::to_vec(self).unwrap_or_default())
    }
}

impl From<domain::Error> for Problem {
    fn from(error: domain::Error) -> Self {
        use domain::Error as E;
        match error {
            E::NotFound(_) => Self::new(StatusCode::NOT_FOUND, error.to_string()),
            E::Language(error) => {
                tracing::error!("{error}");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the Persian language files are missing on this server, or damaged; ask the administrator to run ./setup.sh and ./start.sh",
                )
                .of(RequestProblem::LanguageFilesMissing.into())
            }
            E::Conflict(conflict) => Self::new(StatusCode::CONFLICT, conflict.to_string())
                .of(ProblemKind::Conflict(conflict)),
            E::Jobs(jobs::Error::Conflict(conflict)) => {
                Self::new(StatusCode::CONFLICT, conflict.to_string()).of(ProblemKind::Job(conflict))
            }
            E::Invalid { pointer, reason } => Self::invalid(vec![FieldError {
                pointer: pointer.into(),
                detail: reason.to_string(),
                kind: FieldErrorKind::Value(reason),
            }]),
            E::Storage(object_store)
                if matches!(object_store, domain::storage::StoreError::NotFound { .. }) =>
            {
                tracing::error!("a row names bytes that are not there: {object_store}");
                Self::new(StatusCode::NOT_FOUND, "the file is gone from the storage")
            }
            error if error.is_storage_full() => {
                tracing::error!("{error}");
                Self::new(
                    StatusCode::INSUFFICIENT_STORAGE,
                    "the storage has no room for this; ask the administrator to make some",
                )
                .of(ProblemKind::Work(WorkFailure::from(&error)))
            }
            E::Database(error) if jobs::database_error::is_lock_timeout(&error) => {
                tracing::warn!("{error}");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "what this concerns is changed by somebody else just now; try again shortly",
                )
            }
            error if error.is_transient() => {
                tracing::error!("{error}");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the database or the storage is away; try again shortly",
                )
            }
            error => {
                tracing::error!("{error}");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "something went wrong on our side; the log has the details",
                )
            }
        }
    }
}

impl From<jobs::Error> for Problem {
    fn from(error: jobs::Error) -> Self {
        domain::Error::from(error).into()
    }
}

/// Any path that isn't there.
pub async fn not_found(request: HttpRequest) -> HttpResponse {
    let detail = format!(
        "there is nothing at {} {}",
        request.method(),
        request.path()
    );
    Problem::new(StatusCode::NOT_FOUND, detail)
        .at(&request)
        .error_response()
}
