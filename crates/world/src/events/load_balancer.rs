//! Load balancers of both generations: targets, listeners, health checks, zones, groups.

use super::Event;
use super::part::{Part, members_of};
use crate::cloudtrail::Fields;
use crate::delta::{Edit, State};
use serde_json::{Value, json};

const BALANCER: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";
const LISTENER: &str = "AWS::ElasticLoadBalancingV2::Listener";
const RULE: &str = "AWS::ElasticLoadBalancingV2::ListenerRule";
const GROUP: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";
const CLASSIC: &str = "AWS::ElasticLoadBalancing::LoadBalancer";

pub(super) fn register_targets(event: &Event<'_>) -> Vec<Edit> {
    targets(event, true)
}

pub(super) fn deregister_targets(event: &Event<'_>) -> Vec<Edit> {
    targets(event, false)
}

fn targets(event: &Event<'_>, is_added: bool) -> Vec<Edit> {
    let Some(arn) = event.asked.text("TargetGroupArn") else { return Vec::new() };
    let part = Part::of(GROUP, &arn);
    let mut edits = Vec::new();
    for target in event.asked.list("Targets") {
        let Some(id) = target.text("Id") else { continue };
        // Without a port the target has the group's.
        let Some(port) = target.number("Port").or_else(|| event.ids.target_port(&arn)) else {
            edits.push(part.unclear("TargetHealthDescriptions"));
            continue;
        };
        let mut named = members_of(target, &["AvailabilityZone"]);
        named.insert("Id".to_owned(), json!(id));
        named.insert("Port".to_owned(), json!(port));
        let value = json!({"Target": named});
        let key = format!("{id}:{port}");
        edits.push(match is_added {
            true => part.added("TargetHealthDescriptions", key, value),
            false => part.removed("TargetHealthDescriptions", key, State::Present(value)),
        });
    }
    edits
}

pub(super) fn create_listener(event: &Event<'_>) -> Vec<Edit> {
    created_list(event, "Listeners", LISTENER, "ListenerArn")
}

pub(super) fn delete_listener(event: &Event<'_>) -> Vec<Edit> {
    event.deleted(LISTENER, "ListenerArn")
}

pub(super) fn modify_listener(event: &Event<'_>) -> Vec<Edit> {
    let members = ["Port", "Protocol", "DefaultActions", "SslPolicy", "Certificates"];
    assigned(event, LISTENER, "ListenerArn", &members)
}

pub(super) fn create_rule(event: &Event<'_>) -> Vec<Edit> {
    created_list(event, "Rules", RULE, "RuleArn")
}

pub(super) fn delete_rule(event: &Event<'_>) -> Vec<Edit> {
    event.deleted(RULE, "RuleArn")
}

pub(super) fn modify_rule(event: &Event<'_>) -> Vec<Edit> {
    assigned(event, RULE, "RuleArn", &["Conditions", "Actions"])
}

pub(super) fn create_target_group(event: &Event<'_>) -> Vec<Edit> {
    created_list(event, "TargetGroups", GROUP, "TargetGroupArn")
}

pub(super) fn delete_target_group(event: &Event<'_>) -> Vec<Edit> {
    event.deleted(GROUP, "TargetGroupArn")
}

pub(super) fn modify_target_group(event: &Event<'_>) -> Vec<Edit> {
    let members = [
        "HealthCheckEnabled",
        "HealthCheckIntervalSeconds",
        "HealthCheckPath",
        "HealthCheckPort",
        "HealthCheckProtocol",
        "HealthCheckTimeoutSeconds",
        "HealthyThresholdCount",
        "Matcher",
        "UnhealthyThresholdCount",
    ];
    assigned(event, GROUP, "TargetGroupArn", &members)
}

pub(super) fn modify_target_group_attributes(event: &Event<'_>) -> Vec<Edit> {
    attributes(event, GROUP, "TargetGroupArn")
}

pub(super) fn modify_balancer_attributes(event: &Event<'_>) -> Vec<Edit> {
    if event.asked.has("LoadBalancerName") {
        // A classic balancer's attributes are one structure; none of its parts is modelled.
        return Vec::new();
    }
    attributes(event, BALANCER, "LoadBalancerArn")
}

fn attributes(event: &Event<'_>, kind: &str, id: &str) -> Vec<Edit> {
    let Some(arn) = event.asked.text(id) else { return Vec::new() };
    let part = Part::of(kind, &arn);
    let attribute = |attribute: Fields<'_>| {
        let (key, value) = (attribute.text("Key")?, attribute.text("Value").unwrap_or_default());
        let after = State::Present(json!({"Key": key, "Value": value}));
        Some(part.element("Attributes", key, State::Unknown, after))
    };
    event.asked.list("Attributes").into_iter().filter_map(attribute).collect()
}

