//! Requests that a caller's own policies provide for: what a role names, it is there to use.

use super::caller::Identity;
use super::resource::ANY_NAME;
use super::{Caller, document, layers, resource, text};
use butfor_policy::actions;
use butfor_world::World;
use serde_json::Value;
use std::collections::BTreeSet;

/// Requests that applications commonly make, for statements that name actions by a pattern only.
const COMMON: &[&str] = &[
    "s3:GetObject",
    "s3:PutObject",
    "s3:ListBucket",
    "s3:DeleteObject",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "sqs:SendMessage",
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sns:Publish",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "lambda:InvokeFunction",
    "sts:AssumeRole",
    "bedrock:InvokeModel",
];

/// Actions of one statement asked about at the most.
const ACTIONS_MAX: usize = 40;

/// Action and resource of what a caller's role provides for in a world, each once.
pub(super) fn requests(world: &World, caller: &Caller) -> BTreeSet<(String, String)> {
    let mut all = BTreeSet::new();
    let Some(identity) = caller.identity(world) else { return all };
    for policy in identity_documents(world, &identity) {
        let statements = match policy.get("Statement") {
            Some(Value::Array(statements)) => statements.clone(),
            Some(one) => vec![one.clone()],
            None => Vec::new(),
        };
        for statement in statements.iter().filter(|one| text(one, "/Effect").as_deref() == Some("Allow")) {
            add_statement(world, statement, &mut all);
        }
    }
    all
}

/// The identity policies of a principal, as values.
fn identity_documents(world: &World, identity: &Identity) -> Vec<Value> {
    let Some(id) = &identity.resource else { return Vec::new() };
    let Some(role) = document(world, "AWS::IAM::Role", id).or_else(|| document(world, "AWS::IAM::User", id))
    else {
        return Vec::new();
    };
    let list = |member: &str| role.get(member).and_then(Value::as_array).into_iter().flatten();
    let inline = list("InlinePolicies").filter_map(|one| one.get("PolicyDocument"));
    let managed =
        list("AttachedPolicies").filter_map(|one| layers::default_version(world, &text(one, "/PolicyArn")?));
    inline.chain(managed).filter_map(butfor_world::facets::policy_document).collect()
}

fn texts(statement: &Value, member: &str) -> Vec<String> {
    match statement.get(member) {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn add_statement(world: &World, statement: &Value, all: &mut BTreeSet<(String, String)>) {
    let mut concrete = BTreeSet::new();
    for pattern in texts(statement, "Action") {
        if pattern.contains(['*', '?']) {
            concrete
                .extend(COMMON.iter().filter(|action| covers(&pattern, action)).map(|one| (*one).to_owned()));
        } else {
            concrete.insert(pattern);
        }
    }
    let patterns = texts(statement, "Resource");
    for action in concrete.into_iter().take(ACTIONS_MAX) {
        let service = action.split(':').next().unwrap_or_default().to_ascii_lowercase();
        let has_no_resource = actions::action(&action).is_some_and(|known| known.is_wildcard_only());
        if has_no_resource {
            all.insert((action, "*".to_owned()));
            continue;
        }
        for pattern in &patterns {
            for resource in resources(world, pattern, &service, &action) {
                all.insert((action.clone(), resource));
            }
        }
    }
}

/// Whether a pattern of actions covers one; patterns here are `s3:*`, `s3:Get*`, `*`.
fn covers(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    match pattern.split_once('*') {
        Some((head, "")) => action.starts_with(head),
        Some((head, tail)) => action.starts_with(head) && action.ends_with(tail.trim_start_matches('*')),
        None => pattern == action,
    }
}

/// Resources a pattern means: itself with names filled in, or the described resources it covers.
fn resources(world: &World, pattern: &str, service: &str, action: &str) -> Vec<String> {
    let fits = |resource: &String| actions::resource_matches(action, resource);
    if pattern.contains("${") {
        return Vec::new();
    }
    let Some((head, tail)) = pattern.split_once('*') else {
        return Some(pattern.to_owned()).into_iter().filter(fits).collect();
    };
    // An open name at the end of a named bucket, table or path.
    if tail.is_empty() && head.ends_with('/') && super::arn(pattern).is_some() {
        return Some(format!("{head}{ANY_NAME}")).into_iter().filter(fits).collect();
    }
    let described = resource::described(world, service).into_iter().filter(|arn| arn.starts_with(head));
    let with_names = described.flat_map(|arn| {
        let inside = format!("{arn}/{ANY_NAME}");
        [arn, inside]
    });
    with_names.filter(fits).collect()
}
