//! Ways of packets, hop by hop: as it is, and with the changes undone.

use super::map::{INTERNET, ON_PREMISES};
use super::view::View;
use super::{clipped, digests, requests};
use crate::impact::Tie;
use crate::probe::{self, Basis, Destination, Probe};
use crate::ruled_out::kind_word;
use butfor_incident::EvidenceId;
use butfor_incident::picture::{Passage, Path, Step, Walk};
use butfor_network::describe::Origin;
use butfor_network::{Blocker, Component, Direction, Disposition, Hop, Missing, Trace};
use butfor_world::{ResourceKey, World};
use std::collections::BTreeSet;

/// Refused flows drawn at the most; those of each cause come first, and many clients of one server look the same.
const REFUSED_MAX: usize = 24;

/// Flows drawn at the most that nobody can decide.
const UNDECIDED_MAX: usize = 6;

/// Flows drawn at the most that work: what a broken one is compared with.
const WORKING_MAX: usize = 6;

/// Steps of a walk drawn at the most. The longest known ways, over a transit gateway and an inspection VPC, have some forty.
pub(super) const STEPS_MAX: usize = 96;

/// Missing documents named at the most.
const MISSING_MAX: usize = 12;

/// All ways: the refused first, then the undecided, then those that work.
pub(super) fn of(view: &View<'_, '_>) -> Vec<Path> {
    let refused = view.refused().map(|(broken, by)| {
        let before = view.undone(by).map(|world| walked(view, world, &broken.probe));
        path(view, &broken.probe, walk(view, &broken.trace), before)
    });
    let mut all = distinct(refused, REFUSED_MAX);
    all.extend(requests::refused(view));
    let undecided = view.undecided().map(|(probe, trace)| path(view, probe, walk(view, trace), None));
    all.extend(distinct(undecided, UNDECIDED_MAX));
    all.extend(distinct(working(view).into_iter(), WORKING_MAX));
    all.extend(requests::allowed(view));
    // A stable sort: within the refused, what the first cause explains stays first.
    all.sort_by_key(|path| match path.now.passage {
        Passage::Blocked => 0,
        Passage::Unknown => 1,
        Passage::Passes => 2,
    });
    all
}

/// Each path once, as many as may be.
pub(super) fn distinct(paths: impl Iterator<Item = Path>, max: usize) -> Vec<Path> {
    let mut all: Vec<Path> = Vec::new();
    for path in paths {
        if all.len() >= max {
            break;
        }
        if !all.contains(&path) {
            all.push(path);
        }
    }
    all
}

fn path(view: &View<'_, '_>, probe: &Probe, now: Walk, before: Option<Walk>) -> Path {
    Path {
        from: clipped(&view.scene.client_label(probe)),
        to: clipped(&view.scene.server_label(probe)),
        service: probe.flow.service(),
        now,
        before,
    }
}

/// Flows that work beside the refused ones: other clients of the same server, other servers of the same client; where nothing is
/// refused, those that work again, then those the alerts are about.
fn working(view: &View<'_, '_>) -> Vec<Path> {
    let scene = view.scene;
    let clients: BTreeSet<&Option<String>> = view.refused().map(|(broken, _)| &broken.probe.from).collect();
    let servers: BTreeSet<&Destination> = view.refused().map(|(broken, _)| &broken.probe.to).collect();
    let recovered: BTreeSet<_> = view.concluded.recoveries.iter().map(|one| &one.what).collect();
    let is_back =
        |probe: &Probe| !recovered.is_empty() && recovered.contains(&crate::cause::flow(scene, probe));
    let rank = |probe: &Probe| match (clients.contains(&probe.from), servers.contains(&probe.to)) {
        _ if is_back(probe) => Some(0),
        (_, true) => Some(1),
        (true, _) if probe.ground.basis != Basis::Provided => Some(2),
        (true, _) => Some(3),
        _ if clients.is_empty() && scene.ties.of(probe) > Tie::None => Some(4),
        _ => None,
    };
    let mut ranked: Vec<(usize, &Probe, &Trace)> =
        scene.impact.working.iter().filter_map(|(probe, trace)| Some((rank(probe)?, probe, trace))).collect();
    ranked.sort_by_key(|(rank, ..)| *rank);
    // More than are drawn, for some are the same.
    let first = ranked.into_iter().take(WORKING_MAX * 4);
    first.map(|(_, probe, trace)| path(view, probe, walk(view, trace), None)).collect()
}

/// A flow in another world.
fn walked(view: &View<'_, '_>, world: &World, probe: &Probe) -> Walk {
    walk(view, &world.network().trace(&probe.flow))
}

