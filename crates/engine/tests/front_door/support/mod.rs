//! A small case to assess: an application and its database in one VPC, and the rule between them revoked.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests; the documents are written here"
)]

pub mod requests;

use butfor_incident::{Body, CaseFile, Evidence, Query, Timestamp};
use serde_json::{Value, json};

/// The account of the case.
pub const ACCOUNT: &str = "444455556666";
/// The region of the case.
pub const REGION: &str = "eu-west-1";

/// The moment of the investigation.
pub fn as_of() -> Timestamp {
    Timestamp::parse("2026-05-18T14:04:00Z").unwrap()
}

/// An answer of a describe call.
pub fn call(at: &str, operation: &str, parameters: Value, output: &Value) -> Evidence {
    let service = if operation.starts_with("DescribeDB") { "rds" } else { "ec2" };
    let query = Query {
        account: ACCOUNT.into(),
        region: REGION.into(),
        service: service.into(),
        operation: operation.into(),
        parameters: parameters.to_string().into(),
    };
    Evidence::new(query, Timestamp::parse(at).ok(), Body::Call(output.to_string().into()))
}

/// A CloudTrail record.
pub fn event(record: &Value) -> Evidence {
    let text = |member: &str| record.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
    let query = Query {
        account: ACCOUNT.into(),
        region: REGION.into(),
        service: "cloudtrail".into(),
        operation: text("eventName"),
        parameters: "{}".into(),
    };
    Evidence::new(
        query,
        Timestamp::parse(&text("eventTime")).ok(),
        Body::CloudTrailRecord(record.to_string().into()),
    )
}

/// The alarm.
pub fn alert(alert: &Value) -> Evidence {
    let query = Query {
        account: ACCOUNT.into(),
        region: REGION.into(),
        service: "alert".into(),
        operation: "read".into(),
        parameters: "{}".into(),
    };
    Evidence::new(query, None, Body::Alert(alert.to_string().into()))
}

fn interface(id: &str, address: &str, group: &str, instance: Option<&str>) -> Value {
    let mut interface = json!({
        "NetworkInterfaceId": id, "VpcId": "vpc-1", "SubnetId": "subnet-1", "AvailabilityZone": "eu-west-1a",
        "OwnerId": ACCOUNT, "InterfaceType": "interface", "Description": "", "SourceDestCheck": true, "Status": "in-use",
        "PrivateIpAddress": address, "PrivateIpAddresses": [{"Primary": true, "PrivateIpAddress": address}],
        "Ipv6Addresses": [], "Groups": [{"GroupId": group, "GroupName": group}],
    });
    interface["Attachment"] = match instance {
        Some(instance) => json!({"InstanceId": instance, "Status": "attached"}),
        None => {
            interface["Description"] = json!("RDSNetworkInterface");
            json!({"InstanceOwnerId": "amazon-rds", "Status": "attached"})
        }
    };
    interface
}

