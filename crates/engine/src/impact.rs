//! Impact: what is broken now, what the alert is about, and which acts broke it.

use crate::act::Act;
use crate::names;
use crate::party::{Owner, Party};
use crate::probe::{Basis, Destination, INTERNET, INTERNET_V6, Probe, is_logged_by, is_stream_of};
use crate::symptom::Symptom;
use butfor_incident::{Affected, Grade, Timestamp};
use butfor_network::{Disposition, Missing, Place, Trace};
use butfor_world::{Delta, State, World};
use std::collections::{BTreeMap, BTreeSet};

/// Acts considered for one flow at the most; the latest ones.
const ACTS_MAX: usize = 64;

/// Clocks of hosts and of CloudTrail differ by seconds, and CloudTrail dates a call by its second.
const LOG_TOLERANCE_SECONDS: i64 = 30;

/// How many services deep an alert may lie behind its cause.
const DEPENDENCY_DEPTH_MAX: usize = 3;

/// How strongly an alert is tied to one end of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tie {
    /// Nothing ties them.
    None,
    /// The names have words in common that others do not have.
    Name,
    /// Something tied uses it.
    Dependency,
    /// Its logs were collected for this incident, without a failure in them.
    Log,
    /// The alert's dimensions or its failing log lines name it.
    Direct,
}

/// A probe that is refused now.
pub(crate) struct Broken {
    pub probe: Probe,
    pub trace: Trace,
    pub tie: Tie,
    /// The acts whose undoing restores it: all of them together are needed, none can be left out.
    pub acts: Vec<usize>,
    /// Other acts each of which would restore it alone, but after which it still worked.
    pub alternatives: Vec<usize>,
    /// Acts that would restore it but came after it began to fail: they made it worse, they did not cause it.
    pub late: Vec<usize>,
    /// Acts without which nothing seen refuses it, while not all of its way was described: they may be the cause.
    pub possible: Vec<usize>,
    /// What was not described of the way without them.
    pub unseen: Vec<Missing>,
}

impl Broken {
    /// Acts whose undoing leaves a walk nobody can finish for want of documents.
    fn look_for_possible(&mut self, undoing: &mut Undoing<'_>, candidates: &[usize], timely: &[usize]) {
        let mut loosens = |index: &usize| {
            let trace = undoing.without(&[*index]).network().trace(&self.probe.flow);
            // Where an end of the flow itself was never described, its walk says nothing about the act.
            let has_ends = trace.missing.iter().all(|one| one.kind != "AWS::EC2::NetworkInterface");
            let is_open = trace.disposition == Disposition::Unknown && has_ends;
            self.unseen.extend(trace.missing.into_iter().filter(|_| is_open));
            is_open
        };
        self.possible = timely.iter().copied().filter(&mut loosens).collect();
        if self.possible.is_empty() {
            self.late = candidates.iter().copied().filter(&mut loosens).collect();
        }
    }

    /// Whether the only thing wrong is that nothing has the address any more.
    pub(crate) fn goes_to_nobody(&self) -> bool {
        matches!(self.probe.flow.to, Place::Address(address) if address != INTERNET && address != INTERNET_V6)
            && self.trace.blockers.iter().all(|blocker| blocker.code == "NO_POSSIBLE_DESTINATION")
    }
}

/// Everything asked of the model.
pub(crate) struct Impact {
    pub broken: Vec<Broken>,
    pub working: Vec<(Probe, Trace)>,
    /// Documents are missing to decide.
    pub undecided: Vec<(Probe, Trace, Tie)>,
}

/// Ties of every party to the alerts, by interface id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ties {
    /// As the one whose connections fail.
    client: BTreeMap<String, Tie>,
    /// As the one that is not reached.
    server: BTreeMap<String, Tie>,
    /// Workloads: anybody may be meant to reach them, so as servers they count only for flows somebody uses.
    workloads: BTreeSet<String>,
    /// Load balancers: what they do not reach is their own trouble.
    balancers: BTreeSet<String>,
    /// The logs of a tied client go on after the alarm and tell of no network failure.
    speaks_against: bool,
}

