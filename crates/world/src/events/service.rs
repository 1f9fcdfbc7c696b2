//! Services that live in a VPC without being part of it: databases and clusters.

use super::Event;
use super::configuration::assigned;
use super::part::Part;
use crate::delta::{Edit, State};
use serde_json::{Value, json};

const DATABASE: &str = "AWS::RDS::DBInstance";
const DATABASE_CLUSTER: &str = "AWS::RDS::DBCluster";
const CLUSTER: &str = "AWS::EKS::Cluster";

pub(super) fn modify_database(event: &Event<'_>) -> Vec<Edit> {
    let asked = event.asked;
    let Some(id) = asked.text("DBInstanceIdentifier") else { return Vec::new() };
    let part = Part::of(DATABASE, &id);
    let mut edits = Vec::new();
    let groups = asked.texts("VpcSecurityGroupIds");
    if !groups.is_empty() {
        let groups: Vec<_> =
            groups.iter().map(|group| json!({"Status": "active", "VpcSecurityGroupId": group})).collect();
        edits.push(part.assigned("VpcSecurityGroups", Value::Array(groups)));
    }
    if let Some(flag) = asked.flag("PubliclyAccessible") {
        edits.push(part.flipped("PubliclyAccessible", flag));
    }
    // These wait for the maintenance window unless the call says otherwise (RDS guide, ApplyImmediately).
    let is_immediate = asked.flag("ApplyImmediately") == Some(true);
    let settled = |value: Value| if is_immediate { State::Present(value) } else { State::Unknown };
    if let Some(port) = asked.number("DBPortNumber") {
        edits.push(part.set("Endpoint/Port", State::Unknown, settled(json!(port))));
    }
    if let Some(name) = asked.text("DBSubnetGroupName") {
        edits.push(part.set("DBSubnetGroup/DBSubnetGroupName", State::Unknown, settled(json!(name))));
    }
    for member in ["DBInstanceClass", "AllocatedStorage", "StorageType", "Iops", "EngineVersion", "MultiAZ"] {
        let set = assigned(part, asked, &[member]).into_iter();
        edits.extend(set.map(|edit| if is_immediate { edit } else { part.unclear(member) }));
    }
    // These are set at once, whatever the call says.
    edits.extend(assigned(
        part,
        asked,
        &["MaxAllocatedStorage", "BackupRetentionPeriod", "DeletionProtection"],
    ));
    if let Some(name) = asked.text("DBParameterGroupName") {
        let group = json!({"DBParameterGroupName": name, "ParameterApplyStatus": "pending-reboot"});
        edits.push(part.assigned("DBParameterGroups", json!([group])));
    }
    edits
}

pub(super) fn modify_database_cluster(event: &Event<'_>) -> Vec<Edit> {
    let asked = event.asked;
    let Some(id) = asked.text("DBClusterIdentifier") else { return Vec::new() };
    let part = Part::of(DATABASE_CLUSTER, &id);
    let scaling =
        ["MinCapacity", "MaxCapacity"].map(|name| format!("ServerlessV2ScalingConfiguration/{name}"));
    let mut edits = assigned(part, asked, &scaling.each_ref().map(String::as_str));
    edits.extend(assigned(part, asked, &["BackupRetentionPeriod", "DeletionProtection"]));
    if let Some(name) = asked.text("DBClusterParameterGroupName") {
        edits.push(part.assigned("DBClusterParameterGroup", json!(name)));
    }
    let groups = asked.texts("VpcSecurityGroupIds");
    if !groups.is_empty() {
        let groups: Vec<_> = groups.iter().map(|group| json!({"VpcSecurityGroupId": group})).collect();
        edits.push(part.assigned("VpcSecurityGroups", Value::Array(groups)));
    }
    // These wait for the maintenance window unless the call says otherwise.
    let is_immediate = asked.flag("ApplyImmediately") == Some(true);
    for member in ["Port", "EngineVersion", "DBClusterInstanceClass"] {
        let set = assigned(part, asked, &[member]).into_iter();
        edits.extend(set.map(|edit| if is_immediate { edit } else { part.unclear(member) }));
    }
    edits
}

pub(super) fn stop_database(event: &Event<'_>) -> Vec<Edit> {
    database_status(event, "available", "stopped")
}

pub(super) fn start_database(event: &Event<'_>) -> Vec<Edit> {
    database_status(event, "stopped", "available")
}

/// Each of the two calls is refused in any other state.
fn database_status(event: &Event<'_>, before: &str, after: &str) -> Vec<Edit> {
    let Some(id) = event.asked.text("DBInstanceIdentifier") else { return Vec::new() };
    let (before, after) = (State::Present(json!(before)), State::Present(json!(after)));
    vec![Part::of(DATABASE, &id).set("DBInstanceStatus", before, after)]
}

pub(super) fn delete_database(event: &Event<'_>) -> Vec<Edit> {
    event.deleted(DATABASE, "DBInstanceIdentifier")
}

pub(super) fn update_cluster(event: &Event<'_>) -> Vec<Edit> {
    let Some(name) = event.asked.text("Name") else { return Vec::new() };
    let part = Part::of(CLUSTER, &name);
    let asked = event.asked.at("ResourcesVpcConfig");
    let Value::Object(members) = asked.value() else { return Vec::new() };
    // EKS's own names begin with a lower-case letter.
    let lower_first = |name: &str| {
        let mut letters = name.chars();
        letters
            .next()
            .map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + letters.as_str())
    };
    let mut edits = Vec::new();
    for (name, value) in members {
        let member = format!("resourcesVpcConfig/{}", lower_first(name));
        match asked.flag(name) {
            Some(flag) => edits.push(part.flipped(&member, flag)),
            None => edits.push(part.assigned(&member, value.clone())),
        }
    }
    edits
}
