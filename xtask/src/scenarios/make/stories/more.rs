//! Further faults on the way of a packet, among them some with less to go on.

use crate::scenarios::make::build::{acl_entry, route, target_member};
use crate::scenarios::make::cloud::{
    ACLS, INSTANCES, INTERFACES, INTERNET_GATEWAYS, Place, ROUTE_TABLES, is,
};
use crate::scenarios::make::signal::{Format, Seen};
use crate::scenarios::make::stack::Stack;
use crate::scenarios::make::story::Story;
use crate::scenarios::make::trail::{Actor, Dialect};
use crate::scenarios::make::truth::Truth;
use serde_json::{Value, json};

fn place() -> Place {
    Place::new("111133335555", "eu-north-1")
}

/// Which conversation fails.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Database,
    Outside,
}

fn working(story: &mut Story, stack: &Stack, target: Target) {
    let peer = if target == Target::Database { stack.db.peer() } else { Stack::outside() };
    let port = if target == Target::Database { stack.db.port } else { 443 };
    for host in [&stack.host_a, &stack.host_b] {
        story.traffic(&host.peer(), &peer, port, ("21:02:10", "21:08:10"), Seen::Accepted);
    }
}

fn failing(story: &mut Story, stack: &Stack, target: Target, seen: Seen, format: Format) {
    let peer = if target == Target::Database { stack.db.peer() } else { Stack::outside() };
    let port = if target == Target::Database { stack.db.port } else { 443 };
    for host in [&stack.host_a, &stack.host_b] {
        story.traffic(&host.peer(), &peer, port, ("21:11:12", "21:20:12"), seen);
    }
    let (error, alarm) = match target {
        Target::Database => (stack.db_timeout(), stack.db_alarm()),
        Target::Outside => (Stack::call_timeout(), stack.call_alarm()),
    };
    stack.log_errors(story, "21:10:40", &error);
    story.at("21:13:04");
    story.fire(&stack.place, alarm, "21:10:40", format);
    story.investigate("21:27:20");
}

fn truth(stack: &Stack) -> Truth {
    Truth {
        outcome: "root_cause",
        must_not_blame: vec![stack.app_group.clone(), stack.db_group.clone()],
        intentional: Some(false),
        plan_status: vec!["verified"],
        ..Truth::default()
    }
}

/// The default route is pointed at an interface that forwards nothing.
pub(super) fn route_replaced(story: &mut Story) {
    let stack = Stack::new(story, &place(), "fares", 20, 5432);
    let appliance = story.instance(&stack.public, "proxy", 77, &[&stack.app_group]);
    story.observe();
    working(story, &stack, Target::Outside);
    story.at("21:10:21");
    story.pull(ROUTE_TABLES, &stack.app_table, "Routes", |route| {
        is(route, "DestinationCidrBlock", "0.0.0.0/0")
    });
    let mut target = route("0.0.0.0/0", &appliance.interface, "active");
    if let Some(members) = target.as_object_mut() {
        members.insert("InstanceId".to_owned(), json!(appliance.id));
        members.insert("InstanceOwnerId".to_owned(), json!(stack.place.account));
    }
    story.push(ROUTE_TABLES, &stack.app_table, "Routes", &target);
    let request = json!({ "routeTableId": stack.app_table, "destinationCidrBlock": "0.0.0.0/0", "networkInterfaceId": appliance.interface });
    let actor = Actor::person("v.lehtinen");
    let event = story.made(&actor, &stack.place, "ReplaceRoute", Dialect::Flat, request, json!({}));
    failing(story, &stack, Target::Outside, Seen::Unanswered, Format::Sns);
    let mut cause =
        stack.cause(&stack.app_table, &["route", "0.0.0.0/0|default"], "route 0.0.0.0/0", &[&event]);
    cause.actor = Some("v.lehtinen");
    story.truth = Truth {
        title: "The application cannot call out: its default route points at an instance that forwards nothing",
        why: "ReplaceRoute names the new target only; source/destination check drops what is not the instance's own",
        causes: vec![cause],
        must_rule_out: vec!["nat".to_owned()],
        unaffected: vec!["database|rds".to_owned()],
        apply: vec![(
            "ec2",
            "ReplaceRoute",
            json!({ "RouteTableId": stack.app_table, "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": stack.nat.id }),
        )],
        ..truth(&stack)
    };
}

