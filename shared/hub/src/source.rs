//! Reads byte ranges of a file. After a failed connection it resumes at the next byte, within a retry budget.

use std::{ops::Range, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{sync::Mutex, time::sleep};

use crate::{
    Error, Result,
    download::{DownloadRequest, Downloader},
    resolve::{FileLocation, FileStream},
    responses::RepoFile,
};

/// Failures in a row, without a byte in between, after which the error is returned.
const MAX_RETRIES: u32 = 5;
/// Pause after the first of them; each further one doubles it.
const INITIAL_BACKOFF: Duration = Duration::from_millis(250);
/// Where the Hub asks for a longer wait, the error is returned, so that another download gets this one's slot.
const MAX_BACKOFF: Duration = Duration::from_secs(10);

/// A file on the Hub.
pub(crate) struct Source<'a> {
    pub(crate) downloader: &'a Downloader,
    pub(crate) file: &'a RepoFile,
    request: &'a DownloadRequest,
    /// Starts at the endpoint, which redirects to the bytes. A small file needs no more.
    location: Mutex<Arc<FileLocation>>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(
        downloader: &'a Downloader,
        request: &'a DownloadRequest,
        file: &'a RepoFile,
    ) -> Result<Self> {
        let location = downloader
            .hub
            .endpoint_location(&request.repo, &request.commit, file)?;
        Ok(Self {
            downloader,
            file,
            request,
            location: Mutex::new(Arc::new(location)),
        })
    }

    /// Resolves the URL of the bytes once, which spares every chunk the redirect at the endpoint.
    pub(crate) async fn locate(&self) -> Result<()> {
        let Downloader { hub, token, .. } = self.downloader;
        let location = hub
            .locate(
                &self.request.repo,
                &self.request.commit,
                self.file,
                token.as_ref(),
            )
            .await?;
        *self.location.lock().await = Arc::new(location);
        Ok(())
    }

    /// Resolves it again, unless another reader has already replaced `old`.
    async fn renew(&self, old: &Arc<FileLocation>) -> Result<()> {
        if Arc::ptr_eq(&*self.location.lock().await, old) {
            self.locate().await
        } else {
            Ok(())
        }
    }

    /// The bytes of `range`. Where that doesn't begin at 0, a server without range requests is [`Error::RangesUnsupported`].
    pub(crate) fn read(&self, range: Range<u64>) -> RangeReader<'_> {
        RangeReader {
            source: self,
            from_start: range.start == 0,
            offset: range.start,
            end: range.end,
            retry_budget: RetryBudget::default(),
            failed_at: range.start,
            connection: None,
        }
    }

    /// As [`Source::read`], from any server: bytes before the range are discarded.
    pub(crate) fn read_skipping(&self, range: Range<u64>) -> RangeReader<'_> {
        RangeReader {
            from_start: true,
            ..self.read(range)
        }
    }
}

/// Reads the bytes of a range in order and each of them once, over as many connections as it takes.
pub(crate) struct RangeReader<'a> {
    source: &'a Source<'a>,
    /// Whether a response that begins at the file's first byte is accepted.
    from_start: bool,
    /// Of the next byte to return.
    offset: u64,
    end: u64,
    retry_budget: RetryBudget,
    /// Offset at which the last connection failed.
    failed_at: u64,
    connection: Option<Connection>,
}

struct Connection {
    location: Arc<FileLocation>,
    stream: FileStream,
    /// Of the next byte of the response.
    offset: u64,
}

impl RangeReader<'_> {
    /// The next bytes; `None` after the last.
    ///
    /// # Errors
    /// Errors that are not transient, and transient ones when the retry budget is spent.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>> {
        while self.offset < self.end {
            let location = match &self.connection {
                Some(connection) => connection.location.clone(),
                None => self.source.location.lock().await.clone(),
            };
            match self.read_more(&location).await {
                Ok(bytes) if bytes.is_empty() => {}
                Ok(bytes) => {
                    self.offset += bytes.len() as u64;
                    return Ok(Some(bytes));
                }
                Err(error) => {
                    self.connection = None;
                    let made_progress = self.offset > self.failed_at;
                    let (error, backoff) = self.retry_budget.spend(error, made_progress)?;
                    self.failed_at = self.offset;
                    sleep(backoff).await;
                    if matches!(error, Error::UrlExpired) {
                        self.source.renew(&location).await?;
                    }
                }
            }
        }
        Ok(None)
    }

    /// The next bytes of the response that are in the range, which may be none.
    async fn read_more(&mut self, location: &Arc<FileLocation>) -> Result<Bytes> {
        let Downloader {
            hub,
            token,
            rate_limiter,
            ..
        } = self.source.downloader;
        let connection = match &mut self.connection {
            Some(connection) => connection,
            None => {
                let range = self.offset..self.end;
                let stream = hub.open(location, range, token.as_ref()).await?;
                if stream.offset != self.offset && !self.from_start {
                    return Err(Error::RangesUnsupported);
                }
                self.connection.insert(Connection {
                    location: location.clone(),
                    offset: stream.offset,
                    stream,
                })
            }
        };
        let Some(mut bytes) = connection.stream.next().await? else {
            return Err(Error::Network("the response ended early".into()));
        };
        rate_limiter.acquire(bytes.len()).await;
        let before = (self.offset - connection.offset).min(bytes.len() as u64);
        connection.offset += bytes.len() as u64;
        let mut in_range = bytes.split_off(before as usize);
        in_range.truncate((self.end - self.offset).min(in_range.len() as u64) as usize);
        Ok(in_range)
    }
}

/// Failures in a row. It refills with every byte that is read, and the Hub's `Retry-After` outranks its backoff.
#[derive(Default)]
struct RetryBudget(u32);

impl RetryBudget {
    /// How long to wait before the next attempt; the error where there is to be none.
    fn spend(&mut self, error: Error, made_progress: bool) -> Result<(Error, Duration)> {
        if made_progress {
            self.0 = 0;
        }
        self.0 += 1;
        let backoff = error
            .retry_after()
            .unwrap_or(INITIAL_BACKOFF * 2_u32.pow(self.0.min(8)) / 2);
        if error.is_transient() && self.0 <= MAX_RETRIES && backoff <= MAX_BACKOFF {
            Ok((error, backoff))
        } else {
            Err(error)
        }
    }
}
