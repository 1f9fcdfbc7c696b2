use super::{Command, CommandError, Found, Lookup, NewIds, commands, commands_after, inspect};
use crate::delta::{Delta, Edit, Facet, ResourceKey, State};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Documents by kind and id; transit gateway things belong to another account.
#[derive(Default)]
struct World(BTreeMap<(String, String), Value>);

impl World {
    fn of(documents: &[(&str, &str, Value)]) -> Self {
        let entry = |(kind, id, document): &(&str, &str, Value)| {
            (((*kind).to_owned(), (*id).to_owned()), document.clone())
        };
        Self(documents.iter().map(entry).collect())
    }
}

impl Lookup for World {
    fn document(&self, kind: &str, id: &str) -> Option<Found> {
        let document = self.0.get(&(kind.to_owned(), id.to_owned()))?.clone();
        let account = if kind.contains("TransitGateway") { "999988887777" } else { "111122223333" };
        Some(Found { account: account.to_owned(), region: "us-east-1".to_owned(), document })
    }

    fn of_kind(&self, kind: &str) -> Vec<(String, Found)> {
        let ids = self.0.keys().filter(|(of, _)| of == kind).map(|(_, id)| id);
        ids.filter_map(|id| Some((id.clone(), self.document(kind, id)?))).collect()
    }
}

fn edit(kind: &str, id: &str, member: &str, element: Option<&str>, before: State, after: State) -> Edit {
    Edit {
        resource: ResourceKey { kind: kind.to_owned(), id: id.to_owned() },
        facet: Facet { member: member.to_owned(), element: element.map(str::to_owned) },
        before,
        after,
    }
}

fn there(value: Value) -> State {
    State::Present(value)
}

fn run(world: &World, edits: Vec<Edit>) -> Result<Vec<Command>, CommandError> {
    commands(&Delta { edits }, world)
}

/// Lines without their Region, each with its account.
fn check(world: &World, edits: Vec<Edit>, expected: &[&str]) {
    let commands = run(world, edits).unwrap();
    let line = |command: &Command| {
        format!("{} {}", command.account, command.line.replace(" --region us-east-1", ""))
    };
    assert_eq!(commands.iter().map(line).collect::<Vec<_>>(), expected);
}

const TABLE: &str = "AWS::EC2::TransitGatewayRouteTable";
const SUBNETS: &str = "AWS::EC2::RouteTable";

#[test]
fn a_transit_gateway_association_is_left_before_the_other_is_entered() {
    let world = World::of(&[(TABLE, "tgw-rtb-1", json!({})), (TABLE, "tgw-rtb-2", json!({}))]);
    let value = there(json!({"TransitGatewayAttachmentId": "tgw-attach-1", "State": "associated"}));
    let enter = edit(TABLE, "tgw-rtb-1", "Associations", Some("tgw-attach-1"), State::Absent, value.clone());
    let leave = edit(TABLE, "tgw-rtb-2", "Associations", Some("tgw-attach-1"), value, State::Absent);
    let expected = [
        "999988887777 aws ec2 disassociate-transit-gateway-route-table --transit-gateway-route-table-id tgw-rtb-2 --transit-gateway-attachment-id tgw-attach-1",
        "999988887777 aws ec2 associate-transit-gateway-route-table --transit-gateway-route-table-id tgw-rtb-1 --transit-gateway-attachment-id tgw-attach-1",
    ];
    check(&world, vec![leave.clone(), enter.clone()], &expected);
    check(&world, vec![enter.clone(), leave.clone()], &expected);
    let caution = run(&world, vec![enter, leave]).unwrap().remove(0).caution.unwrap();
    assert!(caution.contains("`disassociated`"), "{caution}");
}

