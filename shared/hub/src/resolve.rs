//! Resolves where a file's bytes are, and opens them at any offset. Large files lie on other hosts, at signed URLs that expire.

use std::ops::Range;

use bytes::Bytes;
use reqwest::{Method, Response, StatusCode, Url, header::RANGE};

use crate::{
    Error, Result,
    client::Hub,
    digest::Digest,
    http::{ErrorContext, header, redirect_target, response_error},
    names::{Commit, RepoId, RepoPath},
    responses::RepoFile,
    token::Token,
};

/// Redirects that are followed from the endpoint to the bytes.
const MAX_REDIRECTS: usize = 5;

/// The URL of a file's bytes, for now.
#[derive(Debug, Clone)]
pub struct FileLocation {
    url: Url,
    repo: RepoId,
    path: RepoPath,
    size: u64,
}

/// A response with a file's bytes.
#[derive(Debug)]
pub struct FileStream {
    /// Of its first byte: the start of the range, or 0 from a server without range requests.
    pub offset: u64,
    response: Response,
}

impl Hub {
    /// The file's `resolve` URL at the endpoint, which redirects to the bytes or has them itself.
    ///
    /// # Errors
    /// Where the endpoint can't have paths.
    pub fn endpoint_location(
        &self,
        repo: &RepoId,
        commit: &Commit,
        file: &RepoFile,
    ) -> Result<FileLocation> {
        let parts = repo
            .as_str()
            .split('/')
            .chain(["resolve", commit.as_str()])
            .chain(file.path.as_str().split('/'));
        let url = self.url(&parts.collect::<Vec<_>>())?;
        Ok(FileLocation {
            url,
            repo: repo.clone(),
            path: file.path.clone(),
            size: file.size_bytes,
        })
    }

    /// Resolves the URL of the file's bytes. It expires within the hour, so it is not to be kept for longer.
    ///
    /// # Errors
    /// Where it is not there or may not be seen; [`Error::Changed`] where it is not the file that was expected.
    pub async fn locate(
        &self,
        repo: &RepoId,
        commit: &Commit,
        file: &RepoFile,
        token: Option<&Token>,
    ) -> Result<FileLocation> {
        let endpoint_location = self.endpoint_location(repo, commit, file)?;
        let context = ErrorContext::File(repo, file.path.as_str());
        let url = endpoint_location.url.clone();
        let response = self.send(Method::HEAD, url, token, &context).await?;

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
        let url =
            redirect_target(&response, response.url())?.unwrap_or_else(|| response.url().clone());
        Ok(FileLocation {
            url,
            ..endpoint_location
        })
    }

    /// Requests the file's bytes in `range`.
    ///
    /// # Errors
    /// [`Error::UrlExpired`] where the signed URL is not valid any more: locate the file again.
    pub async fn open(
        &self,
        location: &FileLocation,
        range: Range<u64>,
        token: Option<&Token>,
    ) -> Result<FileStream> {
        let context = ErrorContext::File(&location.repo, location.path.as_str());
        let mut url = location.url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let client = self.network.client_for(&url).await?;
            let mut request = client.get(url.clone());
            if range != (0..location.size) {
                request = request.header(
                    RANGE,
                    format!("bytes={}-{}", range.start, range.end.saturating_sub(1)),
                );
            }
            let at_endpoint = self.network.is_endpoint(&url);
            let response = self
                .response(request, token.filter(|_| at_endpoint))
                .await?;
            if let Some(next) = redirect_target(&response, &url)? {
                url = next;
                continue;
            }
            return match response.status() {
                StatusCode::OK => Ok(FileStream {
                    offset: 0,
                    response,
                }),
                StatusCode::PARTIAL_CONTENT if is_part(&response, &range, location.size) => {
                    Ok(FileStream {
                        offset: range.start,
                        response,
                    })
                }
                StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                    Err(Error::Changed {
                        path: location.path.to_string(),
                    })
                }
                // This is how storage hosts refuse an expired URL.
                status
                    if !at_endpoint
                        && status.is_client_error()
                        && !matches!(status.as_u16(), 408 | 429) =>
                {
                    Err(Error::UrlExpired)
                }
                status => Err(response_error(
                    status,
                    response.headers(),
                    &context,
                    &self.config.endpoint,
                )),
            };
        }
        Err(Error::Redirect("too many redirects".into()))
    }
}

impl Hub {
    /// A small text file, such as the model card, truncated to `limit` bytes.
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
        let location = self.endpoint_location(repo, commit, file)?;
        let mut stream = self.open(&location, 0..file.size_bytes, token).await?;
        let mut bytes = Vec::new();
        while bytes.len() < limit
            && let Some(chunk) = stream.next().await?
        {
            bytes.extend_from_slice(&chunk);
        }
        bytes.truncate(limit);
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl FileStream {
    /// The next bytes; `None` at the response's end, which may be early.
    ///
    /// # Errors
    /// Where the connection breaks, or nothing comes for too long.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        Ok(self.response.chunk().await?)
    }
}

/// Whether the response's `Content-Range` begins at the range's start, and is of a file of that size.
fn is_part(response: &Response, range: &Range<u64>, size: u64) -> bool {
    let content_range =
        header(response.headers(), "content-range").and_then(|value| value.strip_prefix("bytes "));
    let Some((part, total)) = content_range.and_then(|value| value.split_once('/')) else {
        return false;
    };
    let from = part
        .split_once('-')
        .and_then(|(from, _)| from.parse::<u64>().ok());
    from == Some(range.start) && total.parse() == Ok(size)
}