fn group(id: &str, inbound: Value) -> Value {
    json!({
        "GroupId": id, "GroupName": id, "VpcId": "vpc-1", "OwnerId": ACCOUNT, "IpPermissions": inbound,
        "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    })
}

/// The describe calls of one moment; `admitted` says whether the database still admits the application.
pub fn snapshot(at: &str, admitted: bool) -> Vec<Evidence> {
    let rule = json!([{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": "sg-app00000"}]}]);
    let inbound = if admitted { rule } else { json!([]) };
    let none = || json!({});
    vec![
        call(
            at,
            "DescribeVpcs",
            none(),
            &json!({"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "OwnerId": ACCOUNT,
            "CidrBlockAssociationSet": [{"CidrBlock": "10.0.0.0/16", "CidrBlockState": {"State": "associated"}}]}]}),
        ),
        call(
            at,
            "DescribeSubnets",
            none(),
            &json!({"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24",
            "AvailabilityZone": "eu-west-1a", "OwnerId": ACCOUNT}]}),
        ),
        call(
            at,
            "DescribeRouteTables",
            none(),
            &json!({"RouteTables": [{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "OwnerId": ACCOUNT,
            "Associations": [{"Main": true, "RouteTableAssociationId": "rtbassoc-1", "RouteTableId": "rtb-1"}],
            "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active", "Origin": "CreateRouteTable"}]}]}),
        ),
        call(
            at,
            "DescribeNetworkAcls",
            none(),
            &json!({"NetworkAcls": [{"NetworkAclId": "acl-1", "VpcId": "vpc-1", "IsDefault": true,
            "OwnerId": ACCOUNT, "Associations": [{"NetworkAclAssociationId": "aclassoc-1", "NetworkAclId": "acl-1", "SubnetId": "subnet-1"}],
            "Entries": [{"Egress": true, "RuleNumber": 100, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"},
                        {"Egress": false, "RuleNumber": 100, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}]}]}),
        ),
        call(
            at,
            "DescribeSecurityGroups",
            none(),
            &json!({"SecurityGroups": [group("sg-app00000", json!([])), group("sg-db000000", inbound)]}),
        ),
        call(
            at,
            "DescribeNetworkInterfaces",
            none(),
            &json!({"NetworkInterfaces": [
            interface("eni-app00000", "10.0.1.10", "sg-app00000", Some("i-app000000")),
            interface("eni-db000000", "10.0.1.20", "sg-db000000", None)]}),
        ),
        call(
            at,
            "DescribeInstances",
            none(),
            &json!({"Reservations": [{"ReservationId": "r-1", "OwnerId": ACCOUNT, "Instances": [
            {"InstanceId": "i-app000000", "VpcId": "vpc-1", "SubnetId": "subnet-1", "State": {"Name": "running"},
             "Tags": [{"Key": "Name", "Value": "orders-app"}]}]}]}),
        ),
        call(
            at,
            "DescribeDBInstances",
            none(),
            &json!({"DBInstances": [{"DBInstanceIdentifier": "orders-db", "DBInstanceStatus": "available",
            "Endpoint": {"Address": "orders-db.x.eu-west-1.rds.amazonaws.com", "Port": 5432},
            "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-db000000", "Status": "active"}],
            "DBSubnetGroup": {"VpcId": "vpc-1", "Subnets": [{"SubnetIdentifier": "subnet-1"}]}}]}),
        ),
    ]
}

/// The revocation.
pub fn revoke(at: &str) -> Value {
    json!({
        "eventVersion": "1.10", "eventTime": at, "eventSource": "ec2.amazonaws.com", "eventName": "RevokeSecurityGroupIngress",
        "awsRegion": REGION, "sourceIPAddress": "203.0.113.7", "userAgent": "console.amazonaws.com",
        "userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::444455556666:assumed-role/admin/h.brandt", "accountId": ACCOUNT},
        "requestParameters": {"groupId": "sg-db000000", "ipPermissions": {"items": [{"ipProtocol": "tcp", "fromPort": 5432, "toPort": 5432,
            "groups": {"items": [{"groupId": "sg-app00000"}]}, "ipRanges": {}, "ipv6Ranges": {}, "prefixListIds": {}}]}},
        "responseElements": {"requestId": "r", "_return": true},
        "eventID": "9699e5e0-737c-4afe-96e3-cbffc0c4d4d3", "readOnly": false, "eventType": "AwsApiCall",
        "managementEvent": true, "recipientAccountId": ACCOUNT, "eventCategory": "Management",
    })
}

/// The alarm of the application.
pub fn alarm(at: &str) -> Value {
    json!({
        "version": "0", "id": "1", "detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch", "account": ACCOUNT,
        "time": at, "region": REGION, "resources": ["arn:aws:cloudwatch:eu-west-1:444455556666:alarm:orders-db-errors"],
        "detail": {"alarmName": "orders-db-errors", "state": {"value": "ALARM", "reason": "Threshold Crossed: 1 datapoint", "timestamp": at},
            "configuration": {"description": "orders-app cannot connect", "metrics": [{"id": "m1", "returnData": true, "metricStat": {"period": 60,
                "stat": "Sum", "metric": {"namespace": "Orders/App", "name": "DbErrors", "dimensions": {"Service": "orders-app"}}}}]}},
    })
}

/// A case of these pieces of evidence.
pub fn case(evidence: Vec<Evidence>) -> CaseFile {
    CaseFile { as_of: as_of(), evidence, gaps: Vec::new(), rounds: 1 }
}

/// The revoked rule, with an earlier and a later observation, the event and the alarm.
pub fn revoked_rule() -> CaseFile {
    let mut evidence = snapshot("2026-05-18T05:00:00Z", true);
    evidence.extend(snapshot("2026-05-18T13:58:00Z", false));
    evidence.push(event(&revoke("2026-05-18T13:46:58Z")));
    evidence.push(alert(&alarm("2026-05-18T13:50:41Z")));
    case(evidence)
}
