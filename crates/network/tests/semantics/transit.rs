//! Transit gateways, VPN and Direct Connect; semantics 11, 20 and 53 to 61.

use crate::world::{ACL, ATTACHMENT, RTB, SUBNET, TGW, TGW_RTB, World, route, world};
use serde_json::{Value, json};

const VPN: &str = "AWS::EC2::VPNConnection";

#[test]
fn association_and_propagation_decide() {
    let mut w = world();
    w.check("i-app", "i-c", "tcp/80", "delivered");
    w.transit_table("tgw-rtb-1", &["tgw-attach-a", "tgw-attach-c"], &["tgw-attach-c"], json!([]));
    w.check("i-app", "i-c", "tcp/80", "blocked TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT tgw-rtb-1 (return)");
    w.transit_table("tgw-rtb-1", &["tgw-attach-c"], &["tgw-attach-a", "tgw-attach-c"], json!([]));
    w.check("i-app", "i-c", "tcp/80", "blocked TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION tgw-attach-a");
    // Two tables: each direction is another table's affair.
    w.transit_table("tgw-rtb-1", &["tgw-attach-a"], &["tgw-attach-c"], json!([]));
    w.transit_table("tgw-rtb-2", &["tgw-attach-c"], &["tgw-attach-a"], json!([]));
    w.check("i-app", "i-c", "tcp/80", "delivered");
    w.transit_table("tgw-rtb-2", &["tgw-attach-c"], &[], json!([]));
    w.check("i-app", "i-c", "tcp/80", "blocked TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT tgw-rtb-2 (return)");
    // Past that, what the other side refuses is found as well.
    w.check(
        "i-c",
        "i-app",
        "tcp/80",
        "blocked TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT tgw-rtb-2, ENI_SG_RULES_MISMATCH sg-app",
    );
}

fn static_route(block: &str, attachment: Option<&str>, state: &str) -> Value {
    let attachments: Vec<Value> =
        attachment.iter().map(|id| json!({"TransitGatewayAttachmentId": id})).collect();
    json!({"DestinationCidrBlock": block, "Type": "static", "State": state, "TransitGatewayAttachments": attachments})
}

#[test]
fn static_routes_and_blackholes() {
    let mut w = world();
    let both = ["tgw-attach-a", "tgw-attach-c"];
    let blackhole = |block: &str| json!([static_route(block, None, "blackhole")]);
    w.transit_table("tgw-rtb-1", &both, &both, blackhole("10.2.0.0/16"));
    w.check("i-app", "i-c", "tcp/80", "blocked TGW_RTB_BAD_STATE_ROUTE tgw-rtb-1");
    w.transit_table("tgw-rtb-1", &both, &both, blackhole("10.0.0.0/8"));
    w.check("i-app", "i-c", "tcp/80", "delivered");
    w.transit_table("tgw-rtb-1", &both, &both, blackhole("10.2.0.0/24"));
    w.check("i-app", "i-c", "tcp/80", "blocked TGW_RTB_BAD_STATE_ROUTE tgw-rtb-1");
    let routes = json!([
        static_route("10.2.0.0/24", Some("tgw-attach-c"), "active"),
        static_route("0.0.0.0/0", Some("tgw-attach-a"), "active")
    ]);
    w.transit_table("tgw-rtb-1", &both, &[], routes);
    w.check("i-app", "i-c", "tcp/80", "delivered");
}

#[test]
fn a_zone_without_attachment_subnet_sends_nothing_and_receives() {
    let mut w = world();
    w.table("rtb-a", "vpc-a", &[], &[("10.0.0.0/16", "local"), ("10.2.0.0/16", "tgw-1")]);
    w.group("sg-c", "vpc-c", &["tcp/80 0.0.0.0/0"], &["all 0.0.0.0/0"]).group(
        "sg-db",
        "vpc-a",
        &["tcp/3306 10.2.0.0/16"],
        &["all 0.0.0.0/0"],
    );
    w.check("eni-db", "i-c", "tcp/80", "blocked TGW_ROUTE_AZ_RESTRICTION tgw-attach-a");
    w.check("i-c", "eni-db", "tcp/3306", "blocked TGW_ROUTE_AZ_RESTRICTION tgw-attach-a (return)");
    w.set(ATTACHMENT, "tgw-attach-a", "SubnetIds", json!(["subnet-app", "subnet-db"]));
    w.check("i-c", "eni-db", "tcp/3306", "delivered");
}

