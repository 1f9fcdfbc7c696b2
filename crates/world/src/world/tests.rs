use super::World;
use crate::delta::{Delta, Edit, Facet, ResourceKey, State};
use butfor_network::describe::{Listing, Origin, Piece, compose, fragments};
use butfor_network::{Disposition, Flow, Place, Protocol};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const TRANSIT_TABLE: &str = "AWS::EC2::TransitGatewayRouteTable";
const ATTACHMENT: &str = "AWS::EC2::TransitGatewayAttachment";
const GATEWAY: &str = "AWS::EC2::NatGateway";

fn world() -> World {
    described(&json!({
        "NatGateways": [{"NatGatewayId": "nat-1", "State": "available", "Tags": [{"Key": "Name", "Value": "egress"}]}],
        "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "tgw-attach-1", "ResourceType": "vpc",
            "Association": {"TransitGatewayRouteTableId": "tgw-rtb-1", "State": "associated"}}],
        "TransitGatewayRouteTables": [{"TransitGatewayRouteTableId": "tgw-rtb-1"}, {"TransitGatewayRouteTableId": "tgw-rtb-2"}],
    }))
}

fn described(answer: &Value) -> World {
    let answer = answer.to_string();
    let cut = fragments(None, "", &answer).unwrap();
    let listed = cut.listed.iter().map(|kind| Listing {
        account: "1".to_owned(),
        region: "us-east-1".to_owned(),
        kind,
    });
    let listings: BTreeSet<_> = listed.collect();
    let pieces = cut.fragments.into_iter().map(|fragment| Piece {
        fragment,
        account: "1",
        region: "us-east-1",
        origin: Origin(0),
    });
    World::new(compose(pieces), listings, BTreeMap::new(), &[])
}

fn edit(kind: &str, id: &str, member: &str, element: Option<&str>, before: State, after: State) -> Edit {
    let resource = ResourceKey { kind: kind.to_owned(), id: id.to_owned() };
    let facet = Facet { member: member.to_owned(), element: element.map(str::to_owned) };
    Edit { resource, facet, before, after }
}

fn one(edit: Edit) -> Delta {
    Delta { edits: vec![edit] }
}

#[test]
fn a_change_gives_another_world_and_its_inverse_leads_back() {
    let world = world();
    let gone = edit(
        GATEWAY,
        "nat-1",
        "",
        None,
        State::Present(json!({"NatGatewayId": "nat-1", "State": "available"})),
        State::Absent,
    );
    let after = world.with(&one(gone.clone()));
    assert!(after.get(&gone.resource).is_none() && world.get(&gone.resource).is_some());
    assert_eq!(after.state(&gone.resource, &gone.facet), State::Absent);
    assert_eq!(after.of_kind(GATEWAY).count(), 0);
    let back = after.with(&one(gone.clone()).inverse());
    let resource = back.get(&gone.resource).unwrap();
    assert_eq!(
        (resource.account.as_str(), resource.region.as_str()),
        ("1", "us-east-1"),
        "it comes back where it was"
    );
    assert!(back.holds(&gone.resource, &gone.facet, &gone.before));
    assert!(!back.holds(&gone.resource, &gone.facet, &State::Absent));
}

#[test]
fn an_attachment_follows_the_association_of_its_route_table() {
    let world = world();
    let association =
        State::Present(json!({"TransitGatewayAttachmentId": "tgw-attach-1", "State": "associated"}));
    let moved = Delta {
        edits: vec![
            edit(
                TRANSIT_TABLE,
                "tgw-rtb-1",
                "Associations",
                Some("tgw-attach-1"),
                association.clone(),
                State::Absent,
            ),
            edit(
                TRANSIT_TABLE,
                "tgw-rtb-2",
                "Associations",
                Some("tgw-attach-1"),
                State::Absent,
                association,
            ),
        ],
    };
    let table = |world: &World| {
        let key = ResourceKey { kind: ATTACHMENT.to_owned(), id: "tgw-attach-1".to_owned() };
        world.get(&key).unwrap().value()["Association"]["TransitGatewayRouteTableId"].clone()
    };
    let after = world.with(&moved);
    assert_eq!((table(&world), table(&after)), (json!("tgw-rtb-1"), json!("tgw-rtb-2")));
    assert_eq!(table(&after.with(&moved.inverse())), json!("tgw-rtb-1"));
}

