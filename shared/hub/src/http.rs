//! What the Hub's HTTP responses mean: redirects, errors by status and by the Hub's own headers, and JSON of a bounded size.

use std::time::{Duration, SystemTime};

use reqwest::{
    Response, StatusCode, Url,
    header::{HeaderMap, HeaderName, LOCATION, RETRY_AFTER},
};

use crate::{
    Error, Result,
    names::{RepoId, Revision},
};

/// Where a 429 doesn't say when to come again.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(60);
/// Longest wait that is believed.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3_600);
/// Added to the wait that the Hub names: the clocks differ.
const RETRY_AFTER_MARGIN: Duration = Duration::from_secs(1);
/// Longest JSON body that is read: 5,000 files take about 2 MB.
const MAX_JSON_BYTES: usize = 64 << 20;

/// What a request was for, for the message of its error.
pub(crate) enum ErrorContext<'a> {
    Account,
    Search,
    Revision(&'a RepoId, &'a Revision),
    File(&'a RepoId, &'a str),
}

impl ErrorContext<'_> {
    fn repo(&self) -> String {
        match self {
            Self::Account | Self::Search => String::new(),
            Self::Revision(repo, _) | Self::File(repo, _) => repo.to_string(),
        }
    }
}

/// Where a response redirects to, if anywhere.
pub(crate) fn redirect_target(response: &Response, from: &Url) -> Result<Option<Url>> {
    if !response.status().is_redirection() || response.status() == StatusCode::NOT_MODIFIED {
        return Ok(None);
    }
    let location = header(response.headers(), LOCATION.as_str())
        .ok_or_else(|| Error::Redirect("no Location".into()))?;
    from.join(location)
        .map(Some)
        .map_err(|error| Error::Redirect(error.to_string()))
}

/// The error that a response stands for which is neither a success nor a redirect.
pub(crate) fn response_error(
    status: StatusCode,
    headers: &HeaderMap,
    context: &ErrorContext<'_>,
    endpoint: &Url,
) -> Error {
    let message = header(headers, "x-error-message").unwrap_or_default();
    let repo = context.repo();
    match (header(headers, "x-error-code"), context) {
        (Some("GatedRepo"), _) => {
            return Error::Gated {
                page: web_page(endpoint, &repo),
                repo,
            };
        }
        (Some("RepoNotFound"), _) => return Error::RepoNotFound { repo },
        (Some("RevisionNotFound"), ErrorContext::Revision(_, revision)) => {
            return Error::RevisionNotFound {
                repo,
                revision: revision.to_string(),
            };
        }
        (Some("RevisionNotFound" | "EntryNotFound"), ErrorContext::File(_, path)) => {
            return Error::FileNotFound {
                repo,
                path: (*path).to_owned(),
            };
        }
        _ => {}
    }
    if message.starts_with("Access to this resource is disabled") {
        return Error::Disabled { repo };
    }
    match status.as_u16() {
        401 if matches!(context, ErrorContext::Account | ErrorContext::Search) => {
            Error::InvalidToken
        }
        // Without a valid token the Hub doesn't say whether the repository exists.
        401 if message.starts_with("Invalid") => Error::InvalidToken,
        401 | 404 => Error::RepoNotFound { repo },
        403 => Error::Forbidden {
            message: if message.is_empty() {
                "forbidden".into()
            } else {
                message.into()
            },
        },
        429 => Error::RateLimited {
            wait: retry_after(headers).unwrap_or(DEFAULT_RETRY_AFTER),
        },
        status @ (408 | 500..=599) => Error::Unavailable {
            status,
            wait: retry_after(headers),
        },
        status => Error::UnexpectedResponse(format!("status {status} {message}")),
    }
}

/// A repository's page, for a browser.
pub(crate) fn web_page(endpoint: &Url, repo: &str) -> String {
    format!("{}/{repo}", endpoint.as_str().trim_end_matches('/'))
}

