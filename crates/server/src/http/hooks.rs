//! Deliveries of other systems: read within limits, verified as raw bytes, then parsed, written down, and answered.

use super::Shared;
use super::guard::{Unread, read};
use super::problem::Problem;
use crate::clock::now;
use crate::desk::{Desk, Receipt};
use crate::fetch::Fetch;
use crate::metrics::count;
use crate::settings::Sender;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use butfor_intake::{Certificates, Content, Delivery, Format, Headers, Message, sns};
use butfor_store::Nonce;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Largest delivery (webhook-formats: 1 MiB).
const BODY_MAX: usize = 1 << 20;

/// A sender that takes longer to send this much is none of those supported.
const BODY_WAIT: Duration = Duration::from_secs(10);

/// Largest certificate or confirmation that is fetched.
const FETCH_MAX: usize = 64 << 10;

/// Certificates kept: SNS has one at a time in each region.
const CERTIFICATES_MAX: usize = 64;

/// Everything about senders that outlives a request.
pub(crate) struct Senders {
    by_name: BTreeMap<String, (Sender, Mutex<Budget>)>,
    certificates: Mutex<Arc<Certificates>>,
    fetch: Arc<dyn Fetch>,
}

impl Senders {
    pub(crate) fn new(senders: &[Sender], fetch: Arc<dyn Fetch>) -> Self {
        let by_name = senders
            .iter()
            .map(|sender| {
                let budget = Mutex::new(Budget::new(sender.per_minute, Instant::now()));
                (sender.integration.name.clone(), (sender.clone(), budget))
            })
            .collect();
        Self { by_name, certificates: Mutex::default(), fetch }
    }

    fn certificates(&self) -> Arc<Certificates> {
        Arc::clone(&self.certificates.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Fetches the certificate a message of SNS was signed with, unless it is known. Its address was checked against AWS's hosts.
    async fn fetch_certificate(&self, url: &str) -> Result<(), Problem> {
        if self.certificates().contains_key(url) {
            return Ok(());
        }
        let bytes = self.fetch.get(url, FETCH_MAX).await.map_err(|error| {
            tracing::warn!(url, error, "the certificate of a message cannot be fetched");
            // SNS tries again after a 5xx.
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "the certificate of this message cannot be fetched: try again",
            )
            .with("code", "certificate-unavailable")
        })?;
        let mut certificates = self.certificates.lock().unwrap_or_else(PoisonError::into_inner);
        let mut more = if certificates.len() < CERTIFICATES_MAX {
            (**certificates).clone()
        } else {
            Certificates::new()
        };
        more.insert(url.to_owned(), String::from_utf8_lossy(&bytes).into_owned());
        *certificates = Arc::new(more);
        Ok(())
    }
}

/// How many messages a sender may still send: it fills as time goes by.
#[derive(Debug)]
struct Budget {
    per_minute: f64,
    left: f64,
    at: Instant,
}

impl Budget {
    fn new(per_minute: u64, at: Instant) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "at most ten million")]
        let per_minute = per_minute as f64;
        Self { per_minute, left: per_minute, at }
    }

    /// Takes one; else says how many seconds to wait.
    fn take(&mut self, at: Instant) -> Result<(), u64> {
        let passed = at.saturating_duration_since(self.at).as_secs_f64();
        self.left = (self.left + passed * self.per_minute / 60.0).min(self.per_minute);
        self.at = at;
        if self.left < 1.0 {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 60")]
            let wait = ((1.0 - self.left) * 60.0 / self.per_minute).ceil() as u64;
            return Err(wait.max(1));
        }
        self.left -= 1.0;
        Ok(())
    }
}

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/hooks/{name}", post(deliver))
        .route("/webhook/generic/{name}", post(deliver_generic))
}

async fn deliver(State(shared): State<Shared>, Path(name): Path<String>, request: Request) -> Response {
    receive(&shared, &name, None, request).await.unwrap_or_else(IntoResponse::into_response)
}

