//! Virtual private gateways and VPN connections.

use super::Event;
use super::part::Part;
use crate::delta::{Edit, State};
use serde_json::{Value, json};

const GATEWAY: &str = "AWS::EC2::VPNGateway";
const CONNECTION: &str = "AWS::EC2::VPNConnection";

pub(super) fn attach_gateway(event: &Event<'_>) -> Vec<Edit> {
    let added = |(gateway, vpc, value): (String, String, Value)| {
        Part::of(GATEWAY, &gateway).added("VpcAttachments", vpc, value)
    };
    attachment(event).map(added).into_iter().collect()
}

pub(super) fn detach_gateway(event: &Event<'_>) -> Vec<Edit> {
    let removed = |(gateway, vpc, value): (String, String, Value)| {
        Part::of(GATEWAY, &gateway).removed("VpcAttachments", vpc, State::Present(value))
    };
    attachment(event).map(removed).into_iter().collect()
}

fn attachment(event: &Event<'_>) -> Option<(String, String, Value)> {
    let (gateway, vpc) = (event.asked.text("VpnGatewayId")?, event.asked.text("VpcId")?);
    let value = json!({"State": "attached", "VpcId": vpc});
    Some((gateway, vpc, value))
}

pub(super) fn create_gateway(event: &Event<'_>) -> Vec<Edit> {
    event.created(GATEWAY, "VpnGateway", "VpnGatewayId")
}

pub(super) fn delete_gateway(event: &Event<'_>) -> Vec<Edit> {
    event.deleted(GATEWAY, "VpnGatewayId")
}

pub(super) fn create_route(event: &Event<'_>) -> Vec<Edit> {
    let added =
        |(id, cidr, value): (String, String, Value)| Part::of(CONNECTION, &id).added("Routes", cidr, value);
    route(event).map(added).into_iter().collect()
}

pub(super) fn delete_route(event: &Event<'_>) -> Vec<Edit> {
    let removed = |(id, cidr, value): (String, String, Value)| {
        Part::of(CONNECTION, &id).removed("Routes", cidr, State::Present(value))
    };
    route(event).map(removed).into_iter().collect()
}

fn route(event: &Event<'_>) -> Option<(String, String, Value)> {
    let (id, cidr) = (event.asked.text("VpnConnectionId")?, event.asked.text("DestinationCidrBlock")?);
    let value = json!({"DestinationCidrBlock": cidr, "Source": "Static", "State": "available"});
    Some((id, cidr, value))
}

pub(super) fn create_connection(event: &Event<'_>) -> Vec<Edit> {
    event.created(CONNECTION, "VpnConnection", "VpnConnectionId")
}

pub(super) fn delete_connection(event: &Event<'_>) -> Vec<Edit> {
    event.deleted(CONNECTION, "VpnConnectionId")
}
