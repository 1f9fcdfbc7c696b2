//! What a proven cause says about alarms: which it explains, and which it contradicts.

use super::application::Application;
use super::dependencies::{Dependencies, Node};
use super::profile::Footprint;
use super::rules::quoted;
use super::{Arrival, Arriving, EXPLAINED_S, Explained, ExplainedCause, OpenIncident, Split};
use butfor_incident::{Affected, Assessment, Grade, Timestamp};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// An alarm may seem to come before the change by this much: CloudTrail dates a call by its second, and clocks that are
/// set over the network differ by a second or two.
const CLOCKS_S: i64 = 5;

/// Words of labels that name no resource: they stand for what is outside, or for the kind of what follows.
const NO_NAMES: [&str; 4] = ["the internet", "the internet over IPv6", "the Internet", "internet"];

impl Explained {
    /// What an assessment proved: its root causes of grade proven, and what it found to work.
    #[must_use]
    pub fn from_assessment(assessment: &Assessment) -> Self {
        let proven = assessment.root_causes.iter().filter(|cause| cause.grade == Grade::Proven);
        let causes: Vec<ExplainedCause> = proven
            .map(|cause| ExplainedCause {
                headline: cause.headline.clone(),
                resource_ids: [Some(cause.resource.id.clone()), cause.resource.arn.clone()]
                    .into_iter()
                    .flatten()
                    .filter(|id| !id.is_empty())
                    .collect(),
                changed_at: cause.change.as_ref().map(|change| change.at),
                affected: cause.affected.iter().flat_map(names_of).collect(),
            })
            .collect();
        let broken: BTreeSet<&String> = causes.iter().flat_map(|cause| &cause.affected).collect();
        // What works beside what is broken is told of the same client ("orders-app to S3"): it is broken all the same.
        let working = assessment.unaffected.iter().flat_map(|one| names_in(&one.what));
        let unaffected = working.filter(|name| !broken.contains(name)).collect();
        Self { causes, unaffected }
    }
}

pub(super) fn names_of(affected: &Affected) -> BTreeSet<String> {
    names_in(&affected.from).into_iter().chain(names_in(&affected.to)).collect()
}

/// Names and ids in a label such as `orders-app (i-0123) to database orders-db (tcp/3306)`: what stands in brackets, what
/// stands before them, and every word that is not one of a sentence.
pub(super) fn names_in(label: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in label.split([',', ';']).flat_map(|part| part.split(" to ")) {
        let before = part.split(" (").next().unwrap_or_default().trim();
        found.insert(before.to_owned());
        found.extend(part.split(['(', ')', ' ']).filter(|word| has_shape(word)).map(str::to_owned));
    }
    found.retain(|name| name.len() > 1 && !NO_NAMES.contains(&name.as_str()) && !is_place_or_port(name));
    found
}

fn has_shape(word: &str) -> bool {
    word.contains(['-', ':', '_', '.']) || word.chars().any(|c| c.is_ascii_digit())
}

/// Beginnings of region codes (AWS General Reference, regional endpoints).
const AREAS: [&str; 10] = ["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx", "cn"];

/// `us-east-1`, `us-east-1a`, `tcp/3306`, `111122223333`: where and how, not what.
fn is_place_or_port(word: &str) -> bool {
    let zone = word.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or(word);
    let mut parts = zone.split('-');
    let begins = parts.next().is_some_and(|area| AREAS.contains(&area));
    let ends =
        parts.next_back().is_some_and(|end| end.len() == 1 && end.bytes().all(|byte| byte.is_ascii_digit()));
    let is_region = begins && ends && matches!(parts.count(), 1 | 2);
    let is_port = ["tcp/", "udp/", "icmp"].iter().any(|protocol| word.starts_with(protocol));
    is_region || is_port || word.bytes().all(|byte| byte.is_ascii_digit())
}

/// How a cause reaches an alarm.
enum Reach<'a> {
    /// It names it.
    Names(&'a str),
    /// What the alarm is about depends on what was changed.
    Depends(Node),
}

/// The reach of a cause; `None` where it has none that is known.
fn reach<'a>(
    cause: &'a ExplainedCause,
    footprint: &Footprint,
    arrival: &Arrival,
    dependencies: &Dependencies,
) -> Option<Reach<'a>> {
    let named = cause.affected.iter().chain(&cause.resource_ids).find(|name| footprint.names.contains(*name));
    if let Some(name) = named {
        return Some(Reach::Names(name));
    }
    let nodes = cause.resource_ids.iter().filter_map(|id| find(id, arrival, dependencies));
    let reached = nodes.filter(|node| footprint.own.contains(node) || footprint.needed.contains(node));
    reached.min_by_key(|node| dependencies.shared_by(*node)).map(Reach::Depends)
}

/// A resource of a cause. It may be in another account than the alarm; ids are unique everywhere.
fn find(id: &str, arrival: &Arrival, dependencies: &Dependencies) -> Option<Node> {
    dependencies.find(id, "", "").or_else(|| dependencies.find(id, &arrival.account, &arrival.region))
}

fn is_after(at: Timestamp, change: Timestamp) -> bool {
    at >= change.plus_seconds(-CLOCKS_S)
}

