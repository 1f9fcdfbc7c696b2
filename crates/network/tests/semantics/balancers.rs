//! Load balancers; semantics 22 and 62 to 66.

use crate::world::{ACL, ENI, SUBNET, World, show, world};
use serde_json::{Value, json};

const BALANCER: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";
const LISTENER: &str = "AWS::ElasticLoadBalancingV2::Listener";
const TARGETS: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";
const NLB: &str = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/net/n/1";
const ALB: &str = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/a/1";
const OUT: &str = "198.51.100.1";

fn targets(all: &[(&str, &str)]) -> Value {
    all.iter()
        .map(|(id, state)| json!({"Target": {"Id": id, "Port": 8080}, "TargetHealth": {"State": state}}))
        .collect()
}

/// A network load balancer in the public subnet, i-app and i-two behind it.
fn network() -> World {
    let mut w = world();
    w.instance("two", "subnet-app", "10.0.1.11", &["sg-app"]);
    w.group("sg-app", "vpc-a", &["tcp/8080 0.0.0.0/0"], &["all 0.0.0.0/0"]);
    w.put(BALANCER, NLB, json!({"Type": "network", "VpcId": "vpc-a", "State": {"Code": "active"}, "LoadBalancerName": "n", "DNSName": "n.elb.amazonaws.com", "Attributes": []}));
    let more = json!({"InterfaceType": "network_load_balancer", "Description": "ELB net/n/1", "SourceDestCheck": false, "Association": {"PublicIp": "203.0.113.40"}});
    w.interface("eni-n", "subnet-pub", "10.0.0.60", &[], more);
    let forward = json!([{"Type": "forward", "TargetGroupArn": "tg-1"}]);
    w.put(
        LISTENER,
        "listener-1",
        json!({"LoadBalancerArn": NLB, "Port": 80, "Protocol": "TCP", "DefaultActions": forward}),
    );
    let health = targets(&[("i-app", "healthy"), ("i-two", "healthy")]);
    w.put(TARGETS, "tg-1", json!({"TargetType": "instance", "Protocol": "TCP", "Port": 80, "VpcId": "vpc-a", "TargetHealthDescriptions": health}));
    w
}

#[test]
fn a_listener_maps_ports_and_targets_see_the_client() {
    let mut w = network();
    w.check("i-web", "10.0.0.60", "tcp/80", "delivered");
    w.check(OUT, "203.0.113.40", "tcp/80", "delivered");
    w.check("i-web", NLB, "tcp/80", "delivered");
    w.check("i-web", "10.0.0.60", "tcp/81", &format!("blocked ELBV2_LISTENERS_MISMATCH {NLB}"));
    w.check("i-web", "10.0.0.60", "udp/80", &format!("blocked ELBV2_LISTENERS_MISMATCH {NLB}"));
    // Targets need no route to the internet of their own.
    w.table("rtb-app", "vpc-a", &["subnet-app"], &[("10.0.0.0/16", "local")]);
    w.check(OUT, "203.0.113.40", "tcp/80", "delivered");
    w.group("sg-app", "vpc-a", &["tcp/8080 10.0.0.0/16"], &[]);
    w.check(OUT, "203.0.113.40", "tcp/80", "blocked ENI_SG_RULES_MISMATCH sg-app");
    w.group("sg-app", "vpc-a", &["tcp/80 0.0.0.0/0"], &[]);
    w.check(OUT, "203.0.113.40", "tcp/80", "blocked ENI_SG_RULES_MISMATCH sg-app");
}

#[test]
fn one_target_that_is_reached_is_enough() {
    let mut w = network();
    w.set(ENI, "eni-two", "Groups", json!([{"GroupId": "sg-db"}]));
    let trace = w.trace("i-web", "10.0.0.60", "tcp/80");
    assert_eq!(trace.disposition.as_str(), "delivered");
    assert!(
        trace.forward.hops.iter().any(|hop| hop.action.contains("another target would be refused")),
        "{}",
        show(&trace)
    );
    w.set(ENI, "eni-app", "Groups", json!([{"GroupId": "sg-web"}]));
    w.check(
        "i-web",
        "10.0.0.60",
        "tcp/80",
        "blocked ENI_SG_RULES_MISMATCH sg-web, ENI_SG_RULES_MISMATCH sg-db",
    );
}

