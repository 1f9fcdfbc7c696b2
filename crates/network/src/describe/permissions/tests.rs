use crate::describe::{Fragment, Origin, Piece, compose, fragments};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Cuts and shows one line a fragment: kind, id, member, part, text.
fn cut(operation: &str, parameters: &Value, output: &Value) -> Vec<String> {
    let (parameters, output) = (parameters.to_string(), output.to_string());
    let answer = fragments(Some(operation), &parameters, &output).unwrap();
    let mut lines: Vec<String> = answer
        .fragments
        .iter()
        .map(|Fragment { kind, id, member, part, json }| {
            format!("{} {id} {} {part:?} {json}", kind.strip_prefix("AWS::").unwrap(), member.unwrap_or("-"))
        })
        .collect();
    lines.extend(answer.listed.iter().map(|kind| format!("all {kind}")));
    lines.extend(answer.continues.then(|| "continues".to_owned()));
    lines.extend(answer.unknown_keys.iter().map(|key| format!("unknown {key}")));
    lines.extend(answer.problems.iter().map(|problem| format!("problem {problem}")));
    lines
}

fn error(code: &str) -> Value {
    json!({"Error": {"Code": code, "Message": "no"}})
}

#[track_caller]
fn check(operation: &str, parameters: Value, output: Value, expected: &[&str]) {
    assert_eq!(cut(operation, &parameters, &output), expected, "{operation}");
}

