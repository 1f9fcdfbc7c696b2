//! Security groups and prefix lists in front of a database.

use crate::scenarios::make::build::permission;
use crate::scenarios::make::cloud::{GROUPS, INTERFACES, PREFIX_LISTS, Place, is};
use crate::scenarios::make::signal::{Format, Seen};
use crate::scenarios::make::stack::Stack;
use crate::scenarios::make::story::Story;
use crate::scenarios::make::trail::{Actor, Dialect};
use crate::scenarios::make::truth::Truth;
use serde_json::json;

fn place() -> Place {
    Place::new("333344445555", "us-west-2")
}

fn before(story: &mut Story, stack: &Stack) {
    story.observe();
    for host in [&stack.host_a, &stack.host_b] {
        story.traffic(
            &host.peer(),
            &stack.db.peer(),
            stack.db.port,
            ("08:32:10", "08:38:10"),
            Seen::Accepted,
        );
    }
    story.traffic(&stack.host_b.peer(), &Stack::outside(), 443, ("08:32:20", "08:50:20"), Seen::Accepted);
}

fn after(story: &mut Story, stack: &Stack, format: Format) {
    for host in [&stack.host_a, &stack.host_b] {
        story.traffic(
            &host.peer(),
            &stack.db.peer(),
            stack.db.port,
            ("08:41:12", "08:50:12"),
            Seen::RejectedAtTarget,
        );
    }
    stack.log_errors(story, "08:40:40", &stack.db_timeout());
    story.at("08:43:04");
    story.fire(&stack.place, stack.db_alarm(), "08:40:40", format);
    story.investigate("08:54:20");
}

fn truth(stack: &Stack) -> Truth {
    Truth {
        outcome: "root_cause",
        must_not_blame: vec![stack.app_group.clone(), stack.data_table.clone(), stack.vpc.acl.clone()],
        must_rule_out: vec![format!("database|rds|{}", stack.db.name)],
        unaffected: vec!["internet|nat|outbound|external".to_owned()],
        intentional: Some(false),
        plan_status: vec!["verified"],
        ..Truth::default()
    }
}

/// The rule is edited in place: the record has the new content only.
pub(super) fn rule_edited(story: &mut Story) {
    let stack = Stack::new(story, &place(), "cart", 49, 5432);
    before(story, &stack);
    story.at("08:40:21");
    let old = permission("tcp", (5432, 5432), &stack.app_group, &stack.place.account);
    let rule = story.rule_id(&stack.db_group, false, &old, &stack.app_group);
    let mut new = permission("tcp", (5433, 5433), &stack.app_group, &stack.place.account);
    if let Some(members) = new.as_object_mut() {
        members.insert("_rule_id".to_owned(), json!(rule));
    }
    story.set(GROUPS, &stack.db_group, "IpPermissions", &json!([new]));
    let content = |port: u16| json!({ "IpProtocol": "tcp", "FromPort": port, "ToPort": port, "ReferencedGroupId": stack.app_group });
    let request = json!({ "GroupId": stack.db_group,
        "SecurityGroupRule": { "tag": 1, "SecurityGroupRuleId": rule, "SecurityGroupRule": content(5433) } });
    let actor = Actor::person("m.okonjo");
    let event =
        story.made(&actor, &stack.place, "ModifySecurityGroupRules", Dialect::Wrapped, request, json!({}));
    after(story, &stack, Format::Records);
    let mut cause = stack.cause(
        &stack.db_group,
        &["security group", "ingress|inbound", "5432"],
        "inbound rule tcp/5432",
        &[&event],
    );
    cause.actor = Some("m.okonjo");
    story.truth = Truth {
        title: "The application cannot reach its database: the inbound rule was edited to another port",
        why: "an edit in place whose old value is in the earlier observation only",
        causes: vec![cause],
        apply: vec![(
            "ec2",
            "ModifySecurityGroupRules",
            json!({ "GroupId": stack.db_group,
            "SecurityGroupRules": [{ "SecurityGroupRuleId": rule, "SecurityGroupRule": content(5432) }] }),
        )],
        apply_instead: vec![
            vec![Stack::authorize(&stack.db_group, 5432, &stack.app_group)],
            vec![
                Stack::authorize(&stack.db_group, 5432, &stack.app_group),
                ("ec2", "RevokeSecurityGroupIngress", json!({ "GroupId": stack.db_group })),
            ],
        ],
        ..truth(&stack)
    };
}

