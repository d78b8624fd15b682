//! Asks the Hub. Every question has a limit of time, a slow Hub holds nobody up but who asked, and the token goes to the
//! endpoint alone.

use std::{sync::Arc, time::Duration};

use moka::future::Cache;
use reqwest::{
    Method, Response, StatusCode, Url,
    header::{ACCEPT_ENCODING, HeaderMap, HeaderName, RETRY_AFTER},
};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};

use crate::{
    Error, Result,
    answers::{Account, ModelInfo, WireAccount, WireModel},
    names::{RepoId, Revision},
    network::Network,
    search::{Found, Query},
};

/// How long an answer may be told again.
const ANSWERS_KEPT: Duration = Duration::from_secs(30);
/// Who somebody is changes seldom, and asking is limited sharply.
const ACCOUNTS_KEPT: Duration = Duration::from_secs(300);
/// Answers of a kind that are kept.
const MAX_KEPT: u64 = 500;
/// Where a limit doesn't say how long it lasts.
const WAIT_BY_DEFAULT: Duration = Duration::from_secs(60);
/// Added to the wait that was asked for: the clocks differ.
const WAIT_MORE: Duration = Duration::from_secs(1);
/// Longest answer that is read, in bytes: 5,000 files take about two million.
const MAX_ANSWER: usize = 64 << 20;
/// Redirects that are followed within the endpoint, as for a renamed repository.
const MAX_REDIRECTS: usize = 5;

/// How the Hub is asked.
#[derive(Debug, Clone)]
pub struct Config {
    /// `HF_ENDPOINT`.
    pub endpoint: Url,
    /// `HF_HUB_OFFLINE`: nobody is asked.
    pub offline: bool,
    /// `HF_HUB_ETAG_TIMEOUT`: for connecting, and for each answer to begin.
    pub answer_timeout: Duration,
    /// `HF_HUB_DOWNLOAD_TIMEOUT`: longest silence within an answer.
    pub read_timeout: Duration,
}

/// The secret that says who asks. Never shown, never logged.
#[derive(Debug, Clone)]
pub struct Token(SecretString);

/// The Hub. Clones share connections and answers.
#[derive(Debug, Clone)]
pub struct Hub {
    pub(crate) config: Arc<Config>,
    pub(crate) network: Arc<Network>,
    accounts: Cache<[u8; 32], Account>,
    infos: Cache<(RepoId, Revision, [u8; 32]), Arc<ModelInfo>>,
    pub(crate) searches: Cache<(Query, [u8; 32]), Arc<Found>>,
}

impl Token {
    /// `None` where it can't be one: empty, longer than 500 characters, or with characters that no header takes.
    pub fn new(token: &str) -> Option<Self> {
        let token = token.trim();
        let possible =
            (1..=500).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
        possible.then(|| Self(token.into()))
    }

    /// The secret itself, to be encrypted.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The last four characters, by which its owner knows it again; nothing where there are few more.
    pub fn last_four(&self) -> &str {
        let token = self.expose();
        if token.len() < 12 {
            ""
        } else {
            token.get(token.len() - 4..).unwrap_or_default()
        }
    }
}

/// Has to be called once, before the first [`Hub`] is made: TLS is done by ring.
pub fn choose_cryptography() {
    // Chosen before, by somebody else in this process: as good.
    let _chosen = rustls::crypto::ring::default_provider().install_default();
}