pub(super) fn set_security_groups(event: &Event<'_>) -> Vec<Edit> {
    replaced(event, "SecurityGroups", event.asked.texts("SecurityGroups"))
}

pub(super) fn set_subnets(event: &Event<'_>) -> Vec<Edit> {
    let Some(arn) = event.asked.text("LoadBalancerArn") else { return Vec::new() };
    let answered = event.answered.list("AvailabilityZones");
    let zones: Vec<_> = if answered.is_empty() {
        let mapped =
            event.asked.list("SubnetMappings").into_iter().filter_map(|mapping| mapping.text("SubnetId"));
        let subnets = event.asked.texts("Subnets").into_iter().chain(mapped);
        subnets.map(|id| json!({"SubnetId": id})).collect()
    } else {
        answered.into_iter().map(|zone| Value::Object(members_of(zone, &["SubnetId", "ZoneName"]))).collect()
    };
    vec![Part::of(BALANCER, &arn).assigned("AvailabilityZones", Value::Array(zones))]
}

fn replaced(event: &Event<'_>, member: &str, values: Vec<String>) -> Vec<Edit> {
    let Some(arn) = event.asked.text("LoadBalancerArn") else { return Vec::new() };
    vec![Part::of(BALANCER, &arn).assigned(member, json!(values))]
}

pub(super) fn create_balancer(event: &Event<'_>) -> Vec<Edit> {
    // The classic API answers with a name only; its request is not the described document.
    created_list(event, "LoadBalancers", BALANCER, "LoadBalancerArn")
}

pub(super) fn delete_balancer(event: &Event<'_>) -> Vec<Edit> {
    match event.asked.text("LoadBalancerName") {
        Some(name) => vec![Part::of(CLASSIC, &name).deleted()],
        None => event.deleted(BALANCER, "LoadBalancerArn"),
    }
}

pub(super) fn register_instances(event: &Event<'_>) -> Vec<Edit> {
    classic(event, "Instances", "Instances", true)
}

pub(super) fn deregister_instances(event: &Event<'_>) -> Vec<Edit> {
    classic(event, "Instances", "Instances", false)
}

pub(super) fn attach_classic_subnets(event: &Event<'_>) -> Vec<Edit> {
    classic(event, "Subnets", "Subnets", true)
}

pub(super) fn detach_classic_subnets(event: &Event<'_>) -> Vec<Edit> {
    classic(event, "Subnets", "Subnets", false)
}

pub(super) fn apply_classic_groups(event: &Event<'_>) -> Vec<Edit> {
    let Some(name) = event.asked.text("LoadBalancerName") else { return Vec::new() };
    vec![Part::of(CLASSIC, &name).assigned("SecurityGroups", json!(event.asked.texts("SecurityGroups")))]
}

fn classic(event: &Event<'_>, member: &str, path: &str, is_added: bool) -> Vec<Edit> {
    let Some(name) = event.asked.text("LoadBalancerName") else { return Vec::new() };
    let part = Part::of(CLASSIC, &name);
    let edit = |id: String| {
        let value = if member == "Instances" { json!({"InstanceId": id}) } else { json!(id) };
        match is_added {
            true => part.added(member, id, value),
            false => part.removed(member, id, State::Present(value)),
        }
    };
    event.asked.texts(path).into_iter().map(edit).collect()
}

fn created_list(event: &Event<'_>, list: &str, kind: &str, id: &str) -> Vec<Edit> {
    let created = event.answered.list(list).into_iter();
    created.filter_map(|item| Some(Part::of(kind, &item.text(id)?).created(item.value().clone()))).collect()
}

/// The members the request has are the new values.
fn assigned(event: &Event<'_>, kind: &str, id: &str, members: &[&str]) -> Vec<Edit> {
    let Some(arn) = event.asked.text(id) else { return Vec::new() };
    let part = Part::of(kind, &arn);
    let value = |member: &str| match LISTS.contains(&member) {
        true => {
            let elements = event.asked.list(member).into_iter();
            Some(Value::Array(elements.map(|element| element.value().clone()).collect()))
        }
        false => event.asked.get(member).cloned(),
    };
    let edits =
        members.iter().filter_map(|member| Some((member, value(member).filter(|value| !is_empty(value))?)));
    edits.map(|(member, value)| part.assigned(member, value)).collect()
}

/// Members of listeners and rules that are lists.
const LISTS: &[&str] = &["Actions", "Certificates", "Conditions", "DefaultActions"];

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}
