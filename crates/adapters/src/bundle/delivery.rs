//! `deploys/`: what code hosts said about changes and deployments, one message a file.
//!
//! `NAME.json` is the body of a webhook as it came, or the answer of a compare call; `NAME.headers.json`, optional, an object of
//! its HTTP headers. What a message says is read in the engine; here it is bounded, checked to be an object, and given the name
//! of the event that its headers carry.

use super::{Problem, Reading, json};
use butfor_incident::{Body, Evidence, Query};

/// Headers by which code hosts name the event of a webhook (GitHub Docs, "Webhook events and payloads", delivery headers; GitLab
/// Docs, "Webhooks", delivery headers).
const EVENT_HEADERS: [(&str, &str); 2] = [("x-github-event", "github"), ("x-gitlab-event", "gitlab")];

impl Reading<'_> {
    /// A message is kept whole.
    pub(super) fn read_delivery(&mut self, name: &str) {
        let Some(text) = self.whole_text(name) else { return };
        if let Err(error) = json::object(&text) {
            let help = "expected the body of one webhook, or one API answer".to_owned();
            return self.unreadable(Problem { help, ..error.in_file(name) });
        }
        let (source, operation) = self.delivery_event(name);
        // The file's name is kept: what is wrong with a message is said with it.
        let parameters = serde_json::json!({ "file": name }).to_string();
        let query = Query {
            service: if source.is_empty() { "deploys".to_owned() } else { source },
            operation,
            parameters: parameters.into(),
            ..super::empty_query()
        };
        self.admit(Evidence::new(query, None, Body::Delivery(text.into())), name, None);
    }

    /// Source and event as the headers beside a message name them; empty where there are none.
    fn delivery_event(&mut self, name: &str) -> (String, String) {
        let stem = name.trim_end_matches(".gz").trim_end_matches(".json");
        let headers = format!("{stem}.headers.json");
        // Most messages have none: that is no problem to report.
        if self.files.open(&headers).is_err() {
            return Default::default();
        }
        let Some(text) = self.whole_text(&headers) else { return Default::default() };
        let found = match json::object(&text) {
            Ok(found) => found,
            Err(error) => {
                self.unreadable(error.in_file(&headers));
                return Default::default();
            }
        };
        let named = found.iter().find_map(|(header, value)| {
            let (_, source) = EVENT_HEADERS.iter().find(|(known, _)| header.eq_ignore_ascii_case(known))?;
            Some(((*source).to_owned(), json::text(value)?.into_owned()))
        });
        named.unwrap_or_default()
    }
}