impl Hub {
    /// A client that has asked nobody yet.
    ///
    /// # Errors
    /// Where the system has no certificates.
    pub fn new(config: Config) -> Result<Self> {
        let builder = || {
            reqwest::Client::builder()
                .user_agent(concat!("avagar/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(config.answer_timeout)
                .read_timeout(config.read_timeout)
                .tcp_nodelay(true)
        };
        let network = Arc::new(Network::new(config.endpoint.clone(), builder)?);
        Ok(Self {
            config: Arc::new(config),
            network,
            accounts: Cache::builder()
                .max_capacity(MAX_KEPT)
                .time_to_live(ACCOUNTS_KEPT)
                .build(),
            infos: Cache::builder()
                .max_capacity(MAX_KEPT)
                .time_to_live(ANSWERS_KEPT)
                .build(),
            searches: Cache::builder()
                .max_capacity(MAX_KEPT)
                .time_to_live(ANSWERS_KEPT)
                .build(),
        })
    }

    /// Whose the token is.
    ///
    /// # Errors
    /// [`Error::BadToken`] where the Hub doesn't know it.
    pub async fn whoami(&self, token: &Token) -> Result<Account> {
        let key = fingerprint(Some(token));
        if let Some(account) = self.accounts.get(&key).await {
            return Ok(account);
        }
        let response = self
            .ask(
                Method::GET,
                self.url(&["api", "whoami-v2"])?,
                Some(token),
                &About::Account,
            )
            .await?;
        let account: Account = read::<WireAccount>(response).await?.into();
        self.accounts.insert(key, account.clone()).await;
        Ok(account)
    }

    /// A model at a revision: its commit, and every file with size and hash.
    ///
    /// # Errors
    /// Where it is not there or may not be seen, and [`Error::Name`] where a file's name would climb out of its folder.
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

    /// The same, asked anew whoever asked before.
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
        extend(
            &mut url,
            repo.as_str()
                .split('/')
                .chain(["revision", revision.as_str()]),
        )?;
        url.query_pairs_mut().append_pair("blobs", "true");
        let about = About::Revision(repo, revision);
        read::<WireModel>(self.ask(Method::GET, url, token, &about).await?)
            .await?
            .into_info()
    }

    /// Where a person looks at a repository.
    pub fn page(&self, repo: &RepoId) -> String {
        page(&self.config.endpoint, repo.as_str())
    }

    /// An address at the endpoint.
    pub(crate) fn url(&self, parts: &[&str]) -> Result<Url> {
        let mut url = self.config.endpoint.clone();
        extend(&mut url, parts.iter().copied())?;
        Ok(url)
    }

    /// Asks the endpoint. Redirects within it are followed; one that leads elsewhere is answered as it is.
    pub(crate) async fn ask(
        &self,
        method: Method,
        mut url: Url,
        token: Option<&Token>,
        about: &About<'_>,
    ) -> Result<Response> {
        if self.config.offline {
            return Err(Error::Offline);
        }
        for _ in 0..=MAX_REDIRECTS {
            let mut request = self
                .network
                .to_endpoint()
                .request(method.clone(), url.clone())
                .header(ACCEPT_ENCODING, "identity");
            if let Some(token) = token {
                request = request.bearer_auth(token.expose());
            }
            let answered = tokio::time::timeout(self.config.answer_timeout, request.send()).await;
            let response = answered.map_err(|_| {
                Error::Network(format!("no answer for {:?}", self.config.answer_timeout))
            })??;
            match redirect(&response, &url)? {
                Some(next) if self.network.is_endpoint(&next) => url = next,
                Some(_) => return Ok(response),
                None if response.status().is_success() => return Ok(response),
                None => {
                    return Err(problem(
                        response.status(),
                        response.headers(),
                        about,
                        &self.config.endpoint,
                    ));
                }
            }
        }
        Err(Error::Redirect("it leads round in circles".into()))
    }
}

/// What a question is about, for the sentence where it fails.
pub(crate) enum About<'a> {
    Account,
    Search,
    Revision(&'a RepoId, &'a Revision),
    File(&'a RepoId, &'a str),
}

impl About<'_> {
    fn repo(&self) -> String {
        match self {
            Self::Account | Self::Search => String::new(),
            Self::Revision(repo, _) | Self::File(repo, _) => repo.to_string(),
        }
    }
}

/// Where a response leads, if anywhere.
pub(crate) fn redirect(response: &Response, from: &Url) -> Result<Option<Url>> {
    if !response.status().is_redirection() || response.status() == StatusCode::NOT_MODIFIED {
        return Ok(None);
    }
    let location =
        header(response.headers(), "location").ok_or_else(|| Error::Redirect("nowhere".into()))?;
    from.join(location)
        .map(Some)
        .map_err(|error| Error::Redirect(error.to_string()))
}

/// What an answer that is none means, by status and by the Hub's own headers.
pub(crate) fn problem(
    status: StatusCode,
    headers: &HeaderMap,
    about: &About<'_>,
    endpoint: &Url,
) -> Error {
    let said = header(headers, "x-error-message").unwrap_or_default();
    let repo = about.repo();
    match (header(headers, "x-error-code"), about) {
        (Some("GatedRepo"), _) => {
            return Error::Gated {
                page: page(endpoint, &repo),
                repo,
            };
        }
        (Some("RepoNotFound"), _) => return Error::NoRepo { repo },
        (Some("RevisionNotFound"), About::Revision(_, revision)) => {
            return Error::NoRevision {
                repo,
                revision: revision.to_string(),
            };
        }
        (Some("RevisionNotFound" | "EntryNotFound"), About::File(_, path)) => {
            return Error::NoFile {
                repo,
                path: (*path).to_owned(),
            };
        }
        _ => {}
    }
    if said.starts_with("Access to this resource is disabled") {
        return Error::Disabled { repo };
    }
    match status.as_u16() {
        401 if matches!(about, About::Account | About::Search) => Error::BadToken,
        // To whom it doesn't know, the Hub doesn't tell what is there.
        401 if said.starts_with("Invalid") => Error::BadToken,
        401 | 404 => Error::NoRepo { repo },
        403 => Error::Forbidden {
            message: if said.is_empty() {
                "forbidden".into()
            } else {
                said.into()
            },
        },
        429 => Error::TooMany {
            wait: wait(headers).unwrap_or(WAIT_BY_DEFAULT),
        },
        status @ (408 | 500..=599) => Error::Unwell {
            status,
            wait: wait(headers),
        },
        status => Error::Answer(format!("status {status} {said}")),
    }
}

