//! PagerDuty: a note on the incident that an alert came from, by the REST API.

use super::marker::{marked, marker};
use super::servicenow::Note;
use super::{ANSWER_MAX, Secret, SetupError, base, rendered, taken, unsent};
use crate::outbound::{Outbound, Request};
use butfor_ports::{Notifier, NotifyError, Sending, Telling};
use serde_json::{Value, json};

/// PagerDuty's own; in the EU it is `https://api.eu.pagerduty.com`.
const BASE: &str = "https://api.pagerduty.com";
/// What to do where it does not know us.
const HINT: &str = "check the API key, that it may write, and that the requester is a user of the account";
/// Notes of an incident that are looked through, bytes.
const NOTES_MAX: usize = 4 << 20;

/// An account of PagerDuty.
///
/// Each note carries a mark, and is written where no note with it is yet: told again, nothing is written twice.
#[derive(Debug)]
pub struct PagerDuty {
    name: String,
    outbound: Outbound,
    base: String,
    key: Secret,
    requester: String,
}

impl PagerDuty {
    /// `requester` is the e-mail address of a user of the account; `url` is another address of the API.
    ///
    /// # Errors
    /// [`SetupError`] for an address that is not talked to, or a key or requester that cannot be one.
    pub fn new(
        name: &str,
        outbound: Outbound,
        key: Secret,
        requester: &str,
        url: Option<&str>,
    ) -> Result<Self, SetupError> {
        if !key.is_sound() || !requester.contains('@') || !requester.chars().all(|c| c.is_ascii_graphic()) {
            let problem =
                "its API key is empty, or its requester is no e-mail address: set `secret` and `user`";
            return Err(SetupError::new(name, problem));
        }
        let base = base(name, url.unwrap_or(BASE), outbound.allows_private())?;
        Ok(Self { name: name.to_owned(), outbound, base, key, requester: requester.to_owned() })
    }

    fn request<'a>(&self, method: &'static str, url: &'a str, body: &Value) -> Request<'a> {
        let key = format!("Token token={}", self.key.reveal());
        let headers = [
            ("authorization", key.as_str()),
            ("from", self.requester.as_str()),
            ("content-type", "application/json"),
            ("accept", "application/vnd.pagerduty+json;version=2"),
        ];
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        Request { method, url, headers, body }
    }

    /// Whether a note with the mark is there; what is too long to be read holds none as far as we know.
    async fn has(&self, url: &str, marker: &str) -> Result<bool, NotifyError> {
        let request = self.request("GET", url, &Value::Null);
        let answer = self.outbound.send(request, NOTES_MAX).await.map_err(|error| unsent(&error))?;
        taken(&answer, HINT)?;
        Ok(String::from_utf8_lossy(&answer.body).contains(marker))
    }
}

impl Notifier for PagerDuty {
    fn name(&self) -> &str {
        &self.name
    }

    fn send<'a>(&'a self, telling: &'a Telling) -> Sending<'a> {
        Box::pin(async move {
            let note = Note::of(&rendered(&telling.body)?);
            let marker = marker(&telling.key);
            for record in &note.records {
                let url = format!("{}/incidents/{record}/notes", self.base);
                if self.has(&url, &marker).await? {
                    continue;
                }
                let body = json!({"note": {"content": marked(&note.text, &marker)}});
                let request = self.request("POST", &url, &body);
                let answer = self.outbound.send(request, ANSWER_MAX).await.map_err(|error| unsent(&error))?;
                taken(&answer, HINT)?;
            }
            Ok(marker)
        })
    }
}
