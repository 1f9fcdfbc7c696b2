//! What an alarm, and an incident with all its alarms, are about.

use super::application::Application;
use super::arrival::is_identifier;
use super::dependencies::{Dependencies, Node};
use super::rules::quoted;
use super::{Arrival, OpenIncident};
use butfor_incident::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What one alarm is about.
#[derive(Debug, Clone, Default)]
pub(super) struct Footprint {
    pub(super) applications: Vec<Application>,
    /// Resources that it names.
    pub(super) own: BTreeSet<Node>,
    /// What those need, however many share it.
    pub(super) needed: BTreeSet<Node>,
    /// Everything it names, in its own words and in the topology's.
    pub(super) names: BTreeSet<String>,
}

impl Footprint {
    pub(super) fn read(arrival: &Arrival, dependencies: &Dependencies) -> Self {
        let mut found = Self::default();
        let named =
            arrival.application.as_deref().and_then(|name| Application::named(name, &arrival.account));
        found.applications.extend(named);
        for name in arrival.resources.iter().chain([&arrival.key]) {
            found.names.insert(name.clone());
            let Some(node) = dependencies.find(name, &arrival.account, &arrival.region) else { continue };
            let Some(thing) = dependencies.thing(node) else { continue };
            found.add(node, dependencies);
            if thing.kind == "AWS::CloudWatch::Alarm" {
                thing.needs.iter().for_each(|node| found.add(*node, dependencies));
            }
        }
        found.names.retain(|name| !name.is_empty());
        found
    }

    fn add(&mut self, node: Node, dependencies: &Dependencies) {
        let Some(thing) = dependencies.thing(node) else { return };
        for application in &thing.applications {
            if !self.applications.contains(application) {
                self.applications.push(application.clone());
            }
        }
        // What tells nothing (a VPC, the alarm itself) is no common ground of two alarms.
        if thing.tells {
            self.names.insert(thing.id.clone());
            self.own.insert(node);
        }
        self.needed.extend(dependencies.needed(node));
    }

    /// The application both are of.
    pub(super) fn application_shared_with(&self, others: &[Application]) -> Option<&Application> {
        self.applications.iter().find(|one| others.iter().any(|other| one.is_same(other)))
    }
}

/// The member of an incident that reasons name: the first of those that would do.
type Witness = (Timestamp, Timestamp, String, String);

fn witness(arrival: &Arrival) -> Witness {
    (arrival.received_at, arrival.at, arrival.name.clone(), arrival.key.clone())
}

/// What the alarms of an incident are about, with the first alarm that is about each thing.
#[derive(Debug, Clone, Default)]
pub(super) struct Profile {
    applications: Vec<(Application, Option<Witness>)>,
    own: BTreeMap<Node, Witness>,
    needed: BTreeMap<Node, Witness>,
    /// Ids and ARNs that the topology does not have.
    identifiers: BTreeMap<String, Witness>,
}

/// What two alarms have in common.
pub(super) struct Common {
    /// In words, of the arriving alarm.
    pub(super) text: String,
    /// The name of the other alarm.
    pub(super) with: Option<String>,
}

impl Profile {
    pub(super) fn read(incident: &OpenIncident, dependencies: &Dependencies) -> Self {
        let mut profile = Self::default();
        let named = incident.application.as_deref();
        // The incident's own application is where its members are.
        let mut accounts: BTreeSet<&str> = incident.members.iter().map(|one| one.account.as_str()).collect();
        if accounts.is_empty() {
            accounts.insert("");
        }
        for account in accounts {
            let named = named.and_then(|name| Application::named(name, account));
            profile.applications.extend(named.map(|application| (application, None)));
        }
        for member in &incident.members {
            profile.add(member, dependencies);
        }
        profile
    }

    pub(super) fn add(&mut self, member: &Arrival, dependencies: &Dependencies) {
        let footprint = Footprint::read(member, dependencies);
        let witness = witness(member);
        for application in footprint.applications {
            match self.applications.iter_mut().find(|(one, by)| *one == application && by.is_some()) {
                Some((_, by)) => *by = by.take().map(|by| by.min(witness.clone())),
                None => self.applications.push((application, Some(witness.clone()))),
            }
        }
        note(&mut self.own, footprint.own, &witness);
        note(&mut self.needed, footprint.needed, &witness);
        note(&mut self.identifiers, footprint.names.into_iter().filter(|name| is_identifier(name)), &witness);
    }

    /// The application that an alarm shares with this incident.
    pub(super) fn application(&self, footprint: &Footprint) -> Option<Common> {
        let shared = self
            .applications
            .iter()
            .filter(|(application, _)| footprint.applications.iter().any(|one| one.is_same(application)));
        // The first alarm, then the application by name: the order of members must not matter.
        let first =
            shared.min_by(|(a, by), (b, other)| (by.is_none(), by, a).cmp(&(other.is_none(), other, b)));
        first.map(|(application, by)| Common {
            text: format!("same application {}", quoted(&application.name)),
            with: by.as_ref().map(|(_, _, name, _)| name.clone()),
        })
    }

    /// What an alarm and this incident both need: the same resource first, then what the fewest applications share.
    pub(super) fn dependency(&self, footprint: &Footprint, dependencies: &Dependencies) -> Option<Common> {
        let common = |text: String, by: &Witness| Common { text, with: Some(by.2.clone()) };
        let label = |node: &Node| dependencies.label(*node);
        let pick = |mine: &BTreeSet<Node>, theirs: &BTreeMap<Node, Witness>, any: bool| {
            let shared = mine.iter().filter(|node| any || dependencies.is_telling(**node));
            shared
                .filter_map(|node| theirs.get_key_value(node))
                .min_by_key(|(node, _)| (dependencies.shared_by(**node), **node))
                .map(|(node, by)| (*node, by.clone()))
        };
        if let Some((node, by)) = pick(&footprint.own, &self.own, true) {
            return Some(common(format!("about the same resource {}", label(&node)), &by));
        }
        let same = footprint.names.iter().find_map(|name| self.identifiers.get_key_value(name));
        if let Some((name, by)) = same {
            return Some(common(format!("about the same resource {}", quoted(name)), by));
        }
        if let Some((node, by)) = pick(&footprint.needed, &self.own, true) {
            let text = format!("depends on {}, which is in alarm itself", label(&node));
            return Some(common(text, &by));
        }
        if let Some((node, by)) = pick(&footprint.own, &self.needed, true) {
            return Some(common(
                format!("about {}, which the other alarm's resource depends on", label(&node)),
                &by,
            ));
        }
        pick(&footprint.needed, &self.needed, false)
            .map(|(node, by)| common(format!("shared dependency {}", label(&node)), &by))
    }
}

/// Keeps the first alarm for each key.
fn note<K: Ord>(into: &mut BTreeMap<K, Witness>, keys: impl IntoIterator<Item = K>, witness: &Witness) {
    for key in keys {
        let first = into.entry(key).or_insert_with(|| witness.clone());
        if *witness < *first {
            *first = witness.clone();
        }
    }
}
