//! Acts: changes that belong together and are undone together.
//!
//! Moving a transit gateway attachment to another table is two events (disassociate, associate); undoing only one of
//! them leaves a state nobody ever had. An act is what one actor did to one thing without undoing it himself.

use butfor_incident::{Cites, Timestamp};
use butfor_world::{Change, Delta, Edit, EventInfo, State, When, World};
use std::collections::BTreeSet;

/// Longest pause between two events of one act. A cutover script waits for AWS between its steps (an association
/// takes up to a minute or two to reach its state), a person reads a page.
const PAUSE_SECONDS_MAX: i64 = 15 * 60;

/// One recorded call of an act.
#[derive(Debug, Clone)]
pub(crate) struct ActEvent {
    pub at: Timestamp,
    pub info: EventInfo,
}

/// Changes that are undone together.
#[derive(Debug, Clone)]
pub(crate) struct Act {
    /// In order of time; empty for a difference between two observations.
    pub events: Vec<ActEvent>,
    /// When the first of it happened.
    pub begin: When,
    /// When it was complete.
    pub end: When,
    /// All of it, in order.
    pub delta: Delta,
    /// Its evidence.
    pub cites: Cites,
}

impl Act {
    /// Whether at least one of its edits is what the world still shows.
    pub(crate) fn is_in_effect(&self, world: &World) -> bool {
        self.delta
            .edits
            .iter()
            .any(|edit| edit.before != edit.after && world.holds(&edit.resource, &edit.facet, &edit.after))
    }

    /// The event a report names: the one that completed the act.
    pub(crate) fn event(&self) -> Option<&ActEvent> {
        self.events.last()
    }

    /// The moment it was complete, as exactly as known; the later bound of an interval.
    pub(crate) fn at(&self) -> Timestamp {
        self.end.latest()
    }

    /// `AssociateTransitGatewayRouteTable by tgw-cutover-0505`, or `difference between two observations`.
    pub(crate) fn label(&self) -> String {
        match self.event() {
            Some(event) => format!("{} by {}", event.info.event_name, short_actor(&event.info.actor)),
            None => "a change seen only as a difference between two observations".to_owned(),
        }
    }
}

/// The session, or the user name, or the whole ARN.
pub(crate) fn short_actor(actor: &butfor_incident::Actor) -> String {
    let name = actor.session.clone().or_else(|| actor.arn.rsplit('/').next().map(str::to_owned));
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| actor.kind.clone())
}

/// The thing an edit is about: for an association or propagation the attachment that moves, for a route its destination
/// in its table, else the resource.
fn subject(edit: &Edit) -> String {
    let kind = edit.resource.kind.as_str();
    let element = edit.facet.element.as_deref().unwrap_or_default();
    match (kind, edit.facet.member.as_str()) {
        ("AWS::EC2::TransitGatewayRouteTable", member @ ("Associations" | "Propagations")) => {
            format!("{member} {element}")
        }
        ("AWS::EC2::RouteTable" | "AWS::EC2::TransitGatewayRouteTable", "Routes") => {
            format!("{} {element}", edit.resource.id)
        }
        ("AWS::EC2::RouteTable" | "AWS::EC2::NetworkAcl", "Associations") => {
            format!("{kind} association {element}")
        }
        (_, member) => format!("{} {member}", edit.resource.id),
    }
}

/// Groups changes into acts, in order of their completion.
pub(crate) fn group(changes: &[Change]) -> Vec<Act> {
    let owners_change = changes.iter().flat_map(|change| &change.delta.edits).any(sets_groups_of_interfaces);
    let terminated = terminated(changes);
    let mut acts: Vec<Act> = Vec::new();
    for change in changes {
        match &change.event {
            Some(event) => add_event(&mut acts, change, event),
            None => add_difference(&mut acts, change, owners_change),
        }
    }
    for act in &mut acts {
        act.delta.edits.retain(|edit| !is_part_of_termination(edit, &terminated));
    }
    acts.retain(|act| !act.delta.edits.is_empty());
    acts.sort_by_key(|act| (act.at(), act.event().map(|event| event.info.event_id.clone())));
    acts
}

/// Instances that were terminated.
fn terminated(changes: &[Change]) -> BTreeSet<String> {
    let edits = changes.iter().flat_map(|change| &change.delta.edits);
    let ended = edits.filter(|edit| {
        let state = match &edit.after {
            State::Present(value) => value.as_str().unwrap_or_default(),
            _ => "",
        };
        edit.facet.member == "State/Name" && matches!(state, "terminated" | "shutting-down")
    });
    ended.map(|edit| edit.resource.id.clone()).collect()
}

