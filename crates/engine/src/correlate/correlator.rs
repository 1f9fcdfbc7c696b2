//! Decisions over all open incidents.

use super::application::Application;
use super::dependencies::Dependencies;
use super::explained;
use super::profile::{Footprint, Profile};
use super::rules::{Judgement, Received, Seen, judge, quoted, state_text};
use super::{Arrival, Arriving, Decision, OpenIncident, Rule, WINDOW_S};
use butfor_incident::Timestamp;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

/// Seconds around the window in which an incident of the same application is still named as the reason against a link.
const MENTIONED_S: i64 = 10 * WINDOW_S;

/// Decides about one arrival. Of `open` neither the order nor that of the members matters. To decide about many, keep a
/// [`Correlator`]: it reads incidents once.
#[must_use]
pub fn correlate(open: &[OpenIncident], arrival: &Arrival, dependencies: &Dependencies) -> Decision {
    let open = open.iter().filter(|incident| incident.is_test == arrival.is_test);
    let has_it = |incident: &&OpenIncident| {
        !incident.unlinked_keys.contains(&arrival.key)
            && incident.members.iter().any(|member| member.key == arrival.key)
    };
    let same = open.clone().filter(has_it).map(|incident| (incident.opened_at, incident.id)).min();
    if let Some(decision) = by_key(same, arrival) {
        return decision;
    }
    let mut ballot = Ballot::new(arrival, dependencies);
    for incident in open {
        if incident.unlinked_keys.contains(&arrival.key) {
            ballot.unlinked(incident.id);
        } else if matters(incident, arrival) {
            let profile = Profile::read(incident, dependencies);
            let affected = explained::applications(incident, dependencies);
            ballot.cast(incident, &profile, &affected);
        }
    }
    ballot.decide()
}

/// Open incidents, read once, to decide about many arrivals. It decides as [`correlate`] does.
#[derive(Debug, Clone)]
pub struct Correlator {
    dependencies: Arc<Dependencies>,
    open: BTreeMap<i64, Entry>,
    by_key: BTreeMap<(bool, String), BTreeSet<(Timestamp, i64)>>,
}

#[derive(Debug, Clone)]
struct Entry {
    incident: OpenIncident,
    unlinked: BTreeSet<String>,
    /// Made when it is first needed: most incidents are neither recent nor explained.
    read: OnceLock<(Profile, Vec<Application>)>,
}

impl Correlator {
    /// With no incident open.
    #[must_use]
    pub fn new(dependencies: Arc<Dependencies>) -> Self {
        Self { dependencies, open: BTreeMap::new(), by_key: BTreeMap::new() }
    }

    /// Opens an incident, or puts one in place of that with its number: after a verdict, or when an alarm was unlinked.
    pub fn open(&mut self, incident: OpenIncident) {
        self.close(incident.id);
        for member in &incident.members {
            let key = (incident.is_test, member.key.clone());
            self.by_key.entry(key).or_default().insert((incident.opened_at, incident.id));
        }
        let unlinked = incident.unlinked_keys.iter().cloned().collect();
        self.open.insert(incident.id, Entry { incident, unlinked, read: OnceLock::new() });
    }

    /// Adds an alarm to an incident, as a link says; nothing happens where no such incident is open.
    pub fn link(&mut self, incident: i64, arrival: Arrival) {
        let Some(entry) = self.open.get_mut(&incident) else { return };
        let key = (entry.incident.is_test, arrival.key.clone());
        self.by_key.entry(key).or_default().insert((entry.incident.opened_at, incident));
        match entry.read.get_mut() {
            // What the causes affect depends on all members.
            Some(_) if entry.incident.explained.is_some() => entry.read = OnceLock::new(),
            Some((profile, _)) => profile.add(&arrival, &self.dependencies),
            None => {}
        }
        entry.incident.members.push(arrival);
    }

    /// Takes other dependencies into account from now on; the incidents stay.
    pub fn learn(&mut self, dependencies: Arc<Dependencies>) {
        self.dependencies = dependencies;
        for entry in self.open.values_mut() {
            entry.read = OnceLock::new();
        }
    }

    /// What depends on what.
    #[must_use]
    pub fn dependencies(&self) -> &Dependencies {
        &self.dependencies
    }

    /// Closes an incident and gives it back.
    pub fn close(&mut self, incident: i64) -> Option<OpenIncident> {
        let entry = self.open.remove(&incident)?;
        for member in &entry.incident.members {
            let key = (entry.incident.is_test, member.key.clone());
            if let Some(having) = self.by_key.get_mut(&key) {
                having.remove(&(entry.incident.opened_at, incident));
                if having.is_empty() {
                    self.by_key.remove(&key);
                }
            }
        }
        Some(entry.incident)
    }

    /// An open incident.
    #[must_use]
    pub fn get(&self, incident: i64) -> Option<&OpenIncident> {
        self.open.get(&incident).map(|entry| &entry.incident)
    }

    /// Whether an open incident has an alarm, by its key.
    #[must_use]
    pub fn has(&self, incident: i64, key: &str) -> bool {
        let Some(entry) = self.open.get(&incident) else { return false };
        let having = self.by_key.get(&(entry.incident.is_test, key.to_owned()));
        having.is_some_and(|having| having.contains(&(entry.incident.opened_at, incident)))
    }