/// How long to wait: `RateLimit: "api";r=0;t=55`, else `Retry-After`, seconds or a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let reset = header(headers, "ratelimit").and_then(|limit| {
        limit
            .split(';')
            .find_map(|part| part.trim().strip_prefix("t=")?.parse::<u64>().ok())
    });
    let wait = match reset {
        Some(seconds) => Duration::from_secs(seconds),
        None => {
            let value = header(headers, RETRY_AFTER.as_str())?.trim();
            match value.parse() {
                Ok(seconds) => Duration::from_secs(seconds),
                // A date that has passed is no wait.
                Err(_) => httpdate::parse_http_date(value)
                    .ok()?
                    .duration_since(SystemTime::now())
                    .unwrap_or_default(),
            }
        }
    };
    Some(wait.min(MAX_RETRY_AFTER) + RETRY_AFTER_MARGIN)
}

pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name.parse::<HeaderName>().ok()?)?.to_str().ok()
}

/// Reads a JSON body, up to [`MAX_JSON_BYTES`].
pub(crate) async fn read_json<T: serde::de::DeserializeOwned>(mut response: Response) -> Result<T> {
    let mut body = Vec::new();
    while let Some(bytes) = response.chunk().await? {
        if body.len() + bytes.len() > MAX_JSON_BYTES {
            return Err(Error::UnexpectedResponse(format!(
                "more than {MAX_JSON_BYTES} bytes"
            )));
        }
        body.extend_from_slice(&bytes);
    }
    serde_json::from_slice(&body).map_err(|error| Error::UnexpectedResponse(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, headers: &[(&str, &str)]) -> Error {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        let (repo, revision) = ("a/b".parse().unwrap(), Revision::main());
        let endpoint = "https://hub.example".parse().unwrap();
        response_error(
            StatusCode::from_u16(status).unwrap(),
            &map,
            &ErrorContext::Revision(&repo, &revision),
            &endpoint,
        )
    }

    #[test]
    fn a_rate_limit_says_how_long_to_wait() {
        let seconds = |headers: &[(&str, &str)]| {
            let error = error(429, headers);
            error.retry_after().unwrap().as_secs()
        };
        assert_eq!(seconds(&[("ratelimit", "\"api\";r=0;t=55")]), 56);
        assert_eq!(seconds(&[("retry-after", "7")]), 8);
        assert_eq!(
            seconds(&[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")]),
            1
        );
        assert_eq!(seconds(&[("retry-after", "99999999")]), 3_601);
        assert_eq!(seconds(&[]), 60);
        assert_eq!(
            error(503, &[("retry-after", "2")]).retry_after(),
            Some(Duration::from_secs(3))
        );
    }

    #[test]
    fn error_responses_become_messages_that_say_what_to_do() {
        let gated = error(403, &[("x-error-code", "GatedRepo")]);
        assert!(
            gated.to_string().contains("https://hub.example/a/b"),
            "{gated}"
        );
        assert!(matches!(
            error(401, &[("x-error-code", "RepoNotFound")]),
            Error::RepoNotFound { .. }
        ));
        assert!(matches!(
            error(404, &[("x-error-code", "RevisionNotFound")]),
            Error::RevisionNotFound { .. }
        ));
        assert!(matches!(
            error(
                401,
                &[(
                    "x-error-message",
                    "Invalid credentials in Authorization header"
                )]
            ),
            Error::InvalidToken
        ));
        assert!(matches!(
            error(
                403,
                &[("x-error-message", "Access to this resource is disabled.")]
            ),
            Error::Disabled { .. }
        ));
        assert!(
            error(403, &[("x-error-message", "needs write rights")])
                .to_string()
                .contains("write rights")
        );
        for status in [500, 502, 503, 504, 408, 429] {
            assert!(error(status, &[]).is_transient(), "{status}");
        }
        for status in [400, 401, 403, 404, 410, 418] {
            assert!(!error(status, &[]).is_transient(), "{status}");
        }
    }
}
