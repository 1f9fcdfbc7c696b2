//! What is known about the past: observations, and changes between them.
//!
//! The state at a moment comes from the latest observations, with later events applied and, for an earlier moment, with
//! changes undone. Where neither an observation nor an event tells what something was, it is unknown.
//!
//! An observation wins over events: a difference between them is a change of its own, seen only as a difference.

mod config_items;
mod observe;
mod reconcile;
mod record;
#[cfg(test)]
mod tests;
mod timeline;
mod walk;

use crate::delta::{Delta, Edit, ResourceKey, State};
use crate::ids::IdIndex;
use crate::world::World;
use butfor_incident::{Actor, Body, CaseFile, Cites, EvidenceId, Timestamp};
use butfor_network::describe::{Origin, known_kind};
pub use config_items::config_name;
use observe::Observations;
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// When a change happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// At this moment: an event says so.
    At(Timestamp),
    /// After the first and not after the second moment: two observations differ, or an observation differs from what
    /// events made.
    Between(Timestamp, Timestamp),
}

impl When {
    /// The moment by which it had happened.
    #[must_use]
    pub fn latest(self) -> Timestamp {
        match self {
            Self::At(at) | Self::Between(_, at) => at,
        }
    }
}

/// The call an event records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventInfo {
    /// CloudTrail event id; empty when the record has none.
    pub event_id: String,
    /// API operation (`DeleteRoute`).
    pub event_name: String,
    /// `eventSource` without `.amazonaws.com`.
    pub service: String,
    /// Account it was recorded in.
    pub account: String,
    /// Region it was recorded in.
    pub region: String,
    /// Who called, from where and with what.
    pub actor: Actor,
}

/// Something that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub when: When,
    /// The event; `None` for a difference nobody recorded.
    pub event: Option<EventInfo>,
    /// What it changed. Empty for a call that turned out to change nothing. States no observation and no other event
    /// tells are unknown.
    pub delta: Delta,
    /// The event, or the observations that differ.
    pub cites: Cites,
}

impl Change {
    /// The order in which changes are made, and undone the other way round.
    fn order(&self, other: &Self) -> Ordering {
        let event = |change: &Self| {
            change.event.as_ref().map(|event| (event.event_id.clone(), event.event_name.clone()))
        };
        let first = |change: &Self| {
            change.delta.edits.first().map(|edit| (edit.resource.clone(), edit.facet.clone()))
        };
        (self.when.latest(), self.event.is_none(), self.when)
            .cmp(&(other.when.latest(), other.event.is_none(), other.when))
            .then_with(|| event(self).cmp(&event(other)))
            .then_with(|| first(self).cmp(&first(other)))
    }
}

/// A call that failed, or was only a dry run: it changed nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// The call.
    pub info: EventInfo,
    /// `errorCode` (`Client.UnauthorizedOperation`, `Client.DryRunOperation`).
    pub code: String,
    /// `errorMessage`; untrusted text.
    pub message: Option<String>,
    /// Its parameters in API names.
    pub request: Value,
    /// The VPC endpoint it came through, where the record says so.
    pub vpc_endpoint: Option<String>,
    /// ARNs of the resources that the record names.
    pub resources: Vec<String>,
    /// What it would have changed.
    pub would: Vec<Edit>,
    /// Its evidence.
    pub cites: Cites,
}

/// A call that succeeded and touched nothing we model (CreateTags, PutParameter, a deployment, SetAlarmState).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherEvent {
    /// When.
    pub at: Timestamp,
    /// The call.
    pub info: EventInfo,
    /// Its parameters in API names.
    pub request: Value,
    /// Its evidence.
    pub cites: Cites,
}

/// How far CloudTrail data reaches in an account and region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Coverage {
    /// The first event there is.
    pub first: Option<Timestamp>,
    /// The last event there is. Events are delivered minutes late: what happened after it may not be visible yet.
    pub last: Option<Timestamp>,
    /// When LookupEvents was last answered; it shows events up to 15 minutes before (CloudTrail User Guide, event history).
    pub asked: Option<Timestamp>,
}

/// Something in the evidence that could not be used, or is not as fresh as it looks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Doubt {
    /// The evidence, where there is any.
    pub evidence: Option<EvidenceId>,
    /// What is wrong.
    pub text: String,
}