/// Why a proven cause explains an alarm; `None` where none is known to.
pub(super) fn explains(
    explained: &Explained,
    footprint: &Footprint,
    arrival: &Arrival,
    dependencies: &Dependencies,
) -> Option<String> {
    explained.causes.iter().find_map(|cause| {
        let changed_at = cause.changed_at?;
        if !is_after(arrival.at, changed_at) {
            return None;
        }
        let after = arrival.at.seconds_since(changed_at);
        let what = match reach(cause, footprint, arrival, dependencies)? {
            Reach::Names(name) => format!("affects {}", quoted(name)),
            // A dependency that everybody has, or long ago, is not enough without the cause's own word.
            Reach::Depends(node) if after <= EXPLAINED_S && dependencies.is_telling(node) => {
                format!("is in {}, which this alarm's resource depends on", dependencies.label(node))
            }
            Reach::Depends(_) => return None,
        };
        Some(format!(
            "its proven cause {what}, and this alarm went off {after} s after the change: {}",
            quoted(&cause.headline)
        ))
    })
}

/// Why the proven causes cannot be this alarm's; `None` where they can, or where nothing says that they cannot.
/// `affected` are the applications that the causes affect, see [`applications`].
pub(super) fn contradicts(
    explained: &Explained,
    footprint: &Footprint,
    arrival: &Arrival,
    dependencies: &Dependencies,
    affected: &[Application],
) -> Option<String> {
    if explained.causes.is_empty() {
        return None;
    }
    let changes: Option<Vec<Timestamp>> = explained.causes.iter().map(|cause| cause.changed_at).collect();
    if let Some(first) = changes.and_then(|changes| changes.into_iter().min())
        && !is_after(arrival.at, first)
    {
        let before = first.seconds_since(arrival.at);
        return Some(format!("it went off {before} s before the change that is the cause"));
    }
    let mut reaches =
        explained.causes.iter().filter_map(|cause| reach(cause, footprint, arrival, dependencies));
    let reached = reaches.next();
    if matches!(reached, Some(Reach::Names(_))) || reaches.any(|reach| matches!(reach, Reach::Names(_))) {
        return None;
    }
    if let Some(name) = footprint.names.iter().find(|name| explained.unaffected.contains(*name)) {
        return Some(format!("{} works in spite of the cause, so that something else ails it", quoted(name)));
    }
    let is_known = |cause: &ExplainedCause| {
        cause.resource_ids.iter().any(|id| find(id, arrival, dependencies).is_some())
    };
    let is_elsewhere = reached.is_none()
        && footprint.application_shared_with(affected).is_none()
        && !footprint.own.is_empty()
        && explained.causes.iter().all(is_known);
    let part = footprint.own.first().filter(|_| is_elsewhere)?;
    Some(format!(
        "{} is in another part: it depends on nothing that the cause changed",
        dependencies.label(*part)
    ))
}

/// Applications that the causes of an incident affect: those of the alarms they reach, of all alarms where they reach none
/// that is known.
pub(super) fn applications(incident: &OpenIncident, dependencies: &Dependencies) -> Vec<Application> {
    let Some(explained) = &incident.explained else { return Vec::new() };
    let (mut reached, mut all) = (BTreeSet::new(), BTreeSet::new());
    for member in &incident.members {
        let footprint = Footprint::read(member, dependencies);
        if explained.causes.iter().any(|cause| reach(cause, &footprint, member, dependencies).is_some()) {
            reached.extend(footprint.applications.iter().cloned());
        }
        all.extend(footprint.applications);
    }
    let found = if reached.is_empty() { all } else { reached };
    let named = incident.application.as_deref().and_then(|name| Application::named(name, ""));
    found.into_iter().chain(named).collect()
}

/// Alarms of an incident that its proven cause contradicts, in the order of its members. They went off before the change,
/// or are about something that was looked at and works, or about another application that depends on nothing the cause
/// changed. An alarm is judged with everything that came of it: it stays while one of its triggers fits. Nothing is split
/// off before there is a proven cause, nor where not one alarm would be left: then the cause is in doubt, not the alarms.
#[must_use]
pub fn split(incident: &OpenIncident, dependencies: &Dependencies) -> Vec<Split> {
    let Some(explained) = incident.explained.as_ref().filter(|explained| !explained.causes.is_empty()) else {
        return Vec::new();
    };
    let affected = applications(incident, dependencies);
    // Per alarm: why none of its triggers fits, or that one does.
    let mut verdicts: BTreeMap<&str, Option<String>> = BTreeMap::new();
    for member in incident.members.iter().filter(|member| member.state == Arriving::Trigger) {
        let footprint = Footprint::read(member, dependencies);
        let reason = contradicts(explained, &footprint, member, dependencies, &affected);
        match verdicts.entry(&member.key) {
            Entry::Vacant(entry) => {
                entry.insert(reason);
            }
            // One of the reasons, whatever the order of members.
            Entry::Occupied(mut entry) => {
                let kept = entry.get_mut();
                *kept = kept.take().zip(reason).map(|(one, other)| one.max(other));
            }
        }
    }
    if verdicts.values().all(Option::is_some) {
        return Vec::new();
    }
    let members = incident.members.iter().enumerate();
    let split = members.filter_map(|(member, arrival)| {
        let reason = verdicts.get(arrival.key.as_str())?.clone()?;
        Some(Split { member, reason })
    });
    split.collect()
}