/// The internet gateway is detached: the public route is a blackhole, one hop behind the NAT gateway.
pub(super) fn internet_gateway_detached(story: &mut Story) {
    let stack = Stack::new(story, &place(), "fares", 21, 5432);
    story.observe();
    working(story, &stack, Target::Outside);
    story.at("21:10:21");
    story.set(INTERNET_GATEWAYS, &stack.igw, "Attachments", &json!([]));
    story.blackhole(&stack.public_table, &stack.igw);
    let request = json!({ "internetGatewayId": stack.igw, "vpcId": stack.vpc.id });
    let actor = Actor::script("landing-zone-guard", "no-igw-policy");
    let event = story.made(&actor, &stack.place, "DetachInternetGateway", Dialect::Flat, request, json!({}));
    failing(story, &stack, Target::Outside, Seen::Unanswered, Format::EventBridge);
    let mut cause = stack.cause(&stack.igw, &["internet gateway"], "attachment", &[&event]);
    cause.also = vec![stack.public_table.clone()];
    cause.actor = Some("no-igw-policy");
    story.truth = Truth {
        title: "The application cannot call out: the internet gateway was detached from its VPC",
        why: "a fault behind the NAT gateway, seen from private instances",
        causes: vec![cause],
        unaffected: vec!["database|rds".to_owned()],
        apply: vec![(
            "ec2",
            "AttachInternetGateway",
            json!({ "InternetGatewayId": stack.igw, "VpcId": "*" }),
        )],
        ..truth(&stack)
    };
}

/// The data subnet is given another network ACL, which admits nothing.
pub(super) fn acl_association_replaced(story: &mut Story) {
    let stack = Stack::new(story, &place(), "fares", 22, 5432);
    let locked = story.network_acl(
        &[&stack.public],
        &[
            acl_entry(100, false, "allow", "6", (443, 443), "0.0.0.0/0"),
            acl_entry(100, true, "allow", "-1", (0, 0), "0.0.0.0/0"),
            acl_entry(110, false, "allow", "6", (1024, 65535), "0.0.0.0/0"),
            acl_entry(90, false, "deny", "6", (5432, 5432), "10.0.0.0/8"),
        ],
    );
    story.observe();
    working(story, &stack, Target::Database);
    story.at("21:10:21");
    let old = story.ids.id("aclassoc", &format!("{} {}", stack.vpc.acl, stack.data_a.id));
    let new = story.ids.id("aclassoc", &format!("{locked} {}", stack.data_a.id));
    story.pull(ACLS, &stack.vpc.acl, "Associations", |association| {
        is(association, "SubnetId", &stack.data_a.id)
    });
    story.push(
        ACLS,
        &locked,
        "Associations",
        &json!({ "NetworkAclAssociationId": new, "NetworkAclId": locked, "SubnetId": stack.data_a.id }),
    );
    let request = json!({ "associationId": old, "networkAclId": locked });
    let actor = Actor::pipeline("subnet-standards", "terraform-apply-318");
    let event = story.made(
        &actor,
        &stack.place,
        "ReplaceNetworkAclAssociation",
        Dialect::Flat,
        request,
        json!({ "newAssociationId": new }),
    );
    failing(story, &stack, Target::Database, Seen::RejectedAtTarget, Format::Webhook);
    let mut cause =
        stack.cause(&locked, &["acl", "associat|subnet"], "association of the data subnet", &[&event]);
    cause.also = vec![stack.data_a.id.clone(), stack.vpc.acl.clone()];
    cause.actor = Some("terraform-apply-318");
    story.truth = Truth {
        title: "The application cannot reach its database: the data subnet uses another network ACL",
        why: "the record names neither the subnet nor the old ACL",
        causes: vec![cause],
        must_rule_out: vec![format!("database|rds|{}", stack.db.name)],
        apply: vec![(
            "ec2",
            "ReplaceNetworkAclAssociation",
            json!({ "AssociationId": new, "NetworkAclId": stack.vpc.acl }),
        )],
        ..truth(&stack)
    };
}

