//! Callers of every kind, and the names policies know them by.

use super::*;

const OTHER: &str = r#"{"AWS": "arn:aws:iam::111111111111:role/other"}"#;

fn aws(arn: &str) -> String {
    format!(r#"{{"AWS": "{arn}"}}"#)
}

#[test]
fn a_grant_to_the_caller_itself_needs_no_other() {
    let limited = |setting: Setting| {
        setting.with(Layer::Boundary, "Allow ec2:* *", "").with(Layer::Session, "Allow ec2:* *", "")
    };
    for (principal, named) in [
        (USER, USER),
        (SESSION, SESSION),
        (SESSION, "*"),
        (USER, "*"),
        ("arn:aws:sts::111111111111:federated-user/f", "arn:aws:sts::111111111111:federated-user/f"),
    ] {
        let setting = Setting::object(principal).resource("Allow s3:GetObject *", &aws(named));
        setting.allowed();
        limited(setting.clone()).allowed();
        limited(setting).with(Layer::Session, "Deny s3:* *", "").explicit(&["session"]);
    }
}

#[test]
fn a_grant_to_the_role_still_needs_boundary_and_session() {
    let setting = Setting::object(SESSION).resource("Allow s3:GetObject *", &aws(ROLE));
    setting.allowed();
    setting.clone().with(Layer::Boundary, "Allow ec2:* *", "").implicit(&["boundary"]);
    setting.clone().with(Layer::Session, "Allow ec2:* *", "").implicit(&["session"]);
    setting.clone().with(Layer::Session, "Allow s3:* *", "").allowed();
    Setting::object(ROLE).resource("Allow s3:GetObject *", &aws(ROLE)).allowed();
    Setting::object(ROLE).resource("Allow s3:GetObject *", &aws(SESSION)).implicit(&["identity"]);
    Setting::object(SESSION).resource("Allow s3:GetObject *", OTHER).implicit(&["identity"]);
}

#[test]
fn a_grant_to_the_user_behind_a_federated_session() {
    let setting = Setting::object("arn:aws:sts::111111111111:federated-user/f");
    let setting = setting.resource("Allow s3:GetObject *", &aws(USER));
    setting.implicit(&["identity"]);
    let setting = setting.request(|request| request.with_role_arn(USER));
    setting.allowed();
    setting.with(Layer::Session, "Allow ec2:* *", "").implicit(&["session"]);
}

#[test]
fn an_account_delegates_and_grants_nothing() {
    for account in ["111111111111", ROOT] {
        let setting = Setting::object(USER).resource("Allow s3:* *", &aws(account));
        setting.implicit(&["identity"]);
        setting.identity("Allow s3:GetObject *").allowed();
    }
}

#[test]
fn two_accounts_must_both_allow() {
    let setting = Setting::object(SESSION).owner("222222222222");
    setting.implicit(&["resource", "identity"]);
    setting.clone().identity("Allow s3:* *").implicit(&["resource"]);
    for named in [ROLE, SESSION, "111111111111", ROOT, "*"] {
        let setting = setting.clone().resource("Allow s3:* *", &aws(named));
        setting.implicit(&["identity"]);
        let setting = setting.identity("Allow s3:* *");
        setting.allowed();
        setting.clone().with(Layer::Boundary, "Allow ec2:* *", "").implicit(&["boundary"]);
        setting.with(Layer::Session, "Allow ec2:* *", "").implicit(&["session"]);
    }
    setting.identity("Allow s3:* *").resource("Allow s3:* *", &aws("222222222222")).implicit(&["resource"]);
}

#[test]
fn the_path_of_a_role_is_not_in_its_sessions() {
    let path = "arn:aws:iam::111111111111:role/team/app";
    let setting = Setting::object(SESSION).resource("Allow s3:* *", &aws(path));
    setting.implicit(&["identity"]);
    setting.clone().request(|request| request.with_role_arn(path)).allowed();
    setting.clone().context(|context| context.set("aws:PrincipalArn", path)).allowed();
    setting.clone().partial(|_| ()).unknown(&[Missing::SessionIssuer]);
    Setting::object(SESSION).resource("Allow s3:* *", &aws(ROLE)).partial(|_| ()).allowed();
    // A role of the same name with another path is another role.
    Setting::object(SESSION)
        .resource("Allow s3:* *", &aws(ROLE))
        .request(|request| request.with_role_arn(path))
        .implicit(&["identity"]);
}

#[test]
fn a_unique_id_is_that_of_one_incarnation() {
    let setting = Setting::object(SESSION).resource("Allow s3:* *", &aws("AROAEXAMPLEEXAMPLEEXA"));
    setting.implicit(&["identity"]);
    setting.clone().context(|context| context.set("aws:userid", "AROAEXAMPLEEXAMPLEEXA:s")).allowed();
    setting
        .clone()
        .context(|context| context.set("aws:userid", "AROANOTTHESAMEONEATAL:s"))
        .implicit(&["identity"]);
    setting.partial(|_| ()).unknown(&[key("aws:userid")]);
}

#[test]
fn the_root_user_is_allowed_by_default() {
    let setting = Setting::object(ROOT);
    setting.allowed();
    setting.clone().resource("Deny s3:* *", r#""*""#).explicit(&["resource"]);
    setting.clone().with(Layer::ServiceControl, "Allow ec2:* *", "").implicit(&["scp"]);
    setting.clone().owner("222222222222").implicit(&["resource"]);
    setting.owner("222222222222").resource("Allow s3:* *", &aws(ROOT)).allowed();
    let key = Setting::new(ROOT, "kms:Decrypt", KEY);
    key.implicit(&["resource"]);
    key.resource("Allow kms:* *", &aws(ROOT)).allowed();
}

#[test]
fn services_providers_and_anybody_need_the_resource_only() {
    let function = "arn:aws:lambda:us-east-1:111111111111:function:f";
    let service = Setting::new("s3.amazonaws.com", "lambda:InvokeFunction", function);
    service.implicit(&["resource"]);
    service
        .clone()
        .resource("Allow lambda:* *", r#"{"Service": "sns.amazonaws.com"}"#)
        .implicit(&["resource"]);
    let service =
        service.resource("Allow lambda:* *", r#"{"Service": ["sns.amazonaws.com", "s3.amazonaws.com"]}"#);
    service.allowed();
    service.clone().with(Layer::ServiceControl, "Deny * *", "").allowed();
    service.identity("Deny * *").allowed();
    let anybody = Setting::object("ANONYMOUS");
    anybody.implicit(&["resource"]);
    anybody.clone().resource("Allow s3:* *", r#"{"AWS": "111111111111"}"#).implicit(&["resource"]);
    anybody
        .clone()
        .with(Layer::ServiceControl, "Allow ec2:* *", "")
        .resource("Allow s3:* *", r#""*""#)
        .allowed();
    let anybody = anybody.resource("Allow s3:* *", r#"{"AWS": "*"}"#);
    anybody.allowed();
    anybody.clone().with(Layer::VpcEndpoint, "Allow ec2:* *", r#""Principal": "*""#).implicit(&["vpce"]);
    anybody.with(Layer::ResourceControl, "Deny s3:* *", r#""Principal": "*""#).explicit(&["rcp"]);
    let role = "arn:aws:iam::111111111111:role/app";
    for provider in [
        "accounts.google.com",
        "arn:aws:iam::111111111111:oidc-provider/ci.example.com",
        "cognito-identity.amazonaws.com",
    ] {
        let federated = Setting::new(provider, "sts:AssumeRoleWithWebIdentity", role);
        federated.implicit(&["resource"]);
        let principal = format!(r#"{{"Federated": "{provider}"}}"#);
        federated.resource("Allow sts:AssumeRoleWithWebIdentity -", &principal).allowed();
    }
    let by_host = Setting::new("ci.example.com", "sts:AssumeRoleWithWebIdentity", role);
    by_host
        .resource(
            "Allow sts:AssumeRoleWithWebIdentity -",
            r#"{"Federated": "arn:aws:iam::111111111111:oidc-provider/ci.example.com"}"#,
        )
        .allowed();
    let identity = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1";
    Setting::object(identity).resource("Allow s3:* *", &aws(identity)).allowed();
}

#[test]
fn canonical_users_are_accounts() {
    let setting = Setting::object(USER).owner("222222222222").identity("Allow s3:* *");
    let setting = setting.resource("Allow s3:* *", r#"{"CanonicalUser": "79a5"}"#);
    setting.implicit(&["resource"]);
    setting.clone().request(|request| request.with_canonical_user("79a5")).allowed();
    setting.partial(|_| ()).unknown(&[Missing::CanonicalUser]);
}

#[test]
fn not_principal_spares_who_is_listed_at_every_level() {
    let check = |principal: &str, listed: &str, is_spared: bool| {
        let rest = format!(r#""NotPrincipal": {{"AWS": {listed}}}"#);
        let setting =
            Setting::object(principal).identity("Allow s3:* *").with(Layer::Resource, "Deny s3:* *", &rest);
        if is_spared {
            setting.allowed();
            // Whatever is listed, a boundary voids it.
            setting.with(Layer::Boundary, "Allow * *", "").explicit(&["resource"]);
        } else {
            setting.explicit(&["resource"]);
        }
    };
    let account = "111111111111";
    check(USER, &format!(r#"["{USER}", "{account}"]"#), true);
    check(USER, &format!(r#"["{USER}", "{ROOT}"]"#), true);
    check(USER, &format!(r#"["{ROOT}"]"#), false);
    check(USER, &format!(r#"["{ROLE}", "{ROOT}"]"#), false);
    check(SESSION, &format!(r#"["{ROLE}", "{ROOT}"]"#), true);
    check(SESSION, &format!(r#"["{SESSION}", "{ROLE}", "{ROOT}"]"#), true);
    check(SESSION, &format!(r#"["{SESSION}", "{ROOT}"]"#), false);
    check(
        "arn:aws:sts::111111111111:assumed-role/app/another",
        &format!(r#"["{SESSION}", "{ROLE}", "{ROOT}"]"#),
        false,
    );
    let service = |name: &str| {
        Setting::new(name, "s3:PutObject", OBJECT).resource("Allow s3:* *", r#""*""#).with(
            Layer::Resource,
            "Deny s3:* *",
            r#""NotPrincipal": {"Service": "logging.s3.amazonaws.com"}"#,
        )
    };
    service("logging.s3.amazonaws.com").allowed();
    service("sns.amazonaws.com").explicit(&["resource"]);
}

#[test]
fn requests_that_are_none() {
    use crate::request::{Principal, RequestError};
    for principal in [
        "",
        "bob",
        "arn:aws:iam::111111111111:group/g",
        "arn:aws:sts::1:assumed-role/r",
        "arn:aws:s3:::b",
        "a b.com",
    ] {
        assert_eq!(
            Request::new(principal, "s3:GetObject", "*"),
            Err(RequestError::Principal(principal.to_owned()))
        );
    }
    assert!(matches!(Request::new(USER, "GetObject", "*"), Err(RequestError::Action(_))));
    assert!(matches!(Request::new(USER, "s3:GetObject", "b/k"), Err(RequestError::Resource(_))));
    assert!(matches!(Request::new(USER, "s3:GetObject", "arn:aws:s3"), Err(RequestError::Resource(_))));
    let kind = |principal: &str| Request::new(principal, "s3:GetObject", "*").unwrap().kind();
    assert_eq!(kind("ANONYMOUS"), Principal::Anonymous);
    assert_eq!(kind("s3.amazonaws.com"), Principal::Service);
    assert_eq!(kind("arn:aws:iam::111111111111:saml-provider/idp"), Principal::Federated);
}
