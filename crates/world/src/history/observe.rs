//! Observations: answers of describe calls, put together over their pages and ordered by time.

use super::config_items;
use butfor_incident::{Body, CaseFile, Evidence, EvidenceId, Timestamp};
use butfor_network::describe::{
    Answer, Document, Fragment, Listing, Origin, Part, Piece, compose, fragments,
};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Services whose answers describe resources of the network, who may do what, or what is configured. An empty one is a plain file.
const SERVICES: &[&str] = &[
    "",
    "ec2",
    "elbv2",
    "elb",
    "rds",
    "lambda",
    "eks",
    "network-firewall",
    "directconnect",
    "cloudwatch",
    "iam",
    "s3",
    "s3api",
    "kms",
    "sqs",
    "sns",
    "secretsmanager",
    "dynamodb",
    "organizations",
    "apigateway",
    "apigatewayv2",
    "ecs",
    "autoscaling",
];

const KEY: &str = "AWS::KMS::Key";
const ALIAS: &str = "AWS::KMS::Alias";

/// Longest pause between two pages of one answer.
const PAGE_PAUSE_SECONDS_MAX: i64 = 300;

/// Calls of one snapshot are this close together: the same thing asked twice with different parameters (static routes,
/// then propagated ones) adds up instead of replacing.
const SNAPSHOT_SECONDS_MAX: i64 = 300;

/// One call at one time, with all its pages.
#[derive(Debug)]
pub(super) struct Observation<'a> {
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    pub(super) operation: &'a str,
    parameters: &'a str,
    pub(super) at: Timestamp,
    /// Kinds it lists completely.
    pub(super) listed: BTreeSet<&'static str>,
    /// Kinds it tells about.
    pub(super) kinds: BTreeSet<&'static str>,
    /// Evidence of its first page.
    pub(super) evidence: EvidenceId,
}

/// A fragment and the observation it was seen in.
#[derive(Debug, Clone)]
pub(super) struct Seen<'a> {
    /// Index of the observation.
    pub(super) observation: usize,
    pub(super) piece: Piece<'a>,
}

/// Every observation and every fragment of a case.
#[derive(Debug, Default)]
pub(super) struct Observations<'a> {
    /// By time.
    pub(super) all: Vec<Observation<'a>>,
    /// Fragments by kind and id, then by observation.
    pub(super) resources: BTreeMap<(&'static str, String), Vec<Seen<'a>>>,
    /// Evidence of each origin, by number.
    pub(super) evidence: Vec<EvidenceId>,
    /// Observations that list a kind completely, by time.
    listings: BTreeMap<(&'a str, &'a str, &'static str), Vec<usize>>,
    /// What could not be used.
    pub(super) problems: Vec<(EvidenceId, String)>,
}

struct Page<'a> {
    evidence: &'a Evidence,
    at: Timestamp,
    origin: Origin,
    answer: Answer<'a>,
}

/// Account, region, service, operation, parameters.
type Lane<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str);

impl<'a> Observations<'a> {
    pub(super) fn read(case: &'a CaseFile) -> Self {
        let mut found = Self::default();
        let mut lanes: BTreeMap<Lane<'a>, Vec<Page<'a>>> = BTreeMap::new();
        for (at, evidence) in calls(case) {
            let query = &evidence.query;
            let operation = Some(query.operation.as_str()).filter(|name| !name.is_empty());
            match fragments(operation, &query.parameters, evidence.body.text()) {
                Ok(answer) => {
                    let origin = Origin(u32::try_from(found.evidence.len()).unwrap_or(u32::MAX));
                    found.evidence.push(evidence.id());
                    found
                        .problems
                        .extend(answer.problems.iter().map(|problem| (evidence.id(), problem.to_string())));
                    let lane = (
                        query.account.as_str(),
                        query.region.as_str(),
                        query.service.as_str(),
                        query.operation.as_str(),
                        query.parameters.as_ref(),
                    );
                    lanes.entry(lane).or_default().push(Page { evidence, at, origin, answer });
                }
                Err(error) => found.problems.push((evidence.id(), error.to_string())),
            }
        }
        let mut observations: Vec<(Observation<'a>, Vec<Page<'a>>)> =
            lanes.into_iter().flat_map(|(lane, pages)| observations(lane, pages)).collect();
        observations.extend(found.recorded(case));
        observations.sort_by_key(|(observation, _)| (observation.at, observation.evidence));
        for (observation, pages) in observations {
            found.add(observation, pages);
        }
        found.resolve_aliases();
        found
    }

