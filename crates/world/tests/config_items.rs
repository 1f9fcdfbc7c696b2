//! What AWS Config recorded tells what something was before a change that does not say so.

mod support;

use butfor_incident::Evidence;
use butfor_world::{History, config_name};
use serde_json::{Value, json};
use support::{call, changes_in, facet, history, key, plain, time};

/// An answer of one item, captured at a time on the day.
fn item(clock: &str, kind: &str, id: &str, configuration: &Value, beside: Value) -> Evidence {
    let items = json!([{
        "configurationItemStatus": "OK", "configurationItemCaptureTime": time(clock).to_string(), "resourceType": kind, "resourceId": id,
        "configuration": configuration.to_string(), "supplementaryConfiguration": beside,
    }]);
    answer(kind, id, items)
}

fn answer(kind: &str, id: &str, items: Value) -> Evidence {
    let asked = json!({"resourceType": kind, "resourceId": id});
    call("14:00", "configservice GetResourceConfigHistory", asked, json!({ "configurationItems": items }))
}

fn event(clock: &str, call: &str, request: Value) -> Evidence {
    support::event_of(clock, call, request, json!({"_return": true}), json!({}))
}

fn state(history: &History, clock: &str, kind: &str, id: &str, member: &str, element: &str) -> String {
    plain(&history.at(time(clock)).state(&key(kind, id), &facet(member, element)))
}

fn check(evidence: Vec<Evidence>, expected: &[&str]) {
    assert_eq!(changes_in(&history(evidence), plain), expected);
}

