//! ServiceNow: a work note on the incident that an alert came from, by the Table API.

use super::marker::{marked, marker};
use super::{ANSWER_MAX, Secret, SetupError, base, rendered, taken, unsent};
use crate::outbound::{Outbound, Request};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use butfor_ports::{Notifier, NotifyError, Sending, Telling};
use serde_json::{Value, json};

/// What to do where it does not know us.
const HINT: &str = "check user and password, and that the user may read and write `incident` (role `itil`)";
/// Notes of a ticket that are looked through, bytes.
const NOTES_MAX: usize = 4 << 20;

/// An instance of ServiceNow.
///
/// Each note carries a mark, and is written where no note with it is yet: told again, nothing is written twice.
#[derive(Debug)]
pub struct ServiceNow {
    name: String,
    outbound: Outbound,
    base: String,
    authorization: Secret,
}

impl ServiceNow {
    /// `url` is the instance: `https://example.service-now.com`.
    ///
    /// # Errors
    /// [`SetupError`] for an address that is not talked to, or a user that cannot be one.
    pub fn new(
        name: &str,
        outbound: Outbound,
        url: &str,
        user: &str,
        password: &Secret,
    ) -> Result<Self, SetupError> {
        if user.is_empty() || user.contains(':') || !password.is_sound() {
            return Err(SetupError::new(name, "its user or password is empty, or the user holds a colon"));
        }
        let base = base(name, url, outbound.allows_private())?;
        let pair = STANDARD.encode(format!("{user}:{}", password.reveal()));
        Ok(Self {
            name: name.to_owned(),
            outbound,
            base,
            authorization: Secret::new(format!("Basic {pair}")),
        })
    }

    fn request<'a>(&self, method: &'static str, url: &'a str, body: &Value) -> Request<'a> {
        let headers = [
            ("authorization", self.authorization.reveal()),
            ("content-type", "application/json"),
            ("accept", "application/json"),
        ];
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        Request { method, url, headers, body }
    }

    /// Whether a note with the mark is there. A field that may not be read, or that is too long, holds none as far as we know: a
    /// note twice is better than none.
    async fn has(&self, record: &str, marker: &str) -> Result<bool, NotifyError> {
        // A journal's display value is all of its entries.
        let url = format!(
            "{}/api/now/table/incident/{record}?sysparm_display_value=true&sysparm_fields=work_notes",
            self.base
        );
        let request = self.request("GET", &url, &Value::Null);
        let answer = self.outbound.send(request, NOTES_MAX).await.map_err(|error| unsent(&error))?;
        taken(&answer, HINT)?;
        Ok(String::from_utf8_lossy(&answer.body).contains(marker))
    }
}

impl Notifier for ServiceNow {
    fn name(&self) -> &str {
        &self.name
    }

    fn send<'a>(&'a self, telling: &'a Telling) -> Sending<'a> {
        Box::pin(async move {
            let note = Note::of(&rendered(&telling.body)?);
            let marker = marker(&telling.key);
            for record in &note.records {
                if self.has(record, &marker).await? {
                    continue;
                }
                let url = format!("{}/api/now/table/incident/{record}?sysparm_fields=sys_id", self.base);
                let body = json!({"work_notes": marked(&note.text, &marker)});
                let request = self.request("PATCH", &url, &body);
                let answer = self.outbound.send(request, ANSWER_MAX).await.map_err(|error| unsent(&error))?;
                taken(&answer, HINT)?;
            }
            Ok(marker)
        })
    }
}

/// A note and where it goes.
pub(super) struct Note {
    pub(super) records: Vec<String>,
    pub(super) text: String,
}

impl Note {
    /// Ids become parts of a path: what is no id is left out.
    pub(super) fn of(rendered: &Value) -> Self {
        let records = rendered.get("records").and_then(Value::as_array).into_iter().flatten();
        let is_id =
            |id: &&str| !id.is_empty() && id.len() <= 64 && id.chars().all(|c| c.is_ascii_alphanumeric());
        Self {
            records: records.filter_map(Value::as_str).filter(is_id).map(str::to_owned).collect(),
            text: rendered.get("text").and_then(Value::as_str).unwrap_or_default().to_owned(),
        }
    }
}
