//! Policies: asked for where something was denied, or where somebody changed what decides it.

use super::answers::text;
use super::{Look, Place, Wanted, ask};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Roles and resources looked at one by one at the most.
const ROLES_MAX: usize = 6;
const RESOURCES_MAX: usize = 6;
/// Buckets of a snapshot at the most.
const SNAPSHOT_BUCKETS_MAX: usize = 300;

/// What decides the denied requests.
pub(super) fn wanted(look: &Look<'_>) -> Vec<Wanted> {
    let mut all = Vec::new();
    let roles = roles(look);
    for name in roles.iter().take(ROLES_MAX) {
        all.extend(role(look, &look.scope.home, name));
    }
    let denied = look.symptom.denials.iter().filter_map(|seen| seen.denial.resource.as_deref());
    let arns: BTreeSet<&str> = denied.filter(|arn| arn.starts_with("arn:")).collect();
    for arn in arns.into_iter().take(RESOURCES_MAX) {
        all.extend(resource(&look.scope.home, arn));
    }
    all
}

/// Roles with all their policies, and the policies of buckets.
pub(super) fn configuration(look: &Look<'_>) -> Vec<Wanted> {
    let mut all = Vec::new();
    for place in [&look.scope.home].into_iter().chain(&look.scope.others) {
        // AWS's own policies do not change without notice, and are read one by one where one matters.
        let filter = json!({"Filter": ["Role", "LocalManagedPolicy"]});
        all.push(ask(place, 1, "iam", "GetAccountAuthorizationDetails", &filter));
        all.push(ask(place, 1, "s3", "ListBuckets", &json!({})));
        let global = Place { account: place.account.clone(), region: super::region_of("s3", &place.region) };
        let buckets = look.answers.list("ListBuckets", "Buckets", &global).filter_map(|it| text(it, "Name"));
        for name in buckets.take(SNAPSHOT_BUCKETS_MAX) {
            all.extend(bucket(place, name));
        }
    }
    all
}

/// Roles whose sessions were denied, that functions of interest run as, or that recent changes swapped in.
fn roles(look: &Look<'_>) -> BTreeSet<String> {
    if look.symptom.denials.is_empty() {
        return BTreeSet::new();
    }
    let sessions = look.symptom.denials.iter().filter_map(|seen| seen.denial.principal.as_deref());
    let mut names: BTreeSet<String> = sessions.filter_map(role_of).map(str::to_owned).collect();
    let functions = look.answers.of("GetFunctionConfiguration").iter();
    let own: BTreeSet<&str> =
        functions.filter_map(|it| text(&it.output, "Role")).filter_map(role_of).collect();
    let swapped =
        look.scene.acts.iter().flat_map(|act| &act.delta.edits).filter(|edit| edit.facet.member == "Role");
    for state in swapped.flat_map(|edit| [&edit.before, &edit.after]) {
        if let butfor_world::State::Present(Value::String(arn)) = state {
            names.extend(role_of(arn).map(str::to_owned));
        }
    }
    let is_denied = |role: &&&str| names.contains(**role);
    let known: Vec<String> =
        own.iter().filter(|role| !is_denied(role)).map(|role| (*role).to_owned()).collect();
    if names.is_empty() {
        names.extend(known);
    }
    names
}

/// The role's name in its ARN or in that of a session of it.
fn role_of(arn: &str) -> Option<&str> {
    let (_, rest) = arn.split_once(":assumed-role/").or_else(|| arn.split_once(":role/"))?;
    match arn.contains(":assumed-role/") {
        true => rest.split('/').next(),
        false => rest.rsplit('/').next(),
    }
}

/// A role, then the policies its lists name.
fn role(look: &Look<'_>, place: &Place, name: &str) -> Vec<Wanted> {
    let named = json!({"RoleName": name});
    let mut all: Vec<Wanted> = ["GetRole", "ListAttachedRolePolicies", "ListRolePolicies"]
        .map(|operation| ask(place, 2, "iam", operation, &named))
        .into();
    let global = Place { account: place.account.clone(), region: super::region_of("iam", &place.region) };
    // Answers do not say whose they are; asking for each name of each role costs an answer that says there is none.
    for inline in look.answers.list("ListRolePolicies", "PolicyNames", &global).filter_map(Value::as_str) {
        all.push(ask(place, 3, "iam", "GetRolePolicy", &json!({"RoleName": name, "PolicyName": inline})));
    }
    for attached in look.answers.list("ListAttachedRolePolicies", "AttachedPolicies", &global) {
        if let Some(arn) = text(attached, "PolicyArn") {
            all.push(ask(place, 3, "iam", "GetPolicy", &json!({"PolicyArn": arn})));
        }
    }
    for answer in look.answers.of("GetPolicy").iter().filter(|it| it.place == global) {
        let member = |name: &str| answer.output.pointer(&format!("/Policy/{name}")).and_then(Value::as_str);
        if let (Some(arn), Some(version)) = (member("Arn"), member("DefaultVersionId")) {
            all.push(ask(
                place,
                3,
                "iam",
                "GetPolicyVersion",
                &json!({"PolicyArn": arn, "VersionId": version}),
            ));
        }
    }
    all
}

fn bucket(place: &Place, name: &str) -> [Wanted; 2] {
    ["GetBucketPolicy", "GetPublicAccessBlock"]
        .map(|operation| ask(place, 3, "s3", operation, &json!({"Bucket": name})))
}

/// The policy of a resource that was denied.
fn resource(place: &Place, arn: &str) -> Vec<Wanted> {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, region, account, rest) = (parts.next(), parts.next(), parts.next(), parts.next());
    let (Some(service), Some(region), Some(account), Some(rest)) = (service, region, account, rest) else {
        return Vec::new();
    };
    let own = Place {
        account: if account.is_empty() { place.account.clone() } else { account.to_owned() },
        region: if region.is_empty() { place.region.clone() } else { region.to_owned() },
    };
    match service {
        "s3" => rest
            .split('/')
            .next()
            .filter(|name| !name.contains('*'))
            .map(|name| bucket(place, name).into())
            .unwrap_or_default(),
        "dynamodb" => {
            vec![ask(&own, 3, "dynamodb", "GetResourcePolicy", &json!({"ResourceArn": table(arn)}))]
        }
        "kms" => vec![
            ask(&own, 3, "kms", "DescribeKey", &json!({"KeyId": arn})),
            ask(&own, 3, "kms", "GetKeyPolicy", &json!({"KeyId": arn, "PolicyName": "default"})),
        ],
        "secretsmanager" => vec![
            ask(&own, 3, "secretsmanager", "DescribeSecret", &json!({"SecretId": arn})),
            ask(&own, 3, "secretsmanager", "GetResourcePolicy", &json!({"SecretId": arn})),
        ],
        "sns" => vec![ask(&own, 3, "sns", "GetTopicAttributes", &json!({"TopicArn": arn}))],
        "sqs" => {
            let domain = if own.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
            let url = format!("https://sqs.{}.{domain}/{}/{rest}", own.region, own.account);
            vec![ask(
                &own,
                3,
                "sqs",
                "GetQueueAttributes",
                &json!({"QueueUrl": url, "AttributeNames": ["All"]}),
            )]
        }
        "lambda" => vec![ask(&own, 3, "lambda", "GetPolicy", &json!({"FunctionName": arn}))],
        _ => Vec::new(),
    }
}

/// The table of an index or a stream.
fn table(arn: &str) -> String {
    let mut parts = arn.split('/');
    [parts.next(), parts.next()].into_iter().flatten().collect::<Vec<_>>().join("/")
}
