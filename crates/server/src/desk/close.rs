//! Closing incidents: by a person, when every alarm has long been over, or when nothing was heard for a day.

use super::Desk;
use crate::clock::now;
use crate::feed::News;
use butfor_report::announce::Event;
use butfor_store::{Error, IncidentId, Lease, Outcome, Result};

/// An open incident of which nothing was heard for so long is closed: a sender that never says OK must not have its next outage
/// linked to the last one.
const QUIET_S: i64 = 24 * 3600;

impl Desk {
    /// Closes an incident for a person.
    pub(crate) async fn close(&self, incident: IncidentId, who: &str) -> Result<()> {
        self.store.close_incident(incident, now()).await?;
        self.note(who, "incident.close", &format!("incident/{incident}"), "").await?;
        self.closed(incident).await
    }

    async fn closed(&self, incident: IncidentId) -> Result<()> {
        self.board().close(incident);
        self.store.notify(&self.notices(incident, Event::Closed, None).await?, now()).await?;
        self.feed.tell(incident, News::Changed);
        self.ring();
        Ok(())
    }

    /// Closes an incident if all its alarms are still over.
    pub(super) async fn close_if_over(&self, lease: Lease) -> Result<()> {
        if let Some(incident) = lease.incident {
            self.read_board().await?;
            let is_over = self.board().is_over(incident);
            if is_over {
                match self.store.close_incident(incident, now()).await {
                    Ok(()) => self.closed(incident).await?,
                    // A person was faster.
                    Err(Error::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        self.store.finish(&lease, now(), &Outcome::default()).await
    }

    /// What is done from time to time: quiet incidents are closed, old ones forgotten.
    pub(crate) async fn keep_house(&self) -> Result<()> {
        let (moment, mut after) = (now(), None);
        loop {
            let page = self.store.incidents(Some(true), after, 500).await?;
            for row in page.items.iter().filter(|row| moment.seconds_since(row.updated_at) > QUIET_S) {
                self.store.close_incident(row.id, moment).await?;
                self.closed(row.id).await?;
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let days = i64::try_from(self.settings.retention.as_secs()).unwrap_or(i64::MAX);
        let forgotten = self.store.prune(moment.plus_seconds(-days), moment).await?;
        if forgotten > 0 {
            tracing::info!(forgotten, "closed incidents were forgotten");
        }
        Ok(())
    }
}