#[test]
fn an_association_the_delta_does_not_know_of_is_left_too() {
    let elsewhere =
        json!({"Associations": [{"TransitGatewayAttachmentId": "tgw-attach-1", "State": "associated"}]});
    let world = World::of(&[(TABLE, "tgw-rtb-1", json!({})), (TABLE, "tgw-rtb-3", elsewhere)]);
    let value = there(json!({"TransitGatewayAttachmentId": "tgw-attach-1"}));
    check(
        &world,
        vec![edit(TABLE, "tgw-rtb-1", "Associations", Some("tgw-attach-1"), State::Absent, value)],
        &[
            "999988887777 aws ec2 disassociate-transit-gateway-route-table --transit-gateway-route-table-id tgw-rtb-3 --transit-gateway-attachment-id tgw-attach-1",
            "999988887777 aws ec2 associate-transit-gateway-route-table --transit-gateway-route-table-id tgw-rtb-1 --transit-gateway-attachment-id tgw-attach-1",
        ],
    );
}

#[test]
fn a_route_that_was_deleted_with_its_gateway_goes_to_the_new_one() {
    let route = json!({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"});
    let blackhole =
        json!({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "blackhole"});
    let nat = json!({"NatGatewayId": "nat-1", "State": "deleted", "SubnetId": "subnet-1", "NatGatewayAddresses": [{"AllocationId": "eipalloc-1"}]});
    let world = World::of(&[
        (SUBNETS, "rtb-1", json!({"Routes": []})),
        (SUBNETS, "rtb-2", json!({"Routes": [blackhole]})),
        ("AWS::EC2::NatGateway", "nat-1", nat.clone()),
    ]);
    let expected = [
        "111122223333 NAT_ID=$(aws ec2 create-nat-gateway --subnet-id subnet-1 --allocation-id eipalloc-1 --query NatGateway.NatGatewayId --output text)",
        "111122223333 aws ec2 wait nat-gateway-available --nat-gateway-ids \"$NAT_ID\"",
        "111122223333 aws ec2 replace-route --route-table-id rtb-2 --destination-cidr-block 0.0.0.0/0 --nat-gateway-id \"$NAT_ID\"",
        "111122223333 aws ec2 create-route --route-table-id rtb-1 --destination-cidr-block 0.0.0.0/0 --nat-gateway-id \"$NAT_ID\"",
    ];
    let route = edit(SUBNETS, "rtb-1", "Routes", Some("0.0.0.0/0"), State::Absent, there(route));
    // Seen as an event, and as a difference between two observations.
    let whole = edit("AWS::EC2::NatGateway", "nat-1", "", None, State::Absent, there(nat));
    let state = edit(
        "AWS::EC2::NatGateway",
        "nat-1",
        "State",
        None,
        there(json!("deleted")),
        there(json!("available")),
    );
    check(&world, vec![route.clone(), whole], &expected);
    check(&world, vec![route, state], &expected);
}

#[test]
fn rules_of_one_group_and_direction_are_one_call_and_owners_are_named_only_across_accounts() {
    let world = World::of(&[("AWS::EC2::SecurityGroup", "sg-1", json!({"IpPermissions": []}))]);
    let rule = |owner: &str| {
        there(
            json!({"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": "sg-2", "UserId": owner, "VpcId": "vpc-9", "PeeringStatus": "active"}]}),
        )
    };
    let add = |key: &str, rule: State| {
        edit("AWS::EC2::SecurityGroup", "sg-1", "IpPermissions", Some(key), State::Absent, rule)
    };
    check(
        &world,
        vec![add("tcp 80-80 sg-2", rule("111122223333")), add("tcp 80-80 sg-3", rule("444455556666"))],
        &[
            "111122223333 aws ec2 authorize-security-group-ingress --group-id sg-1 --ip-permissions '[{\"FromPort\":80,\"IpProtocol\":\"tcp\",\"ToPort\":80,\"UserIdGroupPairs\":[{\"GroupId\":\"sg-2\"}]},{\"FromPort\":80,\"IpProtocol\":\"tcp\",\"ToPort\":80,\"UserIdGroupPairs\":[{\"GroupId\":\"sg-2\",\"UserId\":\"444455556666\"}]}]'",
        ],
    );
}

