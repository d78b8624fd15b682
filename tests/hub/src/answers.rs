//! The calls, one function each.

use std::{collections::BTreeMap, ops::Range, sync::Arc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{Method, StatusCode, header},
    web,
};
use bytes::Bytes;
use futures::stream;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use crate::{
    faults::{Fault, Place},
    repository::{Commit, File, Repository},
    state::{Asked, State, TRUSTED_TOKEN, lock},
};

/// Bytes that are told at a time.
const CHUNK: usize = 1 << 18;
/// When everything was changed last.
const MODIFIED: &str = "2023-09-02T10:00:00.000Z";
/// Most entries of a page.
const PAGE: usize = 1_000;
/// Most of them where much is told of each.
const EXPANDED_PAGE: usize = 50;

/// Everything at the endpoint.
pub(crate) async fn endpoint(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let path = percent_decode(request.path());
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let place = if parts.first() == Some(&"api") {
        Place::Api
    } else {
        Place::Resolve
    };
    note(&state, place, &request);
    let fault = state.faults.meet(place);
    match fault {
        Some(Fault::Status(status, header)) => return failed(status, header),
        Some(Fault::Stall(_, time)) if place == Place::Api => tokio::time::sleep(time).await,
        _ => {}
    }
    match parts.as_slice() {
        ["api", "whoami-v2"] => whoami(&request, &state),
        ["api", "models"] => search(&request, &state),
        ["api", "models", rest @ ..] => model(&request, &state, rest),
        rest => resolve(&request, &state, rest, fault),
    }
}

/// Everything at the host of files: `/{sha256}?signature=…`.
pub(crate) async fn file(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    note(&state, Place::Files, &request);
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
    let fault = state.faults.meet(Place::Files);
    match (
        signature.is_some_and(|signature| state.is_good(signature)),
        fault,
        found,
    ) {
        (_, Some(Fault::Status(status, header)), _) => failed(status, header),
        (_, Some(Fault::Expired), _) | (false, ..) => {
            HttpResponse::Forbidden().body("<Error>AccessDenied</Error>")
        }
        (true, fault, Some(file)) => tell(&request, HttpResponse::Ok(), file, fault),
        (true, _, None) => HttpResponse::NotFound().finish(),
    }
}

fn whoami(request: &HttpRequest, state: &State) -> HttpResponse {
    match token(request).and_then(|token| state.account(&token)) {
        Some(name) => HttpResponse::Ok().json(json!({
            "type": "user", "id": "1", "name": name, "fullname": name, "isPro": false, "orgs": [{ "name": "avagar" }],
            "auth": { "type": "access_token", "accessToken": { "displayName": "tests", "role": "read" } },
        })),
        None => refused(401, None, "Invalid credentials in Authorization header"),
    }
}

fn search(request: &HttpRequest, state: &State) -> HttpResponse {
    if token(request).is_some_and(|token| state.account(&token).is_none()) {
        return refused(401, None, "Invalid credentials in Authorization header");
    }
    let first = |name: &str| query(request, name).into_iter().next();
    let words = first("search").unwrap_or_default().to_lowercase();
    let (task, filters, author) = (
        first("pipeline_tag"),
        query(request, "filter"),
        first("author"),
    );
    let gated = first("gated").map(|gated| gated.eq_ignore_ascii_case("true"));
    let mut found = state.repositories();
    found.retain(|repository| {
        !repository.private
            && repository.id.to_lowercase().contains(&words)
            && task.as_ref().is_none_or(|task| *task == repository.task)
            && author
                .as_ref()
                .is_none_or(|author| repository.id.starts_with(&format!("{author}/")))
            && gated.is_none_or(|gated| gated == repository.gated)
            && filters
                .iter()
                .flat_map(|filter| filter.split(','))
                .all(|filter| repository.tags.iter().any(|tag| tag == filter))
    });
    found.sort_by(|one, other| {
        other
            .downloads
            .cmp(&one.downloads)
            .then_with(|| one.id.cmp(&other.id))
    });
    let limit = first("limit")
        .and_then(|limit| limit.parse().ok())
        .map_or(PAGE, |limit: usize| limit.min(PAGE));
    let full = is_true(request, "full");
    let found = found.iter().map(|repository| {
        let mut answer = summary(repository);
        if let Some(commit) = repository.commits.last().filter(|_| full) {
            answer["siblings"] = siblings(commit, false);
        }
        answer
    });
    paged(request, state, found.collect(), limit)
}

