//! Route tables and peering; semantics 23 to 31 and 50 to 52.

use crate::world::{
    ENI, IGW, INSTANCE, LIST, NAT, PCX, REGION, RTB, VPC, document, flow, route, summary, world,
};
use serde_json::{Value, json};

#[test]
fn the_longest_prefix_wins_and_a_blackhole_drops() {
    let mut w = world();
    let with = |more: &[(&str, &str)]| -> Value {
        let all = [("10.0.0.0/16", "local"), ("10.1.0.0/16", "pcx-ab")];
        all.iter().chain(more).map(|(to, target)| route(to, target)).collect()
    };
    w.set(RTB, "rtb-app", "Routes", with(&[("0.0.0.0/0", "nat-a")]));
    w.check("i-app", "i-b", "tcp/80", "delivered");
    w.set(RTB, "rtb-app", "Routes", with(&[("10.1.0.0/24", "nat-gone blackhole")]));
    w.check("i-app", "i-b", "tcp/80", "blocked BAD_STATE_ROUTE rtb-app");
    // A refusal by routing does not end the search: the destination's own refusal is found too.
    w.check("i-app", "i-b", "tcp/81", "blocked BAD_STATE_ROUTE rtb-app, ENI_SG_RULES_MISMATCH sg-b");
    w.set(
        RTB,
        "rtb-app",
        "Routes",
        with(&[("10.1.0.0/20", "nat-gone blackhole"), ("10.1.0.10/32", "pcx-ab")]),
    );
    w.check("i-app", "i-b", "tcp/80", "delivered");
}

#[test]
fn static_routes_beat_prefix_lists_and_those_beat_propagated_ones() {
    let mut w = world();
    w.put(LIST, "pl-b", json!({"Cidrs": ["10.1.0.0/16"]}));
    let local = route("10.0.0.0/16", "local");
    w.set(RTB, "rtb-app", "Routes", json!([local, route("pl-b", "nat-a"), route("10.1.0.0/16", "pcx-ab")]));
    w.check("i-app", "i-b", "tcp/80", "delivered");
    let mut propagated = route("10.1.0.0/16", "vgw-x");
    propagated["Origin"] = json!("EnableVgwRoutePropagation");
    w.set(RTB, "rtb-app", "Routes", json!([local, propagated, route("pl-b", "pcx-ab")]));
    w.check("i-app", "i-b", "tcp/80", "delivered");
    // Two lists of one length and two targets: AWS keeps either.
    w.put(LIST, "pl-c", json!({"Cidrs": ["10.1.0.0/16"]}));
    w.set(RTB, "rtb-app", "Routes", json!([local, route("pl-c", "nat-a"), route("pl-b", "pcx-ab")]));
    w.check("i-app", "i-b", "tcp/80", "unknown AWS::EC2::PrefixList pl-b");
    // An unknown list may be longer than anything else.
    w.set(RTB, "rtb-app", "Routes", json!([local, route("pl-x", "nat-a"), route("10.1.0.0/16", "pcx-ab")]));
    w.check("i-app", "i-b", "tcp/80", "unknown AWS::EC2::PrefixList pl-x");
    w.set(RTB, "rtb-app", "Routes", json!([local, route("pl-x", "nat-a"), route("10.1.0.10/32", "pcx-ab")]));
    w.check("i-app", "i-b", "tcp/80", "delivered");
}

#[test]
fn a_subnet_without_association_uses_the_main_table() {
    let mut w = world();
    let public = [route("10.0.0.0/16", "local"), route("0.0.0.0/0", "igw-a")];
    w.check(
        "eni-db",
        "198.51.100.1",
        "tcp/443",
        "blocked SG_HAS_NO_RULES sg-db, NO_ROUTE_TO_DESTINATION rtb-a",
    );
    w.set(RTB, "rtb-a", "Routes", json!(public));
    w.check(
        "eni-db",
        "198.51.100.1",
        "tcp/443",
        "blocked SG_HAS_NO_RULES sg-db, IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS igw-a",
    );
}