fn page(endpoint: &Url, repo: &str) -> String {
    format!("{}/{repo}", endpoint.as_str().trim_end_matches('/'))
}

/// How long to wait: `RateLimit: "api";r=0;t=55`, else `Retry-After`, seconds or a date.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    let reset = header(headers, "ratelimit").and_then(|limit| {
        limit
            .split(';')
            .find_map(|part| part.trim().strip_prefix("t=")?.parse::<u64>().ok())
    });
    let seconds = reset.or_else(|| {
        let after = header(headers, RETRY_AFTER.as_str())?.trim();
        after.parse().ok().or_else(|| {
            let until = httpdate::parse_http_date(after).ok()?;
            Some(
                until
                    .duration_since(std::time::SystemTime::now())
                    .unwrap_or_default()
                    .as_secs(),
            )
        })
    })?;
    Some(Duration::from_secs(seconds.min(3_600)) + WAIT_MORE)
}

pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name.parse::<HeaderName>().ok()?)?.to_str().ok()
}

fn extend<'a>(url: &mut Url, parts: impl IntoIterator<Item = &'a str>) -> Result<()> {
    url.path_segments_mut()
        .map_err(|()| Error::Answer("the endpoint can't have paths".into()))?
        .pop_if_empty()
        .extend(parts);
    Ok(())
}

/// Reads JSON, however slowly it comes, but not without end.
pub(crate) async fn read<T: serde::de::DeserializeOwned>(mut response: Response) -> Result<T> {
    let mut body = Vec::new();
    while let Some(bytes) = response.chunk().await? {
        if body.len() + bytes.len() > MAX_ANSWER {
            return Err(Error::Answer(format!("more than {MAX_ANSWER} bytes")));
        }
        body.extend_from_slice(&bytes);
    }
    serde_json::from_slice(&body).map_err(|error| Error::Answer(error.to_string()))
}

/// By which answers are kept apart: the token itself is not kept.
pub(crate) fn fingerprint(token: Option<&Token>) -> [u8; 32] {
    token.map_or([0; 32], |token| Sha256::digest(token.expose()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, headers: &[(&str, &str)]) -> Error {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        let (repo, revision) = ("a/b".parse().unwrap(), Revision::main());
        let endpoint = "https://hub.example".parse().unwrap();
        problem(
            StatusCode::from_u16(status).unwrap(),
            &map,
            &About::Revision(&repo, &revision),
            &endpoint,
        )
    }

    #[test]
    fn a_limit_says_how_long_to_wait() {
        let seconds = |headers: &[(&str, &str)]| answered(429, headers).wait().unwrap().as_secs();
        assert_eq!(seconds(&[("ratelimit", "\"api\";r=0;t=55")]), 56);
        assert_eq!(seconds(&[("retry-after", "7")]), 8);
        assert_eq!(
            seconds(&[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")]),
            1
        );
        assert_eq!(seconds(&[("retry-after", "99999999")]), 3_601);
        assert_eq!(seconds(&[]), 60);
        assert_eq!(
            answered(503, &[("retry-after", "2")]).wait(),
            Some(Duration::from_secs(3))
        );
    }

    #[test]
    fn what_the_hub_refuses_is_said_in_words_a_person_can_act_on() {
        let gated = answered(403, &[("x-error-code", "GatedRepo")]);
        assert!(
            gated.to_string().contains("https://hub.example/a/b"),
            "{gated}"
        );
        assert!(matches!(
            answered(401, &[("x-error-code", "RepoNotFound")]),
            Error::NoRepo { .. }
        ));
        assert!(matches!(
            answered(404, &[("x-error-code", "RevisionNotFound")]),
            Error::NoRevision { .. }
        ));
        assert!(matches!(
            answered(
                401,
                &[(
                    "x-error-message",
                    "Invalid credentials in Authorization header"
                )]
            ),
            Error::BadToken
        ));
        assert!(matches!(
            answered(
                403,
                &[("x-error-message", "Access to this resource is disabled.")]
            ),
            Error::Disabled { .. }
        ));
        assert!(
            answered(403, &[("x-error-message", "needs write rights")])
                .to_string()
                .contains("write rights")
        );
        for status in [500, 502, 503, 504, 408, 429] {
            assert!(answered(status, &[]).is_transient(), "{status}");
        }
        for status in [400, 401, 403, 404, 410, 418] {
            assert!(!answered(status, &[]).is_transient(), "{status}");
        }
    }

    #[test]
    fn a_token_is_known_by_its_end_and_never_shown() {
        let token = Token::new(" hf_abcdefghijklmnop \n").unwrap();
        assert_eq!(token.last_four(), "mnop");
        assert!(!format!("{token:?}").contains("abcdef"));
        assert_eq!(Token::new("hf_short").unwrap().last_four(), "");
        for bad in ["", "  ", "a b", "a\nb", "هف", &"x".repeat(501)] {
            assert!(Token::new(bad).is_none(), "{bad:?}");
        }
    }
}
