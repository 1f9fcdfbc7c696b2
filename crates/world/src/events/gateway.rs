//! Internet, egress-only and NAT gateways, and public addresses.

use super::Event;
use super::part::Part;
use crate::delta::{Edit, State};
use crate::ids::AddressAssociation;
use serde_json::{Map, Value, json};

const INTERNET: &str = "AWS::EC2::InternetGateway";
const NAT: &str = "AWS::EC2::NatGateway";
const ADDRESS: &str = "AWS::EC2::EIP";
const INTERFACE: &str = "AWS::EC2::NetworkInterface";

pub(super) fn attach_internet_gateway(event: &Event<'_>) -> Vec<Edit> {
    let added = |(gateway, vpc, value): (String, String, Value)| {
        Part::of(INTERNET, &gateway).added("Attachments", vpc, value)
    };
    attachment(event).map(added).into_iter().collect()
}

pub(super) fn detach_internet_gateway(event: &Event<'_>) -> Vec<Edit> {
    let removed = |(gateway, vpc, value): (String, String, Value)| {
        Part::of(INTERNET, &gateway).removed("Attachments", vpc, State::Present(value))
    };
    attachment(event).map(removed).into_iter().collect()
}

fn attachment(event: &Event<'_>) -> Option<(String, String, Value)> {
    let (gateway, vpc) = (event.asked.text("InternetGatewayId")?, event.asked.text("VpcId")?);
    let value = json!({"State": "available", "VpcId": vpc});
    Some((gateway, vpc, value))
}

pub(super) fn create_internet_gateway(event: &Event<'_>) -> Vec<Edit> {
    event.created(INTERNET, "InternetGateway", "InternetGatewayId")
}

pub(super) fn delete_internet_gateway(event: &Event<'_>) -> Vec<Edit> {
    event.deleted(INTERNET, "InternetGatewayId")
}

pub(super) fn create_egress_only_gateway(event: &Event<'_>) -> Vec<Edit> {
    let member = "EgressOnlyInternetGateway";
    event.created("AWS::EC2::EgressOnlyInternetGateway", member, "EgressOnlyInternetGatewayId")
}

pub(super) fn delete_egress_only_gateway(event: &Event<'_>) -> Vec<Edit> {
    event.deleted("AWS::EC2::EgressOnlyInternetGateway", "EgressOnlyInternetGatewayId")
}

pub(super) fn create_nat_gateway(event: &Event<'_>) -> Vec<Edit> {
    event.created(NAT, "NatGateway", "NatGatewayId")
}

pub(super) fn delete_nat_gateway(event: &Event<'_>) -> Vec<Edit> {
    event.deleted(NAT, "NatGatewayId")
}

pub(super) fn allocate_address(event: &Event<'_>) -> Vec<Edit> {
    let Some(id) = event.answered.text("AllocationId") else { return Vec::new() };
    vec![Part::of(ADDRESS, &id).created(event.answered.value().clone())]
}

pub(super) fn release_address(event: &Event<'_>) -> Vec<Edit> {
    let by_ip = || event.ids.allocation(&event.asked.text("PublicIp")?).map(str::to_owned);
    let allocation = event.asked.text("AllocationId").or_else(by_ip);
    allocation.map(|id| Part::of(ADDRESS, &id).deleted()).into_iter().collect()
}

pub(super) fn associate_address(event: &Event<'_>) -> Vec<Edit> {
    let asked = event.asked;
    let only = || event.ids.only_interface(&asked.text("InstanceId")?).map(str::to_owned);
    let by_ip = || event.ids.allocation(&asked.text("PublicIp")?).map(str::to_owned);
    let allocation = asked.text("AllocationId").or_else(by_ip);
    let public_ip = allocation.as_deref().and_then(|id| event.ids.public_ip(id)).map(str::to_owned);
    let known = AddressAssociation {
        interface: asked.text("NetworkInterfaceId").or_else(only),
        private_ip: asked.text("PrivateIpAddress"),
        public_ip: asked.text("PublicIp").or(public_ip),
        allocation,
    };
    // With AllowReassociation the address may have been elsewhere before.
    let before = match asked.flag("AllowReassociation") {
        Some(true) => State::Unknown,
        _ => State::Absent,
    };
    let id = event.answered.text("AssociationId");
    association(&known, id.as_deref(), |after| (before.clone(), after))
}

pub(super) fn disassociate_address(event: &Event<'_>) -> Vec<Edit> {
    let Some(id) = event.asked.text("AssociationId") else { return Vec::new() };
    match event.ids.address_association(&id) {
        Some(known) => association(known, Some(&id), |before| (before, State::Absent)),
        None => vec![Part::of("AWS::EC2::EIPAssociation", &id).deleted()],
    }
}

/// The edits on the address and on the interface; `turn` says which way they go.
fn association(
    known: &AddressAssociation,
    id: Option<&str>,
    turn: impl Fn(State) -> (State, State),
) -> Vec<Edit> {
    let state = |value: Option<&str>| value.map_or(State::Unknown, |text| State::Present(json!(text)));
    let mut edits = Vec::new();
    if let Some(allocation) = &known.allocation {
        let part = Part::of(ADDRESS, allocation);
        for (member, value) in [("AssociationId", id), ("NetworkInterfaceId", known.interface.as_deref())] {
            let (before, after) = turn(state(value));
            edits.push(part.set(member, before, after));
        }
    }
    if let Some(interface) = &known.interface {
        let members = [
            ("AllocationId", known.allocation.as_deref()),
            ("AssociationId", id),
            ("PublicIp", known.public_ip.as_deref()),
        ];
        let members = members.into_iter().filter_map(|(name, text)| Some((name.to_owned(), json!(text?))));
        let (before, after) = match &known.public_ip {
            Some(_) => turn(State::Present(Value::Object(members.collect::<Map<_, _>>()))),
            // Which public address the interface has is what matters.
            None => turn(State::Unknown),
        };
        edits.push(Part::of(INTERFACE, interface).set("Association", before, after));
    }
    edits
}