    /// What AWS Config recorded: of each item an observation at the moment it was captured.
    fn recorded(&mut self, case: &'a CaseFile) -> Vec<(Observation<'a>, Vec<Page<'a>>)> {
        let mut all = Vec::new();
        for evidence in &case.evidence {
            if evidence.query.service != "configservice"
                || evidence.query.operation != config_items::OPERATION
            {
                continue;
            }
            let (items, problems) = config_items::read(evidence);
            self.problems.extend(problems.into_iter().map(|problem| (evidence.id(), problem)));
            let origin = Origin(u32::try_from(self.evidence.len()).unwrap_or(u32::MAX));
            self.evidence.push(evidence.id());
            for config_items::Item { at, fragment } in items {
                let observation = Observation {
                    account: &evidence.query.account,
                    region: &evidence.query.region,
                    operation: config_items::OPERATION,
                    parameters: &evidence.query.parameters,
                    at,
                    listed: BTreeSet::new(),
                    kinds: BTreeSet::from([fragment.kind]),
                    evidence: evidence.id(),
                };
                let answer = Answer { fragments: vec![fragment], ..Answer::default() };
                all.push((observation, vec![Page { evidence, at, origin, answer }]));
            }
        }
        all
    }

    /// What was asked about a key by its alias is told of the key.
    fn resolve_aliases(&mut self) {
        let is_alias = |(kind, id): &(&str, String)| *kind == KEY && id.contains(":alias/");
        let asked: Vec<_> = self.resources.keys().filter(|key| is_alias(key)).cloned().collect();
        for name in asked {
            let Some(key) = self.key_of_alias(&name.1) else { continue };
            let Some(told) = self.resources.remove(&name) else { continue };
            let seen = self.resources.entry((KEY, key.clone())).or_default();
            seen.extend(told.into_iter().map(|mut one| {
                one.piece.fragment.id.clone_from(&key);
                one
            }));
            seen.sort_by_key(|one| one.observation);
        }
    }

    /// The key an alias stood for when it was last listed.
    fn key_of_alias(&self, alias: &str) -> Option<String> {
        let seen = self.resources.get(&(ALIAS, alias.to_owned()))?;
        let last = seen.iter().rfind(|one| one.piece.fragment.part.is_object())?;
        let target = value(&last.piece.fragment).get("TargetKeyId")?.as_str()?.to_owned();
        // arn:PARTITION:kms:REGION:ACCOUNT:alias/NAME
        let (place, _) = alias.split_once(":alias/")?;
        Some(format!("{place}:key/{target}"))
    }

    fn add(&mut self, observation: Observation<'a>, pages: Vec<Page<'a>>) {
        let index = self.all.len();
        let (account, region) = (observation.account, observation.region);
        for kind in &observation.listed {
            self.listings.entry((account, region, kind)).or_default().push(index);
        }
        for page in pages {
            for fragment in page.answer.fragments {
                let piece = Piece { fragment, account, region, origin: page.origin }.completed();
                let key = (piece.fragment.kind, piece.fragment.id.clone());
                self.resources.entry(key).or_default().push(Seen { observation: index, piece });
            }
        }
        self.all.push(observation);
    }

    pub(super) fn observation(&self, seen: &Seen<'_>) -> Option<&Observation<'a>> {
        self.all.get(seen.observation)
    }

    pub(super) fn at(&self, seen: &Seen<'_>) -> Timestamp {
        self.observation(seen).map_or(Timestamp::from_millis(i64::MIN), |observation| observation.at)
    }

    /// Complete listings of a kind where a fragment was seen, by time.
    pub(super) fn listings<'s>(
        &'s self,
        account: &'s str,
        region: &'s str,
        kind: &'static str,
    ) -> impl Iterator<Item = (usize, &'s Observation<'a>)> {
        let indices = self.listings.get(&(account, region, kind)).into_iter().flatten();
        indices.filter_map(|index| Some((*index, self.all.get(*index)?)))
    }

