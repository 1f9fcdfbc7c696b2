//! Authorization documents through time: what was observed, what events did to them, and what is known not to be there.

mod support;

use butfor_incident::Evidence;
use butfor_world::{Delta, Edit, History, State, World, facets};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{call, changes_in, facet, history, key, time};

const ROLE: &str = "arn:aws:iam::111122223333:role/app";
const POLICY: &str = "arn:aws:iam::111122223333:policy/orders";

fn error(code: &str) -> Value {
    json!({"Error": {"Code": code, "Message": ""}})
}

fn event_of(clock: &str, call: &str, request: Value, more: Value) -> Evidence {
    support::event_of(clock, call, request, Value::Null, more)
}

fn event(clock: &str, call: &str, request: Value) -> Evidence {
    event_of(clock, call, request, json!({}))
}

fn policy(action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
}

/// Where the action of a policy of one statement is.
const ACTION: [&str; 2] = ["/Statement/0/Action", "/Statement/Action/0"];

/// A state in a word: what the policy allows, the value, `absent`, `unknown`.
fn word(state: &State) -> String {
    match state {
        State::Absent => "absent".to_owned(),
        State::Unknown => "unknown".to_owned(),
        State::Present(value) => {
            let policy =
                ["PolicyDocument", "Document"].iter().find_map(|name| value.get(name)).unwrap_or(value);
            let policy = facets::policy_document(policy);
            let action =
                policy.as_ref().and_then(|policy| ACTION.iter().find_map(|at| policy.pointer(at)?.as_str()));
            action.map_or_else(|| value.to_string(), str::to_owned)
        }
    }
}

fn changes(history: &History) -> Vec<String> {
    changes_in(history, word)
}

fn state(world: &World, kind: &str, id: &str, member: &str, element: &str) -> String {
    word(&world.state(&key(kind, id), &facet(member, element)))
}

fn put(clock: &str, action: &str) -> Evidence {
    let text = policy(action).to_string();
    event(clock, "iam PutRolePolicy", json!({"roleName": "app", "policyName": "x", "policyDocument": text}))
}

fn got(clock: &str, name: &str, document: Value) -> Evidence {
    let asked = json!({"RoleName": "app", "PolicyName": name});
    let told = json!({"RoleName": "app", "PolicyName": name, "PolicyDocument": document});
    call(clock, "iam GetRolePolicy", asked, told)
}

fn names(clock: &str, names: &[&str]) -> Evidence {
    call(clock, "iam ListRolePolicies", json!({"RoleName": "app"}), json!({"PolicyNames": names}))
}

#[test]
fn the_old_policy_comes_from_an_earlier_observation() {
    let history = history(vec![
        names("10:00", &["x", "y"]),
        got("10:01", "x", policy("s3:GetObject")),
        put("12:00", "s3:PutObject"),
        names("14:00", &["x", "y"]),
        // As IAM's API gives it.
        got(
            "14:01",
            "x",
            json!(
                "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%5B%22s3%3APutObject%22%5D%2C%22Resource%22%3A%22%2A%22%7D%7D"
            ),
        ),
    ]);
    assert_eq!(changes(&history), ["12:00:00 PutRolePolicy InlinePolicies[x] s3:GetObject -> s3:PutObject"]);
    let of = |clock: &str, name: &str| {
        state(&history.at(time(clock)), "AWS::IAM::Role", ROLE, "InlinePolicies", name)
    };
    assert_eq!([of("11:00", "x"), of("11:00", "y"), of("11:00", "z")], ["s3:GetObject", "unknown", "absent"]);
    assert_eq!(of("13:00", "x"), "s3:PutObject");
}

#[test]
fn the_old_policy_comes_from_an_earlier_event_and_is_unknown_without() {
    let history = history(vec![
        put("10:00", "s3:GetObject"),
        put("12:00", "s3:PutObject"),
        event("13:00", "iam DeleteRolePolicy", json!({"roleName": "app", "policyName": "x"})),
        // Denied: it changes nothing.
        event_of(
            "13:30",
            "iam PutRolePolicy",
            json!({"roleName": "app", "policyName": "x", "policyDocument": "{}"}),
            json!({"errorCode": "AccessDenied"}),
        ),
    ]);
    let expected = [
        "10:00:00 PutRolePolicy InlinePolicies[x] unknown -> s3:GetObject",
        "12:00:00 PutRolePolicy InlinePolicies[x] s3:GetObject -> s3:PutObject",
        "13:00:00 DeleteRolePolicy InlinePolicies[x] s3:PutObject -> absent",
    ];
    assert_eq!(changes(&history), expected);
    let attempts: Vec<_> = history.attempts().iter().map(|attempt| attempt.code.as_str()).collect();
    assert_eq!(attempts, ["AccessDenied"]);
}

