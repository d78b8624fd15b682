//! Finds a file's bytes and opens them at any place. Large files lie on other hosts, at signed addresses that expire.

use std::ops::Range;

use bytes::Bytes;
use reqwest::{
    Method, Response, StatusCode, Url,
    header::{ACCEPT_ENCODING, RANGE},
};

use crate::{
    Error, Result,
    answers::RepoFile,
    client::{About, Hub, Token, header, problem, redirect},
    digest::Digest,
    names::{Commit, RepoId, RepoPath},
};

/// Redirects that are followed from one host of files to the next.
const MAX_REDIRECTS: usize = 5;

/// Where a file's bytes are now.
#[derive(Debug, Clone)]
pub struct Located {
    url: Url,
    repo: RepoId,
    path: RepoPath,
    size: u64,
}

/// A file's bytes, coming.
#[derive(Debug)]
pub struct Opened {
    /// The place of the first byte that comes: where it was asked for, or 0 where the server can't begin elsewhere.
    pub from: u64,
    response: Response,
}

impl Hub {
    /// Where the Hub is asked for the file; it leads from there to the bytes.
    ///
    /// # Errors
    /// Where the endpoint can't have paths.
    pub fn unlocated(&self, repo: &RepoId, commit: &Commit, file: &RepoFile) -> Result<Located> {
        let parts = repo
            .as_str()
            .split('/')
            .chain(["resolve", commit.as_str()])
            .chain(file.path.as_str().split('/'));
        let url = self.url(&parts.collect::<Vec<_>>())?;
        Ok(Located {
            url,
            repo: repo.clone(),
            path: file.path.clone(),
            size: file.size_bytes,
        })
    }

    /// Where the file's bytes are. Asked again, the answer is another one: addresses expire within the hour.
    ///
    /// # Errors
    /// Where it is not there or may not be seen; [`Error::Changed`] where it is not the file that was expected.
    pub async fn locate(
        &self,
        repo: &RepoId,
        commit: &Commit,
        file: &RepoFile,
        token: Option<&Token>,
    ) -> Result<Located> {
        let unlocated = self.unlocated(repo, commit, file)?;
        let about = About::File(repo, file.path.as_str());
        let url = unlocated.url.clone();
        let response = self.ask(Method::HEAD, url, token, &about).await?;

        let headers = response.headers();
        let linked = header(headers, "x-linked-etag");
        let etag = linked.or_else(|| header(headers, "etag"));
        let size = header(
            headers,
            if linked.is_some() {
                "x-linked-size"
            } else {
                "content-length"
            },
        );
        let digest = etag.and_then(|etag| Digest::from_etag(etag).ok());
        let size = size.and_then(|size| size.parse::<u64>().ok());
        let another_commit =
            header(headers, "x-repo-commit").is_some_and(|named| named != commit.as_str());
        if another_commit || digest != Some(file.digest) || size != Some(file.size_bytes) {
            return Err(Error::Changed {
                path: file.path.to_string(),
            });
        }
        let url = redirect(&response, response.url())?.unwrap_or_else(|| response.url().clone());
        Ok(Located { url, ..unlocated })
    }

    /// Opens the file's bytes in `range`.
    ///
    /// # Errors
    /// [`Error::Expired`] where the address is of no use any more: locate the file again.
    pub async fn open(
        &self,
        located: &Located,
        range: Range<u64>,
        token: Option<&Token>,
    ) -> Result<Opened> {
        let about = About::File(&located.repo, located.path.as_str());
        let mut url = located.url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let client = self.network.to(&url).await?;
            let mut request = client.get(url.clone()).header(ACCEPT_ENCODING, "identity");
            if range != (0..located.size) {
                request = request.header(
                    RANGE,
                    format!("bytes={}-{}", range.start, range.end.saturating_sub(1)),
                );
            }
            let at_endpoint = self.network.is_endpoint(&url);
            if let Some(token) = token.filter(|_| at_endpoint) {
                request = request.bearer_auth(token.expose());
            }
            let answered = tokio::time::timeout(self.config.answer_timeout, request.send()).await;
            let response = answered.map_err(|_| Error::Silent(self.config.answer_timeout))??;
            if let Some(next) = redirect(&response, &url)? {
                url = next;
                continue;
            }
            return match response.status() {
                StatusCode::OK => Ok(Opened { from: 0, response }),
                StatusCode::PARTIAL_CONTENT if is_part(&response, &range, located.size) => {
                    Ok(Opened {
                        from: range.start,
                        response,
                    })
                }
                StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                    Err(Error::Changed {
                        path: located.path.to_string(),
                    })
                }
                // So say the hosts of files that an address has expired.
                status
                    if !at_endpoint
                        && status.is_client_error()
                        && !matches!(status.as_u16(), 408 | 429) =>
                {
                    Err(Error::Expired)
                }
                status => Err(problem(
                    status,
                    response.headers(),
                    &about,
                    &self.config.endpoint,
                )),
            };
        }
        Err(Error::Redirect("it leads round in circles".into()))
    }
}

impl Hub {
    /// A small text file, such as the model's card. What is longer than `limit` bytes is cut off.
    ///
    /// # Errors
    /// Where it may not be seen.
    pub async fn text(
        &self,
        repo: &RepoId,
        commit: &Commit,
        file: &RepoFile,
        limit: usize,
        token: Option<&Token>,
    ) -> Result<String> {
        let located = self.unlocated(repo, commit, file)?;
        let mut opened = self.open(&located, 0..file.size_bytes, token).await?;
        let mut bytes = Vec::new();
        while bytes.len() < limit
            && let Some(chunk) = opened.next().await?
        {
            bytes.extend_from_slice(&chunk);
        }
        bytes.truncate(limit);
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl Opened {
    /// The next bytes; `None` after the last, or where the connection ended early without saying so.
    ///
    /// # Errors
    /// Where the connection breaks, or nothing comes for too long.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        Ok(self.response.chunk().await?)
    }
}

/// Whether the answer begins where it was asked to, and is of a file of that size.
fn is_part(response: &Response, range: &Range<u64>, size: u64) -> bool {
    let told =
        header(response.headers(), "content-range").and_then(|told| told.strip_prefix("bytes "));
    let Some((place, total)) = told.and_then(|told| told.split_once('/')) else {
        return false;
    };
    let from = place
        .split_once('-')
        .and_then(|(from, _)| from.parse::<u64>().ok());
    from == Some(range.start) && total.parse() == Ok(size)
}
