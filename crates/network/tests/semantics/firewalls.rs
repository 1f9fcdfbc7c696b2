//! AWS Network Firewall and inspection; semantics 57, 59 and 67 to 69.

use crate::world::{ATTACHMENT, SUBNET, World, world};
use serde_json::{Value, json};

const FIREWALL: &str = "AWS::NetworkFirewall::Firewall";
const POLICY: &str = "AWS::NetworkFirewall::FirewallPolicy";
const GROUP: &str = "AWS::NetworkFirewall::RuleGroup";

/// The app subnet's way to the internet leads through a firewall endpoint in a subnet of its own, and back.
fn inspected() -> World {
    let mut w = world();
    w.subnet("subnet-fw", "vpc-a", "10.0.9.0/28", 1);
    w.table("rtb-app", "vpc-a", &["subnet-app"], &[("10.0.0.0/16", "local"), ("0.0.0.0/0", "vpce-fw")]);
    w.table("rtb-fw", "vpc-a", &["subnet-fw"], &[("10.0.0.0/16", "local"), ("0.0.0.0/0", "nat-a")]);
    w.table(
        "rtb-pub",
        "vpc-a",
        &["subnet-pub"],
        &[("10.0.0.0/16", "local"), ("0.0.0.0/0", "igw-a"), ("10.0.1.0/24", "vpce-fw")],
    );
    w.put(FIREWALL, "fw-1", json!({"VpcId": "vpc-a", "FirewallPolicyArn": "policy-1", "SubnetMappings": [{"SubnetId": "subnet-fw"}],
        "FirewallStatus": {"SyncStates": {"eu-west-11": {"Attachment": {"SubnetId": "subnet-fw", "EndpointId": "vpce-fw", "Status": "READY"}}}}}));
    w.policy(json!({}));
    w
}

impl World {
    fn policy(&mut self, more: Value) -> &mut Self {
        let mut policy = json!({"StatelessDefaultActions": ["aws:forward_to_sfe"], "StatefulRuleGroupReferences": [{"ResourceArn": "group-1", "Priority": 1}]});
        for (name, member) in more.as_object().unwrap() {
            policy[name] = member.clone();
        }
        self.put(POLICY, "policy-1", json!({"FirewallPolicy": policy}));
        self.rules("")
    }

    fn rules(&mut self, text: &str) -> &mut Self {
        self.put(GROUP, "group-1", json!({"Type": "STATEFUL", "RuleGroup": {"RulesSource": {"RulesString": text}, "RuleVariables": {"IPSets": {"HOME_NET": {"Definition": ["10.0.0.0/16"]}}}}}))
    }
}

const OUT: &str = "198.51.100.1";

#[test]
fn rules_decide_in_action_order() {
    let mut w = inspected();
    w.check("i-app", OUT, "tcp/443", "delivered");
    w.rules("drop tcp $HOME_NET any -> any 443 (msg:\"no\"; sid:1;)");
    w.check("i-app", OUT, "tcp/443", "blocked FIREWALL_RULES_RESTRICTION group-1");
    w.check("i-app", OUT, "tcp/80", "delivered");
    w.rules("drop tcp $HOME_NET any -> any 443 (sid:1;)\npass tcp any any -> 198.51.100.0/24 [440:450,!441] (sid:2;)");
    w.check("i-app", OUT, "tcp/443", "delivered");
    w.check("i-app", "192.0.2.1", "tcp/443", "blocked FIREWALL_RULES_RESTRICTION group-1");
    w.rules("reject ip !$HOME_NET any <> $HOME_NET any (sid:1;)");
    w.check("i-app", OUT, "udp/53", "blocked FIREWALL_RULES_RESTRICTION group-1");
}

#[test]
fn strict_order_has_a_default() {
    let mut w = inspected();
    w.policy(json!({"StatefulEngineOptions": {"RuleOrder": "STRICT_ORDER"}, "StatefulDefaultActions": ["aws:drop_strict"]}));
    w.check("i-app", OUT, "tcp/443", "blocked FIREWALL_RULES_RESTRICTION policy-1");
    w.rules("pass tcp any any -> any 443 (sid:1;)\ndrop ip any any -> any any (sid:2;)");
    w.check("i-app", OUT, "tcp/443", "delivered");
    w.rules("drop ip any any -> any any (sid:2;)\npass tcp any any -> any 443 (sid:1;)");
    w.check("i-app", OUT, "tcp/443", "blocked FIREWALL_RULES_RESTRICTION group-1");
}

#[test]
fn stateless_rules_come_first() {
    let mut w = inspected();
    let rule = |priority: u32, port: u16, action: &str| json!({"Priority": priority, "RuleDefinition": {"MatchAttributes": {"Protocols": [6], "DestinationPorts": [{"FromPort": port, "ToPort": port}]}, "Actions": [action]}});
    w.policy(json!({"StatelessRuleGroupReferences": [{"ResourceArn": "group-0", "Priority": 1}]}));
    let rules = json!([rule(20, 443, "aws:pass"), rule(10, 443, "aws:drop"), rule(30, 80, "aws:pass")]);
    w.put(GROUP, "group-0", json!({"Type": "STATELESS", "RuleGroup": {"RulesSource": {"StatelessRulesAndCustomActions": {"StatelessRules": rules}}}}));
    w.rules("drop tcp any any -> any 80 (sid:1;)");
    w.check("i-app", OUT, "tcp/443", "blocked FIREWALL_RULES_RESTRICTION group-0");
    w.check("i-app", OUT, "tcp/80", "delivered");
}

