//! What is not described is unknown, never a guess; and whatever the documents are, nothing breaks.

use crate::world::{ACCOUNT, ACL, ENI, REGION, RTB, SG, SUBNET, World, document, flow, summary, world};
use butfor_network::describe::{Document, Listing};
use butfor_network::{KINDS, Network};
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn each_missing_document_is_named() {
    let without = |listed: bool, change: &dyn Fn(&mut World), expected: &str| {
        let mut w = world();
        w.partial = !listed;
        change(&mut w);
        w.check("i-app", "eni-db", "tcp/3306", expected);
    };
    without(
        true,
        &|w| {
            w.remove(SG, "sg-db");
        },
        "unknown AWS::EC2::SecurityGroup sg-db",
    );
    without(
        true,
        &|w| {
            w.remove(ACL, "acl-a");
        },
        "unknown AWS::EC2::NetworkAcl ?, AWS::EC2::NetworkAcl ?",
    );
    without(
        true,
        &|w| {
            w.remove(SUBNET, "subnet-app");
        },
        "unknown AWS::EC2::Subnet subnet-app",
    );
    // Where tables were not listed, the one a subnet is associated with may be missing: the main one is no answer.
    without(
        true,
        &|w| {
            w.remove(RTB, "rtb-app");
        },
        "delivered",
    );
    let unknown = "unknown AWS::EC2::NetworkAcl ?, AWS::EC2::RouteTable ?";
    without(
        false,
        &|w| {
            w.remove(RTB, "rtb-app");
        },
        unknown,
    );
}

fn without_main_table() -> World {
    let mut w = world();
    w.remove(RTB, "rtb-a");
    w
}

#[test]
fn a_reply_without_a_table_is_unknown() {
    without_main_table().check("i-app", "eni-db", "tcp/3306", "unknown AWS::EC2::RouteTable ?");
}

#[test]
fn two_ends_nobody_described_are_unknown() {
    for to in ["10.250.0.9", "198.51.100.9"] {
        world().check("10.250.0.1", to, "tcp/3306", "unknown AWS::EC2::VPC ?");
    }
}

#[test]
fn a_definite_refusal_counts_whatever_is_missing() {
    let mut w = world();
    w.remove(SG, "sg-db");
    w.group("sg-app", "vpc-a", &[], &[]);
    w.check("i-app", "eni-db", "tcp/3306", "blocked SG_HAS_NO_RULES sg-app");
}

/// A network from documents, one of them replaced by this one, and the warnings' fields.
fn with(kind: &'static str, id: &str, value: &Value) -> (Network, Vec<String>) {
    let mut w = world();
    w.put(kind, id, value.clone());
    let listed = [ACL, RTB].map(|kind| Listing { account: ACCOUNT.into(), region: REGION.into(), kind });
    let (network, warnings) = Network::parse(w.documents(), listed);
    (network, warnings.into_iter().map(|warning| format!("{} {}", warning.id, warning.field)).collect())
}

