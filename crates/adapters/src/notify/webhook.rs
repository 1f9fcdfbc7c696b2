//! A program of somebody's: an event, signed as we expect alerts to be signed (webhook-formats, section 1).

use super::{ANSWER_MAX, Secret, SetupError, never, taken, unsent};
use crate::outbound::{Outbound, Request, look};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use butfor_ports::{Notifier, NotifyError, Sending, Telling};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Any server that takes signed JSON.
///
/// `x-amzn-event-signature` is the base64 of HMAC-SHA256 under the secret over `x-amzn-event-timestamp`, a colon and the body.
/// `idempotency-key` is the same when an event is sent again.
#[derive(Debug)]
pub struct Webhook {
    name: String,
    outbound: Outbound,
    url: Secret,
    secret: Secret,
}

impl Webhook {
    /// `secret` is the key, as it is.
    ///
    /// # Errors
    /// [`SetupError`] for an address that is not talked to, or an empty secret.
    pub fn new(name: &str, outbound: Outbound, url: Secret, secret: Secret) -> Result<Self, SetupError> {
        look(url.reveal(), outbound.allows_private())
            .map_err(|error| SetupError::new(name, error.to_string()))?;
        if secret.reveal().is_empty() {
            return Err(SetupError::new(name, "its secret is empty"));
        }
        Ok(Self { name: name.to_owned(), outbound, url, secret })
    }
}

impl Notifier for Webhook {
    fn name(&self) -> &str {
        &self.name
    }

    fn send<'a>(&'a self, telling: &'a Telling) -> Sending<'a> {
        Box::pin(async move {
            // As JavaScript's `toISOString`: three decimals.
            let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
            let signature = signature(self.secret.reveal(), &now, telling.body.as_bytes())?;
            let headers = vec![
                ("content-type".to_owned(), "application/json".to_owned()),
                ("x-amzn-event-timestamp".to_owned(), now),
                ("x-amzn-event-signature".to_owned(), signature),
                ("idempotency-key".to_owned(), super::marker::marker(&telling.key)),
            ];
            let body = telling.body.clone().into_bytes();
            let request = Request { method: "POST", url: self.url.reveal(), headers, body };
            let answer = self.outbound.send(request, ANSWER_MAX).await.map_err(|error| unsent(&error))?;
            taken(&answer, "make sure that both sides have the same secret, and that their clocks agree")?;
            Ok(format!("status {}", answer.status))
        })
    }
}

fn signature(secret: &str, timestamp: &str, body: &[u8]) -> Result<String, NotifyError> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| never("the secret cannot be a key"))?;
    mac.update(timestamp.as_bytes());
    mac.update(b":");
    mac.update(body);
    Ok(STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::signature;

    /// Python: `base64.b64encode(hmac.new(b"secret", b"2025-11-23T18:00:00.000Z:{}", "sha256").digest())`.
    #[test]
    fn a_signature_is_that_of_the_senders() {
        let found = signature("secret", "2025-11-23T18:00:00.000Z", b"{}").unwrap();
        assert_eq!(found, "6hDnPMcwEwzvriqAXooRlU1LlDYQA3Os9N/rjLR4UAE=");
    }
}
