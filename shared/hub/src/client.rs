//! The client of the Hub's API. Every request has a time limit, a slow Hub holds up nobody but the caller, and the token goes
//! to the endpoint alone.

use std::{sync::Arc, time::Duration};

use moka::future::Cache;
use reqwest::{Method, RequestBuilder, Response, Url, header::ACCEPT_ENCODING};

use crate::{
    Error, Result,
    http::{ErrorContext, read_json, redirect_target, response_error, web_page},
    names::{RepoId, Revision},
    network::Network,
    responses::{Account, ModelInfo, WireAccount, WireModel},
    search::{Found, Query},
    token::{Token, fingerprint},
};

/// How long a model or a search result is cached.
const RESPONSE_TTL: Duration = Duration::from_secs(30);
/// How long an account is cached: it seldom changes, and the Hub limits `whoami` sharply.
const ACCOUNT_TTL: Duration = Duration::from_secs(300);
/// Entries of each cache.
const CACHE_CAPACITY: u64 = 500;
/// Redirects that are followed within the endpoint, as for a renamed repository.
const MAX_REDIRECTS: usize = 5;

/// How the Hub is reached.
#[derive(Debug, Clone)]
pub struct Config {
    /// `HF_ENDPOINT`.
    pub endpoint: Url,
    /// `HF_HUB_OFFLINE`: no request is sent.
    pub offline: bool,
    /// `HF_HUB_ETAG_TIMEOUT`: for connecting, and until a response begins.
    pub response_timeout: Duration,
    /// `HF_HUB_DOWNLOAD_TIMEOUT`: between two reads of a response's body.
    pub read_timeout: Duration,
}

/// The Hub. Clones share connections and cached responses.
#[derive(Debug, Clone)]
pub struct Hub {
    pub(crate) config: Arc<Config>,
    pub(crate) network: Arc<Network>,
    accounts: Cache<[u8; 32], Account>,
    infos: Cache<(RepoId, Revision, [u8; 32]), Arc<ModelInfo>>,
    pub(crate) searches: Cache<(Query, [u8; 32]), Arc<Found>>,
}

/// Makes ring the process's TLS provider. Has to be called before the first [`Hub`] is made.
pub fn install_crypto_provider() {
    // It fails where one is installed already, which serves as well.
    let _installed = rustls::crypto::ring::default_provider().install_default();
}

