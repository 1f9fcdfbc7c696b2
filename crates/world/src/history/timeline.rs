//! What is known about each facet of one resource, by time: sightings and edits.

use super::observe::{Observations, Seen, value};
use super::walk::{EditRef, Item};
use crate::delta::{Edit, Facet, State};
use crate::facets;
use butfor_incident::{EvidenceId, Timestamp};
use butfor_network::describe::{Fragment, Part};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Two calls of one snapshot are this close together.
const SNAPSHOT_SECONDS_MAX: i64 = 300;

/// An edit of an event to this resource.
#[derive(Debug, Clone, Copy)]
pub(super) struct Touch<'e> {
    pub(super) at: Timestamp,
    pub(super) edit: EditRef,
    pub(super) of: &'e Edit,
}

impl Touch<'_> {
    /// A list of which some elements changed and it is not known which, or anything else that changed and it is not
    /// known how.
    pub(super) fn is_unclear(&self) -> bool {
        self.of.before == State::Unknown && self.of.after == State::Unknown
    }
}

/// One resource over time.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    /// Sightings and edits of each facet that changed or may have.
    pub(super) facets: BTreeMap<Facet, Vec<Item>>,
    /// When each list or attribute was last seen.
    pub(super) last_seen: BTreeMap<String, Timestamp>,
    /// When each list or attribute was first seen.
    pub(super) first_seen: BTreeMap<String, Timestamp>,
    /// Sightings and edits of each member, as a whole, that events changed without saying what.
    pub(super) unclear: BTreeMap<Facet, Vec<Item>>,
}