#[test]
fn a_part_that_cannot_be_read_is_a_warning_and_an_unknown() {
    let good = json!({"IpProtocol": "tcp", "FromPort": "22", "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": null});
    let bad = json!({"IpProtocol": "tcp", "FromPort": 3306, "ToPort": 3306, "IpRanges": [{"CidrIp": "not an address"}]});
    let (network, warnings) = with(
        SG,
        "sg-db",
        &json!({"VpcId": "vpc-a", "IpPermissions": [good, bad], "IpPermissionsEgress": null}),
    );
    assert_eq!(warnings, ["sg-db IpPermissions[1]"]);
    let check = |service: &str, expected: &str| {
        assert_eq!(summary(&network.trace(&flow(&network, "i-app", "eni-db", service))), expected);
    };
    check("tcp/22", "delivered");
    check("tcp/3306", "unknown AWS::EC2::SecurityGroup sg-db");
    let entry = json!({"Egress": false, "RuleNumber": "x", "Protocol": "-1", "CidrBlock": "0.0.0.0/0", "RuleAction": "allow"});
    let (network, warnings) =
        with(ACL, "acl-a", &json!({"VpcId": "vpc-a", "IsDefault": true, "Entries": [entry]}));
    assert_eq!(warnings, ["acl-a Entries[0]"]);
    let trace = network.trace(&flow(&network, "i-app", "eni-db", "tcp/3306"));
    assert_eq!(trace.disposition.as_str(), "unknown");
    let (network, warnings) = with(
        RTB,
        "rtb-app",
        &json!({"VpcId": "vpc-a", "Associations": [{"SubnetId": "subnet-app"}], "Routes": [{"State": "active"}]}),
    );
    assert_eq!(warnings, ["rtb-app Routes[0]"]);
    assert_eq!(
        summary(&network.trace(&flow(&network, "i-app", "i-b", "tcp/80"))),
        "unknown AWS::EC2::RouteTable rtb-app"
    );
    let document = Document { json: "{".into(), ..document(SG, "sg-x", &json!({}), 0) };
    let (_, warnings) = Network::parse([document], []);
    assert_eq!((warnings[0].id.as_str(), warnings[0].field.as_str()), ("sg-x", ""));
}

#[test]
fn two_interfaces_with_one_address_are_told_apart_by_the_vpc() {
    let mut w = world();
    w.subnet("subnet-b2", "vpc-b", "10.0.1.0/24", 1);
    w.interface("eni-twin", "subnet-b2", "10.0.1.10", &["sg-b"], json!({}));
    w.check("10.0.1.10", "eni-db", "tcp/3306", "delivered");
    w.check("10.0.1.10", "10.0.2.10", "tcp/3306", "unknown AWS::EC2::NetworkInterface ?");
    w.check("i-web", "10.0.1.10", "tcp/8080", "delivered");
}

#[test]
fn origins_come_back() {
    let w = world();
    let trace = w.trace("i-app", "eni-db", "tcp/3307");
    let place = w.documents().iter().find(|it| it.id == "sg-db").unwrap().origins.clone();
    assert_eq!(trace.blockers[0].origins, place);
    assert!(trace.forward.hops.iter().all(|hop| !hop.origins.is_empty()));
}

fn flows(network: &Network) -> Vec<String> {
    let ends = ["i-web", "i-app", "eni-db", "i-b", "i-c", "198.51.100.1", "203.0.113.10", "10.0.0.99"];
    let mut all = Vec::new();
    for from in ends {
        for to in ends {
            for service in ["tcp/80", "tcp/3306", "udp/53", "icmp"] {
                let place = |text: &str| {
                    text.parse()
                        .map(butfor_network::Place::Address)
                        .or_else(|_| network.resolve(text).map(|mut all| all.remove(0)))
                };
                let (Ok(from), Ok(to)) = (place(from), place(to)) else { continue };
                let (protocol, port) = service.split_once('/').unwrap_or((service, "0"));
                let protocol = butfor_network::Protocol::parse(protocol).unwrap();
                let flow = butfor_network::Flow {
                    from,
                    to,
                    protocol,
                    source_port: None,
                    destination_port: port.parse().ok(),
                    icmp: None,
                };
                all.push(format!("{:?}", network.trace(&flow)));
            }
        }
    }
    all
}

