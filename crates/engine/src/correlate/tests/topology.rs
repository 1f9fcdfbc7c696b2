//! Alarms that share something in the topology, and alarms that only share what everybody shares.

use super::*;
use butfor_incident::{Body, CaseFile, Evidence, Query};
use butfor_world::History;
use serde_json::{Value, json};

/// Resources of [`dependencies`] that alarms may name, and one that is not there.
pub(super) const RESOURCES: [&str; 8] = [
    "i-0000000000000000a",
    "i-0000000000000000b",
    "i-0000000000000000c",
    "orders-db",
    "nat-0000000000000000a",
    "vpc-0000000000000000a",
    "list-orders",
    "nobody",
];

pub(super) fn read(account: &str, answers: &[Value]) -> Dependencies {
    let evidence = answers.iter().map(|answer| {
        let query = Query {
            account: account.to_owned(),
            region: REGION.to_owned(),
            service: "ec2".to_owned(),
            operation: String::new(),
            parameters: "{}".into(),
        };
        Evidence::new(query, Some(at(-100)), Body::Call(answer.to_string().into()))
    });
    let case = CaseFile { as_of: at(0), evidence: evidence.collect(), gaps: Vec::new(), rounds: 1 };
    Dependencies::read(History::read(&case).latest())
}

fn instance(end: &str, subnet: &str, group: &str, tags: &Value) -> Value {
    json!({
        "InstanceId": format!("i-0000000000000000{end}"), "VpcId": "vpc-0000000000000000a", "SubnetId": subnet,
        "State": {"Name": "running"}, "SecurityGroups": [{"GroupId": group}], "Tags": tags,
    })
}

fn table(id: &str, vpc: &str, subnets: &[&str], routes: &Value) -> Value {
    let associations: Vec<Value> =
        subnets.iter().map(|subnet| json!({"RouteTableId": id, "SubnetId": subnet, "Main": false})).collect();
    json!({"RouteTableId": id, "VpcId": vpc, "Associations": associations, "Routes": routes})
}

fn subnet(id: &str, vpc: &str) -> Value {
    json!({"SubnetId": id, "VpcId": vpc, "CidrBlock": "10.0.0.0/24"})
}

