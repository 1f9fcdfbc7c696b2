//! Commands for load balancers of both generations.

use super::Place;
use super::plan::{Bucket, Done, Plan, element, text, text_key, unknown, unsupported, wanted, whole_list};
use super::shell::Call;
use crate::cloudtrail::Fields;
use crate::delta::Edit;
use serde_json::Value;

fn elbv2(place: &Place, operation: &'static str) -> Call {
    Call::new(place, "elbv2", operation)
}

pub(super) fn target_group(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let place = plan.place(first)?;
    let (mut registered, mut deregistered) = (Vec::new(), Vec::new());
    let mut health = elbv2(&place, "ModifyTargetGroup").arg("--target-group-arn", bucket.id);
    let mut checks = Vec::new();
    for edit in &bucket.edits {
        let member = edit.facet.member.as_str();
        let flag = HEALTH.iter().find(|(name, _)| *name == member).map(|(_, flag)| *flag);
        match (member, flag) {
            ("TargetHealthDescriptions", _) => {
                let list = if wanted(edit)?.is_some() { &mut registered } else { &mut deregistered };
                list.push(target(edit)?);
            }
            ("Attributes", _) => {}
            (_, Some(flag)) => {
                let value = wanted(edit)?.ok_or_else(|| unknown(edit, "the value it had"))?;
                health = match value {
                    Value::Bool(is_on) => health.toggle("health-check-enabled", *is_on),
                    Value::String(text) => health.arg(flag, text.as_str()),
                    other => health.json(flag, other),
                };
                checks.push(member);
            }
            ("", _) if wanted(edit)?.is_none() => {
                let call = elbv2(&place, "DeleteTargetGroup").arg("--target-group-arn", bucket.id);
                plan.push(call.say(format!("Delete {}", name(bucket.id))));
            }
            _ => {
                return Err(unsupported(
                    edit,
                    "it is set when the target group is made: make another target group",
                ));
            }
        }
    }
    for (operation, targets, verb) in
        [("RegisterTargets", registered, "Register"), ("DeregisterTargets", deregistered, "Deregister")]
    {
        if !targets.is_empty() {
            let call =
                elbv2(&place, operation).arg("--target-group-arn", bucket.id).args("--targets", &targets);
            plan.push(call.say(format!("{verb} {} in {}", targets.join(" and "), name(bucket.id))));
        }
    }
    if !checks.is_empty() {
        plan.push(health.say(format!("Set {} of {}", checks.join(", "), name(bucket.id))));
    }
    attributes(plan, bucket, "ModifyTargetGroupAttributes", "--target-group-arn")
}

/// Settings of a target group that a call can change, and their flags.
const HEALTH: &[(&str, &str)] = &[
    ("HealthCheckEnabled", ""),
    ("HealthCheckIntervalSeconds", "--health-check-interval-seconds"),
    ("HealthCheckPath", "--health-check-path"),
    ("HealthCheckPort", "--health-check-port"),
    ("HealthCheckProtocol", "--health-check-protocol"),
    ("HealthCheckTimeoutSeconds", "--health-check-timeout-seconds"),
    ("HealthyThresholdCount", "--healthy-threshold-count"),
    ("Matcher", "--matcher"),
    ("UnhealthyThresholdCount", "--unhealthy-threshold-count"),
];

/// `i-0123:80` as the call names it.
fn target(edit: &Edit) -> Result<String, super::CommandError> {
    let key = element(edit)?;
    // An IPv6 address has colons of its own.
    let (id, port) = key.rsplit_once(':').unwrap_or((key, ""));
    let values = [&edit.after, &edit.before].into_iter();
    let zone = values.into_iter().find_map(|state| match state {
        crate::delta::State::Present(value) => text(value, "Target/AvailabilityZone"),
        _ => None,
    });
    let port = if port.is_empty() { String::new() } else { format!(",Port={port}") };
    // Only a target outside the VPC has the zone `all`; for the others AWS knows it.
    let zone =
        zone.filter(|zone| zone == "all").map(|zone| format!(",AvailabilityZone={zone}")).unwrap_or_default();
    Ok(format!("Id={id}{port}{zone}"))
}