/// A pipeline moves the rule to another port, because a commit says so.
pub(super) fn port_moved(story: &mut Story) {
    let stack = Stack::new(story, &place(), "cart", 71, 5432);
    before(story, &stack);
    let [old, new] = ["network 1", "network 2"]
        .map(|name| story.ids.hex(name).repeat(3).chars().take(40).collect::<String>());
    let patch = "@@ -21,8 +21,8 @@ resource \"aws_vpc_security_group_ingress_rule\" \"app\" {\n   ip_protocol = \"tcp\"\n-  from_port   = 5432\n-  to_port     = 5432\n+  from_port   = 5433\n+  to_port     = 5433\n }";
    story.github_deployment(("cart/network", &new), ("08:38:02", "08:40:25", "success"));
    story.github_compare(
        ("cart/network", &old, &new),
        ("08:14:40", "Use the port of the new pooler"),
        &[("modules/data/rules.tf", patch)],
    );
    let actor = Actor::pipeline("cart-network", "github-8841203");
    story.at("08:40:19");
    let event = story.revoke(&actor, &stack.place, &stack.db_group, 5432, &stack.app_group);
    story.at("08:40:21");
    // One act of two calls: the one that completes it is as good a name for it as the other.
    let other = story.authorize(&actor, &stack.place, &stack.db_group, 5433, &stack.app_group);
    after(story, &stack, Format::EventBridge);
    let cause = stack.cause(
        &stack.db_group,
        &["security group", "ingress|inbound", "5432"],
        "inbound rule tcp/5432",
        &[&event, &other],
    );
    story.truth = Truth {
        title: "The application cannot reach its database: a commit moved the rule to another port",
        why: "the record names the pipeline; who wrote the change is in the commit, which has to be named",
        causes: vec![cause],
        apply: vec![Stack::authorize(&stack.db_group, 5432, &stack.app_group)],
        apply_instead: vec![vec![
            Stack::authorize(&stack.db_group, 5432, &stack.app_group),
            ("ec2", "RevokeSecurityGroupIngress", json!({ "GroupId": stack.db_group })),
        ]],
        must_mention: vec!["r.okafor", "from_port"],
        ..truth(&stack)
    };
}

/// A prefix list behind the rule loses an entry: no group event is on record.
pub(super) fn list_entry_removed(story: &mut Story) {
    let stack = Stack::new(story, &place(), "cart", 50, 5432);
    let entries =
        [("10.50.10.0/24", "application, first zone"), ("10.50.11.0/24", "application, second zone")];
    let list = story.prefix_list(&stack.place.clone(), "cart-clients", &entries);
    story.set(
        GROUPS,
        &stack.db_group,
        "IpPermissions",
        &json!([permission("tcp", (5432, 5432), &list, &stack.place.account)]),
    );
    before(story, &stack);
    story.at("08:40:21");
    story.pull(PREFIX_LISTS, &list, "_entries", |entry| is(entry, "Cidr", "10.50.11.0/24"));
    story.set(PREFIX_LISTS, &list, "Version", &json!(4));
    let request = json!({ "PrefixListId": list, "CurrentVersion": 3, "RemoveEntry": { "tag": 1, "Cidr": "10.50.11.0/24" } });
    let answer =
        json!({ "prefixList": { "prefixListId": list, "version": 4, "state": "modify-in-progress" } });
    let actor = Actor::pipeline("address-plan", "ipam-sync-0603");
    let event =
        story.made(&actor, &stack.place, "ModifyManagedPrefixList", Dialect::Wrapped, request, answer);
    story.traffic(&stack.host_a.peer(), &stack.db.peer(), 5432, ("08:41:12", "08:50:12"), Seen::Accepted);
    story.traffic(
        &stack.host_b.peer(),
        &stack.db.peer(),
        5432,
        ("08:41:12", "08:50:12"),
        Seen::RejectedAtTarget,
    );
    story.log_errors(&stack.host_b, &stack.log_group(), "08:40:40", 8, &stack.db_timeout());
    story.log_errors(&stack.host_a, &stack.log_group(), "08:40:40", 0, "");
    story.at("08:43:04");
    story.fire(&stack.place, stack.db_alarm(), "08:40:40", Format::EventBridge);
    story.investigate("08:54:20");
    let mut cause = stack.cause(&list, &["prefix list", "10.50.11.0/24"], "entry 10.50.11.0/24", &[&event]);
    cause.also = vec![stack.db_group.clone()];
    cause.actor = Some("ipam-sync-0603");
    story.truth = Truth {
        title: "Instances of one zone cannot reach the database: their block left the prefix list its rule uses",
        why: "a group changes without any group event",
        causes: vec![cause],
        unaffected: vec![format!("{}|{}|{}", stack.app_a.id, stack.app_a.zone, stack.host_a.id)],
        apply: vec![(
            "ec2",
            "RestoreManagedPrefixListVersion",
            json!({ "PrefixListId": list, "PreviousVersion": 3, "CurrentVersion": 4 }),
        )],
        apply_instead: vec![vec![(
            "ec2",
            "ModifyManagedPrefixList",
            json!({ "PrefixListId": list, "CurrentVersion": "*", "AddEntries": [{ "Cidr": "10.50.11.0/24" }] }),
        )]],
        ..truth(&stack)
    };
}

