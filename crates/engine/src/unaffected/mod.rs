//! What still works, and why: the same client's other flows, other clients of the same server, other attachments of the
//! same transit gateway.

mod functions;
mod requests;

use crate::hypothesis::Hypothesis;
use crate::impact::Tie;
use crate::party::Owner;
use crate::probe::{Basis, Destination, Probe};
use crate::ruled_out::kind_word;
use crate::scene::Scene;
use crate::wording;
use butfor_incident::Unaffected;
use butfor_network::Trace;
use butfor_world::ResourceKey;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Workloads without a refused flow of their own named at the most.
const OTHER_CLIENTS_MAX: usize = 8;

/// Entries at the most.
const ENTRIES_MAX: usize = 14;

/// What still works, the nearest first.
pub(crate) fn of(scene: &Scene<'_>, hypotheses: &[Hypothesis]) -> Vec<Unaffected> {
    let broken: Vec<&Probe> = scene
        .flows
        .iter()
        .filter_map(|index| scene.impact.broken.get(*index))
        .map(|broken| &broken.probe)
        .collect();
    let clients: BTreeSet<&Option<String>> = broken.iter().map(|probe| &probe.from).collect();
    let servers: BTreeSet<&Destination> = broken.iter().map(|probe| &probe.to).collect();
    // Equal entries (same words) of several clients are one; the closest relation wins.
    let mut ranked: BTreeMap<(u8, String), (String, &Trace)> = BTreeMap::new();
    for (probe, trace) in &scene.impact.working {
        let rank = match (clients.contains(&probe.from), servers.contains(&probe.to)) {
            (_, true) => 0,
            (true, _) if probe.ground.basis != Basis::Provided => 1,
            (true, _) => 2,
            _ if broken.is_empty() && scene.ties.of(probe) >= Tie::Name => 1,
            _ => 3,
        };
        if rank < 3 && !is_endpoint_interface(scene, probe) {
            ranked.entry((rank, what(scene, probe))).or_insert_with(|| (why(scene, trace), trace));
        }
    }
    let mut all: Vec<Unaffected> = attachments(scene, hypotheses);
    let mut seen = BTreeSet::new();
    all.extend(
        ranked
            .into_iter()
            .filter(|((_, what), _)| seen.insert(what.clone()))
            .take(ENTRIES_MAX)
            .map(|((_, what), (why, trace))| Unaffected { what, why, cites: scene.cite_trace(trace) }),
    );
    all.extend(crate::detectors::short_timeout::unaffected(scene));
    all.extend(functions::of(scene));
    all.extend(requests::of(scene));
    all.extend(other_clients(scene, &clients));
    all
}

/// Whether a flow goes to an interface of an endpoint: the endpoint as such is asked about too, by its service's name.
fn is_endpoint_interface(scene: &Scene<'_>, probe: &Probe) -> bool {
    match &probe.to {
        Destination::Party(id) => scene.parties.get(id).is_some_and(|party| party.owner == Owner::Endpoint),
        _ => false,
    }
}

/// Other workloads, each in one entry.
fn other_clients(scene: &Scene<'_>, clients: &BTreeSet<&Option<String>>) -> Vec<Unaffected> {
    let mut by_client: BTreeMap<String, (usize, &Trace)> = BTreeMap::new();
    for (probe, trace) in &scene.impact.working {
        if probe.from.is_some() && !clients.contains(&probe.from) {
            let label = format!("{}{}", scene.client_label(probe), place(scene, probe));
            by_client.entry(label).or_insert((0, trace)).0 += 1;
        }
    }
    by_client
        .into_iter()
        .take(OTHER_CLIENTS_MAX)
        .map(|(label, (count, trace))| {
            let verb = if count == 1 { "is" } else { "are" };
            Unaffected {
                what: label,
                why: format!("{count} of its flows {verb} delivered in the model"),
                cites: scene.cite_trace(trace),
            }
        })
        .collect()
}

