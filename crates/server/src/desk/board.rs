//! The open incidents, in memory: what an arriving alert is correlated with.
//!
//! The store has the truth. The board is read from it at the start, and again before an incident is opened where other replicas may
//! have opened one. An alert is put on the board before it is written, so that the next one in the same millisecond finds it; an incident whose
//! number is not known yet is opened by its key, which the store lets only one of them do.

use butfor_engine::correlate::{
    self, Arrival, Arriving, Correlator, Decision, Dependencies, Explained, OpenIncident, Split,
};
use butfor_incident::Timestamp;
use butfor_store::IncidentId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Incidents on the board; of more the oldest is taken off, and only the store knows it.
const OPEN_MAX: usize = 500;

/// Alerts remembered of one incident: more of the same tell nothing new. The first one is always kept, for its time counts.
const MEMBERS_MAX: usize = 2_000;

/// What the board knows of an incident besides what correlation does.
#[derive(Debug)]
struct Card {
    /// What the store lets only one incident be opened with.
    key: String,
    /// When the store's row was changed last, as far as this board has read it.
    read_at: Option<Timestamp>,
}

/// How an alert stands to the incident it joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Joined {
    /// When the incident was opened.
    pub(super) opened_at: Timestamp,
    /// Whether this alarm was not part of it before.
    pub(super) is_new: bool,
    /// Whether all its alarms are over with this one.
    pub(super) is_over: bool,
}

/// What to do with an alert, in the store's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Placed {
    /// Open an incident with this key, or join the one that has it.
    Open {
        /// Its number on the board.
        local: i64,
        /// The key.
        key: String,
        /// Why.
        reason: String,
        /// How it joins one that is being written; `None` for the first alert.
        joined: Option<Joined>,
    },
    /// It belongs to this incident.
    Link {
        /// The incident.
        incident: IncidentId,
        /// Why.
        reason: String,
        /// How it joins it.
        joined: Option<Joined>,
    },
    /// It starts nothing.
    Skip {
        /// Why.
        reason: String,
    },
}

impl Placed {
    /// Why.
    pub(super) fn into_reason(self) -> String {
        match self {
            Self::Open { reason, .. } | Self::Link { reason, .. } | Self::Skip { reason } => reason,
        }
    }
}

/// All open incidents: those of the store by their number there, others by a negative number until it is known.
#[derive(Debug)]
pub(super) struct Board {
    correlator: Correlator,
    cards: BTreeMap<i64, Card>,
    last: i64,
}

impl Default for Board {
    fn default() -> Self {
        Self { correlator: Correlator::new(Arc::default()), cards: BTreeMap::new(), last: 0 }
    }
}

impl Board {
    /// What becomes of an alert as things stand; nothing is changed.
    pub(super) fn would(&self, arrival: &Arrival) -> Decision {
        self.correlator.decide(arrival)
    }

    /// Decides about an alert and puts it on the board.
    pub(super) fn place(&mut self, arrival: Arrival, key: &str) -> Placed {
        match self.would(&arrival) {
            Decision::Skip { reason } => Placed::Skip { reason },
            Decision::Link { incident: local, reason, .. } => {
                let joined = self.join(local, arrival);
                match self.cards.get(&local) {
                    // It is written by another task this moment, and has no number yet.
                    Some(card) if local < 0 => {
                        let reason = reason.replace(&format!("incident {local}"), "this incident");
                        Placed::Open { local, key: card.key.clone(), reason, joined }
                    }
                    _ => Placed::Link { incident: IncidentId(local), reason, joined },
                }
            }
            Decision::Open { reason } => {
                self.last -= 1;
                let local = self.last;
                let key = key.to_owned();
                self.correlator.open(OpenIncident {
                    id: local,
                    opened_at: arrival.received_at,
                    application: arrival.application.clone(),
                    is_test: arrival.is_test,
                    members: vec![arrival],
                    unlinked_keys: Vec::new(),
                    explained: None,
                });
                self.cards.insert(local, Card { key: key.clone(), read_at: None });
                self.shed();
                Placed::Open { local, key, reason, joined: None }
            }
        }
    }

    /// Adds an alert to an incident, and says how it stands to it.
    fn join(&mut self, incident: i64, arrival: Arrival) -> Option<Joined> {
        let open = self.correlator.get(incident)?;
        let opened_at = open.opened_at;
        let is_new = !self.correlator.has(incident, &arrival.key);
        let is_end = arrival.state == Arriving::Resolve;
        self.add(incident, arrival);
        // Looks at every member: only for what can end it, not for each alarm of a storm.
        let is_over = is_end && self.correlator.get(incident).is_some_and(over);
        Some(Joined { opened_at, is_new, is_over })
    }

    fn add(&mut self, incident: i64, arrival: Arrival) {
        let is_room = self.correlator.get(incident).is_some_and(|open| open.members.len() < MEMBERS_MAX);
        if is_room {
            self.correlator.link(incident, arrival);
        }
    }

