//! What people decide: about hypotheses, about alerts that do not belong.

use super::{Desk, INVESTIGATE, facts};
use crate::clock::now;
use crate::feed::News;
use crate::investigator::Asked;
use butfor_report::announce::Event;
use butfor_store::{AlertId, DecisionKind, Error, IncidentId, NewIncident, PersonDecision, Result};

/// Longest note in bytes: what a person writes, not what a program pastes.
pub(crate) const NOTE_MAX: usize = 10_000;

impl Desk {
    /// Notes what a person says of a hypothesis, or of the incident.
    pub(crate) async fn decide(
        &self,
        incident: IncidentId,
        hypothesis: Option<&str>,
        kind: DecisionKind,
        note: &str,
        who: &str,
    ) -> Result<()> {
        let decision = PersonDecision {
            incident,
            hypothesis: hypothesis.map(str::to_owned),
            kind,
            note: note.chars().take(NOTE_MAX).collect(),
            who: who.to_owned(),
            at: now(),
        };
        self.store.incident(incident).await?;
        self.store.decide(&decision).await?;
        let action = match kind {
            DecisionKind::Accept => "hypothesis.accept",
            DecisionKind::Discard => "hypothesis.discard",
            DecisionKind::Note => "incident.note",
        };
        let subject = match hypothesis {
            Some(hypothesis) => format!("incident/{incident}/{hypothesis}"),
            None => format!("incident/{incident}"),
        };
        self.note(who, action, &subject, &decision.note).await?;
        if kind != DecisionKind::Note {
            self.store.notify(&self.notices(incident, Event::Decided, None).await?, now()).await?;
            self.ring();
        }
        self.feed.tell(incident, News::Changed);
        Ok(())
    }

    /// Takes an alert out of an incident: it gets one of its own, and the alarm is not linked here again.
    pub(crate) async fn unlink(&self, incident: IncidentId, alert: AlertId, who: &str) -> Result<IncidentId> {
        let linked = self.linked(incident, alert).await?;
        let arrival = facts::read(&linked.facts);
        let new = NewIncident {
            title: linked.title.clone(),
            account: arrival.as_ref().map(|it| it.account.clone()).unwrap_or_default(),
            region: arrival.as_ref().map(|it| it.region.clone()).unwrap_or_default(),
            application: arrival.as_ref().and_then(|it| it.application.clone()).unwrap_or_default(),
            priority: String::new(),
            key: None,
            reason: format!("{who} took it out of incident {incident}"),
            job: Some((INVESTIGATE.to_owned(), super::arrive::order(1, &Asked::default()))),
        };
        let opened = self.store.split(incident, alert, &new, who, now()).await?;
        if let Some(arrival) = arrival {
            self.board().unlink(incident, &arrival.key);
        }
        self.read_board().await?;
        let detail = format!("now incident {opened}");
        self.note(who, "alert.unlink", &format!("incident/{incident}/alert/{alert}"), &detail).await?;
        self.feed.tell(incident, News::Changed);
        self.ring();
        Ok(opened)
    }

    async fn linked(&self, incident: IncidentId, alert: AlertId) -> Result<butfor_store::LinkedAlert> {
        let mut after = None;
        loop {
            let page = self.store.alerts(incident, after, 1000).await?;
            if let Some(found) =
                page.items.into_iter().find(|linked| linked.id == alert && linked.unlinked.is_none())
            {
                return Ok(found);
            }
            after = page.next;
            if after.is_none() {
                let id = format!("{alert} of incident {incident}");
                return Err(Error::NotFound { what: "linked alert", id });
            }
        }
    }
}
