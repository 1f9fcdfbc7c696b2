//! An alert arrives: what becomes of it is decided, written down, and only then answered.

use super::board::{Joined, Placed};
use super::{CLOSE, Desk, INVESTIGATE, facts};
use crate::clock::now;
use crate::feed::News;
use crate::investigator::Asked;
use crate::metrics::count;
use butfor_engine::correlate::{Arrival, Arriving, OpenIncident, WINDOW_S};
use butfor_incident::Timestamp;
use butfor_intake::{Action, Message};
use butfor_store::{
    Accept, Accepted, Decision, Error, IncidentId, IncidentRow, NewAlert, NewIncident, NewJob, Nonce, Result,
    Then,
};
use serde_json::json;

/// How long all alarms of an incident must be over before it is closed: an alarm that comes and goes is one incident.
const CLOSE_AFTER_S: i64 = 10 * 60;

/// How often an alert is decided anew because its incident was closed meanwhile.
const TRIES_MAX: u32 = 3;

/// Incidents read onto the board: those opened last.
const READ_MAX: u32 = 500;

/// What became of an alert, for its sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// `opened`, `linked`, `skipped`, `duplicate`, `replayed`.
    pub decision: &'static str,
    /// The incident it belongs to.
    pub incident: Option<IncidentId>,
    /// Why.
    pub reason: String,
    /// The sender's own id.
    pub sender_id: Option<String>,
}

impl Desk {
    /// Takes an alert of a sender. When this returns it is on disk.
    pub(crate) async fn accept(
        &self,
        source: &str,
        message: &Message,
        nonce: Option<Nonce>,
    ) -> Result<Receipt> {
        let received_at = now();
        let arrival = facts::arrival(source, message, received_at);
        let mut tries = 0;
        loop {
            let placed = match &message.action {
                Action::Ignore { why } => Placed::Skip { reason: why.clone() },
                _ => self.place(&arrival, message).await?,
            };
            let (local, decision, then) = self.decision(&placed, &arrival, message);
            let alert = alert(source, message, &arrival);
            let accept = Accept { alert, nonce: nonce.clone(), decision, then };
            match (self.intake.accept(accept).await, &placed) {
                (Ok(accepted), _) => {
                    self.settle(local, &arrival, accepted).await?;
                    return Ok(self.receipt(accepted, placed.into_reason(), message));
                }
                // It was closed since the board read it, by a person or another replica: decided anew.
                (Err(Error::NotFound { .. }), Placed::Link { incident, .. }) if tries < TRIES_MAX => {
                    tries += 1;
                    self.board().close(*incident);
                    self.read_board().await?;
                }
                (Err(error), _) => {
                    if let Some(local) = local {
                        self.board().withdraw(local, &arrival);
                    }
                    return Err(error);
                }
            }
        }
    }

    /// Decides on the board; where other replicas may have opened an incident meanwhile, looks at the store first.
    async fn place(&self, arrival: &Arrival, message: &Message) -> Result<Placed> {
        use butfor_engine::correlate::Decision::Open;
        let would_open = self.settings.is_shared && matches!(self.board().would(arrival), Open { .. });
        if would_open {
            self.read_board().await?;
        }
        // While an incident is open no second one may begin with the same alarm, in whichever replica.
        let key = format!("{}/{}", if message.is_test { "test" } else { "alarm" }, arrival.key);
        Ok(self.board().place(arrival.clone(), &key))
    }

    fn decision(
        &self,
        placed: &Placed,
        arrival: &Arrival,
        message: &Message,
    ) -> (Option<i64>, Decision, Option<Then>) {
        match placed {
            Placed::Skip { reason } => (None, Decision::Skip { reason: reason.clone() }, None),
            Placed::Link { incident, reason, joined } => {
                let decision = Decision::Link { incident: *incident, reason: reason.clone() };
                (Some(incident.0), decision, joined.and_then(|joined| then(&joined, arrival)))
            }
            Placed::Open { local, key, reason, joined } => {
                let incident = NewIncident {
                    title: message.title.clone(),
                    account: arrival.account.clone(),
                    region: arrival.region.clone(),
                    application: arrival.application.clone().unwrap_or_default(),
                    priority: message.priority.map(|it| it.word().to_owned()).unwrap_or_default(),
                    key: Some(key.clone()),
                    reason: reason.clone(),
                    // A test shows that the line works; there is nothing to find.
                    job: (!message.is_test).then(|| (INVESTIGATE.to_owned(), order(1, &Asked::default()))),
                };
                (Some(*local), Decision::Open(incident), joined.and_then(|joined| then(&joined, arrival)))
            }
        }
    }

    /// Notes on the board what the store says, and orders what follows.
    async fn settle(&self, local: Option<i64>, arrival: &Arrival, accepted: Accepted) -> Result<()> {
        let Some(local) = local else { return Ok(()) };
        match accepted {
            Accepted::Opened(_, incident) => {
                self.board().stored(local, incident);
                self.feed.tell(incident, News::Changed);
                self.ring();
            }
            Accepted::Linked(_, incident) => {
                if local < 0 {
                    self.board().stored(local, incident);
                    // Another replica opened it: which alarms it has already is in the store only.
                    if self.settings.is_shared {
                        self.read_board().await?;
                    }
                }
                // What follows a linked alert has a time of its own: waking the workers for each alert of a storm would only have them
                // ask for work in the way of the alerts.
                self.feed.tell(incident, News::Changed);
            }
            Accepted::Duplicate(..) | Accepted::Replayed | Accepted::Skipped(_) => {
                self.board().withdraw(local, arrival);
            }
        }
        Ok(())
    }