impl Ties {
    /// Reads ties from the alerts' dimensions, targets and words, and from logs.
    pub(crate) fn read(parties: &BTreeMap<String, Party>, symptom: &Symptom) -> Self {
        let ids = symptom.alert_ids();
        let targets = symptom.alert_targets();
        let all: Vec<&Party> = parties.values().collect();
        let words: Vec<BTreeSet<String>> = all.iter().map(|party| party.words.clone()).collect();
        let affinities = names::affinity(&symptom.alert_words(), &words);
        let best = affinities.iter().copied().fold(0.0, f64::max);
        let mut ties = Self::default();
        for (party, affinity) in all.into_iter().zip(affinities) {
            let named = party.ids.iter().any(|id| ids.contains(id))
                || ids.contains(&party.name)
                || targets.iter().any(|target| party.ids.contains(&target.host));
            // Within one part in a hundred of the best is as good as the best: sums of logarithms.
            let similar = affinity > 0.0 && affinity >= best * 0.99;
            let by_name = if similar { Tie::Name } else { Tie::None };
            let failing = symptom.logs.failures.iter().any(|failure| is_logged_by(party, failure));
            let logged =
                symptom.logs.streams.keys().any(|(group, stream)| is_stream_of(party, group, stream));
            let client = match (named || failing, logged) {
                (true, _) => Tie::Direct,
                (false, true) => Tie::Log,
                (false, false) => by_name,
            };
            match party.owner {
                Owner::Workload => drop(ties.workloads.insert(party.interface.clone())),
                Owner::LoadBalancer => drop(ties.balancers.insert(party.interface.clone())),
                _ => {}
            }
            ties.speaks_against |= client >= Tie::Log && logs_go_on(party, symptom);
            ties.client.insert(party.interface.clone(), client);
            ties.server.insert(party.interface.clone(), if named { Tie::Direct } else { by_name });
        }
        ties
    }

    /// The tie of a flow: its client's, or its server's where an alert names the server itself.
    pub(crate) fn of(&self, probe: &Probe) -> Tie {
        let client = probe.from.as_ref().and_then(|id| self.client.get(id)).copied().unwrap_or(Tie::None);
        let is_served = |id: &String| {
            !self.workloads.contains(id)
                || probe.ground.basis != Basis::Provided
                || probe.from.as_ref().is_some_and(|client| self.balancers.contains(client))
        };
        let server = match &probe.to {
            Destination::Party(id) if is_served(id) => self.server.get(id).copied().unwrap_or(Tie::None),
            _ => Tie::None,
        };
        client.max(server)
    }

    /// Whether the alerts are tied to anything.
    pub(crate) fn any(&self) -> bool {
        self.client.values().chain(self.server.values()).any(|tie| *tie > Tie::None)
    }

    /// Ties what a tied client uses, over flows that work: a caller's alert may be about its callee's fault.
    fn add_dependencies(&mut self, working: &[(Probe, Trace)]) {
        for _ in 0..DEPENDENCY_DEPTH_MAX {
            let mut reached = Vec::new();
            for (probe, _) in working {
                if let (Some(client), Destination::Party(server)) = (&probe.from, &probe.to)
                    && self.client.get(client).is_some_and(|tie| *tie > Tie::None)
                    && self.client.get(server).is_none_or(|tie| *tie == Tie::None)
                {
                    reached.push(server.clone());
                }
            }
            if reached.is_empty() {
                return;
            }
            self.client.extend(reached.into_iter().map(|server| (server, Tie::Dependency)));
        }
    }
}

/// Whether a party's logs go on after the alarm without any network failure in them.
fn logs_go_on(party: &Party, symptom: &Symptom) -> bool {
    let Some(alarm_at) = symptom.alarm_at() else { return false };
    let mut streams = symptom.logs.streams.iter();
    streams.any(|((group, stream), last)| *last > alarm_at && is_stream_of(party, group, stream))
        && !symptom.network_failures().any(|failure| is_logged_by(party, failure))
}

/// Worlds with acts undone, computed once each.
pub(crate) struct Undoing<'a> {
    now: &'a World,
    acts: &'a [Act],
    worlds: BTreeMap<Vec<usize>, World>,
}

impl<'a> Undoing<'a> {
    pub(crate) fn new(now: &'a World, acts: &'a [Act]) -> Self {
        Self { now, acts, worlds: BTreeMap::new() }
    }

    /// The world of now with these acts undone, the latest first.
    pub(crate) fn without(&mut self, acts: &[usize]) -> &World {
        let mut key = acts.to_vec();
        key.sort_unstable();
        let (now, all) = (self.now, self.acts);
        self.worlds.entry(key.clone()).or_insert_with(|| {
            let edits = key
                .iter()
                .rev()
                .filter_map(|index| all.get(*index))
                .flat_map(|act| act.delta.inverse().edits);
            now.with(&Delta { edits: edits.collect() })
        })
    }
}

