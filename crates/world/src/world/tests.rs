use super::World;
use crate::delta::{Delta, Edit, Facet, ResourceKey, State};
use butfor_network::describe::{Listing, Origin, Piece, compose, fragments};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

const TRANSIT_TABLE: &str = "AWS::EC2::TransitGatewayRouteTable";
const ATTACHMENT: &str = "AWS::EC2::TransitGatewayAttachment";
const GATEWAY: &str = "AWS::EC2::NatGateway";

fn world() -> World {
    let answer = json!({
        "NatGateways": [{"NatGatewayId": "nat-1", "State": "available", "Tags": [{"Key": "Name", "Value": "egress"}]}],
        "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "tgw-attach-1", "ResourceType": "vpc",
            "Association": {"TransitGatewayRouteTableId": "tgw-rtb-1", "State": "associated"}}],
        "TransitGatewayRouteTables": [{"TransitGatewayRouteTableId": "tgw-rtb-1"}, {"TransitGatewayRouteTableId": "tgw-rtb-2"}],
    })
    .to_string();
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
