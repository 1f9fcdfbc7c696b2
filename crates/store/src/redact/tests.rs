//! What is redacted, what is not, and that nothing else changes.

use super::{Observation, Redactor};
use crate::key::InstallationKey;
use butfor_incident::Timestamp;

fn redactor() -> Redactor {
    Redactor::new(InstallationKey::of(7))
}

fn observation(service: &str, operation: &str, output: &str) -> Observation {
    Observation {
        at: Timestamp::from_seconds(0),
        account: "111111111111".to_owned(),
        region: "eu-west-1".to_owned(),
        service: service.to_owned(),
        operation: operation.to_owned(),
        parameters: "{}".to_owned(),
        output: output.to_owned(),
    }
}

fn redacted(service: &str, operation: &str, output: &str) -> String {
    redactor().redact(observation(service, operation, output)).unwrap().output.clone()
}

/// The secret goes, and everything of `kept` stays; doing it again changes nothing.
fn check(service: &str, operation: &str, output: &str, secret: &str, kept: &[&str]) {
    let text = redacted(service, operation, output);
    assert!(!text.contains(secret), "{operation}: {text}");
    assert!(text.contains("redacted:"), "{operation}: {text}");
    for name in kept {
        assert!(text.contains(name), "{operation}: `{name}` is gone: {text}");
    }
    assert_eq!(redacted(service, operation, &text), text, "{operation}: not the same the second time");
}

