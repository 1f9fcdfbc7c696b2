//! What people are told, and sending it.

use super::Desk;
use crate::clock::now;
use crate::metrics::count;
use butfor_incident::Assessment;
use butfor_intake::Priority;
use butfor_ports::Telling;
use butfor_report::announce::{self, Announcement, Event};
use butfor_store::{IncidentId, IncidentRow, Lease, NOTIFY, NewNotice, Outcome, Result};

/// A message that is on its way is not sent by another worker meanwhile: longer than a sender may take.
const LEASE_MS: u32 = 60_000;

impl Desk {
    /// The messages about an event, one for each channel that wants it.
    pub(super) async fn notices(
        &self,
        incident: IncidentId,
        event: Event,
        assessment: Option<&Assessment>,
    ) -> Result<Vec<NewNotice>> {
        let row = self.store.incident(incident).await?;
        if self.settings.channels.is_empty() || row.is_test {
            return Ok(Vec::new());
        }
        let announcement = self.announcement(&row, event, assessment).await?;
        let priority = Priority::of(&row.priority).unwrap_or(Priority::Medium);
        let channels = self.settings.channels.iter().filter(|channel| priority <= channel.minimum_priority);
        Ok(channels
            .map(|channel| NewNotice {
                key: format!("{}/{incident}/{}", channel.name, occasion(&announcement)),
                incident,
                channel: channel.name.clone(),
                body: announce::render(&announcement, channel.kind),
            })
            .collect())
    }

    async fn announcement(&self, row: &IncidentRow, event: Event, assessment: Option<&Assessment>) -> Result<Announcement> {
        let alerts = self.store.alerts(row.id, None, 50).await?.items;
        let mut announcement = Announcement {
            event,
            incident: row.id.0,
            url: self.link(row.id),
            title: row.title.clone(),
            priority: row.priority.clone(),
            account: row.account.clone(),
            region: row.region.clone(),
            application: row.application.clone(),
            opened_at: row.opened_at,
            at: now(),
            sender_ids: alerts.into_iter().filter_map(|alert| alert.sender_id).collect(),
            alerts: usize::try_from(row.alerts).unwrap_or(usize::MAX),
            is_test: row.is_test,
            assessment: assessment.map(announce::Summary::of),
            decision: None,
            failure: None,
        };
        announcement.sender_ids.dedup();
        if event == Event::Decided {
            let last = self.store.decisions(row.id).await?.pop();
            announcement.decision = last.map(|decision| announce::Decision {
                who: decision.who,
                what: format!("{:?}", decision.kind).to_lowercase(),
                hypothesis: decision.hypothesis,
                note: decision.note,
                at: decision.at,
            });
        }
        Ok(announcement)
    }

    /// Tells people that an investigation was given up.
    pub(super) async fn announce_failure(&self, incident: IncidentId, error: &str) -> Result<()> {
        let row = self.store.incident(incident).await?;
        let mut announcement = self.announcement(&row, Event::Failed, None).await?;
        announcement.failure = Some(error.to_owned());
        let notices: Vec<NewNotice> = self
            .settings
            .channels
            .iter()
            .map(|channel| NewNotice {
                key: format!("{}/{incident}/failed", channel.name),
                incident,
                channel: channel.name.clone(),
                body: announce::render(&announcement, channel.kind),
            })
            .collect();
        self.store.notify(&notices, now()).await
    }

    /// Sends one message, if one waits.
    pub(super) async fn send_one(&self, owner: &str) -> Result<bool> {
        for channel in self.notifiers.keys() {
            let kind = format!("{NOTIFY}{channel}");
            if let Some(lease) = self.store.claim(&kind, owner, now(), LEASE_MS).await? {
                self.send(channel, &lease).await?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn send(&self, channel: &str, lease: &Lease) -> Result<()> {
        let notice = self.store.notice(&lease.payload).await?;
        let Some(notifier) = self.notifiers.get(channel) else { return Ok(()) };
        let first = format!("{channel}/{}/opened", notice.notice.incident);
        let previous = match (first == notice.notice.key, self.store.notice(&first).await) {
            (false, Ok(first)) => first.receipt,
            _ => None,
        };
        let telling = Telling {
            key: notice.notice.key.clone(),
            incident: notice.notice.incident.0,
            body: notice.notice.body,
            previous,
        };
        match notifier.send(&telling).await {
            Ok(receipt) => {
                count(&self.metrics.notified);
                let sent = Some((notice.notice.key, receipt));
                self.store.finish(lease, now(), &Outcome { sent, ..Outcome::default() }).await
            }
            Err(error) => {
                count(&self.metrics.notices_failed);
                tracing::warn!(channel, incident = %telling.incident, error = error.message, "a message could not be sent");
                self.store.fail(lease, now(), &error.message).await.map(|_| ())
            }
        }
    }
}

/// What makes a message one that was sent before: the same verdict again is no news.
fn occasion(of: &Announcement) -> String {
    match of.event {
        Event::Opened => "opened".to_owned(),
        Event::Closed => "closed".to_owned(),
        Event::Failed => "failed".to_owned(),
        Event::Decided => {
            let at = of.decision.as_ref().map_or(0, |decision| decision.at.as_millis());
            format!("decided/{at}")
        }
        Event::Verdict => {
            let summary = of.assessment.as_ref();
            let mut text = summary.map(|it| it.outcome.clone()).unwrap_or_default();
            for cause in summary.iter().flat_map(|it| &it.causes) {
                text.push('\n');
                text.push_str(&cause.headline);
            }
            format!("verdict/{}", butfor_store::digest_of(text.as_bytes()))
        }
    }
}
