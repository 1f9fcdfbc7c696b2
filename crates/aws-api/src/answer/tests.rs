use super::*;
use crate::model;
use proptest::prelude::*;
use serde_json::json;

fn read(service: &str, operation: &str, raw: &Raw) -> Result<Value, Problem> {
    let service = model::service(service).unwrap();
    output(service, &service.operations[operation], raw)
}

fn body(service: &str, operation: &str, body: &str) -> Value {
    read(service, operation, &raw(200, &[], body)).unwrap()
}

fn raw(status: u16, headers: &[(&str, &str)], body: &str) -> Raw {
    Raw {
        status,
        headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        body: body.into(),
    }
}

#[test]
fn ec2_is_read() {
    let xml = r#"<?xml version="1.0" encoding="UTF-8"?>
<DescribeSubnetsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>1</requestId>
  <subnetSet><item><subnetId>subnet-1</subnetId><availableIpAddressCount>251</availableIpAddressCount>
    <defaultForAz>false</defaultForAz><ipv6CidrBlockAssociationSet/>
    <tagSet><item><key>Name</key><value>a &amp; b &#x2014; <![CDATA[<c>]]></value></item><item><key>empty</key><value/></item></tagSet>
    <unknownThing>x</unknownThing></item></subnetSet>
</DescribeSubnetsResponse>"#;
    assert_eq!(
        body("ec2", "DescribeSubnets", xml),
        json!({"Subnets": [{
            "SubnetId": "subnet-1", "AvailableIpAddressCount": 251, "DefaultForAz": false, "Ipv6CidrBlockAssociationSet": [],
            "Tags": [{"Key": "Name", "Value": "a & b — <c>"}, {"Key": "empty", "Value": ""}],
        }]})
    );
}

#[test]
fn query_is_read_out_of_its_wrapper() {
    let xml = "<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance>\
        <DBInstanceIdentifier>shop</DBInstanceIdentifier><InstanceCreateTime>2026-05-02T13:31:05.500Z</InstanceCreateTime>\
        <VpcSecurityGroups><VpcSecurityGroupMembership><Status>active</Status></VpcSecurityGroupMembership></VpcSecurityGroups>\
        </DBInstance></DBInstances></DescribeDBInstancesResult><ResponseMetadata/></DescribeDBInstancesResponse>";
    assert_eq!(
        body("rds", "DescribeDBInstances", xml),
        json!({"DBInstances": [{
            "DBInstanceIdentifier": "shop", "InstanceCreateTime": "2026-05-02T13:31:05.500Z",
            "VpcSecurityGroups": [{"Status": "active"}],
        }]})
    );
    assert!(read("rds", "DescribeDBInstances", &raw(200, &[], "<DescribeDBInstancesResponse/>")).is_err());
    let maps = "<R><GetTopicAttributesResult><Attributes><entry><key>Owner</key><value>1</value></entry></Attributes>\
        </GetTopicAttributesResult></R>";
    assert_eq!(body("sns", "GetTopicAttributes", maps), json!({"Attributes": {"Owner": "1"}}));
}

#[test]
fn policies_become_json() {
    let xml = "<R><GetRolePolicyResult><RoleName>r</RoleName><PolicyName>p</PolicyName>\
        <PolicyDocument>%7B%22Version%22%3A%20%222012-10-17%22%7D</PolicyDocument></GetRolePolicyResult></R>";
    assert_eq!(
        body("iam", "GetRolePolicy", xml),
        json!({"RoleName": "r", "PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17"}})
    );
    let template = |text: &str| {
        body(
            "cloudformation",
            "GetTemplate",
            &format!("<R><GetTemplateResult><TemplateBody>{text}</TemplateBody></GetTemplateResult></R>"),
        )
    };
    assert_eq!(template("{\"Resources\": {}}"), json!({"TemplateBody": {"Resources": {}}}));
    assert_eq!(template("Resources: {}"), json!({"TemplateBody": "Resources: {}"}));
}

