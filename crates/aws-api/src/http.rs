//! HTTP with rustls and ring: requests with a limit on the answer, and the same client for `aws-config`'s own requests.

use crate::Error;
use crate::answer::Raw;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use flate2::read::MultiGzDecoder;
use std::io::Read;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// How long a connection may take; AWS's hosts answer within milliseconds or not at all.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// How long a request of `aws-config` may take where it does not say so itself.
const PROVIDER_MAX: Duration = Duration::from_secs(20);
/// The largest answer that credentials come in, bytes.
const PROVIDER_ANSWER_MAX: usize = 1 << 20;

/// Hosts that give credentials to instances, tasks and pods, and this machine: no proxy may come between.
const LOCAL: [&str; 8] = [
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "[fd00:ec2::254]",
    "[fd00:ec2::23]",
    "127.0.0.1",
    "[::1]",
    "localhost",
];

/// A request, signed.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// Clients with and without the proxies of the environment, sharing one set of certificates.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    usual: reqwest::Client,
    direct: reqwest::Client,
}

impl Http {
    /// New clients. Their connections belong to the runtime that first uses them, so nothing but the certificates is
    /// shared in the process.
    ///
    /// # Errors
    /// [`Error::Unreachable`] where TLS cannot be set up.
    pub(crate) fn new() -> Result<Self, Error> {
        let failed = |reason: String| Error::Unreachable { host: "any host".to_owned(), reason };
        let tls = tls().map_err(failed)?;
        let builder = || {
            reqwest::Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(CONNECT_MAX)
                .user_agent(concat!("butfor/", env!("CARGO_PKG_VERSION")))
        };
        let usual = builder().build().map_err(|error| failed(chain(&error)))?;
        let direct = builder().no_proxy().build().map_err(|error| failed(chain(&error)))?;
        Ok(Self { usual, direct })
    }

    /// Sends one request; the answer has at most `limit` bytes, before and after unpacking.
    ///
    /// # Errors
    /// [`Error::TimedOut`], [`Error::Unreachable`], [`Error::TooLarge`], or [`Error::Malformed`] for broken compression.
    pub(crate) async fn send(
        &self,
        request: Request,
        timeout: Duration,
        limit: usize,
        unpacks: bool,
    ) -> Result<Raw, Error> {
        let host = host(&request.url).to_owned();
        let failed = |error: reqwest::Error| {
            if error.is_timeout() {
                Error::TimedOut { after: timeout }
            } else {
                Error::Unreachable { host: host.clone(), reason: chain(&error.without_url()) }
            }
        };
        let client = if is_local(&host) { &self.direct } else { &self.usual };
        let method = request
            .method
            .parse()
            .map_err(|_| Error::Malformed { problem: "an unknown method".to_owned() })?;
        let mut sent = client.request(method, &request.url).timeout(timeout).body(request.body);
        for (name, value) in &request.headers {
            sent = sent.header(name, value);
        }
        let mut response = sent.send().await.map_err(failed)?;
        let mut raw = Raw { status: response.status().as_u16(), ..Raw::default() };
        for (name, value) in response.headers() {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            raw.headers.push((name.as_str().to_owned(), value));
        }
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if raw.body.len() + chunk.len() > limit {
                return Err(Error::TooLarge { limit });
            }
            raw.body.extend_from_slice(&chunk);
        }
        if unpacks
            && raw.header("content-encoding").is_some_and(|encoding| encoding.eq_ignore_ascii_case("gzip"))
        {
            raw.body = unpack(&raw.body, limit)?;
        }
        Ok(raw)
    }
}

/// TLS with the system's certificates, read once; `SSL_CERT_FILE` and `SSL_CERT_DIR` name others.
fn tls() -> Result<rustls::ClientConfig, String> {
    static SHARED: OnceLock<Result<rustls::ClientConfig, String>> = OnceLock::new();
    let make = || {
        let mut roots = rustls::RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| chain(&error))?;
        Ok(builder.with_root_certificates(roots).with_no_client_auth())
    };
    SHARED.get_or_init(make).clone()
}

fn is_local(host: &str) -> bool {
    let bare = match host.rsplit_once(':') {
        Some((bare, port)) if port.chars().all(|letter| letter.is_ascii_digit()) => bare,
        _ => host,
    };
    LOCAL.contains(&bare)
}

fn unpack(packed: &[u8], limit: usize) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(packed)
        .take(most)
        .read_to_end(&mut body)
        .map_err(|error| Error::Malformed { problem: format!("its compression is broken: {error}") })?;
    if body.len() > limit { Err(Error::TooLarge { limit }) } else { Ok(body) }
}

/// The host of an address, with its port.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or(rest)
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

/// `aws-config`'s requests (STS, SSO, IMDS, ...) over the same clients, so that there is one TLS and one proxy setting.
impl HttpClient for Http {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        // IMDS asks for one second: off EC2 nothing answers, and nobody wants to wait for it.
        let timeout = match (settings.connect_timeout(), settings.read_timeout()) {
            (Some(connect), Some(read)) => connect + read,
            (_, Some(read)) => read,
            _ => PROVIDER_MAX,
        };
        SharedHttpConnector::new(Connector { http: self.clone(), timeout })
    }
}

#[derive(Debug)]
struct Connector {
    http: Http,
    timeout: Duration,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (http, timeout) = (self.http.clone(), self.timeout);
        HttpConnectorFuture::new(async move {
            let own = Request {
                method: request.method().to_owned(),
                url: request.uri().to_owned(),
                headers: request
                    .headers()
                    .iter()
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect(),
                body: request.body().bytes().unwrap_or_default().to_vec(),
            };
            let raw =
                http.send(own, timeout, PROVIDER_ANSWER_MAX, true).await.map_err(|error| match error {
                    Error::TimedOut { .. } => ConnectorError::timeout(error.into()),
                    error => ConnectorError::io(error.into()),
                })?;
            let status =
                StatusCode::try_from(raw.status).map_err(|error| ConnectorError::user(error.into()))?;
            let mut response = HttpResponse::new(status, SdkBody::from(raw.body));
            for (name, value) in raw.headers {
                // What cannot stand in a header is not needed for credentials.
                let _ = response.headers_mut().try_append(name, value);
            }
            Ok(response)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn unpacking_has_a_limit() {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(&vec![0; 1 << 20]).unwrap();
        let packed = packer.finish().unwrap();
        assert!(packed.len() < 2000);
        assert_eq!(unpack(&packed, 1 << 20).unwrap().len(), 1 << 20);
        assert_eq!(unpack(&packed, 1000), Err(Error::TooLarge { limit: 1000 }));
        assert!(matches!(unpack(b"no gzip", 1000), Err(Error::Malformed { .. })));
    }

    #[test]
    fn hosts_are_found() {
        assert_eq!(host("https://ec2.eu-west-1.amazonaws.com/?a=b"), "ec2.eu-west-1.amazonaws.com");
        assert_eq!(host("http://127.0.0.1:5000"), "127.0.0.1:5000");
        for local in ["127.0.0.1:5000", "localhost", "169.254.169.254", "[fd00:ec2::254]", "[::1]:80"] {
            assert!(is_local(local), "{local}");
        }
        for other in ["127.0.0.1.example", "ec2.eu-west-1.amazonaws.com", "proxy:80"] {
            assert!(!is_local(other), "{other}");
        }
    }
}