    /// The open incidents, by number.
    pub fn incidents(&self) -> impl Iterator<Item = &OpenIncident> {
        self.open.values().map(|entry| &entry.incident)
    }

    /// Decides about an arrival; it is for the caller to [`open`](Self::open) or [`link`](Self::link) accordingly.
    #[must_use]
    pub fn decide(&self, arrival: &Arrival) -> Decision {
        let is_unlinked =
            |id: i64| self.open.get(&id).is_some_and(|entry| entry.unlinked.contains(&arrival.key));
        let having = self.by_key.get(&(arrival.is_test, arrival.key.clone()));
        let same = having.into_iter().flatten().find(|(_, id)| !is_unlinked(*id)).copied();
        if let Some(decision) = by_key(same, arrival) {
            return decision;
        }
        let mut ballot = Ballot::new(arrival, &self.dependencies);
        for entry in self.open.values().filter(|entry| entry.incident.is_test == arrival.is_test) {
            let incident = &entry.incident;
            if entry.unlinked.contains(&arrival.key) {
                ballot.unlinked(incident.id);
            } else if matters(incident, arrival) {
                let (profile, affected) = entry.read.get_or_init(|| {
                    let profile = Profile::read(incident, &self.dependencies);
                    (profile, explained::applications(incident, &self.dependencies))
                });
                ballot.cast(incident, profile, affected);
            }
        }
        ballot.decide()
    }
}

/// Whether an incident is worth comparing: recent, or explained.
fn matters(incident: &OpenIncident, arrival: &Arrival) -> bool {
    incident.explained.as_ref().is_some_and(|explained| !explained.causes.is_empty())
        || arrival.received_at.seconds_since(incident.opened_at).abs() <= MENTIONED_S
}

/// Rules 2 and 3: what the alarm's key alone decides. `same` is the oldest incident that has it.
fn by_key(same: Option<(Timestamp, i64)>, arrival: &Arrival) -> Option<Decision> {
    let state = state_text(&arrival.state);
    if let Some((opened_at, incident)) = same {
        let when = Received::read(arrival, opened_at).text();
        let reason = match arrival.state {
            Arriving::Trigger => format!("the same alarm again ({}), received {when}", quoted(&arrival.key)),
            _ => format!(
                "{state}: news of an alarm of incident {incident} ({}), received {when}",
                quoted(&arrival.key)
            ),
        };
        return Some(Decision::Link { incident, rule: Rule::SameAlarm, reason });
    }
    match arrival.state {
        Arriving::Trigger | Arriving::Change => None,
        _ => Some(Decision::Skip {
            reason: format!("not in ALARM state ({state}), and no open incident has this alarm: skipping"),
        }),
    }
}

/// What the open incidents say about one arrival.
struct Ballot<'a> {
    arrival: &'a Arrival,
    dependencies: &'a Dependencies,
    footprint: Footprint,
    best: Option<(Rule, Timestamp, i64, String)>,
    against: Option<(Timestamp, i64, String)>,
    late: Option<(Reverse<Timestamp>, i64, String)>,
    unlinked: Option<i64>,
}

impl<'a> Ballot<'a> {
    fn new(arrival: &'a Arrival, dependencies: &'a Dependencies) -> Self {
        let footprint = Footprint::read(arrival, dependencies);
        Self { arrival, dependencies, footprint, best: None, against: None, late: None, unlinked: None }
    }

    fn unlinked(&mut self, incident: i64) {
        self.unlinked = Some(self.unlinked.map_or(incident, |other| other.min(incident)));
    }

    fn cast(&mut self, incident: &OpenIncident, profile: &Profile, affected: &[Application]) {
        let (id, opened_at) = (incident.id, incident.opened_at);
        let explained = incident.explained.as_ref();
        let seen = Seen { id, opened_at, explained, profile, affected };
        match judge(&seen, self.arrival, &self.footprint, self.dependencies) {
            Judgement::Link(rule, reason) => least(&mut self.best, (rule, opened_at, id, reason)),
            Judgement::Against(reason) => least(&mut self.against, (opened_at, id, reason)),
            Judgement::Late(reason) => least(&mut self.late, (Reverse(opened_at), id, reason)),
            Judgement::Nothing => {}
        }
    }

    fn decide(self) -> Decision {
        if let Some((rule, _, incident, reason)) = self.best {
            return Decision::Link { incident, rule, reason };
        }
        if self.arrival.state == Arriving::Change {
            let reason = "a change starts no investigation, and no open incident is linked to it: skipping";
            return Decision::Skip { reason: reason.to_owned() };
        }
        let unlinked = self.unlinked.map(|id| format!("somebody took this alarm out of incident {id}"));
        let reason =
            self.against.map(|(.., reason)| reason).or(unlinked).or(self.late.map(|(.., reason)| reason));
        let kind = if self.arrival.is_test { "test" } else { "alarm" };
        let unknown = if self.footprint.applications.is_empty() && self.footprint.own.is_empty() {
            "; the topology does not know what it is about, and it names no application"
        } else {
            ""
        };
        let reason = reason.unwrap_or_else(|| {
            format!(
                "a new {kind}: no open incident has it or explains it, or shares its application or a dependency within {WINDOW_S} s{unknown}"
            )
        });
        Decision::Open { reason }
    }
}

fn least<T: Ord>(kept: &mut Option<T>, other: T) {
    if kept.as_ref().is_none_or(|kept| other < *kept) {
        *kept = Some(other);
    }
}
