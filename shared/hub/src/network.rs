//! Which hosts requests may go to: the endpoint, and those that it redirects to, if they are public. Otherwise a redirect
//! could make this server fetch from its own network (SSRF).

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};
use tokio::{net::lookup_host, sync::OnceCell};
use url::Host;

use crate::{Error, Result};

/// Resolves names to public addresses only.
#[derive(Debug, Clone, Copy)]
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = lookup_host((name.as_str(), 0))
                .await?
                .filter(|address| is_public(address.ip()))
                .collect();
            if addresses.is_empty() {
                return Err(format!("{} is in no public network", name.as_str()).into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The HTTP clients, and which of them may be used for a URL.
#[derive(Debug)]
pub(crate) struct Network {
    endpoint: Url,
    /// Connects to public addresses only.
    public: reqwest::Client,
    /// Connects to any; for the endpoint, and where that is in a private network itself.
    any: reqwest::Client,
    is_private: OnceCell<bool>,
}

impl Network {
    /// `builder` makes both clients; they follow no redirect by themselves.
    pub(crate) fn new(endpoint: Url, builder: impl Fn() -> reqwest::ClientBuilder) -> Result<Self> {
        let builder = || builder().redirect(reqwest::redirect::Policy::none());
        Ok(Self {
            endpoint,
            public: builder().dns_resolver(Arc::new(PublicOnly)).build()?,
            any: builder().build()?,
            is_private: OnceCell::new(),
        })
    }

    /// The client for requests to the endpoint.
    pub(crate) const fn endpoint_client(&self) -> &reqwest::Client {
        &self.any
    }

    /// Whether `url` is the endpoint's: it may get the token.
    pub(crate) fn is_endpoint(&self, url: &Url) -> bool {
        url.origin() == self.endpoint.origin()
    }

    /// The client for a URL that the Hub redirected to.
    ///
    /// # Errors
    /// [`Error::Redirect`] where no request may go there.
    pub(crate) async fn client_for(&self, url: &Url) -> Result<&reqwest::Client> {
        if self.is_endpoint(url) {
            return Ok(&self.any);
        }
        let safe =
            url.scheme() == "https" || (url.scheme() == "http" && self.endpoint.scheme() == "http");
        if !safe {
            return Err(Error::Redirect(format!(
                "{}: is not encrypted, and the endpoint is",
                url.scheme()
            )));
        }
        if self.endpoint_is_private().await {
            return Ok(&self.any);
        }
        // IP addresses pass no resolver, so they are checked here.
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return Err(Error::Redirect("a URL without a host".into())),
        };
        match address {
            Some(address) if !is_public(address) => Err(Error::Redirect(format!(
                "{address} is in no public network"
            ))),
            _ => Ok(&self.public),
        }
    }

    async fn endpoint_is_private(&self) -> bool {
        let resolve = async || match self.endpoint.host() {
            Some(Host::Ipv4(address)) => Some(!is_public(IpAddr::V4(address))),
            Some(Host::Ipv6(address)) => Some(!is_public(IpAddr::V6(address))),
            Some(Host::Domain(name)) => lookup_host((name, 0))
                .await
                .ok()
                .map(|mut addresses| addresses.any(|address| !is_public(address.ip()))),
            None => None,
        };
        // RecordedRequest again where the name could not be resolved: then nothing else can be fetched either.
        match self
            .is_private
            .get_or_try_init(|| async { resolve().await.ok_or(()) })
            .await
        {
            Ok(private) => *private,
            Err(()) => false,
        }
    }
}

/// Whether an address belongs to the public internet, by IANA's registries of special-purpose addresses.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || first == 0
        // Shared by carriers, 100.64.0.0/10.
        || (first == 100 && second & 0xc0 == 64)
        // Protocols', 192.0.0.0/24, and 6to4 relays, 192.88.99.0/24.
        || (first == 192 && second == 0 && third == 0)
        || (first == 192 && second == 88 && third == 99)
        // Benchmarks', 198.18.0.0/15.
        || (first == 198 && second & 0xfe == 18)
        // Reserved, and broadcast.
        || first >= 240)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let [first, second, third, fourth, fifth, sixth, seventh, eighth] = address.segments();
    let last = || {
        let [[a, b], [c, d]] = [seventh.to_be_bytes(), eighth.to_be_bytes()];
        Ipv4Addr::new(a, b, c, d)
    };
    match first {
        // Translated to IPv4, 64:ff9b::/96.
        0x64 if [second, third, fourth, fifth, sixth] == [0xff9b, 0, 0, 0, 0] => {
            is_public_v4(last())
        }
        // 6to4 carries the IPv4 address behind its prefix.
        0x2002 => {
            let [[a, b], [c, d]] = [second.to_be_bytes(), third.to_be_bytes()];
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        // Protocols' and documentation's.
        0x2001 => second > 0x1ff && second != 0xdb8,
        0x3fff => second & 0xf000 != 0,
        // What is given out globally is below 2000::/3; loopback, unique local, link-local and multicast are not.
        _ => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_networks_are_not_public_however_they_are_written() {
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "198.19.0.1",
            "192.0.0.8",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "::127.0.0.1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "1.1.1.1",
            "99.84.0.1",
            "172.32.0.1",
            "2606:4700::1111",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
            "2a00::1",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    fn network(endpoint: &str) -> Network {
        crate::client::install_crypto_provider();
        Network::new(endpoint.parse().unwrap(), reqwest::Client::builder).unwrap()
    }

    #[tokio::test]
    async fn redirects_are_followed_to_public_hosts_only() {
        let hub = network("https://1.1.1.1");
        for url in [
            "https://127.0.0.1/x",
            "https://[::1]/x",
            "https://10.0.0.1:8443/x",
            "http://2.2.2.2/x",
            "ftp://2.2.2.2/x",
            "file:///etc/passwd",
        ] {
            assert!(
                matches!(
                    hub.client_for(&url.parse().unwrap()).await,
                    Err(Error::Redirect(_))
                ),
                "{url}"
            );
        }
        assert!(
            hub.client_for(&"https://2.2.2.2/x".parse().unwrap())
                .await
                .is_ok()
        );
        // A name of a private address is refused when it is resolved.
        let client = hub
            .client_for(&"https://localhost/x".parse().unwrap())
            .await
            .unwrap();
        let error =
            Error::from(client.get("https://localhost/x").send().await.unwrap_err()).to_string();
        assert!(error.contains("in no public network"), "{error}");
    }

    #[tokio::test]
    async fn an_endpoint_in_a_private_network_may_redirect_within_it() {
        let hub = network("http://127.0.0.1:1");
        assert!(
            hub.client_for(&"http://127.0.0.1:2/x".parse().unwrap())
                .await
                .is_ok()
        );
        assert!(
            hub.client_for(&"http://10.0.0.1/x".parse().unwrap())
                .await
                .is_ok()
        );
        assert!(!hub.is_endpoint(&"http://127.0.0.1:2/x".parse().unwrap()));
    }
}
