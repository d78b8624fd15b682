//! Files: `resolve` at the endpoint, which has small ones and redirects to the host of large ones.

use std::{ops::Range, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{Method, StatusCode, header},
    web,
};
use bytes::Bytes;
use futures::stream;

use crate::{
    faults::{Fault, Place},
    repository::File,
    request::{ErrorResponse, error_response, query, record, status_response, token, visible},
    state::{State, TRUSTED_TOKEN},
};

/// Bytes that are sent at a time.
const CHUNK_BYTES: usize = 1 << 18;

/// All requests to the host of large files: `/{sha256}?signature=…`.
pub(crate) async fn file(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    record(&state, Place::Files, &request);
    let signature = query(&request, "signature")
        .first()
        .and_then(|signature| signature.parse().ok());
    let sha256 = request.path().trim_matches('/');
    let repositories = state.repositories();
    let found = repositories
        .iter()
        .flat_map(|repository| &repository.commits)
        .flat_map(|commit| commit.files.values())
        .find(|file| file.sha256 == sha256);
    let fault = state.faults.take(Place::Files);
    match (
        signature.is_some_and(|signature| state.is_valid(signature)),
        fault,
        found,
    ) {
        (_, Some(Fault::Status(status, header)), _) => status_response(status, header),
        (_, Some(Fault::Expired), _) | (false, ..) => {
            HttpResponse::Forbidden().body("<Error>AccessDenied</Error>")
        }
        (true, fault, Some(file)) => send_file(&request, HttpResponse::Ok(), file, fault),
        (true, _, None) => HttpResponse::NotFound().finish(),
    }
}

/// `{id}/resolve/{revision}/{path}`.
pub(crate) fn resolve(
    request: &HttpRequest,
    state: &State,
    parts: &[&str],
    fault: Option<Fault>,
) -> HttpResponse {
    let Some(keyword) = parts.iter().position(|part| *part == "resolve") else {
        return error_response(
            404,
            None,
            "Sorry, we can't find the page you are looking for.",
        );
    };
    let (id, rest) = (parts[..keyword].join("/"), &parts[keyword + 1..]);
    let repository = match visible(request, state, &id) {
        Ok(repository) => repository,
        Err(ErrorResponse(status, code, message)) => return error_response(status, code, message),
    };
    if repository.gated && token(request).as_deref() != Some(TRUSTED_TOKEN) {
        let status = if token(request).is_some() { 403 } else { 401 };
        return error_response(
            status,
            Some("GatedRepo"),
            &format!("Access to model {id} is restricted."),
        );
    }
    let Some((commit, path)) = rest
        .split_first()
        .and_then(|(revision, path)| Some((repository.at(revision)?, path.join("/"))))
    else {
        return error_response(404, Some("RevisionNotFound"), "Invalid rev id");
    };
    let Some(file) = commit.files.get(&path) else {
        let mut response = error_response(404, Some("EntryNotFound"), "Entry not found");
        // Clients cache by commit that the file is missing.
        if let Ok(sha) = header::HeaderValue::from_str(&commit.sha) {
            let name = header::HeaderName::from_static("x-repo-commit");
            response.headers_mut().insert(name, sha);
        }
        return response;
    };
    let etag = if matches!(fault, Some(Fault::ChangedEtag)) {
        "0".repeat(file.etag().len())
    } else {
        file.etag().to_owned()
    };
    let mut response = HttpResponse::Ok();
    response.insert_header(("X-Repo-Commit", commit.sha.clone()));
    if file.lfs {
        let place = format!(
            "{}/{}?signature={}",
            state.files_url,
            file.sha256,
            state.sign()
        );
        response
            .status(StatusCode::FOUND)
            .insert_header(("X-Linked-Etag", format!("\"{etag}\"")))
            .insert_header(("X-Linked-Size", file.bytes.len().to_string()))
            .insert_header((header::LOCATION, place));
        return response.finish();
    }
    response.insert_header((header::ETAG, format!("\"{etag}\"")));
    send_file(request, response, file, fault)
}

/// A file's bytes, or the requested range of them.
fn send_file(
    request: &HttpRequest,
    mut response: HttpResponseBuilder,
    file: &File,
    fault: Option<Fault>,
) -> HttpResponse {
    let size = file.bytes.len();
    let range_header = request
        .headers()
        .get(header::RANGE)
        .and_then(|range| range.to_str().ok());
    let range_header = range_header.filter(|_| !matches!(fault, Some(Fault::NoRanges)));
    let range = match range_header.map(|range| parse_range(range, size)) {
        None => 0..size,
        Some(Some(range)) => {
            response.status(StatusCode::PARTIAL_CONTENT).insert_header((
                header::CONTENT_RANGE,
                format!("bytes {}-{}/{size}", range.start, range.end - 1),
            ));
            range
        }
        Some(None) => return HttpResponse::RangeNotSatisfiable().finish(),
    };
    let length = range.len();
    response.insert_header((header::ACCEPT_RANGES, "bytes"));
    if request.method() == Method::HEAD {
        return response
            .no_chunking(length as u64)
            .streaming(stream::empty::<Result<Bytes, std::io::Error>>());
    }
    let mut bytes = file.bytes.slice(range);
    if matches!(fault, Some(Fault::WrongByte)) {
        let mut wrong = bytes.to_vec();
        if let Some(byte) = wrong.last_mut() {
            *byte ^= 1;
        }
        bytes = wrong.into();
    }
    let (cut, stall) = match fault {
        // Of a shorter body, the last byte is missing: the fault always happens.
        Some(Fault::Cut(after)) => (Some(after.min(bytes.len().saturating_sub(1))), None),
        Some(Fault::Stall(after, time)) => (None, Some((after, time))),
        _ => (None, None),
    };
    let body = stream::unfold(
        (bytes, 0_usize, stall),
        move |(mut left, sent, stall)| async move {
            if left.is_empty() {
                return None;
            }
            if cut.is_some_and(|after| sent >= after) {
                return Some((
                    Err(std::io::Error::other("cut")),
                    (Bytes::new(), sent, stall),
                ));
            }
            if let Some((after, time)) = stall
                && sent >= after
            {
                tokio::time::sleep(time).await;
                return Some((Ok(Bytes::new()), (left, sent, None)));
            }
            let stop = cut
                .or(stall.map(|(after, _): (usize, Duration)| after))
                .unwrap_or(usize::MAX);
            let chunk = left.split_to(CHUNK_BYTES.min(left.len()).min((stop - sent).max(1)));
            let sent = sent + chunk.len();
            Some((Ok(chunk), (left, sent, stall)))
        },
    );
    response
        .no_chunking(length as u64)
        .streaming(Box::pin(body))
}

/// `bytes=a-b` or `bytes=a-`; `None` where it lies behind the file.
fn parse_range(header: &str, size: usize) -> Option<Range<usize>> {
    let (from, to) = header.strip_prefix("bytes=")?.split_once('-')?;
    let from: usize = from.parse().ok()?;
    let end = to.parse::<usize>().map_or(size, |last| size.min(last + 1));
    (from < end).then_some(from..end)
}