    /// Orders an investigation, once for each name.
    pub(super) async fn order(
        &self,
        incident: IncidentId,
        name: &str,
        asked: &Asked,
        run_at: Timestamp,
    ) -> Result<()> {
        let key = format!("{INVESTIGATE}/{incident}/{name}");
        let job = NewJob::new(&key, INVESTIGATE, &order(2, asked), run_at);
        self.store.enqueue(&NewJob { incident: Some(incident), ..job }).await?;
        self.ring();
        Ok(())
    }

    fn receipt(&self, accepted: Accepted, reason: String, message: &Message) -> Receipt {
        let metrics = &self.metrics;
        let (decision, incident, counter) = match accepted {
            Accepted::Opened(_, incident) => ("opened", Some(incident), &metrics.opened),
            Accepted::Linked(_, incident) => ("linked", Some(incident), &metrics.linked),
            Accepted::Skipped(_) => ("skipped", None, &metrics.skipped),
            Accepted::Duplicate(_, incident) => ("duplicate", incident, &metrics.duplicates),
            Accepted::Replayed => ("replayed", None, &metrics.replayed),
        };
        count(counter);
        let reason = match accepted {
            Accepted::Duplicate(..) => "this message was here before".to_owned(),
            Accepted::Replayed => "this signed message was here before: sign each message anew".to_owned(),
            _ => reason,
        };
        Receipt { decision, incident, reason, sender_id: message.sender_id.clone() }
    }

    /// Brings the board up to what the store has.
    pub(super) async fn read_board(&self) -> Result<()> {
        // Noted first: what is opened while the store is read must stay.
        let known = self.board().known();
        let rows = self.store.incidents(Some(true), None, READ_MAX).await?.items;
        for row in &rows {
            let is_current = self.board().is_current(row.id, row.updated_at);
            if !is_current {
                let read = self.read_incident(row).await?;
                self.board().read(row.id, row.updated_at, read);
            }
        }
        // With more than were read, those not among them may still be open.
        if rows.len() < READ_MAX as usize {
            let mut board = self.board();
            let is_gone = |id: &&IncidentId| !rows.iter().any(|row| row.id == **id);
            known.iter().filter(is_gone).for_each(|id| board.close(*id));
        }
        Ok(())
    }

    async fn read_incident(&self, row: &IncidentRow) -> Result<OpenIncident> {
        let mut members: Vec<Arrival> = Vec::new();
        let mut unlinked_keys = Vec::new();
        let mut after = None;
        loop {
            let page = self.store.alerts(row.id, after, 1000).await?;
            for alert in page.items {
                let Some(arrival) = facts::read(&alert.facts) else { continue };
                match alert.unlinked {
                    Some(_) => unlinked_keys.push(arrival.key),
                    None => members.push(arrival),
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let mut explained = None;
        if let Some(assessment) = self.store.latest_assessment(row.id).await? {
            let text = self.store.report(assessment.id, "explained").await?;
            explained = text.as_deref().and_then(facts::read_explained);
        }
        Ok(OpenIncident {
            id: 0,
            opened_at: row.opened_at,
            application: Some(row.application.clone()).filter(|it| !it.is_empty()),
            is_test: row.is_test,
            members,
            unlinked_keys,
            explained,
        })
    }
}

/// What an alert leads to that joins an incident: another alarm, another pass with it; the last one over, the end.
fn then(joined: &Joined, arrival: &Arrival) -> Option<Then> {
    if arrival.is_test {
        return None;
    }
    if arrival.state == Arriving::Trigger && joined.is_new {
        // Alarms of one window are looked at together, when it is over. A clock may have been set back meanwhile.
        let window = (arrival.received_at.seconds_since(joined.opened_at) / WINDOW_S).max(0);
        return Some(Then {
            kind: INVESTIGATE.to_owned(),
            name: format!("window/{window}"),
            payload: order(2, &Asked::default()),
            run_at: joined.opened_at.plus_seconds((window + 1).saturating_mul(WINDOW_S) + 1),
        });
    }
    let is_end = arrival.state == Arriving::Resolve && joined.is_over;
    is_end.then(|| Then {
        kind: CLOSE.to_owned(),
        name: arrival.received_at.as_millis().to_string(),
        payload: String::new(),
        run_at: arrival.received_at.plus_seconds(CLOSE_AFTER_S),
    })
}

/// What a job that investigates is told.
pub(super) fn order(pass: u32, asked: &Asked) -> String {
    json!({"pass": pass, "asked": asked}).to_string()
}

fn alert(source: &str, message: &Message, arrival: &Arrival) -> NewAlert {
    NewAlert {
        source: source.to_owned(),
        dedup_key: message.dedup_key.clone(),
        sender_id: message.sender_id.clone(),
        is_test: message.is_test,
        title: message.title.clone(),
        body: message.payload.clone().into_bytes(),
        facts: facts::write(arrival),
        received_at: arrival.received_at,
    }
}
