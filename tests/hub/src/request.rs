//! What is read from requests, and the responses that several handlers share.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde_json::json;

use crate::{
    faults::Place,
    repository::Repository,
    state::{RecordedRequest, State, lock},
};

/// Status, `X-Error-Code` and `X-Error-Message`.
pub(crate) struct ErrorResponse(
    pub(crate) u16,
    pub(crate) Option<&'static str>,
    pub(crate) &'static str,
);

pub(crate) fn visible(
    request: &HttpRequest,
    state: &State,
    id: &str,
) -> Result<Arc<Repository>, ErrorResponse> {
    let account = token(request).map(|token| state.account(&token));
    if account == Some(None) {
        return Err(ErrorResponse(
            401,
            None,
            "Invalid credentials in Authorization header",
        ));
    }
    match state.repository(id) {
        Some(repository) if !repository.private || account.is_some() => Ok(repository),
        // Without a valid token the Hub doesn't say whether a repository exists.
        _ => {
            let status = if account.is_some() { 404 } else { 401 };
            Err(ErrorResponse(
                status,
                Some("RepoNotFound"),
                "Repository not found",
            ))
        }
    }
}

pub(crate) fn error_response(status: u16, code: Option<&str>, message: &str) -> HttpResponse {
    let mut response = HttpResponse::build(StatusCode::from_u16(status).unwrap());
    response.insert_header(("X-Error-Message", message));
    if let Some(code) = code {
        response.insert_header(("X-Error-Code", code));
    }
    response.json(json!({ "error": message }))
}

pub(crate) fn status_response(
    status: u16,
    header: Option<(&'static str, &'static str)>,
) -> HttpResponse {
    let mut response = HttpResponse::build(StatusCode::from_u16(status).unwrap());
    if let Some(header) = header {
        response.insert_header(header);
    }
    response.finish()
}

pub(crate) fn record(state: &State, place: Place, request: &HttpRequest) {
    let range = request
        .headers()
        .get(header::RANGE)
        .and_then(|range| range.to_str().ok())
        .map(str::to_owned);
    let request_line = format!("{} {}", request.method(), request.path());
    let with_token = request.headers().contains_key(header::AUTHORIZATION);
    lock(&state.requests).push(RecordedRequest {
        place,
        request_line,
        with_token,
        range,
    });
}

pub(crate) fn token(request: &HttpRequest) -> Option<String> {
    let header = request
        .headers()
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?;
    header.strip_prefix("Bearer ").map(str::to_owned)
}

pub(crate) fn pairs(request: &HttpRequest) -> Vec<(String, String)> {
    web::Query::<Vec<(String, String)>>::from_query(request.query_string())
        .map_or_else(|_| Vec::new(), web::Query::into_inner)
}

pub(crate) fn query(request: &HttpRequest, name: &str) -> Vec<String> {
    pairs(request)
        .into_iter()
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value)
        .collect()
}

/// Python says `True`.
pub(crate) fn is_true(request: &HttpRequest, name: &str) -> bool {
    query(request, name)
        .first()
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

pub(crate) fn percent_decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}

pub(crate) fn percent_encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
