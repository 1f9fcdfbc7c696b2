//! Whether a delivery is from the sender it says it is from.

use crate::delivery::Delivery;
use crate::integration::{Auth, Format, Integration};
use crate::{mac, pagerduty, sns, standard};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use butfor_incident::Timestamp;

/// The generic webhook's headers (webhook-formats, section 1).
const TIMESTAMP: &str = "x-amzn-event-timestamp";
const SIGNATURE: &str = "x-amzn-event-signature";

/// A delivery that is not taken. Nothing in it tells what would have been taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The HTTP status to answer with: 401, 403, or 503 where the sender should try again.
    pub status: u16,
    /// A fixed word for programs and counters: `stale`, `bad-signature`, ...
    pub code: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }
}

/// What is known of a delivery that is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// What to keep so that the same bytes are not taken twice, and until when. `None` where the scheme cannot tell a
    /// replay from the sender's own retry: there the messages' [`crate::Message::dedup_key`] must do.
    pub nonce: Option<(String, Timestamp)>,
    /// Which of the secrets matched, counted from 0; `None` where a certificate was the proof.
    pub secret: Option<usize>,
}

/// Verifies a delivery over its raw bytes. Nothing of the body is parsed before, but for SNS the members that are
/// signed.
///
/// # Errors
/// [`Refusal`], with the status and code to answer.
pub fn verify(integration: &Integration, delivery: &Delivery<'_>) -> Result<Verified, Refusal> {
    if integration.auth == Auth::Signature && integration.format == Format::Sns {
        sns::verify(integration, delivery)?;
        return Ok(Verified { nonce: None, secret: None });
    }
    if integration.usable().next().is_none() {
        return Err(Refusal::new(401, "no-secret", "this integration has no secret: give it one"));
    }
    match &integration.auth {
        Auth::Signature => signature(integration, delivery),
        Auth::Bearer | Auth::Basic | Auth::Header(_) => {
            let secret = credential(integration, delivery)?;
            match integration.format {
                Format::Generic | Format::ServiceNow => {
                    // Not signed, but where it is there an old one is no live delivery (section 2).
                    if let Some(value) = delivery.headers.single(TIMESTAMP)? {
                        mac::fresh(mac::iso(value)?, delivery.now, integration.window_s)?;
                    }
                }
                Format::Sns => sns::verify_credentialed(integration, delivery)?,
                _ => {}
            }
            Ok(Verified { nonce: None, secret: Some(secret) })
        }
    }
}

/// The format's own signature.
fn signature(integration: &Integration, delivery: &Delivery<'_>) -> Result<Verified, Refusal> {
    match integration.format {
        Format::Generic if standard::is_signed(delivery) && delivery.headers.get(SIGNATURE).is_none() => {
            standard::verify(integration, delivery)
        }
        Format::Generic | Format::ServiceNow => timestamped(integration, delivery),
        Format::Grafana => grafana(integration, delivery),
        Format::PagerDuty => {
            let secret = versions(integration, delivery)?;
            pagerduty::fresh(integration, delivery)?;
            Ok(Verified { nonce: None, secret: Some(secret) })
        }
        Format::GitHub => {
            let given = required(delivery, "x-hub-signature-256")?;
            let code = given.strip_prefix(b"sha256=").and_then(mac::hex).ok_or_else(bad_signature)?;
            let secret = mac::matching(integration, &[delivery.body], &[code]).ok_or_else(bad_signature)?;
            Ok(Verified { nonce: None, secret: Some(secret) })
        }
        Format::GitLab if standard::is_signed(delivery) => standard::verify(integration, delivery),
        Format::GitLab => {
            let given = required(delivery, "x-gitlab-token")?;
            Ok(Verified { nonce: None, secret: Some(same(integration, given)?) })
        }
        Format::Sns | Format::EventBridge | Format::Alertmanager | Format::Datadog => Err(Refusal::new(
            401,
            "no-signature-scheme",
            format!(
                "{} does not sign what it sends: let the integration take a bearer token, basic credentials or a header",
                integration.format.word()
            ),
        )),
    }
}

/// The generic webhook, version 1, and ServiceNow's business rule: base64 of the code over `timestamp:body`.
fn timestamped(integration: &Integration, delivery: &Delivery<'_>) -> Result<Verified, Refusal> {
    let given = required(delivery, SIGNATURE)?;
    let code = STANDARD.decode(given).map_err(|_| bad_signature())?;
    let timestamp = delivery.headers.single(TIMESTAMP)?;
    with_timestamp(integration, delivery, timestamp, code, mac::iso)
}

