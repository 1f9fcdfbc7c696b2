//! What holds for every answer: headers that protect browsers, limits of what is read.

use super::Shared;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::time::Duration;

/// A form or a question of a program is small.
const BODY_MAX: usize = 256 << 10;

/// Who sends its body more slowly than this has no honest reason.
const BODY_WAIT: Duration = Duration::from_secs(10);

/// Everything comes from this server: no inline script, no other host, no frame (OWASP, HTTP Headers Cheat Sheet).
pub(super) const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// A year, as browsers' preload lists ask for at least (RFC 6797 leaves it open).
const TRANSPORT: &str = "max-age=31536000";

/// Adds the headers to every answer.
pub(super) async fn headers(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if shared.desk.settings.public_url.as_ref().is_some_and(|url| url.starts_with("https://")) {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TRANSPORT));
    }
    response
}

/// Reads the body of whatever is not a delivery, within limits.
pub(super) async fn limit_body(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match read(body, BODY_MAX, BODY_WAIT).await {
        Ok(bytes) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// A body that was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    TooLarge,
    TooSlow,
    Broken,
}

impl IntoResponse for Unread {
    fn into_response(self) -> Response {
        let (status, text) = match self {
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than is taken here"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "the body came too slowly"),
            Self::Broken => (StatusCode::BAD_REQUEST, "the body ended early"),
        };
        super::problem::Problem::new(status, text).into_response()
    }
}

/// Reads a body up to a size, and as long as it keeps coming.
pub(super) async fn read(body: Body, limit: usize, wait: Duration) -> Result<axum::body::Bytes, Unread> {
    match tokio::time::timeout(wait, axum::body::to_bytes(body, limit)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => {
            let is_limit =
                std::error::Error::source(&error).is_some_and(|it| it.to_string().contains("length limit"));
            Err(if is_limit { Unread::TooLarge } else { Unread::Broken })
        }
        Err(_) => Err(Unread::TooSlow),
    }
}
