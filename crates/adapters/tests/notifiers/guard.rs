//! The way out is guarded: addresses, certificates, sizes, times.

use crate::channels::{SECRET, outbound, telling};
use crate::server::{Reply, Server, body, status};
use butfor_adapters::notify::{Email, Secret, Webhook};
use butfor_adapters::outbound::{Outbound, OutboundError, check};
use butfor_ports::Notifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[tokio::test]
async fn a_document_is_fetched_within_its_limit() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/small" => body("hello"),
        "/moved" => Reply::Answer {
            status: 302,
            headers: vec![("location".to_owned(), "/small".to_owned())],
            body: String::new(),
        },
        "/endless" => Reply::Endless,
        "/drip" => Reply::Drip,
        _ => status(404),
    })
    .await;
    let fetch = |path: &str, limit| {
        let url = format!("{}{path}", server.url);
        async move { outbound().fetch(&url, limit).await }
    };
    assert_eq!(fetch("/small", 5).await.unwrap(), b"hello");
    assert!(matches!(fetch("/small", 4).await, Err(OutboundError::TooLarge { limit: 4, .. })));
    assert!(matches!(fetch("/moved", 100).await, Err(OutboundError::Status { status: 302, .. })));
    assert!(matches!(fetch("/none", 100).await, Err(OutboundError::Status { status: 404, .. })));
    assert!(matches!(fetch("/endless", 10_000).await, Err(OutboundError::TooLarge { .. })));
    assert!(matches!(fetch("/drip", 1_000_000).await, Err(OutboundError::TimedOut { .. })));
}

#[tokio::test]
async fn names_are_looked_at_when_they_are_connected_to() {
    let server = Server::start(|_| body("inside")).await;
    let port = server.url.rsplit(':').next().unwrap().to_owned();
    let strict = Outbound::new(false).unwrap();
    // The name is fine to look at, its address is not; nothing is asked of it.
    let url = format!("https://localhost:{port}/");
    assert!(matches!(strict.fetch(&url, 100).await, Err(OutboundError::Forbidden { .. })));
    assert!(matches!(check(&url, false).await, Err(OutboundError::Forbidden { .. })));
    for url in [
        format!("http://localhost:{port}/"),
        format!("https://127.0.0.1:{port}/"),
        format!("https://[::ffff:7f00:1]:{port}/"),
    ] {
        let error = strict.fetch(&url, 100).await.unwrap_err();
        assert!(matches!(error, OutboundError::Forbidden { .. } | OutboundError::BadUrl(_)), "{error}");
    }
    assert!(server.asked().is_empty());
    // Where it is meant, it works.
    let url = format!("http://localhost:{port}/{SECRET}");
    assert_eq!(Outbound::new(true).unwrap().fetch(&url, 100).await.unwrap(), b"inside");
    let resolved = check(&url, true).await.unwrap();
    assert!(resolved.addresses.iter().all(|address| address.ip().is_loopback()));
    assert!(!format!("{resolved:?}").contains(SECRET) && resolved.as_str() == url);
}

/// A server with a certificate nobody trusts, spoken to in TLS at once, or after a STARTTLS.
async fn untrusted(with_starttls: bool) -> u16 {
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let certificate = CertificateDer::from_pem_file(data.join("self-signed.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(data.join("self-signed.key")).unwrap();
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            if with_starttls {
                let mut buffer = [0; 512];
                for line in ["220 hello\r\n", "250-hello\r\n250 STARTTLS\r\n", "220 go on\r\n"] {
                    if line.starts_with("250") || line.contains("go on") {
                        let _ = stream.read(&mut buffer).await;
                    }
                    let _ = stream.write_all(line.as_bytes()).await;
                }
            }
            // Whoever goes on after this trusts anybody.
            let accepted = acceptor.accept(stream).await;
            assert!(accepted.is_err(), "an untrusted certificate was trusted");
        }
    });
    port
}

#[tokio::test]
async fn certificates_are_verified_always() {
    let out = || Outbound::new(true).unwrap().with_timeout(Duration::from_secs(3));
    let port = untrusted(false).await;
    let url = format!("https://localhost:{port}/");
    let error = out().fetch(&url, 100).await.unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
    let webhook = Webhook::new("w", out(), Secret::new(&url), Secret::new(SECRET)).unwrap();
    let error = webhook.send(&telling("webhook")).await.unwrap_err();
    assert!(error.message.contains("certificate"), "{error:?}");
    let to = ["b@example.com".to_owned()];
    let mail = |url: String| Email::new("m", out(), &url, None, "a@example.com", &to).unwrap();
    let error = mail(format!("smtps://localhost:{port}")).send(&telling("email")).await.unwrap_err();
    assert!(error.message.contains("certificate"), "{error:?}");
    let port = untrusted(true).await;
    let error = mail(format!("smtp://localhost:{port}")).send(&telling("email")).await.unwrap_err();
    assert!(error.message.contains("certificate"), "{error:?}");
}
