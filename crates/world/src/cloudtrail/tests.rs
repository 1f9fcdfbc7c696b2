use super::Record;
use proptest::prelude::*;
use serde_json::{Value, json};

fn record(changes: Value) -> Value {
    let mut record = json!({
        "eventVersion": "1.09",
        "eventTime": "2026-05-02T13:37:00Z",
        "eventID": "e-1",
        "eventName": "DeleteRoute",
        "eventSource": "ec2.amazonaws.com",
        "awsRegion": "us-east-1",
        "recipientAccountId": "111122223333",
        "readOnly": false,
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "Boto3/1.34",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": "arn:aws:sts::111122223333:assumed-role/deploy/a.person@example.com",
            "accountId": "111122223333",
        },
        "requestParameters": {"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0"},
        "responseElements": {"requestId": "r", "_return": true},
    });
    for (name, value) in changes.as_object().unwrap() {
        record[name] = value.clone();
    }
    record
}

fn parse(changes: Value) -> Record {
    Record::parse(&record(changes).to_string()).unwrap()
}

#[test]
fn reads_the_envelope() {
    let read = parse(json!({"sessionCredentialFromConsole": "true", "sharedEventID": "s-1"}));
    assert_eq!(read.at.to_string(), "2026-05-02T13:37:00Z");
    assert_eq!((read.service.as_str(), read.operation()), ("ec2", "DeleteRoute"));
    assert_eq!((read.account.as_str(), read.region.as_str()), ("111122223333", "us-east-1"));
    assert_eq!(read.actor.session.as_deref(), Some("a.person@example.com"));
    assert_eq!(read.actor.source_ip.as_deref(), Some("203.0.113.7"));
    assert_eq!(read.shared_event_id.as_deref(), Some("s-1"));
    assert!(read.from_console && !read.read_only && read.error.is_none());
}

#[test]
fn a_failed_call_carries_its_error() {
    let read = parse(
        json!({"errorCode": "Client.DryRunOperation", "errorMessage": "would have", "responseElements": null}),
    );
    assert_eq!(read.error.as_deref(), Some("Client.DryRunOperation"));
    assert_eq!(read.error_message.as_deref(), Some("would have"));
    assert_eq!(read.response, Value::Null);
}

#[test]
fn a_service_acts_under_its_own_name() {
    let read =
        parse(json!({"userIdentity": {"accountId": "111122223333", "invokedBy": "ec2.amazonaws.com"}}));
    assert_eq!((read.actor.kind.as_str(), read.actor.arn.as_str()), ("AWSService", "ec2.amazonaws.com"));
}

#[test]
fn whether_a_call_reads_is_judged_by_its_name_when_the_record_is_silent() {
    for (name, expected) in
        [("DescribeRouteTables", true), ("SearchTransitGatewayRoutes", true), ("DeleteRoute", false)]
    {
        assert_eq!(parse(json!({"eventName": name, "readOnly": null})).read_only, expected, "{name}");
    }
    assert!(parse(json!({"readOnly": "true"})).read_only);
}

#[test]
fn versions_are_cut_from_operations_and_nothing_else_is() {
    for (name, expected) in [
        ("UpdateFunctionConfiguration20150331v2", "UpdateFunctionConfiguration"),
        ("PutFunctionConcurrency20171031", "PutFunctionConcurrency"),
        ("CreateDistribution2020_05_31", "CreateDistribution"),
        ("ModifyDBInstance", "ModifyDBInstance"),
        ("RegisterImageV2", "RegisterImageV2"),
        ("20150331", "20150331"),
    ] {
        assert_eq!(parse(json!({"eventName": name})).operation(), expected);
    }
}

#[test]
fn a_lookup_events_entry_is_its_record() {
    let entry = json!({"EventId": "e-1", "CloudTrailEvent": record(json!({})).to_string()});
    assert_eq!(Record::parse(&entry.to_string()).unwrap(), parse(json!({})));
}