fn attributes(plan: &mut Plan<'_>, bucket: &Bucket<'_>, operation: &'static str, flag: &str) -> Done {
    let mut pairs = Vec::new();
    for edit in bucket.of("Attributes") {
        let value = wanted(edit)?.ok_or_else(|| unknown(edit, "the value it had"))?;
        let value = text(value, "Value").unwrap_or_default();
        pairs.push(format!("Key={},Value={value}", element(edit)?));
    }
    let Some(edit) = bucket.of("Attributes").next() else { return Ok(()) };
    let call = elbv2(&plan.place(edit)?, operation).arg(flag, bucket.id).args("--attributes", &pairs);
    plan.push(call.say(format!("Set attributes of {}", name(bucket.id))));
    Ok(())
}

/// The readable part of a load balancing ARN: what follows the resource type.
fn name(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}

pub(super) fn balancer(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let place = plan.place(first)?;
    for edit in &bucket.edits {
        match edit.facet.member.as_str() {
            "SecurityGroups" | "AvailabilityZones" | "Attributes" => {}
            "" if wanted(edit)?.is_none() => {
                let call = elbv2(&place, "DeleteLoadBalancer").arg("--load-balancer-arn", bucket.id);
                plan.push(call.say(format!("Delete {}", name(bucket.id))));
            }
            _ => {
                return Err(unsupported(
                    edit,
                    "a load balancer comes back under a new ARN: make it anew, with its listeners",
                ));
            }
        }
    }
    let subnet = |zone: &Value| text(zone, "SubnetId");
    for (member, operation, flag, key) in [
        (
            "SecurityGroups",
            "SetSecurityGroups",
            "--security-groups",
            text_key as fn(&Value) -> Option<String>,
        ),
        ("AvailabilityZones", "SetSubnets", "--subnets", subnet),
    ] {
        if let Some(list) = whole_list(plan, bucket, member, key)? {
            let call = elbv2(&place, operation).arg("--load-balancer-arn", bucket.id).args(flag, &list);
            plan.push(call.say(format!("Have {} in {}", name(bucket.id), list.join(" and "))));
        }
    }
    attributes(plan, bucket, "ModifyLoadBalancerAttributes", "--load-balancer-arn")
}

pub(super) fn listener(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let place = plan.place(first)?;
    if first.facet.member.is_empty() {
        let Some(document) = wanted(first)? else {
            let call = elbv2(&place, "DeleteListener").arg("--listener-arn", plan.id(bucket.id));
            plan.push(call.say(format!("Delete {}", plan.shown_as(bucket.id, name(bucket.id)))));
            return Ok(());
        };
        return listener_anew(plan, first, &place, document);
    }
    let mut call = elbv2(&place, "ModifyListener").arg("--listener-arn", bucket.id);
    for edit in &bucket.edits {
        let value = wanted(edit)?.ok_or_else(|| unknown(edit, "the value it had"))?;
        let flag = match edit.facet.member.as_str() {
            "Port" => "--port",
            "Protocol" => "--protocol",
            "SslPolicy" => "--ssl-policy",
            "DefaultActions" => "--default-actions",
            "Certificates" => "--certificates",
            _ => return Err(unsupported(edit, "this member has no call of its own")),
        };
        call = match value {
            Value::String(text) => call.arg(flag, text.as_str()),
            value => call.json(flag, value),
        };
    }
    plan.push(call.say(format!("Set {} back", name(bucket.id))));
    Ok(())
}

fn listener_anew(plan: &mut Plan<'_>, edit: &Edit, place: &Place, document: &Value) -> Done {
    let fields = Fields::of(document);
    let (Some(balancer), Some(protocol), Some(port)) =
        (fields.text("LoadBalancerArn"), fields.text("Protocol"), fields.text("Port"))
    else {
        return Err(unknown(edit, "its load balancer, protocol and port"));
    };
    let actions = fields.get("DefaultActions").ok_or_else(|| unknown(edit, "its default actions"))?;
    let variable = plan.rename(&edit.resource.id, "LISTENER_ARN");
    let call = elbv2(place, "CreateListener")
        .arg("--load-balancer-arn", balancer.as_str())
        .arg("--protocol", protocol)
        .arg("--port", port.as_str())
        .json("--default-actions", actions)
        .maybe("--ssl-policy", fields.text("SslPolicy"));
    let call = match fields.get("Certificates").filter(|_| fields.has("Certificates")) {
        Some(certificates) => call.json("--certificates", certificates),
        None => call,
    };
    let call = call
        .caution("the listener comes back under a new ARN; its rules and further certificates must be added");
    let text = format!("Have {} listen on port {port} again", name(&balancer));
    plan.push(call.keep(&variable, "Listeners[0].ListenerArn", text));
    Ok(())
}

