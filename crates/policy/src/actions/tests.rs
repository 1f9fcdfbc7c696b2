//! Look-ups whose answers AWS's Service Authorization Reference gives.

use super::*;

#[track_caller]
fn get(name: &str) -> Action {
    action(name).unwrap_or_else(|| panic!("{name}"))
}

#[test]
fn every_line_can_be_read() {
    assert_eq!(version(), "0.21.202609261");
    assert_eq!(SERVICES.len(), 456);
    assert!(SERVICES.is_sorted_by(|one, other| one.name < other.name));
    let (mut actions, mut wildcard_only) = (0, 0);
    for service in SERVICES.iter() {
        let (keys, types) = (service.rows("k").count(), service.rows("t").count());
        assert!(service.rows("k").all(|row| Key::read(row).is_some()), "{}", service.name);
        for row in service.rows("a") {
            let words: Vec<&'static str> = row.split(' ').collect();
            assert!(numbers(words[0]).all(|number| number < types), "{row}");
            assert!(numbers(words[1]).all(|number| number < keys), "{row}");
            actions += words.len() - 2;
            wildcard_only += if words[0] == "-" { words.len() - 2 } else { 0 };
        }
    }
    assert_eq!((actions, wildcard_only), (22_091, 6_724));
    assert_eq!(rcp_services().count(), 62);
    assert_eq!(global_keys().count(), 59);
}

#[test]
fn resource_types() {
    let names = |action: &str| get(action).resource_types().iter().map(|one| one.name).collect::<Vec<_>>();
    assert_eq!(names("s3:ListBucket"), ["accesspoint", "bucket"]);
    assert_eq!(names("s3:GetObject"), ["accesspointobject", "object"]);
    assert_eq!(names("dynamodb:Query"), ["index", "table"]);
    assert_eq!(names("s3:ListAllMyBuckets"), [""; 0]);
    assert!(get("s3:ListAllMyBuckets").is_wildcard_only());
    assert!(get("ec2:DescribeInstances").is_wildcard_only());
    assert!(get("sts:GetCallerIdentity").is_wildcard_only());
    assert!(!get("lambda:InvokeFunction").is_wildcard_only());
    assert_eq!(get("S3:getobject").name(), ("s3", "GetObject"));
    assert!(action("s3:GetObjects").is_none() && action("s3").is_none() && action("").is_none());
    assert!(action("nosuch:Thing").is_none() && action("s3:").is_none());
}

#[test]
fn resources() {
    let check = |expected: bool, action: &str, arn: &str| {
        assert_eq!(resource_matches(action, arn), expected, "{action} {arn}")
    };
    check(true, "s3:ListBucket", "arn:aws:s3:::uploads");
    check(false, "s3:ListBucket", "arn:aws:s3:::uploads/*");
    check(true, "s3:GetObject", "arn:aws:s3:::uploads/a/b c.txt");
    check(false, "s3:GetObject", "arn:aws:s3:::uploads");
    check(true, "s3:ListAllMyBuckets", "*");
    check(false, "s3:ListAllMyBuckets", "arn:aws:s3:::uploads");
    check(true, "iam:PassRole", "arn:aws:iam::111122223333:role/service/app");
    check(true, "dynamodb:Query", "arn:aws:dynamodb:us-east-1:111122223333:table/t");
    check(true, "dynamodb:Query", "arn:aws:dynamodb:us-east-1:111122223333:table/t/index/i");
    check(false, "dynamodb:PutItem", "arn:aws:dynamodb:us-east-1:111122223333:table/t/index/i");
    check(true, "lambda:InvokeFunction", "arn:aws:lambda:us-east-1:111122223333:function:f");
    check(true, "lambda:InvokeFunction", "arn:aws:lambda:us-east-1:111122223333:function:f:PROD");
    check(true, "ssm:GetParameter", "arn:aws:ssm:us-east-1:111122223333:parameter/app/db/password");
    check(true, "kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:key/1-2");
    check(false, "kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:alias/a");
    check(true, "sns:Publish", "arn:aws-cn:sns:cn-north-1:111122223333:t");
    check(false, "sns:Publish", "");
    check(false, "sns:Publish", "*");
    check(false, "nosuch:Thing", "*");
}

#[test]
fn keys() {
    let action = get("s3:ListBucket");
    for key in [
        "s3:prefix",
        "S3:PREFIX",
        "aws:SourceVpce",
        "aws:PrincipalTag/team",
        "aws:ResourceTag/a",
        "s3:BucketTag/x",
    ] {
        assert!(action.accepts_key(key), "{key}");
    }
    for key in
        ["s3:x-amz-acl", "s3:ExistingObjectTag/a", "s3:BucketTag/", "dynamodb:LeadingKeys", "prefix", ""]
    {
        assert!(!action.accepts_key(key), "{key}");
    }
    assert!(get("s3:GetObject").accepts_key("s3:ExistingObjectTag/team"));
    assert!(get("dynamodb:Query").accepts_key("dynamodb:LeadingKeys"));
    assert!(get("s3:ListBucket").condition_keys().iter().any(|key| key.name == "s3:prefix"));
}

#[test]
fn types_of_keys() {
    let check = |name: &str, expected: Option<(KeyType, bool)>| {
        assert_eq!(key_type(name).zip(is_multivalued(name)), expected, "{name}");
    };
    check("aws:SourceIp", Some((KeyType::IpAddress, false)));
    check("aws:sourceip", Some((KeyType::IpAddress, false)));
    check("aws:PrincipalArn", Some((KeyType::Arn, false)));
    check("aws:TagKeys", Some((KeyType::String, true)));
    check("aws:PrincipalOrgPaths", Some((KeyType::String, true)));
    check("aws:CalledVia", Some((KeyType::String, true)));
    check("aws:PrincipalTag/team", Some((KeyType::String, false)));
    check("aws:MultiFactorAuthPresent", Some((KeyType::Bool, false)));
    check("aws:CurrentTime", Some((KeyType::Date, false)));
    check("dynamodb:LeadingKeys", Some((KeyType::String, true)));
    check("s3:max-keys", Some((KeyType::Numeric, false)));
    check("aws:NoSuchKey", None);
    check("nosuch:key", None);
    check("", None);
}

#[test]
fn services_of_resource_control_policies() {
    let has = |name: &str| rcp_services().any(|service| service == name);
    assert!(has("s3") && has("sts") && has("kms") && has("sqs") && has("secretsmanager") && has("dynamodb"));
    assert!(!has("ec2") && !has("lambda") && !has("iam"));
}