#[test]
fn the_attachment_subnets_table_routes_what_comes_in() {
    let mut w = world();
    // The attachment of C sits in a subnet of its own, with its own table and ACL.
    w.subnet("subnet-t", "vpc-c", "10.2.9.0/28", 1).set(
        ATTACHMENT,
        "tgw-attach-c",
        "SubnetIds",
        json!(["subnet-t"]),
    );
    w.table("rtb-t", "vpc-c", &["subnet-t"], &[("10.2.0.0/16", "local")]);
    w.check("i-app", "i-c", "tcp/80", "delivered");
    w.table(
        "rtb-t",
        "vpc-c",
        &["subnet-t"],
        &[("10.2.0.0/16", "local"), ("10.2.0.0/24", "nat-gone blackhole")],
    );
    w.check("i-app", "i-c", "tcp/80", "blocked BAD_STATE_ROUTE rtb-t");
    w.table("rtb-t", "vpc-c", &["subnet-t"], &[("10.2.0.0/16", "local")]);
    // Of its ACL, outbound is asked about what comes from the gateway, inbound about what goes to it; semantics 20.
    let acl = |egress: &str, ingress: &str| {
        let entry = |out: bool, action: &str| json!({"Egress": out, "RuleNumber": 100, "Protocol": "-1", "CidrBlock": "0.0.0.0/0", "RuleAction": action});
        json!({"VpcId": "vpc-c", "IsDefault": false, "Entries": [entry(true, egress), entry(false, ingress)], "Associations": [{"SubnetId": "subnet-t"}]})
    };
    w.put(ACL, "acl-t", acl("deny", "allow"));
    w.check("i-app", "i-c", "tcp/80", "blocked SUBNET_ACL_RESTRICTION acl-t");
    w.put(ACL, "acl-t", acl("allow", "deny"));
    w.check("i-app", "i-c", "tcp/80", "blocked SUBNET_ACL_RESTRICTION acl-t (return)");
}

#[test]
fn group_references_over_a_transit_gateway_need_support() {
    let mut w = world();
    w.check("i-app", "i-c", "tcp/22", "blocked SG_REFERENCING_SUPPORT sg-c");
    w.set(TGW, "tgw-1", "Options", json!({"SecurityGroupReferencingSupport": "enable"}));
    w.check("i-app", "i-c", "tcp/22", "unknown AWS::EC2::TransitGateway ?");
    for id in ["tgw-attach-a", "tgw-attach-c"] {
        w.set(ATTACHMENT, id, "Options", json!({"SecurityGroupReferencingSupport": "enable"}));
    }
    w.check("i-app", "i-c", "tcp/22", "delivered");
    w.set(SUBNET, "subnet-c", "AvailabilityZoneId", json!("use1-az3"));
    w.check("i-app", "i-c", "tcp/22", "blocked SG_REFERENCING_SUPPORT sg-c");
    w.remove(TGW, "tgw-1");
    w.set(SUBNET, "subnet-c", "AvailabilityZoneId", json!("euw1-az1"));
    w.check("i-app", "i-c", "tcp/22", "unknown AWS::EC2::TransitGateway ?");
    w.check("i-app", "i-c", "tcp/80", "delivered");
}

#[test]
fn what_the_other_account_shows_decides_or_is_missing() {
    let mut w = world();
    w.listed = false;
    w.remove(TGW_RTB, "tgw-rtb-1");
    for id in ["tgw-attach-a", "tgw-attach-c"] {
        w.set(ATTACHMENT, id, "TransitGatewayOwnerId", json!("444455556666"));
    }
    w.check("i-app", "i-c", "tcp/80", "unknown AWS::EC2::TransitGatewayRouteTable ?");
    for id in ["tgw-attach-a", "tgw-attach-c"] {
        w.set(
            ATTACHMENT,
            id,
            "Association",
            json!({"TransitGatewayRouteTableId": "tgw-rtb-1", "State": "associated"}),
        );
    }
    w.check("i-app", "i-c", "tcp/80", "unknown AWS::EC2::TransitGatewayRouteTable tgw-rtb-1");
    w.put(TGW_RTB, "tgw-rtb-1", json!({"TransitGatewayId": "tgw-1", "Routes": [static_route("10.0.0.0/8", Some("tgw-attach-c"), "active")]}));
    w.check("i-app", "i-c", "tcp/80", "unknown AWS::EC2::TransitGatewayRouteTable tgw-rtb-1");
    w.set(TGW_RTB, "tgw-rtb-1", "Propagations", json!([]));
    assert_eq!(w.trace("i-app", "i-c", "tcp/80").forward.disposition.as_str(), "delivered");
}