pub(super) fn rule(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let place = plan.place(first)?;
    if first.facet.member.is_empty() {
        let Some(document) = wanted(first)? else {
            let call = elbv2(&place, "DeleteRule").arg("--rule-arn", plan.id(bucket.id));
            plan.push(call.say(format!("Delete {}", plan.shown_as(bucket.id, name(bucket.id)))));
            return Ok(());
        };
        let fields = Fields::of(document);
        let (Some(actions), Some(conditions), Some(priority)) =
            (fields.get("Actions"), fields.get("Conditions"), fields.text("Priority"))
        else {
            return Err(unknown(first, "its conditions, actions and priority"));
        };
        // listener-rule/app/NAME/BALANCER/LISTENER/RULE
        let listener = bucket
            .id
            .rsplit_once('/')
            .map(|(listener, _)| listener.replacen(":listener-rule/", ":listener/", 1));
        let listener = listener.ok_or_else(|| unknown(first, "its listener"))?;
        let call = elbv2(&place, "CreateRule")
            .arg("--listener-arn", plan.id(&listener))
            .arg("--priority", priority)
            .json("--conditions", &requested(conditions))
            .json("--actions", actions);
        let call = call.caution("the rule comes back under a new ARN");
        let variable = plan.rename(bucket.id, "RULE_ARN");
        let text = format!("Make the rule {} anew", name(bucket.id));
        plan.push(call.keep(&variable, "Rules[0].RuleArn", text));
        return Ok(());
    }
    let mut call = elbv2(&place, "ModifyRule").arg("--rule-arn", bucket.id);
    for edit in &bucket.edits {
        let value = wanted(edit)?.ok_or_else(|| unknown(edit, "the value it had"))?;
        call = match edit.facet.member.as_str() {
            "Conditions" => call.json("--conditions", &requested(value)),
            "Actions" => call.json("--actions", value),
            _ => return Err(unsupported(edit, "this member has no call of its own")),
        };
    }
    plan.push(call.say(format!("Set {} back", name(bucket.id))));
    Ok(())
}

/// Describe output gives a condition's values twice; a request takes one of the two forms.
fn requested(conditions: &Value) -> Value {
    let mut conditions = conditions.clone();
    for condition in conditions.as_array_mut().into_iter().flatten() {
        if let Value::Object(members) = condition
            && members.keys().any(|name| name.ends_with("Config"))
        {
            members.remove("Values");
        }
    }
    conditions
}

pub(super) fn classic(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let place = plan.place(first)?;
    let base =
        |operation: &'static str| Call::new(&place, "elb", operation).arg("--load-balancer-name", bucket.id);
    for (member, add, remove, flag) in [
        (
            "Instances",
            "RegisterInstancesWithLoadBalancer",
            "DeregisterInstancesFromLoadBalancer",
            "--instances",
        ),
        ("Subnets", "AttachLoadBalancerToSubnets", "DetachLoadBalancerFromSubnets", "--subnets"),
    ] {
        let (mut added, mut removed) = (Vec::new(), Vec::new());
        for edit in bucket.of(member) {
            let list = if wanted(edit)?.is_some() { &mut added } else { &mut removed };
            list.push(element(edit)?.to_owned());
        }
        for (operation, ids, verb, preposition) in
            [(add, added, "Add", "to"), (remove, removed, "Take", "from")]
        {
            if !ids.is_empty() {
                let text = format!("{verb} {} {preposition} load balancer {}", ids.join(" and "), bucket.id);
                plan.push(base(operation).args(flag, &ids).say(text));
            }
        }
    }
    if let Some(groups) = whole_list(plan, bucket, "SecurityGroups", text_key)? {
        let call = base("ApplySecurityGroupsToLoadBalancer").args("--security-groups", &groups);
        plan.push(call.say(format!("Put load balancer {} into {}", bucket.id, groups.join(" and "))));
    }
    match bucket
        .edits
        .iter()
        .find(|edit| !["Instances", "Subnets", "SecurityGroups"].contains(&edit.facet.member.as_str()))
    {
        Some(edit) => Err(unsupported(edit, "make the load balancer anew, with its listeners and instances")),
        None => Ok(()),
    }
}
