//! Requests to addresses that come from the configuration or from outside: guarded against server-side request forgery.
//!
//! A URL must be `https`, without user and password. Every address its host resolves to is looked at by the resolver the
//! connection is made with, so that a name cannot answer differently the second time. Redirects are not followed, proxies of the
//! environment are not used (they would resolve names out of sight), time and size of an answer are bounded, and certificates
//! are always verified. Where private addresses are allowed, they may be talked to, also by `http`; metadata services never.

mod reach;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reach::Reach;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// How long a connection may take.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// How long a request with its answer may take: the channels' servers answer within a second or are down.
const REQUEST_MAX: Duration = Duration::from_secs(10);

/// Why nothing came back. No message holds a URL: some are secrets by themselves.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// The URL is none that is talked to.
    #[error("the URL is refused: {0}")]
    BadUrl(&'static str),
    /// The host has an address that is not talked to.
    #[error("`{host}` is refused: {reason}")]
    Forbidden {
        /// The host.
        host: String,
        /// Why, and what to do.
        reason: &'static str,
    },
    /// The host has no address, or does not answer.
    #[error("`{host}` cannot be reached: {reason}")]
    Unreachable {
        /// The host.
        host: String,
        /// What failed.
        reason: String,
    },
    /// It took too long.
    #[error("`{host}` did not answer within {seconds} s")]
    TimedOut {
        /// The host.
        host: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The answer is larger than wanted.
    #[error("the answer of `{host}` has more than {limit} bytes")]
    TooLarge {
        /// The host.
        host: String,
        /// What was wanted at most.
        limit: usize,
    },
    /// The answer is no success.
    #[error("`{host}` answered with status {status}")]
    Status {
        /// The host.
        host: String,
        /// HTTP status.
        status: u16,
    },
    /// TLS cannot be set up on this machine.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}

impl OutboundError {
    /// Whether the same request may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } => true,
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..),
            Self::BadUrl(_) | Self::Forbidden { .. } | Self::TooLarge { .. } | Self::Tls(_) => false,
        }
    }
}

/// A URL that was found to be good, with the addresses its host had at that moment.
#[derive(Clone, PartialEq, Eq)]
pub struct ResolvedUrl {
    url: Url,
    /// Host, without brackets.
    pub host: String,
    /// All of them may be talked to.
    pub addresses: Vec<SocketAddr>,
}

impl ResolvedUrl {
    /// The URL itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }
}

impl std::fmt::Debug for ResolvedUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The rest of it may be a secret.
        f.debug_struct("ResolvedUrl").field("host", &self.host).field("addresses", &self.addresses).finish()
    }
}

/// Looks at a URL without asking anybody: scheme, user, host, and the address where the host is one.
///
/// # Errors
/// [`OutboundError::BadUrl`] and [`OutboundError::Forbidden`].
pub fn look(url: &str, allow_private: bool) -> Result<(), OutboundError> {
    parse(url, &["https", "http"], allow_private).map(|_| ())
}

/// Looks at a URL and at every address of its host. A connection made later looks again.
///
/// # Errors
/// [`OutboundError::BadUrl`], [`OutboundError::Forbidden`], [`OutboundError::Unreachable`] where the host has no address,
/// [`OutboundError::TimedOut`] where that took too long.
pub async fn check(url: &str, allow_private: bool) -> Result<ResolvedUrl, OutboundError> {
    let url = parse(url, &["https", "http"], allow_private)?;
    let (host, port) = (host(&url), url.port_or_known_default().unwrap_or(443));
    let policy = Policy { allow_private, only_private: url.scheme() == "http" };
    let addresses = policy.resolve_in_time(&host, port).await?;
    Ok(ResolvedUrl { url, host, addresses })
}

/// The URL, if its scheme is one of these and nothing in it is refused.
pub(crate) fn parse(url: &str, schemes: &[&str], allow_private: bool) -> Result<Url, OutboundError> {
    if url.len() > 4096 || url.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(OutboundError::BadUrl("it is too long or holds white space"));
    }
    let url = Url::parse(url).map_err(|_| OutboundError::BadUrl("it is none: write `https://host/path`"))?;
    if !schemes.contains(&url.scheme()) {
        return Err(OutboundError::BadUrl("its scheme is not taken here: write `https://`"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(OutboundError::BadUrl("it holds a user or a password: configure them apart from it"));
    }
    if url.scheme() == "http" && !allow_private {
        return Err(OutboundError::BadUrl("it is not encrypted: write `https://`"));
    }
    let host = host(&url);
    if host.is_empty() {
        return Err(OutboundError::BadUrl("it has no host"));
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        Policy { allow_private, only_private: url.scheme() == "http" }.admit(&host, address)?;
    }
    Ok(url)
}

/// The host without the brackets of an IPv6 address.
pub(crate) fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned()
}

/// Which addresses a connection may be made to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    pub(crate) allow_private: bool,
    /// For what is not encrypted.
    pub(crate) only_private: bool,
}