#[test]
fn unhealthy_targets_get_nothing_unless_all_are() {
    let mut w = network();
    w.set(ENI, "eni-two", "Groups", json!([{"GroupId": "sg-db"}]));
    w.set(
        TARGETS,
        "tg-1",
        "TargetHealthDescriptions",
        targets(&[("i-app", "unhealthy"), ("i-two", "healthy")]),
    );
    w.check("i-web", "10.0.0.60", "tcp/80", "blocked ENI_SG_RULES_MISMATCH sg-db");
    w.set(
        TARGETS,
        "tg-1",
        "TargetHealthDescriptions",
        targets(&[("i-app", "unhealthy"), ("i-two", "unhealthy")]),
    );
    w.check("i-web", "10.0.0.60", "tcp/80", "delivered");
    w.set(TARGETS, "tg-1", "TargetHealthDescriptions", json!([]));
    w.check("i-web", "10.0.0.60", "tcp/80", &format!("blocked ELBV2_LISTENER_HAS_NO_TG {NLB}"));
    w.set(TARGETS, "tg-1", "TargetHealthDescriptions", json!(null));
    w.remove(TARGETS, "tg-1");
    w.check("i-web", "10.0.0.60", "tcp/80", "unknown AWS::ElasticLoadBalancingV2::TargetGroup tg-1");
}

#[test]
fn a_node_keeps_to_its_zone_unless_told_otherwise() {
    let mut w = network();
    w.set(SUBNET, "subnet-app", "AvailabilityZone", json!("eu-west-12")).set(
        SUBNET,
        "subnet-app",
        "AvailabilityZoneId",
        json!("euw1-az2"),
    );
    w.check("i-web", "10.0.0.60", "tcp/80", &format!("blocked ELBV2_NO_TARGETS_IN_AZ {NLB}"));
    w.set(
        BALANCER,
        NLB,
        "Attributes",
        json!([{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}]),
    );
    w.check("i-web", "10.0.0.60", "tcp/80", "delivered");
    w.documents.get_mut(&(BALANCER, NLB.to_owned())).unwrap().as_object_mut().unwrap().remove("Attributes");
    w.check("i-web", "10.0.0.60", "tcp/80", &format!("unknown {BALANCER} {NLB}"));
}

#[test]
fn a_target_cannot_be_its_own_client_when_addresses_are_kept() {
    let mut w = network();
    w.set(TARGETS, "tg-1", "TargetHealthDescriptions", targets(&[("i-app", "healthy")]));
    let trace = w.trace("i-app", "10.0.0.60", "tcp/80");
    assert!(
        trace.blockers.iter().any(|it| it.code == "ELBV2_SOURCE_ADDRESS_PRESERVATION"),
        "{}",
        show(&trace)
    );
    w.set(TARGETS, "tg-1", "Attributes", json!([{"Key": "preserve_client_ip.enabled", "Value": "false"}]));
    w.check("i-app", "10.0.0.60", "tcp/80", "delivered");
}

#[test]
fn whom_the_target_sees() {
    let mut w = network();
    w.group("sg-app", "vpc-a", &["tcp/8080 10.0.0.60/32"], &[]);
    w.check(OUT, "203.0.113.40", "tcp/80", "blocked ENI_SG_RULES_MISMATCH sg-app");
    w.set(TARGETS, "tg-1", "TargetType", json!("ip"));
    w.set(TARGETS, "tg-1", "TargetHealthDescriptions", targets(&[("10.0.1.10", "healthy")]));
    w.check(OUT, "203.0.113.40", "tcp/80", "delivered");
    // The client's groups do not count behind it, its own do.
    let mut w = network();
    w.group("sg-app", "vpc-a", &["tcp/8080 sg-web"], &[]);
    w.check("i-web", "10.0.0.60", "tcp/80", "blocked SG_REFERENCES_NOT_PRESERVED sg-app");
    w.group("sg-n", "vpc-a", &["tcp/80 0.0.0.0/0"], &["tcp/8080 sg-app"]).group(
        "sg-app",
        "vpc-a",
        &["tcp/8080 sg-n"],
        &[],
    );
    w.set(ENI, "eni-n", "Groups", json!([{"GroupId": "sg-n"}]));
    w.check("i-web", "10.0.0.60", "tcp/80", "delivered");
    w.group("sg-n", "vpc-a", &["tcp/80 0.0.0.0/0"], &["tcp/80 sg-app"]);
    w.check("i-web", "10.0.0.60", "tcp/80", "blocked ENI_SG_RULES_MISMATCH sg-n");
}

