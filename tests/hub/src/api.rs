//! The API: JSON below `/api`.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use crate::{
    repository::{Commit, File, Repository},
    request::{
        ErrorResponse, error_response, is_true, pairs, percent_encode, query, token, visible,
    },
    state::State,
};

/// When everything was last changed.
const MODIFIED: &str = "2023-09-02T10:00:00.000Z";
/// Entries of a page.
const PAGE_SIZE: usize = 1_000;
/// Entries of a page with `expand`.
const EXPANDED_PAGE_SIZE: usize = 50;

pub(crate) fn whoami(request: &HttpRequest, state: &State) -> HttpResponse {
    match token(request).and_then(|token| state.account(&token)) {
        Some(name) => HttpResponse::Ok().json(json!({
            "type": "user", "id": "1", "name": name, "fullname": name, "isPro": false, "orgs": [{ "name": "avagar" }],
            "auth": { "type": "access_token", "accessToken": { "displayName": "tests", "role": "read" } },
        })),
        None => error_response(401, None, "Invalid credentials in Authorization header"),
    }
}

pub(crate) fn search(request: &HttpRequest, state: &State) -> HttpResponse {
    if token(request).is_some_and(|token| state.account(&token).is_none()) {
        return error_response(401, None, "Invalid credentials in Authorization header");
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
        .map_or(PAGE_SIZE, |limit: usize| limit.min(PAGE_SIZE));
    let full = is_true(request, "full");
    let found = found.iter().map(|repository| {
        let mut body = summary(repository);
        if let Some(commit) = repository.commits.last().filter(|_| full) {
            body["siblings"] = siblings(commit, false);
        }
        body
    });
    paged(request, state, found.collect(), limit)
}

/// One page of entries, from the cursor on, and a `Link` to the next one.
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
pub(crate) fn model(request: &HttpRequest, state: &State, parts: &[&str]) -> HttpResponse {
    let keyword = parts
        .iter()
        .position(|part| matches!(*part, "revision" | "tree"));
    let (id, rest) = parts.split_at(keyword.unwrap_or(parts.len()));
    let revision = rest.get(1).copied().unwrap_or("main");
    let repository = match visible(request, state, &id.join("/")) {
        Ok(repository) => repository,
        Err(ErrorResponse(status, code, message)) => return error_response(status, code, message),
    };
    let Some(commit) = repository.at(revision) else {
        return error_response(
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
    let mut body = summary(&repository);
    body["sha"] = json!(commit.sha);
    if let Some(config) = commit.files.get("config.json") {
        body["config"] = serde_json::from_slice(&config.bytes).unwrap_or_default();
    }
    body["siblings"] = siblings(commit, is_true(request, "blobs"));
    HttpResponse::Ok().json(body)
}

/// A folder's entries, with `recursive` also those of the folders below.
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
        return error_response(404, Some("EntryNotFound"), "Entry not found");
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
    let limit = if expand {
        EXPANDED_PAGE_SIZE
    } else {
        PAGE_SIZE
    };
    paged(request, state, entries, limit)
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
    let mut body = json!({ "rfilename": path });
    if blobs {
        body["size"] = json!(file.bytes.len());
        body["blobId"] = json!(file.git);
        if file.lfs {
            body["lfs"] =
                json!({ "sha256": file.sha256, "size": file.bytes.len(), "pointerSize": 134 });
        }
    }
    body
}

fn entry(path: &str, file: &File) -> Value {
    let mut body =
        json!({ "type": "file", "path": path, "size": file.bytes.len(), "oid": file.git });
    if file.lfs {
        body["lfs"] = json!({ "oid": file.sha256, "size": file.bytes.len(), "pointerSize": 134 });
    }
    body
}
