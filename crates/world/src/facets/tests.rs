use super::{apply, element_key, facets, permission_atoms, same, state};
use crate::delta::{Edit, Facet, ResourceKey, State};
use proptest::prelude::*;
use serde_json::{Value, json};

const GROUP: &str = "AWS::EC2::SecurityGroup";
const TABLE: &str = "AWS::EC2::RouteTable";

fn facet(member: &str, element: &str) -> Facet {
    let element = (!element.is_empty()).then(|| element.to_owned());
    Facet { member: member.to_owned(), element }
}

fn set(kind: &str, document: &mut Value, member: &str, element: &str, after: State) {
    let resource = ResourceKey { kind: kind.to_owned(), id: "x".to_owned() };
    let edit = Edit { resource, facet: facet(member, element), before: State::Unknown, after };
    apply(kind, document, &edit);
}

/// Names of the facets of a document.
fn names(kind: &str, document: &Value) -> Vec<String> {
    let name = |facet: Facet| match facet.element {
        Some(element) => format!("{}: {element}", facet.member),
        None => facet.member,
    };
    facets(kind, document).into_keys().map(name).collect()
}

#[test]
fn permissions_are_taken_apart() {
    let permission = json!({
        "IpProtocol": "6", "FromPort": "22", "ToPort": 23,
        "UserIdGroupPairs": [{"GroupId": "sg-1"}, {"GroupId": "sg-2"}],
        "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "x"}],
        "Ipv6Ranges": [{"CidrIpv6": "2001:DB8::/32"}],
        "PrefixListIds": null,
    });
    let atoms = permission_atoms(&permission);
    let keys: Vec<_> = atoms.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["tcp 22-23 sg-1", "tcp 22-23 sg-2", "tcp 22-23 10.0.0.0/8", "tcp 22-23 2001:db8::/32"]);
    let range = json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 23, "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "x"}]});
    assert_eq!(atoms[2].1, range);
    assert_eq!(element_key(GROUP, "IpPermissions", &range).as_deref(), Some("tcp 22-23 10.0.0.0/8"));
    assert_eq!(element_key(GROUP, "IpPermissions", &permission), None, "several peers have no one key");
    for (permission, key) in [
        (
            json!({"IpProtocol": "-1", "FromPort": 0, "ToPort": 65535, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}),
            "-1 10.0.0.0/8",
        ),
        (
            json!({"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}),
            "icmp 8--1 0.0.0.0/0",
        ),
        (json!({"IpProtocol": 47, "PrefixListIds": [{"PrefixListId": "pl-1"}]}), "47 pl-1"),
    ] {
        assert_eq!(permission_atoms(&permission)[0].0, key);
    }
}

#[test]
fn keys_of_elements() {
    for (kind, member, element, key) in [
        (TABLE, "Routes", json!({"DestinationIpv6CidrBlock": "::/0"}), Some("::/0")),
        (TABLE, "Associations", json!({"Main": true, "SubnetId": null}), Some("main")),
        (TABLE, "Associations", json!({"Main": false, "SubnetId": "subnet-1"}), Some("subnet-1")),
        (TABLE, "Associations", json!({"GatewayId": "igw-1"}), Some("igw-1")),
        ("AWS::EC2::NetworkAcl", "Entries", json!({"Egress": false, "RuleNumber": 100}), Some("ingress 100")),
        ("AWS::EC2::NetworkAcl", "Entries", json!({"RuleNumber": 100}), None),
        ("AWS::EC2::VPCEndpoint", "SubnetIds", json!("subnet-1"), Some("subnet-1")),
        (
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "TargetHealthDescriptions",
            json!({"Target": {"Id": "i-1", "Port": 80}}),
            Some("i-1:80"),
        ),
        ("AWS::EC2::VPC", "Tags", json!({"Key": "Name"}), None),
        ("AWS::S3::Bucket", "Grants", json!({}), None),
    ] {
        assert_eq!(element_key(kind, member, &element).as_deref(), key, "{kind} {member} {element}");
    }
}

#[test]
fn what_follows_from_something_else_is_no_facet() {
    let table = json!({
        "RouteTableId": "rtb-1", "Tags": [{"Key": "Name", "Value": "x"}],
        "Routes": [
            {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "Origin": "CreateRoute", "State": "active"},
            {"DestinationCidrBlock": "10.1.0.0/16", "GatewayId": "vgw-1", "Origin": "EnableVgwRoutePropagation"},
        ],
        "Associations": [{"SubnetId": "subnet-1", "AssociationState": {"State": "disassociating"}}, {"Main": true}],
        "PropagatingVgws": null,
    });
    assert_eq!(names(TABLE, &table), ["Associations: main", "Routes: 0.0.0.0/0"]);
    let transit = json!({"Routes": [{"DestinationCidrBlock": "10.0.0.0/8", "Type": "propagated"}, {"DestinationCidrBlock": "0.0.0.0/0", "Type": "static"}]});
    assert_eq!(names("AWS::EC2::TransitGatewayRouteTable", &transit), ["Routes: 0.0.0.0/0"]);
    let gateway = json!({"Options": {"DnsSupport": "enable", "X": null}, "State": "available"});
    assert_eq!(names("AWS::EC2::TransitGateway", &gateway), ["Options/DnsSupport"]);
}

#[test]
fn the_same_in_other_words() {
    let route = facet("Routes", "0.0.0.0/0");
    let to_nat = json!({"NatGatewayId": "nat-1"});
    let seen = json!({"NatGatewayId": "nat-1", "DestinationCidrBlock": "0.0.0.0/0", "Origin": "CreateRoute", "State": "blackhole"});
    assert!(same(TABLE, &route, &to_nat, &seen));
    assert!(!same(TABLE, &route, &json!({"NatGatewayId": "nat-2"}), &seen));
    assert!(!same(TABLE, &route, &json!({"GatewayId": "igw-1"}), &seen));
    let (interface, both) =
        (json!({"NetworkInterfaceId": "eni-1"}), json!({"NetworkInterfaceId": "eni-1", "InstanceId": "i-1"}));
    assert!(same(TABLE, &route, &interface, &both));

    let entry = facet("Entries", "ingress 100");
    let from_event =
        json!({"RuleNumber": 100, "Protocol": 6, "RuleAction": "deny", "PortRange": {"From": 80, "To": 80}});
    let from_answer = json!({"RuleNumber": 100, "Protocol": "6", "RuleAction": "deny", "PortRange": {"From": "80", "To": "80"}, "CidrBlock": null});
    assert!(same("AWS::EC2::NetworkAcl", &entry, &from_event, &from_answer));
    assert!(!same(
        "AWS::EC2::NetworkAcl",
        &entry,
        &from_event,
        &json!({"RuleNumber": 100, "Protocol": "6", "RuleAction": "deny"})
    ));

    let policy = facet("PolicyDocument", "");
    assert!(same("AWS::EC2::VPCEndpoint", &policy, &json!("{\"a\": 1}"), &json!("{\n \"a\":1}")));
    assert!(!same("AWS::EC2::VPCEndpoint", &policy, &json!("{\"a\": 1}"), &json!("{\"a\": 2}")));

    let groups = facet("Groups", "");
    let (a, b) = (
        json!([{"GroupId": "sg-1"}, {"GroupId": "sg-2"}]),
        json!([{"GroupId": "sg-2", "GroupName": "n"}, {"GroupId": "sg-1"}]),
    );
    assert!(same("AWS::EC2::NetworkInterface", &groups, &a, &b));
    assert!(!same("AWS::EC2::NetworkInterface", &groups, &a, &json!([{"GroupId": "sg-1"}])));
}

#[test]
fn one_peer_leaves_and_the_others_stay() {
    let mut group = json!({"IpPermissions": [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}, {"CidrIp": "10.0.0.1/32"}]}]});
    let rule = facet("IpPermissions", "tcp 1-1 10.0.0.1/32");
    let before = state(GROUP, &group, &rule);
    set(GROUP, &mut group, "IpPermissions", "tcp 1-1 10.0.0.1/32", State::Absent);
    assert_eq!(names(GROUP, &group), ["IpPermissions: tcp 1-1 10.0.0.0/8"]);
    assert_eq!(state(GROUP, &group, &rule), State::Absent);
    set(GROUP, &mut group, "IpPermissions", "tcp 1-1 10.0.0.1/32", before.clone());
    assert_eq!(state(GROUP, &group, &rule), before);
}