#[test]
fn an_application_load_balancer_talks_from_its_own_address() {
    let mut w = network();
    w.put(BALANCER, ALB, json!({"Type": "application", "VpcId": "vpc-a", "State": {"Code": "active"}, "Listeners": [{"Port": 443, "Protocol": "HTTPS", "DefaultActions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": "tg-1", "Weight": 1}]}}]}]}));
    w.group("sg-alb", "vpc-a", &["tcp/443 0.0.0.0/0"], &["tcp/8080 sg-app"]);
    let more = json!({"Description": "ELB app/a/1", "Association": {"PublicIp": "203.0.113.41"}});
    w.interface("eni-alb", "subnet-pub", "10.0.0.61", &["sg-alb"], more);
    w.group("sg-app", "vpc-a", &["tcp/8080 sg-alb"], &[]);
    w.check(OUT, "203.0.113.41", "tcp/443", "delivered");
    w.check(OUT, ALB, "tcp/443", "delivered");
    w.group("sg-alb", "vpc-a", &["tcp/443 0.0.0.0/0"], &[]);
    w.check(OUT, ALB, "tcp/443", "blocked SG_HAS_NO_RULES sg-alb");
    w.group("sg-alb", "vpc-a", &["tcp/443 0.0.0.0/0"], &["tcp/8080 sg-app"]).group(
        "sg-app",
        "vpc-a",
        &["tcp/8080 sg-web"],
        &[],
    );
    w.check(OUT, ALB, "tcp/443", "blocked ENI_SG_RULES_MISMATCH sg-app");
    // Its reply to the client takes its own subnet's route.
    w.group("sg-app", "vpc-a", &["tcp/8080 sg-alb"], &[]);
    w.table("rtb-pub", "vpc-a", &["subnet-pub"], &[("10.0.0.0/16", "local")]);
    w.check(OUT, ALB, "tcp/443", "blocked NO_ROUTE_TO_DESTINATION rtb-pub (return)");
}

#[test]
fn the_nodes_subnet_has_a_network_acl_too() {
    let mut w = network();
    let entry = |egress: bool, block: &str| json!({"Egress": egress, "RuleNumber": 100, "Protocol": "-1", "CidrBlock": block, "RuleAction": "allow"});
    w.put(ACL, "acl-pub", json!({"VpcId": "vpc-a", "Entries": [entry(true, "0.0.0.0/0"), entry(false, "198.51.100.0/24")], "Associations": [{"SubnetId": "subnet-pub"}]}));
    w.check(OUT, "203.0.113.40", "tcp/80", "blocked SUBNET_ACL_RESTRICTION acl-pub (return)");
}

#[test]
fn a_classic_load_balancer_meets_the_acl_inside_its_subnet() {
    let mut w = world();
    let listener = json!([{"Listener": {"Protocol": "TCP", "LoadBalancerPort": 80, "InstanceProtocol": "TCP", "InstancePort": 8080}}]);
    w.put(
        "AWS::ElasticLoadBalancing::LoadBalancer",
        "old",
        json!({"VPCId": "vpc-a", "Instances": [{"InstanceId": "i-app"}], "ListenerDescriptions": listener}),
    );
    w.interface(
        "eni-old",
        "subnet-app",
        "10.0.1.60",
        &["sg-web"],
        json!({"Description": "ELB old", "RequesterId": "amazon-elb"}),
    );
    w.group("sg-web", "vpc-a", &["tcp/80 0.0.0.0/0"], &["all 0.0.0.0/0"]);
    w.check("i-web", "10.0.1.60", "tcp/80", "delivered");
    w.check(
        "i-web",
        "10.0.1.60",
        "tcp/81",
        "blocked ENI_SG_RULES_MISMATCH sg-web, ELB_LISTENERS_MISMATCH old",
    );
    let entry = |egress: bool| json!({"Egress": egress, "RuleNumber": 100, "Protocol": "-1", "CidrBlock": "10.0.0.0/24", "RuleAction": "allow"});
    w.put(ACL, "acl-app", json!({"VpcId": "vpc-a", "Entries": [entry(true), entry(false)], "Associations": [{"SubnetId": "subnet-app"}]}));
    let trace = w.trace("i-web", "10.0.1.60", "tcp/80");
    assert!(trace.blockers.iter().any(|it| it.code == "ELB_ACL_RESTRICTION"), "{}", show(&trace));
}
