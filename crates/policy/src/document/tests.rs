//! What AWS would accept, and what is said of the rest.

use super::{Origin, Policy, Problem, StatementEffect};
use crate::layer::Layer;
use proptest::prelude::*;

/// The labels of valid statements, and `path: message` of problems.
fn read(layer: Layer, text: &str) -> (Vec<String>, Vec<String>) {
    let (policy, problems) = Policy::parse(layer, "p", text);
    let tell = |problem: &Problem| {
        assert_eq!(problem.policy, "p");
        format!("{}: {}", problem.path, problem.message)
    };
    (policy.statements().iter().map(|s| s.label()).collect(), problems.iter().map(tell).collect())
}

#[track_caller]
fn check_problem(layer: Layer, text: &str, path: &str, part: &str) {
    let (_, problems) = read(layer, text);
    let is_told = |problem: &String| problem.starts_with(&format!("{path}: ")) && problem.contains(part);
    assert!(problems.iter().any(is_told), "{text}: {problems:?}");
}

/// A policy of one statement.
fn one(statement: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{{{statement}}}]}}"#)
}

#[test]
fn single_values_and_arrays_everywhere() {
    let text = r#"{"Id": "x", "Statement": {"Sid": "", "Effect": "Deny", "NotAction": ["s3:*"], "NotResource": "*",
        "Condition": {"Bool": {"b": true}, "NumericEquals": {"N": [1, 2.5, "3"]}, "StringEquals": {"n": "x"}}}}"#;
    let (policy, problems) = Policy::parse(Layer::Identity, "p", text);
    assert_eq!(problems, []);
    let policy = policy.with_origin(Origin(7));
    assert_eq!((policy.name(), policy.layer(), policy.origin()), ("p", Layer::Identity, Some(Origin(7))));
    let [statement] = policy.statements() else { panic!("{policy:?}") };
    assert_eq!(
        (statement.index(), statement.sid(), statement.label()),
        (0, Some(""), "Statement[0]".to_owned())
    );
    assert_eq!(statement.effect(), StatementEffect::Deny);
    assert!(statement.actions().is_negated && statement.actions().entries == ["s3:*"]);
    assert!(statement.resources().is_some_and(|element| element.is_negated));
    assert_eq!(statement.condition_keys(), ["b", "n"]);
}

