//! Internet and NAT gateways, IPv6, Block Public Access; semantics 32 to 39.

use crate::world::{ACCOUNT, ACL, ENI, IGW, NAT, REGION, RTB, SUBNET, VPC, World, route, show, world};
use serde_json::json;

const OUT: &str = "198.51.100.1";
const EGRESS_ONLY: &str = "AWS::EC2::EgressOnlyInternetGateway";

#[test]
fn an_internet_gateway_needs_a_public_address() {
    let mut w = world();
    w.check("i-web", OUT, "tcp/443", "delivered");
    w.check(OUT, "203.0.113.10", "tcp/443", "delivered");
    w.check(OUT, "i-web", "tcp/443", "delivered");
    w.set(ENI, "eni-web", "Association", json!(null));
    w.check("i-web", OUT, "tcp/443", "blocked IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS igw-a");
    w.check(OUT, "203.0.113.10", "tcp/443", "blocked NO_POSSIBLE_DESTINATION 203.0.113.10");
}

#[test]
fn private_addresses_are_not_on_the_internet() {
    let w = world();
    w.check(OUT, "10.0.0.10", "tcp/443", "blocked IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS igw-a");
    w.check("i-web", "192.168.9.9", "tcp/443", "blocked IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS igw-a");
    w.check("i-web", "100.64.0.1", "tcp/443", "blocked IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS igw-a");
}

#[test]
fn a_reply_needs_a_route_back_to_the_internet() {
    let mut w = world();
    w.set(RTB, "rtb-pub", "Routes", json!([route("10.0.0.0/16", "local")]));
    w.check(OUT, "203.0.113.10", "tcp/443", "blocked NO_ROUTE_TO_DESTINATION rtb-pub (return)");
    // Through a NAT gateway it would come from another address.
    w.set(RTB, "rtb-pub", "Routes", json!([route("10.0.0.0/16", "local"), route("0.0.0.0/0", "nat-a")]));
    w.check(OUT, "203.0.113.10", "tcp/443", "blocked NGW_SOURCE_ADDRESS_REASSIGN nat-a (return)");
    w.set(IGW, "igw-a", "Attachments", json!([]));
    w.check(
        OUT,
        "203.0.113.10",
        "tcp/443",
        "blocked UNASSOCIATED_COMPONENT vpc-a, NGW_SOURCE_ADDRESS_REASSIGN nat-a (return)",
    );
}

#[test]
fn public_addresses_of_ours_are_reached_from_inside() {
    let w = world();
    w.check("i-app", "203.0.113.10", "tcp/443", "delivered");
}

#[test]
fn a_nat_gateway_translates_from_its_own_subnet() {
    let mut w = world();
    w.check("i-app", OUT, "tcp/443", "delivered");
    let trace = w.trace("i-app", OUT, "tcp/443");
    for action in ["rewrites source to 10.0.0.20", "rewrites source to 203.0.113.20"] {
        assert!(trace.forward.hops.iter().any(|hop| hop.action == action), "{}", show(&trace));
    }
    w.check("i-app", OUT, "50", "blocked PROTOCOL_RESTRICTION nat-a");
    w.check(OUT, "203.0.113.20", "tcp/443", "blocked NGW_DEST_ADDRESS_PRESERVATION eni-nat");
    w.set(NAT, "nat-a", "State", json!("deleted"));
    w.check("i-app", OUT, "tcp/443", "blocked BAD_STATE nat-a");
    let mut w = world();
    w.set(RTB, "rtb-pub", "Routes", json!([route("10.0.0.0/16", "local")]));
    w.check("i-app", OUT, "tcp/443", "blocked NO_ROUTE_TO_DESTINATION rtb-pub");
    w.set(RTB, "rtb-pub", "Routes", json!([route("0.0.0.0/0", "nat-a")]));
    w.check("i-app", OUT, "tcp/443", "blocked NO_ROUTE_TO_DESTINATION rtb-pub");
}

#[test]
fn a_nat_gateway_whose_interface_was_not_described() {
    let mut w = world();
    w.remove(ENI, "eni-nat");
    w.check("i-app", OUT, "tcp/443", "delivered");
}