#[test]
fn the_target_of_a_route_that_was_deleted() {
    let route = |to: &str, via: &str| json!({"destinationCidrBlock": to, "gatewayId": via, "origin": "CreateRoute", "state": "active"});
    let before = json!({"routeTableId": "rtb-1", "vpcId": "vpc-1", "associations": [], "propagatingVgws": [],
        "routes": [route("10.0.0.0/16", "local"), route("0.0.0.0/0", "igw-1")], "tags": []});
    let now = json!({"RouteTables": [{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [],
        "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}]}]});
    let deleted = json!({"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0"});
    check(
        vec![
            item("09:00", "AWS::EC2::RouteTable", "rtb-1", &before, json!({})),
            event("12:00", "ec2 DeleteRoute", deleted),
            call("14:00", "ec2 DescribeRouteTables", json!({}), now),
        ],
        &[
            r#"12:00:00 DeleteRoute Routes[0.0.0.0/0] {"DestinationCidrBlock":"0.0.0.0/0","GatewayId":"igw-1","Origin":"CreateRoute","State":"active"} -> absent"#,
        ],
    );
}

/// Config's items have no transit gateways in their routes: a table with such a route is not told.
#[test]
fn a_route_without_a_target_is_not_taken_for_one_that_was_not_there() {
    let before = json!({"routeTableId": "rtb-1", "routes": [{"destinationCidrBlock": "0.0.0.0/0", "state": "active"}]});
    let deleted = json!({"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0"});
    check(
        vec![
            item("09:00", "AWS::EC2::RouteTable", "rtb-1", &before, json!({})),
            event("12:00", "ec2 DeleteRoute", deleted),
            call(
                "14:00",
                "ec2 DescribeRouteTables",
                json!({}),
                json!({"RouteTables": [{"RouteTableId": "rtb-1", "Routes": []}]}),
            ),
        ],
        &["12:00:00 DeleteRoute Routes[0.0.0.0/0] unknown -> absent"],
    );
}

/// Both wordings of a group's rules are the same rules: no change is made up of the difference.
#[test]
fn wordings_differ_and_nothing_changed() {
    let recorded = json!({"groupId": "sg-1", "groupName": "db", "ipPermissionsEgress": [], "ipPermissions": [{
        "fromPort": 3306, "toPort": 3306, "ipProtocol": "tcp", "ipRanges": ["10.0.0.0/8"], "ipv4Ranges": [{"cidrIp": "10.0.0.0/8"}],
        "ipv6Ranges": [], "prefixListIds": [], "userIdGroupPairs": []}]});
    let described = json!({"SecurityGroups": [{"GroupId": "sg-1", "GroupName": "db", "IpPermissionsEgress": [], "IpPermissions": [{
        "FromPort": 3306, "ToPort": 3306, "IpProtocol": "tcp", "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "app"}],
        "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}]}]});
    check(
        vec![
            item("09:00", "AWS::EC2::SecurityGroup", "sg-1", &recorded, json!({})),
            call("14:00", "ec2 DescribeSecurityGroups", json!({}), described),
        ],
        &[],
    );
}

/// What an item does not have is not told, and does not come back into what is described now.
#[test]
fn a_function_s_role_and_nothing_of_its_variables() {
    const ARN: &str = "arn:aws:lambda:us-east-1:111122223333:function:list";
    let recorded = json!({"functionName": "list", "functionArn": ARN, "role": "arn:aws:iam::111122223333:role/a", "timeout": 3,
        "kmskeyArn": null, "tracingConfig": {"mode": "Active"}});
    let now = json!({"FunctionName": "list", "FunctionArn": ARN, "Role": "arn:aws:iam::111122223333:role/b", "Timeout": 3,
        "Environment": {"Variables": {"TABLE": "orders"}}});
    let request = json!({"functionName": "list", "role": "arn:aws:iam::111122223333:role/b"});
    let history = history(vec![
        item(
            "09:00",
            "AWS::Lambda::Function",
            "list",
            &recorded,
            json!({"Concurrency": "{\"reservedConcurrentExecutions\":5.0}"}),
        ),
        event("12:00", "lambda UpdateFunctionConfiguration20150331v2", request),
        call("14:00", "lambda GetFunctionConfiguration", json!({"FunctionName": "list"}), now),
    ]);
    let kind = "AWS::Lambda::Function";
    let at = |clock: &str, member: &str, element: &str| state(&history, clock, kind, ARN, member, element);
    assert_eq!(at("11:00", "Role", ""), "\"arn:aws:iam::111122223333:role/a\"");
    assert_eq!(at("13:00", "Role", ""), "\"arn:aws:iam::111122223333:role/b\"");
    assert_eq!(at("11:00", "Environment/Variables", "TABLE"), "unknown", "not absent");
    let latest = history.latest().get(&key(kind, ARN)).map(|it| it.json().to_owned()).unwrap_or_default();
    assert!(!latest.contains("Active") && !latest.contains("ReservedConcurrentExecutions"), "{latest}");
}

#[test]
fn policies_are_texts_in_texts() {
    let recorded = json!({"name": "assets", "owner": {"id": "x"}});
    let beside = json!({"BucketPolicy": "{\"policyText\":\"{\\\"Statement\\\":[]}\"}"});
    let gone = json!({"Error": {"Code": "NoSuchBucketPolicy", "Message": ""}});
    let history = history(vec![
        item("09:00", "AWS::S3::Bucket", "assets", &recorded, beside),
        event("12:00", "s3 DeleteBucketPolicy", json!({"bucketName": "assets"})),
        call("14:00", "s3 GetBucketPolicy", json!({"Bucket": "assets"}), gone),
    ]);
    assert_eq!(
        state(&history, "11:00", "AWS::S3::Bucket", "assets", "Policy", ""),
        r#""{\"Statement\":[]}""#
    );
    let trust = "%7B%22Statement%22%3A%5B%5D%7D";
    let role = json!({"arn": "arn:aws:iam::111122223333:role/app", "roleName": "app", "assumeRolePolicyDocument": trust,
        "attachedManagedPolicies": [{"policyName": "p", "policyArn": "arn:aws:iam::111122223333:policy/p"}],
        "rolePolicyList": [{"policyName": "inline", "policyDocument": trust}]});
    let put = json!({"roleName": "app", "policyName": "inline", "policyDocument": "{\"Statement\":[1]}"});
    check(
        vec![
            item("09:00", "AWS::IAM::Role", "AROAEXAMPLE", &role, json!({})),
            event("12:00", "iam PutRolePolicy", put),
        ],
        &[
            r#"12:00:00 PutRolePolicy InlinePolicies[inline] {"PolicyDocument":{"Statement":[]},"PolicyName":"inline"} -> {"PolicyDocument":"{\"Statement\":[1]}","PolicyName":"inline"}"#,
        ],
    );
}

#[test]
fn what_cannot_be_read_is_a_doubt() {
    let odd = json!([
        {"configurationItemStatus": "OK", "configurationItemCaptureTime": "2026-05-01T09:00:00Z", "resourceType": "AWS::Nowhere::Thing",
         "configuration": "{}"},
        {"configurationItemStatus": "OK", "configurationItemCaptureTime": "yesterday", "resourceType": "AWS::S3::Bucket", "configuration": "{}"},
        {"configurationItemStatus": "OK", "configurationItemCaptureTime": "2026-05-01T09:00:00Z", "resourceType": "AWS::S3::Bucket",
         "configuration": "<"},
        {"configurationItemStatus": "ResourceDeleted", "resourceType": "AWS::S3::Bucket"},
    ]);
    let history = history(vec![answer("AWS::S3::Bucket", "b", odd)]);
    assert!(history.changes().is_empty());
    let doubts: Vec<&str> = history.doubts().iter().map(|doubt| doubt.text.as_str()).collect();
    assert_eq!(doubts.len(), 3, "{doubts:?}");
    assert!(doubts.iter().any(|doubt| doubt.contains("AWS::Nowhere::Thing are not read")), "{doubts:?}");
}

#[test]
fn names_in_config() {
    let name = |kind: &str, id: &str, document: Value| config_name(kind, id, &document);
    let function = "arn:aws:lambda:us-east-1:111122223333:function:list";
    assert_eq!(
        name("AWS::Lambda::Function", function, json!({})),
        Some(("AWS::Lambda::Function", "list".to_owned()))
    );
    assert_eq!(
        name("AWS::EC2::RouteTable", "rtb-1", json!({})),
        Some(("AWS::EC2::RouteTable", "rtb-1".to_owned()))
    );
    let policy = json!({"PolicyId": "ANPAEXAMPLE"});
    assert_eq!(
        name("AWS::IAM::ManagedPolicy", "arn", policy),
        Some(("AWS::IAM::Policy", "ANPAEXAMPLE".to_owned()))
    );
    assert_eq!(
        name("AWS::IAM::Role", "arn", json!({})),
        None,
        "Config names roles by an id that only their description has"
    );
    assert_eq!(name("AWS::EC2::TransitGatewayRouteTable", "tgw-rtb-1", json!({})), None);
}