#[test]
fn groups_of_an_interface_are_set_as_a_whole_from_single_edits() {
    let document = json!({"Groups": [{"GroupId": "sg-1"}, {"GroupId": "sg-2"}]});
    let world = World::of(&[("AWS::EC2::NetworkInterface", "eni-1", document)]);
    let group = |id: &str| there(json!({"GroupId": id}));
    let edits = vec![
        edit("AWS::EC2::NetworkInterface", "eni-1", "Groups", Some("sg-2"), group("sg-2"), State::Absent),
        edit("AWS::EC2::NetworkInterface", "eni-1", "Groups", Some("sg-3"), State::Absent, group("sg-3")),
    ];
    check(
        &world,
        edits.clone(),
        &[
            "111122223333 aws ec2 modify-network-interface-attribute --network-interface-id eni-1 --groups sg-1 sg-3",
        ],
    );
    let error = run(&World::default(), edits).unwrap_err().to_string();
    assert!(error.contains("the whole list"), "{error}");
}

#[test]
fn a_route_is_replaced_where_the_world_has_one_whatever_the_delta_says() {
    let other = json!({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"});
    let world = World::of(&[(SUBNETS, "rtb-1", json!({"Routes": [other]}))]);
    let route = there(json!({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "vpce-1"}));
    check(
        &world,
        vec![edit(SUBNETS, "rtb-1", "Routes", Some("0.0.0.0/0"), State::Absent, route)],
        &[
            "111122223333 aws ec2 replace-route --route-table-id rtb-1 --destination-cidr-block 0.0.0.0/0 --vpc-endpoint-id vpce-1",
        ],
    );
    let local = there(json!({"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}));
    let middlebox = there(json!({"DestinationCidrBlock": "10.0.0.0/16", "NetworkInterfaceId": "eni-1"}));
    check(
        &world,
        vec![edit(SUBNETS, "rtb-1", "Routes", Some("10.0.0.0/16"), middlebox, local)],
        &[
            "111122223333 aws ec2 create-route --route-table-id rtb-1 --destination-cidr-block 10.0.0.0/16 --local-target",
        ],
    );
}

#[test]
fn a_subnet_moves_between_tables_in_one_call() {
    let association = json!({"RouteTableAssociationId": "rtbassoc-2", "SubnetId": "subnet-1", "Main": false});
    let world = World::of(&[
        (SUBNETS, "rtb-1", json!({})),
        (SUBNETS, "rtb-2", json!({"Associations": [association]})),
    ]);
    let value = there(json!({"SubnetId": "subnet-1"}));
    // The delta knows only where it is to be; the world knows where it is.
    check(
        &world,
        vec![edit(SUBNETS, "rtb-1", "Associations", Some("subnet-1"), State::Absent, value)],
        &[
            "111122223333 aws ec2 replace-route-table-association --association-id rtbassoc-2 --route-table-id rtb-1",
        ],
    );
}

#[test]
fn what_is_not_known_is_an_error_that_says_what_is_missing() {
    let world = World::of(&[
        (SUBNETS, "rtb-1", json!({"Routes": []})),
        ("AWS::EC2::VPCEndpoint", "vpce-1", json!({})),
        ("AWS::EC2::NatGateway", "nat-1", json!({})),
        ("AWS::EC2::Instance", "i-1", json!({"State": {"Name": "terminated"}})),
    ]);
    for (edit, expected) in [
        (
            edit(SUBNETS, "rtb-1", "Routes", Some("0.0.0.0/0"), State::Absent, State::Unknown),
            "`0.0.0.0/0` in `Routes` of RouteTable `rtb-1` is not known: what would be needed is the value it had",
        ),
        (
            edit(
                SUBNETS,
                "rtb-1",
                "Routes",
                Some("0.0.0.0/0"),
                State::Absent,
                there(json!({"State": "active"})),
            ),
            "the route's target",
        ),
        (
            edit("AWS::EC2::VPCEndpoint", "vpce-1", "PolicyDocument", None, State::Absent, State::Unknown),
            "`PolicyDocument`",
        ),
        (
            edit(
                "AWS::EC2::NatGateway",
                "nat-1",
                "",
                None,
                State::Absent,
                there(json!({"NatGatewayId": "nat-1"})),
            ),
            "its subnet",
        ),
        (
            edit(
                "AWS::EC2::Instance",
                "i-1",
                "State/Name",
                None,
                there(json!("terminated")),
                there(json!("running")),
            ),
            "launch another one",
        ),
        (edit("AWS::Nowhere::Thing", "x", "", None, State::Absent, there(json!({}))), "no command is known"),
    ] {
        let error = run(&world, vec![edit]).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_peering_across_accounts_is_asked_for_and_accepted() {
    let side =
        |vpc: &str, owner: &str, region: &str| json!({"VpcId": vpc, "OwnerId": owner, "Region": region});
    let document = json!({
        "RequesterVpcInfo": side("vpc-1", "111122223333", "us-east-1"),
        "AccepterVpcInfo": side("vpc-2", "444455556666", "us-west-2"),
    });
    let route = json!({"DestinationCidrBlock": "10.2.0.0/16", "VpcPeeringConnectionId": "pcx-1", "State": "blackhole"});
    let world =
        World::of(&[("AWS::EC2::VPC", "vpc-1", json!({})), (SUBNETS, "rtb-1", json!({"Routes": [route]}))]);
    let back = edit("AWS::EC2::VPCPeeringConnection", "pcx-1", "", None, State::Absent, there(document));
    check(
        &world,
        vec![back.clone()],
        &[
            "111122223333 PEERING_ID=$(aws ec2 create-vpc-peering-connection --vpc-id vpc-1 --peer-vpc-id vpc-2 --peer-owner-id 444455556666 --peer-region us-west-2 --query VpcPeeringConnection.VpcPeeringConnectionId --output text)",
            "444455556666 aws ec2 accept-vpc-peering-connection --vpc-peering-connection-id \"$PEERING_ID\" --region us-west-2",
            "111122223333 aws ec2 replace-route --route-table-id rtb-1 --destination-cidr-block 10.2.0.0/16 --vpc-peering-connection-id \"$PEERING_ID\"",
        ],
    );
    let accept = run(&world, vec![back]).unwrap().remove(1);
    assert!(accept.caution.unwrap().contains("444455556666"));
}

#[test]
fn what_was_made_anew_is_looked_at_and_deleted_by_its_new_id() {
    let gone = json!({"State": "deleted", "SubnetId": "subnet-1", "NatGatewayAddresses": [{"AllocationId": "eipalloc-1"}]});
    let world = World::of(&[("AWS::EC2::NatGateway", "nat-1", gone)]);
    let back = edit(
        "AWS::EC2::NatGateway",
        "nat-1",
        "State",
        None,
        there(json!("deleted")),
        there(json!("available")),
    );
    let delta = Delta { edits: vec![back] };
    let look = |new_ids: &NewIds| inspect(&delta, &world, new_ids).remove(0);

    let before = look(&NewIds::default());
    assert!(before.command.line.contains("--nat-gateway-ids nat-1"), "{}", before.command.line);
    assert_eq!(before.before, "it is gone: its state is deleted, or an error says that it does not exist");

    let (_, new_ids) = commands_after(&delta, &world, &NewIds::default()).unwrap();
    let after = look(&new_ids);
    assert!(after.command.line.contains("--nat-gateway-ids \"$NAT_ID\""), "{}", after.command.line);
    assert_eq!(after.after, "it is available");

    let (rollback, _) = commands_after(&delta.inverse(), &world, &new_ids).unwrap();
    let lines: Vec<_> = rollback.iter().map(|command| command.line.as_str()).collect();
    assert_eq!(lines, ["aws ec2 delete-nat-gateway --nat-gateway-id \"$NAT_ID\" --region us-east-1"]);
}
