use super::*;
use crate::{check, model, special};
use proptest::prelude::*;
use serde_json::json;

fn wire(service: &str, operation: &str, parameters: Value) -> Wire {
    let service = model::service(service).unwrap();
    let about = &service.operations[operation];
    request(service, operation, about, parameters.as_object().unwrap()).unwrap()
}

fn body(service: &str, operation: &str, parameters: Value) -> String {
    String::from_utf8(wire(service, operation, parameters).body).unwrap()
}

#[test]
fn ec2_numbers_its_lists() {
    let parameters =
        json!({"Filters": [{"Name": "vpc-id", "Values": ["a b", "c&d"]}], "DryRun": false, "SubnetIds": []});
    assert_eq!(
        body("ec2", "DescribeSubnets", parameters),
        "Action=DescribeSubnets&Version=2016-11-15&Filter.1.Name=vpc-id&Filter.1.Value.1=a%20b&Filter.1.Value.2=c%26d&DryRun=false"
    );
    let parameters = json!({"LaunchTemplateId": "lt-1", "Versions": ["1"], "MaxResults": 5});
    assert_eq!(
        body("ec2", "DescribeLaunchTemplateVersions", parameters),
        "Action=DescribeLaunchTemplateVersions&Version=2016-11-15&LaunchTemplateId=lt-1&LaunchTemplateVersion.1=1&MaxResults=5"
    );
}

#[test]
fn query_names_its_members() {
    assert_eq!(
        body("elbv2", "DescribeTags", json!({"ResourceArns": ["a", "b"]})),
        "Action=DescribeTags&Version=2015-12-01&ResourceArns.member.1=a&ResourceArns.member.2=b"
    );
    assert_eq!(
        body("elbv2", "DescribeTags", json!({"ResourceArns": []})),
        "Action=DescribeTags&Version=2015-12-01&ResourceArns="
    );
    assert_eq!(
        body("rds", "DescribeDBInstances", json!({"Filters": [{"Name": "n", "Values": ["v"]}]})),
        "Action=DescribeDBInstances&Version=2014-10-31&Filters.Filter.1.Name=n&Filters.Filter.1.Values.Value.1=v"
    );
    let events = json!({"StartTime": 1_777_728_665, "Duration": 60});
    assert_eq!(
        body("rds", "DescribeEvents", events),
        "Action=DescribeEvents&Version=2014-10-31&StartTime=2026-05-02T13%3A31%3A05Z&Duration=60"
    );
}

#[test]
fn json_names_its_target() {
    let wire = wire(
        "cloudtrail",
        "LookupEvents",
        json!({"StartTime": "2026-05-02T13:31:05Z", "MaxResults": 5, "NextToken": null}),
    );
    let target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";
    assert_eq!(wire.headers[0], ("x-amz-target".into(), target.into()));
    assert_eq!(wire.headers[1], ("content-type".into(), "application/x-amz-json-1.1".into()));
    let body: Value = serde_json::from_slice(&wire.body).unwrap();
    assert_eq!(body, json!({"StartTime": 1_777_728_665, "MaxResults": 5}));
    // A service that once spoke query is told that its old codes are understood.
    let headers = self::wire("sqs", "ListQueues", json!({})).headers;
    assert!(headers.contains(&("x-amzn-query-mode".into(), "true".into())));
}