impl Policy {
    pub(crate) fn admit(self, host: &str, address: IpAddr) -> Result<(), OutboundError> {
        let reason = match Reach::of(address) {
            Reach::Public if self.only_private => {
                "it is a public address and the URL is not encrypted: write `https://`"
            }
            Reach::Private if !self.allow_private => {
                "it is a private address: set `allow_private_urls` if that is meant"
            }
            Reach::Never => "it is an address that nothing is ever sent to",
            Reach::Public | Reach::Private => return Ok(()),
        };
        Err(OutboundError::Forbidden { host: host.to_owned(), reason })
    }

    /// Every address of a host; none where one of them is refused.
    async fn resolve(self, host: &str, port: u16) -> Result<Vec<SocketAddr>, OutboundError> {
        let failed = |reason: String| OutboundError::Unreachable { host: host.to_owned(), reason };
        let found = tokio::net::lookup_host((host, port)).await.map_err(|error| failed(error.to_string()))?;
        let found: Vec<SocketAddr> = found.collect();
        for address in &found {
            self.admit(host, address.ip())?;
        }
        if found.is_empty() { Err(failed("it has no address".to_owned())) } else { Ok(found) }
    }

    /// The same, bounded in time.
    pub(crate) async fn resolve_in_time(
        self,
        host: &str,
        port: u16,
    ) -> Result<Vec<SocketAddr>, OutboundError> {
        tokio::time::timeout(CONNECT_MAX, self.resolve(host, port)).await.unwrap_or_else(|_| {
            Err(OutboundError::TimedOut { host: host.to_owned(), seconds: CONNECT_MAX.as_secs() })
        })
    }
}

impl Resolve for Policy {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = *self;
        Box::pin(async move {
            let found = Policy::resolve(policy, name.as_str(), 0).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// A request.
pub(crate) struct Request<'a> {
    pub(crate) method: &'static str,
    pub(crate) url: &'a str,
    /// Names and values; all values are taken for secrets.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) host: String,
    pub(crate) status: u16,
    /// `Retry-After` in seconds, where it says that.
    pub(crate) retry_after_s: Option<u32>,
    pub(crate) body: Vec<u8>,
    /// Whether there was more of it than wanted.
    pub(crate) is_cut: bool,
}

/// Sends requests by the rules of this module. Cheap to clone; clones share connections.
#[derive(Debug, Clone)]
pub struct Outbound {
    encrypted: reqwest::Client,
    plain: reqwest::Client,
    allow_private: bool,
    timeout: Duration,
}

impl Outbound {
    /// `allow_private` lets private addresses be talked to, also by `http`.
    ///
    /// # Errors
    /// [`OutboundError::Tls`] where TLS cannot be set up.
    pub fn new(allow_private: bool) -> Result<Self, OutboundError> {
        let tls = tls()?;
        let client = |only_private: bool| {
            reqwest::Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                .no_proxy()
                .https_only(!only_private)
                .dns_resolver(Arc::new(Policy { allow_private, only_private }))
                .connect_timeout(CONNECT_MAX)
                .user_agent(concat!("butfor/", env!("CARGO_PKG_VERSION")))
                .build()
                .map_err(|error| OutboundError::Tls(chain(&error)))
        };
        Ok(Self { encrypted: client(false)?, plain: client(true)?, allow_private, timeout: REQUEST_MAX })
    }

    /// The same with another bound on a request and its answer, ten seconds otherwise.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Whether private addresses may be talked to.
    #[must_use]
    pub fn allows_private(&self) -> bool {
        self.allow_private
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The body of a document, of at most `limit` bytes, packed as it came.
    ///
    /// # Errors
    /// Every [`OutboundError`]; a redirect is [`OutboundError::Status`].
    pub async fn fetch(&self, url: &str, limit: usize) -> Result<Vec<u8>, OutboundError> {
        let request = Request { method: "GET", url, headers: Vec::new(), body: Vec::new() };
        let answer = self.send(request, limit).await?;
        if answer.is_cut {
            return Err(OutboundError::TooLarge { host: answer.host, limit });
        }
        if (200..300).contains(&answer.status) {
            return Ok(answer.body);
        }
        Err(OutboundError::Status { host: answer.host, status: answer.status })
    }

    /// The body of the answer to a form, of at most `limit` bytes; `basic` are user and password, where the other side wants them.
    ///
    /// # Errors
    /// As [`Self::fetch`].
    pub async fn post_form(
        &self,
        url: &str,
        form: &[(String, String)],
        basic: Option<(&str, &str)>,
        limit: usize,
    ) -> Result<Vec<u8>, OutboundError> {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs: Vec<String> =
            form.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        let mut headers = vec![
            ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
            ("accept".to_owned(), "application/json".to_owned()),
        ];
        if let Some((user, password)) = basic {
            // RFC 6749, section 2.3.1: both are form-encoded first.
            let pair = STANDARD.encode(format!("{}:{}", encoded(user), encoded(password)));
            headers.push(("authorization".to_owned(), format!("Basic {pair}")));
        }
        let request = Request { method: "POST", url, headers, body: pairs.join("&").into_bytes() };
        let answer = self.send(request, limit).await?;
        if (200..300).contains(&answer.status) {
            return Ok(answer.body);
        }
        Err(OutboundError::Status { host: answer.host, status: answer.status })
    }

    /// Sends one request, whatever its answer's status.
    /// Sends one request, whatever its answer's status. Of the answer's body at most `limit` bytes are read.
    pub(crate) async fn send(&self, request: Request<'_>, limit: usize) -> Result<Answer, OutboundError> {
        let url = parse(request.url, &["https", "http"], self.allow_private)?;
        let host = host(&url);
        let client = if url.scheme() == "http" { &self.plain } else { &self.encrypted };
        let failed = |error: reqwest::Error| self.failed(&host, error);
        let method = request.method.parse().map_err(|_| OutboundError::BadUrl("its method is unknown"))?;
        let mut sent = client.request(method, url).timeout(self.timeout).body(request.body);
        for (name, value) in &request.headers {
            let mut value = reqwest::header::HeaderValue::from_str(value)
                .map_err(|_| OutboundError::BadUrl("a secret or header beside it holds a line break"))?;
            value.set_sensitive(true);
            sent = sent.header(name, value);
        }
        let mut response = sent.send().await.map_err(failed)?;
        let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let mut answer = Answer {
            host: host.clone(),
            status: response.status().as_u16(),
            retry_after_s: retry_after.and_then(|value| value.trim().parse().ok()),
            body: Vec::new(),
            is_cut: false,
        };
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if answer.body.len() + chunk.len() > limit {
                answer.is_cut = true;
                break;
            }
            answer.body.extend_from_slice(&chunk);
        }
        Ok(answer)
    }

    /// What failed: the resolver's refusal as it is, everything else in a sentence without the URL.
    fn failed(&self, host: &str, error: reqwest::Error) -> OutboundError {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(&error);
        while let Some(inner) = cause {
            if let Some(own) = inner.downcast_ref::<OutboundError>() {
                return own.clone();
            }
            cause = inner.source();
        }
        if error.is_timeout() {
            return OutboundError::TimedOut { host: host.to_owned(), seconds: self.timeout.as_secs() };
        }
        OutboundError::Unreachable { host: host.to_owned(), reason: chain(&error.without_url()) }
    }
}

/// TLS with the system's certificates, read once; `SSL_CERT_FILE` and `SSL_CERT_DIR` name others. There is no way to have it
/// verify less.
pub(crate) fn tls() -> Result<rustls::ClientConfig, OutboundError> {
    static SHARED: OnceLock<Result<rustls::ClientConfig, OutboundError>> = OnceLock::new();
    let make = || {
        let mut roots = rustls::RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| OutboundError::Tls(chain(&error)))?;
        Ok(builder.with_root_certificates(roots).with_no_client_auth())
    };
    SHARED.get_or_init(make).clone()
}

/// An error and what caused it, in one sentence.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{OutboundError, look};