/// The address existing senders know; for the generic format only.
async fn deliver_generic(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    receive(&shared, &name, Some(Format::Generic), request).await.unwrap_or_else(IntoResponse::into_response)
}

async fn receive(
    shared: &Shared,
    name: &str,
    only: Option<Format>,
    request: Request,
) -> Result<Response, Problem> {
    let began = Instant::now();
    let metrics = &shared.desk.metrics;
    let sender = shared.hooks.by_name.get(name);
    let (sender, budget) = sender
        .filter(|(sender, _)| only.is_none_or(|format| sender.integration.format == format))
        .ok_or_else(|| {
            Problem::new(StatusCode::NOT_FOUND, "no sender has this address").with("code", "unknown-sender")
        })?;
    let (parts, body) = request.into_parts();
    let body = body_of(&parts.headers, body).await.inspect_err(|_| count(&metrics.malformed))?;
    let headers: Headers = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect();
    let answer = verified(shared, sender, budget, &headers, &body).await;
    metrics.accept.observe(began.elapsed());
    answer
}

async fn body_of(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    let unread = |unread: Unread| match unread {
        Unread::TooLarge => {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "a delivery may have 1 MiB").with("code", "too-large")
        }
        Unread::TooSlow => {
            Problem::new(StatusCode::REQUEST_TIMEOUT, "the body came too slowly").with("code", "too-slow")
        }
        Unread::Broken => {
            Problem::new(StatusCode::BAD_REQUEST, "the body ended early").with("code", "cut-off")
        }
    };
    // Refused before it is read, where the sender says how long it is.
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|it| it.to_str().ok())
        .and_then(|it| it.parse::<usize>().ok());
    if length.is_some_and(|length| length > BODY_MAX) {
        return Err(unread(Unread::TooLarge));
    }
    read(body, BODY_MAX, BODY_WAIT).await.map_err(unread)
}

async fn verified(
    shared: &Shared,
    sender: &Sender,
    budget: &Mutex<Budget>,
    headers: &Headers,
    body: &Bytes,
) -> Result<Response, Problem> {
    let (integration, metrics) = (&sender.integration, &shared.desk.metrics);
    let refused = |refusal: butfor_intake::Refusal| {
        count(&metrics.refused);
        tracing::info!(sender = integration.name, code = refusal.code, "a delivery was refused");
        let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNAUTHORIZED);
        Problem::new(status, refusal.message).with("code", refusal.code)
    };
    let received_at = now();
    let delivery = Delivery::new(headers, body, received_at);
    if let Some(url) = sns::certificate_needed(integration, &delivery).map_err(refused)? {
        shared.hooks.fetch_certificate(&url).await?;
    }
    let certificates = shared.hooks.certificates();
    let delivery = delivery.with_certificates(&certificates);
    let verified = butfor_intake::verify(integration, &delivery).map_err(refused)?;
    // Counted when it is known who sent it: strangers cannot use up a sender's budget.
    let taken = budget.lock().unwrap_or_else(PoisonError::into_inner).take(Instant::now());
    if let Err(wait) = taken {
        count(&metrics.throttled);
        let mut response =
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "this sender is above its budget: wait")
                .with("code", "over-budget")
                .into_response();
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
        return Ok(response);
    }
    let content = butfor_intake::read(integration, &delivery).map_err(|malformed| {
        count(&metrics.malformed);
        Problem::new(StatusCode::BAD_REQUEST, malformed.to_string())
            .with("code", "malformed")
            .with("field", malformed.field)
    })?;
    match content {
        Content::Ping(text) => Ok(Json(json!({"message": text})).into_response()),
        Content::ConfirmSubscription { url } => confirm(shared, &url).await,
        Content::Messages(messages) => {
            let nonce = verified.nonce.map(|(value, until)| Nonce { value, until });
            accept(shared, &integration.name, messages, nonce).await
        }
    }
}

