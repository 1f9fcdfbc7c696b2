//! Transit gateways: which table an attachment uses, which tables learn it, static routes, attachments, options.

use super::Event;
use super::part::Part;
use crate::cloudtrail::Fields;
use crate::delta::{Edit, State};
use serde_json::{Value, json};

const TABLE: &str = "AWS::EC2::TransitGatewayRouteTable";
const ATTACHMENT: &str = "AWS::EC2::TransitGatewayAttachment";
const GATEWAY: &str = "AWS::EC2::TransitGateway";

pub(super) fn associate(event: &Event<'_>) -> Vec<Edit> {
    member(event, "Associations", "Association", "associated", true)
}

pub(super) fn disassociate(event: &Event<'_>) -> Vec<Edit> {
    member(event, "Associations", "Association", "associated", false)
}

pub(super) fn enable_propagation(event: &Event<'_>) -> Vec<Edit> {
    member(event, "Propagations", "Propagation", "enabled", true)
}

pub(super) fn disable_propagation(event: &Event<'_>) -> Vec<Edit> {
    member(event, "Propagations", "Propagation", "enabled", false)
}

/// An association or a propagation, in the state it has when it is settled.
fn member(event: &Event<'_>, list: &str, answer: &str, state: &str, is_added: bool) -> Vec<Edit> {
    let asked = event.asked;
    let (Some(table), Some(attachment)) =
        (asked.text("TransitGatewayRouteTableId"), asked.text("TransitGatewayAttachmentId"))
    else {
        return Vec::new();
    };
    let mut value = attachment_ref(event.answered.at(answer), &attachment);
    if let Value::Object(members) = &mut value {
        members.insert("State".to_owned(), json!(state));
    }
    let part = Part::of(TABLE, &table);
    vec![match is_added {
        true => part.added(list, attachment, value),
        false => part.removed(list, attachment, State::Present(value)),
    }]
}

fn attachment_ref(known: Fields<'_>, id: &str) -> Value {
    let mut value = super::part::texts_of(known, &["ResourceId", "ResourceType"]);
    value.insert("TransitGatewayAttachmentId".to_owned(), json!(id));
    Value::Object(value)
}

pub(super) fn create_route(event: &Event<'_>) -> Vec<Edit> {
    route(event, "Route", "DestinationCidrBlock", State::Absent)
}

pub(super) fn replace_route(event: &Event<'_>) -> Vec<Edit> {
    route(event, "Route", "DestinationCidrBlock", State::Unknown)
}

pub(super) fn delete_route(event: &Event<'_>) -> Vec<Edit> {
    removed_route(event, "Route", "DestinationCidrBlock")
}

pub(super) fn create_prefix_list_reference(event: &Event<'_>) -> Vec<Edit> {
    route(event, "TransitGatewayPrefixListReference", "PrefixListId", State::Absent)
}

pub(super) fn modify_prefix_list_reference(event: &Event<'_>) -> Vec<Edit> {
    route(event, "TransitGatewayPrefixListReference", "PrefixListId", State::Unknown)
}

pub(super) fn delete_prefix_list_reference(event: &Event<'_>) -> Vec<Edit> {
    removed_route(event, "TransitGatewayPrefixListReference", "PrefixListId")
}

fn route(event: &Event<'_>, answer: &str, key: &str, before: State) -> Vec<Edit> {
    let asked = event.asked;
    let (Some(table), Some(element)) = (asked.text("TransitGatewayRouteTableId"), asked.text(key)) else {
        return Vec::new();
    };
    let value = match (asked.text("TransitGatewayAttachmentId"), asked.flag("Blackhole")) {
        (_, Some(true)) => static_route(key, &element, None),
        (Some(id), _) => {
            let answered = event.answered.at(answer);
            let known = answered.list("TransitGatewayAttachments|TransitGatewayAttachment").into_iter();
            let known = known
                .into_iter()
                .find(|known| known.text("TransitGatewayAttachmentId").as_ref() == Some(&id));
            static_route(key, &element, Some(attachment_ref(known.unwrap_or(Fields::of(&Value::Null)), &id)))
        }
        (None, _) => return vec![Part::of(TABLE, &table).element("Routes", element, before, State::Unknown)],
    };
    vec![Part::of(TABLE, &table).element("Routes", element, before, State::Present(value))]
}

