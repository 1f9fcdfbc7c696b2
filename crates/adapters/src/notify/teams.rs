//! Microsoft Teams: a card, posted by a workflow's webhook. It cannot be edited; each message is a new card.

use super::{ANSWER_MAX, Secret, SetupError, later, taken, unsent};
use crate::outbound::{Outbound, Request, look};
use butfor_ports::{Notifier, Sending, Telling};

/// A workflow "when a Teams webhook request is received". Its URL is a secret.
#[derive(Debug)]
pub struct Teams {
    name: String,
    outbound: Outbound,
    url: Secret,
}

impl Teams {
    /// `url` is the workflow's.
    ///
    /// # Errors
    /// [`SetupError`] for an address that is not talked to.
    pub fn new(name: &str, outbound: Outbound, url: Secret) -> Result<Self, SetupError> {
        look(url.reveal(), outbound.allows_private())
            .map_err(|error| SetupError::new(name, error.to_string()))?;
        Ok(Self { name: name.to_owned(), outbound, url })
    }
}

impl Notifier for Teams {
    fn name(&self) -> &str {
        &self.name
    }

    fn send<'a>(&'a self, telling: &'a Telling) -> Sending<'a> {
        Box::pin(async move {
            let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
            let body = telling.body.clone().into_bytes();
            let request = Request { method: "POST", url: self.url.reveal(), headers, body };
            let answer = self.outbound.send(request, ANSWER_MAX).await.map_err(|error| unsent(&error))?;
            taken(&answer, "make a new webhook in the workflow and configure its URL")?;
            // Connectors say so in the body of a success
            // (<https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using#rate-limiting-for-connectors>).
            if String::from_utf8_lossy(&answer.body).contains("HTTP error 429") {
                return Err(later(format!("`{}` asks to wait", answer.host), answer.retry_after_s));
            }
            Ok("posted".to_owned())
        })
    }
}
