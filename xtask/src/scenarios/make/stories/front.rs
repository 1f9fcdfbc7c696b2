//! Load balancers, endpoints and firewalls.

use crate::scenarios::make::build::route;
use crate::scenarios::make::cloud::{Place, ROUTE_TABLES, RULE_GROUPS, VPCS, is};
use crate::scenarios::make::front::{Balancer, name_of};
use crate::scenarios::make::signal::{Alarm, Format, Seen};
use crate::scenarios::make::stack::Stack;
use crate::scenarios::make::story::Story;
use crate::scenarios::make::trail::{Actor, Dialect};
use crate::scenarios::make::truth::Truth;
use serde_json::json;

fn place() -> Place {
    Place::new("888899990000", "ap-southeast-2")
}

/// A web tier of two instances on 8080 behind an application load balancer, with the balancer's group.
fn web(story: &mut Story, net: u8) -> Option<(Stack, Balancer, String)> {
    let stack = Stack::new(story, &place(), "web", net, 5432);
    let public_b = story.subnet(&stack.vpc, "public-b", "b", 1);
    story.associate(&stack.public_table, &public_b.id);
    let group = story.group(&stack.vpc, "alb");
    story.allow(&group, 80, "0.0.0.0/0");
    story.allow(&stack.app_group, 8080, &group);
    let hosts = [&stack.host_a, &stack.host_b];
    let balancer = story.balancer(&[&stack.public, &public_b], &group, 8080, &hosts)?;
    story.observe();
    Some((stack, balancer, group))
}

fn unhealthy(balancer: &Balancer) -> Alarm {
    Alarm {
        name: "web-unhealthy-hosts",
        description: "targets of the web tier are unhealthy",
        namespace: "AWS/ApplicationELB",
        metric: "UnHealthyHostCount",
        statistic: "Maximum",
        dimensions: vec![
            ("TargetGroup", balancer.target_dimension.clone()),
            ("LoadBalancer", balancer.dimension.clone()),
        ],
        threshold: 0.0,
        level: 2.0,
    }
}

fn truth(stack: &Stack) -> Truth {
    Truth {
        outcome: "root_cause",
        must_not_blame: vec![stack.db_group.clone(), stack.public_table.clone(), stack.vpc.acl.clone()],
        intentional: Some(false),
        plan_status: vec!["verified"],
        ..Truth::default()
    }
}

/// The instances' group no longer admits the balancer's group: health checks time out.
pub(super) fn target_rule_removed(story: &mut Story) {
    let Some((stack, balancer, group)) = web(story, 80) else { return };
    story.at("19:05:21");
    let actor = Actor::pipeline("group-standards", "terraform-apply-9004");
    let event = story.revoke(&actor, &stack.place, &stack.app_group, 8080, &group);
    story.target_health(&balancer, 8080, &[&stack.host_a, &stack.host_b], Some("Target.Timeout"));
    for (interface, address) in &balancer.interfaces {
        let node = crate::scenarios::make::host::Peer {
            address: address.clone(),
            interface: Some((stack.place.clone(), interface.clone())),
        };
        for host in [&stack.host_a, &stack.host_b] {
            story.traffic(&node, &host.peer(), 8080, ("18:58:10", "19:03:10"), Seen::Accepted);
            story.traffic(&node, &host.peer(), 8080, ("19:06:12", "19:14:12"), Seen::RejectedAtTarget);
        }
    }
    story.at("19:08:04");
    story.fire(&stack.place, unhealthy(&balancer), "19:05:50", Format::EventBridge);
    story.investigate("19:18:20");
    let mut cause = stack.cause(
        &stack.app_group,
        &["security group", "ingress|inbound", "8080"],
        "inbound rule tcp/8080 from the balancer's group",
        &[&event],
    );
    cause.actor = Some("terraform-apply-9004");
    story.truth = Truth {
        title: "All targets are unhealthy: their security group no longer admits the load balancer",
        why: "the alarm names a balancer and a target group, not the group that is to blame",
        causes: vec![cause],
        must_not_blame: vec![
            group.clone(),
            stack.db_group.clone(),
            balancer.arn.clone(),
            balancer.target_group.clone(),
        ],
        apply: vec![Stack::authorize(&stack.app_group, 8080, &group)],
        ..truth(&stack)
    };
}