/// Traces every probe in the world of now and finds, for each refused one, the acts whose undoing restores it.
pub(crate) fn assess(
    now: &World,
    acts: &[Act],
    probes: Vec<Probe>,
    ties: &mut Ties,
    alarm_at: Option<Timestamp>,
) -> Impact {
    let network = now.network();
    let mut impact = Impact { broken: Vec::new(), working: Vec::new(), undecided: Vec::new() };
    let candidates = candidates(now, acts);
    let mut undoing = Undoing::new(now, acts);
    let traced: Vec<(Probe, Trace)> =
        probes.into_iter().map(|probe| (probe.clone(), network.trace(&probe.flow))).collect();
    let working: Vec<(Probe, Trace)> =
        traced.iter().filter(|(_, trace)| trace.disposition == Disposition::Delivered).cloned().collect();
    ties.add_dependencies(&working);
    for (probe, trace) in traced {
        let tie = ties.of(&probe);
        match trace.disposition {
            Disposition::Delivered => impact.working.push((probe, trace)),
            Disposition::Unknown => impact.undecided.push((probe, trace, tie)),
            Disposition::Blocked => {
                let (late, timely): (Vec<usize>, Vec<usize>) = candidates
                    .iter()
                    .partition(|index| acts.get(**index).is_some_and(|act| is_late(act, &probe, alarm_at)));
                let mut delivers =
                    |world: &World| world.network().trace(&probe.flow).disposition == Disposition::Delivered;
                let (found, alternatives) = restoring(&mut undoing, &timely, &mut delivers);
                let late = if found.is_empty() && !late.is_empty() {
                    restoring(&mut undoing, &candidates, &mut delivers).0
                } else {
                    Vec::new()
                };
                let mut broken = Broken {
                    probe,
                    trace,
                    tie,
                    acts: found,
                    alternatives,
                    late,
                    possible: Vec::new(),
                    unseen: Vec::new(),
                };
                if broken.acts.is_empty() && broken.late.is_empty() {
                    broken.look_for_possible(&mut undoing, &candidates, &timely);
                }
                impact.broken.push(broken);
            }
        }
    }
    impact
}

/// Kinds that flows and requests start or end at. To undo that one was made takes away what was asked about: it never explains a failure,
/// and as a fix it would delete it.
const ENDS: &[&str] = &[
    "AWS::EC2::Instance",
    "AWS::EC2::NetworkInterface",
    "AWS::RDS::DBInstance",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::Lambda::Function",
    "AWS::IAM::Role",
    "AWS::IAM::User",
    "AWS::IAM::InstanceProfile",
    "AWS::DynamoDB::Table",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::SNS::Topic",
    "AWS::KMS::Key",
    "AWS::SecretsManager::Secret",
];

/// Whether an act made something that flows and requests start or end at.
fn makes_an_end(act: &Act) -> bool {
    act.delta.edits.iter().any(|edit| {
        edit.facet.member.is_empty()
            && edit.before == State::Absent
            && edit.after != State::Absent
            && ENDS.contains(&edit.resource.kind.as_str())
    })
}

/// Acts that the world still shows, with known former states.
pub(crate) fn candidates(now: &World, acts: &[Act]) -> Vec<usize> {
    let possible = acts
        .iter()
        .enumerate()
        .filter(|(_, act)| act.is_in_effect(now) && act.delta.inverse().is_known() && !makes_an_end(act));
    let all: Vec<usize> = possible.map(|(index, _)| index).collect();
    let skip = all.len().saturating_sub(ACTS_MAX);
    all.into_iter().skip(skip).collect()
}

/// Whether an act may have begun by a moment.
pub(crate) fn begins_by(act: &Act, moment: Timestamp) -> bool {
    use butfor_world::When;
    match act.begin {
        When::At(at) => at <= moment,
        // It happened somewhere in the interval: its earlier bound decides.
        When::Between(earlier, _) => earlier <= moment,
    }
}

/// Whether an act came after the trouble: after the alarm, or after the application began to log that the flow fails.
fn is_late(act: &Act, probe: &Probe, alarm_at: Option<Timestamp>) -> bool {
    let logged = probe.ground.failing_since.map(|since| since.plus_seconds(LOG_TOLERANCE_SECONDS));
    [alarm_at, logged].into_iter().flatten().any(|since| !begins_by(act, since))
}

/// The acts to undo so that something works again, and alternatives. `works` asks a world whether it does: whether a flow is
/// delivered, whether a request is allowed.
///
/// Acts are in order of time. Of several acts each of which restores it alone, the cause is the last one: it still worked
/// after the others. Where none does alone, all are undone together and then put back one by one as long as it stays
/// restored; what remains is needed, every one of it.
pub(crate) fn restoring(
    undoing: &mut Undoing<'_>,
    candidates: &[usize],
    works: &mut dyn FnMut(&World) -> bool,
) -> (Vec<usize>, Vec<usize>) {
    let mut singles: Vec<usize> =
        candidates.iter().copied().filter(|index| works(undoing.without(&[*index]))).collect();
    if let Some(last) = singles.pop() {
        return (vec![last], singles);
    }
    if candidates.len() < 2 || !works(undoing.without(candidates)) {
        return (Vec::new(), Vec::new());
    }
    let mut needed = candidates.to_vec();
    for index in candidates {
        let fewer: Vec<usize> = needed.iter().copied().filter(|other| other != index).collect();
        if works(undoing.without(&fewer)) {
            needed = fewer;
        }
    }
    (needed, Vec::new())
}

