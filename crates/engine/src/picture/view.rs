//! What a picture is drawn from: the scene, what was concluded, and the worlds in which the changes are undone.

use super::owners::Owners;
use crate::access::Denied;
use crate::hypothesis::Hypothesis;
use crate::impact::{Broken, Tie};
use crate::probe::Probe;
use crate::scene::Scene;
use crate::verdict::Concluded;
use butfor_incident::Outcome;
use butfor_network::Trace;
use butfor_world::{Delta, Resource, ResourceKey, World};
use std::collections::BTreeSet;

/// Everything the parts of a picture look at.
pub(super) struct View<'v, 'c> {
    pub scene: &'v Scene<'c>,
    pub concluded: &'v Concluded,
    pub owners: Owners,
    /// For each hypothesis the world with its changes undone; `None` where nobody is known to have changed anything.
    undone: Vec<Option<World>>,
    /// All changes undone: where what they removed can be looked up.
    before: World,
    /// Refused flows, each with the hypothesis that explains it.
    flows: Vec<(usize, Option<usize>)>,
    /// Denied requests, each with the hypothesis that explains it.
    asks: Vec<(usize, Option<usize>)>,
}

impl<'v, 'c> View<'v, 'c> {
    pub(super) fn read(scene: &'v Scene<'c>, concluded: &'v Concluded) -> Self {
        let hypotheses = &concluded.hypotheses;
        let undone =
            hypotheses.iter().map(|one| undoing(scene, one)).map(|delta| Some(scene.now().with(&delta?)));
        let before = scene.now().with(&all_undone(scene, concluded));
        let owners = Owners::read(&[&before, scene.now()], &scene.parties);
        let flows: Vec<_> = (0..).zip(hypotheses).map(|(by, one)| (one.flows.clone(), by)).collect();
        let asks: Vec<_> = (0..).zip(hypotheses).map(|(by, one)| (one.asks.clone(), by)).collect();
        let is_flow_seen = |index: usize| {
            scene.impact.broken.get(index).is_some_and(|one| one.probe.ground.is_seen_failing())
        };
        let is_ask_seen =
            |index: usize| scene.access.denied.get(index).is_some_and(|one| one.ask.ground.is_seen_failing());
        Self {
            undone: undone.collect(),
            before,
            owners,
            flows: asked(&flows, &unexplained_flows(scene, hypotheses), &is_flow_seen),
            asks: asked(&asks, &unexplained_asks(scene, hypotheses), &is_ask_seen),
            scene,
            concluded,
        }
    }

    pub(super) fn now(&self) -> &World {
        self.scene.now()
    }

    /// A resource as it is, or as it was where a change removed it.
    pub(super) fn resource(&self, key: &ResourceKey) -> Option<&Resource> {
        self.now().get(key).or_else(|| self.before.get(key))
    }

    /// A world that has a resource, or else the one of now.
    pub(super) fn world_with(&self, key: &ResourceKey) -> &World {
        if self.now().get(key).is_none() && self.before.get(key).is_some() {
            &self.before
        } else {
            self.now()
        }
    }

    /// The id of a resource's node: unique among all kinds.
    pub(super) fn id_of(&self, key: &ResourceKey) -> String {
        if key.kind.starts_with("AWS::EC2::") || key.id.starts_with("arn:") {
            return key.id.clone();
        }
        self.resource(key).and_then(Resource::arn).unwrap_or_else(|| key.id.clone())
    }

    /// What people call a resource.
    pub(super) fn label_of(&self, key: &ResourceKey) -> String {
        let name = self.resource(key).and_then(Resource::name);
        super::clipped(&name.unwrap_or_else(|| short(&key.id).to_owned()))
    }

    /// The world in which the changes of a hypothesis are undone.
    pub(super) fn undone(&self, hypothesis: Option<usize>) -> Option<&World> {
        self.undone.get(hypothesis?)?.as_ref()
    }

    /// Refused flows that matter, those that causes explain first; with the number of the hypothesis.
    pub(super) fn refused(&self) -> impl Iterator<Item = (&'v Broken, Option<usize>)> {
        let scene = self.scene;
        self.flows.iter().filter_map(move |(index, by)| Some((scene.impact.broken.get(*index)?, *by)))
    }