/// Both targets are taken out of the target group.
pub(super) fn targets_deregistered(story: &mut Story) {
    let Some((stack, balancer, group)) = web(story, 82) else { return };
    story.at("19:05:21");
    story.target_health(&balancer, 8080, &[], None);
    let targets = json!([{ "id": stack.host_a.id, "port": 8080 }, { "id": stack.host_b.id, "port": 8080 }]);
    let request = json!({ "targetGroupArn": balancer.target_group, "targets": targets });
    let actor = Actor::script("blue-green", "cutover-web-118");
    let event = story.made_in(
        &actor,
        &stack.place,
        "elasticloadbalancing",
        "DeregisterTargets",
        Dialect::Flat,
        request,
        json!(null),
    );
    story.at("19:08:04");
    let mut alarm = unhealthy(&balancer);
    alarm.name = "web-5xx";
    alarm.description = "the load balancer answers 503";
    alarm.metric = "HTTPCode_ELB_5XX_Count";
    alarm.statistic = "Sum";
    alarm.level = 180.0;
    alarm.dimensions.retain(|(name, _)| *name == "LoadBalancer");
    story.fire(&stack.place, alarm, "19:05:50", Format::Sns);
    story.investigate("19:18:20");
    let mut cause = stack.cause(&balancer.target_group, &["target"], "registered targets", &[&event]);
    cause.actor = Some("cutover-web-118");
    story.truth = Truth {
        title: "The load balancer answers 503: its target group has no targets",
        why: "nothing blocks: there is nowhere to deliver to",
        causes: vec![cause],
        must_not_blame: vec![group, stack.app_group.clone(), stack.db_group.clone()],
        apply: vec![(
            "elbv2",
            "RegisterTargets",
            json!({ "TargetGroupArn": balancer.target_group,
            "Targets": [{ "Id": stack.host_a.id, "Port": 8080 }, { "Id": stack.host_b.id, "Port": 8080 }] }),
        )],
        ..truth(&stack)
    };
}

/// The VPC's resolver is switched off: names of the endpoint fail, packets by address would pass.
pub(super) fn dns_switched_off(story: &mut Story) {
    let stack = Stack::new(story, &place(), "vault", 84, 5432);
    let group = story.group(&stack.vpc, "endpoint");
    story.allow(&group, 443, &stack.app_group);
    let endpoint = story.endpoint(&stack.app_a, "secretsmanager", &group);
    story.observe();
    let peer = crate::scenarios::make::host::Peer {
        address: endpoint.address.clone(),
        interface: Some((stack.place.clone(), endpoint.interface.clone())),
    };
    story.traffic(&stack.host_a.peer(), &peer, 443, ("18:58:10", "19:03:10"), Seen::Accepted);
    story.at("19:05:21");
    story.set(VPCS, &stack.vpc.id, "_dns_support", &json!(false));
    let request = json!({ "vpcId": stack.vpc.id, "enableDnsSupport": { "value": false } });
    let actor = Actor::person("b.stroud");
    let event = story.made(&actor, &stack.place, "ModifyVpcAttribute", Dialect::Flat, request, json!({}));
    let error = format!(
        "{{at}} ERROR app.secrets GetSecretValue failed: Could not resolve host: {} (Name or service not known)",
        name_of(&stack.vpc, "secretsmanager")
    );
    stack.log_errors(story, "19:05:40", &error);
    story.at("19:08:04");
    let alarm = Alarm::errors("secret-read-errors", "the application cannot read its secrets", "vault");
    story.fire(&stack.place, alarm, "19:05:40", Format::Webhook);
    story.investigate("19:18:20");
    let mut cause = stack.cause(&stack.vpc.id, &["dns"], "enableDnsSupport", &[&event]);
    cause.actor = Some("b.stroud");
    story.truth = Truth {
        title: "The application cannot resolve names: DNS support of its VPC was switched off",
        why: "packets by address still pass; only names fail, and the logs say so",
        causes: vec![cause],
        must_not_blame: vec![group, stack.app_group.clone(), endpoint.id, stack.app_table.clone()],
        apply: vec![(
            "ec2",
            "ModifyVpcAttribute",
            json!({ "VpcId": stack.vpc.id, "EnableDnsSupport": { "Value": true } }),
        )],
        plan_status: vec!["verified", "unverified"],
        ..truth(&stack)
    };
}