#[test]
fn what_one_call_tells_of_one_policy_says_nothing_of_the_others() {
    // Two reads of different policies are no change, and reading one again is none of the other.
    let history = history(vec![
        names("10:00", &["x", "y"]),
        got("10:01", "x", policy("a")),
        got("10:02", "y", policy("b")),
        got("14:00", "x", policy("c")),
    ]);
    assert_eq!(changes(&history), ["10:01:00..14:00:00 - InlinePolicies[x] a -> c"]);
    let latest = history.latest();
    let of = |name: &str| state(latest, "AWS::IAM::Role", ROLE, "InlinePolicies", name);
    assert_eq!([of("x"), of("y"), of("z")], ["c", "b", "absent"]);
}

#[test]
fn a_policy_taken_away_is_seen_by_the_listing_alone() {
    let history = history(vec![
        names("10:00", &["x"]),
        got("10:01", "x", policy("a")),
        event("12:00", "iam DeleteRolePolicy", json!({"roleName": "app", "policyName": "x"})),
        names("14:00", &[]),
    ]);
    assert_eq!(changes(&history), ["12:00:00 DeleteRolePolicy InlinePolicies[x] a -> absent"]);
    let document = history.latest().get(&key("AWS::IAM::Role", ROLE)).unwrap().value();
    assert_eq!(document, json!({"InlinePolicies": []}));
    let before = history.at(time("11:00")).get(&key("AWS::IAM::Role", ROLE)).unwrap().value();
    assert_eq!(
        before,
        json!({"InlinePolicies": [{"RoleName": "app", "PolicyName": "x", "PolicyDocument": policy("a")}]})
    );
}