#[test]
fn the_nat_gateways_subnet_has_a_network_acl_too() {
    let mut w = world();
    let entry = |egress: bool, number: u32, from: u16, to: u16, action: &str| json!({"Egress": egress, "RuleNumber": number, "Protocol": "6", "CidrBlock": "0.0.0.0/0", "PortRange": {"From": from, "To": to}, "RuleAction": action});
    let acl = |entries| json!({"VpcId": "vpc-a", "IsDefault": false, "Entries": entries, "Associations": [{"SubnetId": "subnet-pub"}]});
    let out = entry(true, 100, 0, 65535, "allow");
    w.put(ACL, "acl-pub", acl(json!([out, entry(false, 100, 0, 65535, "allow")])));
    w.check("i-app", OUT, "tcp/443", "delivered");
    // Requests come in, replies from the internet to the ephemeral port do not.
    w.put(ACL, "acl-pub", acl(json!([out, entry(false, 100, 0, 1023, "allow")])));
    w.check("i-app", OUT, "tcp/443", "blocked SUBNET_ACL_RESTRICTION acl-pub (return)");
    // It uses any port from 1024 up, whatever the client used.
    let in_part = [entry(false, 90, 443, 443, "allow"), entry(false, 100, 32768, 65535, "allow")];
    w.put(ACL, "acl-pub", acl(json!([out, in_part[0], in_part[1]])));
    w.check("i-app", OUT, "tcp/443", "blocked SUBNET_ACL_RESTRICTION acl-pub (return)");
    w.put(ACL, "acl-pub", acl(json!([out, in_part[0], in_part[1], entry(false, 110, 1024, 40000, "allow")])));
    w.check("i-app", OUT, "tcp/443", "delivered");
    w.put(
        ACL,
        "acl-pub",
        acl(json!([out, entry(false, 90, 443, 443, "deny"), entry(false, 100, 0, 65535, "allow")])),
    );
    w.check("i-app", OUT, "tcp/443", "blocked SUBNET_ACL_RESTRICTION acl-pub");
}

#[test]
fn a_private_nat_gateway_has_no_way_to_the_internet() {
    let mut w = world();
    let address = json!([{"NetworkInterfaceId": "eni-nat", "PrivateIp": "10.0.0.20"}]);
    w.set(NAT, "nat-a", "NatGatewayAddresses", address).set(ENI, "eni-nat", "Association", json!(null));
    w.set(NAT, "nat-a", "ConnectivityType", json!("private"));
    w.check("i-app", OUT, "tcp/443", "blocked IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS igw-a");
    // Its use: its own address towards another VPC.
    w.set(RTB, "rtb-app", "Routes", json!([route("10.0.0.0/16", "local"), route("10.1.0.0/16", "nat-a")]));
    w.set(RTB, "rtb-pub", "Routes", json!([route("10.0.0.0/16", "local"), route("10.1.0.0/16", "pcx-ab")]));
    w.check("i-app", "i-b", "tcp/80", "delivered");
    w.check("i-app", "i-b", "tcp/22", "blocked ENI_SG_RULES_MISMATCH sg-b");
}

#[test]
fn a_regional_nat_gateway_serves_its_zones() {
    let mut w = world();
    let address = json!([{"PublicIp": "203.0.113.21", "AvailabilityZone": "eu-west-11"}]);
    w.put(NAT, "nat-a", json!({"VpcId": "vpc-a", "State": "available", "AvailabilityMode": "regional", "RouteTableId": "rtb-nat", "NatGatewayAddresses": address}));
    w.put(
        RTB,
        "rtb-nat",
        json!({"VpcId": "vpc-a", "Routes": [route("10.0.0.0/16", "local"), route("0.0.0.0/0", "igw-a")]}),
    );
    assert_eq!(w.trace("i-app", OUT, "tcp/443").forward.disposition.as_str(), "delivered");
    w.set(SUBNET, "subnet-app", "AvailabilityZone", json!("eu-west-13"));
    w.check("i-app", OUT, "tcp/443", "blocked REGIONAL_NGW_ROUTE_AZ_RESTRICTION nat-a");
}