    /// Kinds that are listed completely.
    pub(super) fn listed(&self) -> BTreeSet<Listing> {
        let listing = |(account, region, kind): &(&str, &str, &'static str)| Listing {
            account: (*account).to_owned(),
            region: (*region).to_owned(),
            kind,
        };
        self.listings.keys().map(listing).collect()
    }

    /// The resources as last observed.
    pub(super) fn latest(&self) -> Vec<Document> {
        compose(self.resources.iter().flat_map(|((kind, _), seen)| self.current(kind, seen)))
    }

    /// One resource as it was observed up to a moment, whether or not it is still there.
    pub(super) fn document(&self, seen: &[Seen<'a>], until: Timestamp) -> Option<Document> {
        let described = self.described(seen);
        let seen = if described.iter().any(|one| self.at(one) <= until) { &described } else { seen };
        let pieces = self.last_of_each(seen, Some(until)).into_iter().map(|seen| seen.piece.clone());
        compose(pieces).into_iter().next()
    }

    /// Without what Config recorded: an old item is no addition to a newer description.
    fn described<'s>(&self, seen: &'s [Seen<'a>]) -> Cow<'s, [Seen<'a>]> {
        let is_recorded =
            |one: &Seen<'a>| self.observation(one).is_some_and(|it| it.operation == config_items::OPERATION);
        if !seen.iter().any(is_recorded) {
            return Cow::Borrowed(seen);
        }
        seen.iter().filter(|one| !is_recorded(one)).cloned().collect()
    }

    /// The pieces of a resource that hold now: of each call its latest observation, unless a later listing no longer has
    /// the resource.
    fn current(&self, kind: &'static str, seen: &[Seen<'a>]) -> Vec<Piece<'a>> {
        let seen = &self.described(seen);
        let (objects, members): (Vec<_>, Vec<_>) =
            self.last_of_each(seen, None).into_iter().partition(|seen| seen.piece.fragment.part.is_object());
        let had_object = !objects.is_empty();
        let objects: Vec<_> = objects.into_iter().filter(|last| !self.is_gone(kind, seen, last)).collect();
        if had_object && objects.is_empty() {
            return Vec::new();
        }
        objects.into_iter().chain(members).map(|seen| seen.piece.clone()).collect()
    }

    /// Whether a listing after this sighting no longer has the resource. Interfaces inside instances give way to any
    /// listing of interfaces.
    fn is_gone(&self, kind: &'static str, all: &[Seen<'a>], last: &Seen<'a>) -> bool {
        let mut listings = self.listings(last.piece.account, last.piece.region, kind);
        if last.piece.fragment.part == Part::Embedded {
            return listings.next().is_some();
        }
        listings
            .any(|(index, _)| index > last.observation && !all.iter().any(|seen| seen.observation == index))
    }

    /// Of each call the fragments of its last observation up to a moment.
    fn last_of_each<'s>(&self, seen: &'s [Seen<'a>], until: Option<Timestamp>) -> Vec<&'s Seen<'a>> {
        let mut calls: BTreeMap<_, Vec<&Seen<'a>>> = BTreeMap::new();
        for one in seen {
            let member = one.piece.fragment.member;
            // Rules by id are an index of their own.
            if member == Some(RULES) || until.is_some_and(|until| self.at(one) > until) {
                continue;
            }
            let observation = self.observation(one);
            let operation = observation.map_or("", |observation| observation.operation);
            // Files name no operation: what they list tells them apart.
            let listed = observation.filter(|_| operation.is_empty()).map(|observation| &observation.listed);
            let embedded = one.piece.fragment.part == Part::Embedded;
            let (operation, listed) = match one.piece.fragment.part {
                // Several operations tell these: the latest counts, whichever it is.
                Part::Value | Part::Listed => ("", None),
                // Each element has a call of its own.
                Part::Told | Part::Gone => {
                    (observation.map_or("", |observation| observation.parameters), None)
                }
                _ => (operation, listed),
            };
            let call = (one.piece.account, one.piece.region, operation, listed, embedded, member);
            calls.entry(call).or_default().push(one);
        }
        calls.into_values().flat_map(|fragments| self.last(fragments)).collect()
    }

    fn last<'s>(&self, fragments: Vec<&'s Seen<'a>>) -> Vec<&'s Seen<'a>> {
        let Some(last) = fragments.iter().max_by_key(|seen| seen.observation).copied() else {
            return fragments;
        };
        let parameters =
            |seen: &Seen<'_>| self.observation(seen).map_or("", |observation| observation.parameters);
        let from = self.at(last).plus_seconds(-SNAPSHOT_SECONDS_MAX);
        let adds = |seen: &Seen<'_>| {
            matches!(seen.piece.fragment.part, Part::Element | Part::Elements)
                && parameters(seen) != parameters(last)
                && self.at(seen) >= from
        };
        fragments.into_iter().filter(|seen| seen.observation == last.observation || adds(seen)).collect()
    }
}

