//! Ways out of a VPC: NAT gateways, route tables, IPv6, Block Public Access, groups.

use crate::scenarios::make::build::permission;
use crate::scenarios::make::cloud::{
    ADDRESSES, EGRESS_ONLY_GATEWAYS, INSTANCES, INTERFACES, NAT_GATEWAYS, Place, SUBNETS, VPCS,
};
use crate::scenarios::make::host::Peer;
use crate::scenarios::make::signal::{Format, Seen};
use crate::scenarios::make::stack::Stack;
use crate::scenarios::make::story::Story;
use crate::scenarios::make::trail::{Actor, Dialect};
use crate::scenarios::make::truth::Truth;
use serde_json::{Value, json};

fn place() -> Place {
    Place::new("444455556666", "us-east-2")
}

/// Both instances call out until the fault.
fn before(story: &mut Story, stack: &Stack) {
    story.observe();
    for host in [&stack.host_a, &stack.host_b] {
        story.traffic(&host.peer(), &Stack::outside(), 443, ("10:02:10", "10:08:10"), Seen::Accepted);
    }
    story.traffic(
        &stack.host_a.peer(),
        &stack.db.peer(),
        stack.db.port,
        ("10:02:20", "10:20:20"),
        Seen::Accepted,
    );
}

fn after(story: &mut Story, stack: &Stack, seen: Seen, format: Format) {
    for host in [&stack.host_a, &stack.host_b] {
        story.traffic(&host.peer(), &Stack::outside(), 443, ("10:11:12", "10:20:12"), seen);
    }
    stack.log_errors(story, "10:10:40", &Stack::call_timeout());
    story.at("10:13:04");
    story.fire(&stack.place, stack.call_alarm(), "10:10:40", format);
    story.investigate("10:24:20");
}

fn truth(stack: &Stack) -> Truth {
    Truth {
        outcome: "root_cause",
        must_not_blame: vec![stack.db_group.clone(), stack.data_table.clone(), stack.igw.clone()],
        unaffected: vec!["database|rds".to_owned()],
        intentional: Some(false),
        plan_status: vec!["verified"],
        ..Truth::default()
    }
}