/// Instances whose groups are changed through the instance, not the interface.
pub(super) fn instance_groups_changed(story: &mut Story) {
    let stack = Stack::new(story, &place(), "fares", 23, 5432);
    let other = story.group(&stack.vpc, "default-linux");
    story.observe();
    working(story, &stack, Target::Database);
    story.at("21:10:21");
    let groups = json!([{ "GroupId": other, "GroupName": "fares-default-linux-sg" }]);
    story.set(INTERFACES, &stack.host_b.interface, "Groups", &groups);
    story.set(INSTANCES, &stack.host_b.id, "SecurityGroups", &groups);
    story.edit(INSTANCES, &stack.host_b.id, |instance| {
        if let Some(interface) = instance.pointer_mut("/NetworkInterfaces/0").and_then(Value::as_object_mut) {
            interface.insert("Groups".to_owned(), groups.clone());
        }
    });
    let request = json!({ "instanceId": stack.host_b.id, "groupSet": { "items": [{ "groupId": other }] } });
    let event = story.made(
        &Actor::user("ops-cli"),
        &stack.place,
        "ModifyInstanceAttribute",
        Dialect::Flat,
        request,
        json!({}),
    );
    story.traffic(&stack.host_a.peer(), &stack.db.peer(), 5432, ("21:11:12", "21:20:12"), Seen::Accepted);
    story.traffic(
        &stack.host_b.peer(),
        &stack.db.peer(),
        5432,
        ("21:11:12", "21:20:12"),
        Seen::RejectedAtTarget,
    );
    story.log_errors(&stack.host_b, &stack.log_group(), "21:10:40", 8, &stack.db_timeout());
    story.log_errors(&stack.host_a, &stack.log_group(), "21:10:40", 0, "");
    story.at("21:13:04");
    story.fire(&stack.place, stack.db_alarm(), "21:10:40", Format::Records);
    story.investigate("21:27:20");
    let mut cause = stack.cause(&stack.host_b.id, &["group"], "security groups of the instance", &[&event]);
    cause.also = vec![stack.host_b.interface.clone()];
    cause.actor = Some("ops-cli");
    story.truth = Truth {
        title: "One instance cannot reach the database: its security groups were changed",
        why: "the same fault as a swapped interface, by another call",
        causes: vec![cause],
        must_not_blame: vec![stack.db_group.clone(), stack.data_table.clone(), stack.vpc.acl.clone()],
        must_rule_out: vec![format!("database|rds|{}", stack.db.name)],
        unaffected: vec![format!("{}|{}|{}", stack.host_a.id, stack.app_a.id, stack.host_a.interface)],
        apply: vec![(
            "ec2",
            "ModifyInstanceAttribute",
            json!({ "InstanceId": stack.host_b.id, "Groups": [stack.app_group] }),
        )],
        apply_instead: vec![vec![(
            "ec2",
            "ModifyNetworkInterfaceAttribute",
            json!({ "NetworkInterfaceId": stack.host_b.interface, "Groups": [stack.app_group] }),
        )]],
        ..truth(&stack)
    };
}

/// An ACL entry is gone and nobody recorded what it was: the cause is known, its exact old content is not.
pub(super) fn acl_entry_unknown(story: &mut Story) {
    let stack = Stack::new(story, &place(), "fares", 24, 5432);
    let acl = story.network_acl(
        &[&stack.data_a, &stack.data_b],
        &[
            acl_entry(100, false, "allow", "6", (5432, 5432), &stack.vpc.cidr),
            acl_entry(100, true, "allow", "6", (1024, 65535), &stack.vpc.cidr),
        ],
    );
    working(story, &stack, Target::Database);
    story.at("21:10:21");
    let entry = acl_entry(100, false, "allow", "6", (5432, 5432), &stack.vpc.cidr);
    story.pull(ACLS, &acl, "Entries", |other| is(other, "RuleNumber", "100") && is(other, "Egress", "false"));
    let request = Story::acl_request(&acl, &entry, true);
    let event = story.made(
        &Actor::person("n.abara"),
        &stack.place,
        "DeleteNetworkAclEntry",
        Dialect::Flat,
        request,
        json!({}),
    );
    failing(story, &stack, Target::Database, Seen::RejectedAtTarget, Format::EventBridge);
    let mut cause = stack.cause(&acl, &["acl", "ingress|inbound"], "inbound entry 100", &[&event]);
    cause.actor = Some("n.abara");
    story.truth = Truth {
        title: "The application cannot reach its database: a network ACL entry was deleted that nobody recorded",
        why: "no earlier observation of an S row: who and when are known, what exactly is not, and the plan must not pretend",
        also_allowed: vec!["competing", "undetermined"],
        causes: vec![cause],
        must_rule_out: vec![format!("database|rds|{}", stack.db.name)],
        plan_status: vec!["unverified", "verified", "none"],
        notes: "Honest alternatives are allowed; a plan that claims to restore the old entry is not.",
        ..truth(&stack)
    };
}