    /// Denied requests that matter, those that causes explain first; with the number of the hypothesis.
    pub(super) fn denied(&self) -> impl Iterator<Item = (&'v Denied, Option<usize>)> {
        let scene = self.scene;
        self.asks.iter().filter_map(move |(index, by)| Some((scene.access.denied.get(*index)?, *by)))
    }

    /// Flows that somebody saw failing and that the model cannot decide.
    pub(super) fn undecided(&self) -> impl Iterator<Item = (&'v Probe, &'v Trace)> {
        let undecided = self.scene.impact.undecided.iter();
        undecided
            .filter(|(probe, _, tie)| *tie > Tie::None && probe.ground.is_seen_failing())
            .map(|(probe, trace, _)| (probe, trace))
    }

    /// Whether a root cause is known and still in effect.
    pub(super) fn has_cause(&self) -> bool {
        self.concluded.assessment.verdict.outcome == Outcome::RootCause
    }
}

/// What undoes a hypothesis and all that must be undone with it, the latest first; `None` where no act is known.
fn undoing(scene: &Scene<'_>, hypothesis: &Hypothesis) -> Option<Delta> {
    let own = hypothesis.act?;
    let acts: BTreeSet<usize> = hypothesis.together.iter().copied().chain([own]).collect();
    let mut edits = Vec::new();
    for index in acts.into_iter().rev() {
        // The hypothesis knows its own former state better, where it had to be found.
        edits.extend(match scene.acts.get(index) {
            _ if index == own => hypothesis.fault.inverse().edits,
            Some(act) => act.delta.inverse().edits,
            None => Vec::new(),
        });
    }
    (!edits.is_empty()).then_some(Delta { edits })
}

fn all_undone(scene: &Scene<'_>, concluded: &Concluded) -> Delta {
    let undoing = concluded.hypotheses.iter().rev().filter_map(|one| undoing(scene, one));
    Delta { edits: undoing.flat_map(|delta| delta.edits).collect() }
}

/// Refused flows the alerts are about, unless the logs deny the network or the cause is of another kind.
fn unexplained_flows(scene: &Scene<'_>, hypotheses: &[Hypothesis]) -> Vec<usize> {
    let is_asked = hypotheses.is_empty() || hypotheses.iter().any(|one| !one.flows.is_empty());
    if is_asked && !scene.symptom.excludes_network() { scene.flows.clone() } else { Vec::new() }
}

/// The same for denied requests.
fn unexplained_asks(scene: &Scene<'_>, hypotheses: &[Hypothesis]) -> Vec<usize> {
    let is_asked = hypotheses.is_empty() || hypotheses.iter().any(|one| !one.asks.is_empty());
    if is_asked { scene.asks.clone() } else { Vec::new() }
}

/// Each once: the first of every hypothesis, the others of all hypotheses, then the rest; what somebody saw failing comes before what
/// is only provided for.
fn asked(
    of: &[(Vec<usize>, usize)],
    rest: &[usize],
    is_seen: &dyn Fn(usize) -> bool,
) -> Vec<(usize, Option<usize>)> {
    let sorted = |own: &[usize]| {
        let mut own = own.to_vec();
        own.sort_by_key(|index| !is_seen(*index));
        own
    };
    let of: Vec<(Vec<usize>, usize)> = of.iter().map(|(own, by)| (sorted(own), *by)).collect();
    let firsts = of.iter().filter_map(|(own, by)| Some((*own.first()?, Some(*by))));
    let others = of.iter().flat_map(|(own, by)| own.iter().map(move |index| (*index, Some(*by))));
    let rest = sorted(rest).into_iter().map(|index| (index, None));
    let mut seen = BTreeSet::new();
    firsts.chain(others).chain(rest).filter(|(index, _)| seen.insert(*index)).collect()
}

/// The last part of an ARN; other ids as they are.
pub(super) fn short(id: &str) -> &str {
    if id.starts_with("arn:") { id.rsplit([':', '/']).next().unwrap_or(id) } else { id }
}