/// A flow that was refused, or a request that was denied, for a while and that works again.
pub(crate) struct Recovered {
    pub what: Affected,
    /// How strongly the alerts are tied to it.
    pub tie: Tie,
    /// How sure it is that the one act broke it and the other undid it.
    pub grade: Grade,
    pub broken_by: usize,
    pub undone_by: usize,
    pub from: Timestamp,
    pub until: Timestamp,
}

/// The world before the first act since a moment, and the worlds after each.
pub(crate) struct Course {
    start: World,
    after: Vec<(usize, Timestamp, World)>,
}

impl Course {
    /// Acts are undone one after the other, the latest first, so that those of one second are told apart.
    pub(crate) fn read(now: &World, acts: &[Act], since: Timestamp) -> Self {
        let mut after = Vec::new();
        let mut world = now.clone();
        for (index, act) in acts.iter().enumerate().rev().filter(|(_, act)| act.at() >= since) {
            let before = world.with(&act.delta.inverse());
            after.push((index, act.at(), std::mem::replace(&mut world, before)));
        }
        after.reverse();
        Self { start: world, after }
    }

    /// The act after which something failed and the act after which it worked again. `works` tells whether it does in a
    /// world, where the world tells. What did not work before was not interrupted: it was new.
    pub(crate) fn interruption(
        &self,
        works: &dyn Fn(&World) -> Option<bool>,
    ) -> Option<((usize, Timestamp), (usize, Timestamp))> {
        let mut worked = works(&self.start) == Some(true);
        let mut broken = None;
        for (act, at, world) in &self.after {
            match (works(world), broken) {
                (Some(true), Some(broken)) => return Some((broken, (*act, *at))),
                (Some(true), None) => worked = true,
                (Some(false), None) if worked => broken = Some((*act, *at)),
                _ => {}
            }
        }
        None
    }
}

impl Impact {
    /// Single addresses of the internet say nothing more where the internet as such is refused for the same reason.
    fn drop_repeated_outside(&self, found: &mut Vec<usize>) {
        let refused: BTreeSet<(Option<&String>, &[usize])> = found
            .iter()
            .filter_map(|index| self.broken.get(*index))
            .filter(|broken| matches!(broken.probe.to, Destination::Internet | Destination::InternetV6))
            .map(|broken| (broken.probe.from.as_ref(), broken.acts.as_slice()))
            .collect();
        found.retain(|index| {
            self.broken.get(*index).is_none_or(|broken| {
                !matches!(broken.probe.to, Destination::Address(_))
                    || !refused.contains(&(broken.probe.from.as_ref(), broken.acts.as_slice()))
            })
        });
    }

    /// Indexes of the refused flows the alerts are about: those with the strongest tie, among flows that a known act broke
    /// or that somebody saw failing; within them, flows seen failing or in use before flows that are only provided for.
    ///
    /// Where the alerts are tied to something, flows of everything else are not theirs, however broken they are.
    pub(crate) fn relevant(&self, ties: &Ties) -> Vec<usize> {
        let eligible = |broken: &Broken| !broken.acts.is_empty() || broken.probe.ground.is_seen_failing();
        let mut found: Vec<usize> = (0..self.broken.len()).collect();
        found.retain(|index| self.broken.get(*index).is_some_and(eligible));
        let tie = |index: &usize| self.broken.get(*index).map_or(Tie::None, |broken| broken.tie);
        let strongest = found.iter().map(tie).max().unwrap_or(Tie::None);
        let is_tied_elsewhere = strongest == Tie::None && ties.any();
        if is_tied_elsewhere {
            return Vec::new();
        }
        found.retain(|index| tie(index) == strongest);
        let is_seen = |index: &usize| {
            self.broken.get(*index).is_some_and(|broken| broken.probe.ground.basis != Basis::Provided)
        };
        if found.iter().any(is_seen) {
            found.retain(is_seen);
        } else if ties.speaks_against {
            // The application is heard and tells of no time-out: a flow nobody is seen using is not its trouble.
            return Vec::new();
        }
        // An address nobody has any more says nothing by itself where another flow tells what became of it.
        let is_nobodys = |index: &usize| self.broken.get(*index).is_some_and(Broken::goes_to_nobody);
        if found.iter().any(|index| !is_nobodys(index)) {
            found.retain(|index| !is_nobodys(index));
        }
        self.drop_repeated_outside(&mut found);
        found
    }
}