#[test]
fn rest_puts_members_where_they_belong() {
    let wire = wire(
        "lambda",
        "GetFunction",
        json!({"FunctionName": "arn:aws:lambda:x:f/1", "Qualifier": "$LATEST"}),
    );
    assert_eq!(
        (wire.method.as_str(), wire.path.as_str()),
        ("GET", "/2015-03-31/functions/arn%3Aaws%3Alambda%3Ax%3Af%2F1")
    );
    assert_eq!(wire.query, "Qualifier=%24LATEST");
    assert!(wire.body.is_empty());

    let wire = self::wire("s3", "ListObjectsV2", json!({"Bucket": "b", "Prefix": "a/b c", "MaxKeys": 5}));
    assert_eq!((wire.path.as_str(), wire.query.as_str()), ("/", "list-type=2&max-keys=5&prefix=a%2Fb%20c"));
    let wire =
        self::wire("s3", "GetBucketPolicy", json!({"Bucket": "b", "ExpectedBucketOwner": "123456789012"}));
    assert_eq!((wire.path.as_str(), wire.query.as_str()), ("/", "policy="));
    assert_eq!(wire.headers, [("x-amz-expected-bucket-owner".into(), "123456789012".into())]);
    let wire = self::wire(
        "s3",
        "HeadObject",
        json!({"Bucket": "b", "Key": "a/ü b", "IfModifiedSince": 1_777_728_665}),
    );
    assert_eq!((wire.method.as_str(), wire.path.as_str()), ("HEAD", "/a/%C3%BC%20b"));
    assert_eq!(wire.headers, [("if-modified-since".into(), "Sat, 02 May 2026 13:31:05 GMT".into())]);

    let wire = self::wire(
        "xray",
        "GetTraceSummaries",
        json!({"StartTime": 1, "EndTime": "1970-01-01T00:00:02Z", "Sampling": false}),
    );
    let body: Value = serde_json::from_slice(&wire.body).unwrap();
    assert_eq!(body, json!({"StartTime": 1, "EndTime": 2, "Sampling": false}));
    let wire = self::wire("s3control", "GetPublicAccessBlock", json!({"AccountId": "123456789012"}));
    assert_eq!(wire.host_prefix, "123456789012.");
    assert!(wire.headers.contains(&("x-amz-account-id".into(), "123456789012".into())));
}

#[test]
fn rest_writes_xml_where_a_read_has_a_body() {
    let parameters = json!({"ResourceType": "healthcheck", "ResourceIds": ["a<b", "c"]});
    assert_eq!(
        body("route53", "ListTagsForResources", parameters),
        "<ListTagsForResourcesRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ResourceIds>\
         <ResourceId>a&lt;b</ResourceId><ResourceId>c</ResourceId></ResourceIds></ListTagsForResourcesRequest>"
    );
}

#[test]
fn values_cannot_break_out() {
    let service = model::service("s3control").unwrap();
    let about = &service.operations["GetPublicAccessBlock"];
    for account in ["", "evil.example/", "a@b", "1\r\nx: y"] {
        let parameters = json!({ "AccountId": account });
        assert!(
            request(service, "GetPublicAccessBlock", about, parameters.as_object().unwrap()).is_err(),
            "{account}"
        );
    }
    let service = model::service("lambda").unwrap();
    for name in ["", ".", ".."] {
        let parameters = json!({ "FunctionName": name });
        assert!(
            request(
                service,
                "GetFunction",
                &service.operations["GetFunction"],
                parameters.as_object().unwrap()
            )
            .is_err()
        );
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!("2026-05-02T13:31:05Z")),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let names = prop_oneof![Just("Name"), Just("Values"), Just("S"), Just("M"), Just("x")];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::hash_map(names.prop_map(str::to_owned), inner, 0..4)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

proptest! {
    /// Every member of some operations of each protocol, with any value: refused or written, never a panic.
    #[test]
    fn any_parameters_are_refused_or_written(values in proptest::collection::vec(any_json(), 1..8)) {
        for (name, operation) in [
            ("ec2", "DescribeInstances"),
            ("rds", "DescribeDBInstances"),
            ("cloudtrail", "LookupEvents"),
            ("cloudwatch", "GetMetricData"),
            ("lambda", "GetFunction"),
            ("s3", "HeadObject"),
            ("route53", "ListTagsForResources"),
        ] {
            let service = model::service(name).unwrap();
            let about = &service.operations[operation];
            let input = service.input(about).unwrap();
            let mut given: Map<String, Value> =
                input.members.iter().map(|member| member.0.clone()).zip(values.iter().cloned()).collect();
            if check::parameters(service, Some(input), &given).is_ok()
                && special::prepare(name, operation, Some(input), &mut given).is_ok()
            {
                let _ = request(service, operation, about, &given);
            }
        }
    }
}