fn what(scene: &Scene<'_>, probe: &Probe) -> String {
    let place = place(scene, probe);
    let to = match &probe.to {
        Destination::Internet => "the internet (external connectivity)".to_owned(),
        _ => scene.server_label(probe),
    };
    format!("{} to {to} ({}){place}", scene.client_label(probe), probe.flow.service())
}

/// Zone and subnet of a flow's client.
fn place(scene: &Scene<'_>, probe: &Probe) -> String {
    let client = probe.from.as_ref().and_then(|id| scene.parties.get(id));
    client.map(|party| format!(", {} {}", party.zone, party.subnet)).unwrap_or_default()
}

/// The components that carry it.
fn why(scene: &Scene<'_>, trace: &Trace) -> String {
    let mut by = Vec::new();
    for hop in &trace.forward.hops {
        let telling = matches!(
            hop.component.kind,
            "AWS::EC2::NatGateway"
                | "AWS::EC2::VPCEndpoint"
                | "AWS::EC2::TransitGatewayAttachment"
                | "AWS::EC2::TransitGatewayRouteTable"
                | "AWS::EC2::VPCPeeringConnection"
                | "AWS::EC2::InternetGateway"
                | "AWS::EC2::RouteTable"
                | "AWS::NetworkFirewall::Firewall"
        );
        if telling && let Some(word) = kind_word(hop.component.kind) {
            let key = ResourceKey { kind: hop.component.kind.to_owned(), id: hop.component.id.clone() };
            let rule = hop.rule.as_ref().map(|rule| format!(" [{rule}]")).unwrap_or_default();
            let text = format!("{word} {}{rule}", wording::named(scene.now(), &key));
            if !by.contains(&text) {
                by.push(text);
            }
        }
    }
    let reply = if trace.reply.is_some() { ", and the reply comes back" } else { "" };
    if by.is_empty() {
        format!("delivered inside the subnet{reply}")
    } else {
        format!("delivered by {}{reply}", by.join(", "))
    }
}

/// Other attachments of a transit gateway whose association or propagation is to blame (NET-06).
fn attachments(scene: &Scene<'_>, hypotheses: &[Hypothesis]) -> Vec<Unaffected> {
    let now = scene.now();
    let mut moved: BTreeSet<&str> = BTreeSet::new();
    let mut tables: BTreeSet<&str> = BTreeSet::new();
    for edit in hypotheses.iter().flat_map(|one| &one.fault.edits) {
        if edit.resource.kind == "AWS::EC2::TransitGatewayRouteTable" {
            moved.extend(edit.facet.element.as_deref());
            tables.insert(&edit.resource.id);
        }
    }
    let mut all = Vec::new();
    for id in tables {
        let key = ResourceKey { kind: "AWS::EC2::TransitGatewayRouteTable".to_owned(), id: id.to_owned() };
        let Some(table) = now.get(&key) else { continue };
        let value = table.value();
        let list = |member: &str| value.get(member).and_then(Value::as_array).cloned().unwrap_or_default();
        let has_routes = !list("Routes").is_empty() || !list("Propagations").is_empty();
        for association in list("Associations") {
            let Some(attachment) = association.get("TransitGatewayAttachmentId").and_then(Value::as_str)
            else {
                continue;
            };
            let changed_too = scene.acts.iter().any(|act| {
                act.is_in_effect(now)
                    && act.delta.edits.iter().any(|edit| edit.facet.element.as_deref() == Some(attachment))
            });
            if moved.contains(attachment) || changed_too || !has_routes {
                continue;
            }
            let key = ResourceKey {
                kind: "AWS::EC2::TransitGatewayAttachment".to_owned(),
                id: attachment.to_owned(),
            };
            all.push(Unaffected {
                what: format!("transit gateway attachment {}", wording::named(now, &key)),
                why: format!(
                    "still associated with {}, which has its routes",
                    wording::named(now, &table.key)
                ),
                cites: table.cites().cloned(),
            });
        }
    }
    all
}