#[test]
fn json_is_read_by_its_shape() {
    let text = r#"{"Events": [{"EventId": "1", "EventTime": 1777728665.25, "Resources": [], "Username": null, "New": 1}], "NextToken": "t"}"#;
    assert_eq!(
        body("cloudtrail", "LookupEvents", text),
        json!({"Events": [{"EventId": "1", "EventTime": "2026-05-02T13:31:05.250Z", "Resources": []}], "NextToken": "t"})
    );
    assert_eq!(body("cloudtrail", "LookupEvents", ""), json!({}));
    assert!(read("cloudtrail", "LookupEvents", &raw(200, &[], "[]")).is_err());
    assert!(read("cloudtrail", "LookupEvents", &raw(200, &[], "{\"Events\": [")).is_err());
    // Names on the wire are not always those of the model.
    assert_eq!(
        body("apigatewayv2", "GetApis", r#"{"items": [{"apiId": "a"}]}"#),
        json!({"Items": [{"ApiId": "a"}]})
    );
    // Recursive, and of unknown depth.
    let deep = format!("{}{}", r#"{"Table": {"x": "#.repeat(60), "}}".repeat(60)).replace(": }", ": 1}");
    assert!(read("dynamodb", "DescribeTable", &raw(200, &[], &deep)).is_ok());
}

#[test]
fn rest_reads_headers_bodies_and_payloads() {
    let headers = [
        ("content-length", "5"),
        ("last-modified", "Sat, 02 May 2026 13:31:05 GMT"),
        ("x-amz-meta-who", "me"),
        ("ETag", "\"e\""),
    ];
    assert_eq!(
        read("s3", "HeadObject", &raw(200, &headers, "")).unwrap(),
        json!({"ContentLength": 5, "LastModified": "2026-05-02T13:31:05Z", "Metadata": {"who": "me"}, "ETag": "\"e\""})
    );
    let list = "<ListBucketResult><Name>b</Name><Contents><Key>a</Key><Size>1</Size></Contents><Contents><Key>c</Key></Contents>\
        <IsTruncated>false</IsTruncated></ListBucketResult>";
    assert_eq!(
        body("s3", "ListObjectsV2", list),
        json!({"Name": "b", "Contents": [{"Key": "a", "Size": 1}, {"Key": "c"}], "IsTruncated": false})
    );
    let acl = r#"<AccessControlPolicy><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
        xsi:type="CanonicalUser"><ID>1</ID></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>"#;
    assert_eq!(
        body("s3", "GetBucketAcl", acl),
        json!({"Grants": [{"Grantee": {"ID": "1", "Type": "CanonicalUser"}, "Permission": "READ"}]})
    );
    assert_eq!(body("s3", "GetBucketPolicy", "{\"Id\": \"x\"}"), json!({"Policy": "{\"Id\": \"x\"}"}));
    let location = r#"<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-west-1</LocationConstraint>"#;
    assert_eq!(body("s3", "GetBucketLocation", location), json!({"LocationConstraint": "eu-west-1"}));
    assert_eq!(body("s3", "GetBucketLocation", "<LocationConstraint/>"), json!({"LocationConstraint": null}));
}

#[test]
fn secrets_are_passed_over() {
    let xml = "<R><vpnConnectionSet><item><vpnConnectionId>v</vpnConnectionId><customerGatewayConfiguration>secret\
        </customerGatewayConfiguration><options><tunnelOptionSet><item><outsideIpAddress>1</outsideIpAddress><preSharedKey>secret\
        </preSharedKey></item></tunnelOptionSet></options></item></vpnConnectionSet></R>";
    let found = body("ec2", "DescribeVpnConnections", xml);
    assert_eq!(found["VpnConnections"][0]["Options"]["TunnelOptions"][0]["OutsideIpAddress"], "1");
    assert!(!found.to_string().contains("secret"));
    let function = r#"{"Configuration": {"FunctionName": "f"}, "Code": {"RepositoryType": "S3", "Location": "https://secret"}}"#;
    assert!(!body("lambda", "GetFunction", function).to_string().contains("secret"));
}

#[test]
fn errors_are_read_in_every_protocol() {
    let told = |service: &str, raw: &Raw| {
        let found = failure(model::service(service).unwrap(), raw);
        (found.code, found.message, found.region)
    };
    let ec2 = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You may not.</Message></Error></Errors></Response>";
    assert_eq!(
        told("ec2", &raw(403, &[], ec2)),
        ("UnauthorizedOperation".into(), "You may not.".into(), None)
    );
    let query = "<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>m</Message></Error></ErrorResponse>";
    assert_eq!(told("iam", &raw(404, &[], query)).0, "NoSuchEntity");
    let s3 = "<Error><Code>PermanentRedirect</Code><Message>m</Message><Region>eu-west-1</Region></Error>";
    assert_eq!(told("s3", &raw(301, &[], s3)).2.as_deref(), Some("eu-west-1"));
    assert_eq!(
        told("s3", &raw(404, &[("x-amz-bucket-region", "eu-west-1")], "")),
        ("404".into(), String::new(), Some("eu-west-1".into()))
    );
    let json = r#"{"__type": "com.amazonaws.x#ResourceNotFoundException", "message": "m"}"#;
    assert_eq!(
        told("dynamodb", &raw(400, &[], json)),
        ("ResourceNotFoundException".into(), "m".into(), None)
    );
    let header = [("x-amzn-errortype", "AccessDeniedException:http://internal.amazon.com/x")];
    assert_eq!(
        told("lambda", &raw(403, &header, r#"{"Message": "m"}"#)),
        ("AccessDeniedException".into(), "m".into(), None)
    );
    let old = [("x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender")];
    assert_eq!(told("sqs", &raw(400, &old, json)).0, "AWS.SimpleQueueService.NonExistentQueue");
    assert_eq!(told("lambda", &raw(502, &[], "<html>Bad gateway</html>")).0, "502");
}

#[test]
fn what_is_nested_too_deeply_is_refused() {
    let xml = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert!(read("ec2", "DescribeVpcs", &raw(200, &[], &xml)).unwrap_err().contains("deep"));
    let json = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(read("cloudtrail", "LookupEvents", &raw(200, &[], &json)).is_err());
}

#[test]
fn broken_xml_is_refused() {
    for xml in ["", "x", "<a>", "<a></b>", "</a>", "<a>&nope;</a>", "<a b></a>", "<a b='&nope;'/>", "\u{0}"] {
        let found = read("ec2", "DescribeVpcs", &raw(200, &[], xml));
        assert!(found.is_err() || found == Ok(json!({})), "{xml}: {found:?}");
    }
}

/// One operation of each protocol.
const EACH: [(&str, &str); 6] = [
    ("ec2", "DescribeInstances"),
    ("rds", "DescribeDBInstances"),
    ("dynamodb", "DescribeTable"),
    ("lambda", "GetFunction"),
    ("s3", "ListObjectsV2"),
    ("s3", "GetBucketAcl"),
];

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), status in 200_u16..600) {
        for (service, operation) in EACH {
            let raw = Raw { status, headers: vec![], body: bytes.clone() };
            let _ = read(service, operation, &raw);
            let _ = failure(model::service(service).unwrap(), &raw);
        }
    }

    #[test]
    fn anything_like_xml_or_json_is_read_without_panic(
        text in r#"([<>/&;"'={}\[\]:, a-z0-9#x-]|<reservationSet>|<item>|</item>|<Contents>|&amp;|"Table":|\{\}|<!\[CDATA\[|\]\]>){0,60}"#,
        header in "[ -~]{0,20}",
    ) {
        for (service, operation) in EACH {
            let raw = raw(200, &[("content-length", &header), ("last-modified", &header), ("x-amzn-errortype", &header)], &text);
            let _ = read(service, operation, &raw);
            let _ = read("s3", "HeadObject", &raw);
            let _ = failure(model::service(service).unwrap(), &raw);
        }
    }
}
