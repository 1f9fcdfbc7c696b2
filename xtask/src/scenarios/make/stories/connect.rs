//! Between VPCs: peering connections and transit gateways.

use crate::scenarios::make::build::{Subnet, Vpc};
use crate::scenarios::make::cloud::{PEERINGS, Place, TGW_TABLES, TGW_VPC_ATTACHMENTS};
use crate::scenarios::make::connect::Attachment;
use crate::scenarios::make::host::Host;
use crate::scenarios::make::signal::{Alarm, Format, Seen};
use crate::scenarios::make::story::Story;
use crate::scenarios::make::trail::{Actor, Dialect};
use crate::scenarios::make::truth::{Cause, Truth};
use serde_json::json;

/// A service in one VPC that calls a server in another on TCP 9200.
struct Pair {
    near: Vpc,
    far: Vpc,
    near_subnet: Subnet,
    /// A second caller in another zone.
    near_other: Subnet,
    far_subnet: Subnet,
    far_other: Subnet,
    near_table: String,
    far_table: String,
    caller: Host,
    other_caller: Host,
    server: Host,
    far_group: String,
}

impl Pair {
    fn new(story: &mut Story, near: &Place, far: &Place, names: (&str, &str), net: u8) -> Self {
        story.at("06:00:00");
        let (near, far) = (story.vpc(near, names.0, net), story.vpc(far, names.1, net + 1));
        let near_subnet = story.subnet(&near, "app-a", "a", 10);
        let near_other = story.subnet(&near, "app-b", "b", 11);
        let far_subnet = story.subnet(&far, "search-a", "a", 10);
        let far_other = story.subnet(&far, "search-b", "b", 11);
        let near_table = story.route_table(&near, "app", &[&near_subnet, &near_other]);
        let far_table = story.route_table(&far, "search", &[&far_subnet, &far_other]);
        let (near_group, far_group) = (story.group(&near, "app"), story.group(&far, "search"));
        story.allow(&far_group, 9200, &near.cidr.clone());
        let caller = story.instance(&near_subnet, "app-1", 17, &[&near_group]);
        let other_caller = story.instance(&near_other, "app-2", 23, &[&near_group]);
        let server = story.instance(&far_subnet, "search-1", 41, &[&far_group]);
        Self {
            near,
            far,
            near_subnet,
            near_other,
            far_subnet,
            far_other,
            near_table,
            far_table,
            caller,
            other_caller,
            server,
            far_group,
        }
    }

    fn works(&self, story: &mut Story, window: (&str, &str)) {
        for caller in [&self.caller, &self.other_caller] {
            story.traffic(&caller.peer(), &self.server.peer(), 9200, window, Seen::Accepted);
        }
    }

    /// These callers time out from 17:40:30 on; the alarm fires and somebody looks.
    fn fails(&self, story: &mut Story, callers: &[&Host], seen: Seen, format: Format) {
        for caller in callers {
            story.traffic(&caller.peer(), &self.server.peer(), 9200, ("17:41:12", "17:50:12"), seen);
            let error =
                format!("{{at}} ERROR search.client dial tcp {}:9200: i/o timeout", self.server.address);
            story.log_errors(caller, &format!("/app/{}", self.near.name), "17:40:40", 7, &error);
        }
        story.at("17:43:04");
        let alarm = Alarm::errors(
            "search-errors",
            "the application cannot query the search service",
            &self.near.name,
        );
        story.fire(&self.near.place, alarm, "17:40:40", format);
        story.investigate("17:54:20");
    }