#[test]
fn a_version_put_in_force_without_any_attachment_changing() {
    let version =
        |id: &str, action: &str| json!({"PolicyVersion": {"VersionId": id, "Document": policy(action)}});
    let asked = |id: &str| json!({"PolicyArn": POLICY, "VersionId": id});
    let got = |clock: &str, default: &str| {
        let told = json!({"Policy": {"Arn": POLICY, "DefaultVersionId": default}});
        call(clock, "iam GetPolicy", json!({"PolicyArn": POLICY}), told)
    };
    let history = history(vec![
        got("10:00", "v1"),
        call("10:01", "iam GetPolicyVersion", asked("v1"), version("v1", "a")),
        event("12:00", "iam SetDefaultPolicyVersion", json!({"policyArn": POLICY, "versionId": "v2"})),
        got("14:00", "v2"),
        call("14:01", "iam GetPolicyVersion", asked("v2"), version("v2", "b")),
    ]);
    assert_eq!(changes(&history), [r#"12:00:00 SetDefaultPolicyVersion DefaultVersionId "v1" -> "v2""#]);
    let latest = history.latest();
    let of = |name: &str| state(latest, "AWS::IAM::ManagedPolicy", POLICY, "Versions", name);
    assert_eq!([of("v1"), of("v2"), of("v3")], ["a", "b", "unknown"]);
}

#[test]
fn that_there_is_no_policy_is_a_fact_and_may_change() {
    let bucket = json!({"Bucket": "assets"});
    let history = history(vec![
        call("10:00", "s3 GetBucketPolicy", bucket.clone(), error("NoSuchBucketPolicy")),
        event("12:00", "s3 PutBucketPolicy", json!({"bucketName": "assets", "bucketPolicy": policy("a")})),
        call("14:00", "s3api GetBucketPolicy", bucket, json!({"Policy": policy("a").to_string()})),
    ]);
    assert_eq!(changes(&history), ["12:00:00 PutBucketPolicy Policy absent -> a"]);
    let before = history.at(time("11:00"));
    assert_eq!(state(&before, "AWS::S3::Bucket", "assets", "Policy", ""), "absent");
    assert_eq!(state(&before, "AWS::S3::Bucket", "assets", "PublicAccessBlockConfiguration", ""), "unknown");
    assert!(before.get(&key("AWS::S3::Bucket", "assets")).unwrap().cites().is_some());
}

#[test]
fn a_function_without_a_policy_gets_one_statement_by_statement() {
    let arn = "arn:aws:lambda:us-east-1:111122223333:function:f";
    let name = json!({"FunctionName": "f"});
    let configuration = json!({"FunctionName": "f", "FunctionArn": arn, "Role": ROLE});
    let statement = json!({"Sid": "s", "Effect": "Allow", "Action": "lambda:InvokeFunction"}).to_string();
    let history = history(vec![
        call("10:00", "lambda GetFunctionConfiguration", name.clone(), configuration),
        call("10:01", "lambda GetPolicy", name, error("ResourceNotFoundException")),
        event_of(
            "12:00",
            "lambda AddPermission20150331v2",
            json!({"functionName": "f", "statementId": "s"}),
            json!({"responseElements": {"statement": statement}}),
        ),
    ]);
    let of = |world: &World| state(world, "AWS::Lambda::Function", arn, "Policy/Statement", "s");
    assert_eq!(of(&history.at(time("11:00"))), "absent");
    let document = history.latest().get(&key("AWS::Lambda::Function", arn)).unwrap().value();
    assert_eq!(document["Policy"]["Statement"][0]["Sid"], "s");
    assert_eq!(state(history.latest(), "AWS::Lambda::Function", arn, "Policy/Statement", "t"), "absent");
}

#[test]
fn a_key_asked_for_by_its_alias_is_the_key() {
    let list = json!({"Aliases": [{"AliasName": "alias/app", "AliasArn": "arn:aws:kms:us-east-1:111122223333:alias/app", "TargetKeyId": "1234"}]});
    let history = history(vec![
        call(
            "10:00",
            "kms GetKeyPolicy",
            json!({"KeyId": "alias/app"}),
            json!({"Policy": policy("a").to_string()}),
        ),
        call("10:01", "kms ListAliases", json!({}), list),
        event(
            "12:00",
            "kms PutKeyPolicy",
            json!({"keyId": "1234", "policyName": "default", "policy": policy("b").to_string()}),
        ),
    ]);
    assert_eq!(changes(&history), ["12:00:00 PutKeyPolicy KeyPolicy a -> b"]);
}

const SCP: &str = "AWS::Organizations::Policy";
const UNIT: &str = "AWS::Organizations::OrganizationalUnit";

fn attached(clock: &str, policies: &[&str]) -> Evidence {
    let policies: Vec<_> =
        policies.iter().map(|id| json!({"Id": id, "Type": "SERVICE_CONTROL_POLICY"})).collect();
    let asked = json!({"TargetId": "ou-1", "Filter": "SERVICE_CONTROL_POLICY"});
    call(clock, "organizations ListPoliciesForTarget", asked, json!({"Policies": policies}))
}

#[test]
fn an_attachment_is_one_change_on_both_sides() {
    let targets = json!({"Targets": [{"TargetId": "ou-1", "Type": "ORGANIZATIONAL_UNIT"}]});
    let history = history(vec![
        attached("10:00", &["p-1", "p-2"]),
        call("10:01", "organizations ListTargetsForPolicy", json!({"PolicyId": "p-1"}), targets),
        event("12:00", "organizations DetachPolicy", json!({"policyId": "p-1", "targetId": "ou-1"})),
        attached("14:00", &["p-2"]),
    ]);
    let lines = changes(&history);
    assert_eq!(lines.len(), 1, "{lines:?}");
    let (now, then) = (history.latest(), history.at(time("11:00")));
    let of = |world: &World| {
        let listed = |kind, id, member, element| {
            let state = world.state(&key(kind, id), &facet(member, element));
            matches!(state, State::Present(_))
        };
        [
            listed(SCP, "p-1", "Targets", "ou-1"),
            listed(UNIT, "ou-1", "ServiceControlPolicies", "p-1"),
            listed(UNIT, "ou-1", "ServiceControlPolicies", "p-2"),
        ]
    };
    assert_eq!((of(&then), of(now)), ([true, true, true], [false, false, true]));
    // Types are listed one by one.
    assert_eq!(state(now, UNIT, "ou-1", "ResourceControlPolicies", "p-3"), "unknown");
}

#[test]
fn an_edit_of_one_side_of_an_attachment_is_carried_over() {
    let history = history(vec![
        attached("10:00", &["p-1"]),
        call(
            "10:01",
            "organizations ListTargetsForPolicy",
            json!({"PolicyId": "p-1"}),
            json!({"Targets": [{"TargetId": "ou-1"}]}),
        ),
    ]);
    let detach = Edit {
        resource: key(SCP, "p-1"),
        facet: facet("Targets", "ou-1"),
        before: State::Present(json!({"TargetId": "ou-1"})),
        after: State::Absent,
    };
    let delta = Delta { edits: vec![detach] };
    let without = history.latest().with(&delta);
    assert_eq!(state(&without, UNIT, "ou-1", "ServiceControlPolicies", "p-1"), "absent");
    let back = without.with(&delta.inverse());
    assert_eq!(
        state(&back, UNIT, "ou-1", "ServiceControlPolicies", "p-1"),
        r#"{"Id":"p-1","Type":"SERVICE_CONTROL_POLICY"}"#
    );
    let other = Edit {
        resource: key(UNIT, "ou-1"),
        facet: facet("ServiceControlPolicies", "p-1"),
        ..delta.edits[0].clone()
    };
    let without = history.latest().with(&Delta { edits: vec![other] });
    assert_eq!(state(&without, SCP, "p-1", "Targets", "ou-1"), "absent");
}

#[test]
fn only_the_account_that_was_listed_lacks_a_role() {
    let history = history(vec![call("10:00", "iam ListRoles", json!({}), json!({"Roles": []}))]);
    let of = |id: &str| state(history.latest(), "AWS::IAM::Role", id, "", "");
    assert_eq!(of("arn:aws:iam::111122223333:role/none"), "absent");
    assert_eq!(of("arn:aws:iam::444455556666:role/app"), "unknown");
}

#[test]
fn services_store_policies_in_their_own_notation() {
    let same = |a: Value, b: Value| facets::same_policy(&a, &b);
    let set = json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": ["b", "a"], "Condition": {"Bool": {"k": [true]}}}]});
    let stored = r#"{ "Statement": {"Action": ["a", "b"], "Principal": {"AWS": "*"}, "Condition": {"Bool": {"k": "true"}}, "Effect": "Allow"} }"#;
    assert!(same(set.clone(), json!(stored)));
    let account = |who: &str| json!({"Statement": [{"Effect": "Allow", "Principal": {"AWS": who}}]});
    assert!(same(account("111122223333"), account("arn:aws:iam::111122223333:root")));
    assert!(!same(account("111122223333"), account("arn:aws:iam::444455556666:root")));
    assert!(!same(set, json!({"Statement": []})));
    assert!(!same(json!("not a policy"), json!("%zz")));
}

/// Calls with names that fit together, so that their answers meet in the same documents.
const CALLS: [(&str, &str); 12] = [
    ("iam GetRole", "Role"),
    ("iam ListRoles", "Roles"),
    ("iam ListRolePolicies", "PolicyNames"),
    ("iam GetRolePolicy", "PolicyDocument"),
    ("iam ListAttachedRolePolicies", "AttachedPolicies"),
    ("iam GetAccountAuthorizationDetails", "RoleDetailList"),
    ("iam GetPolicyVersion", "PolicyVersion"),
    ("s3 GetBucketPolicy", "Policy"),
    ("kms ListAliases", "Aliases"),
    ("kms GetKeyPolicy", "Policy"),
    ("organizations ListPoliciesForTarget", "Policies"),
    ("organizations DescribePolicy", "Policy"),
];

fn answer() -> impl Strategy<Value = Value> {
    let texts = prop::sample::select(vec![
        "x",
        "p-1",
        ROLE,
        "alias/app",
        "arn:aws:kms:us-east-1:111122223333:alias/app",
        "{}",
        "%7B%7D",
    ]);
    let leaf = prop_oneof![Just(Value::Null), Just(json!(true)), texts.prop_map(Value::from)];
    let names = prop::sample::select(vec![
        "Arn",
        "RoleName",
        "PolicyName",
        "PolicyDocument",
        "RolePolicyList",
        "Id",
        "PolicySummary",
        "Content",
        "AliasArn",
        "TargetKeyId",
        "VersionId",
        "Statement",
        "ButforUnknown",
    ]);
    leaf.prop_recursive(3, 16, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..4).prop_map(|members| members
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_answers_panic(
        answers in prop::collection::vec((0..CALLS.len(), 10..20_u8, answer(), any::<bool>()), 0..12),
    ) {
        let asked = json!({
            "RoleName": "app", "PolicyName": "x", "PolicyArn": POLICY, "VersionId": "v1", "Bucket": "assets",
            "KeyId": "alias/app", "TargetId": "ou-1", "Filter": "SERVICE_CONTROL_POLICY",
        });
        let evidence = answers.into_iter().map(|(of, hour, value, fails)| {
            let (name, member) = CALLS[of];
            let output = if fails { error("NoSuchEntity") } else { json!({ member: value, "PolicyName": "x" }) };
            let asked = if name == "iam ListRoles" { json!({}) } else { asked.clone() };
            call(&format!("{hour}:00"), name, asked, output)
        });
        let history = history(evidence.chain([put("15:30", "a")]).collect());
        for change in history.changes() {
            let _ = history.at(change.when.latest()).with(&change.delta.inverse());
        }
    }
}
