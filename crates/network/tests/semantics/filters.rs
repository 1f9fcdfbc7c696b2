//! Security groups and network ACLs; semantics 1 to 19.

use crate::world::{ACL, ENI, LIST, PCX, SUBNET, world};
use serde_json::{Value, json};

/// Egress, number, protocol, block, ports, action.
type Line<'a> = (bool, u32, &'a str, &'a str, Option<(u16, u16)>, &'a str);

fn acl(entries: &[Line<'_>]) -> Value {
    entries
        .iter()
        .map(|(egress, number, protocol, block, ports, action)| {
            let ports = ports.map(|(from, to)| json!({"From": from, "To": to}));
            json!({"Egress": egress, "RuleNumber": number, "Protocol": protocol, "CidrBlock": block, "PortRange": ports, "RuleAction": action})
        })
        .collect()
}

#[test]
fn groups_allow_what_a_rule_allows() {
    let w = world();
    w.check("i-app", "eni-db", "tcp/3306", "delivered");
    w.check("i-app", "eni-db", "tcp/3307", "blocked ENI_SG_RULES_MISMATCH sg-db");
    w.check("i-web", "eni-db", "tcp/3306", "blocked ENI_SG_RULES_MISMATCH sg-db");
    w.check("i-app", "eni-db", "udp/3306", "blocked ENI_SG_RULES_MISMATCH sg-db");
    w.check("i-app", "eni-db", "icmp", "blocked ENI_SG_RULES_MISMATCH sg-db");
    // The database has no outbound rule, and its replies go out all the same.
    w.check("eni-db", "i-app", "tcp/8080", "blocked SG_HAS_NO_RULES sg-db, ENI_SG_RULES_MISMATCH sg-app");
}

#[test]
fn a_group_reference_means_private_addresses() {
    let mut w = world();
    w.group("sg-app", "vpc-a", &["tcp/8080 sg-web"], &["tcp/3306 sg-db"]);
    w.check("i-app", "eni-db", "tcp/3306", "delivered");
    w.check("i-app", "i-web", "tcp/443", "blocked ENI_SG_RULES_MISMATCH sg-app");
    // By its public address the web server is nobody's member.
    w.group("sg-app", "vpc-a", &[], &["tcp/443 sg-web"]);
    w.check("i-app", "10.0.0.10", "tcp/443", "delivered");
    w.check("i-app", "203.0.113.10", "tcp/443", "blocked ENI_SG_RULES_MISMATCH sg-app");
}

#[test]
fn any_group_of_an_interface_is_enough() {
    let mut w = world();
    w.set(ENI, "eni-db", "Groups", json!([{"GroupId": "sg-web"}, {"GroupId": "sg-db"}]));
    w.check("i-app", "eni-db", "tcp/3306", "delivered");
    w.check(
        "i-b",
        "10.0.2.10",
        "tcp/3306",
        "blocked ENI_SG_RULES_MISMATCH sg-db, NO_ROUTE_TO_DESTINATION rtb-a (return)",
    );
}

#[test]
fn group_references_cross_peering_in_one_region() {
    let mut w = world();
    w.check("i-app", "i-b", "tcp/22", "delivered");
    w.set(PCX, "pcx-ab", "AccepterVpcInfo", json!({"VpcId": "vpc-b", "Region": "us-east-1"}));
    w.check("i-app", "i-b", "tcp/22", "blocked UNKNOWN_PEERED_SGS sg-b");
    w.check("i-app", "i-b", "tcp/80", "delivered");
}

#[test]
fn prefix_lists_stand_for_their_entries() {
    let mut w = world();
    w.group("sg-db", "vpc-a", &["tcp/3306 pl-1"], &[]);
    w.check("i-app", "eni-db", "tcp/3306", "unknown AWS::EC2::PrefixList pl-1");
    w.put(LIST, "pl-1", json!({"Cidrs": ["10.0.1.0/24"]}));
    w.check("i-app", "eni-db", "tcp/3306", "delivered");
    w.put(LIST, "pl-1", json!({"Cidrs": ["10.0.3.0/24"]}));
    w.check("i-app", "eni-db", "tcp/3306", "blocked ENI_SG_RULES_MISMATCH sg-db");
}

#[test]
fn a_network_acl_is_asked_for_request_and_reply() {
    let mut w = world();
    let all = (true, 100, "-1", "0.0.0.0/0", None, "allow");
    let entries = |reply: (u16, u16)| {
        acl(&[
            all,
            (false, 100, "6", "10.0.0.0/16", Some((3306, 3306)), "allow"),
            (false, 110, "6", "10.0.0.0/16", Some(reply), "allow"),
        ])
    };
    let own = |subnet: &str, entries: Value| json!({"VpcId": "vpc-a", "IsDefault": false, "Entries": entries, "Associations": [{"SubnetId": subnet}]});
    w.put(ACL, "acl-app", own("subnet-app", entries((1024, 65535))));
    w.check("i-app", "eni-db", "tcp/3306", "delivered");
    // The reply goes to the client's source port.
    w.put(ACL, "acl-app", own("subnet-app", entries((1025, 5000))));
    w.check("i-app", "eni-db", "tcp/3306", "blocked SUBNET_ACL_RESTRICTION acl-app (return)");
    // An entry with a lower number wins.
    let deny = acl(&[
        (false, 90, "6", "10.0.1.0/24", Some((3306, 3306)), "deny"),
        (false, 100, "-1", "0.0.0.0/0", None, "allow"),
        all,
    ]);
    w.remove(ACL, "acl-app").put(ACL, "acl-db", own("subnet-db", deny));
    w.check("i-app", "eni-db", "tcp/3306", "blocked SUBNET_ACL_RESTRICTION acl-db");
    // Nothing matched is refused, in both directions.
    w.put(ACL, "acl-db", own("subnet-db", acl(&[])));
    w.check(
        "i-app",
        "eni-db",
        "tcp/3306",
        "blocked SUBNET_ACL_RESTRICTION acl-db, SUBNET_ACL_RESTRICTION acl-db (return)",
    );
    // Neighbours do not meet it.
    w.interface("eni-near", "subnet-db", "10.0.2.11", &["sg-app"], json!({}));
    w.check("eni-near", "eni-db", "tcp/3306", "delivered");
}

#[test]
fn every_refusal_is_listed() {
    let mut w = world();
    w.group("sg-app", "vpc-a", &[], &[]).group("sg-db", "vpc-a", &[], &[]);
    w.set(ACL, "acl-a", "Entries", json!([]));
    let acl = "SUBNET_ACL_RESTRICTION acl-a";
    w.check(
        "i-app",
        "eni-db",
        "tcp/3306",
        &format!("blocked SG_HAS_NO_RULES sg-app, {acl}, {acl}, SG_HAS_NO_RULES sg-db, {acl} (return), {acl} (return)"),
    );
}

#[test]
fn some_addresses_meet_no_filter() {
    let mut w = world();
    w.set(ACL, "acl-a", "Entries", json!([])).group("sg-app", "vpc-a", &[], &[]);
    for address in ["169.254.169.254", "169.254.169.253", "169.254.169.123", "10.0.0.2"] {
        w.check("i-app", address, "udp/53", "delivered");
    }
    w.set("AWS::EC2::VPC", "vpc-a", "EnableDnsSupport", json!(false));
    w.check("i-app", "10.0.0.2", "udp/53", "blocked NO_POSSIBLE_DESTINATION vpc-a");
    w.check("i-app", "169.254.169.254", "tcp/80", "delivered");
}

#[test]
fn the_default_acl_serves_subnets_without_one() {
    let mut w = world();
    w.set(ACL, "acl-a", "IsDefault", json!(false));
    w.check("i-app", "eni-db", "tcp/3306", "unknown AWS::EC2::NetworkAcl ?, AWS::EC2::NetworkAcl ?");
    w.set(ACL, "acl-a", "Associations", json!([{"SubnetId": "subnet-app"}, {"SubnetId": "subnet-db"}]));
    w.check("i-app", "eni-db", "tcp/3306", "delivered");
}

#[test]
fn address_families_are_apart() {
    let mut w = world();
    for (subnet, block) in [("subnet-app", "2001:db8:0:1::/64"), ("subnet-db", "2001:db8:0:2::/64")] {
        w.set(SUBNET, subnet, "Ipv6CidrBlockAssociationSet", json!([{"Ipv6CidrBlock": block}]));
    }
    w.set(
        "AWS::EC2::VPC",
        "vpc-a",
        "Ipv6CidrBlockAssociationSet",
        json!([{"Ipv6CidrBlock": "2001:db8::/56"}]),
    );
    w.set(ENI, "eni-app", "Ipv6Addresses", json!([{"Ipv6Address": "2001:db8:0:1::10"}]));
    w.set(ENI, "eni-db", "Ipv6Addresses", json!([{"Ipv6Address": "2001:db8:0:2::10"}]));
    // The rules and entries so far are for IPv4.
    let refused = "blocked ENI_SG_RULES_MISMATCH sg-app, SUBNET_ACL_RESTRICTION acl-a, SUBNET_ACL_RESTRICTION acl-a, SUBNET_ACL_RESTRICTION acl-a (return), SUBNET_ACL_RESTRICTION acl-a (return)";
    w.check("i-app", "2001:db8:0:2::10", "tcp/3306", refused);
    w.group("sg-app", "vpc-a", &[], &["all ::/0"]);
    let entry = |egress: bool| json!({"Egress": egress, "RuleNumber": 101, "Protocol": "-1", "Ipv6CidrBlock": "::/0", "RuleAction": "allow"});
    w.set(ACL, "acl-a", "Entries", json!([entry(true), entry(false)]));
    w.check("i-app", "2001:db8:0:2::10", "tcp/3306", "delivered");
    w.check("10.0.1.10", "2001:db8:0:2::10", "tcp/3306", "blocked NO_SOURCE_OR_DESTINATION 2001:db8:0:2::10");
}
