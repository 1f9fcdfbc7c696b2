//! Investigations that a person starts, and passes that a person asks for.

use super::{Desk, INVESTIGATE, facts};
use crate::clock::now;
use crate::feed::News;
use crate::investigator::Asked;
use butfor_incident::Timestamp;
use butfor_intake::{Action, Message, Priority};
use butfor_store::{Accept, Accepted, Decision, IncidentId, NewAlert, NewIncident, Result};
use serde_json::json;

/// What stands where a sender's name would.
const MANUAL: &str = "manual";

impl Desk {
    /// Opens an incident that a person describes, and has it investigated.
    pub(crate) async fn start(&self, title: &str, asked: &Asked, who: &str) -> Result<IncidentId> {
        let at = now();
        let title = if title.trim().is_empty() { "Started by hand" } else { title.trim() };
        let incident_at = asked.at.as_deref().and_then(|text| Timestamp::parse(text).ok());
        let dedup_key = format!("{who}/{}/{}", at.as_millis(), butfor_store::digest_of(title.as_bytes()));
        let payload = json!({
            "eventType": "incident", "incidentId": dedup_key, "action": "created", "priority": "MEDIUM", "title": title,
            "description": asked.details, "timestamp": incident_at.unwrap_or(at).to_string(),
            "data": {"metadata": {"accountId": asked.account, "region": asked.region}},
        });
        let message = Message {
            dedup_key: dedup_key.clone(),
            sender_id: None,
            title: title.to_owned(),
            description: Some(asked.details.clone()),
            action: Action::Trigger,
            priority: Some(Priority::Medium),
            is_test: false,
            at: incident_at,
            account: asked.account.clone(),
            region: asked.region.clone(),
            alarm: None,
            service: None,
            resources: Vec::new(),
            payload: payload.to_string(),
        };
        let arrival = facts::arrival(MANUAL, &message, at);
        let incident = NewIncident {
            title: title.to_owned(),
            account: arrival.account.clone(),
            region: arrival.region.clone(),
            application: String::new(),
            priority: Priority::Medium.word().to_owned(),
            key: None,
            reason: format!("started by {who}"),
            job: Some((INVESTIGATE.to_owned(), super::arrive::order(1, asked))),
        };
        let alert = NewAlert {
            source: MANUAL.to_owned(),
            dedup_key,
            sender_id: None,
            is_test: false,
            title: title.to_owned(),
            body: message.payload.into_bytes(),
            facts: facts::write(&arrival),
            received_at: at,
        };
        let accept = Accept { alert, nonce: None, decision: Decision::Open(incident), then: None };
        let (Accepted::Opened(_, incident)
        | Accepted::Linked(_, incident)
        | Accepted::Duplicate(_, Some(incident))) = self.intake.accept(accept).await?
        else {
            return Err(butfor_store::Error::Closed);
        };
        self.note(who, "incident.start", &format!("incident/{incident}"), title).await?;
        self.read_board().await?;
        self.feed.tell(incident, News::Changed);
        self.ring();
        Ok(incident)
    }

    /// Has an incident looked at once more, beside what was found before.
    pub(crate) async fn again(&self, incident: IncidentId, asked: &Asked, who: &str) -> Result<()> {
        self.store.incident(incident).await?;
        let at = now();
        self.order(incident, &format!("asked/{}", at.as_millis()), asked, at).await?;
        self.note(who, "incident.investigate", &format!("incident/{incident}"), &asked.log_groups.join(", "))
            .await?;
        self.feed.tell(incident, News::Changed);
        Ok(())
    }
}
