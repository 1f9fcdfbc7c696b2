//! VPC peering connections.

use super::Event;
use super::part::Part;
use crate::delta::{Edit, State};
use serde_json::json;

const KIND: &str = "AWS::EC2::VPCPeeringConnection";

pub(super) fn create(event: &Event<'_>) -> Vec<Edit> {
    event.created(KIND, "VpcPeeringConnection", "VpcPeeringConnectionId")
}

pub(super) fn accept(event: &Event<'_>) -> Vec<Edit> {
    answer(event, "active")
}

pub(super) fn reject(event: &Event<'_>) -> Vec<Edit> {
    answer(event, "rejected")
}

/// Only a pending request can be answered.
fn answer(event: &Event<'_>, code: &str) -> Vec<Edit> {
    let Some(id) = event.asked.text("VpcPeeringConnectionId") else { return Vec::new() };
    let before = State::Present(json!("pending-acceptance"));
    vec![Part::of(KIND, &id).set("Status/Code", before, State::Present(json!(code)))]
}

pub(super) fn delete(event: &Event<'_>) -> Vec<Edit> {
    event.deleted(KIND, "VpcPeeringConnectionId")
}