#[test]
fn a_role_and_the_members_that_have_calls_of_their_own() {
    check(
        "GetRole",
        json!({"RoleName": "app"}),
        json!({"Role": {"Arn": "arn:aws:iam::1:role/p/app", "AssumeRolePolicyDocument": {}}}),
        &[
            r#"IAM::Role arn:aws:iam::1:role/p/app - Object {"Arn":"arn:aws:iam::1:role/p/app","AssumeRolePolicyDocument":{}}"#,
            "IAM::Role arn:aws:iam::1:role/p/app AssumeRolePolicyDocument Value {}",
            "IAM::Role arn:aws:iam::1:role/p/app PermissionsBoundary Value null",
            "IAM::Role arn:aws:iam::1:role/p/app Tags Listed []",
        ],
    );
    // A listing leaves the boundary out, whether or not there is one.
    check(
        "ListRoles",
        json!({}),
        json!({"Roles": [{"Arn": "arn:aws:iam::1:role/app"}], "IsTruncated": true, "Marker": "m"}),
        &[
            r#"IAM::Role arn:aws:iam::1:role/app - Partial {"Arn":"arn:aws:iam::1:role/app"}"#,
            "all AWS::IAM::Role",
            "continues",
        ],
    );
    let app = json!({"RoleName": "app"});
    check(
        "ListAttachedRolePolicies",
        app.clone(),
        json!({"AttachedPolicies": [{"PolicyArn": "a", "PolicyName": "n"}], "IsTruncated": false}),
        &[
            "IAM::Role app - Partial {}",
            r#"IAM::Role app AttachedPolicies Listed [{"PolicyArn":"a","PolicyName":"n"}]"#,
        ],
    );
    check(
        "ListRolePolicies",
        app,
        json!({"PolicyNames": ["x"]}),
        &["IAM::Role app - Partial {}", r#"IAM::Role app InlinePolicies Listed [{"PolicyName":"x"}]"#],
    );
    let policy = json!({"RoleName": "app", "PolicyName": "x"});
    check(
        "GetRolePolicy",
        policy.clone(),
        json!({"PolicyName": "x", "PolicyDocument": "%7B%7D"}),
        &[
            "IAM::Role app - Partial {}",
            r#"IAM::Role app InlinePolicies Told {"PolicyDocument":"%7B%7D","PolicyName":"x"}"#,
        ],
    );
    check(
        "GetRolePolicy",
        policy.clone(),
        error("NoSuchEntity"),
        &[r#"IAM::Role app InlinePolicies Gone {"PolicyName":"x"}"#],
    );
    check("GetRolePolicy", policy, error("ValidationError"), &[]);
}

#[test]
fn that_there_is_none_is_an_answer() {
    let bucket = json!({"Bucket": "b"});
    let there = "S3::Bucket b - Partial {}";
    check(
        "GetBucketPolicy",
        bucket.clone(),
        json!({"Policy": "{}"}),
        &[there, r#"S3::Bucket b Policy Value "{}""#],
    );
    check(
        "GetBucketPolicy",
        bucket.clone(),
        error("NoSuchBucketPolicy"),
        &[there, "S3::Bucket b Policy Value null"],
    );
    check("GetBucketPolicy", bucket.clone(), error("NoSuchBucket"), &[]);
    check(
        "GetPublicAccessBlock",
        bucket,
        error("NoSuchPublicAccessBlockConfiguration"),
        &[there, "S3::Bucket b PublicAccessBlockConfiguration Value null"],
    );
    let name = json!({"FunctionName": "f"});
    let missing = error("ResourceNotFoundException");
    check("GetPolicy", name.clone(), missing.clone(), &["Lambda::Function f Policy Value null"]);
    check(
        "GetPolicy",
        name,
        json!({"Policy": "{ \"Id\": \"p\" }"}),
        &[r#"Lambda::Function f Policy Value {"Id":"p"}"#],
    );
    check("GetPolicy", json!({"FunctionName": "f:PROD"}), json!({"Policy": "p"}), &[]);
    check("GetPolicy", json!({"FunctionName": "f", "Qualifier": "2"}), missing.clone(), &[]);
    let table = json!({"ResourceArn": "arn:aws:dynamodb:r:1:table/t"});
    let none = "DynamoDB::Table arn:aws:dynamodb:r:1:table/t ResourcePolicy Value null";
    check("GetResourcePolicy", table.clone(), missing, &[none]);
    check(
        "GetResourcePolicy",
        table,
        error("PolicyNotFoundException"),
        &["DynamoDB::Table arn:aws:dynamodb:r:1:table/t - Partial {}", none],
    );
    check(
        "GetResourcePolicy",
        json!({"SecretId": "s"}),
        json!({"ARN": "arn:aws:secretsmanager:r:1:secret:s-1", "Name": "s"}),
        &[
            "SecretsManager::Secret arn:aws:secretsmanager:r:1:secret:s-1 - Partial {}",
            "SecretsManager::Secret arn:aws:secretsmanager:r:1:secret:s-1 ResourcePolicy Value null",
        ],
    );
    // Only what was asked for is known not to be there.
    let url = "https://sqs.us-east-1.amazonaws.com/111122223333/q";
    check(
        "GetQueueAttributes",
        json!({"QueueUrl": url, "AttributeNames": ["Policy"]}),
        json!({}),
        &[&format!("SQS::Queue {url} - Partial {{}}"), &format!("SQS::Queue {url} Policy Value null")],
    );
}

#[test]
fn operations_of_the_same_name_are_told_apart() {
    let iam = json!({"Policies": [{"Arn": "arn:aws:iam::1:policy/p", "DefaultVersionId": "v1"}]});
    let managed = [
        r#"IAM::ManagedPolicy arn:aws:iam::1:policy/p - Partial {"Arn":"arn:aws:iam::1:policy/p","DefaultVersionId":"v1"}"#,
        r#"IAM::ManagedPolicy arn:aws:iam::1:policy/p DefaultVersionId Value "v1""#,
    ];
    check("ListPolicies", json!({"Scope": "Local"}), iam, &managed);
    check(
        "ListPolicies",
        json!({"Filter": "SERVICE_CONTROL_POLICY"}),
        json!({"Policies": [{"Id": "p-1", "Arn": "arn:aws:organizations::1:policy/o/service_control_policy/p-1"}]}),
        &[
            r#"Organizations::Policy p-1 - Partial {"Arn":"arn:aws:organizations::1:policy/o/service_control_policy/p-1","Id":"p-1"}"#,
        ],
    );
    // Lambda's aliases are none of KMS's.
    check(
        "ListAliases",
        json!({"FunctionName": "f"}),
        json!({"Aliases": [{"AliasArn": "arn:aws:lambda:r:1:function:f:PROD"}]}),
        &[
            r#"Lambda::Alias arn:aws:lambda:r:1:function:f:PROD - Object {"AliasArn":"arn:aws:lambda:r:1:function:f:PROD"}"#,
        ],
    );
}

#[test]
fn an_organization_from_its_calls() {
    check(
        "ListPoliciesForTarget",
        json!({"TargetId": "ou-1", "Filter": "SERVICE_CONTROL_POLICY"}),
        json!({"Policies": [{"Id": "p-1", "Type": "SERVICE_CONTROL_POLICY"}]}),
        &[
            r#"Organizations::Policy p-1 - Partial {"Id":"p-1","Type":"SERVICE_CONTROL_POLICY"}"#,
            "Organizations::OrganizationalUnit ou-1 - Partial {}",
            r#"Organizations::OrganizationalUnit ou-1 ServiceControlPolicies Listed [{"Id":"p-1","Type":"SERVICE_CONTROL_POLICY"}]"#,
        ],
    );
    check(
        "ListParents",
        json!({"ChildId": "111122223333"}),
        json!({"Parents": [{"Id": "ou-1", "Type": "ORGANIZATIONAL_UNIT"}]}),
        &[
            "Organizations::Account 111122223333 - Partial {}",
            r#"Organizations::Account 111122223333 ParentId Value "ou-1""#,
        ],
    );
    check(
        "ListAccountsForParent",
        json!({"ParentId": "r-1"}),
        json!({"Accounts": [{"Id": "111122223333", "Status": "ACTIVE"}]}),
        &[
            r#"Organizations::Account 111122223333 - Partial {"Id":"111122223333","Status":"ACTIVE"}"#,
            r#"Organizations::Account 111122223333 ParentId Value "r-1""#,
        ],
    );
    check(
        "DescribePolicy",
        json!({"PolicyId": "p-1"}),
        json!({"Policy": {"PolicySummary": {"Id": "p-1"}, "Content": "{}"}}),
        &[
            r#"Organizations::Policy p-1 - Object {"Id":"p-1"}"#,
            r#"Organizations::Policy p-1 Content Value "{}""#,
        ],
    );
}

/// Puts calls of account 111122223333 in us-east-1, in their order of time, together; one line a document.
fn documents(calls: &[(&str, Value, Value)]) -> Vec<String> {
    let texts: Vec<_> =
        calls.iter().map(|(name, asked, told)| (name, asked.to_string(), told.to_string())).collect();
    let mut pieces = Vec::new();
    for (number, (operation, parameters, output)) in texts.iter().enumerate() {
        let origin = Origin(u32::try_from(number).unwrap());
        let answer = fragments(Some(operation), parameters, output).unwrap();
        pieces.extend(answer.fragments.into_iter().map(|fragment| Piece {
            fragment,
            account: "111122223333",
            region: "us-east-1",
            origin,
        }));
    }
    let shown = |pieces: Vec<Piece<'_>>| -> Vec<String> {
        compose(pieces).into_iter().map(|one| format!("{} {}", one.id, one.json)).collect()
    };
    let forward = shown(pieces.clone());
    pieces.reverse();
    assert_eq!(shown(pieces), forward);
    forward
}

#[test]
fn a_role_is_put_together_from_what_names_it_and_what_gives_its_arn() {
    let role =
        json!({"Role": {"Arn": "arn:aws:iam::111122223333:role/path/app", "AssumeRolePolicyDocument": {}}});
    let app = json!({"RoleName": "app"});
    assert_eq!(
        documents(&[
            ("GetRole", app.clone(), role),
            ("ListAttachedRolePolicies", app.clone(), json!({"AttachedPolicies": []})),
            ("ListRolePolicies", app.clone(), json!({"PolicyNames": ["x", "y"]})),
            (
                "GetRolePolicy",
                json!({"RoleName": "app", "PolicyName": "x"}),
                json!({"PolicyName": "x", "PolicyDocument": {}}),
            ),
        ]),
        [concat!(
            r#"arn:aws:iam::111122223333:role/app {"Arn":"arn:aws:iam::111122223333:role/path/app","#,
            r#""AssumeRolePolicyDocument":{},"AttachedPolicies":[],"#,
            r#""InlinePolicies":[{"PolicyDocument":{},"PolicyName":"x"},{"PolicyName":"y"}],"#,
            r#""PermissionsBoundary":null,"Tags":[]}"#,
        )]
    );
}

#[test]
fn elements_read_alone_follow_the_listing_by_time() {
    let asked = |name: &str| json!({"RoleName": "app", "PolicyName": name});
    let told = |name: &str, text: &str| json!({"PolicyName": name, "PolicyDocument": text});
    let list =
        |names: &[&str]| ("ListRolePolicies", json!({"RoleName": "app"}), json!({"PolicyNames": names}));
    let inline = |calls: &[(&str, Value, Value)]| {
        let text = documents(calls).remove(0);
        text.split_once(' ').unwrap().1.to_owned()
    };
    let get = |name: &str, text: &str| ("GetRolePolicy", asked(name), told(name, text));
    // Read before it was listed: its content may still be taken; what is not listed any more is gone.
    assert_eq!(
        inline(&[get("x", "1"), get("y", "2"), list(&["x"])]),
        r#"{"InlinePolicies":[{"PolicyDocument":"1","PolicyName":"x"}]}"#
    );
    // Read after it was listed, and found to be gone.
    assert_eq!(
        inline(&[list(&["x"]), get("z", "3"), ("GetRolePolicy", asked("x"), error("NoSuchEntity"))]),
        r#"{"InlinePolicies":[{"PolicyDocument":"3","PolicyName":"z"}]}"#
    );
    // Never listed: there may be others.
    assert_eq!(
        inline(&[get("x", "1")]),
        r#"{"InlinePolicies":[{"PolicyDocument":"1","PolicyName":"x"},"ButforUnknown"]}"#
    );
}

#[test]
fn ids_are_the_same_however_a_resource_is_named() {
    let ids = |operation: &str, parameters: Value, output: Value| {
        let found = documents(&[(operation, parameters, output)]);
        found.iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let key = "arn:aws:kms:us-east-1:111122223333:key/1234";
    for name in ["1234", key] {
        assert_eq!(ids("GetKeyPolicy", json!({"KeyId": name}), json!({"Policy": "{}"})), [key]);
    }
    assert_eq!(
        ids("GetKeyPolicy", json!({"KeyId": "alias/app"}), json!({"Policy": "{}"})),
        ["arn:aws:kms:us-east-1:111122223333:alias/app"]
    );
    assert_eq!(
        ids(
            "ListQueues",
            json!({}),
            json!({"QueueUrls": ["https://sqs.us-east-1.amazonaws.com/111122223333/q"]})
        ),
        ["arn:aws:sqs:us-east-1:111122223333:q"]
    );
    assert_eq!(
        ids("ListTables", json!({}), json!({"TableNames": ["t"]})),
        ["arn:aws:dynamodb:us-east-1:111122223333:table/t"]
    );
}

#[test]
fn the_details_of_an_account_tell_all_at_once() {
    let details = json!({
        "RoleDetailList": [{
            "Arn": "arn:aws:iam::111122223333:role/app", "RoleName": "app", "AssumeRolePolicyDocument": {},
            "RolePolicyList": [{"PolicyName": "x", "PolicyDocument": {}}],
            "AttachedManagedPolicies": [{"PolicyName": "p", "PolicyArn": "arn:p"}],
            "InstanceProfileList": [{"Arn": "arn:aws:iam::111122223333:instance-profile/app", "Roles": []}],
        }],
        "UserDetailList": [{"Arn": "arn:aws:iam::111122223333:user/u", "GroupList": ["g"]}],
        "GroupDetailList": [{"Arn": "arn:aws:iam::111122223333:group/g"}],
        "Policies": [{"Arn": "arn:p", "DefaultVersionId": "v1", "PolicyVersionList": [{"VersionId": "v1", "Document": {}}]}],
    });
    let lines = cut("GetAccountAuthorizationDetails", &json!({}), &details);
    for expected in [
        r#"IAM::Role arn:aws:iam::111122223333:role/app InlinePolicies Listed [{"PolicyDocument":{},"PolicyName":"x"}]"#,
        r#"IAM::Role arn:aws:iam::111122223333:role/app AttachedPolicies Listed [{"PolicyArn":"arn:p","PolicyName":"p"}]"#,
        r#"IAM::User arn:aws:iam::111122223333:user/u Groups Listed [{"GroupName":"g"}]"#,
        "IAM::User arn:aws:iam::111122223333:user/u InlinePolicies Listed []",
        "IAM::Group arn:aws:iam::111122223333:group/g AttachedPolicies Listed []",
        r#"IAM::ManagedPolicy arn:p Versions Listed [{"Document":{},"VersionId":"v1"}]"#,
        r#"IAM::ManagedPolicy arn:p DefaultVersionId Value "v1""#,
        "all AWS::IAM::Role",
    ] {
        assert!(lines.iter().any(|line| line == expected), "{expected}\n{}", lines.join("\n"));
    }
    assert!(!lines.contains(&"all AWS::IAM::ManagedPolicy".to_owned()));
    // A file of it names no operation.
    assert_eq!(fragments(None, "", &details.to_string()).unwrap().fragments.len(), lines.len() - 3);
}

fn json_value() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "Arn",
        "PolicyName",
        "PolicyDocument",
        "Id",
        "Policy",
        "Code",
        "VersionId",
        "IsDefaultVersion",
        "Policies",
        "Attributes",
        "QueueUrls",
        "Role",
        "Content",
        "PolicySummary",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        Just(json!(true)),
        Just(json!(3)),
        Just(json!("x")),
        Just(json!("r-1"))
    ];
    leaf.prop_recursive(3, 24, 4, move |inner| {
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
    fn no_answer_panics(row in 0..super::calls::CALLS.len(), inner in json_value(), asked in json_value(), code in "[A-Za-z]{0,30}") {
        let (operation, mark, _) = super::calls::CALLS[row];
        let mut output = json!({mark: inner, "Error": error(&code)["Error"]});
        let mut parameters = json!({mark: asked});
        for name in ["RoleName", "PolicyName", "PolicyArn", "VersionId", "FunctionName", "Bucket", "KeyId", "TargetId", "Filter"] {
            parameters[name] = json!("x");
        }
        documents(&[(operation, parameters.clone(), output.clone())]);
        output.as_object_mut().unwrap().remove("Error");
        for key in ["Policies", "Versions", "Attributes", "PolicyVersion", "Grants", "Parents"] {
            output[key] = inner.clone();
        }
        documents(&[(operation, parameters, output)]);
    }
}
