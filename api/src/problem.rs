//! RFC 9457 problem documents: the one shape of every error.

use std::num::NonZeroU16;

use actix_web::{HttpRequest, HttpResponse, ResponseError, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

/// The answer of every handler.
pub type ApiResult<T> = std::result::Result<T, Problem>;

/// The media type of problem documents.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// A problem document.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the status says what kind of problem it is.
    pub r#type: &'static str,
    /// The status, in words.
    pub title: String,
    /// The HTTP status.
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
}

/// One field that is wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer of the field.
    pub pointer: String,
    /// What was expected, and what was got.
    pub detail: String,
}

impl Problem {
    /// A problem of this status.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("Error").into(),
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
        Self::invalid(vec![FieldError {
            pointer: pointer.into(),
            detail: detail.into(),
        }])
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
            E::Conflict(detail) => Self::new(StatusCode::CONFLICT, detail),
            E::Invalid { pointer, detail } => Self::field(pointer, detail),
            E::Storage(object_store)
                if matches!(object_store, domain::storage::StoreError::NotFound { .. }) =>
            {
                tracing::error!("a row names bytes that are not there: {object_store}");
                Self::new(StatusCode::NOT_FOUND, "the file is gone from the storage")
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
