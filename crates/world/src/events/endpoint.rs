//! VPC endpoints, and the services behind them.

use super::Event;
use super::part::Part;
use super::route::endpoint_route;
use crate::cloudtrail::Fields;
use crate::delta::{Edit, State};
use serde_json::{Value, json};

const KIND: &str = "AWS::EC2::VPCEndpoint";
const SERVICE: &str = "AWS::EC2::VPCEndpointService";
const INTERFACE: &str = "AWS::EC2::NetworkInterface";

/// What an endpoint has when none was given, or after `ResetPolicy` (PrivateLink guide, default endpoint policy).
const DEFAULT_POLICY: &str = concat!(
    r#"{"Version":"2008-10-17","#,
    r#""Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#
);

pub(super) fn modify(event: &Event<'_>) -> Vec<Edit> {
    let asked = event.asked;
    let Some(id) = asked.text("VpcEndpointId") else { return Vec::new() };
    let part = Part::of(KIND, &id);
    let mut edits = Vec::new();
    for (is_added, path) in [(false, "RemoveSubnetIds"), (true, "AddSubnetIds")] {
        for subnet in asked.texts(path) {
            edits.push(turned(part, "SubnetIds", &subnet, json!(subnet), is_added));
            edits.extend(interfaces(event, &id, &subnet, is_added));
        }
    }
    for (is_added, path) in [(false, "RemoveRouteTableIds"), (true, "AddRouteTableIds")] {
        for table in asked.texts(path) {
            edits.push(turned(part, "RouteTableIds", &table, json!(table), is_added));
            edits.push(endpoint_route(&table, &id, event.ids.endpoint_prefix_list(&id), is_added));
        }
    }
    for (is_added, path) in [(false, "RemoveSecurityGroupIds"), (true, "AddSecurityGroupIds")] {
        for group in asked.texts(path) {
            edits.push(turned(part, "Groups", &group, json!({"GroupId": group}), is_added));
        }
    }
    if asked.flag("ResetPolicy") == Some(true) {
        edits.push(part.assigned("PolicyDocument", json!(DEFAULT_POLICY)));
    }
    if let Some(policy) = policy_text(asked, "PolicyDocument") {
        edits.push(part.assigned("PolicyDocument", policy));
    }
    if let Some(flag) = asked.flag("PrivateDnsEnabled") {
        edits.push(part.flipped("PrivateDnsEnabled", flag));
    }
    edits
}

fn turned(part: Part<'_>, member: &str, element: &str, value: Value, is_added: bool) -> Edit {
    match is_added {
        true => part.added(member, element, value),
        false => part.removed(member, element, State::Present(value)),
    }
}

/// The endpoint's interfaces in a subnet come and go with it.
fn interfaces(event: &Event<'_>, endpoint: &str, subnet: &str, is_added: bool) -> Vec<Edit> {
    let known = event.ids.endpoint_interfaces(endpoint, subnet).into_iter();
    known
        .map(|(id, document)| {
            let there = State::Present(document.clone());
            match is_added {
                true => Part::of(INTERFACE, id).whole(State::Absent, there),
                false => Part::of(INTERFACE, id).whole(there, State::Absent),
            }
        })
        .collect()
}

/// A policy as the text describe output has, also when the record has it as an object.
pub(super) fn policy_text(fields: Fields<'_>, path: &str) -> Option<Value> {
    match fields.get(path)? {
        Value::Object(members) if members.is_empty() => None,
        Value::String(text) => Some(json!(text)),
        document => Some(json!(document.to_string())),
    }
}

pub(super) fn create(event: &Event<'_>) -> Vec<Edit> {
    let mut edits = event.created(KIND, "VpcEndpoint", "VpcEndpointId");
    let endpoint = event.answered.at("VpcEndpoint");
    if let Some(id) = endpoint.text("VpcEndpointId") {
        for table in endpoint.texts("RouteTableIds") {
            edits.push(endpoint_route(&table, &id, event.ids.endpoint_prefix_list(&id), true));
        }
    }
    edits
}

pub(super) fn delete(event: &Event<'_>) -> Vec<Edit> {
    // A failed deletion of one of several is in the answer, not in errorCode.
    let failed: Vec<_> = unsuccessful(event);
    let ids = event.asked.texts("VpcEndpointIds").into_iter().filter(|id| !failed.contains(id));
    ids.map(|id| Part::of(KIND, &id).deleted()).collect()
}

fn unsuccessful(event: &Event<'_>) -> Vec<String> {
    event.answered.list("Unsuccessful").into_iter().filter_map(|item| item.text("ResourceId")).collect()
}

pub(super) fn accept_connections(event: &Event<'_>) -> Vec<Edit> {
    connections(event, State::Unknown, "available")
}

pub(super) fn reject_connections(event: &Event<'_>) -> Vec<Edit> {
    connections(event, State::Unknown, "rejected")
}

fn connections(event: &Event<'_>, before: State, state: &str) -> Vec<Edit> {
    let failed = unsuccessful(event);
    let ids = event.asked.texts("VpcEndpointIds").into_iter().filter(|id| !failed.contains(id));
    ids.map(|id| Part::of(KIND, &id).set("State", before.clone(), State::Present(json!(state)))).collect()
}

pub(super) fn modify_service_permissions(event: &Event<'_>) -> Vec<Edit> {
    let Some(id) = event.asked.text("ServiceId") else { return Vec::new() };
    let part = Part::of(SERVICE, &id);
    let mut edits = Vec::new();
    for (is_added, path) in [(false, "RemoveAllowedPrincipals"), (true, "AddAllowedPrincipals")] {
        for principal in event.asked.texts(path) {
            edits.push(turned(
                part,
                "AllowedPrincipals",
                &principal,
                json!({"Principal": principal}),
                is_added,
            ));
        }
    }
    edits
}
