//! What people are told, and sending it.

use super::Desk;
use crate::clock::now;
use crate::metrics::count;
use crate::settings::Channel;
use butfor_incident::{Assessment, Cause};
use butfor_intake::{Format, Priority};
use butfor_ports::Telling;
use butfor_report::announce::{self, About, Announcement, Event, Record, System, Told, Trace};
use butfor_store::{
    DecisionKind, IncidentId, IncidentRow, Lease, NOTIFY, NewNotice, Outcome, PersonDecision, Result,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long an idle channel sleeps: messages of other replicas are found by looking.
const IDLE: Duration = Duration::from_millis(500);

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
        Ok(self.rendered(&row, &announcement))
    }

    fn rendered(&self, row: &IncidentRow, announcement: &Announcement) -> Vec<NewNotice> {
        let priority = Priority::of(&row.priority).unwrap_or(Priority::Medium);
        let channels = self.settings.channels.iter().filter(|channel| priority <= channel.minimum_priority);
        let notice = |channel: &Channel| {
            Some(NewNotice {
                key: format!("{}/{}/{}", channel.name, row.id, occasion(announcement)),
                incident: row.id,
                channel: channel.name.clone(),
                body: announce::render(announcement, channel.kind)?,
            })
        };
        channels.filter_map(notice).collect()
    }

    async fn announcement(
        &self,
        row: &IncidentRow,
        event: Event,
        assessment: Option<&Assessment>,
    ) -> Result<Announcement> {
        let about = self.about(row).await?;
        let at = now();
        let announcement = match (event, assessment) {
            (Event::Verdict, Some(assessment)) => Announcement::verdict(about, at, assessment, hypothesis),
            (Event::Decided, _) => match self.store.decisions(row.id).await?.pop() {
                Some(decision) => Announcement::decided(about, at, self.told(row.id).await?, said(decision)),
                None => Announcement::opened(about, at),
            },
            (Event::Closed, _) => Announcement::closed(about, at, self.told(row.id).await?),
            (Event::Opened | Event::Verdict | Event::Failed, _) => Announcement::opened(about, at),
        };
        Ok(announcement)
    }

    async fn about(&self, row: &IncidentRow) -> Result<About> {
        let alerts = self.store.alerts(row.id, None, 50).await?.items;
        let given = |text: &String| Some(text.clone()).filter(|it| !it.is_empty());
        let records = alerts.iter().filter_map(|alert| {
            let sender = self.settings.senders.iter().find(|it| it.integration.name == alert.source)?;
            let system = match sender.integration.format {
                Format::ServiceNow => System::ServiceNow,
                Format::PagerDuty => System::PagerDuty,
                _ => return None,
            };
            Some(Record { system, id: alert.sender_id.clone()? })
        });
        let mut records: Vec<Record> = records.collect();
        records.dedup();
        let mut sender_ids: Vec<String> = alerts.iter().filter_map(|alert| alert.sender_id.clone()).collect();
        sender_ids.dedup();
        Ok(About {
            incident: row.id.0,
            url: self.link(row.id),
            title: row.title.clone(),
            priority: row.priority.clone(),
            account: given(&row.account),
            region: given(&row.region),
            application: given(&row.application),
            opened_at: row.opened_at,
            sender_ids,
            records,
            alerts: usize::try_from(row.alerts).unwrap_or(usize::MAX),
            is_test: row.is_test,
            trace: Trace {
                agent_space: "butfor".to_owned(),
                task: row.id.to_string(),
                execution: row.id.to_string(),
            },
        })
    }

    /// The latest verdict, for a message that is edited: it is assessed anew from its case, which gives the same.
    async fn told(&self, incident: IncidentId) -> Result<Option<Told>> {
        let Some(latest) = self.store.latest_assessment(incident).await? else { return Ok(None) };
        let bundle = self.bundle(&latest).await?;
        let investigator = Arc::clone(&self.investigator);
        // Some ten milliseconds of a processor, which webhooks must not wait for.
        let assessed = tokio::task::spawn_blocking(move || investigator.assess(&bundle)).await.ok().flatten();
        Ok(assessed.map(|assessment| Told::of(&assessment, hypothesis)))
    }
    /// Whether a plan is still that of the latest verdict; a button without one is about no plan.
    pub(crate) async fn is_current_plan(&self, incident: IncidentId, digest: &str) -> Result<bool> {
        let told = self.told(incident).await?;
        Ok(digest.is_empty() || told.is_none_or(|told| told.plan.digest == digest))
    }

    /// Tells people that an investigation was given up.
    pub(super) async fn announce_failure(&self, incident: IncidentId, error: &str) -> Result<()> {
        let row = self.store.incident(incident).await?;
        let announcement = Announcement::failed(self.about(&row).await?, now(), error);
        self.store.notify(&self.rendered(&row, &announcement), now()).await
    }

    /// Sends the messages of one channel, one after the other, until told to stop. What hangs here hangs alone.
    pub(crate) async fn tell(self: Arc<Self>, channel: String, mut stop: watch::Receiver<bool>) {
        let owner = format!("{}/{channel}", self.settings.replica);
        let kind = format!("{NOTIFY}{channel}");
        while !*stop.borrow() {
            let woken = self.wake.notified();
            let sent = match self.store.claim(&kind, &owner, now(), LEASE_MS).await {
                Ok(Some(lease)) => self.send(&channel, &lease).await.map(|()| true),
                Ok(None) => Ok(false),
                Err(error) => Err(error),
            };
            match sent {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::error!(%error, channel, "messages cannot be taken"),
            }
            tokio::select! {
                () = woken => {}
                () = tokio::time::sleep(IDLE) => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// The channels there are.
    pub(crate) fn channels(&self) -> Vec<String> {
        self.notifiers.keys().cloned().collect()
    }

    async fn send(&self, channel: &str, lease: &Lease) -> Result<()> {
        let notice = self.store.notice(&lease.payload).await?;
        let Some(notifier) = self.notifiers.get(channel) else { return Ok(()) };
        let told = self.store.told(notice.notice.incident, channel).await?;
        if notice.notice.key.ends_with(OPENED) && !told.is_empty() {
            // It was late, and something newer was said meanwhile: that it begins is no news any more.
            return self.store.finish(lease, now(), &Outcome::default()).await;
        }
        let receipts = told.into_iter().filter_map(|notice| notice.receipt);
        let telling = Telling {
            key: notice.notice.key.clone(),
            incident: notice.notice.incident.0,
            body: notice.notice.body,
            previous: receipts.into_iter().find(|receipt| !receipt.is_empty()),
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

/// How the key of the first message about an incident ends.
const OPENED: &str = "/opened";

/// What a decision about a cause is filed under: the same for the same thing in another pass.
pub(crate) fn hypothesis(of: &Cause) -> String {
    [of.defect.as_str(), &of.resource.id, &of.component].join("|")
}

fn said(decision: PersonDecision) -> announce::Decision {
    let what = match decision.kind {
        DecisionKind::Accept => "accepted",
        DecisionKind::Discard => "discarded",
        DecisionKind::Note => "noted",
    };
    announce::Decision {
        who: decision.who,
        what: what.to_owned(),
        note: decision.note,
        hypothesis: decision.hypothesis,
    }
}

/// What makes a message one that was sent before: the same verdict again is no news.
fn occasion(of: &Announcement) -> String {
    match of.event {
        Event::Opened => "opened".to_owned(),
        Event::Closed => "closed".to_owned(),
        Event::Failed => "failed".to_owned(),
        Event::Decided => format!("decided/{}", of.at.as_millis()),
        Event::Verdict => {
            let told = of.told.as_ref();
            let mut text = told.map(|it| it.outcome.to_owned()).unwrap_or_default();
            for cause in told.iter().flat_map(|it| &it.causes) {
                text.push('\n');
                text.push_str(&cause.headline);
            }
            format!("verdict/{}", butfor_store::digest_of(text.as_bytes()))
        }
    }
}
