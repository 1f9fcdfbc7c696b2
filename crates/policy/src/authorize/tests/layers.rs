//! What each layer does, alone and with others.

use super::*;

fn allowed() -> Setting {
    Setting::object(SESSION).identity("Allow s3:* *")
}

#[test]
fn every_level_of_an_organization_must_allow() {
    let level = |setting: Setting, level: usize, words: &str| {
        let text = format!(r#"{{"Statement": [{}]}}"#, statement(words, ""));
        setting.document(Layer::ServiceControl, level, &text)
    };
    let full = level(level(allowed(), 0, "Allow * *"), 1, "Allow * *");
    full.allowed();
    level(full.clone(), 2, "Allow ec2:* *").implicit(&["scp"]);
    level(full.clone(), 3, "Allow * *").implicit(&["scp"]);
    level(full.clone(), 1, "Deny s3:GetObject *").explicit(&["scp"]);
    // Within a level one allow will do.
    level(level(full, 2, "Allow ec2:* *"), 2, "Allow s3:* *").allowed();
    // It grants nothing, and both missing allows are told.
    level(Setting::object(SESSION), 0, "Allow * *").implicit(&["identity"]);
    level(Setting::object(SESSION), 0, "Allow ec2:* *").implicit(&["scp", "identity"]);
}

#[test]
fn levels_are_checked_one_by_one() {
    let setting = allowed()
        .document(
            Layer::ServiceControl,
            0,
            r#"{"Statement": {"Sid": "Full", "Effect": "Allow", "Action": "*", "Resource": "*"}}"#,
        )
        .document(Layer::ServiceControl, 1, r#"{"Statement": []}"#);
    let summary = setting.run();
    let expected = [
        (Layer::ServiceControl, Effect::Allow, vec!["Full".to_owned()]),
        (Layer::ServiceControl, Effect::ImplicitDeny, vec![]),
        (Layer::Identity, Effect::Allow, vec!["Statement[0]".to_owned()]),
    ];
    assert_eq!(summary.checks, expected);
}

#[test]
fn service_linked_roles_are_exempt_from_organization_policies() {
    let linked = "arn:aws:sts::111111111111:assumed-role/AWSServiceRoleForAutoScaling/s";
    let setting = |principal: &str| {
        Setting::object(principal)
            .identity("Allow s3:* *")
            .with(Layer::ServiceControl, "Deny s3:* *", "")
            .with(Layer::ResourceControl, "Deny s3:* *", r#""Principal": "*""#)
    };
    setting(linked).allowed();
    setting(SESSION)
        .request(|request| {
            request.with_role_arn("arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/app")
        })
        .allowed();
    setting(SESSION).explicit(&["rcp", "scp"]);
}

#[test]
fn resource_control_binds_everybody_at_some_services() {
    let rcp = |setting: Setting| setting.with(Layer::ResourceControl, "Deny * *", r#""Principal": "*""#);
    rcp(Setting::object(ROOT)).explicit(&["rcp"]);
    rcp(Setting::new(USER, "ec2:RunInstances", "*").identity("Allow * *")).allowed();
    rcp(Setting::new(USER, "kms:RetireGrant", KEY).resource("Allow * *", r#""*""#)).allowed();
    let key = rcp(Setting::new(USER, "kms:Decrypt", KEY).resource("Allow * *", r#""*""#));
    key.explicit(&["rcp"]);
    key.request(Request::on_aws_managed_key).allowed();
    let organization = r#""Principal": "*", "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-x"},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}"#;
    let setting = allowed().with(Layer::ResourceControl, "Deny s3:* *", organization);
    setting.clone().context(|context| context.set("aws:PrincipalOrgID", "o-x")).allowed();
    setting.clone().context(|context| context.set("aws:PrincipalOrgID", "o-y")).explicit(&["rcp"]);
    setting.context(|context| context.set("aws:PrincipalIsAWSService", "true")).allowed();
}

#[test]
fn an_endpoint_cuts_and_grants_nothing() {
    let endpoint = |setting: Setting, words: &str, principal: &str| {
        setting.with(Layer::VpcEndpoint, words, &format!(r#""Principal": {principal}"#))
    };
    endpoint(allowed(), "Allow s3:* arn:aws:s3:::b/*", r#""*""#).allowed();
    endpoint(allowed(), "Allow s3:* arn:aws:s3:::b", r#""*""#).implicit(&["vpce"]);
    endpoint(Setting::object(SESSION), "Allow * *", r#""*""#).implicit(&["identity"]);
    endpoint(Setting::object(SESSION), "Allow ec2:* *", r#""*""#).implicit(&["vpce", "identity"]);
    // It cuts what the resource's policy grants, too.
    let public = Setting::object(SESSION).resource("Allow s3:* *", r#""*""#);
    endpoint(public.clone(), "Allow s3:PutObject *", r#""*""#).implicit(&["vpce"]);
    endpoint(public, "Deny s3:* *", r#""*""#).explicit(&["vpce"]);
    // At a gateway endpoint an account is its root user; at an interface endpoint it is the account.
    let account = r#"{"AWS": "111111111111"}"#;
    endpoint(allowed(), "Allow * *", account).implicit(&["vpce"]);
    endpoint(Setting::object(ROOT), "Allow * *", account).allowed();
    let secret = Setting::new(
        SESSION,
        "secretsmanager:GetSecretValue",
        "arn:aws:secretsmanager:r:111111111111:secret:s",
    );
    endpoint(secret.clone().identity("Allow * *"), "Allow * *", account).allowed();
    endpoint(secret.identity("Allow * *"), "Allow * *", r#"{"AWS": "222222222222"}"#).implicit(&["vpce"]);
}

#[test]
fn keys_and_roles_have_the_last_word() {
    let account = r#"{"AWS": "111111111111"}"#;
    let key = Setting::new(SESSION, "kms:Decrypt", KEY);
    key.implicit(&["resource", "identity"]);
    key.clone().identity("Allow * *").implicit(&["resource"]);
    key.clone().resource("Allow kms:* *", account).implicit(&["identity"]);
    key.clone().resource("Allow kms:* *", account).identity("Allow * *").allowed();
    key.clone().resource("Allow kms:* *", account).identity("Deny * *").explicit(&["identity"]);
    key.clone().resource("Allow kms:* *", &format!(r#"{{"AWS": "{ROLE}"}}"#)).allowed();
    key.resource("Allow kms:* *", r#"{"AWS": "222222222222"}"#).identity("Allow * *").implicit(&["resource"]);
    // An alias has no policy of its own.
    Setting::new(SESSION, "kms:CreateAlias", "arn:aws:kms:us-east-1:111111111111:alias/a")
        .identity("Allow * *")
        .allowed();
    let role = Setting::new(USER, "sts:AssumeRole", "arn:aws:iam::111111111111:role/t");
    role.clone().identity("Allow * *").implicit(&["resource"]);
    role.clone().resource("Allow sts:AssumeRole -", account).implicit(&["identity"]);
    role.clone().resource("Allow sts:AssumeRole -", &format!(r#"{{"AWS": "{USER}"}}"#)).allowed();
    role.clone().resource("Allow sts:AssumeRole -", account).identity("Allow sts:* *").allowed();
    // Passing a role is no matter of its trust policy.
    Setting::new(USER, "iam:PassRole", "arn:aws:iam::111111111111:role/t").identity("Allow * *").allowed();
}

#[test]
fn denies_are_told_of_every_layer_and_outrank_all() {
    let setting = allowed()
        .with(Layer::ServiceControl, "Deny s3:* *", "")
        .resource("Deny s3:* *", r#""*""#)
        .resource("Allow s3:* *", r#""*""#)
        .identity("Deny s3:GetObject *")
        .with(Layer::Boundary, "Deny s3:* *", "")
        .with(Layer::Session, "Allow ec2:* *", "");
    // The resource's policy grants directly, so that the session's silence does not matter.
    setting.explicit(&["scp", "resource", "identity", "boundary"]);
    let summary = setting.run();
    assert_eq!(summary.checks.last().map(|check| check.1), Some(Effect::NoImpact));
    allowed()
        .with(Layer::Boundary, "Deny s3:* *", "")
        .with(Layer::Session, "Allow ec2:* *", "")
        .explicit(&["boundary", "session"]);
}

#[test]
fn rows_are_those_of_aws() {
    // A grant of the resource's policy counts as the principal's within an account.
    let setting = Setting::object(SESSION).resource("Allow s3:* *", r#""*""#).with(
        Layer::Boundary,
        "Allow ec2:* *",
        "",
    );
    let statement = || vec!["Statement[0]".to_owned()];
    let expected = [
        (Layer::Resource, Effect::NoImpact, statement()),
        (Layer::Identity, Effect::Allow, statement()),
        (Layer::Boundary, Effect::NoImpact, vec![]),
    ];
    assert_eq!(setting.run().checks, expected);
    // Between accounts it is a check of its own.
    let setting = allowed().owner("222222222222").resource("Allow s3:* *", r#""*""#);
    let expected =
        [(Layer::Resource, Effect::Allow, statement()), (Layer::Identity, Effect::Allow, statement())];
    assert_eq!(setting.run().checks, expected);
    // No policy of the resource, and none needed: no row.
    assert_eq!(allowed().run().checks, [(Layer::Identity, Effect::Allow, statement())]);
}

#[test]
fn asking_who_one_is_always_works() {
    let setting = Setting::new(SESSION, "sts:GetCallerIdentity", "*");
    setting.allowed();
    setting.identity("Deny * *").with(Layer::ServiceControl, "Deny sts:* *", "").allowed();
}