#[test]
fn dead_attachments() {
    let mut w = world();
    w.set(ATTACHMENT, "tgw-attach-a", "State", json!("deleted"));
    let trace = w.trace("i-app", "i-c", "tcp/80");
    assert!(
        trace
            .blockers
            .iter()
            .any(|it| it.code == "BAD_STATE_ATTACHMENT" && it.component.id == "tgw-attach-a")
    );
    w.remove(ATTACHMENT, "tgw-attach-a");
    assert!(w.trace("i-app", "i-c", "tcp/80").blockers.iter().any(|it| it.code == "UNASSOCIATED_COMPONENT"));
    w.listed = false;
    w.check("i-app", "i-c", "tcp/80", "unknown AWS::EC2::TransitGatewayAttachment ?");
}

/// VPC C hangs on a second transit gateway, peered with the first.
fn peered() -> World {
    let mut w = world();
    w.set(ATTACHMENT, "tgw-attach-c", "TransitGatewayId", json!("tgw-2"));
    w.table("rtb-c", "vpc-c", &[], &[("10.2.0.0/16", "local"), ("10.0.0.0/16", "tgw-2")]);
    let side = |id: &str| json!({"TransitGatewayId": id});
    w.put(ATTACHMENT, "tgw-attach-p", json!({"TransitGatewayId": "tgw-1", "ResourceType": "peering", "ResourceId": "tgw-2", "State": "available", "RequesterTgwInfo": side("tgw-1"), "AccepterTgwInfo": side("tgw-2")}));
    let out = json!([static_route("10.2.0.0/16", Some("tgw-attach-p"), "active")]);
    w.transit_table("tgw-rtb-1", &["tgw-attach-a", "tgw-attach-p"], &["tgw-attach-a"], out);
    let back = json!([static_route("10.0.0.0/16", Some("tgw-attach-p"), "active")]);
    w.transit_table("tgw-rtb-2", &["tgw-attach-c", "tgw-attach-p"], &["tgw-attach-c"], back);
    w.set(TGW_RTB, "tgw-rtb-2", "TransitGatewayId", json!("tgw-2"));
    w
}

#[test]
fn two_transit_gateways_need_static_routes_on_both_sides() {
    let mut w = peered();
    w.check("i-app", "i-c", "tcp/80", "delivered");
    w.check("i-app", "i-c", "tcp/22", "blocked SG_REFERENCING_SUPPORT sg-c");
    w.set(TGW_RTB, "tgw-rtb-2", "Routes", json!([]));
    w.check("i-app", "i-c", "tcp/80", "blocked TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT tgw-rtb-2 (return)");
    let mut w = peered();
    w.set(TGW_RTB, "tgw-rtb-2", "Associations", json!([{"TransitGatewayAttachmentId": "tgw-attach-c"}]));
    w.check("i-app", "i-c", "tcp/80", "blocked TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION tgw-attach-p");
    let mut w = peered();
    w.set(ATTACHMENT, "tgw-attach-p", "State", json!("rejected"));
    w.check(
        "i-app",
        "i-c",
        "tcp/80",
        "blocked BAD_STATE_ATTACHMENT tgw-attach-p, BAD_STATE_ATTACHMENT tgw-attach-p (return)",
    );
}

#[test]
fn networks_on_premises_over_a_vpn_gateway() {
    let mut w = world();
    w.put(
        "AWS::EC2::VPNGateway",
        "vgw-c",
        json!({"State": "available", "VpcAttachments": [{"VpcId": "vpc-c", "State": "attached"}]}),
    );
    w.put(VPN, "vpn-c", json!({"State": "available", "VpnGatewayId": "vgw-c", "Options": {"StaticRoutesOnly": true}, "Routes": [{"DestinationCidrBlock": "172.16.0.0/16", "State": "available"}]}));
    w.table("rtb-c", "vpc-c", &[], &[("10.2.0.0/16", "local"), ("172.16.0.0/12", "vgw-c")]);
    w.check("i-c", "172.16.0.9", "tcp/443", "delivered");
    w.check("i-c", "172.17.0.9", "tcp/443", "blocked NO_ROUTE_TO_DESTINATION vpn-c");
    w.group("sg-c", "vpc-c", &["tcp/22 172.16.0.0/16"], &["all 0.0.0.0/0"]);
    w.check("172.16.0.9", "i-c", "tcp/22", "delivered");
    w.check("172.16.0.9", "i-c", "tcp/23", "blocked ENI_SG_RULES_MISMATCH sg-c");
    w.set(VPN, "vpn-c", "VgwTelemetry", json!([{"Status": "DOWN"}, {"Status": "DOWN"}]));
    w.check("i-c", "172.16.0.9", "tcp/443", "blocked BAD_STATE_VPN vpn-c");
    w.set(RTB, "rtb-c", "Routes", json!([route("10.2.0.0/16", "local")]));
    w.check("172.16.0.9", "i-c", "tcp/22", "blocked NO_ROUTE_TO_DESTINATION rtb-c (return)");
    w.listed = false;
    w.set(RTB, "rtb-c", "Routes", json!([route("172.16.0.0/12", "vgw-c")])).remove(VPN, "vpn-c");
    w.check("i-c", "172.16.0.9", "tcp/443", "unknown AWS::EC2::VPNConnection ?");
}