/// As many entries as go onto a page, from where the last page ended, and the way to the next one.
fn paged(
    request: &HttpRequest,
    state: &State,
    mut entries: Vec<Value>,
    limit: usize,
) -> HttpResponse {
    let cursor = query(request, "cursor").into_iter().next();
    let from: usize = cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
    let mut response = HttpResponse::Ok();
    if from + limit < entries.len() {
        let mut next = pairs(request);
        next.retain(|(name, _)| name != "cursor");
        next.push(("cursor".into(), (from + limit).to_string()));
        let next: Vec<String> = next
            .iter()
            .map(|(name, value)| format!("{name}={}", percent_encode(value)))
            .collect();
        let next = format!(
            "<{}{}?{}>; rel=\"next\"",
            state.endpoint,
            request.path(),
            next.join("&")
        );
        response.insert_header(("Link", next));
    }
    entries.drain(..from.min(entries.len()));
    entries.truncate(limit);
    response.json(entries)
}

/// `{id}`, `{id}/revision/{revision}` or `{id}/tree/{revision}[/{folder}]`.
fn model(request: &HttpRequest, state: &State, parts: &[&str]) -> HttpResponse {
    let keyword = parts
        .iter()
        .position(|part| matches!(*part, "revision" | "tree"));
    let (id, rest) = parts.split_at(keyword.unwrap_or(parts.len()));
    let revision = rest.get(1).copied().unwrap_or("main");
    let repository = match visible(request, state, &id.join("/")) {
        Ok(repository) => repository,
        Err(Refusal(status, code, message)) => return refused(status, code, message),
    };
    let Some(commit) = repository.at(revision) else {
        return refused(
            404,
            Some("RevisionNotFound"),
            &format!("Invalid rev id: {revision}"),
        );
    };
    if rest.first() == Some(&"tree") {
        return tree(
            request,
            state,
            commit,
            &rest.get(2..).unwrap_or_default().join("/"),
        );
    }
    let mut answer = summary(&repository);
    answer["sha"] = json!(commit.sha);
    if let Some(config) = commit.files.get("config.json") {
        answer["config"] = serde_json::from_slice(&config.bytes).unwrap_or_default();
    }
    answer["siblings"] = siblings(commit, is_true(request, "blobs"));
    HttpResponse::Ok().json(answer)
}

/// What is in a folder, and below it where that is asked for.
fn tree(request: &HttpRequest, state: &State, commit: &Commit, folder: &str) -> HttpResponse {
    let (recursive, expand) = (is_true(request, "recursive"), is_true(request, "expand"));
    let above = if folder.is_empty() {
        String::new()
    } else {
        format!("{folder}/")
    };
    let mut entries = BTreeMap::new();
    for (path, file) in &commit.files {
        let Some(below) = path.strip_prefix(&above) else {
            continue;
        };
        let slashes = below.match_indices('/').map(|(slash, _)| slash);
        for slash in slashes.clone().take(if recursive { usize::MAX } else { 1 }) {
            let folder = format!("{above}{}", &below[..slash]);
            let hash = hex::encode(Sha1::digest(format!("{} {folder}", commit.sha)));
            entries
                .entry(folder.clone())
                .or_insert(json!({ "type": "directory", "path": folder, "size": 0, "oid": hash }));
        }
        if recursive || slashes.count() == 0 {
            entries.insert(path.clone(), entry(path, file));
        }
    }
    if entries.is_empty() && !folder.is_empty() {
        return refused(404, Some("EntryNotFound"), "Entry not found");
    }
    let mut entries: Vec<Value> = entries.into_values().collect();
    if expand {
        for entry in &mut entries {
            entry["lastCommit"] =
                json!({ "id": commit.sha, "title": "Add files", "date": MODIFIED });
            if entry["type"] == "file" {
                entry["securityFileStatus"] = json!({
                    "status": "safe", "avScan": { "status": "safe" }, "pickleImportScan": null,
                });
            }
        }
    }
    let limit = if expand { EXPANDED_PAGE } else { PAGE };
    paged(request, state, entries, limit)
}