/// Instances a and b share a NAT gateway by route tables of their own; c, in the same VPC, has a way of its own. Instance
/// a is of a stack, its function list-orders of the same application by name; a uses the database orders-db.
fn answers() -> Vec<Value> {
    let vpc = "vpc-0000000000000000a";
    let nat = json!([{"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-0000000000000000a", "State": "active"}]);
    let stack = json!([{"Key": "aws:cloudformation:stack-name", "Value": "orders-prod"}]);
    let group = |id: &str, name: &str, from: &Value| json!({"GroupId": id, "GroupName": name, "VpcId": vpc, "IpPermissions": from});
    vec![
        json!({"Vpcs": [{"VpcId": vpc, "CidrBlock": "10.0.0.0/16", "Tags": [{"Key": "Name", "Value": "main"}]}]}),
        json!({"Subnets": [subnet("subnet-a", vpc), subnet("subnet-b", vpc), subnet("subnet-c", vpc)]}),
        json!({"NatGateways": [{"NatGatewayId": "nat-0000000000000000a", "VpcId": vpc, "State": "available"}]}),
        json!({"RouteTables": [
            table("rtb-a", vpc, &["subnet-a"], &nat),
            table("rtb-b", vpc, &["subnet-b"], &nat),
            table("rtb-c", vpc, &["subnet-c"], &json!([])),
        ]}),
        json!({"SecurityGroups": [
            group("sg-app", "app", &json!([])),
            group("sg-default", "default", &json!([])),
            group("sg-database", "db", &json!([{"IpProtocol": "tcp", "FromPort": 3306, "ToPort": 3306, "UserIdGroupPairs": [{"GroupId": "sg-app"}]}])),
        ]}),
        json!({"Reservations": [{"Instances": [
            instance("a", "subnet-a", "sg-app", &stack),
            instance("b", "subnet-b", "sg-default", &json!([{"Key": "Application", "Value": "billing"}])),
            instance("c", "subnet-c", "sg-default", &json!([{"Key": "Application", "Value": "catalog"}])),
        ]}]}),
        json!({"DBInstances": [{"DBInstanceIdentifier": "orders-db",
            "DBInstanceArn": format!("arn:aws:rds:{REGION}:{ACCOUNT}:db:orders-db"),
            "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-database"}]}]}),
        json!({"Functions": [{"FunctionName": "list-orders",
            "FunctionArn": format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:list-orders")}]}),
        json!({"MetricAlarms": [{"AlarmName": "slow", "AlarmArn": format!("arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:slow"),
            "Namespace": "AWS/EC2", "MetricName": "CPUUtilization", "Dimensions": [{"Name": "InstanceId", "Value": "i-0000000000000000a"}]}]}),
    ]
}

pub(super) fn dependencies() -> Dependencies {
    read(ACCOUNT, &answers())
}

#[track_caller]
fn check(dependencies: &Dependencies, first: Arrival, second: &Arrival, expected: &str, said: &[&str]) {
    let (decision, reason) = decide(&[incident(1, &[first])], second, dependencies);
    assert_eq!(decision, expected, "{reason}");
    for word in said {
        assert!(reason.contains(word), "`{word}` in: {reason}");
    }
}

#[test]
fn a_shared_gateway_links_and_a_shared_vpc_does_not() {
    let known = dependencies();
    let on =
        |end: &str, name: &str, seconds| about(&format!("i-0000000000000000{end}"), alarm(name, seconds));
    check(
        &known,
        on("a", "orders-egress", 0),
        &on("b", "billing-egress", 12),
        "link 1 shared_dependency",
        &["shared dependency NAT gateway nat-0000000000000000a", "`orders-egress` of incident 1", "12 s"],
    );
    // COR-03: same account, region, VPC and default security group, same minute.
    check(&known, on("a", "x", 0), &on("c", "y", 1), "open", &["no open incident"]);
    check(&known, on("b", "x", 0), &on("c", "y", 1), "open", &[]);
    check(&known, about("vpc-0000000000000000a", alarm("x", 0)), &on("c", "y", 1), "open", &[]);
    check(&known, about("main", alarm("x", 0)), &about("main", alarm("y", 1)), "open", &[]);
    // The window holds for dependencies too.
    check(&known, on("a", "x", 0), &on("b", "y", 60), "link 1 shared_dependency", &[]);
    check(&known, on("a", "x", 0), &on("b", "y", 61), "open", &[]);
}

#[test]
fn what_one_alarm_is_about_may_be_what_the_other_depends_on() {
    let known = dependencies();
    let app = about("i-0000000000000000a", alarm("app", 0));
    let db = |name, seconds| about("orders-db", alarm(name, seconds));
    check(
        &known,
        db("db", 0),
        &Arrival { received_at: at(5), ..app.clone() },
        "link 1 shared_dependency",
        &["depends on database orders-db, which is in alarm itself"],
    );
    check(&known, app.clone(), &db("db", 5), "link 1 shared_dependency", &["database orders-db", "`app`"]);
    check(
        &known,
        about("nat-0000000000000000a", alarm("nat", 0)),
        &Arrival { received_at: at(5), ..app },
        "link 1 shared_dependency",
        &["NAT gateway"],
    );
}

#[test]
fn the_application_comes_from_the_topology_and_not_from_names() {
    let known = dependencies();
    // COR-06: an alarm named nothing like the stack, known by the dimensions that DescribeAlarms tells.
    check(
        &known,
        about("i-0000000000000000a", alarm("x", 0)),
        &of("orders-prod", alarm("slow", 3)),
        "link 1 same_application",
        &["`orders-prod`"],
    );
    check(
        &known,
        of("orders-prod", alarm("x", 0)),
        &alarm("slow", 3),
        "link 1 same_application",
        &["`orders-prod`"],
    );
    check(&known, of("slow", alarm("x", 0)), &alarm("slow", 3), "open", &[]);
}

/// Two accounts' VPCs behind one transit gateway, an application in each.
fn hub(applications: usize) -> Dependencies {
    let mut answers = vec![
        json!({"TransitGateways": [{"TransitGatewayId": "tgw-0000000000000000a", "State": "available"}]}),
        json!({"TransitGatewayRouteTables": [{"TransitGatewayRouteTableId": "tgw-rtb-0000000000000000a", "TransitGatewayId": "tgw-0000000000000000a"}]}),
    ];
    let mut lists: [Vec<Value>; 4] = Default::default();
    for n in 0..applications {
        let (vpc, subnet_id) = (format!("vpc-{n}"), format!("subnet-{n}"));
        let route =
            json!([{"DestinationCidrBlock": "10.0.0.0/8", "TransitGatewayId": "tgw-0000000000000000a"}]);
        lists[0].push(subnet(&subnet_id, &vpc));
        lists[1].push(table(&format!("rtb-{n}"), &vpc, &[&subnet_id], &route));
        lists[2].push(json!({"TransitGatewayAttachmentId": format!("tgw-attach-{n}"), "ResourceType": "vpc", "ResourceId": vpc,
            "TransitGatewayId": "tgw-0000000000000000a", "Association": {"TransitGatewayRouteTableId": format!("tgw-rtb-{n}"), "State": "associated"}}));
        lists[3].push(json!({"InstanceId": format!("i-{n}"), "SubnetId": subnet_id, "VpcId": vpc, "State": {"Name": "running"},
            "Tags": [{"Key": "app", "Value": format!("app-{n}")}]}));
    }
    let [subnets, tables, attachments, instances] = lists;
    answers.push(json!({"Subnets": subnets}));
    answers.push(json!({"RouteTables": tables}));
    answers.push(json!({"TransitGatewayAttachments": attachments}));
    answers.push(json!({"Reservations": [{"Instances": instances}]}));
    read(ACCOUNT, &answers)
}

#[test]
fn a_transit_gateway_links_few_applications_and_says_nothing_where_everybody_uses_it() {
    let (first, second) = (about("i-0", alarm("payments-db", 0)), about("i-1", alarm("orders-db", 20)));
    check(
        &hub(2),
        first.clone(),
        &second,
        "link 1 shared_dependency",
        &["transit gateway tgw-0000000000000000a"],
    );
    check(&hub(20), first.clone(), &second, "link 1 shared_dependency", &[]);
    check(&hub(21), first.clone(), &second, "open", &[]);
    // Where the hub itself is in alarm, everybody behind it may be its victim.
    let itself = about("tgw-0000000000000000a", alarm("drops", 0));
    check(&hub(21), itself, &second, "link 1 shared_dependency", &["transit gateway tgw-0000000000000000a"]);
}

#[test]
fn settings_name_what_is_needed() {
    let function = |name: &str, variables: &Value| {
        json!({"FunctionName": name, "FunctionArn": format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"),
            "Environment": {"Variables": variables}, "Role": format!("arn:aws:iam::{ACCOUNT}:role/shared-{name}")})
    };
    let known = read(
        ACCOUNT,
        &[
            json!({"Functions": [
                function("list", &json!({"URL": "jdbc:mysql://ledger.abc.eu-west-1.rds.amazonaws.com:3306/x"})),
                function("write", &json!({"HOST": "ledger.abc.eu-west-1.rds.amazonaws.com"})),
                function("other", &json!({"STAGE": "prod"})),
            ]}),
            json!({"DBInstances": [{"DBInstanceIdentifier": "ledger", "Endpoint": {"Address": "ledger.abc.eu-west-1.rds.amazonaws.com", "Port": 3306}}]}),
        ],
    );
    let on = |name: &str, seconds| about(name, alarm(&format!("{name}-errors"), seconds));
    check(
        &known,
        on("list", 0),
        &on("write", 4),
        "link 1 shared_dependency",
        &["shared dependency database ledger"],
    );
    check(&known, on("list", 0), &on("other", 4), "open", &[]);
}

#[test]
fn ambiguous_names_name_nothing() {
    let named = |id: &str| json!({"InstanceId": id, "State": {"Name": "running"}, "Tags": [{"Key": "Name", "Value": "web"}]});
    let known = read(ACCOUNT, &[json!({"Reservations": [{"Instances": [named("i-1"), named("i-2")]}]})]);
    check(&known, about("web", alarm("x", 0)), &about("web", alarm("y", 1)), "open", &[]);
    check(
        &known,
        about("i-1", alarm("x", 0)),
        &about("i-1", alarm("y", 1)),
        "link 1 shared_dependency",
        &["instance i-1"],
    );
}