const OPEN: &str =
    "pass tcp 10.86.10.0/23 any -> any 443 (msg:\"application calls out\"; flow:to_server; sid:2001; rev:1;)";

/// A drop rule is put before the pass rule of the firewall in front of the NAT gateway.
pub(super) fn firewall_drops(story: &mut Story) {
    let stack = Stack::new(story, &place(), "batch", 86, 5432);
    let inspection = story.subnet(&stack.vpc, "inspection-a", "a", 5);
    let firewall = story.firewall(&inspection, "egress-fw", OPEN);
    let table = story.route_table(&stack.vpc, "inspection", &[&inspection]);
    story.route(&table, "0.0.0.0/0", &stack.nat.id);
    let to_firewall = |destination: &str| {
        let mut route = route(destination, "vpce-", "active");
        if let Some(members) = route.as_object_mut() {
            members.remove("GatewayId");
            members.insert("GatewayId".to_owned(), json!(firewall.endpoint));
        }
        route
    };
    story.pull(ROUTE_TABLES, &stack.app_table, "Routes", |route| {
        is(route, "DestinationCidrBlock", "0.0.0.0/0")
    });
    story.push(ROUTE_TABLES, &stack.app_table, "Routes", &to_firewall("0.0.0.0/0"));
    for subnet in [&stack.app_a, &stack.app_b] {
        story.push(ROUTE_TABLES, &stack.public_table, "Routes", &to_firewall(&subnet.cidr));
    }
    story.observe();
    for host in [&stack.host_a, &stack.host_b] {
        story.traffic(&host.peer(), &Stack::outside(), 443, ("18:58:10", "19:03:10"), Seen::Accepted);
        story.traffic(&host.peer(), &Stack::outside(), 443, ("19:06:12", "19:14:12"), Seen::Unanswered);
    }
    story.at("19:05:21");
    let rules = format!(
        "drop tcp 10.86.10.0/23 any -> 203.0.113.0/24 443 (msg:\"deny partner range\"; sid:2002; rev:1;)\n{OPEN}"
    );
    let described = story.rule_group(&firewall.rule_group, "egress-fw", &rules, "new");
    let new_token = described.get("UpdateToken").cloned().unwrap_or_default();
    story.set(RULE_GROUPS, &firewall.rule_group, "_described", &described);
    let request = json!({ "updateToken": story.ids.uuid("rules old"), "ruleGroupArn": firewall.rule_group, "type": "STATEFUL",
        "ruleGroup": { "rulesSource": { "rulesString": rules }, "statefulRuleOptions": { "ruleOrder": "STRICT_ORDER" } }, "dryRun": false });
    let answer = json!({ "updateToken": new_token, "ruleGroupResponse": { "ruleGroupArn": firewall.rule_group, "type": "STATEFUL" } });
    let actor = Actor::person("f.ananda");
    let event = story.made_in(
        &actor,
        &stack.place,
        "network-firewall",
        "UpdateRuleGroup",
        Dialect::Flat,
        request,
        answer,
    );
    stack.log_errors(story, "19:05:40", &Stack::call_timeout());
    story.at("19:08:04");
    story.fire(&stack.place, stack.call_alarm(), "19:05:40", Format::Records);
    story.investigate("19:18:20");
    let mut cause = stack.cause(&firewall.rule_group, &["firewall", "rule"], "rule sid 2002", &[&event]);
    cause.also = vec!["egress-fw".to_owned()];
    cause.actor = Some("f.ananda");
    story.truth = Truth {
        title: "Calls to a partner time out: a firewall rule drops them",
        why: "inspection on the way out; the old rules come from the earlier observation",
        causes: vec![cause],
        must_not_blame: vec![
            stack.nat.id.clone(),
            stack.app_group.clone(),
            stack.app_table.clone(),
            stack.public_table.clone(),
        ],
        unaffected: vec!["database|rds".to_owned()],
        apply: vec![(
            "network-firewall",
            "UpdateRuleGroup",
            json!({ "RuleGroupArn": firewall.rule_group, "UpdateToken": "*",
            "RuleGroup": { "RulesSource": { "RulesString": OPEN }, "StatefulRuleOptions": { "RuleOrder": "STRICT_ORDER" } } }),
        )],
        plan_status: vec!["verified", "unverified"],
        ..truth(&stack)
    };
}