    fn refused(url: &str, allow_private: bool) -> bool {
        match look(url, allow_private) {
            Ok(()) => false,
            Err(OutboundError::BadUrl(_) | OutboundError::Forbidden { .. }) => true,
            Err(other) => panic!("{url}: {other}"),
        }
    }

    #[test]
    fn urls_are_told_apart() {
        for url in [
            "https://example.com/a?b",
            "https://8.8.8.8",
            "https://example.com:8443/",
            "https://[2606:4700::1]/",
        ] {
            assert!(!refused(url, false), "{url}");
        }
        for url in [
            "http://example.com",
            "ftp://example.com",
            "file:///etc/passwd",
            "gopher://example.com",
            "example.com",
            "",
            "https://",
            "https://user@example.com",
            "https://user:password@example.com",
            "https://example.com/\r\nHost: x",
            // The same address in other notations.
            "https://127.0.0.1",
            "https://127.1",
            "https://2130706433",
            "https://0x7f.0.0.1",
            "https://0177.0.0.1",
            "https://[::ffff:127.0.0.1]",
            "https://[::1]",
            "https://１２７.0.0.1",
            "https://169.254.169.254/latest/meta-data",
            "https://[fd00:ec2::254]/",
            "https://0/",
            "https://10.0.0.1",
        ] {
            assert!(refused(url, false), "{url}");
        }
    }

    #[test]
    fn private_addresses_are_a_choice_and_metadata_is_none() {
        for url in [
            "https://127.0.0.1",
            "http://127.0.0.1:8080/x",
            "http://[::1]/",
            "https://10.0.0.1",
            "http://intranet/",
        ] {
            assert!(!refused(url, true), "{url}");
        }
        for url in [
            "http://8.8.8.8",
            "http://169.254.169.254",
            "https://[fd00:ec2::254]",
            "http://0.0.0.0",
            "http://u@10.0.0.1",
        ] {
            assert!(refused(url, true), "{url}");
        }
    }
}