#[test]
fn what_nobody_described_is_unknown_unless_its_kind_was_listed() {
    let world = world();
    let state = |kind: &str, id: &str| {
        let of = edit(kind, id, "", None, State::Unknown, State::Unknown);
        world.state(&of.resource, &of.facet)
    };
    assert_eq!(state(GATEWAY, "nat-9"), State::Absent);
    assert_eq!(state("AWS::EC2::Subnet", "subnet-9"), State::Unknown);
}

#[test]
fn an_unknown_resource_is_no_absent_one() {
    let world = world();
    let unknown = edit(GATEWAY, "nat-1", "", None, State::Unknown, State::Unknown);
    let after = world.with(&one(unknown.clone()));
    assert_eq!(after.state(&unknown.resource, &unknown.facet), State::Unknown);
    let member = edit(GATEWAY, "nat-1", "State", None, State::Unknown, State::Unknown);
    assert_eq!(after.state(&member.resource, &member.facet), State::Unknown);
    assert!(
        after.certain_listings().iter().all(|listing| listing.kind != GATEWAY),
        "the network must not call it absent"
    );
    assert!(world.certain_listings().iter().any(|listing| listing.kind == GATEWAY));
}

#[test]
fn facets_without_a_document_are_remembered() {
    let world = world();
    for (kind, member) in
        [("AWS::S3::BucketPolicy", ""), ("AWS::IAM::Role", "Policies"), ("AWS::EC2::RouteTable", "Routes")]
    {
        let value = State::Present(json!({"a": 1}));
        let set = edit(kind, "x", member, None, State::Unknown, value.clone());
        let after = world.with(&one(set.clone()));
        assert_eq!(after.state(&set.resource, &set.facet), value, "{kind}");
        assert_ne!(world.state(&set.resource, &set.facet), value, "{kind}");
    }
}

#[test]
fn the_network_of_a_changed_world_is_that_of_its_documents() {
    let world = world();
    let _ = world.network();
    let gone = edit(GATEWAY, "nat-1", "", None, State::Unknown, State::Absent);
    let after = world.with(&one(gone)).with(&Delta::default());
    let _ = after.network();
    assert!(after.basis.as_ref().is_some_and(|(_, touched)| touched.len() == 1), "two steps, one update");
    assert!(world.warnings().is_empty());
}

#[test]
fn names_and_arns() {
    let world = world();
    let resource = world.of_kind(GATEWAY).next().unwrap();
    assert_eq!(resource.name().as_deref(), Some("egress"));
    assert_eq!(resource.arn().as_deref(), Some("arn:aws:ec2:us-east-1:1:natgateway/nat-1"));
    assert_eq!(world.resources().count(), 4);
    for (document, name) in [
        (json!({"TagSet": [{"Key": "Name", "Value": "eni"}]}), Some("eni")),
        (json!({"Tags": [{"Key": "Name", "Value": " "}], "GroupName": "web"}), Some("web")),
        (json!({"tags": {"Name": "cluster"}}), Some("cluster")),
        (json!({"Tags": null}), None),
    ] {
        let set = edit(GATEWAY, "nat-1", "", None, State::Unknown, State::Present(document));
        let after = world.with(&one(set));
        assert_eq!(after.of_kind(GATEWAY).next().unwrap().name().as_deref(), name);
    }
}

