//! The open incidents, in memory: what an arriving alert is correlated with.
//!
//! The store has the truth. The board is read from it at the start, and again before an incident is opened where other replicas may
//! have opened one. An alert is put on the board before it is written, so that the next one in the same millisecond finds it; an incident whose
//! number is not known yet is opened by its key, which the store lets only one of them do.

use butfor_engine::correlate::{self, Arrival, Decision, Dependencies, Explained, OpenIncident, Split};
use butfor_incident::Timestamp;
use butfor_store::IncidentId;
use std::collections::BTreeMap;

/// Incidents on the board; of more the oldest is taken off, and only the store knows it.
const OPEN_MAX: usize = 500;

/// Alerts remembered of one incident: more of the same tell nothing new. The first one is always kept, for its time counts.
const MEMBERS_MAX: usize = 2_000;

/// An open incident, and how the store calls it.
#[derive(Debug)]
struct Card {
    /// What the store lets only one incident be opened with.
    key: String,
    /// Its number, once it is written.
    stored: Option<IncidentId>,
    /// When the store's row was changed last, as far as this board has read it.
    read_at: Option<Timestamp>,
    /// Keys of alarms a further pass was ordered for.
    passes: u32,
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
        /// Whether this alert is its first.
        is_first: bool,
    },
    /// It belongs to this incident.
    Link {
        /// Its number on the board.
        local: i64,
        /// Its number in the store.
        incident: IncidentId,
        /// Why.
        reason: String,
    },
    /// It starts nothing.
    Skip {
        /// Why.
        reason: String,
    },
}

/// All open incidents.
#[derive(Debug, Default)]
pub(super) struct Board {
    open: Vec<OpenIncident>,
    cards: BTreeMap<i64, Card>,
    /// The last number given to an incident that is not in the store yet.
    last: i64,
    pub(super) dependencies: Dependencies,
}

impl Board {
    /// What becomes of an alert as things stand; nothing is changed.
    pub(super) fn would(&self, arrival: &Arrival) -> Decision {
        correlate::correlate(&self.open, arrival, &self.dependencies)
    }

    /// Decides about an alert and puts it on the board.
    pub(super) fn place(&mut self, arrival: Arrival, key: &str) -> Placed {
        match self.would(&arrival) {
            Decision::Skip { reason } => Placed::Skip { reason },
            Decision::Link { incident: local, reason, .. } => {
                let Some(card) = self.cards.get(&local) else { return Placed::Skip { reason } };
                let placed = match card.stored {
                    Some(incident) => Placed::Link { local, incident, reason },
                    None => Placed::Open { local, key: card.key.clone(), reason, is_first: false },
                };
                self.add(local, arrival);
                placed
            }
            Decision::Open { reason } => {
                self.last += 1;
                let local = self.last;
                self.open.push(OpenIncident {
                    id: local,
                    opened_at: arrival.received_at,
                    application: arrival.application.clone(),
                    is_test: arrival.is_test,
                    members: vec![arrival],
                    unlinked_keys: Vec::new(),
                    explained: None,
                });
                let card = Card { key: key.to_owned(), stored: None, read_at: None, passes: 0 };
                self.cards.insert(local, card);
                self.shed();
                Placed::Open { local, key: key.to_owned(), reason, is_first: true }
            }
        }
    }

    fn add(&mut self, local: i64, arrival: Arrival) {
        if let Some(incident) = self.open.iter_mut().find(|incident| incident.id == local)
            && incident.members.len() < MEMBERS_MAX
        {
            incident.members.push(arrival);
        }
    }

    /// Notes the number the store gave an incident.
    pub(super) fn stored(&mut self, local: i64, incident: IncidentId) {
        // Another replica may have opened it, and its card may have been read from the store meanwhile.
        let is_here = self.cards.iter().any(|(other, card)| *other != local && card.stored == Some(incident));
        if is_here {
            self.remove(local);
        } else if let Some(card) = self.cards.get_mut(&local) {
            card.stored = Some(incident);
        }
    }

    /// Takes an alert off again that was not written after all.
    pub(super) fn withdraw(&mut self, local: i64, arrival_key: &str, received_at: Timestamp) {
        let Some(incident) = self.open.iter_mut().find(|incident| incident.id == local) else { return };
        let is_it = |member: &Arrival| member.key == arrival_key && member.received_at == received_at;
        if let Some(index) = incident.members.iter().rposition(is_it) {
            incident.members.remove(index);
        }
        let is_stored = self.cards.get(&local).is_some_and(|card| card.stored.is_some());
        if incident.members.is_empty() && !is_stored {
            self.remove(local);
        }
    }