#[test]
fn errors_name_the_field() {
    for (changes, expected) in [
        (json!({"eventTime": "yesterday"}), "`eventTime`"),
        (json!({"eventTime": null}), "`eventTime`"),
        (json!({"eventName": ""}), "`eventName`"),
        (json!({"eventSource": {}}), "`eventSource`"),
    ] {
        let error = Record::parse(&record(changes).to_string()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    for text in ["", "[]", "3", "{\"CloudTrailEvent\": \"{\"}"] {
        assert!(Record::parse(text).unwrap_err().to_string().contains("not a JSON object"), "{text}");
    }
}

/// One request in several spellings, and what it is read as.
fn check(requests: &[Value], service: &str, expected: Value) {
    for request in requests {
        let read = parse(json!({
            "eventName": "DoThing", "eventSource": format!("{service}.amazonaws.com"), "requestParameters": request,
        }));
        assert_eq!(read.request, expected, "{request}");
    }
}

#[test]
fn dialects_come_out_as_one_shape() {
    check(
        &[
            json!({"groupId": "sg-1", "groupSet": {"items": [{"groupId": "a"}, {"groupId": "b"}]}}),
            json!({"DoThingRequest": {"GroupId": "sg-1", "GroupSet": [{"tag": 1, "GroupId": "a"}, {"tag": 2, "GroupId": "b"}]}}),
            json!({"groupId": "sg-1", "groupSet": {"item": [{"groupId": "a"}, {"groupId": "b"}]}}),
        ],
        "ec2",
        json!({"GroupId": "sg-1", "Groups": [{"GroupId": "a"}, {"GroupId": "b"}]}),
    );
    check(
        &[json!({"routeSet": {}}), json!({"routeSet": ""}), json!({"DoThingRequest": {"RouteSet": ""}})],
        "ec2",
        json!({"Routes": []}),
    );
    // A tag of the user's is no element number.
    check(
        &[json!({"tag": {"key": "a"}, "content": "b"})],
        "ec2",
        json!({"Tag": {"Key": "a"}, "Content": "b"}),
    );
    // A policy and a map of the user's keep their spelling.
    check(
        &[json!({"bucketPolicy": {"version": 1}, "environment": {"variables": {"lower": "x"}}})],
        "s3",
        json!({"BucketPolicy": {"version": 1}, "Environment": {"Variables": {"lower": "x"}}}),
    );
}

#[test]
fn accessors_take_every_spelling_of_a_list_and_a_scalar() {
    let read = parse(json!({"requestParameters": {"AThing": {
        "one": "subnet-1", "many": ["subnet-1", "subnet-2"], "none": {}, "empty": "", "wrapped": {"items": [{"subnetId": "subnet-1"}]},
        "number": "42", "flag": "True", "valued": {"value": false},
    }}}));
    let fields = read.asked().at("AThing");
    for (path, expected) in [
        ("One", vec!["subnet-1"]),
        ("Ones", vec!["subnet-1"]),
        ("Many", vec!["subnet-1", "subnet-2"]),
        ("None", vec![]),
        ("Empty", vec![]),
        ("Missing", vec![]),
        ("Missing|Wrapped", vec!["subnet-1"]),
    ] {
        assert_eq!(fields.texts(path), expected, "{path}");
    }
    assert_eq!(
        (fields.number("Number"), fields.flag("Flag"), fields.flag("Valued")),
        (Some(42), Some(true), Some(false))
    );
    assert_eq!((fields.text("Empty"), fields.number("Flag"), fields.flag("One")), (None, None, None));
    assert!(fields.has("Many") && !fields.has("None") && !fields.has("Empty"));
}

/// Arbitrary JSON, with names that occur in records.
pub(crate) fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z0-9:/.-]{0,12}".prop_map(Value::from),
        prop::sample::select(vec!["sg-1", "rtb-1", "-1", "10.0.0.0/8", "subnet-1", "true", ""])
            .prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "items",
        "item",
        "tag",
        "content",
        "groupId",
        "GroupId",
        "ipPermissions",
        "routeTableId",
        "associationId",
        "securityGroupRuleIds",
        "SubnetId",
        "State",
        "options",
        "value",
        "Associations",
        "Routes",
        "_return",
        "",
        "VpcEndpointId",
        "AddSubnetId",
        "listeners",
        "Targets",
        "roleName",
        "policyName",
        "policyDocument",
        "policyArn",
        "keyId",
        "bucketName",
        "queueUrl",
        "statementId",
        "attributes",
        "policyId",
        "targetId",
        "policyVersion",
        "tags",
        "é",
    ]);
    leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = Record::parse(&text);
    }

    #[test]
    fn no_request_panics(request in json_value(), name in any::<String>()) {
        let read = Record::parse(&record(json!({"requestParameters": request, "eventName": name})).to_string());
        if let Ok(read) = read {
            let _ = read.operation();
            let _ = read.asked().texts("SubnetIds|GroupId");
        }
    }
}