/// The NAT gateway is deleted; its route stays and drops.
pub(super) fn nat_deleted(story: &mut Story) {
    let stack = Stack::new(story, &place(), "parcel", 40, 3306);
    before(story, &stack);
    story.at("10:10:21");
    let nat = stack.nat.clone();
    story.set(NAT_GATEWAYS, &nat.id, "State", &json!("deleted"));
    story.set(NAT_GATEWAYS, &nat.id, "DeleteTime", &json!("2026-06-03T10:10:21Z"));
    story.delete(INTERFACES, &nat.interface);
    story.edit(ADDRESSES, &nat.allocation, |address| {
        if let Some(members) = address.as_object_mut() {
            for member in
                ["AssociationId", "NetworkInterfaceId", "NetworkInterfaceOwnerId", "PrivateIpAddress"]
            {
                members.remove(member);
            }
        }
    });
    story.blackhole(&stack.app_table, &nat.id);
    let request = json!({ "NatGatewayId": nat.id });
    let answer = json!({ "natGatewayId": nat.id });
    let actor = Actor::script("cost-optimizer", "idle-nat-sweep");
    let event = story.made(&actor, &stack.place, "DeleteNatGateway", Dialect::Wrapped, request, answer);
    after(story, &stack, Seen::Unanswered, Format::Sns);
    let mut cause = stack.cause(&nat.id, &["nat gateway"], "NAT gateway", &[&event]);
    cause.also = vec![stack.app_table.clone()];
    cause.actor = Some("idle-nat-sweep");
    story.truth = Truth {
        title: "The application cannot call out: its NAT gateway was deleted and the route is a blackhole",
        why: "a deletion that comes back under a new id: the plan is a sequence",
        causes: vec![cause],
        plan_status: vec!["unverified", "verified"],
        apply: vec![
            (
                "ec2",
                "CreateNatGateway",
                json!({ "SubnetId": stack.public.id, "AllocationId": nat.allocation }),
            ),
            (
                "ec2",
                "ReplaceRoute",
                json!({ "RouteTableId": stack.app_table, "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "*" }),
            ),
        ],
        notes: "The Elastic IP is still allocated, so partners that allow it by address keep working.",
        ..truth(&stack)
    };
}

/// The NAT gateway's subnet is moved to the private table: the gateway routes to itself.
pub(super) fn nat_in_private_subnet(story: &mut Story) {
    let stack = Stack::new(story, &place(), "parcel", 41, 3306);
    before(story, &stack);
    story.at("10:10:21");
    let actor = Actor::person("i.marchetti");
    let (event, association) =
        story.move_subnet(&actor, &stack.place, &stack.public.id, &stack.public_table, &stack.app_table);
    after(story, &stack, Seen::Unanswered, Format::EventBridge);
    let mut cause = stack.cause(
        &stack.app_table,
        &["route table|association", "subnet|associat"],
        "association of the NAT gateway's subnet",
        &[&event],
    );
    cause.also = vec![stack.public.id.clone(), stack.public_table.clone()];
    cause.actor = Some("i.marchetti");
    story.truth = Truth {
        title: "The application cannot call out: the NAT gateway's subnet is no longer public",
        why: "the fault is one hop behind the application's own route, which still looks right",
        causes: vec![cause],
        must_not_blame: vec![stack.db_group.clone(), stack.igw.clone(), stack.nat.id.clone()],
        apply: vec![(
            "ec2",
            "ReplaceRouteTableAssociation",
            json!({ "AssociationId": association, "RouteTableId": stack.public_table }),
        )],
        ..truth(&stack)
    };
}

/// The application's group loses its only outbound rule.
pub(super) fn egress_removed(story: &mut Story) {
    let stack = Stack::new(story, &place(), "parcel", 42, 3306);
    before(story, &stack);
    story.at("10:10:21");
    let everything = permission("-1", (0, 0), "0.0.0.0/0", &stack.place.account);
    let actor = Actor::pipeline("group-standards", "terraform-apply-7710");
    let event = story.revoke_permission(&actor, &stack.place, &stack.app_group, true, &everything);
    story.traffic(
        &stack.host_a.peer(),
        &stack.db.peer(),
        3306,
        ("10:21:12", "10:22:12"),
        Seen::RejectedAtSource,
    );
    after(story, &stack, Seen::RejectedAtSource, Format::Webhook);
    let mut cause = stack.cause(
        &stack.app_group,
        &["security group", "egress|outbound"],
        "outbound rule for all traffic",
        &[&event],
    );
    cause.actor = Some("terraform-apply-7710");
    story.truth = Truth {
        title: "The application cannot call anything: its security group has no outbound rule any more",
        why: "outbound rules; everything from the group stops, so nothing of it may be called unaffected",
        causes: vec![cause],
        must_rule_out: vec!["nat".to_owned()],
        unaffected: vec![],
        apply: vec![(
            "ec2",
            "AuthorizeSecurityGroupEgress",
            json!({ "GroupId": stack.app_group,
            "IpPermissions": [{ "IpProtocol": "-1", "IpRanges": [{ "CidrIp": "0.0.0.0/0" }] }] }),
        )],
        ..truth(&stack)
    };
}

/// One of the two application subnets is moved to a table without a default route.
pub(super) fn association_replaced(story: &mut Story) {
    let stack = Stack::new(story, &place(), "parcel", 43, 3306);
    story.observe();
    for host in [&stack.host_a, &stack.host_b] {
        story.traffic(&host.peer(), &Stack::outside(), 443, ("10:02:10", "10:08:10"), Seen::Accepted);
    }
    story.at("10:10:21");
    let actor = Actor::person("s.nakata");
    let (event, association) =
        story.move_subnet(&actor, &stack.place, &stack.app_b.id, &stack.app_table, &stack.data_table);
    story.traffic(&stack.host_a.peer(), &Stack::outside(), 443, ("10:11:12", "10:20:12"), Seen::Accepted);
    story.traffic(&stack.host_b.peer(), &Stack::outside(), 443, ("10:11:12", "10:20:12"), Seen::Unanswered);
    story.log_errors(&stack.host_b, &stack.log_group(), "10:10:40", 8, &Stack::call_timeout());
    story.log_errors(&stack.host_a, &stack.log_group(), "10:10:40", 0, "");
    story.at("10:13:04");
    story.fire(&stack.place, stack.call_alarm(), "10:10:40", Format::Records);
    story.investigate("10:24:20");
    let mut cause = stack.cause(
        &stack.data_table,
        &["route table|route", "associat|subnet"],
        "association of the second application subnet",
        &[&event],
    );
    cause.also = vec![stack.app_b.id.clone(), stack.app_table.clone()];
    cause.actor = Some("s.nakata");
    story.truth = Truth {
        title: "Instances of one zone cannot call out: their subnet uses another route table",
        why: "ReplaceRouteTableAssociation names neither subnet nor old table; the other zone works",
        causes: vec![cause],
        must_not_blame: vec![stack.nat.id.clone(), stack.app_group.clone(), stack.igw.clone()],
        must_rule_out: vec!["nat".to_owned()],
        unaffected: vec![format!("{}|{}|{}", stack.app_a.id, stack.app_a.zone, stack.host_a.id)],
        apply: vec![(
            "ec2",
            "ReplaceRouteTableAssociation",
            json!({ "AssociationId": association, "RouteTableId": stack.app_table }),
        )],
        ..truth(&stack)
    };
}

/// A zone that never had a default route, described once, and no change on record.
pub(super) fn never_had_route(story: &mut Story) {
    let stack = Stack::new(story, &place(), "parcel", 44, 3306);
    let lonely = story.route_table(&stack.vpc, "app-b", &[]);
    let gone = |association: &Value| association.get("SubnetId") == Some(&json!(stack.app_b.id));
    story.pull(crate::scenarios::make::cloud::ROUTE_TABLES, &stack.app_table, "Associations", gone);
    story.associate(&lonely, &stack.app_b.id);
    story.traffic(&stack.host_a.peer(), &Stack::outside(), 443, ("10:02:12", "10:20:12"), Seen::Accepted);
    story.traffic(&stack.host_b.peer(), &Stack::outside(), 443, ("10:11:12", "10:20:12"), Seen::Unanswered);
    story.log_errors(&stack.host_b, &stack.log_group(), "10:10:40", 8, &Stack::call_timeout());
    story.log_errors(&stack.host_a, &stack.log_group(), "10:10:40", 0, "");
    story.at("10:13:04");
    story.fire(&stack.place, stack.call_alarm(), "10:10:40", Format::Webhook);
    story.investigate("10:24:20");
    let cause = stack.cause(&lonely, &["route", "0.0.0.0/0|default"], "no route 0.0.0.0/0", &[]);
    story.truth = Truth {
        title: "Instances of one zone cannot call out: their route table has no default route, and never had as far as anyone can see",
        why: "a state with no visible change: the cause must say so instead of naming an event",
        causes: vec![cause],
        must_not_blame: vec![stack.nat.id.clone(), stack.app_group.clone(), stack.app_table.clone()],
        unaffected: vec![format!("{}|{}|{}", stack.app_a.id, stack.app_a.zone, stack.host_a.id)],
        plan_status: vec!["verified", "unverified"],
        apply: vec![(
            "ec2",
            "CreateRoute",
            json!({ "RouteTableId": lonely, "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": stack.nat.id }),
        )],
        notes: "One observation, no change in CloudTrail.",
        ..truth(&stack)
    };
}

/// Gives the VPC, a subnet and a host of it IPv6 addresses of the documentation range.
fn dual_stack(story: &mut Story, stack: &Stack) -> String {
    let cidr = |block: &str, state: &str| json!([{ "AssociationId": "vpc-cidr-assoc-06d1f5e0c4b3a2918", "Ipv6CidrBlock": block, state: { "State": "associated" } }]);
    story.set(
        VPCS,
        &stack.vpc.id,
        "Ipv6CidrBlockAssociationSet",
        &cidr("2001:db8:45:aa00::/56", "Ipv6CidrBlockState"),
    );
    let address = "2001:db8:45:aa0a::17";
    story.set(
        SUBNETS,
        &stack.app_a.id,
        "Ipv6CidrBlockAssociationSet",
        &cidr("2001:db8:45:aa0a::/64", "Ipv6CidrBlockState"),
    );
    story.set(INTERFACES, &stack.host_a.interface, "Ipv6Addresses", &json!([{ "Ipv6Address": address }]));
    story.set(INSTANCES, &stack.host_a.id, "Ipv6Address", &json!(address));
    for table in [&stack.app_table, &stack.public_table, &stack.data_table, &stack.vpc.main_table] {
        story.push(
            crate::scenarios::make::cloud::ROUTE_TABLES,
            table,
            "Routes",
            &json!({ "DestinationIpv6CidrBlock": "2001:db8:45:aa00::/56",
            "GatewayId": "local", "Origin": "CreateRouteTable", "State": "active" }),
        );
    }
    let gateway = story.ids.id("eigw", &stack.vpc.id);
    story.add(
        &stack.place,
        EGRESS_ONLY_GATEWAYS,
        json!({ "EgressOnlyInternetGatewayId": gateway, "Tags": [],
        "Attachments": [{ "State": "attached", "VpcId": stack.vpc.id }] }),
    );
    story.route(&stack.app_table, "::/0", &gateway);
    let account = stack.place.account.clone();
    let everything = permission("-1", (0, 0), "::/0", &account);
    story.push(crate::scenarios::make::cloud::GROUPS, &stack.app_group, "IpPermissionsEgress", &everything);
    for number in [101, 32768] {
        for egress in [false, true] {
            let action = if number == 101 { "allow" } else { "deny" };
            story.push(
                crate::scenarios::make::cloud::ACLS,
                &stack.vpc.acl,
                "Entries",
                &json!({ "RuleNumber": number, "Egress": egress,
                "RuleAction": action, "Protocol": "-1", "Ipv6CidrBlock": "::/0" }),
            );
        }
    }
    gateway
}

/// The IPv6 default route is deleted; IPv4 still works.
pub(super) fn ipv6_route_deleted(story: &mut Story) {
    let stack = Stack::new(story, &place(), "parcel", 45, 3306);
    let gateway = dual_stack(story, &stack);
    story.observe();
    let mut here = stack.host_a.peer();
    here.address = "2001:db8:45:aa0a::17".to_owned();
    let there = Peer::outside("2001:db8:ffff::443");
    story.traffic(&here, &there, 443, ("10:02:10", "10:08:10"), Seen::Accepted);
    story.at("10:10:21");
    let actor = Actor::script("route-reconciler", "nightly-reconcile");
    let event = story.delete_route(&actor, &stack.place, &stack.app_table, "::/0");
    story.traffic(&here, &there, 443, ("10:11:12", "10:20:12"), Seen::Unanswered);
    story.traffic(&stack.host_b.peer(), &Stack::outside(), 443, ("10:02:10", "10:20:12"), Seen::Accepted);
    let error = "{at} ERROR app.outbound call failed: dial tcp [2001:db8:ffff::443]:443: i/o timeout";
    story.log_errors(&stack.host_a, &stack.log_group(), "10:10:40", 8, error);
    story.at("10:13:04");
    story.fire(&stack.place, stack.call_alarm(), "10:10:40", Format::Sns);
    story.investigate("10:24:20");
    let mut cause = stack.cause(&stack.app_table, &["route", "::/0|ipv6|default"], "route ::/0", &[&event]);
    cause.actor = Some("nightly-reconcile");
    story.truth = Truth {
        title: "Calls over IPv6 fail: the route to the egress-only internet gateway was deleted",
        why: "IPv6, where the IPv4 way out is untouched",
        causes: vec![cause],
        must_not_blame: vec![stack.nat.id.clone(), stack.app_group.clone(), gateway.clone()],
        unaffected: vec![],
        apply: vec![(
            "ec2",
            "CreateRoute",
            json!({ "RouteTableId": stack.app_table, "DestinationIpv6CidrBlock": "::/0",
            "EgressOnlyInternetGatewayId": gateway }),
        )],
        ..truth(&stack)
    };
}

/// Block Public Access is turned on for the whole Region.
pub(super) fn public_access_blocked(story: &mut Story) {
    let stack = Stack::new(story, &place(), "parcel", 46, 3306);
    before(story, &stack);
    story.at("10:10:21");
    story.blocked_public_access.insert(stack.place.clone(), "block-bidirectional".to_owned());
    let request = json!({ "InternetGatewayBlockMode": "block-bidirectional" });
    let answer = json!({ "vpcBlockPublicAccessOptions": { "internetGatewayBlockMode": "block-bidirectional",
        "state": "update-in-progress", "awsAccountId": stack.place.account, "awsRegion": stack.place.region } });
    let actor = Actor::person("t.achterberg");
    let event = story.made(
        &actor,
        &stack.place,
        "ModifyVpcBlockPublicAccessOptions",
        Dialect::Wrapped,
        request,
        answer,
    );
    after(story, &stack, Seen::Unanswered, Format::EventBridge);
    let id = format!("{}/{}", stack.place.account, stack.place.region);
    let mut cause = stack.cause(&id, &["public access"], "InternetGatewayBlockMode", &[&event]);
    cause.actor = Some("t.achterberg");
    story.truth = Truth {
        title: "The application cannot call out: VPC Block Public Access was turned on",
        why: "a setting of the Region that no route, group or ACL shows",
        causes: vec![cause],
        must_not_blame: vec![stack.nat.id.clone(), stack.app_group.clone(), stack.app_table.clone()],
        apply: vec![(
            "ec2",
            "ModifyVpcBlockPublicAccessOptions",
            json!({ "InternetGatewayBlockMode": "off" }),
        )],
        intentional: None,
        ..truth(&stack)
    };
}