/// `{id}/resolve/{revision}/{path}`.
fn resolve(
    request: &HttpRequest,
    state: &State,
    parts: &[&str],
    fault: Option<Fault>,
) -> HttpResponse {
    let Some(keyword) = parts.iter().position(|part| *part == "resolve") else {
        return refused(
            404,
            None,
            "Sorry, we can't find the page you are looking for.",
        );
    };
    let (id, rest) = (parts[..keyword].join("/"), &parts[keyword + 1..]);
    let repository = match visible(request, state, &id) {
        Ok(repository) => repository,
        Err(Refusal(status, code, message)) => return refused(status, code, message),
    };
    if repository.gated && token(request).as_deref() != Some(TRUSTED_TOKEN) {
        let status = if token(request).is_some() { 403 } else { 401 };
        return refused(
            status,
            Some("GatedRepo"),
            &format!("Access to model {id} is restricted."),
        );
    }
    let Some((commit, path)) = rest
        .split_first()
        .and_then(|(revision, path)| Some((repository.at(revision)?, path.join("/"))))
    else {
        return refused(404, Some("RevisionNotFound"), "Invalid rev id");
    };
    let Some(file) = commit.files.get(&path) else {
        let mut response = refused(404, Some("EntryNotFound"), "Entry not found");
        // By this others note that it is not there.
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
    tell(request, response, file, fault)
}

/// A file's bytes, or the range of them that was asked for.
fn tell(
    request: &HttpRequest,
    mut response: HttpResponseBuilder,
    file: &File,
    fault: Option<Fault>,
) -> HttpResponse {
    let size = file.bytes.len();
    let asked = request
        .headers()
        .get(header::RANGE)
        .and_then(|range| range.to_str().ok());
    let asked = asked.filter(|_| !matches!(fault, Some(Fault::NoRanges)));
    let range = match asked.map(|range| read_range(range, size)) {
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
        // Of an answer that is shorter, the last byte is missing: what was ordered happens.
        Some(Fault::Cut(after)) => (Some(after.min(bytes.len().saturating_sub(1))), None),
        Some(Fault::Stall(after, time)) => (None, Some((after, time))),
        _ => (None, None),
    };
    let body = stream::unfold(
        (bytes, 0_usize, stall),
        move |(mut left, told, stall)| async move {
            if left.is_empty() {
                return None;
            }
            if cut.is_some_and(|after| told >= after) {
                return Some((
                    Err(std::io::Error::other("cut")),
                    (Bytes::new(), told, stall),
                ));
            }
            if let Some((after, time)) = stall
                && told >= after
            {
                tokio::time::sleep(time).await;
                return Some((Ok(Bytes::new()), (left, told, None)));
            }
            let stop = cut
                .or(stall.map(|(after, _): (usize, Duration)| after))
                .unwrap_or(usize::MAX);
            let chunk = left.split_to(CHUNK.min(left.len()).min((stop - told).max(1)));
            let told = told + chunk.len();
            Some((Ok(chunk), (left, told, stall)))
        },
    );
    response
        .no_chunking(length as u64)
        .streaming(Box::pin(body))
}

/// Status, `X-Error-Code` and `X-Error-Message`.
struct Refusal(u16, Option<&'static str>, &'static str);

fn visible(request: &HttpRequest, state: &State, id: &str) -> Result<Arc<Repository>, Refusal> {
    let account = token(request).map(|token| state.account(&token));
    if account == Some(None) {
        return Err(Refusal(
            401,
            None,
            "Invalid credentials in Authorization header",
        ));
    }
    match state.repository(id) {
        Some(repository) if !repository.private || account.is_some() => Ok(repository),
        // To whom it doesn't know, it doesn't say what is there.
        _ => {
            let status = if account.is_some() { 404 } else { 401 };
            Err(Refusal(
                status,
                Some("RepoNotFound"),
                "Repository not found",
            ))
        }
    }
}

fn summary(repository: &Repository) -> Value {
    json!({
        "_id": "1", "id": repository.id, "modelId": repository.id, "author": repository.id.split('/').next(),
        "private": repository.private, "disabled": false, "gated": if repository.gated { json!("auto") } else { json!(false) },
        "downloads": repository.downloads, "likes": 7, "library_name": "transformers", "pipeline_tag": repository.task,
        "tags": repository.tags, "createdAt": "2023-09-01T10:00:00.000Z", "lastModified": MODIFIED,
        "sha": repository.commits.last().map(|commit: &Commit| commit.sha.clone()),
    })
}

fn siblings(commit: &Commit, blobs: bool) -> Value {
    commit
        .files
        .iter()
        .map(|(path, file)| sibling(path, file, blobs))
        .collect()
}

fn sibling(path: &str, file: &File, blobs: bool) -> Value {
    let mut answer = json!({ "rfilename": path });
    if blobs {
        answer["size"] = json!(file.bytes.len());
        answer["blobId"] = json!(file.git);
        if file.lfs {
            answer["lfs"] =
                json!({ "sha256": file.sha256, "size": file.bytes.len(), "pointerSize": 134 });
        }
    }
    answer
}

fn entry(path: &str, file: &File) -> Value {
    let mut answer =
        json!({ "type": "file", "path": path, "size": file.bytes.len(), "oid": file.git });
    if file.lfs {
        answer["lfs"] = json!({ "oid": file.sha256, "size": file.bytes.len(), "pointerSize": 134 });
    }
    answer
}

fn refused(status: u16, code: Option<&str>, message: &str) -> HttpResponse {
    let mut response = HttpResponse::build(StatusCode::from_u16(status).unwrap());
    response.insert_header(("X-Error-Message", message));
    if let Some(code) = code {
        response.insert_header(("X-Error-Code", code));
    }
    response.json(json!({ "error": message }))
}

fn failed(status: u16, header: Option<(&'static str, &'static str)>) -> HttpResponse {
    let mut response = HttpResponse::build(StatusCode::from_u16(status).unwrap());
    if let Some(header) = header {
        response.insert_header(header);
    }
    response.finish()
}

fn note(state: &State, place: Place, request: &HttpRequest) {
    let range = request
        .headers()
        .get(header::RANGE)
        .and_then(|range| range.to_str().ok())
        .map(str::to_owned);
    let what = format!("{} {}", request.method(), request.path());
    let with_token = request.headers().contains_key(header::AUTHORIZATION);
    lock(&state.asked).push(Asked {
        place,
        what,
        with_token,
        range,
    });
}

fn token(request: &HttpRequest) -> Option<String> {
    let header = request
        .headers()
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?;
    header.strip_prefix("Bearer ").map(str::to_owned)
}

/// `bytes=a-b` or `bytes=a-`; `None` where it lies behind the file.
fn read_range(header: &str, size: usize) -> Option<Range<usize>> {
    let (from, to) = header.strip_prefix("bytes=")?.split_once('-')?;
    let from: usize = from.parse().ok()?;
    let end = to.parse::<usize>().map_or(size, |last| size.min(last + 1));
    (from < end).then_some(from..end)
}

fn pairs(request: &HttpRequest) -> Vec<(String, String)> {
    web::Query::<Vec<(String, String)>>::from_query(request.query_string())
        .map_or_else(|_| Vec::new(), web::Query::into_inner)
}

fn query(request: &HttpRequest, name: &str) -> Vec<String> {
    pairs(request)
        .into_iter()
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value)
        .collect()
}

/// Python says `True`.
fn is_true(request: &HttpRequest, name: &str) -> bool {
    query(request, name)
        .first()
        .is_some_and(|said| said.eq_ignore_ascii_case("true"))
}

fn percent_decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}

fn percent_encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