fn with_ipv6() -> World {
    let mut w = world();
    w.set(VPC, "vpc-a", "Ipv6CidrBlockAssociationSet", json!([{"Ipv6CidrBlock": "2600:1f00::/56"}]));
    w.set(ENI, "eni-app", "Ipv6Addresses", json!([{"Ipv6Address": "2600:1f00:0:1::10"}]));
    w.group("sg-app", "vpc-a", &["tcp/8080 ::/0"], &["all ::/0"]);
    let entry = |egress: bool| json!({"Egress": egress, "RuleNumber": 101, "Protocol": "-1", "Ipv6CidrBlock": "::/0", "RuleAction": "allow"});
    w.set(ACL, "acl-a", "Entries", json!([entry(true), entry(false)]));
    w
}

#[test]
fn ipv6_leaves_by_an_egress_only_gateway_and_only_replies_come_back() {
    let (ours, theirs) = ("2600:1f00:0:1::10", "2a00:1450::1");
    let mut w = with_ipv6();
    w.put(EGRESS_ONLY, "eigw-a", json!({"Attachments": [{"State": "attached", "VpcId": "vpc-a"}]}));
    w.set(RTB, "rtb-app", "Routes", json!([route("2600:1f00::/56", "local"), route("::/0", "eigw-a")]));
    w.check(ours, theirs, "tcp/443", "delivered");
    w.remove(IGW, "igw-a");
    w.check(ours, theirs, "tcp/443", "delivered");
    assert!(w.trace(theirs, ours, "tcp/8080").blockers.iter().any(|it| it.code == "UNASSOCIATED_COMPONENT"));
    w.set(EGRESS_ONLY, "eigw-a", "Attachments", json!([]));
    w.check(ours, theirs, "tcp/443", "blocked UNASSOCIATED_COMPONENT eigw-a");
}

#[test]
fn ipv6_has_no_translation_at_the_internet_gateway() {
    let (ours, theirs) = ("2600:1f00:0:1::10", "2a00:1450::1");
    let mut w = with_ipv6();
    w.set(RTB, "rtb-app", "Routes", json!([route("::/0", "igw-a")]));
    w.check(ours, theirs, "tcp/443", "delivered");
    w.check(theirs, ours, "tcp/8080", "delivered");
}

#[test]
fn block_public_access_overrides_everything() {
    let options = "AWS::EC2::VPCBlockPublicAccessOptions";
    let exclusion = "AWS::EC2::VPCBlockPublicAccessExclusion";
    let id = format!("{ACCOUNT}/{REGION}");
    let refused = format!("VPC_BLOCK_PUBLIC_ACCESS_ENABLED {id}");
    let mut w = world();
    w.put(options, &id, json!({"InternetGatewayBlockMode": "off"}));
    w.check("i-web", OUT, "tcp/443", "delivered");
    w.put(options, &id, json!({"InternetGatewayBlockMode": "block-ingress"}));
    w.check("i-app", OUT, "tcp/443", "delivered");
    w.check(OUT, "203.0.113.10", "tcp/443", &format!("blocked {refused}, {refused} (return)"));
    w.put(options, &id, json!({"InternetGatewayBlockMode": "block-bidirectional"}));
    w.check("i-app", OUT, "tcp/443", &format!("blocked {refused}, {refused} (return)"));
    w.put(exclusion, "vpcbpa-1", json!({"ResourceArn": "arn:aws:ec2:eu-west-1:1:subnet/subnet-pub", "InternetGatewayExclusionMode": "allow-egress", "State": "create-complete"}));
    w.check("i-app", OUT, "tcp/443", "delivered");
    w.check(OUT, "203.0.113.10", "tcp/443", &format!("blocked {refused}, {refused} (return)"));
    w.set(exclusion, "vpcbpa-1", "InternetGatewayExclusionMode", json!("allow-bidirectional"));
    w.check(OUT, "203.0.113.10", "tcp/443", "delivered");
}

#[test]
fn a_function_never_has_a_public_address() {
    let mut w = world();
    let more = json!({"InterfaceType": "lambda", "Description": "AWS Lambda VPC ENI-f-1"});
    w.interface("eni-f", "subnet-pub", "10.0.0.40", &["sg-app"], more);
    let config = json!({"VpcId": "vpc-a", "SubnetIds": ["subnet-pub"], "SecurityGroupIds": ["sg-app"]});
    w.put(
        "AWS::Lambda::Function",
        "arn:aws:lambda:eu-west-1:1:function:f",
        json!({"FunctionName": "f", "VpcConfig": config}),
    );
    w.check("f", OUT, "tcp/443", "blocked IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS igw-a");
}