/// The application's interface is given another group, which the database does not know.
pub(super) fn groups_swapped(story: &mut Story) {
    let stack = Stack::new(story, &place(), "cart", 51, 5432);
    let other = story.group(&stack.vpc, "baseline");
    before(story, &stack);
    story.at("08:40:21");
    let groups = json!([{ "GroupId": other, "GroupName": "cart-baseline-sg" }]);
    story.set(INTERFACES, &stack.host_a.interface, "Groups", &groups);
    story.set(crate::scenarios::make::cloud::INSTANCES, &stack.host_a.id, "SecurityGroups", &groups);
    story.edit(crate::scenarios::make::cloud::INSTANCES, &stack.host_a.id, |instance| {
        if let Some(interface) =
            instance.pointer_mut("/NetworkInterfaces/0").and_then(serde_json::Value::as_object_mut)
        {
            interface.insert("Groups".to_owned(), groups.clone());
        }
    });
    let request = json!({ "networkInterfaceId": stack.host_a.interface, "groupSet": { "items": [{ "groupId": other }] } });
    let actor = Actor::script("fleet-config", "baseline-groups");
    let event = story.made(
        &actor,
        &stack.place,
        "ModifyNetworkInterfaceAttribute",
        Dialect::Flat,
        request,
        json!({}),
    );
    story.traffic(
        &stack.host_a.peer(),
        &stack.db.peer(),
        5432,
        ("08:41:12", "08:50:12"),
        Seen::RejectedAtTarget,
    );
    story.traffic(&stack.host_b.peer(), &stack.db.peer(), 5432, ("08:41:12", "08:50:12"), Seen::Accepted);
    story.log_errors(&stack.host_a, &stack.log_group(), "08:40:40", 8, &stack.db_timeout());
    story.log_errors(&stack.host_b, &stack.log_group(), "08:40:40", 0, "");
    story.at("08:43:04");
    story.fire(&stack.place, stack.db_alarm(), "08:40:40", Format::Sns);
    story.investigate("08:54:20");
    let mut cause = stack.cause(
        &stack.host_a.interface,
        &["interface", "group"],
        "security groups of the interface",
        &[&event],
    );
    cause.also = vec![stack.host_a.id.clone()];
    cause.actor = Some("baseline-groups");
    story.truth = Truth {
        title: "One instance cannot reach the database: its interface has other security groups",
        why: "groups belong to the interface; the other instance with the old group still works",
        causes: vec![cause],
        must_not_blame: vec![stack.db_group.clone(), stack.data_table.clone(), stack.vpc.acl.clone()],
        unaffected: vec![format!("{}|{}|{}", stack.host_b.id, stack.app_b.id, stack.host_b.interface)],
        apply: vec![(
            "ec2",
            "ModifyNetworkInterfaceAttribute",
            json!({ "NetworkInterfaceId": stack.host_a.interface, "Groups": [stack.app_group] }),
        )],
        ..truth(&stack)
    };
}

/// Two independent faults by two callers: the database rule and the default route.
pub(super) fn two_faults(story: &mut Story) {
    let stack = Stack::new(story, &place(), "cart", 53, 5432);
    before(story, &stack);
    story.at("08:40:02");
    let revoked =
        story.revoke(&Actor::person("r.salcedo"), &stack.place, &stack.db_group, 5432, &stack.app_group);
    story.at("08:40:29");
    let deleted = story.delete_route(
        &Actor::script("route-sync", "sync-4402"),
        &stack.place,
        &stack.app_table,
        "0.0.0.0/0",
    );
    for host in [&stack.host_a, &stack.host_b] {
        story.traffic(&host.peer(), &Stack::outside(), 443, ("08:51:12", "08:53:12"), Seen::Unanswered);
        story.log_errors(host, &stack.log_group(), "08:41:10", 4, &Stack::call_timeout());
    }
    after(story, &stack, Format::Webhook);
    let mut group = stack.cause(
        &stack.db_group,
        &["security group", "ingress|inbound"],
        "inbound rule tcp/5432",
        &[&revoked],
    );
    group.actor = Some("r.salcedo");
    let mut route =
        stack.cause(&stack.app_table, &["route", "0.0.0.0/0|default"], "route 0.0.0.0/0", &[&deleted]);
    route.actor = Some("sync-4402");
    story.truth = Truth {
        title: "The application lost its database rule and its default route within half a minute",
        why: "two independent faults are two causes, not one with two parts",
        causes: vec![group, route],
        must_not_blame: vec![stack.app_group.clone(), stack.nat.id.clone()],
        unaffected: vec![],
        apply: vec![
            Stack::authorize(&stack.db_group, 5432, &stack.app_group),
            (
                "ec2",
                "CreateRoute",
                json!({ "RouteTableId": stack.app_table, "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": stack.nat.id }),
            ),
        ],
        ..truth(&stack)
    };
}

