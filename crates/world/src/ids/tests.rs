use super::{IdIndex, Subject};
use crate::cloudtrail::Record;
use butfor_incident::Timestamp;
use serde_json::{Value, json};

fn record(at: &str, name: &str, request: Value, response: Value) -> Record {
    let record = json!({
        "eventTime": at, "eventID": "e", "eventName": name, "eventSource": "ec2.amazonaws.com",
        "awsRegion": "us-east-1", "recipientAccountId": "111122223333", "readOnly": false,
        "requestParameters": request, "responseElements": response,
    });
    Record::parse(&record.to_string()).unwrap()
}

fn rule(cidr: &str) -> Value {
    json!({
        "SecurityGroupRuleId": "sgr-1", "GroupId": "sg-1", "IsEgress": false, "IpProtocol": "tcp",
        "FromPort": 80, "ToPort": 80, "CidrIpv4": cidr,
    })
}

fn modified(at: &str, cidr: &str) -> Record {
    let new = json!({"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIpv4": cidr});
    let request = json!({"ModifySecurityGroupRulesRequest": {
        "GroupId": "sg-1", "SecurityGroupRule": {"tag": 1, "SecurityGroupRuleId": "sgr-1", "SecurityGroupRule": new},
    }});
    record(at, "ModifySecurityGroupRules", request, Value::Null)
}

fn check(ids: &IdIndex, at: &str, expected: Option<&str>) {
    let found = ids.group_rule("sgr-1", Timestamp::parse(at).unwrap());
    let cidr = found.map(|rule| rule.permission["IpRanges"][0]["CidrIp"].as_str().unwrap());
    assert_eq!(cidr, expected, "at {at}");
}

#[test]
fn a_rule_is_what_it_was_at_the_moment() {
    let mut ids = IdIndex::default();
    ids.learn_document(
        "AWS::EC2::SecurityGroup",
        "sg-1",
        &json!({"SecurityGroupRules": [rule("10.0.0.0/8")]}),
    );
    check(&ids, "2026-05-02T10:00:00Z", Some("10.0.0.0/8"));
    ids.learn_record(&modified("2026-05-02T12:00:00Z", "10.1.0.0/16"));
    ids.learn_record(&modified("2026-05-02T13:00:00Z", "10.2.0.0/16"));
    check(&ids, "2026-05-02T12:00:00Z", Some("10.0.0.0/8"));
    check(&ids, "2026-05-02T12:30:00Z", Some("10.1.0.0/16"));
    check(&ids, "2026-05-02T14:00:00Z", Some("10.2.0.0/16"));
    // A second observation that fits no known change: which of the two it was before is not certain.
    ids.learn_document("AWS::EC2::SecurityGroup", "sg-1", &json!([rule("172.16.0.0/12")]));
    check(&ids, "2026-05-02T11:00:00Z", None);
    check(&ids, "2026-05-02T14:00:00Z", Some("10.2.0.0/16"));
}

#[test]
fn an_observation_after_a_change_does_not_tell_what_was_before() {
    let mut ids = IdIndex::default();
    ids.learn_document("AWS::EC2::SecurityGroup", "sg-1", &rule("10.1.0.0/16"));
    ids.learn_record(&modified("2026-05-02T12:00:00Z", "10.1.0.0/16"));
    check(&ids, "2026-05-02T11:00:00Z", None);
    assert_eq!(ids.group_rule_place("sgr-1"), Some(("sg-1", false)));
}

#[test]
fn a_replaced_association_keeps_its_subject_in_both_directions() {
    let replaced = |old: &str, new: &str, table: &str| {
        let request = json!({"associationId": old, "routeTableId": table});
        record(
            "2026-05-02T12:00:00Z",
            "ReplaceRouteTableAssociation",
            request,
            json!({"newAssociationId": new}),
        )
    };
    let mut ids = IdIndex::default();
    ids.learn_record(&replaced("rtbassoc-1", "rtbassoc-2", "rtb-2"));
    ids.learn_record(&replaced("rtbassoc-2", "rtbassoc-3", "rtb-3"));
    assert_eq!(ids.route_table_association("rtbassoc-2").container.as_deref(), Some("rtb-2"));
    assert_eq!(ids.route_table_association("rtbassoc-2").subject, None);
    let document = json!({"Associations": [{"RouteTableAssociationId": "rtbassoc-3", "Main": false, "SubnetId": "subnet-1"}]});
    ids.learn_document("AWS::EC2::RouteTable", "rtb-3", &document);
    for id in ["rtbassoc-1", "rtbassoc-2", "rtbassoc-3"] {
        assert_eq!(
            ids.route_table_association(id).subject,
            Some(Subject::Subnet("subnet-1".to_owned())),
            "{id}"
        );
    }
    assert_eq!(ids.route_table_association("rtbassoc-1").container, None, "the first table was never named");
}

#[test]
fn a_failed_call_teaches_nothing() {
    let mut failed = record(
        "2026-05-02T12:00:00Z",
        "AssociateRouteTable",
        json!({"routeTableId": "rtb-1", "subnetId": "subnet-1"}),
        json!({"associationId": "rtbassoc-1"}),
    );
    failed.error = Some("Client.UnauthorizedOperation".to_owned());
    let mut ids = IdIndex::default();
    ids.learn_record(&failed);
    assert_eq!(ids.route_table_association("rtbassoc-1").subject, None);
}

#[test]
fn a_name_two_resources_have_tells_nothing() {
    let mut ids = IdIndex::default();
    let kind = "AWS::EC2::SecurityGroup";
    ids.learn_document(kind, "sg-1", &json!({"GroupName": "default"}));
    assert_eq!(ids.named(kind, "default"), Some("sg-1"));
    ids.learn_document(kind, "sg-2", &json!({"GroupName": "default"}));
    ids.learn_document(kind, "sg-1", &json!({"GroupName": "default"}));
    assert_eq!(ids.named(kind, "default"), None);
}
