//! Edges of flows and requests: what was asked about, and whether it works.

use super::digests;
use super::map::{INTERNET, Map, ON_PREMISES};
use super::view::View;
use crate::access::{Ask, target_key};
use crate::impact::Tie;
use crate::probe::{Destination, Probe};
use butfor_incident::EvidenceId;
use butfor_incident::picture::{Connection, Edge, State};
use butfor_network::Trace;
use butfor_world::ResourceKey;
use std::collections::{BTreeMap, BTreeSet};

/// Edges at the most: more cannot be told apart. What is broken stays.
const EDGES_MAX: usize = 800;

/// Kinds of what requests ask for that have no policy of their own, by the service in their ARN (CloudFormation's resource types).
const TARGETS: &[(&str, &str, &str)] = &[
    ("ssm", "parameter/", "AWS::SSM::Parameter"),
    ("logs", "log-group:", "AWS::Logs::LogGroup"),
    ("kinesis", "stream/", "AWS::Kinesis::Stream"),
    ("states", "stateMachine:", "AWS::StepFunctions::StateMachine"),
    ("events", "event-bus/", "AWS::Events::EventBus"),
    ("ecr", "repository/", "AWS::ECR::Repository"),
    ("elasticfilesystem", "file-system/", "AWS::EFS::FileSystem"),
];

/// Flows and requests, what is broken first.
pub(super) fn of(view: &View<'_, '_>, map: &mut Map<'_, '_, '_>) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (broken, by) in view.refused() {
        let ends = flow(view, map, &mut edges, &broken.probe, &broken.trace, State::Broken);
        if let Some((from, to)) = ends.filter(|_| by.is_some() && view.has_cause()) {
            // Who cannot reach anything does not work; of what nobody outside can reach the same is true.
            map.mark(if from == INTERNET { &to } else { &from }, State::Broken);
        }
    }
    for (denied, by) in view.denied() {
        let ends = request(view, map, &mut edges, &denied.ask, State::Broken);
        if let Some((from, _)) = ends.filter(|_| by.is_some() && view.has_cause()) {
            map.mark(&from, State::Broken);
        }
    }
    for (probe, trace) in view.undecided() {
        flow(view, map, &mut edges, probe, trace, State::Plain);
    }
    let mut working: Vec<_> = view.scene.impact.working.iter().collect();
    // What the alerts are about first; a stable sort, for probes come in an order of their own.
    working.sort_by_key(|(probe, _)| std::cmp::Reverse(view.scene.ties.of(probe)));
    for (probe, trace) in working {
        if let Some((from, to)) = flow(view, map, &mut edges, probe, trace, State::Working) {
            map.mark(&from, State::Working);
            map.mark(&to, State::Working);
        }
        mark_hops(view, map, trace);
    }
    let allowed = view.scene.access.allowed.iter().filter(|(_, _, tie)| *tie > Tie::None);
    for (ask, _, _) in allowed {
        if let Some((from, to)) = request(view, map, &mut edges, ask, State::Working) {
            map.mark(&from, State::Working);
            map.mark(&to, State::Working);
        }
    }
    roles(view, map, &mut edges);
    edges
}

/// Gateways and endpoints that carry what works.
fn mark_hops(view: &View<'_, '_>, map: &mut Map<'_, '_, '_>, trace: &Trace) {
    for hop in &trace.forward.hops {
        let id =
            view.id_of(&ResourceKey { kind: hop.component.kind.to_owned(), id: hop.component.id.clone() });
        if !matches!(hop.component.kind, super::map::VPC | super::map::SUBNET) && map.has(&id) {
            map.mark(&id, State::Working);
        }
    }
}

/// The edge of a flow; gives its ends, `None` where one of them is nowhere.
fn flow(
    view: &View<'_, '_>,
    map: &mut Map<'_, '_, '_>,
    edges: &mut Vec<Edge>,
    probe: &Probe,
    trace: &Trace,
    state: State,
) -> Option<(String, String)> {
    let from = match &probe.from {
        Some(interface) => map.add_interface(interface),
        None => map.add_outside(INTERNET),
    };
    let endpoint = |id: &String| ResourceKey { kind: "AWS::EC2::VPCEndpoint".to_owned(), id: id.clone() };
    let to = match &probe.to {
        Destination::Party(interface) => map.add_interface(interface),
        Destination::Internet | Destination::InternetV6 => map.add_outside(INTERNET),
        Destination::Endpoint { id, .. } | Destination::GatewayEndpoint { id, .. } => map.add(&endpoint(id)),
        Destination::Address(_) => map.add_outside(outside(trace)?),
    };
    if from == to {
        return None;
    }
    let cites = cites_of_flow(view, probe, trace);
    let label = probe.flow.service();
    let ends = (from.clone(), to.clone());
    edges.push(Edge { from, to, connection: Connection::Flow, label, state, cites: digests(cites) });
    Some(ends)
}