impl Hub {
    /// Makes the client; sends nothing yet.
    ///
    /// # Errors
    /// Where the system has no certificates.
    pub fn new(config: Config) -> Result<Self> {
        let builder = || {
            reqwest::Client::builder()
                .user_agent(concat!("avagar/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(config.response_timeout)
                .read_timeout(config.read_timeout)
                .tcp_nodelay(true)
        };
        let network = Arc::new(Network::new(config.endpoint.clone(), builder)?);
        Ok(Self {
            config: Arc::new(config),
            network,
            accounts: Cache::builder()
                .max_capacity(CACHE_CAPACITY)
                .time_to_live(ACCOUNT_TTL)
                .build(),
            infos: Cache::builder()
                .max_capacity(CACHE_CAPACITY)
                .time_to_live(RESPONSE_TTL)
                .build(),
            searches: Cache::builder()
                .max_capacity(CACHE_CAPACITY)
                .time_to_live(RESPONSE_TTL)
                .build(),
        })
    }

    /// The account that the token belongs to.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] where the Hub doesn't know it.
    pub async fn whoami(&self, token: &Token) -> Result<Account> {
        let key = fingerprint(Some(token));
        if let Some(account) = self.accounts.get(&key).await {
            return Ok(account);
        }
        let response = self
            .send(
                Method::GET,
                self.url(&["api", "whoami-v2"])?,
                Some(token),
                &ErrorContext::Account,
            )
            .await?;
        let account: Account = read_json::<WireAccount>(response).await?.into();
        self.accounts.insert(key, account.clone()).await;
        Ok(account)
    }

    /// A model at a revision: its commit, and every file with size and hash.
    ///
    /// # Errors
    /// Where it is not there or may not be seen, and [`Error::InvalidName`] where a file's name would climb out of its folder.
    pub async fn model(
        &self,
        repo: &RepoId,
        revision: &Revision,
        token: Option<&Token>,
    ) -> Result<Arc<ModelInfo>> {
        let key = (repo.clone(), revision.clone(), fingerprint(token));
        if let Some(info) = self.infos.get(&key).await {
            return Ok(info);
        }
        let info = Arc::new(self.model_now(repo, revision, token).await?);
        self.infos.insert(key, info.clone()).await;
        Ok(info)
    }

    /// As [`Hub::model`], past the cache: a branch may have moved meanwhile.
    ///
    /// # Errors
    /// As [`Hub::model`].
    pub async fn model_now(
        &self,
        repo: &RepoId,
        revision: &Revision,
        token: Option<&Token>,
    ) -> Result<ModelInfo> {
        let mut url = self.url(&["api", "models"])?;
        push_segments(
            &mut url,
            repo.as_str()
                .split('/')
                .chain(["revision", revision.as_str()]),
        )?;
        url.query_pairs_mut().append_pair("blobs", "true");
        let context = ErrorContext::Revision(repo, revision);
        let response = self.send(Method::GET, url, token, &context).await?;
        read_json::<WireModel>(response).await?.into_info()
    }

    /// The repository's page on the Hub, for a browser.
    pub fn page(&self, repo: &RepoId) -> String {
        web_page(&self.config.endpoint, repo.as_str())
    }

    /// A URL at the endpoint.
    pub(crate) fn url(&self, segments: &[&str]) -> Result<Url> {
        let mut url = self.config.endpoint.clone();
        push_segments(&mut url, segments.iter().copied())?;
        Ok(url)
    }

    /// Sends a request to the endpoint. Redirects within it are followed; a response that leads elsewhere is returned as it is.
    pub(crate) async fn send(
        &self,
        method: Method,
        mut url: Url,
        token: Option<&Token>,
        context: &ErrorContext<'_>,
    ) -> Result<Response> {
        if self.config.offline {
            return Err(Error::Offline);
        }
        for _ in 0..=MAX_REDIRECTS {
            let request = self
                .network
                .endpoint_client()
                .request(method.clone(), url.clone());
            let response = self.response(request, token).await?;
            match redirect_target(&response, &url)? {
                Some(next) if self.network.is_endpoint(&next) => url = next,
                Some(_) => return Ok(response),
                None if response.status().is_success() => return Ok(response),
                None => {
                    return Err(response_error(
                        response.status(),
                        response.headers(),
                        context,
                        &self.config.endpoint,
                    ));
                }
            }
        }
        Err(Error::Redirect("too many redirects".into()))
    }

    /// Sends one request and waits until its response begins.
    ///
    /// # Errors
    /// [`Error::Timeout`] where it doesn't begin in time.
    pub(crate) async fn response(
        &self,
        mut request: RequestBuilder,
        token: Option<&Token>,
    ) -> Result<Response> {
        // Ranges and sizes are those of the bytes on disk, so nothing may be compressed on the way.
        request = request.header(ACCEPT_ENCODING, "identity");
        if let Some(token) = token {
            request = request.bearer_auth(token.expose());
        }
        let timeout = self.config.response_timeout;
        tokio::time::timeout(timeout, request.send())
            .await
            .map_err(|_| Error::Timeout(timeout))?
            .map_err(Error::from)
    }
}

fn push_segments<'a>(url: &mut Url, segments: impl IntoIterator<Item = &'a str>) -> Result<()> {
    url.path_segments_mut()
        .map_err(|()| Error::UnexpectedResponse("the endpoint can't have paths".into()))?
        .pop_if_empty()
        .extend(segments);
    Ok(())
}
