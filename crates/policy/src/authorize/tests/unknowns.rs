//! What is not known, and when it matters.

use super::*;

const FROM: &str = r#""Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#;
const NOT_FROM: &str = r#""Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#;

#[test]
fn an_unknown_key_matters_only_where_nothing_else_settles_it() {
    let setting = Setting::object(SESSION).with(Layer::Identity, "Allow s3:* *", FROM).partial(|_| ());
    setting.unknown(&[key("aws:sourceip")]);
    setting.clone().identity("Allow s3:* *").allowed();
    setting.clone().identity("Deny s3:* *").explicit(&["identity"]);
    setting.clone().resource("Allow s3:* *", r#""*""#).allowed();
    setting.clone().with(Layer::ServiceControl, "Allow ec2:* *", "").implicit(&["scp"]);
    setting.clone().with(Layer::Boundary, "Allow ec2:* *", "").implicit(&["boundary"]);
    setting.partial(|context| context.set("aws:SourceIp", "203.0.113.1")).allowed();
    // A statement that cannot match for another reason needs no key.
    let other =
        r#""Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}, "StringEquals": {"aws:x": "y"}}"#;
    let setting = Setting::object(SESSION).with(Layer::Identity, "Allow s3:* *", other);
    setting.partial(|context| context.set("aws:x", "n")).implicit(&["identity"]);
}

#[test]
fn an_unknown_deny_leaves_it_open_and_a_denial_may_be_sure_all_the_same() {
    let setting = Setting::object(SESSION).with(Layer::Identity, "Deny s3:* *", NOT_FROM).partial(|_| ());
    setting.unknown(&[key("aws:sourceip")]);
    let summary = setting.run();
    assert!(summary.is_denied, "explicitly or not: {summary:?}");
    assert_eq!(summary.deny_layers, ["identity"]);
    let setting = setting.identity("Allow s3:* *");
    setting.unknown(&[key("aws:sourceip")]);
    assert!(!setting.run().is_denied);
    setting.partial(|context| context.set_absent("aws:SourceIp")).explicit(&["identity"]);
}

#[test]
fn only_what_matters_is_missing() {
    // The endpoint has no allow that could match: only the deny is open.
    let setting = Setting::object(SESSION)
        .with(Layer::Identity, "Allow s3:* *", r#""Condition": {"Bool": {"aws:one": "true"}}"#)
        .with(Layer::VpcEndpoint, "Allow ec2:* *", r#""Principal": "*""#)
        .with(Layer::ServiceControl, "Allow * *", "")
        .with(Layer::ServiceControl, "Deny * *", r#""Condition": {"Bool": {"aws:two": "true"}}"#)
        .partial(|_| ());
    setting.unknown(&[key("aws:two")]);
    // Two ways in, both open.
    let setting = Setting::object(SESSION)
        .with(Layer::Identity, "Allow s3:* *", r#""Condition": {"Bool": {"aws:one": "true"}}"#)
        .with(
            Layer::Resource,
            "Allow s3:* *",
            r#""Principal": "*", "Condition": {"Bool": {"aws:two": "true"}}"#,
        )
        .partial(|_| ());
    setting.unknown(&[key("aws:one"), key("aws:two")]);
    // One of them is barred, so that its key does not matter.
    setting.with(Layer::Session, "Allow ec2:* *", "").unknown(&[key("aws:two")]);
    // Of the values of a condition, one that is known settles it.
    let values = r#""Condition": {"StringEquals": {"aws:k": ["${aws:v}", "x"]}}"#;
    let setting = Setting::object(SESSION).with(Layer::Identity, "Allow s3:* *", values);
    setting.clone().partial(|context| context.set("aws:k", "x")).allowed();
    setting.partial(|context| context.set("aws:k", "y")).unknown(&[key("aws:v")]);
}

#[test]
fn an_unknown_variable_matters_where_the_rest_would_match() {
    let setting = Setting::new(USER, "s3:GetObject", "arn:aws:s3:::b/u/k").owner("111111111111");
    let setting = setting.identity("Allow s3:* arn:aws:s3:::b/${aws:username}/*").partial(|_| ());
    setting.unknown(&[key("aws:username")]);
    let elsewhere = Setting::object(USER).identity("Allow s3:* arn:aws:s3:::other/${aws:username}/*");
    elsewhere.partial(|_| ()).implicit(&["identity"]);
}

#[test]
fn a_document_that_nobody_read_may_say_anything() {
    let document = |name: &str| Missing::Document(name.to_owned());
    let setting = Setting::object(SESSION).identity("Allow s3:* *");
    setting.clone().unseen(Layer::Resource, "bucket policy of b").unknown(&[document("bucket policy of b")]);
    setting.clone().unseen(Layer::Boundary, "policy p").unknown(&[document("policy p")]);
    setting.clone().unseen(Layer::Identity, "policy p").unknown(&[document("policy p")]);
    setting.clone().unseen(Layer::Identity, "policy p").identity("Deny s3:* *").explicit(&["identity"]);
    // It could deny, too, so that even this is open; that it is denied is not.
    let silent = Setting::object(SESSION)
        .with(Layer::Session, "Allow ec2:* *", "")
        .unseen(Layer::Identity, "policy p");
    silent.unknown(&[document("policy p")]);
    assert_eq!((silent.run().is_denied, silent.run().deny_layers), (true, vec!["session"]));
}

#[test]
fn the_owner_of_a_bucket_is_not_in_its_arn() {
    let setting = Setting::new(SESSION, "s3:GetObject", OBJECT);
    setting.clone().implicit(&["identity"]);
    setting.clone().identity("Allow s3:* *").unknown(&[Missing::ResourceAccount]);
    let both = setting.identity("Allow s3:* *").resource("Allow s3:* *", r#"{"AWS": "111111111111"}"#);
    both.allowed();
    Setting::new(SESSION, "s3:GetObject", OBJECT)
        .resource("Allow s3:* *", r#""*""#)
        .unknown(&[Missing::ResourceAccount]);
    // Other ARNs tell it.
    Setting::new(SESSION, "sqs:SendMessage", "arn:aws:sqs:r:222222222222:q")
        .identity("Allow * *")
        .implicit(&["resource"]);
    Setting::new(SESSION, "iam:GetPolicy", "arn:aws:iam::aws:policy/p").identity("Allow * *").allowed();
    Setting::new(SESSION, "ec2:RunInstances", "arn:aws:ec2:r::image/ami-1").identity("Allow * *").allowed();
}
