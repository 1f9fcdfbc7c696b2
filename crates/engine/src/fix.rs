//! Candidate fixes where history does not tell the former state: a deleted route whose target no event names, a missing
//! rule nobody was seen removing.
//!
//! A candidate is never guessed from names. It is read from what stands unused beside the gap (the NAT gateway of the
//! VPC, the peering connection to the destination's network), and it counts only when the model shows that it cures.

use crate::lenient::or_default;
use crate::party::Party;
use crate::probe::{Destination, Probe};
use butfor_network::{Blocker, Direction, Protocol, Trace};
use butfor_world::{Delta, Edit, Facet, ResourceKey, State, World};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Combinations tried for one flow at the most.
const COMBINATIONS_MAX: usize = 32;

/// A change that might cure, with what it assumes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fix {
    pub delta: Delta,
    /// `the event does not say where the route pointed; nat-... is the only NAT gateway of vpc-...`
    pub assumption: String,
}

/// Candidates for one edit that must lead back to a state nobody recorded.
pub(crate) fn former_states(edit: &Edit, world: &World) -> Vec<Fix> {
    if edit.facet.member.is_empty() {
        return revived(edit, world).into_iter().collect();
    }
    if edit.resource.kind != "AWS::EC2::RouteTable" || edit.facet.member != "Routes" {
        return Vec::new();
    }
    let Some(destination) = edit.facet.element.as_deref() else { return Vec::new() };
    let Some(table) = world.get(&edit.resource) else { return Vec::new() };
    let Ok(table) = serde_json::from_str::<InVpc>(table.json()) else { return Vec::new() };
    let targets = route_targets(world, &table.vpc, destination);
    targets
        .into_iter()
        .map(|target| route_fix(&edit.resource, destination, target, edit.after.clone()))
        .collect()
}

/// A deleted resource that describe output still lists, as it was: AWS lists some for about an hour.
fn revived(edit: &Edit, world: &World) -> Option<Fix> {
    let mut document = world.get(&edit.resource)?.value();
    let object = document.as_object_mut()?;
    match edit.resource.kind.as_str() {
        "AWS::EC2::VPCPeeringConnection" => object.insert("Status".to_owned(), json!({ "Code": "active" })),
        "AWS::EC2::NatGateway" | "AWS::EC2::VPCEndpoint" | "AWS::EC2::TransitGatewayAttachment" => {
            object.insert("State".to_owned(), json!("available"))
        }
        _ => return None,
    };
    object.remove("DeleteTime");
    let edit = Edit {
        resource: edit.resource.clone(),
        facet: edit.facet.clone(),
        before: edit.after.clone(),
        after: State::Present(document),
    };
    let assumption = format!("{} was as its last description still tells", edit.resource.id);
    Some(Fix { delta: Delta { edits: vec![edit] }, assumption })
}

/// Candidate cures for a refused flow: for each blocker one of its candidates, all together.
pub(crate) fn cures(
    world: &World,
    probe: &Probe,
    trace: &Trace,
    parties: &BTreeMap<String, Party>,
) -> Vec<Fix> {
    let mut combined: Vec<Fix> = vec![Fix { delta: Delta::default(), assumption: String::new() }];
    for blocker in &trace.blockers {
        let options = blocker_fixes(world, probe, blocker, parties);
        if options.is_empty() {
            return Vec::new();
        }
        combined = combined
            .iter()
            .flat_map(|fix| options.iter().map(move |option| fix.and(option)))
            .take(COMBINATIONS_MAX)
            .collect();
    }
    combined.retain(|fix| !fix.delta.edits.is_empty());
    combined
}

impl Fix {
    fn and(&self, other: &Self) -> Self {
        let mut both = self.clone();
        let new = other.delta.edits.iter().filter(|edit| !self.delta.edits.contains(edit));
        both.delta.edits.extend(new.cloned());
        if !both.assumption.is_empty() {
            both.assumption.push_str("; ");
        }
        both.assumption.push_str(&other.assumption);
        both
    }
}