#[test]
#[rustfmt::skip]
fn values_of_variables_go_and_their_names_stay() {
    check("lambda", "GetFunctionConfiguration", r#"{"FunctionName":"f","Environment":{"Variables":{"DB_HOST":"hunter2"}}}"#, "hunter2", &["DB_HOST", r#""FunctionName":"f""#]);
    check("configservice", "GetResourceConfigHistory", r#"{"configurationItems":[{"configuration":"{\"functionName\":\"f\",\"environment\":{\"variables\":{\"DB_HOST\":\"hunter2\"}}}"}]}"#, "hunter2", &["DB_HOST", "functionName"]);
    check("ecs", "DescribeTaskDefinition", r#"{"taskDefinition":{"containerDefinitions":[{"name":"web","environment":[{"name":"URL","value":"hunter2"}]}]}}"#, "hunter2", &["URL", "web"]);
    check("ecs", "DescribeTaskDefinition", r#"{"taskDefinition":{"containerDefinitions":[{"secrets":[{"name":"A","valueFrom":"hunter2"},{"name":"B","valueFrom":"arn:aws:secretsmanager:eu-west-1:1:secret:x-AbCdEf"}]}]}}"#, "hunter2", &["arn:aws:secretsmanager:eu-west-1:1:secret:x-AbCdEf"]);
    check("codebuild", "BatchGetProjects", r#"{"projects":[{"environment":{"environmentVariables":[{"name":"N","value":"hunter2","type":"PLAINTEXT"},{"name":"M","value":"/path","type":"PARAMETER_STORE"}]}}]}"#, "hunter2", &["/path", "\"N\""]);
    check("elasticbeanstalk", "DescribeConfigurationSettings", r#"{"ConfigurationSettings":[{"OptionSettings":[{"Namespace":"aws:elasticbeanstalk:application:environment","OptionName":"X","Value":"hunter2"},{"Namespace":"aws:rds:dbinstance","OptionName":"DBPassword","Value":"hunter2"},{"Namespace":"aws:ec2:vpc","OptionName":"VPCId","Value":"vpc-1"}]}]}"#, "hunter2", &["vpc-1", "DBPassword"]);
    check("ec2", "DescribeInstanceAttribute", r#"{"InstanceId":"i-1","UserData":{"Value":"aHVudGVyMg=="}}"#, "aHVudGVyMg", &["i-1"]);
    check("ec2", "DescribeLaunchTemplateVersions", r#"{"LaunchTemplateVersions":[{"LaunchTemplateData":{"ImageId":"ami-1","UserData":"aHVudGVyMg=="}}]}"#, "aHVudGVyMg", &["ami-1"]);
    check("sagemaker", "DescribeModel", r#"{"PrimaryContainer":{"Environment":{"K":"hunter2"}}}"#, "hunter2", &["\"K\""]);
}

#[test]
#[rustfmt::skip]
fn parameters_outputs_and_passwords_go() {
    check("cloudformation", "DescribeStacks", r#"{"Stacks":[{"Outputs":[{"OutputKey":"DbPassword","OutputValue":"hunter2"},{"OutputKey":"Url","OutputValue":"https://x"}]}]}"#, "hunter2", &["https://x", "DbPassword"]);
    check("cloudformation", "GetTemplateSummary", r#"{"Parameters":[{"ParameterKey":"P","DefaultValue":"hunter2","NoEcho":true}]}"#, "hunter2", &["\"P\""]);
    check("cloudformation", "GetTemplate", r#"{"TemplateBody":{"Parameters":{"P":{"Type":"String","NoEcho":"true","Default":"hunter2"}}}}"#, "hunter2", &["\"P\""]);
    check("cloudformation", "GetTemplate", r#"{"TemplateBody":"{\"Parameters\":{\"P\":{\"NoEcho\":true,\"Default\":\"hunter2\"}}}"}"#, "hunter2", &["NoEcho"]);
    check("cloudformation", "GetTemplate", r#"{"TemplateBody":"Parameters:\n  P:\n    Default: hunter2\n    NoEcho: true\n  Q:\n    Default: open\n"}"#, "hunter2", &["Default: open"]);
    check("cloudformation", "GetTemplate", r#"{"TemplateBody":"Parameters:\n  P:\n    NoEcho: true\n    Default: hunter2"}"#, "hunter2", &["NoEcho"]);
    check("rds", "DescribeDBInstances", r#"{"DBInstances":[{"DBInstanceIdentifier":"d","PendingModifiedValues":{"MasterUserPassword":"hunter2"},"MasterUserSecret":{"SecretArn":"arn:aws:secretsmanager:x"}}]}"#, "hunter2", &["arn:aws:secretsmanager:x"]);
    check("ssm", "GetParameter", r#"{"Parameter":{"Name":"/a/b","Type":"SecureString","Value":"hunter2"}}"#, "hunter2", &["/a/b"]);
    check("ec2", "DescribeVpnConnections", r#"{"VpnConnections":[{"CustomerGatewayConfiguration":"<psk>hunter2</psk>","Options":{"TunnelOptions":[{"PreSharedKey":"hunter2"}]}}]}"#, "hunter2", &["TunnelOptions"]);
    check("sts", "AssumeRole", r#"{"Credentials":{"AccessKeyId":"ASIAABCDEFGHIJKLMNOP","SecretAccessKey":"hunter2","SessionToken":"hunter2"}}"#, "hunter2", &["SessionToken"]);
}

#[test]
#[rustfmt::skip]
fn secrets_are_known_by_their_looks_in_any_text() {
    let text = |text: &str, secret: &str, kept: &[&str]| {
        check("x", "GetY", &format!(r#"{{"Description":{}}}"#, serde_json::to_string(text).unwrap()), secret, kept);
    };
    text("jdbc:mysql://app:hunter2@db.local:3306/x", "hunter2", &["jdbc:mysql://app:", "@db.local:3306/x"]);
    text("Server=db;User Id=app;Password=hunter2;Encrypt=true", "hunter2", &["Server=db;User Id=app;", ";Encrypt=true"]);
    text("key AKIAABCDEFGHIJKLMNOP used", "AKIAABCDEFGHIJKLMNOP", &["key redacted:", " used"]);
    text("k wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKE1 z", "wJalrXUtnFEMI", &["k redacted:", " z"]);
    text("a eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl b", "eyJhbG", &["a redacted:", " b"]);
    text("x\n-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----\ny", "MIIEow", &["x\\nredacted:", "\\ny"]);
    text("https://b.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-Signature=feedbeef&v=1", "feedbeef", &["X-Amz-Date=1", "v=1"]);
    text("curl -H 'Authorization: Bearer abcdefghijklmnop'", "abcdefghijklmnop", &["Bearer redacted:"]);
    text("git clone with ghp_abcdefghijklmnopqrstuvwxyz0123456789", "ghp_abc", &["git clone with redacted:"]);
    text(r#"{"Statement":[],"password":"hunter2"}"#, "hunter2", &["Statement"]);
}

#[test]
#[rustfmt::skip]
fn what_is_no_secret_stays() {
    for output in [
        r#"{"Policy":"{\"Statement\": [{\"Action\":\"secretsmanager:GetSecretValue\",\"Resource\":\"arn:aws:secretsmanager:eu-west-1:1:secret:prod/db-AbCdEf\"}]}"}"#,
        r#"{"MetadataOptions":{"HttpTokens":"required"},"NextToken":"abc","ManageMasterUserPassword":true}"#,
        r#"{"Parameters":[{"ParameterName":"password_encryption","ParameterValue":"scram-sha-256"}]}"#,
        r#"{"LoadBalancerArn":"arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/web/50dc6c495c0c9188"}"#,
        r#"{"CodeSha":"da39a3ee5e6b4b0d3255bfef95601890afd80709","Empty":{"Environment":{"Variables":{"A":""}}}}"#,
        r#"{"Password":"{{resolve:secretsmanager:x}}","Url":"https://example.com:8443/a@b"}"#,
        r#"{"Tags":[{"Key":"Name","Value":"token-service"}]}"#,
    ] {
        let text = redacted("x", "GetY", output);
        if output.contains("resolve") {
            // The member's name decides there: what it is called is hidden, even a reference.
            assert!(text.contains("https://example.com:8443/a@b"), "{text}");
            continue;
        }
        assert_eq!(crate::json::Node::parse(&text), crate::json::Node::parse(output));
    }
}

#[test]
fn equal_values_look_equal_and_other_installations_see_others() {
    let text = |key, value: &str| {
        Redactor::new(InstallationKey::of(key))
            .redact(observation(
                "lambda",
                "X",
                &format!(r#"{{"Environment":{{"Variables":{{"A":"{value}"}}}}}}"#),
            ))
            .unwrap()
            .output
            .clone()
    };
    assert_eq!(text(1, "one"), text(1, "one"));
    assert_ne!(text(1, "one"), text(1, "two"));
    assert_ne!(text(1, "one"), text(2, "one"));
}

#[test]
fn noise_goes_and_lists_without_order_are_sorted() {
    assert_eq!(
        redacted(
            "rds",
            "DescribeDBInstances",
            r#"{"ResponseMetadata":{"RequestId":"r"},"DBInstances":[{"Id":"b","LatestRestorableTime":"now"},{"Id":"a"}]}"#
        ),
        r#"{"DBInstances":[{"Id":"a"},{"Id":"b"}]}"#
    );
    let layers = r#"{"Layers":[{"Arn":"b"},{"Arn":"a"}]}"#;
    assert_eq!(redacted("lambda", "GetFunctionConfiguration", layers), layers);
}

#[test]
fn what_is_not_json_is_refused_with_the_operation() {
    let error = redactor().redact(observation("ec2", "DescribeVpcs", "{")).unwrap_err();
    assert!(error.to_string().starts_with("the output of ec2 DescribeVpcs is not JSON"), "{error}");
}

/// Pieces secrets and their surroundings are made of.
const PIECES: [&str; 24] = [
    "password=",
    "token=",
    "://a:",
    "@",
    "AKIAABCDEFGHIJKLMNOP",
    "eyJhbGciOiJI.eyJzdWIi.c2ln",
    ":",
    "/",
    " ",
    "\n",
    "Default:",
    "NoEcho: true",
    "  P:",
    "redacted:",
    "0123abcd",
    "-----BEGIN PEM-----",
    "-----END PEM-----",
    "\"",
    "{",
    "}",
    "wJalrXUtnFEMI7K7MDENG1bPxRfiCYEXAMPLEKE1",
    "Bearer ",
    "é",
    "X-Amz-Signature=",
];

proptest::proptest! {
    #[test]
    fn redacting_twice_is_redacting_once(pieces in proptest::collection::vec(0..PIECES.len(), 0..12)) {
        let text: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
        let once = redactor().text(&text).into_inner();
        proptest::prop_assert_eq!(redactor().text(&once).into_inner(), once.clone());
    }
}