/// An interface with a public address behind an internet gateway.
fn public() -> World {
    let open = json!({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]});
    let entry = |egress| json!({"RuleNumber": 100, "Egress": egress, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"});
    described(&json!({
        "Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "OwnerId": "1", "CidrBlockAssociationSet": [{"CidrBlock": "10.0.0.0/16", "CidrBlockState": {"State": "associated"}}]}],
        "Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24", "OwnerId": "1", "AvailabilityZone": "us-east-1a"}],
        "NetworkInterfaces": [{"NetworkInterfaceId": "eni-1", "SubnetId": "subnet-1", "VpcId": "vpc-1", "OwnerId": "1", "Status": "in-use",
            "InterfaceType": "interface", "SourceDestCheck": true, "PrivateIpAddress": "10.0.1.5", "Groups": [{"GroupId": "sg-1"}],
            "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.1.5", "Primary": true, "Association": {"PublicIp": "203.0.113.5"}}],
            "Association": {"PublicIp": "203.0.113.5"}}],
        "SecurityGroups": [{"GroupId": "sg-1", "VpcId": "vpc-1", "OwnerId": "1", "IpPermissions": [], "IpPermissionsEgress": [open]}],
        "NetworkAcls": [{"NetworkAclId": "acl-1", "VpcId": "vpc-1", "IsDefault": true, "OwnerId": "1", "Entries": [entry(true), entry(false)],
            "Associations": [{"SubnetId": "subnet-1", "NetworkAclId": "acl-1"}]}],
        "RouteTables": [{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "OwnerId": "1", "Associations": [{"Main": true}],
            "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"},
                {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}]}],
        "InternetGateways": [{"InternetGatewayId": "igw-1", "OwnerId": "1", "Attachments": [{"VpcId": "vpc-1", "State": "available"}]}],
    }))
}

fn outcome(world: &World) -> Disposition {
    let flow = Flow {
        from: Place::Interface { id: "eni-1".to_owned(), address: None },
        to: Place::Address("198.51.100.7".parse().unwrap()),
        protocol: Protocol::TCP,
        source_port: None,
        destination_port: Some(443),
        icmp: None,
    };
    world.network().trace(&flow).disposition
}

#[test]
fn the_network_follows_changes_and_does_not_guess_what_is_unknown() {
    let world = public();
    assert_eq!(outcome(&world), Disposition::Delivered);
    for (kind, id, member, element) in [
        ("AWS::EC2::RouteTable", "rtb-1", "Routes", Some("0.0.0.0/0")),
        ("AWS::EC2::SecurityGroup", "sg-1", "IpPermissionsEgress", Some("-1 0.0.0.0/0")),
        ("AWS::EC2::NetworkAcl", "acl-1", "Entries", Some("egress 100")),
        ("AWS::EC2::InternetGateway", "igw-1", "Attachments", Some("vpc-1")),
        ("AWS::EC2::InternetGateway", "igw-1", "", None),
    ] {
        let resource = ResourceKey { kind: kind.to_owned(), id: id.to_owned() };
        let facet = Facet { member: member.to_owned(), element: element.map(str::to_owned) };
        let before = world.state(&resource, &facet);
        let removed = one(edit(kind, id, member, element, before.clone(), State::Absent));
        let without = world.with(&removed);
        assert_eq!(outcome(&without), Disposition::Blocked, "without {kind} {member} {element:?}");
        assert_eq!(
            outcome(&without.with(&removed.inverse())),
            Disposition::Delivered,
            "with {kind} {member} again"
        );
        let unknown = world.with(&one(edit(kind, id, member, element, before, State::Unknown)));
        assert_eq!(outcome(&unknown), Disposition::Unknown, "unknown {kind} {member} {element:?}");
    }
    for member in ["Groups", "Association"] {
        let unknown =
            edit("AWS::EC2::NetworkInterface", "eni-1", member, None, State::Unknown, State::Unknown);
        assert_eq!(outcome(&world.with(&one(unknown))), Disposition::Unknown, "unknown {member}");
    }
}