/// Both directions of a trace.
fn walk(view: &View<'_, '_>, trace: &Trace) -> Walk {
    let reply = trace.reply.as_ref().map(|reply| reply.hops.as_slice()).unwrap_or_default();
    let mut missing: Vec<String> = trace.missing.iter().map(missing).collect();
    missing.dedup();
    missing.truncate(MISSING_MAX);
    Walk {
        passage: passage(trace.disposition),
        forward: steps(view, &trace.forward.hops, &trace.blockers, Direction::Forward),
        reply: steps(view, reply, &trace.blockers, Direction::Return),
        missing: if trace.disposition == Disposition::Unknown { missing } else { Vec::new() },
    }
}

fn passage(disposition: Disposition) -> Passage {
    match disposition {
        Disposition::Delivered => Passage::Passes,
        Disposition::Blocked => Passage::Blocked,
        Disposition::Unknown => Passage::Unknown,
    }
}

/// `security group sg-0123: its rules decide`.
fn missing(missing: &Missing) -> String {
    let word = kind_word(missing.kind).unwrap_or(missing.kind);
    let id = missing.id.as_deref().map(|id| format!(" {id}")).unwrap_or_default();
    clipped(&format!("{word}{id}: {}", missing.why))
}

/// Hops of one direction, and blockers that are at no hop: of the ways a load balancer may choose only one is walked to the end.
fn steps(view: &View<'_, '_>, hops: &[Hop], blockers: &[Blocker], direction: Direction) -> Vec<Step> {
    let own: Vec<&Blocker> = blockers.iter().filter(|blocker| blocker.direction == direction).collect();
    let refuses = |hop: &Hop, blocker: &Blocker| {
        hop.action == "refuses" && (&hop.component, &hop.rule) == (&blocker.component, &blocker.rule)
    };
    let mut steps: Vec<Step> = hops
        .iter()
        .map(|hop| {
            let is_refused = own.iter().any(|blocker| refuses(hop, blocker));
            let passage = if is_refused { Passage::Blocked } else { Passage::Passes };
            step(view, &hop.component, &hop.action, hop.rule.as_deref(), passage, &hop.origins)
        })
        .collect();
    let elsewhere = own.iter().filter(|blocker| !hops.iter().any(|hop| refuses(hop, blocker)));
    steps.extend(elsewhere.map(|blocker| {
        let rule = blocker.rule.as_deref();
        step(view, &blocker.component, "refuses", rule, Passage::Blocked, &blocker.origins)
    }));
    shortened(steps)
}

/// As many steps as may be; what refuses stays.
fn shortened(steps: Vec<Step>) -> Vec<Step> {
    let blocked = steps.iter().filter(|step| step.passage == Passage::Blocked).count();
    let mut free = STEPS_MAX.saturating_sub(blocked);
    let mut left = STEPS_MAX;
    let keep = |step: &Step| {
        let is_kept = match step.passage {
            Passage::Blocked => left > 0,
            _ => free > 0,
        };
        left = left.saturating_sub(usize::from(is_kept));
        free = free.saturating_sub(usize::from(is_kept && step.passage != Passage::Blocked));
        is_kept
    };
    let mut keep = keep;
    steps.into_iter().filter(|step| keep(step)).collect()
}

fn step(
    view: &View<'_, '_>,
    component: &Component,
    action: &str,
    rule: Option<&str>,
    passage: Passage,
    origins: &[Origin],
) -> Step {
    let (id, kind, label) = met(view, component);
    Step {
        id,
        kind,
        label,
        action: clipped(action),
        rule: rule.map(clipped),
        passage,
        cites: digests(evidence(view, origins)),
    }
}

fn evidence(view: &View<'_, '_>, origins: &[Origin]) -> Vec<EvidenceId> {
    origins.iter().filter_map(|origin| view.scene.history.evidence_of(*origin)).collect()
}

/// Id, kind and label of what is met: the node of an interface is its owner's.
fn met(view: &View<'_, '_>, component: &Component) -> (String, String, String) {
    let kind = component.kind.to_owned();
    if kind == INTERNET || kind == ON_PREMISES {
        let is_anywhere =
            [probe::INTERNET, probe::INTERNET_V6].iter().any(|ip| ip.to_string() == component.id);
        let label = match (kind == INTERNET, is_anywhere) {
            (true, true) => "the internet".to_owned(),
            (true, false) => format!("{} (internet)", component.id),
            _ => format!("{} (on premises)", component.id),
        };
        return (kind.clone(), kind, label);
    }
    let key = ResourceKey { kind, id: component.id.clone() };
    if component.kind != "AWS::EC2::NetworkInterface" {
        return (view.id_of(&key), key.kind.clone(), view.label_of(&key));
    }
    let owner = view.owners.of(&component.id);
    let party = view.scene.parties.get(&component.id);
    let label = party.map_or_else(|| view.label_of(&owner), |party| clipped(&party.label()));
    (view.id_of(&owner), owner.kind, label)
}