/// What one call saw at one time.
struct Sight {
    at: Timestamp,
    source: usize,
    evidence: EvidenceId,
    /// Whether the call is the one about the resource, so that a member it does not tell is not there.
    is_main: bool,
    /// The member and element a call was about that tells of this element alone.
    only: Option<(&'static str, String)>,
    document: Value,
}

impl Sight {
    fn state(&self, kind: &str, facet: &Facet) -> State {
        let first = facet.member.split('/').next().unwrap_or_default();
        if !self.is_main && self.document.get(first).is_none() {
            return State::Unknown;
        }
        if let Some((member, element)) = &self.only
            && facet.member == *member
            && facet.element.as_ref() != Some(element)
        {
            return State::Unknown;
        }
        facets::state(kind, &self.document, facet)
    }
}

/// Puts together what is known about one resource. Nothing where it never changed.
pub(super) fn timeline(
    observations: &Observations<'_>,
    kind: &'static str,
    seen: &[Seen<'_>],
    touches: &[Touch<'_>],
) -> Timeline {
    let home = home(observations, seen);
    let mut timeline = Timeline::default();
    presence(observations, kind, seen, &home, touches, &mut timeline);
    if touches.is_empty() && !may_differ(observations, seen) {
        return timeline;
    }
    let sources = by_source(observations, seen);
    let sights = sights(observations, kind, &sources, &home);
    // Where a call replaced a whole list, the list is followed as a whole.
    let replaced: BTreeSet<&str> = touches
        .iter()
        .filter(|touch| !touch.is_unclear() && touch.of.facet.element.is_none())
        .map(|touch| touch.of.facet.member.as_str())
        .collect();
    let mut wanted: BTreeSet<Facet> = touches
        .iter()
        .filter(|touch| !touch.is_unclear() || replaced.contains(touch.of.facet.member.as_str()))
        .map(|touch| touch.of.facet.clone())
        .filter(|facet| !facet.member.is_empty())
        .collect();
    for sight in &sights {
        wanted.extend(facets::facets(kind, &sight.document).into_keys());
    }
    wanted.retain(|facet| facet.element.is_none() || !replaced.contains(facet.member.as_str()));
    for facet in wanted {
        let mut items: Vec<Item> = sights.iter().filter_map(|sight| sighting(kind, sight, &facet)).collect();
        if let Some(last) = items.iter().map(at).max() {
            let known = timeline.last_seen.entry(facet.member.clone()).or_insert(last);
            *known = last.max(*known);
        }
        if let Some(first) = items.iter().map(at).min() {
            let known = timeline.first_seen.entry(facet.member.clone()).or_insert(first);
            *known = first.min(*known);
        }
        items.extend(touches.iter().filter(|touch| touch.of.facet == facet).map(event));
        timeline.facets.insert(facet, items);
    }
    for touch in touches.iter().filter(|touch| touch.is_unclear()) {
        let whole = &touch.of.facet;
        let items = timeline
            .unclear
            .entry(whole.clone())
            .or_insert_with(|| sights.iter().filter_map(|sight| sighting(kind, sight, whole)).collect());
        items.push(event(touch));
    }
    for sight in &sights {
        // A list seen empty was seen, although it has no facet.
        for touch in touches.iter().filter(|touch| touch.is_unclear()) {
            if sight.state(kind, &touch.of.facet) != State::Unknown {
                let last = timeline.last_seen.entry(touch.of.facet.member.clone()).or_insert(sight.at);
                *last = sight.at.max(*last);
                let first = timeline.first_seen.entry(touch.of.facet.member.clone()).or_insert(sight.at);
                *first = sight.at.min(*first);
            }
        }
    }
    timeline
}

fn at(item: &Item) -> Timestamp {
    match item {
        Item::Sighting { at, .. } | Item::Event { at, .. } => *at,
    }
}

fn sighting(kind: &str, sight: &Sight, facet: &Facet) -> Option<Item> {
    let state = sight.state(kind, facet);
    let known = Item::Sighting { at: sight.at, state, source: sight.source, evidence: sight.evidence };
    (!matches!(known, Item::Sighting { state: State::Unknown, .. })).then_some(known)
}

fn event(touch: &Touch<'_>) -> Item {
    let Edit { before, after, .. } = touch.of;
    Item::Event { at: touch.at, edit: touch.edit, before: before.clone(), after: after.clone() }
}

/// Whether the resource was there: seen by the account the document is of, or missing from a complete listing there.
fn presence(
    observations: &Observations<'_>,
    kind: &'static str,
    seen: &[Seen<'_>],
    home: &str,
    touches: &[Touch<'_>],
    timeline: &mut Timeline,
) {
    let whole = Facet { member: String::new(), element: None };
    let at_home: Vec<&Seen<'_>> = seen
        .iter()
        .filter(|seen| seen.piece.account == home && seen.piece.fragment.part.is_object())
        .filter(|seen| seen.piece.fragment.part != Part::Embedded)
        .collect();
    let mut there: BTreeMap<usize, bool> = BTreeMap::new();
    for seen in &at_home {
        let is_deleted =
            facets::may_be_deleted(kind) && facets::is_deleted(kind, &value(&seen.piece.fragment));
        there.insert(seen.observation, !is_deleted);
    }
    let regions: BTreeSet<&str> = at_home.iter().map(|seen| seen.piece.region).collect();
    for region in regions {
        for (index, _) in observations.listings(home, region, kind) {
            there.entry(index).or_insert(false);
        }
    }
    let edits: Vec<Item> = touches.iter().filter(|touch| touch.of.facet == whole).map(event).collect();
    if edits.is_empty() && there.values().all(|is_there| *is_there) {
        return;
    }
    let mut items = edits;
    for (index, is_there) in there {
        let Some(observation) = observations.all.get(index) else { continue };
        let (at, evidence) = (observation.at, observation.evidence);
        let document = || observations.document(seen, at.plus_seconds(SNAPSHOT_SECONDS_MAX));
        let state = match is_there.then(document).flatten() {
            Some(document) => State::Present(serde_json::from_str(&document.json).unwrap_or_default()),
            None => State::Absent,
        };
        items.push(Item::Sighting { at, state, source: 0, evidence });
    }
    timeline.facets.insert(whole, items);
}

/// Account, region, operation and member that a source always tells.
type Source<'s, 'a> = BTreeMap<usize, Vec<&'s Seen<'a>>>;

fn by_source<'s, 'a>(observations: &Observations<'a>, seen: &'s [Seen<'a>]) -> Vec<Source<'s, 'a>> {
    let mut sources: BTreeMap<_, Source<'s, 'a>> = BTreeMap::new();
    for one in seen {
        let member = one.piece.fragment.member;
        if member != Some(super::observe::RULES) {
            let operation =
                observations.all.get(one.observation).map_or("", |observation| observation.operation);
            let source = (one.piece.account, one.piece.region, operation, member);
            sources.entry(source).or_default().entry(one.observation).or_default().push(one);
        }
    }
    sources.into_values().collect()
}

/// Whether some call may have seen something else than before. Most resources never change: this is decided on the text.
fn may_differ(observations: &Observations<'_>, seen: &[Seen<'_>]) -> bool {
    let operation = |seen: &Seen<'_>| {
        observations.all.get(seen.observation).map_or("", |observation| observation.operation)
    };
    let is_same_call = |a: &Seen<'_>, b: &Seen<'_>| {
        a.piece.fragment.member == b.piece.fragment.member
            && a.piece.account == b.piece.account
            && a.piece.region == b.piece.region
            && operation(a) == operation(b)
    };
    let mut rest = seen;
    while let Some((last, before)) = rest.split_last() {
        rest = before;
        let earlier = before.iter().rev().find(|one| is_same_call(one, last));
        if earlier.is_some_and(|earlier| earlier.piece.fragment.json != last.piece.fragment.json) {
            return true;
        }
    }
    false
}

/// The account the resource's document is of.
fn home(observations: &Observations<'_>, seen: &[Seen<'_>]) -> String {
    match seen.first() {
        Some(first) if seen.iter().all(|seen| seen.piece.account == first.piece.account) => {
            first.piece.account.to_owned()
        }
        _ => {
            let document = observations.document(seen, Timestamp::from_millis(i64::MAX));
            document.map(|document| document.account).unwrap_or_default()
        }
    }
}

/// What the sources saw. Other accounts are asked only about members the home account never tells.
fn sights(observations: &Observations<'_>, kind: &str, sources: &[Source<'_, '_>], home: &str) -> Vec<Sight> {
    let mut sights = Vec::new();
    let mut told: BTreeSet<String> = BTreeSet::new();
    let is_home = |source: &Source<'_, '_>| source.values().flatten().any(|seen| seen.piece.account == home);
    for at_home in [true, false] {
        let chosen = sources.iter().enumerate().filter(|(_, source)| is_home(source) == at_home);
        for (number, (index, seen)) in
            chosen.flat_map(|(number, source)| source.iter().map(move |entry| (number, entry)))
        {
            let Some(observation) = observations.all.get(*index) else { continue };
            let mut document = document(seen);
            let is_object = seen.iter().any(|seen| seen.piece.fragment.part.is_object());
            if is_object && facets::is_deleted(kind, &document) {
                continue;
            }
            if let (false, Some(members)) = (at_home, document.as_object_mut()) {
                members.retain(|member, _| !told.contains(member));
            }
            sights.push(Sight {
                at: observation.at,
                source: number,
                evidence: observation.evidence,
                is_main: at_home && seen.iter().any(|seen| seen.piece.fragment.part == Part::Object),
                only: seen.iter().find_map(|seen| only(kind, &seen.piece.fragment)),
                document,
            });
        }
        let members =
            sights.iter().filter_map(|sight| sight.document.as_object()).flat_map(Map::keys).cloned();
        told.extend(members.collect::<Vec<_>>());
    }
    sights
}

/// The member and element of a fragment that tells of one element alone.
fn only(kind: &str, fragment: &Fragment<'_>) -> Option<(&'static str, String)> {
    let member = fragment.member.filter(|_| matches!(fragment.part, Part::Told | Part::Gone))?;
    let element = serde_json::from_str::<Value>(&fragment.json).ok()?;
    Some((member, facets::element_key(kind, member, &element)?))
}

/// The fragments of one source in one observation as one document; lists of several pages are joined.
fn document(seen: &[&Seen<'_>]) -> Value {
    let mut all = Map::new();
    for seen in seen {
        let Value::Object(members) = value(&seen.piece.fragment) else { continue };
        for (name, value) in members {
            match (all.get_mut(&name), value) {
                (Some(Value::Array(known)), Value::Array(more)) if seen.piece.fragment.member.is_some() => {
                    known.extend(more)
                }
                (Some(_), _) => {}
                (None, value) => {
                    all.insert(name, value);
                }
            }
        }
    }
    Value::Object(all)
}
