//! Signatures after Standard Webhooks (standardwebhooks.com, version 1), as incident.io, GitLab and others send them.

use crate::delivery::Delivery;
use crate::integration::Integration;
use crate::mac;
use crate::verify::{Refusal, Verified, bad_signature, required};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// More signatures in one header than rotation needs are somebody trying them out.
const SIGNATURES_MAX: usize = 8;

/// Whether the delivery says it is signed so.
pub(crate) fn is_signed(delivery: &Delivery<'_>) -> bool {
    delivery.headers.get("webhook-signature").is_some()
}

/// `v1,<base64>`, several with spaces between, over `id.timestamp.body`; the key is what follows `whsec_`, decoded.
pub(crate) fn verify(integration: &Integration, delivery: &Delivery<'_>) -> Result<Verified, Refusal> {
    let given = required(delivery, "webhook-signature")?;
    let id = required(delivery, "webhook-id")?;
    let timestamp = required(delivery, "webhook-timestamp")?;
    let at = mac::unix(timestamp)?;
    // A full stop in the id would let a part of it pass for the time.
    if id.is_empty() || id.contains(&b'.') {
        return Err(bad_signature());
    }
    let codes: Vec<_> = given
        .split(|byte| *byte == b' ')
        .filter_map(|part| STANDARD.decode(part.strip_prefix(b"v1,")?).ok())
        .take(SIGNATURES_MAX)
        .collect();
    let parts = [id, b".", timestamp, b".", delivery.body];
    let tried = integration.usable().map(|secret| {
        let key = match secret.bytes().strip_prefix(b"whsec_") {
            Some(encoded) => STANDARD.decode(encoded).unwrap_or_default(),
            None => secret.bytes().to_vec(),
        };
        !key.is_empty() && codes.iter().fold(false, |found, code| found | mac::is_code(&key, &parts, code))
    });
    let secret = mac::first(tried).ok_or_else(bad_signature)?;
    mac::fresh(at, delivery.now, integration.window_s)?;
    let nonce = format!("{}:{}", String::from_utf8_lossy(id), at.as_millis());
    Ok(Verified { nonce: Some((nonce, mac::until(at, integration.window_s))), secret: Some(secret) })
}