    fn remove(&mut self, local: i64) {
        self.open.retain(|incident| incident.id != local);
        self.cards.remove(&local);
    }

    fn shed(&mut self) {
        if self.open.len() > OPEN_MAX {
            let oldest = self.open.iter().min_by_key(|incident| incident.opened_at).map(|incident| incident.id);
            if let Some(oldest) = oldest {
                self.remove(oldest);
            }
        }
    }

    fn local(&self, incident: IncidentId) -> Option<i64> {
        self.cards.iter().find(|(_, card)| card.stored == Some(incident)).map(|(local, _)| *local)
    }

    /// An incident by its number in the store.
    pub(super) fn get(&self, incident: IncidentId) -> Option<&OpenIncident> {
        let local = self.local(incident)?;
        self.open.iter().find(|open| open.id == local)
    }

    fn get_mut(&mut self, incident: IncidentId) -> Option<&mut OpenIncident> {
        let local = self.local(incident)?;
        self.open.iter_mut().find(|open| open.id == local)
    }

    /// Whether the board has an incident as the store has it.
    pub(super) fn is_current(&self, incident: IncidentId, updated_at: Timestamp) -> bool {
        self.local(incident)
            .and_then(|local| self.cards.get(&local))
            .is_some_and(|card| card.read_at.is_some_and(|read_at| read_at >= updated_at))
    }

    /// Puts an incident on the board as the store has it.
    pub(super) fn read(&mut self, incident: IncidentId, updated_at: Timestamp, read: OpenIncident) {
        let local = match self.local(incident) {
            Some(local) => local,
            None => {
                self.last += 1;
                self.last
            }
        };
        self.open.retain(|open| open.id != local);
        self.open.push(OpenIncident { id: local, ..read });
        let key = format!("incident/{incident}");
        let card = self.cards.entry(local).or_insert(Card { key, stored: None, read_at: None, passes: 0 });
        (card.stored, card.read_at) = (Some(incident), Some(updated_at));
        self.shed();
    }

    /// Takes off what the store no longer has open.
    pub(super) fn keep_only(&mut self, open: &[IncidentId]) {
        let gone: Vec<i64> = self
            .cards
            .iter()
            .filter(|(_, card)| card.stored.is_some_and(|stored| !open.contains(&stored)))
            .map(|(local, _)| *local)
            .collect();
        for local in gone {
            self.remove(local);
        }
    }

    /// An incident was closed.
    pub(super) fn close(&mut self, incident: IncidentId) {
        if let Some(local) = self.local(incident) {
            self.remove(local);
        }
    }

    /// An alarm was taken out of an incident, and is not linked to it again.
    pub(super) fn unlink(&mut self, incident: IncidentId, key: &str) {
        if let Some(open) = self.get_mut(incident) {
            open.members.retain(|member| member.key != key);
            open.unlinked_keys.push(key.to_owned());
        }
    }

    /// Notes what an investigation explained, and says which alarms contradict it.
    pub(super) fn explain(&mut self, incident: IncidentId, explained: Explained) -> Vec<(Arrival, Split)> {
        let Some(local) = self.local(incident) else { return Vec::new() };
        let Some(open) = self.open.iter_mut().find(|open| open.id == local) else { return Vec::new() };
        open.explained = Some(explained);
        let splits = correlate::split(open, &self.dependencies);
        splits.into_iter().filter_map(|split| Some((open.members.get(split.member)?.clone(), split))).collect()
    }

    /// Whether every alarm of an incident is over: each that went off was resolved later.
    pub(super) fn is_over(&self, incident: IncidentId) -> bool {
        use butfor_engine::correlate::Arriving;
        let Some(open) = self.get(incident) else { return false };
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

    /// The number of a further pass, if one is to be ordered: once for the alarms that come within a window.
    pub(super) fn order_pass(&mut self, local: i64, window: u32) -> bool {
        let Some(card) = self.cards.get_mut(&local) else { return false };
        if card.passes > window {
            return false;
        }
        card.passes = window + 1;
        true
    }
}