    fn cause(&self, resource: &str, words: &[&'static str], component: &str, event: &str) -> Cause {
        Cause {
            resource: resource.to_owned(),
            account: self.near.place.account.clone(),
            region: self.near.place.region.clone(),
            words: words.to_vec(),
            component: component.to_owned(),
            events: if event.is_empty() { vec![] } else { vec![event.to_owned()] },
            ..Cause::default()
        }
    }

    fn truth(&self) -> Truth {
        Truth {
            outcome: "root_cause",
            must_not_blame: vec![self.far_group.clone(), self.server.id.clone()],
            must_rule_out: vec![format!("security group|{}", self.far_group)],
            intentional: Some(false),
            plan_status: vec!["verified"],
            ..Truth::default()
        }
    }
}

fn two_accounts() -> (Place, Place) {
    (Place::new("555566667777", "eu-central-1"), Place::new("666677778888", "eu-central-1"))
}

fn peered(story: &mut Story, net: u8) -> (Pair, String) {
    let (near, far) = two_accounts();
    let pair = Pair::new(story, &near, &far, ("catalog", "search"), net);
    let peering = story.peering(&pair.near, &pair.far);
    let (near_cidr, far_cidr) = (pair.near.cidr.clone(), pair.far.cidr.clone());
    story.route(&pair.near_table, &far_cidr, &peering);
    story.route(&pair.far_table, &near_cidr, &peering);
    (pair, peering)
}

/// The peering connection is deleted by the other account: both route tables drop.
pub(super) fn peering_deleted(story: &mut Story) {
    let (pair, peering) = peered(story, 60);
    story.observe();
    pair.works(story, ("17:31:10", "17:38:10"));
    story.at("17:40:21");
    story.set(
        PEERINGS,
        &peering,
        "Status",
        &json!({ "Code": "deleted", "Message": format!("Deleted by {}", pair.far.place.account) }),
    );
    story.blackhole(&pair.near_table, &peering);
    story.blackhole(&pair.far_table, &peering);
    let actor = Actor::script("peering-janitor", "stale-peerings-22");
    let request = json!({ "vpcPeeringConnectionId": peering });
    let event =
        story.made(&actor, &pair.far.place, "DeleteVpcPeeringConnection", Dialect::Flat, request, json!({}));
    pair.fails(story, &[&pair.caller, &pair.other_caller], Seen::Unanswered, Format::EventBridge);
    let mut cause = pair.cause(&peering, &["peering"], "peering connection", &event);
    cause.also = vec![pair.near_table.clone(), pair.far_table.clone()];
    cause.actor = Some("stale-peerings-22");
    let (near_cidr, far_cidr) = (&pair.near.cidr, &pair.far.cidr);
    story.truth = Truth {
        title: "The application cannot query the search service: the peering connection was deleted",
        why: "blackholes in two accounts, made by an event in the other account; a new connection has a new id",
        causes: vec![cause],
        plan_status: vec!["unverified", "verified"],
        apply: vec![
            ("ec2", "CreateVpcPeeringConnection", json!({ "VpcId": pair.near.id, "PeerVpcId": pair.far.id })),
            ("ec2", "AcceptVpcPeeringConnection", json!({ "VpcPeeringConnectionId": "*" })),
            (
                "ec2",
                "ReplaceRoute",
                json!({ "RouteTableId": pair.near_table, "DestinationCidrBlock": far_cidr, "VpcPeeringConnectionId": "*" }),
            ),
            (
                "ec2",
                "ReplaceRoute",
                json!({ "RouteTableId": pair.far_table, "DestinationCidrBlock": near_cidr, "VpcPeeringConnectionId": "*" }),
            ),
        ],
        ..pair.truth()
    };
}

/// The far side loses its route back.
pub(super) fn return_route_deleted(story: &mut Story) {
    let (pair, peering) = peered(story, 62);
    story.observe();
    pair.works(story, ("17:31:10", "17:38:10"));
    story.at("17:40:21");
    let near_cidr = pair.near.cidr.clone();
    let event = story.delete_route(&Actor::person("e.vidal"), &pair.far.place, &pair.far_table, &near_cidr);
    pair.fails(story, &[&pair.caller, &pair.other_caller], Seen::Unanswered, Format::Records);
    let mut cause =
        pair.cause(&pair.far_table, &["route", "return|10.62.0.0/16"], "route 10.62.0.0/16", &event);
    cause.account = pair.far.place.account.clone();
    cause.actor = Some("e.vidal");
    story.truth = Truth {
        title: "Queries to the search service time out: the other account's table has no route back",
        why: "the request arrives; only the way back, in another account, is broken",
        causes: vec![cause],
        must_not_blame: vec![pair.far_group.clone(), pair.near_table.clone(), peering.clone()],
        apply: vec![(
            "ec2",
            "CreateRoute",
            json!({ "RouteTableId": pair.far_table, "DestinationCidrBlock": near_cidr, "VpcPeeringConnectionId": peering }),
        )],
        ..pair.truth()
    };
}

/// The far account cannot be described: nobody can say what is wrong there.
pub(super) fn peer_not_described(story: &mut Story) {
    let (pair, peering) = peered(story, 64);
    let far = pair.far.place.clone();
    story.undescribed.push(far.account.clone());
    story.observe();
    story.at("17:40:21");
    let near_cidr = pair.near.cidr.clone();
    let hidden = story.delete_route(&Actor::person("e.vidal"), &far, &pair.far_table, &near_cidr);
    story.undelivered.push(hidden);
    let mut unseen = pair.server.peer();
    unseen.interface = None;
    for caller in [&pair.caller, &pair.other_caller] {
        story.traffic(&caller.peer(), &unseen, 9200, ("17:31:10", "17:38:10"), Seen::Accepted);
        story.traffic(&caller.peer(), &unseen, 9200, ("17:41:12", "17:50:12"), Seen::Unanswered);
    }
    pair.fails(story, &[], Seen::Unanswered, Format::Sns);
    // The callers' own log, and the reader's attempt at the other account.
    let error = format!("{{at}} ERROR search.client dial tcp {}:9200: i/o timeout", pair.server.address);
    story.log_errors(&pair.caller, "/app/catalog", "17:40:40", 7, &error);
    story.at("17:54:20");
    story.observe_signals();
    for operation in ["DescribeRouteTables", "DescribeSecurityGroups", "DescribeNetworkInterfaces"] {
        story.failed_call(
            &far,
            "ec2",
            operation,
            "UnauthorizedOperation",
            "You are not authorized to perform this operation.",
        );
    }
    story.truth = Truth {
        title: "Queries to the search service time out, and the other account cannot be read",
        why: "missing documents are unknown, not blocked: the near side is intact and the far side is not known",
        outcome: "undetermined",
        must_not_blame: vec![pair.near_table.clone(), peering, pair.caller.id.clone(), pair.near.acl.clone()],
        must_state_gaps: vec!["666677778888"],
        plan_status: vec!["none", "unverified", "not_needed"],
        notes: "In truth the other account's route back was deleted; nothing in the bundle can show that.",
        ..Truth::default()
    };
}

/// Two VPCs of one account on a transit gateway with two tables.
struct Transit {
    pair: Pair,
    gateway: String,
    spokes: String,
    isolated: String,
    near: Attachment,
    far: Attachment,
}

fn transit(story: &mut Story, net: u8) -> Transit {
    let place = Place::new("777788889999", "us-east-1");
    let pair = Pair::new(story, &place, &place, ("ledger", "index"), net);
    let gateway = story.transit_gateway(&place, "core");
    let near = story.attach(&gateway, &pair.near, &[&pair.near_subnet, &pair.near_other]);
    let far = story.attach(&gateway, &pair.far, &[&pair.far_subnet, &pair.far_other]);
    let spokes = story.transit_table(&place, &gateway, "spokes");
    let isolated = story.transit_table(&place, &gateway, "isolated");
    for attachment in [&near, &far] {
        story.associate_attachment(&spokes, attachment);
        story.propagate(&spokes, attachment);
    }
    let (near_cidr, far_cidr) = (pair.near.cidr.clone(), pair.far.cidr.clone());
    story.route(&pair.near_table, &far_cidr, &gateway);
    story.route(&pair.far_table, &near_cidr, &gateway);
    story.observe();
    pair.works(story, ("17:31:10", "17:38:10"));
    Transit { pair, gateway, spokes, isolated, near, far }
}

/// The caller's attachment is moved to the table of isolated VPCs.
pub(super) fn wrong_association(story: &mut Story) {
    let Transit { pair, gateway, spokes, isolated, near, .. } = transit(story, 70);
    let place = pair.near.place.clone();
    let actor = Actor::pipeline("tgw-automation", "attachment-policy-31");
    let association = |table: &str, state: &str| {
        json!({ "association": { "transitGatewayRouteTableId": table, "transitGatewayAttachmentId": near.id,
            "resourceId": near.vpc.id, "resourceType": "vpc", "state": state } })
    };
    let request =
        |table: &str| json!({ "TransitGatewayRouteTableId": table, "TransitGatewayAttachmentId": near.id });
    story.at("17:40:03");
    story.disassociate_attachment(&spokes, &near);
    let first = story.made(
        &actor,
        &place,
        "DisassociateTransitGatewayRouteTable",
        Dialect::Wrapped,
        request(&spokes),
        association(&spokes, "disassociating"),
    );
    story.at("17:40:21");
    story.associate_attachment(&isolated, &near);
    let second = story.made(
        &actor,
        &place,
        "AssociateTransitGatewayRouteTable",
        Dialect::Wrapped,
        request(&isolated),
        association(&isolated, "associating"),
    );
    pair.fails(story, &[&pair.caller, &pair.other_caller], Seen::Unanswered, Format::Sns);
    let mut cause = pair.cause(&near.id, &["transit gateway|tgw", "associat"], "association", &second);
    cause.events.insert(0, first);
    cause.also = vec![spokes.clone(), isolated.clone()];
    cause.actor = Some("attachment-policy-31");
    story.truth = Truth {
        title: "The ledger cannot query the index: its attachment uses the isolated route table",
        why: "association decides the table; attachments, VPC routes and propagation all still look right",
        causes: vec![cause],
        must_not_blame: vec![
            pair.far_group.clone(),
            gateway,
            pair.near_table.clone(),
            pair.far_table.clone(),
        ],
        apply: vec![
            ("ec2", "DisassociateTransitGatewayRouteTable", request(&isolated)),
            ("ec2", "AssociateTransitGatewayRouteTable", request(&spokes)),
        ],
        ..pair.truth()
    };
}

/// A static blackhole route hides the propagated one of the same prefix.
pub(super) fn static_blackhole(story: &mut Story) {
    let Transit { pair, gateway, spokes, near, .. } = transit(story, 72);
    let place = pair.near.place.clone();
    story.at("17:40:21");
    let cidr = pair.far.cidr.clone();
    story.push(TGW_TABLES, &spokes, "_routes", &json!({ "DestinationCidrBlock": cidr, "Type": "static", "State": "blackhole", "TransitGatewayAttachments": [] }));
    let request =
        json!({ "DestinationCidrBlock": cidr, "TransitGatewayRouteTableId": spokes, "Blackhole": true });
    let answer = json!({ "route": { "destinationCidrBlock": cidr, "type": "static", "state": "blackhole" } });
    let actor = Actor::person("w.okafor");
    let event = story.made(&actor, &place, "CreateTransitGatewayRoute", Dialect::Wrapped, request, answer);
    pair.fails(story, &[&pair.caller, &pair.other_caller], Seen::Unanswered, Format::Webhook);
    let mut cause =
        pair.cause(&spokes, &["transit gateway|tgw", "blackhole", "route"], "static blackhole route", &event);
    cause.actor = Some("w.okafor");
    story.truth = Truth {
        title: "The ledger cannot query the index: a static blackhole route was added to the transit gateway's table",
        why: "an addition that wins over a propagated route of the same prefix",
        causes: vec![cause],
        must_not_blame: vec![pair.far_group.clone(), gateway, near.id, pair.near_table.clone()],
        apply: vec![(
            "ec2",
            "DeleteTransitGatewayRoute",
            json!({ "TransitGatewayRouteTableId": spokes, "DestinationCidrBlock": cidr }),
        )],
        ..pair.truth()
    };
}

/// The attachment loses its subnet in one zone: callers there cannot get out, the others can.
pub(super) fn zone_without_attachment(story: &mut Story) {
    let Transit { pair, gateway, near, .. } = transit(story, 74);
    let place = pair.near.place.clone();
    story.at("17:40:21");
    let subnet = pair.near_other.id.clone();
    story.pull(TGW_VPC_ATTACHMENTS, &near.id, "SubnetIds", |element| element == &json!(subnet));
    let request =
        json!({ "TransitGatewayAttachmentId": near.id, "RemoveSubnetIds": { "tag": 1, "content": subnet } });
    let answer = json!({ "transitGatewayVpcAttachment": { "transitGatewayAttachmentId": near.id, "transitGatewayId": gateway,
        "vpcId": near.vpc.id, "state": "modifying", "subnetIds": pair.near_subnet.id } });
    let actor = Actor::pipeline("vpc-factory", "terraform-apply-1187");
    let event =
        story.made(&actor, &place, "ModifyTransitGatewayVpcAttachment", Dialect::Wrapped, request, answer);
    story.traffic(&pair.caller.peer(), &pair.server.peer(), 9200, ("17:41:12", "17:50:12"), Seen::Accepted);
    pair.fails(story, &[&pair.other_caller], Seen::Unanswered, Format::EventBridge);
    let mut cause = pair.cause(&near.id, &["attachment", "subnet|zone"], "subnet of the second zone", &event);
    cause.actor = Some("terraform-apply-1187");
    story.truth = Truth {
        title: "The ledger's instances of one zone cannot query the index: the attachment has no subnet there",
        why: "a transit gateway attachment forwards only for zones where it has a subnet",
        causes: vec![cause],
        must_not_blame: vec![pair.far_group.clone(), gateway, pair.near_table.clone()],
        unaffected: vec![format!("{}|{}|{}", pair.near_subnet.id, pair.near_subnet.zone, pair.caller.id)],
        apply: vec![(
            "ec2",
            "ModifyTransitGatewayVpcAttachment",
            json!({ "TransitGatewayAttachmentId": near.id, "AddSubnetIds": [pair.near_other.id] }),
        )],
        ..pair.truth()
    };
}

/// The table no longer learns the far VPC's prefix.
pub(super) fn propagation_disabled(story: &mut Story) {
    let Transit { pair, gateway, spokes, near, far, .. } = transit(story, 76);
    let place = pair.near.place.clone();
    story.at("17:40:21");
    story.stop_propagation(&spokes, &far);
    let request = json!({ "TransitGatewayRouteTableId": spokes, "TransitGatewayAttachmentId": far.id });
    let answer = json!({ "propagation": { "transitGatewayAttachmentId": far.id, "transitGatewayRouteTableId": spokes,
        "resourceId": far.vpc.id, "resourceType": "vpc", "state": "disabled" } });
    let actor = Actor::user("netops-cli");
    let event = story.made(
        &actor,
        &place,
        "DisableTransitGatewayRouteTablePropagation",
        Dialect::Wrapped,
        request.clone(),
        answer,
    );
    story.is_lookup = true;
    pair.fails(story, &[&pair.caller, &pair.other_caller], Seen::Unanswered, Format::Records);
    let mut cause = pair.cause(&spokes, &["transit gateway|tgw", "propagat"], "propagation", &event);
    cause.also = vec![far.id.clone()];
    cause.actor = Some("netops-cli");
    story.truth = Truth {
        title: "The ledger cannot query the index: the transit gateway's table no longer learns its prefix",
        why: "propagation decides what a table knows; the record comes as lookup-events output",
        causes: vec![cause],
        must_not_blame: vec![pair.far_group.clone(), gateway, near.id, pair.near_table.clone()],
        apply: vec![("ec2", "EnableTransitGatewayRouteTablePropagation", request)],
        ..pair.truth()
    };
}