/// The NAT gateway is deleted and there is no earlier observation; the deleted gateway is still listed.
pub(super) fn nat_deleted_unseen(story: &mut Story) {
    let stack = Stack::new(story, &place(), "fares", 25, 5432);
    working(story, &stack, Target::Outside);
    story.at("21:10:21");
    let nat = stack.nat.clone();
    story.set(crate::scenarios::make::cloud::NAT_GATEWAYS, &nat.id, "State", &json!("deleted"));
    story.delete(INTERFACES, &nat.interface);
    story.blackhole(&stack.app_table, &nat.id);
    let request = json!({ "NatGatewayId": nat.id });
    let event = story.made(
        &Actor::user("cleanup-cli"),
        &stack.place,
        "DeleteNatGateway",
        Dialect::Wrapped,
        request,
        json!({ "natGatewayId": nat.id }),
    );
    failing(story, &stack, Target::Outside, Seen::Unanswered, Format::Webhook);
    let mut cause = stack.cause(&nat.id, &["nat gateway"], "NAT gateway", &[&event]);
    cause.also = vec![stack.app_table.clone()];
    cause.actor = Some("cleanup-cli");
    story.truth = Truth {
        title: "The application cannot call out: its NAT gateway was deleted; nobody looked before",
        why: "the route's blackhole and the deleted gateway's own document tell what it was",
        causes: vec![cause],
        unaffected: vec!["database|rds".to_owned()],
        plan_status: vec!["unverified", "verified"],
        apply: vec![
            ("ec2", "CreateNatGateway", json!({ "SubnetId": stack.public.id })),
            (
                "ec2",
                "ReplaceRoute",
                json!({ "RouteTableId": stack.app_table, "DestinationCidrBlock": "0.0.0.0/0", target_member("nat-"): "*" }),
            ),
        ],
        ..truth(&stack)
    };
}

/// A revoke by rule id whose answer lists nothing, and no earlier observation: what the rule was, nobody can tell,
/// and the flow logs show what it let in.
pub(super) fn rule_unknown(story: &mut Story) {
    let stack = Stack::new(story, &place(), "fares", 26, 5432);
    working(story, &stack, Target::Database);
    story.at("21:10:21");
    story.set(crate::scenarios::make::cloud::GROUPS, &stack.db_group, "IpPermissions", &json!([]));
    let rule = story.ids.id("sgr", "unknown");
    let request = json!({ "groupId": stack.db_group, "securityGroupRuleIds": { "items": [{ "securityGroupRuleId": rule }] } });
    let event = story.made(
        &Actor::person("o.varga"),
        &stack.place,
        "RevokeSecurityGroupIngress",
        Dialect::Flat,
        request,
        json!({}),
    );
    failing(story, &stack, Target::Database, Seen::RejectedAtTarget, Format::Sns);
    let mut cause =
        stack.cause(&stack.db_group, &["security group", "ingress|inbound"], "inbound rule", &[&event]);
    cause.actor = Some("o.varga");
    story.truth = Truth {
        title: "The application cannot reach its database: a rule was revoked whose content nobody recorded",
        why: "the group admits nothing and one event took a rule from it: cause yes, exact rule no",
        also_allowed: vec!["competing", "undetermined"],
        causes: vec![cause],
        must_not_blame: vec![stack.app_group.clone(), stack.vpc.acl.clone()],
        must_rule_out: vec![format!("database|rds|{}", stack.db.name)],
        plan_status: vec!["unverified", "verified", "none"],
        notes: "A plan has to say that it assumes the least rule that admits the flow.",
        ..truth(&stack)
    };
}