/// Where a walk ended outside of all VPCs.
fn outside(trace: &Trace) -> Option<&'static str> {
    let kinds: BTreeSet<&str> = trace.forward.hops.iter().map(|hop| hop.component.kind).collect();
    [INTERNET, ON_PREMISES].into_iter().find(|kind| kinds.contains(kind))
}

/// What tells of a flow: who saw it, else the documents on its way.
fn cites_of_flow(view: &View<'_, '_>, probe: &Probe, trace: &Trace) -> Vec<EvidenceId> {
    if !probe.ground.evidence.is_empty() {
        return probe.ground.evidence.clone();
    }
    view.scene.cite_trace(trace).map(|cites| cites.ids().to_vec()).unwrap_or_default()
}

/// The edge of a request; gives its ends.
fn request(
    view: &View<'_, '_>,
    map: &mut Map<'_, '_, '_>,
    edges: &mut Vec<Edge>,
    ask: &Ask,
    state: State,
) -> Option<(String, String)> {
    let from = map.add(&caller(view, ask)?);
    let to = map.add(&target(view, &ask.resource)?);
    if from == to {
        return None;
    }
    let ends = (from.clone(), to.clone());
    let cites = digests(ask.ground.evidence.iter().copied());
    edges.push(Edge { from, to, connection: Connection::Request, label: ask.action.clone(), state, cites });
    Some(ends)
}

/// Who asks: the function or the instance, else the role or the user.
pub(super) fn caller(view: &View<'_, '_>, ask: &Ask) -> Option<ResourceKey> {
    use crate::access::Caller;
    let key = |kind: &str, id: &String| Some(ResourceKey { kind: kind.to_owned(), id: id.clone() });
    match &ask.caller {
        Caller::Function(id) => key("AWS::Lambda::Function", id),
        Caller::Instance(id) => key("AWS::EC2::Instance", id),
        Caller::Session { .. } | Caller::Named(_) => ask.caller.role(view.now()),
    }
}

/// What is asked for, as far as it is one resource.
fn target(view: &View<'_, '_>, resource: &str) -> Option<ResourceKey> {
    if let Some(key) = target_key(view.now(), resource) {
        return Some(key);
    }
    let mut fields = resource.strip_prefix("arn:")?.splitn(5, ':').skip(1);
    let (service, rest) = (fields.next()?, fields.last()?);
    let is_one = !rest.contains(['*', '?']);
    let known = TARGETS.iter().find(|(own, start, _)| *own == service && rest.starts_with(start));
    let (_, _, kind) = known.filter(|_| is_one)?;
    Some(ResourceKey { kind: (*kind).to_owned(), id: resource.to_owned() })
}

/// The roles of those whose requests are denied or allowed by them.
fn roles(view: &View<'_, '_>, map: &mut Map<'_, '_, '_>, edges: &mut Vec<Edge>) {
    for (denied, _) in view.denied() {
        let Some(caller) = caller(view, &denied.ask) else { continue };
        let Some(role) = denied.ask.caller.role(view.now()) else { continue };
        if role == caller {
            continue;
        }
        let cites = view.resource(&role).and_then(butfor_world::Resource::cites);
        let cites = super::cited(cites);
        let (from, to) = (map.add(&caller), map.add(&role));
        let connection = Connection::Uses;
        edges.push(Edge { from, to, connection, label: String::new(), state: State::Plain, cites });
    }
}

/// Each edge once, between nodes that are there, as many as may be; by ends.
pub(super) fn finish(edges: Vec<Edge>, nodes: &BTreeSet<&str>) -> Vec<Edge> {
    let mut order: BTreeMap<(String, String, Connection, String), (usize, Edge)> = BTreeMap::new();
    let kept = edges.into_iter().filter(|edge| {
        nodes.contains(edge.from.as_str()) && nodes.contains(edge.to.as_str()) && edge.from != edge.to
    });
    for (place, edge) in kept.enumerate() {
        let key = (edge.from.clone(), edge.to.clone(), edge.connection, edge.label.clone());
        match order.get_mut(&key) {
            // What is broken for one interface of an owner is broken.
            Some((_, known)) if known.state <= edge.state => {}
            Some((_, known)) => *known = edge,
            None => drop(order.insert(key, (place, edge))),
        }
    }
    let mut all: Vec<(usize, Edge)> = order.into_values().collect();
    all.sort_by_key(|(place, edge)| {
        (edge.state != State::Broken, edge.connection != Connection::Joins, *place)
    });
    all.truncate(EDGES_MAX);
    let mut all: Vec<Edge> = all.into_iter().map(|(_, edge)| edge).collect();
    all.sort_by(|a, b| {
        (&a.from, &a.to, a.connection, &a.label).cmp(&(&b.from, &b.to, b.connection, &b.label))
    });
    all
}