/// What is known about the past of everything in a case file.
#[derive(Debug, Clone, Default)]
pub struct History {
    latest: World,
    changes: Vec<Change>,
    /// What events may have changed besides what they say, by time.
    perhaps: Vec<(Timestamp, Edit)>,
    attempts: Vec<Attempt>,
    refused_reads: Vec<Attempt>,
    others: Vec<OtherEvent>,
    evidence: Vec<EvidenceId>,
    observed: BTreeMap<(String, String, String), Vec<Timestamp>>,
    coverage: BTreeMap<(String, String), Coverage>,
    doubts: Vec<Doubt>,
}

impl History {
    /// Reads the observations and CloudTrail records of a case. Their order in the case does not matter; what cannot be
    /// read becomes a [`Doubt`].
    #[must_use]
    pub fn read(case: &CaseFile) -> Self {
        let observations = Observations::read(case);
        let mut problems = observations.problems.clone();
        let records = record::read(case, &mut problems);
        let mut ids = IdIndex::default();
        if records.iter().any(|(record, _)| !record.read_only) {
            learn(&mut ids, &observations);
            records.iter().for_each(|(record, _)| ids.learn_record(record));
        }
        let coverage = coverage(case);
        let events = record::sort(records, &ids);
        let reconciled = reconcile::reconcile(&observations, &events.changes);
        let mut homes = homes(&events.changes);
        homes.extend(observations.resources.iter().filter_map(|((kind, id), seen)| {
            let piece = &seen.first()?.piece;
            let key = ResourceKey { kind: (*kind).to_owned(), id: id.clone() };
            Some((key, (piece.account.to_owned(), piece.region.to_owned())))
        }));
        let world = World::new(observations.latest(), observations.listed(), homes, &observations.evidence);
        let latest = if reconciled.ahead.edits.is_empty() { world } else { world.with(&reconciled.ahead) };
        Self {
            latest,
            changes: reconciled.changes,
            perhaps: reconciled.perhaps,
            attempts: events.attempts,
            refused_reads: events.refused_reads,
            others: events.others,
            observed: observed(&observations),
            coverage,
            doubts: doubts(case, problems),
            evidence: observations.evidence,
        }
    }

    /// Everything as it is at the end of what is known.
    #[must_use]
    pub fn latest(&self) -> &World {
        &self.latest
    }

    /// Everything as it was at a moment. Inside the interval of a change that was seen only as a difference, what it
    /// changed is unknown.
    #[must_use]
    pub fn at(&self, moment: Timestamp) -> World {
        let mut steps: Vec<(Timestamp, Vec<Edit>)> = Vec::new();
        for change in self.changes.iter().rev().filter(|change| change.when.latest() > moment) {
            let mut back = change.delta.inverse();
            if let When::Between(earlier, _) = change.when
                && moment > earlier
            {
                back.edits.iter_mut().for_each(|edit| edit.after = State::Unknown);
            }
            steps.push((change.when.latest(), back.edits));
        }
        let perhaps = self.perhaps.iter().rev().filter(|(at, _)| *at > moment);
        steps.extend(perhaps.map(|(at, edit)| (*at, Delta { edits: vec![edit.clone()] }.inverse().edits)));
        steps.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        let undone = Delta { edits: steps.into_iter().flat_map(|(_, edits)| edits).collect() };
        if undone.edits.is_empty() { self.latest.clone() } else { self.latest.with(&undone) }
    }