/// Whether an edit only says that a terminated instance has no instance profile any more.
fn is_part_of_termination(edit: &Edit, terminated: &BTreeSet<String>) -> bool {
    edit.facet.member == "IamInstanceProfile"
        && edit.after == State::Absent
        && terminated.contains(&edit.resource.id)
}

fn add_event(acts: &mut Vec<Act>, change: &Change, event: &EventInfo) {
    let earlier = acts.iter_mut().rev().find(|act| {
        act.event()
            .is_some_and(|last| last.info.actor.arn == event.actor.arn && last.info.account == event.account)
            && change.when.latest().seconds_since(act.at()) <= PAUSE_SECONDS_MAX
            && shares_subject(&act.delta, &change.delta)
    });
    match earlier {
        Some(act) if !reverts(&act.delta, &change.delta) => {
            act.events.push(ActEvent { at: change.when.latest(), info: event.clone() });
            act.end = change.when;
            act.delta.edits.extend(change.delta.edits.iter().cloned());
            act.cites = act.cites.and(&change.cites);
        }
        _ => acts.push(Act {
            events: vec![ActEvent { at: change.when.latest(), info: event.clone() }],
            begin: change.when,
            end: change.when,
            delta: change.delta.clone(),
            cites: change.cites.clone(),
        }),
    }
}

/// Differences of one interval are grouped by subject: several things may have changed between two observations.
///
/// Interfaces that AWS makes, removes and regroups for a service are left out: they follow their owner, whose own change is
/// the act.
fn add_difference(acts: &mut Vec<Act>, change: &Change, owners_change: bool) {
    for edit in change.delta.edits.iter().filter(|edit| !follows_owner(edit, owners_change)) {
        let one = Delta { edits: vec![edit.clone()] };
        let earlier = acts.iter_mut().find(|act| {
            act.events.is_empty() && overlaps(act.end, change.when) && shares_subject(&act.delta, &one)
        });
        match earlier {
            Some(act) => {
                act.delta.edits.push(edit.clone());
                act.cites = act.cites.and(&change.cites);
            }
            None => acts.push(Act {
                events: Vec::new(),
                begin: change.when,
                end: change.when,
                delta: one,
                cites: change.cites.clone(),
            }),
        }
    }
}

/// Whether an edit sets groups that interfaces of a service take over.
fn sets_groups_of_interfaces(edit: &Edit) -> bool {
    matches!(
        (edit.resource.kind.as_str(), edit.facet.member.as_str()),
        ("AWS::EC2::VPCEndpoint", "Groups")
            | ("AWS::RDS::DBInstance", "VpcSecurityGroups")
            | ("AWS::ElasticLoadBalancingV2::LoadBalancer", "SecurityGroups")
    )
}

/// Whether an edit of an interface is the consequence of another change.
fn follows_owner(edit: &Edit, owners_change: bool) -> bool {
    if edit.resource.kind != "AWS::EC2::NetworkInterface" {
        return false;
    }
    let is_managed = |state: &State| match state {
        State::Present(document) => {
            document.get("RequesterManaged").and_then(serde_json::Value::as_bool) == Some(true)
        }
        _ => false,
    };
    let is_whole = edit.facet.member.is_empty();
    is_whole && (is_managed(&edit.before) || is_managed(&edit.after))
        || edit.facet.member == "Groups" && owners_change
}

/// Two intervals that share a moment: calls of one snapshot are seconds apart.
fn overlaps(a: When, b: When) -> bool {
    match (a, b) {
        (When::Between(a0, a1), When::Between(b0, b1)) => a0 < b1 && b0 < a1,
        _ => a == b,
    }
}

fn shares_subject(a: &Delta, b: &Delta) -> bool {
    a.edits.iter().any(|x| b.edits.iter().any(|y| subject(x) == subject(y)))
}

/// Whether `later` puts back something that `earlier` changed.
fn reverts(earlier: &Delta, later: &Delta) -> bool {
    later.edits.iter().any(|new| {
        earlier.edits.iter().any(|old| {
            old.resource == new.resource
                && old.facet == new.facet
                && (old.before == new.after || old.before == State::Unknown && new.after != State::Absent)
        })
    })
}