/// Grafana: hexadecimal code over `timestamp:body`, or over the body where no timestamp header is set.
fn grafana(integration: &Integration, delivery: &Delivery<'_>) -> Result<Verified, Refusal> {
    let names = &integration.options.grafana;
    let given = required(delivery, &names.signature_header)?;
    let code = mac::hex(given).ok_or_else(bad_signature)?;
    match &names.timestamp_header {
        Some(name) => {
            let timestamp = delivery.headers.single(name)?;
            with_timestamp(integration, delivery, timestamp, code, mac::unix)
        }
        None => {
            let secret = mac::matching(integration, &[delivery.body], &[code]).ok_or_else(bad_signature)?;
            Ok(Verified { nonce: None, secret: Some(secret) })
        }
    }
}

/// The code over `timestamp:body`, in the window. The header is signed as it came.
fn with_timestamp(
    integration: &Integration,
    delivery: &Delivery<'_>,
    timestamp: Option<&[u8]>,
    code: Vec<u8>,
    read: fn(&[u8]) -> Result<Timestamp, Refusal>,
) -> Result<Verified, Refusal> {
    let given = [code];
    let body_alone = || mac::matching(integration, &[delivery.body], &given).is_some();
    let without = || {
        // Some senders sign as the prose of the documentation says, not as its code does: it is worth a word of its own.
        Refusal::new(
            401,
            "signed-without-timestamp",
            "the signature is over the body alone: sign timestamp, `:` and body",
        )
    };
    let Some(value) = timestamp else {
        if body_alone() {
            return Err(without());
        }
        return Err(Refusal::new(
            401,
            "no-timestamp",
            "the timestamp header is missing: send it, and sign it with the body",
        ));
    };
    let at = read(value)?;
    let Some(secret) = mac::matching(integration, &[value, b":", delivery.body], &given) else {
        return Err(if body_alone() { without() } else { bad_signature() });
    };
    mac::fresh(at, delivery.now, integration.window_s)?;
    let nonce = given.first().map(|code| (mac::to_hex(code), mac::until(at, integration.window_s)));
    Ok(Verified { nonce, secret: Some(secret) })
}

/// PagerDuty: any `v1` code of a list is enough, so that its secrets can be changed; other versions are passed over.
fn versions(integration: &Integration, delivery: &Delivery<'_>) -> Result<usize, Refusal> {
    /// More codes in one header than rotation needs are somebody trying out codes.
    const CODES_MAX: usize = 8;
    let given = required(delivery, "x-pagerduty-signature")?;
    let codes: Vec<_> = given
        .split(|byte| *byte == b',')
        .filter_map(|part| mac::hex(part.trim_ascii().strip_prefix(b"v1=")?))
        .take(CODES_MAX)
        .collect();
    mac::matching(integration, &[delivery.body], &codes).ok_or_else(bad_signature)
}

/// A bearer token, basic credentials, or a header that holds the secret; which of the secrets it is.
pub(crate) fn credential(integration: &Integration, delivery: &Delivery<'_>) -> Result<usize, Refusal> {
    let name = match &integration.auth {
        Auth::Header(name) => name,
        _ => "authorization",
    };
    let value = delivery.headers.single(name)?.ok_or_else(|| {
        Refusal::new(
            401,
            "no-credential",
            format!("`{name}` is missing: send it with the integration's secret"),
        )
    })?;
    match &integration.auth {
        Auth::Bearer => same(integration, scheme(value, b"bearer")?),
        Auth::Basic => {
            let decoded = STANDARD.decode(scheme(value, b"basic")?).map_err(|_| bad_credential())?;
            same(integration, &decoded)
        }
        Auth::Header(_) | Auth::Signature => same(integration, value),
    }
}

/// What follows the scheme's name, which is in any case (RFC 9110, section 11.1).
fn scheme<'a>(value: &'a [u8], name: &[u8]) -> Result<&'a [u8], Refusal> {
    let (given, rest) = value.split_at_checked(name.len()).ok_or_else(bad_credential)?;
    match rest.strip_prefix(b" ") {
        Some(rest) if given.eq_ignore_ascii_case(name) => Ok(rest.trim_ascii()),
        _ => Err(bad_credential()),
    }
}

fn same(integration: &Integration, given: &[u8]) -> Result<usize, Refusal> {
    mac::first(integration.usable().map(|secret| mac::is_same(given, secret.bytes())))
        .ok_or_else(bad_credential)
}

/// A header without which a delivery is unsigned.
pub(crate) fn required<'a>(delivery: &Delivery<'a>, name: &str) -> Result<&'a [u8], Refusal> {
    delivery.headers.single(name)?.ok_or_else(|| {
        Refusal::new(401, "unsigned", format!("`{name}` is missing: only signed deliveries are taken here"))
    })
}

pub(crate) fn bad_signature() -> Refusal {
    Refusal::new(401, "bad-signature", "the signature is not of this body under this integration's secret")
}

fn bad_credential() -> Refusal {
    Refusal::new(401, "bad-credential", "the credential is not this integration's")
}