/// Another application's rule is revoked seconds before the alarm; the real change is minutes older.
pub(super) fn nearer_decoy(story: &mut Story) {
    let stack = Stack::new(story, &place(), "cart", 56, 5432);
    let other = Stack::new(story, &place(), "wishlist", 57, 5432);
    before(story, &stack);
    story.at("08:40:21");
    let actor = Actor::pipeline("cart-network", "terraform-apply-2210");
    let event = story.revoke(&actor, &stack.place, &stack.db_group, 5432, &stack.app_group);
    story.at("08:42:55");
    let decoy =
        story.revoke(&Actor::person("j.brandt"), &stack.place, &other.db_group, 5432, &other.app_group);
    after(story, &stack, Format::EventBridge);
    let mut cause = stack.cause(
        &stack.db_group,
        &["security group", "ingress|inbound", "5432"],
        "inbound rule tcp/5432",
        &[&event],
    );
    cause.actor = Some("terraform-apply-2210");
    story.truth = Truth {
        title: "The application cannot reach its database; another application's rule was revoked nine seconds before the alarm",
        why: "nearest in time is not the cause",
        causes: vec![cause],
        must_not_blame: vec![stack.app_group.clone(), other.db_group, other.app_group, decoy],
        must_rule_out: vec![format!("database|rds|{}", stack.db.name), "wishlist".to_owned()],
        apply: vec![Stack::authorize(&stack.db_group, 5432, &stack.app_group)],
        ..truth(&stack)
    };
}

/// The change is too young for CloudTrail: the two observations show it, who and when are not yet visible.
pub(super) fn not_yet_delivered(story: &mut Story) {
    let stack = Stack::new(story, &place(), "cart", 58, 5432);
    before(story, &stack);
    story.at("08:40:21");
    let event =
        story.revoke(&Actor::person("d.haavik"), &stack.place, &stack.db_group, 5432, &stack.app_group);
    story.undelivered.push(event);
    story.is_lookup = true;
    for host in [&stack.host_a, &stack.host_b] {
        story.traffic(&host.peer(), &stack.db.peer(), 5432, ("08:41:12", "08:43:12"), Seen::RejectedAtTarget);
    }
    stack.log_errors(story, "08:40:40", &stack.db_timeout());
    story.at("08:42:04");
    story.fire(&stack.place, stack.db_alarm(), "08:40:40", Format::Sns);
    story.investigate("08:44:20");
    let cause = stack.cause(
        &stack.db_group,
        &["security group", "ingress|inbound", "5432"],
        "inbound rule tcp/5432",
        &[],
    );
    story.truth = Truth {
        title: "The application cannot reach its database; the change is not in CloudTrail yet",
        why: "no record five minutes after a fault means not yet visible, not that nothing changed",
        causes: vec![cause],
        must_state_gaps: vec!["cloudtrail|LookupEvents|event history"],
        apply: vec![Stack::authorize(&stack.db_group, 5432, &stack.app_group)],
        ..truth(&stack)
    };
}

/// A security team cuts off another application on purpose; the alarm's own fault is a different one.
pub(super) fn intended_isolation(story: &mut Story) {
    let stack = Stack::new(story, &place(), "cart", 59, 5432);
    let other = Stack::new(story, &place(), "loyalty", 61, 5432);
    before(story, &stack);
    story.at("08:36:40");
    let responder = Actor::script("SecurityIncidentResponse", "quarantine-loyalty-inc2291");
    let isolation = story.revoke(&responder, &stack.place, &other.db_group, 5432, &other.app_group);
    story.at("08:40:21");
    let actor = Actor::pipeline("cart-network", "terraform-apply-2231");
    let event = story.revoke(&actor, &stack.place, &stack.db_group, 5432, &stack.app_group);
    after(story, &stack, Format::Webhook);
    let mut cause = stack.cause(
        &stack.db_group,
        &["security group", "ingress|inbound", "5432"],
        "inbound rule tcp/5432",
        &[&event],
    );
    cause.actor = Some("terraform-apply-2231");
    story.truth = Truth {
        title: "The application cannot reach its database while the security team isolates another one",
        why: "an intended isolation must be neither blamed nor undone",
        causes: vec![cause],
        must_not_blame: vec![stack.app_group.clone(), other.db_group, other.app_group, isolation],
        must_rule_out: vec![format!("database|rds|{}", stack.db.name), "loyalty".to_owned()],
        apply: vec![Stack::authorize(&stack.db_group, 5432, &stack.app_group)],
        ..truth(&stack)
    };
}
