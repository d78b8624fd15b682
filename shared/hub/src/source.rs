//! Where a file's bytes come from. Reading goes on at the byte where a connection broke.

use std::{ops::Range, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{sync::Mutex, time::sleep};

use crate::{
    Error, Result,
    answers::RepoFile,
    download::{Downloader, Order},
    resolve::{Located, Opened},
};

/// Breaks in a row, without a byte in between, after which a download is given up for now.
const MAX_RETRIES: u32 = 5;
/// Pause after the first of them; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// Whoever is asked to wait longer than this gives its place to another download.
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// Where a file's bytes come from.
pub(crate) struct Source<'a> {
    pub(crate) downloader: &'a Downloader,
    pub(crate) file: &'a RepoFile,
    order: &'a Order,
    located: Mutex<Arc<Located>>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(
        downloader: &'a Downloader,
        order: &'a Order,
        file: &'a RepoFile,
    ) -> Result<Self> {
        // The Hub leads from there to where the bytes are; a small file needs to know no more.
        let located = Mutex::new(Arc::new(downloader.hub.unlocated(
            &order.repo,
            &order.commit,
            file,
        )?));
        Ok(Self {
            downloader,
            file,
            order,
            located,
        })
    }

    /// Asks for the address of the bytes, which spares every piece the way over the endpoint.
    pub(crate) async fn locate(&self) -> Result<()> {
        let Downloader { hub, token, .. } = self.downloader;
        let located = hub
            .locate(
                &self.order.repo,
                &self.order.commit,
                self.file,
                token.as_ref(),
            )
            .await?;
        *self.located.lock().await = Arc::new(located);
        Ok(())
    }

    /// The same, where nobody else has done so since `old` was of use.
    async fn renew(&self, old: &Arc<Located>) -> Result<()> {
        if Arc::ptr_eq(&*self.located.lock().await, old) {
            self.locate().await
        } else {
            Ok(())
        }
    }

    /// The bytes of `range`. Where it begins in mid-file, a server that can't begin there is [`Error::NoRanges`].
    pub(crate) fn read(&self, range: Range<u64>) -> RangeReader<'_> {
        RangeReader {
            source: self,
            skips: range.start == 0,
            at: range.start,
            end: range.end,
            retry_budget: RetryBudget::default(),
            broke_at: range.start,
            connection: None,
        }
    }

    /// The same from any server: what comes before the range is thrown away.
    pub(crate) fn read_skipping(&self, range: Range<u64>) -> RangeReader<'_> {
        RangeReader {
            skips: true,
            ..self.read(range)
        }
    }
}

/// The bytes of a range, in their order, over as many connections as it takes, and none of them twice.
pub(crate) struct RangeReader<'a> {
    source: &'a Source<'a>,
    /// Whether a server that begins at the file's first byte will do.
    skips: bool,
    /// The place of the next byte.
    at: u64,
    end: u64,
    retry_budget: RetryBudget,
    /// Where the last connection broke.
    broke_at: u64,
    connection: Option<Connection>,
}

struct Connection {
    located: Arc<Located>,
    opened: Opened,
    /// The place of the next byte that it brings.
    place: u64,
}

impl RangeReader<'_> {
    /// The next bytes; `None` after the last.
    ///
    /// # Errors
    /// What waiting does not mend, or has not.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>> {
        while self.at < self.end {
            let located = match &self.connection {
                Some(connection) => connection.located.clone(),
                None => self.source.located.lock().await.clone(),
            };
            match self.read_on(&located).await {
                Ok(bytes) if bytes.is_empty() => {}
                Ok(bytes) => {
                    self.at += bytes.len() as u64;
                    return Ok(Some(bytes));
                }
                Err(error) => {
                    self.connection = None;
                    let (error, pause) = self.retry_budget.pause(error, self.at > self.broke_at)?;
                    self.broke_at = self.at;
                    sleep(pause).await;
                    if matches!(error, Error::Expired) {
                        self.source.renew(&located).await?;
                    }
                }
            }
        }
        Ok(None)
    }

    /// What the connection brings next of what is wanted, which may be nothing.
    async fn read_on(&mut self, located: &Arc<Located>) -> Result<Bytes> {
        let Downloader {
            hub,
            token,
            rate_limiter,
            ..
        } = self.source.downloader;
        let connection = match &mut self.connection {
            Some(connection) => connection,
            None => {
                let opened = hub.open(located, self.at..self.end, token.as_ref()).await?;
                if opened.from != self.at && !self.skips {
                    return Err(Error::NoRanges);
                }
                self.connection.insert(Connection {
                    located: located.clone(),
                    place: opened.from,
                    opened,
                })
            }
        };
        let Some(mut chunk) = connection.opened.next().await? else {
            return Err(Error::Network("it ended early".into()));
        };
        rate_limiter.take(chunk.len()).await;
        let before = (self.at - connection.place).min(chunk.len() as u64);
        connection.place += chunk.len() as u64;
        let mut wanted = chunk.split_off(before as usize);
        wanted.truncate((self.end - self.at).min(wanted.len() as u64) as usize);
        Ok(wanted)
    }
}

/// Counts what went wrong in a row.
#[derive(Default)]
struct RetryBudget(u32);

impl RetryBudget {
    /// How long to wait before the next attempt. The error back, where there shall be none.
    fn pause(&mut self, error: Error, got_further: bool) -> Result<(Error, Duration)> {
        if got_further {
            self.0 = 0;
        }
        self.0 += 1;
        let pause = error
            .wait()
            .unwrap_or(FIRST_PAUSE * 2_u32.pow(self.0.min(8)) / 2);
        if error.is_transient() && self.0 <= MAX_RETRIES && pause <= MAX_PAUSE {
            Ok((error, pause))
        } else {
            Err(error)
        }
    }
}