fn removed_route(event: &Event<'_>, answer: &str, key: &str) -> Vec<Edit> {
    let asked = event.asked;
    let (Some(table), Some(element)) = (asked.text("TransitGatewayRouteTableId"), asked.text(key)) else {
        return Vec::new();
    };
    let answered = event.answered.at(answer);
    let attachment = answered.list("TransitGatewayAttachments|TransitGatewayAttachment").into_iter().next();
    let before = match attachment.and_then(|known| Some((known, known.text("TransitGatewayAttachmentId")?))) {
        Some((known, id)) => State::Present(static_route(key, &element, Some(attachment_ref(known, &id)))),
        // Without an attachment it was a blackhole if the answer says so, and is not known otherwise.
        None if answered.flag("Blackhole") == Some(true) => State::Present(static_route(key, &element, None)),
        None => State::Unknown,
    };
    vec![Part::of(TABLE, &table).removed("Routes", element, before)]
}

/// A static route as `SearchTransitGatewayRoutes` gives it; without an attachment it is a blackhole.
fn static_route(key: &str, element: &str, attachment: Option<Value>) -> Value {
    let state = if attachment.is_some() { "active" } else { "blackhole" };
    let attachments: Vec<_> = attachment.into_iter().collect();
    json!({key: element, "State": state, "TransitGatewayAttachments": attachments, "Type": "static"})
}

pub(super) fn create_attachment(event: &Event<'_>) -> Vec<Edit> {
    let answered = event.answered.at("TransitGatewayVpcAttachment");
    let Some(id) = answered.text("TransitGatewayAttachmentId") else { return Vec::new() };
    let mut document = answered.value().clone();
    if let Value::Object(members) = &mut document {
        members.insert("ResourceType".to_owned(), json!("vpc"));
        if let Some(vpc) = answered.text("VpcId") {
            members.insert("ResourceId".to_owned(), json!(vpc));
        }
        if answered.text("State").as_deref() == Some("pending") {
            members.insert("State".to_owned(), json!("available"));
        }
        let subnets = event.asked.texts("SubnetIds");
        if !subnets.is_empty() {
            members.insert("SubnetIds".to_owned(), json!(subnets));
        }
    }
    vec![Part::of(ATTACHMENT, &id).created(document)]
}

pub(super) fn modify_attachment(event: &Event<'_>) -> Vec<Edit> {
    let asked = event.asked;
    let Some(id) = asked.text("TransitGatewayAttachmentId") else { return Vec::new() };
    let part = Part::of(ATTACHMENT, &id);
    let removed = asked.texts("RemoveSubnetIds");
    let added = asked.texts("AddSubnetIds");
    let removed =
        removed.into_iter().map(|id| part.removed("SubnetIds", id.as_str(), State::Present(json!(id))));
    let added = added.into_iter().map(|id| part.added("SubnetIds", id.as_str(), json!(id)));
    removed.chain(added).chain(options(part, asked.at("Options"))).collect()
}

pub(super) fn delete_attachment(event: &Event<'_>) -> Vec<Edit> {
    event.deleted(ATTACHMENT, "TransitGatewayAttachmentId")
}

pub(super) fn accept_attachment(event: &Event<'_>) -> Vec<Edit> {
    answer(event, "available")
}

pub(super) fn reject_attachment(event: &Event<'_>) -> Vec<Edit> {
    answer(event, "rejected")
}

fn answer(event: &Event<'_>, state: &str) -> Vec<Edit> {
    let Some(id) = event.asked.text("TransitGatewayAttachmentId") else { return Vec::new() };
    let before = State::Present(json!("pendingAcceptance"));
    vec![Part::of(ATTACHMENT, &id).set("State", before, State::Present(json!(state)))]
}

pub(super) fn modify_gateway(event: &Event<'_>) -> Vec<Edit> {
    let Some(id) = event.asked.text("TransitGatewayId") else { return Vec::new() };
    options(Part::of(GATEWAY, &id), event.asked.at("Options"))
}

fn options(part: Part<'_>, options: Fields<'_>) -> Vec<Edit> {
    let Value::Object(members) = options.value() else { return Vec::new() };
    // The Add... and Remove... lists (CIDR blocks for Connect) are no settings.
    let settings = members.iter().filter(|(name, value)| {
        (value.is_string() || value.is_number()) && !name.starts_with("Add") && !name.starts_with("Remove")
    });
    settings.map(|(name, value)| part.assigned(&format!("Options/{name}"), value.clone())).collect()
}

pub(super) fn create_route_table(event: &Event<'_>) -> Vec<Edit> {
    event.created(TABLE, "TransitGatewayRouteTable", "TransitGatewayRouteTableId")
}

pub(super) fn delete_route_table(event: &Event<'_>) -> Vec<Edit> {
    event.deleted(TABLE, "TransitGatewayRouteTableId")
}