#[test]
fn what_looks_inside_packets_is_unknown_where_it_matters() {
    let mut w = inspected();
    w.rules("drop tls $HOME_NET any -> any any (tls.sni; content:\"example.com\"; sid:1;)");
    w.check("i-app", OUT, "tcp/443", &format!("unknown {GROUP} group-1"));
    w.check("i-app", OUT, "udp/53", "delivered");
    w.rules("alert tls $HOME_NET any -> any any (tls.sni; content:\"example.com\"; sid:1;)");
    w.check("i-app", OUT, "tcp/443", "delivered");
    w.put(GROUP, "group-1", json!({"RuleGroup": {"RulesSource": {"RulesSourceList": {"Targets": [".example.com"], "GeneratedRulesType": "ALLOWLIST"}}}}));
    w.check("i-app", OUT, "tcp/443", &format!("unknown {GROUP} group-1"));
    w.remove(GROUP, "group-1");
    w.check("i-app", OUT, "tcp/443", &format!("unknown {GROUP} group-1"));
    w.remove(POLICY, "policy-1");
    w.check("i-app", OUT, "tcp/443", &format!("unknown {POLICY} policy-1"));
}

#[test]
fn structured_rules_are_read_too() {
    let mut w = inspected();
    let rule = json!({"Action": "DROP", "Header": {"Protocol": "TCP", "Source": "10.0.1.0/24", "SourcePort": "ANY", "Direction": "FORWARD", "Destination": "ANY", "DestinationPort": "443"}, "RuleOptions": [{"Keyword": "sid", "Settings": ["1"]}]});
    w.put(GROUP, "group-1", json!({"RuleGroup": {"RulesSource": {"StatefulRules": [rule]}}}));
    w.check("i-app", OUT, "tcp/443", "blocked FIREWALL_RULES_RESTRICTION group-1");
    w.check("i-app", OUT, "tcp/444", "delivered");
}

#[test]
fn the_reply_must_pass_the_same_firewall() {
    let mut w = inspected();
    w.table("rtb-pub", "vpc-a", &["subnet-pub"], &[("10.0.0.0/16", "local"), ("0.0.0.0/0", "igw-a")]);
    w.check("i-app", OUT, "tcp/443", "blocked TGW_ATTACH_VPC_AZ_RESTRICTION vpce-fw (return)");
}

/// VPC A and VPC C meet in VPC B, which has a firewall endpoint in each of two zones; C is in zone 2.
fn inspection_vpc() -> World {
    let mut w = inspected();
    w.set(SUBNET, "subnet-c", "AvailabilityZone", json!("eu-west-12")).set(
        SUBNET,
        "subnet-c",
        "AvailabilityZoneId",
        json!("euw1-az2"),
    );
    w.table("rtb-app", "vpc-a", &["subnet-app"], &[("10.0.0.0/16", "local"), ("10.2.0.0/16", "tgw-1")]);
    for zone in 1..=2 {
        let (t, f) = (format!("subnet-t{zone}"), format!("subnet-f{zone}"));
        w.subnet(&t, "vpc-b", &format!("10.1.{}.0/28", zone * 10), zone).subnet(
            &f,
            "vpc-b",
            &format!("10.1.{}.16/28", zone * 10),
            zone,
        );
        w.table(
            &format!("rtb-t{zone}"),
            "vpc-b",
            &[&t],
            &[("10.1.0.0/16", "local"), ("0.0.0.0/0", &format!("vpce-f{zone}"))],
        );
        w.table(&format!("rtb-f{zone}"), "vpc-b", &[&f], &[("10.1.0.0/16", "local"), ("0.0.0.0/0", "tgw-1")]);
    }
    let state = |zone: u32| json!({"Attachment": {"SubnetId": format!("subnet-f{zone}"), "EndpointId": format!("vpce-f{zone}")}});
    w.put(FIREWALL, "fw-2", json!({"VpcId": "vpc-b", "FirewallPolicyArn": "policy-1", "FirewallStatus": {"SyncStates": {"1": state(1), "2": state(2)}}}));
    w.put(ATTACHMENT, "tgw-attach-b", json!({"TransitGatewayId": "tgw-1", "ResourceType": "vpc", "ResourceId": "vpc-b", "SubnetIds": ["subnet-t1", "subnet-t2"], "State": "available", "Options": {"ApplianceModeSupport": "enable"}}));
    let to_b = json!([{"DestinationCidrBlock": "0.0.0.0/0", "Type": "static", "State": "active", "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "tgw-attach-b"}]}]);
    w.transit_table("tgw-rtb-1", &["tgw-attach-a", "tgw-attach-c"], &[], to_b);
    w.transit_table("tgw-rtb-2", &["tgw-attach-b"], &["tgw-attach-a", "tgw-attach-c"], json!([]));
    w
}

#[test]
fn appliance_mode_keeps_both_directions_in_one_zone() {
    let mut w = inspection_vpc();
    w.check("i-app", "i-c", "tcp/80", "delivered");
    let trace = w.trace("i-app", "i-c", "tcp/80");
    let passes =
        |walk: &butfor_network::Walk| walk.hops.iter().filter(|hop| hop.component.id == "fw-2").count();
    assert_eq!((passes(&trace.forward), trace.reply.as_ref().map(passes)), (1, Some(1)));
    w.set(ATTACHMENT, "tgw-attach-b", "Options", json!({"ApplianceModeSupport": "disable"}));
    w.check("i-app", "i-c", "tcp/80", "blocked TGW_ATTACH_VPC_AZ_RESTRICTION vpce-f1 (return)");
    // Group identity is lost on the way.
    w.set(ATTACHMENT, "tgw-attach-b", "Options", json!({"ApplianceModeSupport": "enable"}));
    w.check("i-app", "i-c", "tcp/22", "blocked SG_REFERENCES_NOT_PRESERVED sg-c");
}
