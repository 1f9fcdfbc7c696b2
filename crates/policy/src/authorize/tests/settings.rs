//! Resources, variables and conditions in whole requests: the traps of naive evaluators.

use super::*;

fn condition(setting: Setting, words: &str, condition: &str) -> Setting {
    setting.with(Layer::Identity, words, &format!(r#""Condition": {condition}"#))
}

#[test]
fn all_buckets_are_any_resource_of_s3() {
    let list = Setting::new(USER, "s3:ListAllMyBuckets", "*");
    list.clone().identity("Allow s3:* arn:aws:s3:::*").allowed();
    list.clone().identity("Allow s3:* arn:aws:s3:::b*").implicit(&["identity"]);
    list.identity("Allow s3:* *").identity("Deny s3:ListAllMyBuckets arn:aws:s3:::*").explicit(&["identity"]);
    let describe = Setting::new(USER, "ec2:DescribeVpcs", "arn:aws:ec2:r:111111111111:vpc/v")
        .request(Request::on_any_resource);
    describe.clone().identity("Allow ec2:* arn:aws:ec2:r:111111111111:vpc/v").implicit(&["identity"]);
    describe.identity("Allow ec2:* *").allowed();
}

#[test]
fn buckets_and_objects_are_different_resources() {
    Setting::object(USER).identity("Allow s3:GetObject arn:aws:s3:::b").implicit(&["identity"]);
    let list = Setting::new(USER, "s3:ListBucket", "arn:aws:s3:::b").owner("111111111111");
    list.clone().identity("Allow s3:ListBucket arn:aws:s3:::b/*").implicit(&["identity"]);
    list.identity("Allow s3:ListBucket arn:aws:s3:::b").allowed();
}

#[test]
fn short_arns_are_completed_in_identity_policies_only() {
    let queue = Setting::new(USER, "sqs:SendMessage", "arn:aws:sqs:us-east-1:111111111111:q");
    queue.clone().identity("Allow sqs:* arn:aws:sqs").allowed();
    queue.clone().identity("Allow sqs:* arn:aws:sqs:us-east-1").allowed();
    queue.clone().identity("Allow sqs:* arn:aws:sqs:eu-west-1").implicit(&["identity"]);
    queue.clone().identity("Allow * *").with(Layer::Boundary, "Allow sqs:* arn:aws:sqs", "").allowed();
    queue.clone().resource("Allow sqs:* arn:aws:sqs", r#""*""#).implicit(&["identity"]);
    queue.identity("Allow * *").with(Layer::ServiceControl, "Allow sqs:* arn:aws:sqs", "").implicit(&["scp"]);
}

#[test]
fn variables_in_resources() {
    let home = |version: &str, resource: &str| {
        let text = format!(
            r#"{{{version}"Statement": {{"Effect": "Allow", "Action": "s3:*", "Resource": "{resource}"}}}}"#
        );
        Setting::new(USER, "s3:GetObject", "arn:aws:s3:::b/u/k")
            .owner("111111111111")
            .document(Layer::Identity, 0, &text)
            .context(|context| {
                context.set("aws:username", "u");
                context.set("aws:PrincipalTag/star", "*");
                context.set_many("aws:TagKeys", vec!["u".to_owned()]);
            })
    };
    let new = r#""Version": "2012-10-17", "#;
    home(new, "arn:aws:s3:::b/${aws:username}/*").allowed();
    home(new, "arn:aws:s3:::b/${AWS:UserName}/*").allowed();
    home(new, "arn:aws:s3:::b/${aws:username, 'x'}/*").allowed();
    home(new, "arn:aws:s3:::b/${aws:PrincipalTag/none, 'u'}/*").allowed();
    home(new, "arn:aws:s3:::b/${aws:PrincipalTag/none}*").implicit(&["identity"]);
    home(new, "arn:aws:s3:::b/${aws:PrincipalTag/star}").implicit(&["identity"]);
    home(new, "arn:aws:s3:::b/${aws:TagKeys}/*").implicit(&["identity"]);
    home(r#""Version": "2008-10-17", "#, "arn:aws:s3:::b/${aws:username}/*").implicit(&["identity"]);
    home("", "arn:aws:s3:::b/${aws:username}/*").implicit(&["identity"]);
    // `NotResource` with a variable that stands for nothing spares nothing.
    let rest = r#""NotResource": "arn:aws:s3:::b/${aws:PrincipalTag/none}""#;
    Setting::object(USER)
        .identity("Allow * *")
        .with(Layer::Identity, "Deny s3:* -", rest)
        .explicit(&["identity"]);
}

#[test]
fn a_key_in_s3_may_hold_a_star() {
    let star = |words: &str| {
        Setting::new(USER, "s3:GetObject", "arn:aws:s3:::b/*").owner("111111111111").identity(words)
    };
    star("Allow s3:* arn:aws:s3:::b/${*}").allowed();
    star("Allow s3:* arn:aws:s3:::b/x").implicit(&["identity"]);
    Setting::object(USER).identity("Allow s3:* arn:aws:s3:::b/${*}").implicit(&["identity"]);
}

#[test]
fn absence_has_a_meaning() {
    let allowed = || Setting::object(SESSION).identity("Allow s3:* *");
    let endpoint = r#"{"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}"#;
    condition(allowed(), "Deny s3:* *", endpoint).explicit(&["identity"]);
    condition(allowed(), "Deny s3:* *", endpoint)
        .context(|context| context.set("aws:SourceVpce", "vpce-1"))
        .allowed();
    let address = r#"{"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#;
    condition(allowed(), "Deny s3:* *", address)
        .context(|context| context.set("aws:SourceVpce", "vpce-1"))
        .explicit(&["identity"]);
    // MFA is absent with long-term keys, not false.
    let mfa = |operator: &str| format!(r#"{{"{operator}": {{"aws:MultiFactorAuthPresent": "false"}}}}"#);
    condition(allowed(), "Deny s3:* *", &mfa("Bool")).allowed();
    condition(allowed(), "Deny s3:* *", &mfa("BoolIfExists")).explicit(&["identity"]);
    let tags = |set: &str| format!(r#"{{"{set}:StringEquals": {{"aws:TagKeys": ["a"]}}}}"#);
    condition(Setting::object(SESSION), "Allow s3:* *", &tags("ForAllValues")).allowed();
    condition(allowed(), "Deny s3:* *", &tags("ForAnyValue")).allowed();
    // A value of the policy that stands for nothing: the negation holds.
    let team = r#"{"StringNotEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}"#;
    condition(allowed(), "Deny s3:* *", team)
        .context(|context| context.set("aws:ResourceTag/team", "t"))
        .explicit(&["identity"]);
    // A forward access session has lost its endpoint.
    let unless = r#"{"StringNotEqualsIfExists": {"aws:SourceVpce": "vpce-1"}, "Bool": {"aws:ViaAWSService": "false"}}"#;
    condition(allowed(), "Deny s3:* *", unless)
        .context(|context| context.set("aws:ViaAWSService", "true"))
        .allowed();
}

#[test]
fn all_of_a_condition_must_hold() {
    let both = r#"{"StringEquals": {"aws:PrincipalTag/A": ["x", "y"], "aws:PrincipalTag/b": "z"}, "Null": {"aws:TokenIssueTime": "true"}}"#;
    let setting = condition(Setting::object(SESSION), "Allow s3:* *", both);
    let tags = |a: &'static str, b: &'static str| {
        setting.clone().context(|context| {
            context.set("AWS:principaltag/a", a);
            context.set("aws:PrincipalTag/B", b);
        })
    };
    tags("y", "z").allowed();
    tags("y", "Z").implicit(&["identity"]);
    tags("n", "z").implicit(&["identity"]);
    condition(Setting::object(SESSION), "Allow s3:* *", "{}").allowed();
    condition(Setting::object(SESSION), "Allow s3:* *", r#"{"StringEquals": {}}"#).allowed();
}

#[test]
fn in_principal_the_root_arn_is_the_account_and_in_a_condition_the_root_user() {
    let condition =
        format!(r#""Principal": "*", "Condition": {{"ArnEquals": {{"aws:PrincipalArn": "{ROOT}"}}}}"#);
    let setting = Setting::object(USER).with(Layer::Resource, "Allow s3:* *", &condition);
    setting.clone().context(|context| context.set("aws:PrincipalArn", USER)).implicit(&["identity"]);
    Setting { request: Setting::object(ROOT).request, ..setting }
        .context(|context| context.set("aws:PrincipalArn", ROOT))
        .allowed();
}
