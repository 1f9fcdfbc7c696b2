//! Edges that join places: gateways to the world, VPCs to transit gateways and peers, subnets to where their routes lead.

use super::cited;
use super::map::{INTERNET, Map, ON_PREMISES, SUBNET};
use super::view::View;
use crate::wording::route_target;
use butfor_incident::picture::{Connection, Edge, State};
use butfor_world::{Resource, ResourceKey, State as Facet, World, facets};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What joins places in the world of now, and what did until a cause removed it.
pub(super) fn of(view: &View<'_, '_>, map: &mut Map<'_, '_, '_>) -> Vec<Edge> {
    let mut edges = Vec::new();
    gateways(view, map, &mut edges);
    attachments(view, map, &mut edges);
    routes(view, map, &mut edges);
    edges
}

fn join(edges: &mut Vec<Edge>, from: &str, to: &str, state: State, resource: &Resource) {
    let cites = cited(resource.cites());
    let connection = Connection::Joins;
    edges.push(Edge {
        from: from.to_owned(),
        to: to.to_owned(),
        connection,
        label: String::new(),
        state,
        cites,
    });
}

fn there<'w>(world: &'w World, kind: &str) -> impl Iterator<Item = &'w Resource> {
    world.of_kind(kind).filter(|resource| !facets::is_deleted(&resource.key.kind, resource.parsed()))
}

/// Gateways to the internet and to other networks.
fn gateways(view: &View<'_, '_>, map: &mut Map<'_, '_, '_>, edges: &mut Vec<Edge>) {
    let world = view.now();
    for (kind, outside) in [
        ("AWS::EC2::InternetGateway", INTERNET),
        ("AWS::EC2::EgressOnlyInternetGateway", INTERNET),
        ("AWS::EC2::VPNGateway", ON_PREMISES),
    ] {
        for gateway in there(world, kind) {
            let to = map.add_outside(outside);
            join(edges, &gateway.key.id, &to, State::Plain, gateway);
        }
    }
    let by_vpc: BTreeMap<String, String> = there(world, "AWS::EC2::InternetGateway")
        .filter_map(|gateway| {
            let vpc = gateway.parsed().pointer("/Attachments/0/VpcId")?.as_str()?;
            Some((vpc.to_owned(), gateway.key.id.clone()))
        })
        .collect();
    for nat in there(world, "AWS::EC2::NatGateway") {
        let text = |member: &str| nat.parsed().get(member).and_then(Value::as_str);
        let gateway = text("VpcId").and_then(|vpc| by_vpc.get(vpc));
        if let Some(gateway) = gateway.filter(|_| text("ConnectivityType") != Some("private")) {
            join(edges, &nat.key.id, gateway, State::Plain, nat);
        }
    }
}

/// VPCs at transit gateways and peering connections.
fn attachments(view: &View<'_, '_>, map: &mut Map<'_, '_, '_>, edges: &mut Vec<Edge>) {
    let world = view.now();
    for attachment in there(world, "AWS::EC2::TransitGatewayAttachment") {
        let text = |member: &str| attachment.parsed().get(member).and_then(Value::as_str);
        let Some(gateway) = text("TransitGatewayId") else { continue };
        let to =
            map.add(&ResourceKey { kind: "AWS::EC2::TransitGateway".to_owned(), id: gateway.to_owned() });
        let vpc =
            text("VpcId").or_else(|| text("ResourceId").filter(|_| text("ResourceType") == Some("vpc")));
        match (vpc, text("ResourceType")) {
            (Some(vpc), _) => join(edges, vpc, &to, State::Plain, attachment),
            (None, Some("vpn" | "direct-connect-gateway")) => {
                let outside = map.add_outside(ON_PREMISES);
                join(edges, &to, &outside, State::Plain, attachment);
            }
            _ => {}
        }
    }
    for peering in there(world, "AWS::EC2::VPCPeeringConnection") {
        for side in ["/RequesterVpcInfo/VpcId", "/AccepterVpcInfo/VpcId"] {
            if let Some(vpc) = peering.parsed().pointer(side).and_then(Value::as_str) {
                join(edges, vpc, &peering.key.id, State::Plain, peering);
            }
        }
    }
}