/// Confirms a subscription; the address was checked against AWS's hosts, and the topic is one that was allowed.
async fn confirm(shared: &Shared, url: &str) -> Result<Response, Problem> {
    shared.hooks.fetch.get(url, FETCH_MAX).await.map_err(|error| {
        tracing::warn!(error, "a subscription cannot be confirmed");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the subscription cannot be confirmed now: try again")
    })?;
    tracing::info!("a subscription was confirmed");
    Ok(Json(json!({"message": "Subscription confirmed"})).into_response())
}

/// Takes every message of a delivery, also when its sender hangs up meanwhile: what is written must be followed up.
async fn accept(
    shared: &Shared,
    name: &str,
    messages: Vec<Message>,
    nonce: Option<Nonce>,
) -> Result<Response, Problem> {
    let (desk, source) = (Arc::clone(&shared.desk), name.to_owned());
    let receipts = tokio::spawn(async move { accept_all(&desk, &source, &messages, nonce).await });
    let failed = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, sender = name, "an alert could not be written down");
        // Whatever it was, the sender should try again: nothing of the message that failed was kept.
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the alert could not be written down: try again")
    };
    let receipts = receipts.await.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
    let (Some(first), Some(last)) = (receipts.first(), receipts.last()) else {
        let body = json!({"message": "Webhook received", "decision": "skipped", "reason": "it has no alert"});
        return Ok(Json(body).into_response());
    };
    if last.decision == "replayed" {
        let problem = Problem::new(StatusCode::CONFLICT, last.reason.clone()).with("code", "replayed");
        return Ok(problem.with("decision", "replayed").into_response());
    }
    let mut body = answer(shared, first);
    if receipts.len() > 1
        && let Some(members) = body.as_object_mut()
    {
        members
            .insert("results".to_owned(), receipts.iter().map(|receipt| answer(shared, receipt)).collect());
    }
    Ok(Json(body).into_response())
}

async fn accept_all(
    desk: &Desk,
    source: &str,
    messages: &[Message],
    nonce: Option<Nonce>,
) -> butfor_store::Result<Vec<Receipt>> {
    let mut receipts = Vec::with_capacity(messages.len());
    for (index, message) in messages.iter().enumerate() {
        // The signature is used up with the last message: a delivery that was cut off between may be sent again as it is. What was
        // written of it is known by its own key.
        let own = nonce.clone().filter(|_| index + 1 == messages.len());
        receipts.push(desk.accept(source, message, own).await?);
    }
    Ok(receipts)
}

/// What a sender is told: our number, its own id, what was decided and why.
fn answer(shared: &Shared, receipt: &Receipt) -> Value {
    let status = match receipt.decision {
        "opened" => "PENDING_START",
        "skipped" => "SKIPPED",
        _ => "LINKED",
    };
    json!({
        "message": "Webhook received",
        "investigationId": receipt.incident.map(|incident| incident.to_string()),
        "incidentId": receipt.sender_id,
        "decision": receipt.decision,
        "status": status,
        "reason": receipt.reason,
        "url": receipt.incident.and_then(|incident| shared.desk.link(incident)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_fills_as_time_goes_by() {
        let start = Instant::now();
        let mut budget = Budget::new(60, start);
        for _ in 0..60 {
            assert_eq!(budget.take(start), Ok(()));
        }
        assert_eq!(budget.take(start), Err(1));
        assert_eq!(budget.take(start + Duration::from_secs(2)), Ok(()));
        assert_eq!(budget.take(start + Duration::from_secs(2)), Ok(()));
        assert_eq!(budget.take(start + Duration::from_secs(2)), Err(1));
        // It never holds more than a minute's worth.
        let later = start + Duration::from_secs(3600);
        assert_eq!((0..100).filter(|_| budget.take(later).is_ok()).count(), 60);
    }
}