#[test]
fn networks_on_premises_over_a_transit_gateway() {
    let mut w = world();
    w.put(
        VPN,
        "vpn-1",
        json!({"State": "available", "TransitGatewayId": "tgw-1", "Options": {"StaticRoutesOnly": false}}),
    );
    w.put(ATTACHMENT, "tgw-attach-v", json!({"TransitGatewayId": "tgw-1", "ResourceType": "vpn", "ResourceId": "vpn-1", "State": "available"}));
    let all = ["tgw-attach-a", "tgw-attach-c", "tgw-attach-v"];
    w.table("rtb-c", "vpc-c", &[], &[("10.2.0.0/16", "local"), ("0.0.0.0/0", "tgw-1")]);
    // What BGP tells is known only when routes were searched for.
    w.transit_table("tgw-rtb-1", &all, &all, json!([]));
    w.check("i-c", "172.16.0.9", "tcp/443", "unknown AWS::EC2::TransitGatewayAttachment tgw-attach-v");
    let mut learned = static_route("172.16.0.0/16", Some("tgw-attach-v"), "active");
    learned["Type"] = json!("propagated");
    w.transit_table("tgw-rtb-1", &all, &all, json!([learned]));
    w.check("i-c", "172.16.0.9", "tcp/443", "delivered");
    w.check("i-c", "172.30.0.9", "tcp/443", "blocked TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT tgw-rtb-1");
    w.group("sg-c", "vpc-c", &["tcp/22 172.16.0.0/16"], &[]);
    w.check("172.16.0.9", "i-c", "tcp/22", "delivered");
}

#[test]
fn each_side_of_a_peering_has_an_association_of_its_own() {
    let mut w = peered();
    for id in ["tgw-rtb-1", "tgw-rtb-2"] {
        w.documents
            .get_mut(&(TGW_RTB, id.to_owned()))
            .unwrap()
            .as_object_mut()
            .unwrap()
            .remove("Associations");
    }
    let told = |table: &str| json!({"TransitGatewayRouteTableId": table, "State": "associated"});
    w.set(ATTACHMENT, "tgw-attach-a", "Association", told("tgw-rtb-1"));
    w.set(ATTACHMENT, "tgw-attach-c", "Association", told("tgw-rtb-2"));
    w.set(ATTACHMENT, "tgw-attach-p", "Association", told("tgw-rtb-1"));
    w.check("i-app", "i-c", "tcp/80", "unknown AWS::EC2::TransitGatewayRouteTable ?");
    w.set(ATTACHMENT, "tgw-attach-p", "Associations", json!([told("tgw-rtb-1"), told("tgw-rtb-2")]));
    w.check("i-app", "i-c", "tcp/80", "delivered");
}

#[test]
fn both_sides_of_a_peering_are_put_together() {
    use butfor_network::describe::{Origin, Piece, compose, fragments};
    let side = |table: &str, own: &str, other: &str| {
        let association = json!({"TransitGatewayRouteTableId": table, "State": "associated"});
        let one = json!({"TransitGatewayAttachmentId": "tgw-attach-p", "TransitGatewayId": own, "ResourceType": "peering", "ResourceId": other, "Association": association});
        json!({"TransitGatewayAttachments": [one]}).to_string()
    };
    let texts = [
        ("us-east-1", side("tgw-rtb-1", "tgw-1", "tgw-2")),
        ("us-west-1", side("tgw-rtb-2", "tgw-2", "tgw-1")),
    ];
    let mut pieces = Vec::new();
    for (region, text) in &texts {
        for fragment in fragments(None, "", text).unwrap().fragments {
            pieces.push(Piece { fragment, account: "", region, origin: Origin(0) });
        }
    }
    let (network, _) = butfor_network::Network::parse(compose(pieces), []);
    let attachment = network.attachment("tgw-attach-p").unwrap();
    assert_eq!(attachment.gateways().map(|id| &**id).collect::<Vec<_>>(), ["tgw-1", "tgw-2"]);
    let mut tables: Vec<&str> = attachment.associated_tables().map(|id| &**id).collect();
    tables.dedup();
    assert_eq!(tables, ["tgw-rtb-1", "tgw-rtb-2"]);
}