fn blocker_fixes(
    world: &World,
    probe: &Probe,
    blocker: &Blocker,
    parties: &BTreeMap<String, Party>,
) -> Vec<Fix> {
    let key = ResourceKey { kind: blocker.component.kind.to_owned(), id: blocker.component.id.clone() };
    let client = probe.from.as_ref().and_then(|id| parties.get(id));
    let server = match &probe.to {
        Destination::Party(id) => parties.get(id),
        _ => None,
    };
    match blocker.component.kind {
        "AWS::EC2::RouteTable" if blocker.code.contains("ROUTE") => {
            let (from, to) = match blocker.direction {
                Direction::Forward => (client, server),
                Direction::Return => (server, client),
            };
            missing_route(world, &key, from, to, &probe.to)
        }
        "AWS::EC2::SecurityGroup" if blocker.direction == Direction::Forward => {
            missing_rule(&key, probe, client, server).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn missing_route(
    world: &World,
    table: &ResourceKey,
    from: Option<&Party>,
    to: Option<&Party>,
    destination: &Destination,
) -> Vec<Fix> {
    let Some(from) = from else { return Vec::new() };
    let cidr = match (to, destination) {
        (Some(party), _) => party.addresses.first().and_then(|address| vpc_cidr(world, &party.vpc, *address)),
        (None, Destination::Internet) => Some("0.0.0.0/0".to_owned()),
        (None, Destination::InternetV6) => Some("::/0".to_owned()),
        _ => None,
    };
    let Some(cidr) = cidr else { return Vec::new() };
    let member = facet("Routes", &cidr);
    let before = world.state(table, &member);
    let targets = route_targets(world, &from.vpc, &cidr);
    targets.into_iter().map(|target| route_fix(table, &cidr, target, before.clone())).collect()
}

/// The rule that would admit the flow: on the side whose group refuses, from or to the other side's group where both are
/// in one VPC, else its address.
fn missing_rule(
    group: &ResourceKey,
    probe: &Probe,
    client: Option<&Party>,
    server: Option<&Party>,
) -> Option<Fix> {
    let is_inbound = server.is_some_and(|party| party.groups.contains(&group.id));
    let (member, other) =
        if is_inbound { ("IpPermissions", client) } else { ("IpPermissionsEgress", server) };
    let own = if is_inbound { server } else { client };
    let peer = other.and_then(|other| {
        let same_vpc = own.is_some_and(|own| own.vpc == other.vpc);
        match (same_vpc, other.groups.first(), other.addresses.first()) {
            (true, Some(id), _) => Some(("UserIdGroupPairs", json!([{ "GroupId": id }]))),
            (_, _, Some(IpAddr::V4(v4))) => Some(("IpRanges", json!([{ "CidrIp": format!("{v4}/32") }]))),
            (_, _, Some(IpAddr::V6(v6))) => {
                Some(("Ipv6Ranges", json!([{ "CidrIpv6": format!("{v6}/128") }])))
            }
            _ => None,
        }
    });
    let (list, value) = match (peer, &probe.to) {
        (Some(peer), _) => peer,
        (None, Destination::Internet) if !is_inbound => ("IpRanges", json!([{ "CidrIp": "0.0.0.0/0" }])),
        _ => return None,
    };
    let protocol = match probe.flow.protocol {
        Protocol(number) if !matches!(number, 1 | 6 | 17 | 58) => number.to_string(),
        named => named.to_string(),
    };
    let mut permission = json!({ "IpProtocol": protocol, list: value });
    if let (Some(port), Some(object)) = (probe.flow.destination_port, permission.as_object_mut()) {
        object.insert("FromPort".to_owned(), json!(port));
        object.insert("ToPort".to_owned(), json!(port));
    }
    let (element, atom) = butfor_world::facets::permission_atoms(&permission).into_iter().next()?;
    let edit = Edit {
        resource: group.clone(),
        facet: facet(member, &element),
        before: State::Absent,
        after: State::Present(atom),
    };
    let assumption = format!("no rule of {} admits it; the least rule that does is {element}", group.id);
    Some(Fix { delta: Delta { edits: vec![edit] }, assumption })
}

fn route_fix(table: &ResourceKey, destination: &str, target: RouteTarget, before: State) -> Fix {
    let mut route = json!({ target.member: target.id, "State": "active", "Origin": "CreateRoute" });
    if let Some(object) = route.as_object_mut() {
        let member = if destination.starts_with("pl-") {
            "DestinationPrefixListId"
        } else if destination.contains(':') {
            "DestinationIpv6CidrBlock"
        } else {
            "DestinationCidrBlock"
        };
        object.insert(member.to_owned(), Value::from(destination));
    }
    let edit = Edit {
        resource: table.clone(),
        facet: facet("Routes", destination),
        before,
        after: State::Present(route),
    };
    let assumption =
        format!("where the route {destination} of {} pointed is not recorded; {}", table.id, target.why);
    Fix { delta: Delta { edits: vec![edit] }, assumption }
}

struct RouteTarget {
    member: &'static str,
    id: String,
    why: String,
}

/// What a route of this VPC to this destination can point to.
fn route_targets(world: &World, vpc: &str, destination: &str) -> Vec<RouteTarget> {
    let mut targets = Vec::new();
    if destination == "0.0.0.0/0" {
        let gateways: Vec<InVpc> = of(world, "AWS::EC2::NatGateway");
        let usable: Vec<&InVpc> =
            gateways.iter().filter(|nat| nat.vpc == vpc && nat.state.as_str() == Some("available")).collect();
        for nat in &usable {
            let only = if usable.len() == 1 { "the only" } else { "one" };
            let why = format!("{} is {only} available NAT gateway of {vpc}", nat.nat);
            targets.push(RouteTarget { member: "NatGatewayId", id: nat.nat.clone(), why });
        }
        let internet: Vec<InternetGateway> = of(world, "AWS::EC2::InternetGateway");
        for gateway in internet.iter().filter(|gateway| gateway.attachments.iter().any(|at| at.vpc == vpc)) {
            let why = format!("{} is the internet gateway of {vpc}", gateway.id);
            targets.push(RouteTarget { member: "GatewayId", id: gateway.id.clone(), why });
        }
        return targets;
    }
    if destination == "::/0" {
        let gateways: Vec<EgressOnlyGateway> = of(world, "AWS::EC2::EgressOnlyInternetGateway");
        for gateway in gateways.iter().filter(|gateway| gateway.attachments.iter().any(|at| at.vpc == vpc)) {
            let why = format!("{} is the egress-only internet gateway of {vpc}", gateway.id);
            targets.push(RouteTarget { member: "EgressOnlyInternetGatewayId", id: gateway.id.clone(), why });
        }
        return targets;
    }
    let attachments: Vec<Attachment> = of(world, "AWS::EC2::TransitGatewayAttachment");
    let mut gateways: Vec<String> = attachments
        .iter()
        .filter(|at| (at.vpc == vpc || at.resource == vpc) && at.state == "available")
        .map(|at| at.gateway.clone())
        .collect();
    gateways.sort();
    gateways.dedup();
    for id in gateways {
        let why = format!("{vpc} is attached to {id}");
        targets.push(RouteTarget { member: "TransitGatewayId", id, why });
    }
    let peerings: Vec<Peering> = of(world, "AWS::EC2::VPCPeeringConnection");
    for peering in peerings.iter().filter(|peering| peering.status.code == "active") {
        let sides = [(&peering.accepter, &peering.requester), (&peering.requester, &peering.accepter)];
        if sides.iter().any(|(own, other)| own.vpc == vpc && other.cidr == destination) {
            let why = format!("{} connects {vpc} with {destination}", peering.id);
            targets.push(RouteTarget { member: "VpcPeeringConnectionId", id: peering.id.clone(), why });
        }
    }
    targets
}

/// The block of a VPC that holds an address.
fn vpc_cidr(world: &World, vpc: &str, address: IpAddr) -> Option<String> {
    let resource = world.get(&ResourceKey { kind: "AWS::EC2::VPC".to_owned(), id: vpc.to_owned() })?;
    let vpc: Vpc = serde_json::from_str(resource.json()).ok()?;
    let blocks = vpc.blocks.iter().map(|block| &block.cidr).chain([&vpc.cidr]);
    let holding = blocks.filter(|block| block.parse().is_ok_and(|net: ipnet::IpNet| net.contains(&address)));
    holding.map(String::clone).next()
}

fn of<T: for<'de> Deserialize<'de>>(world: &World, kind: &str) -> Vec<T> {
    world.of_kind(kind).filter_map(|resource| serde_json::from_str(resource.json()).ok()).collect()
}

fn facet(member: &str, element: &str) -> Facet {
    Facet { member: member.to_owned(), element: Some(element.to_owned()) }
}

#[derive(Deserialize)]
struct InVpc {
    #[serde(rename = "VpcId", default, deserialize_with = "or_default")]
    vpc: String,
    #[serde(rename = "NatGatewayId", default, deserialize_with = "or_default")]
    nat: String,
    #[serde(rename = "State", default, deserialize_with = "or_default")]
    state: Value,
}

#[derive(Deserialize)]
struct InternetGateway {
    #[serde(rename = "InternetGatewayId", default, deserialize_with = "or_default")]
    id: String,
    #[serde(rename = "Attachments", default, deserialize_with = "or_default")]
    attachments: Vec<GatewayAttachment>,
}

#[derive(Deserialize)]
struct EgressOnlyGateway {
    #[serde(rename = "EgressOnlyInternetGatewayId", default, deserialize_with = "or_default")]
    id: String,
    #[serde(rename = "Attachments", default, deserialize_with = "or_default")]
    attachments: Vec<GatewayAttachment>,
}

#[derive(Deserialize)]
struct GatewayAttachment {
    #[serde(rename = "VpcId", default, deserialize_with = "or_default")]
    vpc: String,
}

#[derive(Deserialize)]
struct Attachment {
    #[serde(rename = "VpcId", default, deserialize_with = "or_default")]
    vpc: String,
    #[serde(rename = "ResourceId", default, deserialize_with = "or_default")]
    resource: String,
    #[serde(rename = "TransitGatewayId", default, deserialize_with = "or_default")]
    gateway: String,
    #[serde(rename = "State", default, deserialize_with = "or_default")]
    state: String,
}

#[derive(Deserialize)]
struct Peering {
    #[serde(rename = "VpcPeeringConnectionId", default, deserialize_with = "or_default")]
    id: String,
    #[serde(rename = "Status", default, deserialize_with = "or_default")]
    status: PeeringStatus,
    #[serde(rename = "AccepterVpcInfo", default, deserialize_with = "or_default")]
    accepter: PeeringSide,
    #[serde(rename = "RequesterVpcInfo", default, deserialize_with = "or_default")]
    requester: PeeringSide,
}

#[derive(Deserialize, Default)]
struct PeeringStatus {
    #[serde(rename = "Code", default, deserialize_with = "or_default")]
    code: String,
}

#[derive(Deserialize, Default)]
struct PeeringSide {
    #[serde(rename = "VpcId", default, deserialize_with = "or_default")]
    vpc: String,
    #[serde(rename = "CidrBlock", default, deserialize_with = "or_default")]
    cidr: String,
}

#[derive(Deserialize)]
struct Vpc {
    #[serde(rename = "CidrBlock", default, deserialize_with = "or_default")]
    cidr: String,
    #[serde(rename = "CidrBlockAssociationSet", default, deserialize_with = "or_default")]
    blocks: Vec<VpcBlock>,
}

#[derive(Deserialize)]
struct VpcBlock {
    #[serde(rename = "CidrBlock", default, deserialize_with = "or_default")]
    cidr: String,
}