/// JSON that AWS would not send, made of words that mean something here.
fn anything() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "vpc-a",
        "subnet-app",
        "eni-app",
        "i-app",
        "sg-app",
        "rtb-app",
        "nat-a",
        "igw-a",
        "tgw-1",
        "local",
        "10.0.0.0/16",
        "10.0.1.10",
        "0.0.0.0/0",
        "::/0",
        "active",
        "blackhole",
        "-1",
        "tcp",
        "6",
        "available",
        "true",
        "65536",
        "",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        words.prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "VpcId",
        "SubnetId",
        "CidrBlock",
        "Groups",
        "GroupId",
        "Routes",
        "Associations",
        "State",
        "Code",
        "Status",
        "Entries",
        "IpPermissions",
        "IpRanges",
        "CidrIp",
        "PrivateIpAddress",
        "PrivateIpAddresses",
        "Attachments",
        "NatGatewayAddresses",
        "PrivateIp",
        "TransitGatewayId",
        "GatewayId",
        "DestinationCidrBlock",
        "SubnetIds",
        "ResourceId",
        "ResourceType",
        "TransitGatewayAttachmentId",
        "Propagations",
        "Listeners",
        "TargetGroupArn",
        "Cidrs",
        "Main",
        "Protocol",
        "Association",
    ]);
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names.clone(), inner, 0..6).prop_map(|members| members
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_document_breaks_it(changes in prop::collection::vec((0..200_usize, anything()), 1..6), extra in anything()) {
        let mut w = world();
        let keys: Vec<_> = w.documents.keys().cloned().collect();
        for (at, value) in changes {
            let (kind, id) = &keys[at % keys.len()];
            w.put(kind, id, value);
        }
        for kind in KINDS {
            w.put(kind, "thing-1", extra.clone());
        }
        let (network, _) = Network::parse(w.documents(), []);
        flows(&network);
    }

    #[test]
    fn one_member_changed_breaks_nothing(at in 0..200_usize, member in 0..20_usize, value in anything()) {
        let mut w = world();
        let keys: Vec<_> = w.documents.keys().cloned().collect();
        let (kind, id) = keys[at % keys.len()].clone();
        let names: Vec<String> = w.documents[&(kind, id.clone())].as_object().unwrap().keys().cloned().collect();
        w.set(kind, &id, &names[member % names.len()], value);
        let (network, _) = Network::parse(w.documents(), []);
        flows(&network);
    }

    #[test]
    fn order_does_not_matter_and_the_same_again_is_the_same(seed in prop::collection::vec(any::<u32>(), 60)) {
        let documents = world().documents();
        let listings = || KINDS.iter().map(|kind| Listing { account: "1".into(), region: "r".into(), kind });
        let mut shuffled: Vec<Document> = documents.clone();
        shuffled.sort_by_key(|document| seed[document.origins[0].0 as usize % seed.len()]);
        let expected = flows(&Network::parse(documents, listings()).0);
        prop_assert_eq!(&flows(&Network::parse(shuffled.clone(), listings()).0), &expected);
        prop_assert_eq!(&flows(&Network::parse(shuffled, listings()).0), &expected);
    }

    #[test]
    fn what_is_unrelated_changes_nothing(number in 0..10_000_u32) {
        let w = world();
        let expected = flows(&w.network());
        let mut more = w.clone();
        let (vpc, subnet) = (format!("vpc-z{number}"), format!("subnet-z{number}"));
        more.vpc(&vpc, "10.200.0.0/16").subnet(&subnet, &vpc, "10.200.0.0/24", 1);
        more.group("sg-z", &vpc, &["all 0.0.0.0/0"], &["all 0.0.0.0/0"]).table("rtb-z", &vpc, &[], &[("10.200.0.0/16", "local")]);
        more.instance("z", &subnet, "10.200.0.10", &["sg-z"]);
        prop_assert_eq!(&strip(flows(&more.network())), &strip(expected.clone()));
        // A change and its undoing leave what was there.
        let network = w.network();
        let gone = document(SG, "sg-db", &json!({"IpPermissions": [], "IpPermissionsEgress": []}), 0);
        let (changed, _) = network.updated([gone], [(ENI.to_owned(), "eni-b".to_owned())]);
        prop_assert_ne!(&flows(&changed), &expected);
        let back: Vec<Document> = w.documents().into_iter().filter(|it| it.id == "sg-db" || it.id == "eni-b").collect();
        prop_assert_eq!(&flows(&changed.updated(back, []).0), &expected);
    }
}

/// Origins are numbers of documents, which move when one is put in between.
fn strip(mut traces: Vec<String>) -> Vec<String> {
    for trace in &mut traces {
        *trace =
            trace.split("Origin(").map(|part| part.split_once(')').map_or(part, |(_, rest)| rest)).collect();
    }
    traces
}
