//! Services that live in a VPC without being part of it: databases, functions, clusters, alarms.

use super::Event;
use super::part::Part;
use crate::delta::{Edit, State};
use serde_json::{Value, json};

const DATABASE: &str = "AWS::RDS::DBInstance";
const FUNCTION: &str = "AWS::Lambda::Function";
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

pub(super) fn update_function(event: &Event<'_>) -> Vec<Edit> {
    let Some(arn) = function_arn(event) else { return Vec::new() };
    let part = Part::of(FUNCTION, &arn);
    let asked = event.asked;
    let mut edits = Vec::new();
    if asked.has("VpcConfig") {
        for member in ["SubnetIds", "SecurityGroupIds"] {
            let ids = asked.at("VpcConfig").texts(member);
            edits.push(part.assigned(&format!("VpcConfig/{member}"), json!(ids)));
        }
    }
    if let Some(role) = asked.text("Role") {
        edits.push(part.assigned("Role", json!(role)));
    }
    for member in ["Timeout", "MemorySize"] {
        if let Some(number) = asked.number(member) {
            edits.push(part.assigned(member, json!(number)));
        }
    }
    if asked.get("Environment").is_some() {
        // Always `{}` in records, whether or not the call set variables: nothing can be concluded but that it may have.
        edits.push(part.unclear("Environment/Variables"));
    }
    edits
}

pub(super) fn delete_function(event: &Event<'_>) -> Vec<Edit> {
    // With a qualifier only one version goes.
    if event.asked.has("Qualifier") {
        return Vec::new();
    }
    function_arn(event).map(|arn| Part::of(FUNCTION, &arn).deleted()).into_iter().collect()
}

pub(super) fn put_concurrency(event: &Event<'_>) -> Vec<Edit> {
    let (Some(arn), Some(number)) = (function_arn(event), event.asked.number("ReservedConcurrentExecutions"))
    else {
        return Vec::new();
    };
    vec![Part::of(FUNCTION, &arn).assigned("ReservedConcurrentExecutions", json!(number))]
}

pub(super) fn delete_concurrency(event: &Event<'_>) -> Vec<Edit> {
    let removed = |arn: String| {
        Part::of(FUNCTION, &arn).set("ReservedConcurrentExecutions", State::Unknown, State::Absent)
    };
    function_arn(event).map(removed).into_iter().collect()
}

/// The unqualified ARN of the function, which a call names by name, partial ARN or full ARN.
pub(super) fn function_arn(event: &Event<'_>) -> Option<String> {
    let name = event.answered.text("FunctionArn").or_else(|| event.asked.text("FunctionName"))?;
    // ...:function:NAME[:QUALIFIER]
    let (prefix, rest) = match name.split_once(":function:") {
        Some((prefix, rest)) => (Some(prefix), rest),
        None => (None, name.as_str()),
    };
    let name = rest.split(':').next().unwrap_or(rest);
    if let Some(prefix) = prefix.filter(|prefix| prefix.starts_with("arn:")) {
        return Some(format!("{prefix}:function:{name}"));
    }
    let record = event.record;
    // A partial ARN is `ACCOUNT:function:NAME`.
    let account = prefix.unwrap_or(&record.account);
    Some(format!("arn:{}:lambda:{}:{account}:function:{name}", partition(&record.region), record.region))
}

/// The partition a Region belongs to (IAM guide, ARN format).
fn partition(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
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

pub(super) fn set_alarm_state(event: &Event<'_>) -> Vec<Edit> {
    let (Some(name), Some(state)) = (event.asked.text("AlarmName"), event.asked.text("StateValue")) else {
        return Vec::new();
    };
    let record = event.record;
    let arn = format!(
        "arn:{}:cloudwatch:{}:{}:alarm:{name}",
        partition(&record.region),
        record.region,
        record.account
    );
    vec![Part::of("AWS::CloudWatch::Alarm", &arn).assigned("StateValue", json!(state))]
}
