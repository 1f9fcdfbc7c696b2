//! Route tables: routes, the subnets and gateways that use a table, and what a table learns from a VPN gateway.

use super::Event;
use super::part::{Part, texts_of};
use crate::delta::{Edit, State};
use crate::ids::Subject;
use serde_json::{Value, json};

const KIND: &str = "AWS::EC2::RouteTable";
const DESTINATIONS: &[&str] =
    &["DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"];
const TARGETS: &[&str] = &[
    "CarrierGatewayId",
    "CoreNetworkArn",
    "EgressOnlyInternetGatewayId",
    "GatewayId",
    "InstanceId",
    "LocalGatewayId",
    "NatGatewayId",
    "NetworkInterfaceId",
    "OdbNetworkArn",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
];

pub(super) fn create_route(event: &Event<'_>) -> Vec<Edit> {
    let added = |(table, key): (String, String)| Part::of(KIND, &table).added("Routes", key, route(event));
    destination(event).map(added).into_iter().collect()
}

pub(super) fn replace_route(event: &Event<'_>) -> Vec<Edit> {
    let replaced = |(table, key): (String, String)| {
        Part::of(KIND, &table).element("Routes", key, State::Unknown, State::Present(route(event)))
    };
    destination(event).map(replaced).into_iter().collect()
}

pub(super) fn delete_route(event: &Event<'_>) -> Vec<Edit> {
    let removed =
        |(table, key): (String, String)| Part::of(KIND, &table).removed("Routes", key, State::Unknown);
    destination(event).map(removed).into_iter().collect()
}

fn destination(event: &Event<'_>) -> Option<(String, String)> {
    let destination = DESTINATIONS.iter().find_map(|name| event.asked.text(name))?;
    Some((event.asked.text("RouteTableId")?, destination))
}

/// The route as `DescribeRouteTables` gives it.
fn route(event: &Event<'_>) -> Value {
    let mut route = texts_of(event.asked, DESTINATIONS);
    route.extend(texts_of(event.asked, TARGETS));
    // Describe output shows an endpoint as gateway, and the local target as the gateway `local`.
    if let Some(endpoint) = event.asked.text("VpcEndpointId") {
        route.insert("GatewayId".to_owned(), json!(endpoint));
    }
    if event.asked.flag("LocalTarget") == Some(true) {
        route.insert("GatewayId".to_owned(), json!("local"));
    }
    route.insert("Origin".to_owned(), json!("CreateRoute"));
    route.insert("State".to_owned(), json!("active"));
    Value::Object(route)
}

/// Edits for the route a gateway endpoint adds to a table: not a call of its own.
pub(super) fn endpoint_route(table: &str, endpoint: &str, prefix_list: Option<&str>, is_added: bool) -> Edit {
    let part = Part::of(KIND, table);
    let Some(list) = prefix_list else { return part.unclear("Routes") };
    let route = State::Present(json!({
        "DestinationPrefixListId": list, "GatewayId": endpoint, "Origin": "CreateRoute", "State": "active",
    }));
    let (before, after) = if is_added { (State::Absent, route) } else { (route, State::Absent) };
    part.element("Routes", list, before, after)
}

pub(super) fn associate(event: &Event<'_>) -> Vec<Edit> {
    let asked = event.asked;
    let subject =
        asked.text("SubnetId").map(Subject::Subnet).or_else(|| asked.text("GatewayId").map(Subject::Gateway));
    let (Some(table), Some(subject)) = (asked.text("RouteTableId"), subject) else { return Vec::new() };
    let value = association(&table, &subject, event.answered.text("AssociationId"));
    vec![Part::of(KIND, &table).added("Associations", subject.element(), value)]
}

pub(super) fn disassociate(event: &Event<'_>) -> Vec<Edit> {
    let Some(id) = event.asked.text("AssociationId") else { return Vec::new() };
    vec![left(event, &id)]
}

pub(super) fn replace_association(event: &Event<'_>) -> Vec<Edit> {
    let (Some(id), Some(table)) = (event.asked.text("AssociationId"), event.asked.text("RouteTableId"))
    else {
        return Vec::new();
    };
    let entered = match event.ids.route_table_association(&id).subject {
        Some(subject) => {
            let value = association(&table, &subject, event.answered.text("NewAssociationId"));
            Part::of(KIND, &table).added("Associations", subject.element(), value)
        }
        None => Part::of(KIND, &table).unclear("Associations"),
    };
    vec![left(event, &id), entered]
}

/// The association `id` is no more.
fn left(event: &Event<'_>, id: &str) -> Edit {
    let known = event.ids.route_table_association(id);
    match (known.container, known.subject) {
        (Some(table), Some(subject)) => {
            let before = State::Present(association(&table, &subject, Some(id.to_owned())));
            Part::of(KIND, &table).removed("Associations", subject.element(), before)
        }
        (Some(table), None) => Part::of(KIND, &table).unclear("Associations"),
        (None, _) => Part::of("AWS::EC2::SubnetRouteTableAssociation", id).deleted(),
    }
}

fn association(table: &str, subject: &Subject, id: Option<String>) -> Value {
    let mut value = json!({
        "AssociationState": {"State": "associated"},
        "Main": *subject == Subject::Main,
        "RouteTableAssociationId": id,
        "RouteTableId": table,
    });
    let (member, of) = match subject {
        Subject::Subnet(id) => ("SubnetId", id),
        Subject::Gateway(id) => ("GatewayId", id),
        Subject::Main => return value,
    };
    if let Value::Object(members) = &mut value {
        members.insert(member.to_owned(), json!(of));
    }
    value
}

pub(super) fn enable_propagation(event: &Event<'_>) -> Vec<Edit> {
    propagation(event, true)
}

pub(super) fn disable_propagation(event: &Event<'_>) -> Vec<Edit> {
    propagation(event, false)
}

fn propagation(event: &Event<'_>, is_enabled: bool) -> Vec<Edit> {
    let (Some(table), Some(gateway)) = (event.asked.text("RouteTableId"), event.asked.text("GatewayId"))
    else {
        return Vec::new();
    };
    let value = json!({"GatewayId": gateway});
    let part = Part::of(KIND, &table);
    vec![match is_enabled {
        true => part.added("PropagatingVgws", gateway, value),
        false => part.removed("PropagatingVgws", gateway, State::Present(value)),
    }]
}

pub(super) fn create_table(event: &Event<'_>) -> Vec<Edit> {
    event.created(KIND, "RouteTable", "RouteTableId")
}

pub(super) fn delete_table(event: &Event<'_>) -> Vec<Edit> {
    event.deleted(KIND, "RouteTableId")
}