#[test]
fn unknown_is_seen_and_can_become_known() {
    for (kind, mut document, member, element, known) in [
        (
            TABLE,
            json!({"Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}]}),
            "Routes",
            "0.0.0.0/0",
            json!({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"}),
        ),
        (
            GROUP,
            json!({"IpPermissions": []}),
            "IpPermissions",
            "-1 10.0.0.0/8",
            json!({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}),
        ),
        (
            "AWS::EC2::VPCEndpoint",
            json!({"SubnetIds": ["subnet-1"]}),
            "SubnetIds",
            "subnet-1",
            json!("subnet-1"),
        ),
        (
            "AWS::EC2::NetworkInterface",
            json!({"Groups": [{"GroupId": "sg-1"}]}),
            "Groups",
            "",
            json!([{"GroupId": "sg-2"}]),
        ),
        (
            "AWS::EC2::NetworkInterface",
            json!({"Association": {"PublicIp": "1.2.3.4"}}),
            "Association",
            "",
            json!({"PublicIp": "1.2.3.5"}),
        ),
        ("AWS::EC2::NetworkInterface", json!({"SourceDestCheck": true}), "SourceDestCheck", "", json!(false)),
        (
            "AWS::EC2::TransitGateway",
            json!({"Options": {"DnsSupport": "enable"}}),
            "Options/DnsSupport",
            "",
            json!("disable"),
        ),
    ] {
        let wanted = facet(member, element);
        set(kind, &mut document, member, element, State::Unknown);
        assert_eq!(state(kind, &document, &wanted), State::Unknown, "{document}");
        assert!(document.to_string().contains("ButforUnknown"), "{document}");
        set(kind, &mut document, member, element, State::Present(known.clone()));
        assert_eq!(state(kind, &document, &wanted), State::Present(known), "{document}");
        assert!(!document.to_string().contains("ButforUnknown"), "{document}");
    }
}

#[test]
fn what_was_never_asked_for_is_unknown() {
    let kind = "AWS::EC2::TransitGatewayRouteTable";
    let mut table = json!({"TransitGatewayRouteTableId": "t"});
    let (one, other) = (facet("Associations", "tgw-attach-1"), facet("Associations", "tgw-attach-2"));
    assert_eq!(state(kind, &table, &one), State::Unknown);
    let association = json!({"TransitGatewayAttachmentId": "tgw-attach-1"});
    set(kind, &mut table, "Associations", "tgw-attach-1", State::Present(association.clone()));
    assert_eq!(state(kind, &table, &one), State::Present(association));
    assert_eq!(state(kind, &table, &other), State::Unknown, "the others stay unknown");
    assert_eq!(state(kind, &json!({"Associations": []}), &other), State::Absent);
    assert_eq!(state(TABLE, &json!({}), &facet("PropagatingVgws", "vgw-1")), State::Absent);
}

/// Documents with members that mean something and arbitrary content.
fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i16>().prop_map(Value::from),
        prop::sample::select(vec![
            "0.0.0.0/0",
            "sg-1",
            "subnet-1",
            "tcp",
            "-1",
            "ButforUnknown",
            "ButforUnknown: sg-1",
            ""
        ])
        .prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "Routes",
        "Associations",
        "Entries",
        "IpPermissions",
        "IpRanges",
        "CidrIp",
        "IpProtocol",
        "FromPort",
        "ToPort",
        "SubnetIds",
        "Groups",
        "GroupId",
        "DestinationCidrBlock",
        "Main",
        "SubnetId",
        "Egress",
        "RuleNumber",
        "Options",
        "VpcConfig",
        "Target",
        "Id",
        "State",
        "TargetHealthDescriptions",
        "ButforUnknown",
        "Association",
        "UserIdGroupPairs",
    ]);
    leaf.prop_recursive(4, 40, 5, move |inner| {
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
    #[test]
    fn changing_a_facet_and_putting_it_back_restores(document in documents(), other in documents()) {
        for kind in super::table::KINDS.iter().map(|row| row.kind) {
            let before = facets(kind, &document);
            for (facet, value) in &before {
                for after in [State::Absent, State::Unknown, State::Present(other.clone())] {
                    let is_odd = matches!(&after, State::Present(odd) if element_key(kind, &facet.member, odd) != facet.element);
                    if is_odd {
                        continue; // no element of that key
                    }
                    let mut edited = document.clone();
                    set(kind, &mut edited, &facet.member, facet.element.as_deref().unwrap_or_default(), after);
                    set(kind, &mut edited, &facet.member, facet.element.as_deref().unwrap_or_default(), State::Present(value.clone()));
                    prop_assert_eq!(&facets(kind, &edited), &before);
                }
            }
        }
    }

    #[test]
    fn arbitrary_documents_never_panic(mut document in documents(), row in 0..super::table::KINDS.len(), member in "[A-Z][a-z]{0,5}(/[A-Z])?", value in documents()) {
        let kind = super::table::KINDS[row].kind;
        for after in [State::Present(value.clone()), State::Unknown, State::Absent] {
            for element in ["", "x"] {
                set(kind, &mut document, &member, element, after.clone());
                let _ = state(kind, &document, &facet(&member, element));
            }
        }
        let _ = same(kind, &facet(&member, "x"), &document, &value);
    }
}

#[test]
fn a_policy_of_which_only_the_name_was_listed_is_unknown() {
    const ROLE: &str = "AWS::IAM::Role";
    let mut role =
        json!({"InlinePolicies": [{"PolicyName": "read", "PolicyDocument": {}}, {"PolicyName": "named"}]});
    let of = |document: &Value, name: &str| state(ROLE, document, &facet("InlinePolicies", name));
    assert!(matches!(of(&role, "read"), State::Present(_)));
    assert_eq!((of(&role, "named"), of(&role, "other")), (State::Unknown, State::Absent));
    assert_eq!(of(&role, ""), State::Unknown, "the whole list is not known either");
    assert_eq!(names(ROLE, &role), ["InlinePolicies: read"]);
    assert_eq!(of(&json!({}), "read"), State::Unknown);
    set(ROLE, &mut role, "InlinePolicies", "named", State::Absent);
    assert_eq!(of(&role, "named"), State::Absent);
    // What was asked for and is not set is known not to be there.
    let boundary = facet("PermissionsBoundary", "");
    assert_eq!(state(ROLE, &json!({"PermissionsBoundary": null}), &boundary), State::Absent);
    assert_eq!(state(ROLE, &json!({}), &boundary), State::Unknown);
}

#[test]
fn a_terminated_instance_has_not_lost_its_profile() {
    let profile = facet("IamInstanceProfile", "");
    let of = |life: &str| state("AWS::EC2::Instance", &json!({"State": {"Name": life}}), &profile);
    assert_eq!((of("running"), of("terminated")), (State::Absent, State::Unknown));
    let arn = |id: &str| json!({"Arn": "arn:aws:iam::1:instance-profile/web", "Id": id});
    assert!(same("AWS::EC2::Instance", &profile, &arn("A"), &arn("B")));
}