    /// Every change, by the moment by which it had happened.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Calls that failed or were dry runs, by time.
    #[must_use]
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }

    /// Reads that failed, by time: they would have changed nothing, but a denied one tells of permissions.
    #[must_use]
    pub fn refused_reads(&self) -> &[Attempt] {
        &self.refused_reads
    }

    /// Successful calls that touched nothing we model, by time.
    #[must_use]
    pub fn other_events(&self) -> &[OtherEvent] {
        &self.others
    }

    /// What could not be used, or is not as fresh as it looks.
    #[must_use]
    pub fn doubts(&self) -> &[Doubt] {
        &self.doubts
    }

    /// The evidence of an origin in a document, hop or blocker.
    #[must_use]
    pub fn evidence_of(&self, origin: Origin) -> Option<EvidenceId> {
        self.evidence.get(usize::try_from(origin.0).ok()?).copied()
    }

    /// When resources of a kind were observed in an account and region.
    #[must_use]
    pub fn observed_at(&self, kind: &str, account: &str, region: &str) -> &[Timestamp] {
        let place = (kind.to_owned(), account.to_owned(), region.to_owned());
        self.observed.get(&place).map(Vec::as_slice).unwrap_or_default()
    }

    /// How far CloudTrail data reaches, by account and region. A place that is not here has no CloudTrail data.
    #[must_use]
    pub fn event_coverage(&self) -> &BTreeMap<(String, String), Coverage> {
        &self.coverage
    }
}

/// What documents say about the ids that events use.
fn learn(ids: &mut IdIndex, observations: &Observations<'_>) {
    for ((kind, id), seen) in &observations.resources {
        let mut texts = BTreeSet::new();
        for fragment in seen.iter().map(|seen| &seen.piece.fragment) {
            let tells = fragment.part.is_object() || fragment.member == Some(observe::RULES);
            if tells
                && texts.insert(&fragment.json)
                && let Ok(document) = serde_json::from_str::<Value>(&fragment.json)
            {
                ids.learn_document(kind, id, &document);
            }
        }
    }
}

/// Where resources are that events made.
fn homes(events: &[record::Event]) -> BTreeMap<ResourceKey, (String, String)> {
    let edits = events.iter().flat_map(|event| event.edits.iter().map(move |edit| (event, edit)));
    let made =
        edits.filter(|(_, edit)| edit.facet.member.is_empty() && known_kind(&edit.resource.kind).is_some());
    made.map(|(event, edit)| (edit.resource.clone(), (event.info.account.clone(), event.info.region.clone())))
        .collect()
}

fn observed(observations: &Observations<'_>) -> BTreeMap<(String, String, String), Vec<Timestamp>> {
    let mut observed: BTreeMap<_, Vec<Timestamp>> = BTreeMap::new();
    for observation in &observations.all {
        for kind in observation.listed.union(&observation.kinds) {
            let place = ((*kind).to_owned(), observation.account.to_owned(), observation.region.to_owned());
            let times = observed.entry(place).or_default();
            if times.last() != Some(&observation.at) {
                times.push(observation.at);
            }
        }
    }
    observed
}

fn coverage(case: &CaseFile) -> BTreeMap<(String, String), Coverage> {
    let mut found: BTreeMap<(String, String), Coverage> = BTreeMap::new();
    for evidence in &case.evidence {
        let place = (evidence.query.account.clone(), evidence.query.region.clone());
        let Some(at) = evidence.at else { continue };
        match &evidence.body {
            Body::CloudTrailRecord(_) => {
                let coverage = found.entry(place).or_default();
                coverage.first = Some(coverage.first.map_or(at, |first| first.min(at)));
                coverage.last = Some(coverage.last.map_or(at, |last| last.max(at)));
            }
            Body::Call(_) if evidence.query.operation == "LookupEvents" => {
                let coverage = found.entry(place).or_default();
                coverage.asked = coverage.asked.max(Some(at));
            }
            _ => {}
        }
    }
    found
}

fn doubts(case: &CaseFile, problems: Vec<(EvidenceId, String)>) -> Vec<Doubt> {
    let unread = problems.into_iter().map(|(id, text)| Doubt { evidence: Some(id), text });
    let stale = case.gaps.iter().filter_map(|gap| {
        let (query, failed) = (gap.query.as_ref()?, gap.at?);
        let same =
            case.evidence.iter().filter(|evidence| evidence.query == *query && evidence.at < Some(failed));
        let last = same.max_by_key(|evidence| (evidence.at, evidence.id()))?;
        let text = format!(
            "{} {} in {} {} failed at {failed}; what it told at {} is used",
            query.service, query.operation, query.account, query.region, last.at?
        );
        Some(Doubt { evidence: Some(last.id()), text })
    });
    let mut doubts: Vec<_> = unread.chain(stale).collect();
    doubts.sort_unstable();
    doubts.dedup();
    doubts
}