/// Member of a security group that lists its rules with their ids (DescribeSecurityGroupRules).
pub(super) const RULES: &str = "SecurityGroupRules";

/// Answers to look at, by time.
fn calls(case: &CaseFile) -> Vec<(Timestamp, &Evidence)> {
    let mut calls: Vec<_> = case
        .evidence
        .iter()
        .filter(|evidence| matches!(evidence.body, Body::Call(_)))
        .filter(|evidence| SERVICES.contains(&evidence.query.service.as_str()))
        .filter(|evidence| {
            evidence.query.service != "cloudwatch" || evidence.query.operation == "DescribeAlarms"
        })
        // A file without a time describes the moment of the investigation.
        .map(|evidence| (evidence.at.unwrap_or(case.as_of), evidence))
        .collect();
    calls.sort_by_key(|(at, evidence)| (*at, evidence.id()));
    calls.dedup_by_key(|(at, evidence)| (*at, evidence.id()));
    calls
}

/// Puts the pages of one call together.
fn observations<'a>(lane: Lane<'a>, pages: Vec<Page<'a>>) -> Vec<(Observation<'a>, Vec<Page<'a>>)> {
    let mut found: Vec<Vec<Page<'a>>> = Vec::new();
    for page in pages {
        match found.last_mut() {
            Some(open) if continues(open, &page) => open.push(page),
            _ => found.push(vec![page]),
        }
    }
    found.into_iter().filter_map(|pages| Some((observation(lane, &pages)?, pages))).collect()
}

/// Whether a page belongs to the pages before it: their last one is still to come, or came within the same second.
fn continues(open: &[Page<'_>], page: &Page<'_>) -> bool {
    let pause = open.last().map_or(i64::MAX, |last| page.at.seconds_since(last.at));
    let unfinished = open.iter().all(|page| page.answer.continues);
    let several = page.answer.continues || open.iter().any(|page| page.answer.continues);
    let same_time = several && open.last().is_some_and(|last| last.at == page.at);
    (unfinished && pause <= PAGE_PAUSE_SECONDS_MAX) || same_time
}

fn observation<'a>(lane: Lane<'a>, pages: &[Page<'a>]) -> Option<Observation<'a>> {
    let (account, region, _, operation, parameters) = lane;
    let first = pages.first()?;
    let is_complete = pages.iter().any(|page| !page.answer.continues);
    let listed = pages.iter().flat_map(|page| page.answer.listed.iter().copied()).filter(|_| is_complete);
    Some(Observation {
        account,
        region,
        operation,
        parameters,
        at: first.at,
        listed: listed.collect(),
        kinds: pages
            .iter()
            .flat_map(|page| page.answer.fragments.iter().map(|fragment| fragment.kind))
            .collect(),
        evidence: first.evidence.id(),
    })
}

/// What a fragment says, as a document: the object, or an object with the one member.
pub(super) fn value(fragment: &Fragment<'_>) -> Value {
    let value: Value = serde_json::from_str(&fragment.json).unwrap_or_default();
    match fragment.member {
        None => value,
        Some(member) => {
            let value = match fragment.part {
                Part::Element | Part::Told => Value::Array(vec![value]),
                Part::Gone => Value::Array(Vec::new()),
                _ => value,
            };
            [(member.to_owned(), value)].into_iter().collect()
        }
    }
}