    /// Notes the number the store gave an incident.
    pub(super) fn stored(&mut self, local: i64, incident: IncidentId) {
        let Some(open) = self.correlator.close(local) else { return };
        let card = self.cards.remove(&local);
        if let Some(here) = self.correlator.get(incident.0) {
            // Another replica opened it, or an alert beside this one was faster.
            let known: Vec<(String, Timestamp)> =
                here.members.iter().map(|member| (member.key.clone(), member.received_at)).collect();
            for member in open.members {
                if !known.contains(&(member.key.clone(), member.received_at)) {
                    self.add(incident.0, member);
                }
            }
            return;
        }
        self.correlator.open(OpenIncident { id: incident.0, ..open });
        self.cards.extend(card.map(|card| (incident.0, card)));
    }

    /// Takes an alert off again that was not written after all.
    pub(super) fn withdraw(&mut self, local: i64, arrival: &Arrival) {
        let Some(mut open) = self.correlator.close(local) else { return };
        let is_it = |member: &Arrival| member.key == arrival.key && member.received_at == arrival.received_at;
        if let Some(index) = open.members.iter().rposition(is_it) {
            open.members.remove(index);
        }
        if open.members.is_empty() && local < 0 {
            self.cards.remove(&local);
        } else {
            self.correlator.open(open);
        }
    }

    fn shed(&mut self) {
        if self.cards.len() > OPEN_MAX {
            let oldest = self.correlator.incidents().min_by_key(|open| open.opened_at).map(|open| open.id);
            if let Some(oldest) = oldest {
                self.correlator.close(oldest);
                self.cards.remove(&oldest);
            }
        }
    }

    /// An incident by its number in the store.
    pub(super) fn get(&self, incident: IncidentId) -> Option<&OpenIncident> {
        self.correlator.get(incident.0)
    }

    /// Whether the board has an incident as the store has it.
    pub(super) fn is_current(&self, incident: IncidentId, updated_at: Timestamp) -> bool {
        self.cards
            .get(&incident.0)
            .is_some_and(|card| card.read_at.is_some_and(|read_at| read_at >= updated_at))
    }

    /// Puts an incident on the board as the store has it.
    pub(super) fn read(&mut self, incident: IncidentId, updated_at: Timestamp, mut read: OpenIncident) {
        // What was put on the board while the store was read is not in what was read.
        if let Some(here) = self.correlator.get(incident.0) {
            let is_newer = |member: &&Arrival| {
                member.received_at > updated_at
                    && !read.unlinked_keys.contains(&member.key)
                    && !read.members.contains(member)
            };
            let newer: Vec<Arrival> = here.members.iter().filter(is_newer).cloned().collect();
            read.members.extend(newer);
        }
        self.correlator.open(OpenIncident { id: incident.0, ..read });
        let card = Card { key: format!("incident/{incident}"), read_at: None };
        self.cards.entry(incident.0).or_insert(card).read_at = Some(updated_at);
        self.shed();
    }

    /// The incidents of the store that are on the board.
    pub(super) fn known(&self) -> Vec<IncidentId> {
        self.cards.keys().copied().filter(|id| *id > 0).map(IncidentId).collect()
    }

    /// An incident was closed.
    pub(super) fn close(&mut self, incident: IncidentId) {
        self.correlator.close(incident.0);
        self.cards.remove(&incident.0);
    }

    /// An alarm was taken out of an incident, and is not linked to it again.
    pub(super) fn unlink(&mut self, incident: IncidentId, key: &str) {
        if let Some(mut open) = self.correlator.close(incident.0) {
            open.members.retain(|member| member.key != key);
            open.unlinked_keys.push(key.to_owned());
            self.correlator.open(open);
        }
    }

    /// Notes what depends on what.
    pub(super) fn learn(&mut self, dependencies: Dependencies) {
        self.correlator.learn(Arc::new(dependencies));
    }

    /// Notes what an investigation explained, and says which alarms contradict it.
    pub(super) fn explain(&mut self, incident: IncidentId, explained: Explained) -> Vec<(Arrival, Split)> {
        let Some(mut open) = self.correlator.close(incident.0) else { return Vec::new() };
        open.explained = Some(explained);
        let splits = correlate::split(&open, self.correlator.dependencies());
        let split = |split: Split| Some((open.members.get(split.member)?.clone(), split));
        let splits = splits.into_iter().filter_map(split).collect();
        self.correlator.open(open);
        splits
    }

    /// Whether every alarm of an incident is over: each that went off was resolved later.
    pub(super) fn is_over(&self, incident: IncidentId) -> bool {
        self.get(incident).is_some_and(over)
    }
}

/// Whether every alarm of an incident is over: each that went off was resolved later.
fn over(open: &OpenIncident) -> bool {
    let mut last: BTreeMap<&str, (Timestamp, bool)> = BTreeMap::new();
    for member in &open.members {
        let is_on = match member.state {
            Arriving::Trigger | Arriving::Suppressed { .. } => true,
            Arriving::Resolve => false,
            Arriving::Update | Arriving::Change => continue,
        };
        let entry = last.entry(&member.key).or_insert((member.at, is_on));
        if member.at >= entry.0 {
            *entry = (member.at, is_on);
        }
    }
    !last.is_empty() && last.values().all(|(_, is_on)| !is_on)
}