#[test]
fn a_document_that_is_none() {
    check_problem(Layer::Identity, "", "", "not valid JSON");
    check_problem(Layer::Identity, "[]", "", "found an array");
    check_problem(Layer::Identity, r#"{"Version": "2012-10-17"}"#, "Statement", "missing");
    check_problem(Layer::Identity, r#"{"Statement": 1}"#, "Statement", "found a number");
    check_problem(Layer::Identity, r#"{"Version": "2024-01-01", "Statement": []}"#, "Version", "2012-10-17");
    check_problem(Layer::Identity, r#"{"statement": []}"#, "statement", "`Statement`");
    check_problem(Layer::Identity, r#"{"Statement": [], "Statement": []}"#, "Statement", "twice");
    check_problem(Layer::Identity, &"[".repeat(5_000), "", "not valid JSON");
}

#[test]
fn an_invalid_statement_leaves_the_others() {
    let text = r#"{"Version": "2012-10-17", "Statement": [
        {"Sid": "a", "Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Sid": "b", "Effect": "allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}"#;
    let (valid, problems) = read(Layer::Identity, text);
    assert_eq!(valid, ["a", "Statement[2]"]);
    assert_eq!(problems, ["Statement[1].Effect: `allow`: expected `Allow` or `Deny`, written like this"]);
}

#[test]
fn statements_say_what_is_wrong_with_them() {
    let check = |statement: &str, path: &str, part: &str| {
        let path = format!("Statement[0]{path}");
        check_problem(Layer::Identity, &one(statement), &path, part);
        assert_eq!(read(Layer::Identity, &one(statement)).0, Vec::<String>::new(), "{statement}");
    };
    check(r#""Action": "s3:*", "Resource": "*""#, ".Effect", "missing");
    check(r#""Effect": "Allow", "Resource": "*""#, ".Action", "missing");
    check(r#""Effect": "Allow", "Action": "s3:*""#, ".Resource", "missing");
    check(r#""Effect": "Allow", "Action": "GetObject", "Resource": "*""#, ".Action", "`GetObject`");
    check(r#""Effect": "Allow", "Action": 1, "Resource": "*""#, ".Action", "found a number");
    check(
        r#""Effect": "Allow", "Action": "s3:*", "NotAction": "s3:*", "Resource": "*""#,
        ".NotAction",
        "remove one",
    );
    check(r#""Effect": "Allow", "Action": "s3:*", "Resource": "b/*""#, ".Resource", "`b/*`");
    check(
        r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "resource": "*""#,
        ".resource",
        "no element",
    );
    check(r#""Effect": "Allow", "Effect": "Deny", "Action": "s3:*", "Resource": "*""#, ".Effect", "twice");
    let with = |condition: &str| {
        format!(r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {condition}"#)
    };
    check(&with("[]"), ".Condition", "found an array");
    check(&with(r#"{"StringEqual": {"k": "v"}}"#), ".Condition.StringEqual", "no condition operator");
    check(&with(r#"{"StringEquals": {"k": {}}}"#), ".Condition.StringEquals.k", "found an object");
    check(&with(r#"{"StringEquals": {"k": "a", "k": "b"}}"#), ".Condition.StringEquals.k", "twice");
    check(&with(r#"{"Bool": {"k": "true"}, "Bool": {"k": "true"}}"#), ".Condition.Bool", "twice");
    // Valid, and can never match: said, and kept.
    let text = one(&with(r#"{"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "10.0.0"]}}"#));
    check_problem(Layer::Identity, &text, "Statement[0].Condition.IpAddress.aws:SourceIp", "`10.0.0`");
    assert_eq!(read(Layer::Identity, &text).0.len(), 1);
}

#[test]
fn each_layer_has_its_rules() {
    let statement =
        |effect: &str, rest: &str| one(&format!(r#""Effect": "{effect}", "Action": "s3:*", {rest}"#));
    let check = |layer: Layer, effect: &str, rest: &str, path: &str| {
        let text = statement(effect, rest);
        match path {
            "" => assert_eq!(read(layer, &text).1, Vec::<String>::new(), "{layer:?} {text}"),
            path => check_problem(layer, &text, &format!("Statement[0].{path}"), ""),
        }
    };
    let (any, nobody_but) = (
        r#""Resource": "*", "Principal": "*""#,
        r#""Resource": "*", "NotPrincipal": {"AWS": "111111111111"}"#,
    );
    for layer in [Layer::Identity, Layer::Boundary, Layer::Session, Layer::ServiceControl] {
        check(layer, "Allow", any, "Principal");
        check(layer, "Deny", nobody_but, "NotPrincipal");
        check(layer, "Allow", r#""Resource": "*""#, "");
    }
    for layer in [Layer::Resource, Layer::VpcEndpoint] {
        check(layer, "Allow", any, "");
        check(layer, "Allow", r#""Resource": "*""#, "Principal");
        check(layer, "Deny", nobody_but, "");
        check(layer, "Allow", nobody_but, "NotPrincipal");
    }
    check(Layer::Resource, "Allow", r#""Principal": "*""#, "");
    check(Layer::VpcEndpoint, "Allow", r#""Principal": "*""#, "Resource");
    check(Layer::Session, "Allow", r#""Resource": "arn:aws:s3""#, "Resource");
    check(Layer::Identity, "Allow", r#""Resource": "arn:aws:s3""#, "");
    check(Layer::ResourceControl, "Deny", any, "");
    check(Layer::ResourceControl, "Allow", any, "Effect");
    check(Layer::ResourceControl, "Deny", nobody_but, "Principal");
    check(
        Layer::ResourceControl,
        "Deny",
        r#""Resource": "*", "Principal": {"AWS": "111111111111"}"#,
        "Principal",
    );
    let full = one(r#""Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*""#);
    assert_eq!(read(Layer::ResourceControl, &full).1, Vec::<String>::new());
    let not_action = one(r#""Effect": "Deny", "NotAction": "s3:*", "Resource": "*", "Principal": "*""#);
    check_problem(Layer::ResourceControl, &not_action, "Statement[0].NotAction", "");
}

#[test]
fn principals() {
    let check = |principal: &str, problem: Option<(&str, &str)>| {
        let text = one(&format!(r#""Effect": "Allow", "Action": "s3:*", "Principal": {principal}"#));
        match problem {
            None => assert_eq!(read(Layer::Resource, &text).1, Vec::<String>::new(), "{principal}"),
            Some((path, part)) => {
                check_problem(Layer::Resource, &text, &format!("Statement[0].{path}"), part)
            }
        }
    };
    for valid in [
        r#""*""#,
        r#"{"AWS": "*"}"#,
        r#"{"AWS": ["111111111111", "arn:aws:iam::111111111111:root"]}"#,
        r#"{"AWS": "arn:aws:iam::111111111111:user/a/b"}"#,
        r#"{"AWS": "arn:aws:sts::111111111111:assumed-role/r/s"}"#,
        r#"{"AWS": "arn:aws:sts::111111111111:federated-user/f"}"#,
        r#"{"AWS": "AROAEXAMPLEEXAMPLEEXA"}"#,
        r#"{"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}"#,
        r#"{"Service": ["s3.amazonaws.com"], "Federated": "accounts.google.com", "CanonicalUser": "79a5"}"#,
    ] {
        check(valid, None);
    }
    check(r#""arn:aws:iam::111111111111:root""#, Some(("Principal", "expected `*`")));
    check(r#"{"AWS": "arn:aws:iam::111111111111:role/*"}"#, Some(("Principal.AWS", "in full")));
    check(r#"{"AWS": "app"}"#, Some(("Principal.AWS", "`app`")));
    check(r#"{"AWS": "arn:aws:iam::111111111111:group/g"}"#, Some(("Principal.AWS", "no principal")));
    check(r#"{"aws": "*"}"#, Some(("Principal.aws", "no kind")));
    check(r#"{"AWS": "*", "AWS": "*"}"#, Some(("Principal.AWS", "twice")));
}

fn json() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("Statement"),
        Just("Effect"),
        Just("Allow"),
        Just("Deny"),
        Just("Action"),
        Just("NotAction"),
        Just("Resource"),
        Just("*"),
        Just("Principal"),
        Just("NotPrincipal"),
        Just("AWS"),
        Just("Condition"),
        Just("StringLike"),
        Just("ForAllValues:IpAddress"),
        Just("Null"),
        Just("Version"),
        Just("2012-10-17"),
        Just("arn:aws:s3:::${aws:x, 'é'}"),
        Just("é"),
        Just("${"),
    ];
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("-1.5e3".to_owned()),
        word.clone().prop_map(|word| format!("{word:?}")),
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        let member = (word.clone(), inner.clone()).prop_map(|(name, value)| format!("{name:?}: {value}"));
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(member, 0..5).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

proptest! {
    #[test]
    fn any_text_is_read(text in any::<String>(), json in json(), layer in 0..7_usize) {
        for text in [text, json.clone(), one(&format!(r#""Effect": {json}"#)), format!(r#"{{"Statement": {json}}}"#),
            one(&format!(r#""Effect": "Deny", "Action": "*", "Resource": "*", "Principal": {json}, "Condition": {json}"#))] {
            let (policy, problems) = Policy::parse(Layer::ALL[layer], "p", &text);
            prop_assert_eq!(Policy::parse(Layer::ALL[layer], "p", &text), (policy, problems));
        }
    }
}