#[test]
fn the_local_route_is_there_even_when_it_is_not_told() {
    let mut w = world();
    w.set(RTB, "rtb-a", "Routes", json!([]));
    w.check("i-app", "eni-db", "tcp/3306", "delivered");
}

#[test]
fn peering_needs_a_route_back_an_active_state_and_is_not_transitive() {
    let mut w = world();
    w.set(RTB, "rtb-b", "Routes", json!([route("10.1.0.0/16", "local")]));
    w.check("i-app", "i-b", "tcp/80", "blocked NO_ROUTE_TO_DESTINATION rtb-b (return)");
    let mut w = world();
    w.set(PCX, "pcx-ab", "Status", json!({"Code": "deleted"}));
    w.check("i-app", "i-b", "tcp/80", "blocked BAD_STATE pcx-ab, BAD_STATE pcx-ab (return)");
    let mut w = world();
    // To VPC C through VPC B.
    w.set(RTB, "rtb-app", "Routes", json!([route("10.0.0.0/16", "local"), route("10.2.0.0/16", "pcx-ab")]));
    w.check("i-app", "10.2.0.10", "tcp/80", "blocked PCX_REQUIRES_ADDRESS_IN_VPC_CIDR pcx-ab");
    // To the internet through VPC B.
    w.set(RTB, "rtb-app", "Routes", json!([route("0.0.0.0/0", "pcx-ab")]));
    w.check("i-app", "198.51.100.1", "tcp/443", "blocked PCX_REQUIRES_ADDRESS_IN_VPC_CIDR pcx-ab");
}

#[test]
fn a_peer_vpc_that_was_not_described_is_unknown() {
    let mut w = world();
    w.set(
        PCX,
        "pcx-ab",
        "AccepterVpcInfo",
        json!({"VpcId": "vpc-x", "OwnerId": "444455556666", "Region": REGION, "CidrBlock": "10.1.0.0/16"}),
    );
    w.remove(ENI, "eni-b").remove(INSTANCE, "i-b").remove(VPC, "vpc-b");
    w.check("i-app", "10.1.0.10", "tcp/80", "unknown AWS::EC2::VPC vpc-x");
    // What the connection tells is enough to refuse an address that is not the peer's.
    w.set(PCX, "pcx-ab", "AccepterVpcInfo", json!({"VpcId": "vpc-x", "CidrBlock": "10.9.0.0/16"}));
    w.check("i-app", "10.1.0.10", "tcp/80", "blocked PCX_REQUIRES_ADDRESS_IN_VPC_CIDR pcx-ab");
}

#[test]
fn an_address_nobody_has() {
    let mut w = world();
    w.check("i-app", "10.0.2.99", "tcp/80", "blocked NO_POSSIBLE_DESTINATION subnet-db");
    w.check("i-app", "10.0.77.1", "tcp/80", "blocked NO_POSSIBLE_DESTINATION vpc-a");
    w.check("10.0.2.99", "i-app", "tcp/80", "blocked NO_SOURCE_OR_DESTINATION vpc-a");
    w.listed = false;
    w.remove(ENI, "eni-b");
    w.check("i-app", "10.1.0.10", "tcp/80", "unknown AWS::EC2::NetworkInterface ?");
}