/// Subnets and where the routes of their tables lead; a route that a cause took away is broken.
fn routes(view: &View<'_, '_>, map: &Map<'_, '_, '_>, edges: &mut Vec<Edge>) {
    let subnets = Subnets::read(view.now());
    let mut live: BTreeSet<(String, String)> = BTreeSet::new();
    for table in there(view.now(), "AWS::EC2::RouteTable") {
        let routes = table.parsed().get("Routes").and_then(Value::as_array).into_iter().flatten();
        let mut targets: BTreeMap<String, State> = BTreeMap::new();
        for route in routes {
            let is_blackhole = route.get("State").and_then(Value::as_str) == Some("blackhole");
            let state = if is_blackhole { State::Broken } else { State::Plain };
            if let Some(target) = target_id(route) {
                let known = targets.entry(target).or_insert(state);
                // Another route to the same gateway leads somewhere.
                *known = (*known).max(state);
            }
        }
        let leading = targets.iter().filter(|(_, state)| **state == State::Plain);
        live.extend(leading.map(|(target, _)| (table.key.id.clone(), target.clone())));
        for (target, state) in targets.iter().filter(|(target, _)| map.has(target)) {
            for subnet in subnets.of(&table.key.id) {
                join(edges, subnet, target, *state, table);
            }
        }
    }
    lost_routes(view, map, edges, &subnets, &live);
}

/// Routes that a cause took away, unless another route of the table leads to the same gateway.
fn lost_routes(
    view: &View<'_, '_>,
    map: &Map<'_, '_, '_>,
    edges: &mut Vec<Edge>,
    subnets: &Subnets,
    live: &BTreeSet<(String, String)>,
) {
    let lost = view.concluded.hypotheses.iter().filter(|one| view.has_cause() && one.act.is_some());
    for edit in lost.flat_map(|one| &one.fault.edits) {
        let is_route = edit.resource.kind == "AWS::EC2::RouteTable" && edit.facet.member == "Routes";
        let Facet::Present(route) = &edit.before else { continue };
        let Some(target) = target_id(route).filter(|target| is_route && map.has(target)) else { continue };
        if live.contains(&(edit.resource.id.clone(), target.clone())) {
            continue;
        }
        let cites = cited(view.resource(&edit.resource).and_then(Resource::cites));
        for subnet in subnets.of(&edit.resource.id) {
            edges.push(Edge {
                from: subnet.to_owned(),
                to: target.clone(),
                connection: Connection::Joins,
                label: String::new(),
                state: State::Broken,
                cites: cites.clone(),
            });
        }
    }
}

/// The gateway that a route names, whether or not it is there.
fn target_id(route: &Value) -> Option<String> {
    route_target(route).map(|target| target.trim_end_matches(" (blackhole)").to_owned())
}

/// Subnets by their route tables.
struct Subnets {
    by_table: BTreeMap<String, BTreeSet<String>>,
}

impl Subnets {
    fn read(world: &World) -> Self {
        let mut by_table: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut own: BTreeSet<String> = BTreeSet::new();
        let mut main: BTreeMap<String, String> = BTreeMap::new();
        for table in world.of_kind("AWS::EC2::RouteTable") {
            let document = table.parsed();
            let associations = document.get("Associations").and_then(Value::as_array).into_iter().flatten();
            for association in associations {
                if let Some(subnet) = association.get("SubnetId").and_then(Value::as_str) {
                    own.insert(subnet.to_owned());
                    by_table.entry(table.key.id.clone()).or_default().insert(subnet.to_owned());
                }
                let is_main = association.get("Main").and_then(Value::as_bool) == Some(true);
                if let Some(vpc) = document.get("VpcId").and_then(Value::as_str).filter(|_| is_main) {
                    main.insert(vpc.to_owned(), table.key.id.clone());
                }
            }
        }
        for subnet in world.of_kind(SUBNET).filter(|subnet| !own.contains(&subnet.key.id)) {
            let vpc = subnet.parsed().get("VpcId").and_then(Value::as_str);
            if let Some(table) = vpc.and_then(|vpc| main.get(vpc)) {
                by_table.entry(table.clone()).or_default().insert(subnet.key.id.clone());
            }
        }
        Self { by_table }
    }

    fn of(&self, table: &str) -> impl Iterator<Item = &str> {
        self.by_table.get(table).into_iter().flatten().map(String::as_str)
    }
}