#[test]
fn an_interface_as_target_must_take_foreign_packets() {
    let mut w = world();
    w.instance("box", "subnet-pub", "10.0.0.30", &["sg-box"]);
    w.group("sg-box", "vpc-a", &["all 10.0.0.0/16"], &["all 0.0.0.0/0"]);
    w.set(ENI, "eni-box", "Association", json!({"PublicIp": "203.0.113.30"}));
    w.set(RTB, "rtb-app", "Routes", json!([route("10.0.0.0/16", "local"), route("0.0.0.0/0", "eni-box")]));
    w.check("i-app", "198.51.100.1", "tcp/443", "blocked ENI_SOURCE_DEST_CHECK_RESTRICTION eni-box");
    w.set(ENI, "eni-box", "SourceDestCheck", json!(false));
    w.check("i-app", "198.51.100.1", "tcp/443", "delivered");
    w.set(INSTANCE, "i-box", "State", json!({"Name": "stopped"}));
    w.check("i-app", "198.51.100.1", "tcp/443", "blocked BAD_STATE i-box");
    // A route inside the VPC that is more specific than the local one.
    let mut w = world();
    w.instance("box", "subnet-pub", "10.0.0.30", &["sg-box"]);
    w.group("sg-box", "vpc-a", &["all 10.0.0.0/16"], &["all 0.0.0.0/0"]).set(
        ENI,
        "eni-box",
        "SourceDestCheck",
        json!(false),
    );
    w.set(RTB, "rtb-app", "Routes", json!([route("10.0.0.0/16", "local"), route("10.0.2.0/24", "eni-box")]));
    w.group("sg-db", "vpc-a", &["tcp/3306 sg-app"], &[]);
    w.check("i-app", "eni-db", "tcp/3306", "blocked SG_REFERENCES_NOT_PRESERVED sg-db");
    w.group("sg-db", "vpc-a", &["tcp/3306 10.0.1.0/24"], &[]);
    w.check("i-app", "eni-db", "tcp/3306", "delivered");
}

#[test]
fn an_edge_table_redirects_what_comes_in() {
    let mut w = world();
    w.instance("box", "subnet-db", "10.0.2.30", &["sg-box"]).set(
        ENI,
        "eni-box",
        "SourceDestCheck",
        json!(false),
    );
    w.group("sg-box", "vpc-a", &["tcp/443 0.0.0.0/0"], &["all 0.0.0.0/0"]);
    let routes = [route("10.0.0.0/16", "local"), route("10.0.0.0/24", "eni-box")];
    w.put(
        RTB,
        "rtb-edge",
        json!({"VpcId": "vpc-a", "Associations": [{"GatewayId": "igw-a"}], "Routes": routes}),
    );
    w.check("198.51.100.1", "203.0.113.10", "tcp/443", "delivered");
    assert!(
        w.trace("198.51.100.1", "203.0.113.10", "tcp/443")
            .forward
            .hops
            .iter()
            .any(|hop| hop.component.id == "eni-box")
    );
    w.set(ENI, "eni-box", "SourceDestCheck", json!(true));
    w.check("198.51.100.1", "203.0.113.10", "tcp/443", "blocked ENI_SOURCE_DEST_CHECK_RESTRICTION eni-box");
}

#[test]
fn a_target_that_is_gone_and_one_that_was_not_described() {
    let mut w = world();
    w.remove(NAT, "nat-a");
    w.check("i-app", "198.51.100.1", "tcp/443", "blocked BAD_STATE_ROUTE rtb-app");
    w.listed = false;
    w.check("i-app", "198.51.100.1", "tcp/443", "unknown AWS::EC2::NatGateway nat-a");
}

#[test]
fn a_change_that_brings_a_target_back_revives_its_routes() {
    let mut w = world();
    let attached = w.documents[&(IGW, "igw-a".to_owned())].clone();
    w.put(IGW, "igw-a", json!({"Attachments": []}));
    w.set(
        RTB,
        "rtb-pub",
        "Routes",
        json!([route("10.0.0.0/16", "local"), route("0.0.0.0/0", "igw-a blackhole")]),
    );
    w.check("i-web", "198.51.100.1", "tcp/443", "blocked BAD_STATE_ROUTE rtb-pub");
    let before = w.network();
    let (after, _) = before.updated([document(IGW, "igw-a", &attached, 0)], []);
    let to = flow(&after, "i-web", "198.51.100.1", "tcp/443");
    assert_eq!(summary(&after.trace(&to)), "delivered");
    assert_eq!(summary(&before.trace(&to)), "blocked BAD_STATE_ROUTE rtb-pub");
    let (gone, _) = after.updated([], [(IGW.to_owned(), "igw-a".to_owned())]);
    assert_eq!(summary(&gone.trace(&to)), "blocked BAD_STATE_ROUTE rtb-pub");
}
